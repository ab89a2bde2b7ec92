"""Values of properties that several /set methods read."""

import re
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from poststelle.http.jmap.errors import SetError
from poststelle.model.message import Importance

LONGEST_FIELD = 65_536
"""Characters of one text in a header: it is looked at in one go, in which no other thread runs."""
MOST_MEMBERS = 1_000
"""Of an object that is set: properties and paths, mailboxes, keywords. None that is taken has as many."""


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def invalid(name: str, why: str) -> SetError:
    """The refusal of one property."""
    return SetError("invalidProperties", why, properties=[name])


def check_length(name: str, *texts: str) -> None:
    """Raises SetError for more than a header field, or what becomes one, is to hold."""
    if sum(map(len, texts)) > LONGEST_FIELD:
        raise invalid(name, f"at most {LONGEST_FIELD} characters")


def is_on_one_line(text: str) -> bool:
    """Whether there is no line break and no other control character in it."""
    return _CONTROL.search(text) is None


def check_members(name: str, said: Any) -> None:
    """Raises SetError for an object of more members than one may have, before they are looked at.

    ``name`` is that of the property that it is the value of; "": it is the whole object, and the first
    member too many is named.
    """
    if isinstance(said, dict) and len(said) > MOST_MEMBERS:
        raise invalid(name or next(islice(said, MOST_MEMBERS, None)), f"at most {MOST_MEMBERS} members")


_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


_NONE = timedelta()


def instant(value: Any, name: str) -> datetime:
    """A Date of RFC 8620 §1.4 in UTC, of a year that mail is written in. Raises SetError for all else."""
    at = any_instant(value, name)
    if not _EARLIEST <= at < _LATEST:
        raise invalid(name, "this is no date between 1970 and 2099")
    return at


def any_instant(value: Any, name: str) -> datetime:
    """A Date of RFC 8620 §1.4 in UTC. Raises SetError for all else."""
    try:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError(value)
        return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise invalid(name, "this is no date with a time zone") from error


def with_offset(value: Any, name: str) -> datetime:
    """The same with the offset it was written with, where a header can say it: in whole minutes."""
    at = any_instant(value, name)
    written = datetime.fromisoformat(value)
    return at if (written.utcoffset() or _NONE) % timedelta(minutes=1) else written


def importance(value: Any, name: str) -> Importance:
    """``low``, ``normal`` or ``high``; null is normal. Raises SetError for anything else."""
    named = {level.name.lower(): level for level in Importance} | {None: Importance.NORMAL}
    if not isinstance(value, str | None) or value not in named:
        raise invalid(name, "importance is low, normal or high")
    return named[value]
