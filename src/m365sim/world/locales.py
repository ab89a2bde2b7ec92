"""Languages that a mailbox can speak, with their names and how dates and times are written in them.

Source: Graph v1.0, "outlookUser: supportedLanguages"; Unicode CLDR (short date and time formats).
"""

from __future__ import annotations

from dataclasses import dataclass

# locale | name | short date | short time
_TABLE = """
ar-SA|Arabic (Saudi Arabia)|dd/MM/yy|hh:mm tt
bg-BG|Bulgarian (Bulgaria)|d.M.yyyy|H:mm
ca-ES|Catalan (Catalan)|d/M/yyyy|H:mm
cs-CZ|Czech (Czechia)|dd.MM.yyyy|H:mm
da-DK|Danish (Denmark)|dd-MM-yyyy|HH:mm
de-AT|German (Austria)|dd.MM.yyyy|HH:mm
de-CH|German (Switzerland)|dd.MM.yyyy|HH:mm
de-DE|German (Germany)|dd.MM.yyyy|HH:mm
de-LI|German (Liechtenstein)|dd.MM.yyyy|HH:mm
de-LU|German (Luxembourg)|dd.MM.yyyy|HH:mm
el-GR|Greek (Greece)|d/M/yyyy|h:mm tt
en-AU|English (Australia)|d/MM/yyyy|h:mm tt
en-CA|English (Canada)|yyyy-MM-dd|h:mm tt
en-GB|English (United Kingdom)|dd/MM/yyyy|HH:mm
en-IE|English (Ireland)|dd/MM/yyyy|HH:mm
en-IN|English (India)|dd-MM-yyyy|HH:mm
en-NZ|English (New Zealand)|d/MM/yyyy|h:mm tt
en-US|English (United States)|M/d/yyyy|h:mm tt
en-ZA|English (South Africa)|yyyy/MM/dd|HH:mm
es-ES|Spanish (Spain)|dd/MM/yyyy|H:mm
es-MX|Spanish (Mexico)|dd/MM/yyyy|hh:mm tt
et-EE|Estonian (Estonia)|dd.MM.yyyy|HH:mm
eu-ES|Basque (Basque)|yyyy/M/d|H:mm
fi-FI|Finnish (Finland)|d.M.yyyy|H.mm
fr-BE|French (Belgium)|dd-MM-yy|HH:mm
fr-CA|French (Canada)|yyyy-MM-dd|HH:mm
fr-CH|French (Switzerland)|dd.MM.yyyy|HH:mm
fr-FR|French (France)|dd/MM/yyyy|HH:mm
fr-LU|French (Luxembourg)|dd/MM/yyyy|HH:mm
gl-ES|Galician (Galician)|dd/MM/yyyy|H:mm
he-IL|Hebrew (Israel)|dd/MM/yyyy|HH:mm
hi-IN|Hindi (India)|dd-MM-yyyy|HH:mm
hr-HR|Croatian (Croatia)|d.M.yyyy.|H:mm
hu-HU|Hungarian (Hungary)|yyyy.MM.dd.|H:mm
id-ID|Indonesian (Indonesia)|dd/MM/yyyy|HH.mm
is-IS|Icelandic (Iceland)|d.M.yyyy|HH:mm
it-CH|Italian (Switzerland)|dd.MM.yyyy|HH:mm
it-IT|Italian (Italy)|dd/MM/yyyy|HH:mm
ja-JP|Japanese (Japan)|yyyy/MM/dd|H:mm
kk-KZ|Kazakh (Kazakhstan)|dd.MM.yyyy|HH:mm
ko-KR|Korean (Korea)|yyyy-MM-dd|tt h:mm
lt-LT|Lithuanian (Lithuania)|yyyy-MM-dd|HH:mm
lv-LV|Latvian (Latvia)|dd.MM.yyyy|HH:mm
ms-MY|Malay (Malaysia)|dd/MM/yyyy|HH:mm
nb-NO|Norwegian Bokmål (Norway)|dd.MM.yyyy|HH:mm
nl-BE|Dutch (Belgium)|d/MM/yyyy|H:mm
nl-NL|Dutch (Netherlands)|d-M-yyyy|HH:mm
pl-PL|Polish (Poland)|dd.MM.yyyy|HH:mm
pt-BR|Portuguese (Brazil)|dd/MM/yyyy|HH:mm
pt-PT|Portuguese (Portugal)|dd/MM/yyyy|HH:mm
ro-RO|Romanian (Romania)|dd.MM.yyyy|HH:mm
ru-RU|Russian (Russia)|dd.MM.yyyy|H:mm
sk-SK|Slovak (Slovakia)|d. M. yyyy|H:mm
sl-SI|Slovenian (Slovenia)|d. MM. yyyy|HH:mm
sr-Cyrl-RS|Serbian (Cyrillic, Serbia)|d.M.yyyy.|HH:mm
sr-Latn-RS|Serbian (Latin, Serbia)|d.M.yyyy.|HH:mm
sv-SE|Swedish (Sweden)|yyyy-MM-dd|HH:mm
th-TH|Thai (Thailand)|d/M/yyyy|H:mm
tr-TR|Turkish (Türkiye)|d.MM.yyyy|HH:mm
uk-UA|Ukrainian (Ukraine)|dd.MM.yyyy|H:mm
vi-VN|Vietnamese (Vietnam)|dd/MM/yyyy|h:mm tt
zh-CN|Chinese (Simplified, China)|yyyy/M/d|H:mm
zh-HK|Chinese (Traditional, Hong Kong SAR)|d/M/yyyy|H:mm
zh-TW|Chinese (Traditional, Taiwan)|yyyy/M/d|tt hh:mm
"""


@dataclass(frozen=True, slots=True)
class Locale:
    """One language as it is spoken in one country."""

    name: str
    display_name: str
    date_format: str
    time_format: str


LOCALES = tuple(Locale(*line.split("|")) for line in _TABLE.strip().splitlines())
_BY_NAME = {locale.name.lower(): locale for locale in LOCALES}


def locale_of(name: str) -> Locale | None:
    """The language of this name, letter case aside; None when mailboxes do not know it."""
    return _BY_NAME.get(name.strip().lower())


def spoken(name: str) -> Locale:
    """The language of a mailbox; American English for one whose language is not in the list."""
    return _BY_NAME.get(name.strip().lower(), _BY_NAME["en-us"])
