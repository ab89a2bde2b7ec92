"""Adding many mailboxes at once, from a list as people have it: a line each, or a table from elsewhere."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from poststelle.access.rights import require_settings
from poststelle.model.account import Account
from poststelle.model.errors import Conflict, Invalid
from poststelle.model.ids import UserId
from poststelle.settings import accounts
from poststelle.settings.address import check_address, to_ascii
from poststelle.store.tx import Tx

MAX_LINES = 1000
_FIELDS = re.compile(r"[;,\t]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty; ``text`` is the field with an address, or the whole line without one."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of a line: added (then ``account``), duplicate, twice, or invalid for a ``reason``."""

    line: Line
    outcome: str
    reason: str | None = None
    account: Account | None = None


def lines_of(text: str) -> list[Line]:
    """The lines with what looks like an address in them; of a table's first line, its head, nothing."""
    found = [Line(number, _field(line)) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    is_head = len(found) > 1 and "@" not in found[0].text and "@" in found[1].text
    return found[1:] if is_head and _FIELDS.search(text.splitlines()[found[0].number - 1]) else found


def _field(line: str) -> str:
    fields = [field.strip().strip("\"'").strip() for field in _FIELDS.split(line)]
    return next((field for field in fields if "@" in field), line.strip())


def add_many(tx: Tx, by: UserId, text: str, *, is_confirmed: bool, now: datetime) -> list[LineResult]:
    """Add every address that can be added; tell of each line what became of it.

    Lines that can't be used keep nobody else's mailbox from being added. Invalid
    ``confirmation_needed`` as for one mailbox, ``invalid_list`` for an empty
    list or one of more than a thousand lines; then nothing is added.
    """
    require_settings(tx, by)
    lines = lines_of(text)
    if not 1 <= len(lines) <= MAX_LINES:
        raise Invalid("addresses", "invalid_list", f"Give 1 to {MAX_LINES} addresses, a line each.")
    seen: set[str] = set()
    return [_add(tx, by, line, seen, {"is_confirmed": is_confirmed, "now": now}) for line in lines]


def _add(tx: Tx, by: UserId, line: Line, seen: set[str], how: dict[str, Any]) -> LineResult:
    try:
        address = check_address(line.text)
        key = to_ascii(address).casefold()
        if key in seen:
            return LineResult(line, "twice")
        seen.add(key)
        return LineResult(line, "added", account=accounts.add(tx, by, address, **how))
    except Conflict:
        return LineResult(line, "duplicate")
    except Invalid as problem:
        if problem.code != "invalid_address":
            raise
        return LineResult(line, "invalid", reason=str(problem.params.get("reason")))
