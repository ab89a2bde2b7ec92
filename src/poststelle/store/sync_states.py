"""When each account is due for a pull, who is pulling it, and what people are told about it.

A lease ends by itself; its fence rises with each claim, so a late holder is
refused. A wake-up during a pull is not lost: it leaves the account due.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from poststelle.lib.clock import from_ms, to_ms
from poststelle.lib.share import GRACE_S, Share
from poststelle.model.account import SyncPhase, SyncState
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId
from poststelle.store import accounts, search, submissions, writeback_ops
from poststelle.store.tx import ReadTx, Row, Tx

_PUT_OFF = tuple(f"bring_put_off_{what}_forward" for what in ("ops", "folder_ops", "sending"))


@dataclass(frozen=True, slots=True)
class SyncLease:
    """A claim on pulling one account. The holder renews before ``until``."""

    account_id: AccountId
    holder: str
    until: datetime
    fence: int


@dataclass(frozen=True, slots=True)
class Late:
    """When an account was last read to its end, and what kept it from that since."""

    last_synced_at: datetime | None
    code: str | None


def get(tx: ReadTx, account: AccountId) -> SyncState:
    """How the synchronisation stands; idle for an account that never began."""
    row = tx.one("get_sync_state", account=account)
    sums = tx.one("sum_folders", account=account) or {"expected": 0, "held": 0}
    return SyncState(
        account_id=account,
        phase=_phase(tx, account, row),
        expected=sums["expected"],
        held=sums["held"],
        pending=writeback_ops.pending_count(tx, account) + submissions.unanswered_count(tx, account),
        last_synced_at=_instant(row, "last_synced_at"),
        problem=row["problem"] if row else None,
        problem_detail=row["problem_detail"] if row else None,
        retry_at=_instant(row, "retry_at"),
        poll_s=row["poll_ms"] / 1000 if row and row["poll_ms"] is not None else None,
        notified_until=_instant(row, "notified_until"),
        notify_problem=row["notify_problem"] if row else None,
        to_index=search.to_index(tx, account, sums["held"]),
    )


def get_phase(tx: ReadTx, account: AccountId) -> SyncPhase:
    """Where the first synchronisation stands."""
    return _phase(tx, account, tx.one("get_sync_state", account=account))


def late(tx: ReadTx, before: datetime, failures: int) -> dict[AccountId, Late]:
    """Accounts that were read whole once, but not since then, and those with so many failures in a row."""
    rows = tx.all("list_late_syncs", before=to_ms(before), failures=failures)
    return {
        AccountId(row["account_id"]): Late(
            _instant(row, "last_synced_at"), row["problem_detail"] or row["problem"]
        )
        for row in rows
    }


def last_wait_s(tx: ReadTx, account: AccountId) -> float | None:
    """How long the last pull meant to wait for the next one; None before the first."""
    row = tx.one("get_sync_state", account=account)
    return row["poll_ms"] / 1000 if row and row["poll_ms"] is not None else None


def start(tx: Tx, account: AccountId, now: datetime) -> None:
    """Begin, or begin again after a new sign-in: due at once, old problems forgotten, an old pull refused."""
    tx.run("start_sync", account=account, phase=SyncPhase.FIRST.value, now=to_ms(now))
    _changed(tx, account)


def wake(tx: Tx, account: AccountId, now: datetime) -> None:
    """Make the account due now; a wait for the provider is kept, one for people's sake (failed) is not."""
    tx.run("wake_sync", account=account, now=to_ms(now))


def wake_anew(tx: Tx, account: AccountId, now: datetime) -> None:
    """Make the account due now with all that was put off: it was another sign-in that had to wait.

    What the provider wants of the mailbox, whoever asks, is kept with the requests to it.
    """
    for query in ("wake_sync_anew", *_PUT_OFF):
        tx.run(query, account=account, now=to_ms(now))
    _changed(tx, account)


def wake_soon(tx: Tx, account: AccountId, at: datetime) -> None:
    """Make the account due at ``at`` unless it is sooner; a wait for the provider is kept, as by ``wake``."""
    tx.run("wake_sync_soon", account=account, at=to_ms(at))


def claim(tx: Tx, holder: str, now: datetime, ttl_s: float, share: Share | None = None) -> SyncLease | None:
    """Claim the connected, active account most overdue for a pull; None when nothing is due."""
    return next(iter(claim_many(tx, holder, now, ttl_s, 1, share)), None)


