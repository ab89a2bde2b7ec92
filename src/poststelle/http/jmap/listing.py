"""What every /query method reads alike: dates, what to sort by, and which part. Source: RFC 8620 §5.5."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError

N = TypeVar("N", bound=int)

_SAYING_NOTHING = {"anchor": None, "anchorOffset": 0, "calculateTotal": False, "limit": None, "position": 0}
"""A query's arguments as if they were left out: jmapc (0.4) repeats them in each Comparator."""

MAX_LIMIT = 5_000
"""Ids in one answer; also where a client names no limit: many that name none ask only once."""
MOST_KEYS = 10
"""Properties to sort by: each costs a pass over the whole list."""
_UTC_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z")


@dataclass(frozen=True, slots=True)
class Limit:
    """How many ids at most; ``is_ours`` when the client has not asked for just that many."""

    count: int
    is_ours: bool

    @property
    def told(self) -> dict[str, int]:
        """What the answer says of it: only a limit that we have set."""
        return {"limit": self.count} if self.is_ours else {}


def limit(args: Args) -> Limit:
    asked = args.unsigned("limit")
    count = MAX_LIMIT if asked is None else min(asked, MAX_LIMIT)
    return Limit(count, count != asked)


def anchor(args: Args, parse: Callable[[str], N | None]) -> N | None:
    """``anchor``. Raises MethodError anchorNotFound for what can't be an id of ours."""
    text = args.maybe("anchor", str)
    number = None if text is None else parse(text)
    if text is not None and number is None:
        raise MethodError("anchorNotFound")
    return number


def start(ids: Sequence[str], position: int, anchor: str | None, offset: int) -> int:
    """Where a part of a list that is held whole begins. Raises MethodError anchorNotFound."""
    if anchor is None:
        return position if position >= 0 else max(0, len(ids) + position)
    if anchor not in ids:
        raise MethodError("anchorNotFound")
    return max(0, ids.index(anchor) + offset)


def utc_date(name: str, value: Any) -> datetime:
    """A UTCDate in a filter. Raises MethodError invalidArguments. Source: RFC 8620 §1.4."""
    try:
        if isinstance(value, str) and _UTC_DATE.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:  # the thirteenth month
        pass
    raise MethodError("invalidArguments", f"filter {name} must be a UTCDate")


def check_size(sort: Sequence[Any]) -> None:
    """Raises MethodError unsupportedSort for more properties than anything is sorted by."""
    if len(sort) > MOST_KEYS:
        raise MethodError("unsupportedSort", f"at most {MOST_KEYS} properties to sort by")


def comparators(
    sort: Sequence[Any], known: Collection[str], texts: Collection[str] = ()
) -> list[tuple[str, bool]]:
    """Each property to sort by, and whether the least comes first.

    ``texts``: those of ``known`` that are text, for which no collation can be
    asked; for others it says nothing. Raises MethodError: invalidArguments for
    what is no Comparator, unsupportedSort for one that we don't know, or for too many.
    """
    check_size(sort)
    return [_comparator(one, known, texts) for one in sort]


def _comparator(given: Any, known: Collection[str], texts: Collection[str]) -> tuple[str, bool]:
    match given:
        case {"property": str(name), **rest}:
            pass
        case _:
            raise MethodError("invalidArguments", "each part of sort is an object that names a property")
    is_ascending, collation = rest.pop("isAscending", True), rest.pop("collation", None)
    if not isinstance(is_ascending, bool) or not isinstance(collation, str | None):
        raise MethodError("invalidArguments", "isAscending is true or false, collation a name")
    if collation is not None and name in texts:
        raise MethodError("unsupportedSort", f"there is one collation for {name}")
    said = {key for key, value in rest.items() if (key, value) not in _SAYING_NOTHING.items()}
    if name not in known or said:
        raise MethodError("unsupportedSort", f"sort by {', '.join(sorted(known))} and isAscending only")
    return name, is_ascending
