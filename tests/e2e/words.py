"""The words on the screen in both languages, read from the catalogs the pages themselves use."""

import ast
from dataclasses import dataclass
from functools import cache
from typing import Literal

from tests.e2e.demo import ROOT

Language = Literal["de", "en"]
LOCALES = {"de": "de-DE", "en": "en-GB"}


@dataclass(frozen=True)
class Words:
    """Calling it with an English text gives the text in this language; AssertionError for an unknown one."""

    language: Language

    def __call__(self, english: str, **values: str) -> str:
        catalog = _catalog(self.language)
        assert english in catalog, f"no page says {english!r}"
        text = catalog[english]
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    @property
    def locale(self) -> str:
        """The browser's language."""
        return LOCALES[self.language]


@cache
def _catalog(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted((ROOT / "web" / "src").rglob(f"{language}.po")):
        found |= _read(file.read_text(encoding="utf-8"))
    return found


def _read(text: str) -> dict[str, str]:
    """A text that stands in one place alone (``msgctxt``) makes way for the plain one.

    Source: GNU gettext manual, "The Format of PO Files".
    """
    plain: dict[str, str] = {}
    special: dict[str, str] = {}
    parts: dict[str, str] = {}
    kind = ""
    found, following = plain, plain
    for line in [*text.splitlines(), "msgid "]:
        word, _, rest = line.partition(" ")
        if word == "msgctxt":
            following = special
        if word == "msgid":
            if parts.get("msgid"):
                found[parts["msgid"]] = parts.get("msgstr") or parts["msgid"]
            parts, found, following = {}, following, plain
        if word in {"msgid", "msgstr"}:
            kind, line = word, rest
        if line.startswith('"'):
            parts[kind] = parts.get(kind, "") + ast.literal_eval(line)
    return special | plain
