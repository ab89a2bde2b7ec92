"""Sorted, filtered lists of messages, by arrival and then id.

One folder, unfiltered or by unread or flagged, has an index of its own: its
newest 50 cost the same in a folder of a million. Words come from the full-text
index, which tells its hits in this order, but for those of one second: of them
the one that was put in first comes first. Any other filter walks.
"""

from dataclasses import dataclass
from typing import Any

from poststelle.lib.clock import to_ms
from poststelle.model.filter import Filter
from poststelle.model.ids import AccountId, FolderId, MessageId, ThreadId
from poststelle.model.message import FLAGGED, SEEN, Message
from poststelle.store import conditions, search
from poststelle.store.tx import ReadTx

_ANY = -1
_FEW = 3
_MOST_LOOKED_THROUGH = 100_000
_BEGINNING, _END = -(2**62), 2**62
_FOUND = frozenset({"found_folder", "found_account"})
_INDEXED: dict[str, dict[str, frozenset[str]]] = {
    "all": {},
    "unread": {"not_keywords": frozenset({SEEN})},
    "flagged": {"has_keywords": frozenset({FLAGGED})},
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a list is sorted and whether a thread counts once."""

    is_ascending: bool = False
    is_collapsed: bool = False

    @property
    def order(self) -> str:
        return "oldest" if self.is_ascending else "newest"

    @property
    def other_order(self) -> str:
        return "newest" if self.is_ascending else "oldest"

    @property
    def threads(self) -> str:
        return "_threads" if self.is_collapsed else ""


def ids(
    tx: ReadTx, account: AccountId, where: Filter, shape: Shape, *, position: int, limit: int
) -> list[MessageId]:
    """``limit`` ids from ``position`` (0: the first) on."""
    if where.is_never:
        return []
    kind, params = _kind(account, where)
    if kind == "all" and position > 0 and not shape.is_collapsed:
        return _from_nearer_end(tx, account, where, shape, position, limit)
    query = f"list_{kind}{shape.threads}_{shape.order}"
    rows = tx.all(query, account=account, **params, position=position, limit=limit)
    return [MessageId(row["id"]) for row in rows]


def _from_nearer_end(
    tx: ReadTx, account: AccountId, where: Filter, shape: Shape, position: int, limit: int
) -> list[MessageId]:
    """Of a whole folder: what lies before ``position`` is walked over, so count from the nearer end."""
    total = count(tx, account, where)
    wanted = min(limit, total - position)
    if wanted <= 0:
        return []
    behind = total - position - wanted
    is_nearer = position <= behind
    start = position if is_nearer else behind
    query = f"list_all_{shape.order if is_nearer else shape.other_order}"
    rows = tx.all(query, account=account, folder=where.in_folder, position=start, limit=wanted)
    found = [MessageId(row["id"]) for row in rows]
    return found if is_nearer else found[::-1]


def count(tx: ReadTx, account: AccountId, where: Filter, *, is_collapsed: bool = False) -> int:
    """How many messages (collapsed: threads) the whole list has. A whole folder's count is kept ready."""
    if where.is_never:
        return 0
    kind, params = _kind(account, where)
    if kind == "all":
        row = tx.one("get_folder", account=account, folder=where.in_folder)
        return int(row["total_threads" if is_collapsed else "total"]) if row else 0
    if (
        kind in _FOUND
        and not is_collapsed
        and "where" not in params
        and _lie_all(tx, account, where.in_folder)
    ):
        kind = "found_anywhere"
    row = tx.one(f"count_{kind}{'_threads' if is_collapsed else ''}", account=account, **params)
    return int(row["total"]) if row else 0


def _lie_all(tx: ReadTx, account: AccountId, folder: FolderId | None) -> bool:
    """Whether all that is in the index lies in the folder (None: in any): then no hit need be looked up.

    In any: nobody hides messages where one lies in several, so equal numbers mean that each lies in one.
    """
    if folder is None:
        total = sum(row["total"] for row in tx.all("list_folders", account=account))
    else:
        row = tx.one("get_folder", account=account, folder=folder)
        total = row["total"] if row else 0
    return bool(total == search.progress(tx, account).indexed and search.is_complete(tx, account))


def place(tx: ReadTx, account: AccountId, where: Filter, shape: Shape, message: Message) -> int:
    """The index that ``message``, which is in the list, has there."""
    return _place(tx, account, where, shape, message, message.id)


def instant(tx: ReadTx, account: AccountId, where: Filter, shape: Shape, message: Message) -> tuple[int, int]:
    """From which index to which, exclusive, there is what arrived at the same instant. Not for words."""
    first, last = (_BEGINNING, _END) if shape.is_ascending else (_END, _BEGINNING)
    start = _place(tx, account, where, shape, message, first)
    return start, _place(tx, account, where, shape, message, last)


def _place(tx: ReadTx, account: AccountId, where: Filter, shape: Shape, message: Message, id_: int) -> int:
    """How many come before this id at the message's instant."""
    kind, params = _kind(account, where)
    row = tx.one(
        f"place_{kind}{shape.threads}_{shape.order}",
        account=account,
        **params,
        received_at=to_ms(message.received_at),
        message=id_,
    )
    return int(row["place"]) if row else 0


def places(
    tx: ReadTx, account: AccountId, where: Filter, shape: Shape, messages: list[Message]
) -> dict[MessageId, int] | None:
    """``place`` of each; None where so many are not told: the list is too long to be looked through.

    A filter without an index of its own looks at everything for each place, so that several are looked
    for at once.
    """
    if len(messages) <= _FEW or _kind(account, where)[0] in _INDEXED:
        return {m.id: place(tx, account, where, shape, m) for m in messages}
    whole = ids(tx, account, where, shape, position=0, limit=_MOST_LOOKED_THROUGH + 1)
    if len(whole) > _MOST_LOOKED_THROUGH:
        return None
    wanted = {m.id for m in messages}
    return {id_: at for at, id_ in enumerate(whole) if id_ in wanted}


def pick(
    tx: ReadTx, account: AccountId, where: Filter, shape: Shape, messages: list[Message]
) -> set[MessageId]:
    """Which messages of the list there are among these (collapsed: in these messages' threads)."""
    return _pick(tx, account, where, shape, messages, {m.thread_id for m in messages})


def pick_threads(
    tx: ReadTx, account: AccountId, where: Filter, shape: Shape, threads: set[ThreadId]
) -> set[MessageId]:
    """The messages by which these threads are shown in a collapsed list."""
    return _pick(tx, account, where, shape, [], threads)


def _pick(
    tx: ReadTx,
    account: AccountId,
    where: Filter,
    shape: Shape,
    messages: list[Message],
    threads: set[ThreadId],
) -> set[MessageId]:
    if where.is_never:
        return set()
    scope, params = _scope(account, where)
    if shape.is_collapsed:
        query = f"pick_{scope}_threads_{shape.order}"
        rows = tx.all(query, account=account, threads=list(threads), **params)
    else:
        rows = tx.all(f"pick_{scope}", account=account, ids=[m.id for m in messages], **params)
    return {MessageId(row["id"]) for row in rows}


def _kind(account: AccountId, where: Filter) -> tuple[str, dict[str, Any]]:
    """The family of statements for a filter, and its parameters."""
    if where.in_folder is not None:
        for kind, flags in _INDEXED.items():
            if where == Filter(in_folder=where.in_folder, **flags):  # type: ignore[arg-type]  # two names
                return kind, {"folder": where.in_folder}
    return _scope(account, where)


def _scope(account: AccountId, where: Filter) -> tuple[str, dict[str, Any]]:
    if where.terms:
        return _found(account, where)
    params: dict[str, Any] = {
        name: 1 if keyword in where.has_keywords else 0 if keyword in where.not_keywords else _ANY
        for keyword, name in conditions.KEYWORDS.items()
    }
    params["attachment"] = _ANY if where.has_attachment is None else int(where.has_attachment)
    params["after"] = _BEGINNING if where.after is None else to_ms(where.after)
    params["before"] = _END if where.before is None else to_ms(where.before)
    if more := conditions.beyond_lists(where):
        params["where"] = more
    if where.in_folder is not None:
        return "folder_matching", params | {"folder": where.in_folder}
    return "account_matching", params | {"others": sorted(where.not_in_folders)}


def _found(account: AccountId, where: Filter) -> tuple[str, dict[str, Any]]:
    params: dict[str, Any] = {"terms": where.terms}
    if more := conditions.beyond_words(where):
        params["where"] = more
    if where.in_folder is not None:
        return "found_folder", params | {"folder": where.in_folder}
    return "found_account", params
