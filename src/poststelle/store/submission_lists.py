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
from poststelle.model.filter import Operator
from poststelle.model.ids import AccountId, IdentityId, MessageId, SubmissionId, ThreadId
from poststelle.model.submission import SubmissionState
from poststelle.store.queries import Where
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

    ``parts`` are conditions that are combined otherwise.

    Source: RFC 8621 §7.3.
    """

    identities: Collection[IdentityId] | None = None
    messages: Collection[MessageId] | None = None
    threads: Collection[ThreadId] | None = None
    states: Collection[SubmissionState] | None = None
    before: datetime | None = None
    after: datetime | None = None
    parts: tuple["Combined", ...] = ()


@dataclass(frozen=True, slots=True)
class Combined:
    """Filters held together by an operator. Source: RFC 8620 §5.5 (FilterOperator)."""

    operator: Operator
    of: tuple[Filter, ...]


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
        "where": _beyond(where.parts),
    }


def _beyond(parts: Sequence[Combined]) -> Where | None:
    """What the statements don't say of a filter; None: they say all."""
    params: dict[str, Any] = {}
    found = [_combined(part, params) for part in parts]
    return Where(f"and {' and '.join(found)}", params) if found else None


def _combined(part: Combined, params: dict[str, Any]) -> str:
    """Source: RFC 8620 §5.5: NOT holds when none of the conditions does."""
    conditions = [_all(one, params) for one in part.of]
    if part.operator is Operator.AND:
        return f"({' and '.join(conditions)})" if conditions else "1 = 1"
    any_of = f"({' or '.join(conditions)})" if conditions else "1 = 0"
    return any_of if part.operator is Operator.OR else f"not {any_of}"


def _all(where: Filter, params: dict[str, Any]) -> str:
    """A whole filter."""
    found = [
        *(
            f"{column} {{in_ints :{_added(params, list(wanted))}}}"
            for column, wanted in (
                ("identity_id", where.identities),
                ("message_id", where.messages),
                ("thread_id", where.threads),
            )
            if wanted is not None
        ),
        *(_combined(part, params) for part in where.parts),
    ]
    if where.states is not None:
        found.append(f"state {{in_texts :{_added(params, [one.value for one in where.states])}}}")
    if where.before is not None:
        found.append(f"send_at < :{_added(params, to_ms(where.before))}")
    if where.after is not None:
        found.append(f"send_at >= :{_added(params, to_ms(where.after))}")
    return f"({' and '.join(found)})" if found else "1 = 1"


def _added(params: dict[str, Any], value: Any) -> str:
    """The name that the value has in the statement."""
    name = f"p{len(params)}"
    params[name] = value
    return name


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
