"""Sorted, filtered lists of submissions: all that an account has, some thirty days of them.

By the time of sending, the usual order, no more is read than is shown. In any other order an account's rows
are walked: 100,000 take a tenth of a second of work.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, IdentityId, MessageId, SubmissionId, ThreadId
from poststelle.model.submission import SubmissionState
from poststelle.store.tx import ReadTx

_BEGINNING, _END = -(2**62), 2**62


class Property(StrEnum):
    """What a list can be sorted by."""

    MESSAGE = "message"
    THREAD = "thread"
    SEND_AT = "send_at"


@dataclass(frozen=True, slots=True)
class Key:
    """One property to sort by."""

    property: Property
    is_ascending: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions must hold; None: whichever it is. ``before`` is exclusive, ``after`` inclusive.

    Source: RFC 8621 §7.3.
    """

    identities: Collection[IdentityId] | None = None
    messages: Collection[MessageId] | None = None
    threads: Collection[ThreadId] | None = None
    states: Collection[SubmissionState] | None = None
    before: datetime | None = None
    after: datetime | None = None


def ids(
    tx: ReadTx, account: AccountId, where: Filter, order: Sequence[Key], *, position: int, limit: int
) -> list[SubmissionId]:
    """``limit`` ids from ``position`` (0: the first) on, by ``order``, then the latest ``send_at`` first."""
    params = _matching(account, where) | {"position": position, "limit": limit}
    if any(key.property is not Property.SEND_AT for key in order):
        rows = tx.all("list_sorted_submissions", **params, **_ordered(order))
    elif order and order[0].is_ascending:
        rows = tx.all("list_earliest_submissions", **params)
    else:
        rows = tx.all("list_latest_submissions", **params)
    return [SubmissionId(row["id"]) for row in rows]


def count(tx: ReadTx, account: AccountId, where: Filter) -> int:
    """How many the whole list has."""
    row = tx.one("count_matching_submissions", **_matching(account, where))
    return int(row["total"]) if row else 0


def place(
    tx: ReadTx, account: AccountId, where: Filter, order: Sequence[Key], submission: SubmissionId
) -> int | None:
    """The index that ``submission`` has in the whole list; None when it is not in it."""
    params = _matching(account, where) | _ordered(order)
    row = tx.one("place_matching_submission", **params, id=submission)
    return int(row["place"]) if row else None


def _matching(account: AccountId, where: Filter) -> dict[str, Any]:
    states = SubmissionState if where.states is None else where.states
    return {
        "account": account,
        "any_identity": int(where.identities is None),
        "identities": list(where.identities or ()),
        "any_message": int(where.messages is None),
        "messages": list(where.messages or ()),
        "any_thread": int(where.threads is None),
        "threads": list(where.threads or ()),
        "states": [state.value for state in states],
        "before": _END if where.before is None else to_ms(where.before),
        "after": _BEGINNING if where.after is None else to_ms(where.after),
    }


def _ordered(order: Sequence[Key]) -> dict[str, Any]:
    """For each property its rank among the keys and its direction; later keys for the same change nothing."""
    first: dict[Property, bool] = {}
    for key in order:
        first.setdefault(key.property, key.is_ascending)
    keys = [(name.value, 1 if is_ascending else -1) for name, is_ascending in first.items()]
    keys += [("", 1)] * (len(Property) - len(keys))
    return {
        name: value
        for number, (by, way) in enumerate(keys, 1)
        for name, value in ((f"by{number}", by), (f"way{number}", way))
    }
