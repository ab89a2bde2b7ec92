"""Email/query and /queryChanges: lists of messages and how they changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from poststelle.access import vip
from poststelle.access.rights import require
from poststelle.mail import sorting
from poststelle.model.account import SyncPhase
from poststelle.model.change import ChangeType
from poststelle.model.errors import Invalid
from poststelle.model.filter import Filter
from poststelle.model.ids import AccountId, MessageId, ThreadId, UserId
from poststelle.model.message import Message
from poststelle.model.order import SortKey
from poststelle.model.rights import Level
from poststelle.store import changes, lists, messages, search, sync_states, threads
from poststelle.store.lists import Shape
from poststelle.store.tx import ReadTx

# Past these, asking for the list again is cheaper than working out its changes.
_MOST_CHANGES = 1_000
_MOST_ADDED = 250
_MOST_FELLOWS = 5_000


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the list. ``anchor`` wins over ``position``; a negative position counts from the end."""

    position: int = 0
    anchor: MessageId | None = None
    anchor_offset: int = 0
    limit: int = 256


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Sorted ids; ``position`` is the first one's place in the whole list; ``total`` only when asked for.

    ``is_complete``: no message is still missing because its words are not in the index yet, or
    because it is not even here yet: the first synchronisation is still under way. ``is_narrowed``: the
    mailbox is VIP, and what the user may not see outside it is left out.
    """

    ids: tuple[MessageId, ...]
    position: int
    total: int | None
    state: str
    is_complete: bool = True
    is_narrowed: bool = False


@dataclass(frozen=True, slots=True)
class QueryChanges:
    """Source: RFC 8620 §5.6. ``added`` holds (index, id), lowest index first."""

    removed: tuple[MessageId, ...]
    added: tuple[tuple[int, MessageId], ...]
    total: int | None
    new_state: str


class AnchorNotFound(Exception):
    """The anchor is not in the list."""


def email_query(
    tx: ReadTx,
    user: UserId,
    account: AccountId,
    where: Filter,
    window: Window,
    *,
    is_ascending: bool = False,
    is_collapsed: bool = False,
    is_total_wanted: bool = False,
    further: Sequence[SortKey] = (),
) -> QueryResult:
    """Messages by received_at (newest first unless ascending), then by ``further`` keys, then id.

    Raises AnchorNotFound, and with ``further`` Invalid where too much arrived at one instant; with words
    there are none.

    Source: RFC 8620 §5.5, RFC 8621 §4.4.
    """
    require(tx, user, account, Level.READ)
    where, mark = vip.narrowed(tx, user, account, where)
    shape = Shape(is_ascending, is_collapsed)
    total = None
    if window.anchor is None and window.position < 0:
        total = lists.count(tx, account, where, is_collapsed=is_collapsed)
    position = _position(tx, account, where, shape, window, total or 0, further)
    part = partial(sorting.tied_ids, further=further) if further else lists.ids
    found = part(tx, account, where, shape, position=position, limit=window.limit)
    if is_total_wanted and total is None:
        is_end = len(found) < window.limit and (found or position == 0)
        counted = partial(lists.count, tx, account, where, is_collapsed=is_collapsed)
        total = position + len(found) if is_end else counted()
    return QueryResult(
        ids=tuple(found),
        position=position,
        total=total if is_total_wanted else None,
        state=_state(tx, account, where, mark),
        is_complete=not where.has_words or _is_searched_whole(tx, account),
        is_narrowed=bool(mark),
    )


def email_query_sorted(
    tx: ReadTx,
    user: UserId,
    account: AccountId,
    where: Filter,
    window: Window,
    keys: Sequence[SortKey],
    *,
    is_collapsed: bool = False,
    is_total_wanted: bool = False,
) -> QueryResult:
    """The same in any other order. Raises AnchorNotFound, and Invalid where it is too much to sort."""
    require(tx, user, account, Level.READ)
    where, mark = vip.narrowed(tx, user, account, where)
    whole = sorting.sorted_ids(tx, account, where, keys, is_collapsed=is_collapsed)
    if window.anchor is None:
        position = window.position if window.position >= 0 else max(0, len(whole) + window.position)
    elif window.anchor in whole:
        position = max(0, whole.index(window.anchor) + window.anchor_offset)
    else:
        raise AnchorNotFound
    return QueryResult(
        ids=tuple(whole[position : position + window.limit]),
        position=position,
        total=len(whole) if is_total_wanted else None,
        state=_state(tx, account, where, mark),
        is_complete=not where.has_words or _is_searched_whole(tx, account),
        is_narrowed=bool(mark),
    )


def _state(tx: ReadTx, account: AccountId, where: Filter, mark: str) -> str:
    """What words are found in changes with the index too, what is seen of a VIP mailbox with assignments: the
    change log knows nothing of these.
    """
    parts = [changes.state(tx, account, ChangeType.EMAIL)]
    parts += map(str, search.progress(tx, account)) if where.has_words else []
    return ".".join([*parts, mark] if mark else parts)


def email_query_changes(
    tx: ReadTx,
    user: UserId,
    account: AccountId,
    where: Filter,
    since: str,
    *,
    is_ascending: bool = False,
    is_collapsed: bool = False,
    is_total_wanted: bool = False,
    up_to: MessageId | None = None,
    limit: int | None = None,
) -> QueryChanges | None:
    """How the list changed since the state; None when it can't be told.

    Whatever was touched is removed and, where it still belongs to the list,
    added again at its place; so are all messages of its thread where a thread
    counts once, or where the filter asks something of threads. What was found by
    words can't be told: the index follows its messages a little later; nor what
    is left out of a VIP mailbox, which assignments change. ``up_to``
    may be ignored, because folder and keywords are mutable.

    Raises Invalid (``too_many_changes``) over ``limit``.

    Source: RFC 8620 §5.6.
    """
    require(tx, user, account, Level.READ)
    where, mark = vip.narrowed(tx, user, account, where)
    if where.has_words or mark:
        return None
    shape = Shape(is_ascending, is_collapsed)
    touched = changes.since_state(tx, account, ChangeType.EMAIL, since, _MOST_CHANGES)
    if touched is None or touched.has_more:
        return None
    there = messages.get_many(tx, account, [MessageId(i) for i in touched.created + touched.updated])
    removed: Iterable[int] = touched.updated + touched.destroyed
    if is_collapsed or where.has_threads:
        moved = _touched_threads(tx, account, since, there)
        fellows = None if moved is None else _fellows(tx, account, moved)
        if moved is None or fellows is None:
            return None
        removed = {*removed, *fellows}
        picked = (
            lists.pick_threads(tx, account, where, shape, moved)
            if is_collapsed
            else lists.pick(tx, account, where, shape, messages.get_many(tx, account, fellows))
        )
    else:
        picked = lists.pick(tx, account, where, shape, there)
    if len(picked) > _MOST_ADDED:
        return None
    removed = sorted(removed)
    if limit is not None and len(removed) + len(picked) > limit:
        raise Invalid("maxChanges", "too_many_changes", "More of this list has changed than was asked for.")
    added = _added(tx, account, where, shape, picked)
    if added is None:
        return None
    return QueryChanges(
        removed=tuple(MessageId(i) for i in removed),
        added=added,
        total=lists.count(tx, account, where, is_collapsed=is_collapsed) if is_total_wanted else None,
        new_state=changes.state(tx, account, ChangeType.EMAIL),
    )


def _position(
    tx: ReadTx,
    account: AccountId,
    where: Filter,
    shape: Shape,
    window: Window,
    total: int,
    further: Sequence[SortKey],
) -> int:
    if window.anchor is None:
        return window.position if window.position >= 0 else max(0, total + window.position)
    anchor = messages.get(tx, account, window.anchor)
    if anchor is None:
        raise AnchorNotFound
    if further:
        place = sorting.tied_place(tx, account, where, shape, further, anchor)
    else:
        is_there = anchor.id in lists.pick(tx, account, where, shape, [anchor])
        place = lists.place(tx, account, where, shape, anchor) if is_there else None
    if place is None:
        raise AnchorNotFound
    return max(0, place + window.anchor_offset)


def _touched_threads(
    tx: ReadTx, account: AccountId, since: str, there: Iterable[Message]
) -> set[ThreadId] | None:
    """Threads that may be shown otherwise: of touched messages, and those that lost some. None: untold.

    One that was made by the very transaction that gave the state is logged just after it, as created.
    """
    logged = changes.since_state(tx, account, ChangeType.THREAD, _capped(tx, account, since), _MOST_CHANGES)
    if logged is None or logged.has_more:
        return None
    return {message.thread_id for message in there} | {ThreadId(i) for i in logged.created + logged.updated}


def _fellows(tx: ReadTx, account: AccountId, moved: Iterable[ThreadId]) -> list[MessageId] | None:
    """All messages of these threads; None when they are too many to be told one by one."""
    found = [i for ids in threads.many(tx, account, sorted(moved)).values() for i in ids]
    return found if len(found) <= _MOST_FELLOWS else None


def _capped(tx: ReadTx, account: AccountId, since: str) -> str:
    """The state for threads: they share the account's modseqs with messages, but may have changed earlier."""
    epoch, _, modseq = since.partition(".")
    return f"{epoch}.{min(int(modseq), changes.latest(tx, account, ChangeType.THREAD))}"


def _added(
    tx: ReadTx, account: AccountId, where: Filter, shape: Shape, picked: Iterable[MessageId]
) -> tuple[tuple[int, MessageId], ...] | None:
    places = lists.places(tx, account, where, shape, messages.get_many(tx, account, list(picked)))
    return None if places is None else tuple(sorted((at, id_) for id_, at in places.items()))


def _is_searched_whole(tx: ReadTx, account: AccountId) -> bool:
    return search.is_complete(tx, account) and sync_states.get_phase(tx, account) is not SyncPhase.FIRST
