"""Placeholders of signatures and templates: ``{{name}}``, ``{{Telefon}}``.

They may be written in German or English, in any case, with or without blanks and hyphens. One that is
not known, or whose value is not known yet, stays as it is. A line whose placeholders are all of a person's
optional facts (phone, position), and all of them empty, goes: nobody's letter ends with "Tel.". The web
page does the same (``web/src/lib/placeholders.ts``); ``tests/placeholders.json`` holds both to it.
"""

import re
from collections.abc import Mapping
from html import escape

from poststelle.lib.normal_form import normal_form

NAMES = {
    "name": "name",
    "emailname": "email_name",
    "email": "email",
    "phone": "phone",
    "telefon": "phone",
    "position": "position",
    "mailboxname": "mailbox_name",
    "postfachname": "mailbox_name",
    "mailboxaddress": "mailbox_address",
    "postfachadresse": "mailbox_address",
    "date": "date",
    "datum": "date",
    "recipientname": "recipient_name",
    "empfängername": "recipient_name",
    "recipientfirstname": "recipient_first_name",
    "empfängervorname": "recipient_first_name",
    "subject": "subject",
    "betreff": "subject",
}
"""What people write, without blanks and hyphens, and what it means."""

_PLACEHOLDER = re.compile(r"\{\{([^{}<>]{1,60})\}\}")
_BETWEEN = re.compile(r"&nbsp;|[^\w]|_")
_EDGE = re.compile(
    r"(</?(?:p|div|li|br|h[1-6]|tr|td|th|table|tbody|ul|ol|blockquote|hr)(?:\s[^<>]*)?/?>)", re.IGNORECASE
)
_OPENS = re.compile(r"<(p|div|li|h[1-6])[\s>]", re.IGNORECASE)
_OPTIONAL = frozenset({"phone", "position"})


def filled_plain(text: str, values: Mapping[str, str]) -> str:
    """The text with what ``values`` knows, by the meanings of ``NAMES``."""
    lines = [_filled(line, values) for line in text.split("\n") if not _is_idle(line, values)]
    return "\n".join(lines)


def filled_html(html: str, values: Mapping[str, str]) -> str:
    """As ``filled_plain``, for HTML: values are escaped, a line is a block or what stands between breaks."""
    escaped = {key: escape(value) for key, value in values.items()}
    pieces = _EDGE.split(html)
    for at in range(0, len(pieces), 2):
        if _is_idle(pieces[at], values):
            _drop(pieces, at)
        else:
            pieces[at] = _filled(pieces[at], escaped)
    return "".join(pieces)


def meaning(name: str) -> str | None:
    """What a placeholder's name means; None when nobody knows."""
    return NAMES.get(_BETWEEN.sub("", normal_form(name)).lower())


def _filled(text: str, values: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        known = meaning(found[1])
        return found[0] if known is None else values.get(known, found[0])

    return _PLACEHOLDER.sub(value, text)


def _is_idle(text: str, values: Mapping[str, str]) -> bool:
    """Whether it has placeholders, and all of them are optional and empty."""
    named = [meaning(found[1]) for found in _PLACEHOLDER.finditer(text)]
    return bool(named) and all(key in _OPTIONAL and values.get(key, "?") == "" for key in named)


def _drop(pieces: list[str], at: int) -> None:
    """Empty a piece of the text, and what made it a line: its block, or a break beside it."""
    pieces[at] = ""
    before = pieces[at - 1] if at > 0 else ""
    after = pieces[at + 1] if at + 1 < len(pieces) else ""
    opened = _OPENS.match(before)
    if opened and after.lower().startswith(f"</{opened[1].lower()}"):
        pieces[at - 1] = pieces[at + 1] = ""
    elif after.lower().startswith("<br"):
        pieces[at + 1] = ""
    elif before.lower().startswith("<br"):
        pieces[at - 1] = ""
