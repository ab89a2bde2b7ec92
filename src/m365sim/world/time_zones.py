"""Time zones under both kinds of names that Exchange takes: Windows' own and the IANA data base's.

A Windows name stands for one IANA zone, the one whose clock it shows. The offset in a display name is the
zone's standard one, summer or not.

Source: Unicode CLDR, "windowsZones" (territory 001); Graph v1.0, "outlookUser: supportedTimeZones".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

# Windows name | IANA zone | standard offset | places in the display name
_TABLE = """
Dateline Standard Time|Etc/GMT+12|-12:00|International Date Line West
UTC-11|Etc/GMT+11|-11:00|Coordinated Universal Time-11
Aleutian Standard Time|America/Adak|-10:00|Aleutian Islands
Hawaiian Standard Time|Pacific/Honolulu|-10:00|Hawaii
Marquesas Standard Time|Pacific/Marquesas|-09:30|Marquesas Islands
Alaskan Standard Time|America/Anchorage|-09:00|Alaska
UTC-09|Etc/GMT+9|-09:00|Coordinated Universal Time-09
Pacific Standard Time (Mexico)|America/Tijuana|-08:00|Baja California
UTC-08|Etc/GMT+8|-08:00|Coordinated Universal Time-08
Pacific Standard Time|America/Los_Angeles|-08:00|Pacific Time (US & Canada)
US Mountain Standard Time|America/Phoenix|-07:00|Arizona
Mountain Standard Time (Mexico)|America/Mazatlan|-07:00|La Paz, Mazatlan
Mountain Standard Time|America/Denver|-07:00|Mountain Time (US & Canada)
Yukon Standard Time|America/Whitehorse|-07:00|Yukon
Central America Standard Time|America/Guatemala|-06:00|Central America
Central Standard Time|America/Chicago|-06:00|Central Time (US & Canada)
Easter Island Standard Time|Pacific/Easter|-06:00|Easter Island
Central Standard Time (Mexico)|America/Mexico_City|-06:00|Guadalajara, Mexico City, Monterrey
Canada Central Standard Time|America/Regina|-06:00|Saskatchewan
SA Pacific Standard Time|America/Bogota|-05:00|Bogota, Lima, Quito, Rio Branco
Eastern Standard Time (Mexico)|America/Cancun|-05:00|Chetumal
Eastern Standard Time|America/New_York|-05:00|Eastern Time (US & Canada)
Haiti Standard Time|America/Port-au-Prince|-05:00|Haiti
Cuba Standard Time|America/Havana|-05:00|Havana
US Eastern Standard Time|America/Indiana/Indianapolis|-05:00|Indiana (East)
Turks And Caicos Standard Time|America/Grand_Turk|-05:00|Turks and Caicos
Paraguay Standard Time|America/Asuncion|-04:00|Asuncion
Atlantic Standard Time|America/Halifax|-04:00|Atlantic Time (Canada)
Venezuela Standard Time|America/Caracas|-04:00|Caracas
Central Brazilian Standard Time|America/Cuiaba|-04:00|Cuiaba
SA Western Standard Time|America/La_Paz|-04:00|Georgetown, La Paz, Manaus, San Juan
Pacific SA Standard Time|America/Santiago|-04:00|Santiago
Newfoundland Standard Time|America/St_Johns|-03:30|Newfoundland
Tocantins Standard Time|America/Araguaina|-03:00|Araguaina
E. South America Standard Time|America/Sao_Paulo|-03:00|Brasilia
SA Eastern Standard Time|America/Cayenne|-03:00|Cayenne, Fortaleza
Argentina Standard Time|America/Argentina/Buenos_Aires|-03:00|City of Buenos Aires
Montevideo Standard Time|America/Montevideo|-03:00|Montevideo
Magallanes Standard Time|America/Punta_Arenas|-03:00|Punta Arenas
Saint Pierre Standard Time|America/Miquelon|-03:00|Saint Pierre and Miquelon
Bahia Standard Time|America/Bahia|-03:00|Salvador
UTC-02|Etc/GMT+2|-02:00|Coordinated Universal Time-02
Greenland Standard Time|America/Nuuk|-02:00|Greenland
Azores Standard Time|Atlantic/Azores|-01:00|Azores
Cape Verde Standard Time|Atlantic/Cape_Verde|-01:00|Cabo Verde Is.
UTC|Etc/UTC||Coordinated Universal Time
GMT Standard Time|Europe/London|+00:00|Dublin, Edinburgh, Lisbon, London
Greenwich Standard Time|Africa/Abidjan|+00:00|Monrovia, Reykjavik
Sao Tome Standard Time|Africa/Sao_Tome|+00:00|Sao Tome
Morocco Standard Time|Africa/Casablanca|+01:00|Casablanca
W. Europe Standard Time|Europe/Berlin|+01:00|Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna
Central Europe Standard Time|Europe/Budapest|+01:00|Belgrade, Bratislava, Budapest, Ljubljana, Prague
Romance Standard Time|Europe/Paris|+01:00|Brussels, Copenhagen, Madrid, Paris
Central European Standard Time|Europe/Warsaw|+01:00|Sarajevo, Skopje, Warsaw, Zagreb
W. Central Africa Standard Time|Africa/Lagos|+01:00|West Central Africa
GTB Standard Time|Europe/Bucharest|+02:00|Athens, Bucharest
Middle East Standard Time|Asia/Beirut|+02:00|Beirut
Egypt Standard Time|Africa/Cairo|+02:00|Cairo
E. Europe Standard Time|Europe/Chisinau|+02:00|Chisinau
West Bank Standard Time|Asia/Hebron|+02:00|Gaza, Hebron
South Africa Standard Time|Africa/Johannesburg|+02:00|Harare, Pretoria
FLE Standard Time|Europe/Helsinki|+02:00|Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius
Israel Standard Time|Asia/Jerusalem|+02:00|Jerusalem
South Sudan Standard Time|Africa/Juba|+02:00|Juba
Kaliningrad Standard Time|Europe/Kaliningrad|+02:00|Kaliningrad
Sudan Standard Time|Africa/Khartoum|+02:00|Khartoum
Libya Standard Time|Africa/Tripoli|+02:00|Tripoli
Namibia Standard Time|Africa/Windhoek|+02:00|Windhoek
Jordan Standard Time|Asia/Amman|+03:00|Amman
Arabic Standard Time|Asia/Baghdad|+03:00|Baghdad
Syria Standard Time|Asia/Damascus|+03:00|Damascus
Turkey Standard Time|Europe/Istanbul|+03:00|Istanbul
Arab Standard Time|Asia/Riyadh|+03:00|Kuwait, Riyadh
Belarus Standard Time|Europe/Minsk|+03:00|Minsk
Russian Standard Time|Europe/Moscow|+03:00|Moscow, St. Petersburg
E. Africa Standard Time|Africa/Nairobi|+03:00|Nairobi
Volgograd Standard Time|Europe/Volgograd|+03:00|Volgograd
Iran Standard Time|Asia/Tehran|+03:30|Tehran
Arabian Standard Time|Asia/Dubai|+04:00|Abu Dhabi, Muscat
Astrakhan Standard Time|Europe/Astrakhan|+04:00|Astrakhan, Ulyanovsk
Azerbaijan Standard Time|Asia/Baku|+04:00|Baku
Russia Time Zone 3|Europe/Samara|+04:00|Izhevsk, Samara
Mauritius Standard Time|Indian/Mauritius|+04:00|Port Louis
Saratov Standard Time|Europe/Saratov|+04:00|Saratov
Georgian Standard Time|Asia/Tbilisi|+04:00|Tbilisi
Caucasus Standard Time|Asia/Yerevan|+04:00|Yerevan
Afghanistan Standard Time|Asia/Kabul|+04:30|Kabul
West Asia Standard Time|Asia/Tashkent|+05:00|Ashgabat, Tashkent
Qyzylorda Standard Time|Asia/Qyzylorda|+05:00|Astana
Ekaterinburg Standard Time|Asia/Yekaterinburg|+05:00|Ekaterinburg
Pakistan Standard Time|Asia/Karachi|+05:00|Islamabad, Karachi
India Standard Time|Asia/Kolkata|+05:30|Chennai, Kolkata, Mumbai, New Delhi
Sri Lanka Standard Time|Asia/Colombo|+05:30|Sri Jayawardenepura
Nepal Standard Time|Asia/Kathmandu|+05:45|Kathmandu
Central Asia Standard Time|Asia/Bishkek|+06:00|Bishkek
Bangladesh Standard Time|Asia/Dhaka|+06:00|Dhaka
Omsk Standard Time|Asia/Omsk|+06:00|Omsk
Myanmar Standard Time|Asia/Yangon|+06:30|Yangon (Rangoon)
SE Asia Standard Time|Asia/Bangkok|+07:00|Bangkok, Hanoi, Jakarta
Altai Standard Time|Asia/Barnaul|+07:00|Barnaul, Gorno-Altaysk
W. Mongolia Standard Time|Asia/Hovd|+07:00|Hovd
North Asia Standard Time|Asia/Krasnoyarsk|+07:00|Krasnoyarsk
N. Central Asia Standard Time|Asia/Novosibirsk|+07:00|Novosibirsk
Tomsk Standard Time|Asia/Tomsk|+07:00|Tomsk
China Standard Time|Asia/Shanghai|+08:00|Beijing, Chongqing, Hong Kong, Urumqi
North Asia East Standard Time|Asia/Irkutsk|+08:00|Irkutsk
Singapore Standard Time|Asia/Singapore|+08:00|Kuala Lumpur, Singapore
W. Australia Standard Time|Australia/Perth|+08:00|Perth
Taipei Standard Time|Asia/Taipei|+08:00|Taipei
Ulaanbaatar Standard Time|Asia/Ulaanbaatar|+08:00|Ulaanbaatar
Aus Central W. Standard Time|Australia/Eucla|+08:45|Eucla
Transbaikal Standard Time|Asia/Chita|+09:00|Chita
Tokyo Standard Time|Asia/Tokyo|+09:00|Osaka, Sapporo, Tokyo
North Korea Standard Time|Asia/Pyongyang|+09:00|Pyongyang
Korea Standard Time|Asia/Seoul|+09:00|Seoul
Yakutsk Standard Time|Asia/Yakutsk|+09:00|Yakutsk
Cen. Australia Standard Time|Australia/Adelaide|+09:30|Adelaide
AUS Central Standard Time|Australia/Darwin|+09:30|Darwin
E. Australia Standard Time|Australia/Brisbane|+10:00|Brisbane
AUS Eastern Standard Time|Australia/Sydney|+10:00|Canberra, Melbourne, Sydney
West Pacific Standard Time|Pacific/Port_Moresby|+10:00|Guam, Port Moresby
Tasmania Standard Time|Australia/Hobart|+10:00|Hobart
Vladivostok Standard Time|Asia/Vladivostok|+10:00|Vladivostok
Lord Howe Standard Time|Australia/Lord_Howe|+10:30|Lord Howe Island
Bougainville Standard Time|Pacific/Bougainville|+11:00|Bougainville Island
Russia Time Zone 10|Asia/Srednekolymsk|+11:00|Chokurdakh
Magadan Standard Time|Asia/Magadan|+11:00|Magadan
Norfolk Standard Time|Pacific/Norfolk|+11:00|Norfolk Island
Sakhalin Standard Time|Asia/Sakhalin|+11:00|Sakhalin
Central Pacific Standard Time|Pacific/Guadalcanal|+11:00|Solomon Is., New Caledonia
Russia Time Zone 11|Asia/Kamchatka|+12:00|Anadyr, Petropavlovsk-Kamchatsky
New Zealand Standard Time|Pacific/Auckland|+12:00|Auckland, Wellington
UTC+12|Etc/GMT-12|+12:00|Coordinated Universal Time+12
Fiji Standard Time|Pacific/Fiji|+12:00|Fiji
Chatham Islands Standard Time|Pacific/Chatham|+12:45|Chatham Islands
UTC+13|Etc/GMT-13|+13:00|Coordinated Universal Time+13
Tonga Standard Time|Pacific/Tongatapu|+13:00|Nuku'alofa
Samoa Standard Time|Pacific/Apia|+13:00|Samoa
Line Islands Standard Time|Pacific/Kiritimati|+14:00|Kiritimati Island
"""


@dataclass(frozen=True, slots=True)
class WindowsZone:
    """One zone of Windows: its name, the name people see, and the IANA zone it stands for."""

    name: str
    display_name: str
    iana: str


def _zone(line: str) -> WindowsZone:
    name, iana, offset, places = line.split("|")
    return WindowsZone(name, f"(UTC{offset}) {places}", iana)


_ZONES = tuple(_zone(line) for line in _TABLE.strip().splitlines())
_NO_PLACES = frozenset({"Factory", "localtime"})
"""Files that lie among the zones on some machines: "not set", and the machine's own zone."""
_BY_NAME = {zone.name.casefold(): zone for zone in _ZONES}


def windows_names() -> tuple[WindowsZone, ...]:
    """Every zone of Windows, from west to east."""
    return _ZONES


def windows_zone(name: str) -> WindowsZone | None:
    """The Windows zone of this name, letter case aside, as Windows itself looks it up."""
    return _BY_NAME.get(name.strip().casefold())


@lru_cache(maxsize=1)
def iana_names() -> tuple[str, ...]:
    """Every zone of the IANA, in alphabetical order."""
    return tuple(sorted(available_timezones() - _NO_PLACES))


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(iana_names())


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo | None:
    """The zone of a Windows or an IANA name; None when there is none of this name."""
    windows = windows_zone(name)
    if windows is None and name not in _known():
        return None
    try:
        return ZoneInfo(windows.iana if windows else name)
    except (KeyError, ValueError, OSError):  # this machine's zone files lack it
        return None
