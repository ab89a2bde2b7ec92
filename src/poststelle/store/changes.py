"""The change log: what a client asks for with ``/changes``. Source: RFC 8620 §5.2."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId
from poststelle.store.tx import ReadTx, Tx


@dataclass(frozen=True, slots=True)
class Changes:
    """Object numbers by what became of them; ``new_modseq`` is where the next call starts.

    ``are_counted``: of the updated ones nothing changed but what is counted in them.
    """

    created: tuple[int, ...]
    updated: tuple[int, ...]
    destroyed: tuple[int, ...]
    new_modseq: int
    has_more: bool
    are_counted: bool = False


def latest(tx: ReadTx, account: AccountId, type_: ChangeType) -> int:
    """The modseq of the type's newest change; 0 when there is none."""
    row = tx.one("latest_change", account=account, type=type_.value)
    return row["modseq"] if row else 0


def modseq(tx: ReadTx, account: AccountId) -> int:
    """The account's own counter, which every write that clients can see raises; 0 when it is gone."""
    row = tx.one("get_account_epoch", account=account)
    return int(row["modseq"]) if row else 0


def state(tx: ReadTx, account: AccountId, type_: ChangeType) -> str:
    """The type's JMAP state: ``epoch.modseq``. Raises LookupError for an unknown account."""
    return f"{_epoch(tx, account)}.{latest(tx, account, type_)}"


def state_at(tx: ReadTx, account: AccountId, modseq: int) -> str:
    """The text of a state at this modseq. Raises LookupError for an unknown account."""
    return f"{_epoch(tx, account)}.{modseq}"


def latest_delivery(tx: ReadTx, account: AccountId, after: int) -> int | None:
    """When the newest message was added after then; None: none was."""
    row = tx.one("latest_delivery", account=account, modseq=after)
    return int(row["modseq"]) if row else None


def latest_arrival(tx: ReadTx, account: AccountId, after: int, *, is_focused: bool) -> int | None:
    """Likewise, of those alone that lie unread in the inbox; ``is_focused``: and are taken for important."""
    row = tx.one("latest_arrival", account=account, modseq=after, is_focused=int(is_focused))
    return int(row["modseq"]) if row else None


def since_state(tx: ReadTx, account: AccountId, type_: ChangeType, text: str, limit: int) -> Changes | None:
    """Like ``since``, for a state's text; None for another epoch or a text that is none of ours."""
    epoch, _, modseq = text.partition(".")
    if not (epoch.isascii() and epoch.isdigit() and modseq.isascii() and modseq.isdigit()) or len(text) > 40:
        return None
    if int(epoch) != _epoch(tx, account):
        return None
    return since(tx, account, type_, int(modseq), limit)


def since(tx: ReadTx, account: AccountId, type_: ChangeType, modseq: int, limit: int) -> Changes | None:
    """What changed after ``modseq``, at most ``limit`` objects; None when that can't be told.

    An object created and changed since is created; one created and destroyed
    since is not mentioned.
    """
    newest = latest(tx, account, type_)
    if modseq > newest or (modseq < newest and modseq < _forgotten(tx, account)):
        return None
    rows = tx.all("list_changes", account=account, type=type_.value, modseq=modseq, limit=limit + 1)
    has_more = len(rows) > limit
    rows = rows[:limit]
    first: dict[int, str] = {}
    last: dict[int, str] = {}
    for row in rows:
        first.setdefault(row["object_id"], row["op"])
        last[row["object_id"]] = row["op"]
    was_there = {i for i, op in first.items() if op != ChangeOp.CREATED}
    is_there = {i for i, op in last.items() if op != ChangeOp.DESTROYED}
    otherwise = {row["object_id"] for row in rows if row["op"] != ChangeOp.COUNTED}
    return Changes(
        created=tuple(i for i in last if i in is_there and i not in was_there),
        updated=tuple(i for i in last if i in is_there and i in was_there),
        destroyed=tuple(i for i in last if i not in is_there and i in was_there),
        new_modseq=rows[-1]["modseq"] if has_more else newest,
        has_more=has_more,
        are_counted=not otherwise & was_there & is_there,
    )


@dataclass(frozen=True, slots=True)
class Latest:
    """An object's last change."""

    modseq: int
    at: datetime


def latest_of(
    tx: ReadTx, account: AccountId, type_: ChangeType, ids: Sequence[int], after: int
) -> dict[int, Latest]:
    """The last change since that modseq of each of these objects that has one."""
    rows = tx.all("list_latest_changes_of", account=account, type=type_.value, modseq=after, ids=ids)
    return {row["object_id"]: Latest(row["modseq"], from_ms(row["at"])) for row in rows}


@dataclass(frozen=True, slots=True)
class Logs:
    """Of a portion of the accounts those whose log has something to forget; ``last``: where it ends, None:
    with the last account."""

    old: tuple[AccountId, ...]
    last: AccountId | None


def with_old(tx: ReadTx, type_: ChangeType, before: datetime, after: AccountId, limit: int) -> Logs:
    """Whose log of this type has something to forget, among the next ``limit`` accounts."""
    rows = tx.all("list_oldest_of_logs", type=type_.value, after=after, limit=limit)
    old = [row for row in rows if row["has_newer"] and row["at"] < to_ms(before)]
    return Logs(
        tuple(AccountId(row["account_id"]) for row in old),
        AccountId(rows[-1]["account_id"]) if len(rows) == limit else None,
    )


def forget_before(tx: Tx, account: AccountId, type_: ChangeType, before: datetime, limit: int) -> int:
    """Forget up to ``limit`` of the type's oldest changes made before then; return how many.

    The newest one stays: it is the type's state. Who asks for changes since an
    older state is told that they can't be told, and reads anew (RFC 8620 §5.2).
    """
    old = _old(tx, account, type_, before, limit)
    if not old:
        return 0
    tx.run("forget_changes", account=account, type=type_.value, upto=old[-1])
    tx.run("raise_forgotten_modseq", account=account, upto=old[-1])
    return len(old)


def _old(tx: ReadTx, account: AccountId, type_: ChangeType, before: datetime, limit: int) -> list[int]:
    """The modseqs of the type's oldest changes, made before then; the newest one is never among them."""
    newest = latest(tx, account, type_)
    rows = tx.all("list_oldest_changes", account=account, type=type_.value, newest=newest, limit=limit)
    return [row["modseq"] for row in takewhile(lambda row: row["at"] < to_ms(before), rows)]


def _epoch(tx: ReadTx, account: AccountId) -> int:
    row = tx.one("get_account_epoch", account=account)
    if row is None:
        raise LookupError(f"account {account} is not there")
    return int(row["epoch"])


def _forgotten(tx: ReadTx, account: AccountId) -> int:
    row = tx.one("get_account_epoch", account=account)
    return int(row["forgotten_modseq"]) if row else 0
