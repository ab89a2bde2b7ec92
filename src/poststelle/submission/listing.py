"""EmailSubmission/query: which submissions, in which order. Source: RFC 8621 §7.3, RFC 8620 §5.5."""

from dataclasses import dataclass

from poststelle.access.rights import require
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, SubmissionId, UserId
from poststelle.model.rights import Level
from poststelle.store import changes, submission_lists
from poststelle.store.submission_lists import Filter, Key
from poststelle.store.tx import ReadTx


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the list. ``anchor`` wins over ``position``; a negative position counts from the end."""

    position: int = 0
    anchor: SubmissionId | None = None
    anchor_offset: int = 0
    limit: int = 256


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Sorted ids; ``position`` is the first one's place in the whole list; ``total`` only when asked for."""

    ids: tuple[SubmissionId, ...]
    position: int
    total: int | None
    state: str


class AnchorNotFound(Exception):
    """The anchor is not in the list."""


def query(
    tx: ReadTx,
    user: UserId,
    account: AccountId,
    where: Filter,
    order: tuple[Key, ...],
    window: Window,
    *,
    is_total_wanted: bool = False,
) -> QueryResult:
    """By ``order``, then the newest first. Raises NotFound without the right, AnchorNotFound."""
    require(tx, user, account, Level.READ)
    total = None
    if is_total_wanted or (window.anchor is None and window.position < 0):
        total = submission_lists.count(tx, account, where)
    position = _position(tx, account, where, order, window, total or 0)
    found = submission_lists.ids(tx, account, where, order, position=position, limit=window.limit)
    return QueryResult(
        ids=tuple(found),
        position=position,
        total=total if is_total_wanted else None,
        state=changes.state(tx, account, ChangeType.SUBMISSION),
    )


def _position(
    tx: ReadTx, account: AccountId, where: Filter, order: tuple[Key, ...], window: Window, total: int
) -> int:
    if window.anchor is None:
        return window.position if window.position >= 0 else max(0, total + window.position)
    place = submission_lists.place(tx, account, where, order, window.anchor)
    if place is None:
        raise AnchorNotFound
    return max(0, place + window.anchor_offset)