def claim_many(
    tx: Tx, holder: str, now: datetime, ttl_s: float, limit: int, share: Share | None = None
) -> list[SyncLease]:
    """Claim up to so many accounts, those most overdue; fewer are all that are due.

    Of other workers' shares only what has been due for a while: they would have taken it.
    """
    until, own = now + timedelta(seconds=ttl_s), share or Share()
    late = now if own.of == 1 else now - timedelta(seconds=GRACE_S)
    rows = tx.all(
        "claim_sync",
        holder=holder,
        now=to_ms(now),
        until=to_ms(until),
        late=to_ms(late),
        workers=own.of,
        rank=own.rank,
        limit=limit,
    )
    return [
        SyncLease(AccountId(r["account_id"]), holder, from_ms(r["lease_until"]), r["fence"]) for r in rows
    ]


def claim_of(tx: Tx, account: AccountId, holder: str, now: datetime, ttl_s: float) -> SyncLease | None:
    """Claim this account, due or not; None while somebody else holds it."""
    until = now + timedelta(seconds=ttl_s)
    row = tx.one("claim_sync_of", account=account, holder=holder, now=to_ms(now), until=to_ms(until))
    return SyncLease(account, holder, from_ms(row["lease_until"]), row["fence"]) if row else None


def renew(tx: Tx, lease: SyncLease, now: datetime, ttl_s: float) -> SyncLease | None:
    """Hold on to it for ``ttl_s`` seconds more; None when somebody else has it by now."""
    until = now + timedelta(seconds=ttl_s)
    row = tx.one("renew_sync", account=lease.account_id, fence=lease.fence, until=to_ms(until))
    return SyncLease(lease.account_id, lease.holder, until, lease.fence) if row else None


def hold(tx: Tx, lease: SyncLease, now: datetime, ttl_s: float) -> bool:
    """Nobody else claims it before this transaction ends; it is renewed when a third of ``ttl_s`` has gone.

    False when somebody else has it by now.
    """
    late = now + timedelta(seconds=ttl_s * 2 / 3)
    row = tx.one("hold_sync", account=lease.account_id, fence=lease.fence, late=to_ms(late))
    return row is not None or renew(tx, lease, now, ttl_s) is not None


def finish(
    tx: Tx, lease: SyncLease, next_due_at: datetime, now: datetime, *, refused: str | None = None
) -> datetime | None:
    """All that was due was read to its end at ``now``: problems are forgotten, the next pull is set.

    ``refused`` is the provider's code for a folder that it does not let us read. Returns when the account is
    due: sooner where it was woken meanwhile. None (and nothing changes) when the lease was lost.
    """
    params = {"account": lease.account_id, "fence": lease.fence, "detail": refused}
    params |= {
        "due_at": to_ms(next_due_at),
        "at": to_ms(now),
        "problem": None if refused is None else "failed",
    }
    row = tx.one("finish_sync", **params)
    if row is None:
        return None
    _changed(tx, lease.account_id)
    return from_ms(row["due_at"])


def set_problem(
    tx: Tx, lease: SyncLease, problem: str | None, detail: str | None, retry_at: datetime
) -> bool:
    """The pull ended early: tell people why (throttled, unreachable, failed) and when we try again.

    ``problem`` None: nothing that waiting would heal. ``detail`` is the
    provider's short code. Counts as one more failure. False when the lease was lost.
    """
    return _end(tx, "put_off_sync", lease, retry_at=to_ms(retry_at), problem=problem, detail=detail)


def release(tx: Tx, lease: SyncLease) -> bool:
    """Stop in the middle (shutting down): due again at once. False when the lease was lost."""
    return _end(tx, "release_sync", lease)


def release_holder(tx: Tx, holder: str) -> int:
    """End what an earlier process of this name held when it died; return how many accounts are due again."""
    return tx.run("release_holder", holder=holder)


def failures(tx: ReadTx, account: AccountId) -> int:
    """How many pulls in a row ended with a problem."""
    row = tx.one("get_sync_state", account=account)
    return row["failures"] if row else 0


def _phase(tx: ReadTx, account: AccountId, row: Row | None) -> SyncPhase:
    """An internal mailbox is never synchronised, and always whole."""
    if row is None:
        return SyncPhase.STEADY if accounts.is_internal(tx, account) else SyncPhase.IDLE
    return SyncPhase(row["phase"])


def _end(tx: Tx, query: str, lease: SyncLease, **params: Any) -> bool:
    ended = tx.run(query, account=lease.account_id, fence=lease.fence, **params) == 1
    if ended:
        _changed(tx, lease.account_id)
    return ended


def _changed(tx: Tx, account: AccountId) -> None:
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def _instant(row: Row | None, key: str) -> datetime | None:
    return None if row is None or row[key] is None else from_ms(row[key])
