"""When each account is due for a pull, who is pulling it, and what people are told about it.

A lease ends by itself; its fence rises with each claim, so a late holder is
refused. A wake-up during a pull is not lost: it leaves the account due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from poststelle.lib.clock import from_ms, to_ms
from poststelle.lib.share import GRACE_S, Share
from poststelle.model.account import SyncPhase, SyncState
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId
from poststelle.store import accounts, aside, search, submissions, writeback_ops
from poststelle.store.tx import ReadTx, Row, Tx

_EVER = -(2**62)
_ASKED_MS = 4_000_000_000_000  # before 1970, for as long as this century lasts
_COUNTED = 1_000  # of those that wait, where somebody asks for one more
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
        pending=writeback_ops.pending_count(tx, account) + submissions.held_up_count(tx, account),
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
    aside.bring_back_changes(tx, account, now)
    _changed(tx, account)


def wake(tx: Tx, account: AccountId, now: datetime) -> None:
    """Make the account due now; a wait for the provider is kept, one for people's sake (failed) is not.

    One that is due already keeps its place among those that wait for their turn.
    """
    wake_many(tx, [account], now)


def wake_many(tx: Tx, accounts: Sequence[AccountId], now: datetime) -> None:
    """``wake`` for several."""
    tx.run("wake_syncs", accounts=list(accounts), now=to_ms(now))


def ask(tx: Tx, account: AccountId, now: datetime) -> None:
    """Somebody wants to see what is new: as ``wake``, and claimed before most of what nobody asked for.

    Twice is the same as once. Before it are those that are overdue for longer and that nobody asked for, or
    those that were asked for before: whichever are fewer. So it keeps its place, or goes behind the latter.
    Each have every second place: with n before it, it is among the next 2 * (n + 1) that are claimed, and
    never later for having been asked for than it would be at worst otherwise. (Of more than a thousand nobody
    counts how many: it goes behind those that were asked for.) They are counted as they stand, while others
    come and go.
    """
    tx.run("ask_sync", account=account, now=to_ms(now), before=_ASKED_MS, counted=_COUNTED)


def place(asked_at: datetime) -> int:
    """Where what was asked for then is due: so long before its time that it is before all others."""
    return to_ms(asked_at) - _ASKED_MS


def put_off(tx: ReadTx, after: AccountId, limit: int) -> list[AccountId]:
    """Accounts whose last pull failed, and those that are pulled just now: the next ones after ``after``."""
    rows = tx.all("list_put_off_syncs", after=after, limit=limit)
    return [AccountId(row["account_id"]) for row in rows]


def wake_anew(tx: Tx, account: AccountId, now: datetime) -> None:
    """Make the account due now with all that was put off: it was another sign-in that had to wait.

    What the provider wants of the mailbox, whoever asks, is kept with the requests to it.
    """
    for query in ("wake_sync_anew", *_PUT_OFF):
        tx.run(query, account=account, now=to_ms(now))
    _changed(tx, account)


def wake_soon(tx: Tx, account: AccountId, at: datetime) -> None:
    """Make the account due at ``at`` unless it is sooner; a wait for the provider is kept, as by ``wake``."""
    wake_many_soon(tx, [account], at)


def wake_many_soon(tx: Tx, accounts: Sequence[AccountId], at: datetime) -> None:
    """``wake_soon`` for several."""
    tx.run("wake_syncs_soon", accounts=list(accounts), now=to_ms(at))


def claim(tx: Tx, holder: str, now: datetime, ttl_s: float, share: Share | None = None) -> SyncLease | None:
    """Claim the connected, active account most overdue for a pull; None when nothing is due."""
    return next(iter(claim_many(tx, holder, now, ttl_s, 1, share)), None)


def claim_many(
    tx: Tx,
    holder: str,
    now: datetime,
    ttl_s: float,
    limit: int,
    share: Share | None = None,
    *,
    turn: int = 0,
) -> list[SyncLease]:
    """Claim up to so many accounts, those most overdue; fewer are all that are due.

    What people asked for has half of the places before all others, and the others the other half before it:
    neither waits for ever, however much there is of the other. ``turn`` rises with each call and says whose
    an odd place is. Of other workers' shares only what has been due for a while: they would have taken it;
    what was asked for is anybody's.
    """
    own = share or Share()
    late = now if own.of == 1 else now - timedelta(seconds=GRACE_S)
    given = {"holder": holder, "now": to_ms(now), "until": to_ms(now + timedelta(seconds=ttl_s))}
    given |= {"late": to_ms(late), "workers": own.of, "rank": own.rank}

    def claimed(least: int, most: int, room: int) -> list[Row]:
        return tx.all("claim_sync", **given, least=least, most=most, limit=room) if room else []

    of_asked = (limit + 1 - turn % 2) // 2
    rows = claimed(_EVER, -1, of_asked)
    is_all_asked = len(rows) < of_asked
    rows += claimed(0, to_ms(now), limit - len(rows))
    rows += [] if is_all_asked else claimed(_EVER, -1, limit - len(rows))
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
    provider's short code. Counts as one more failure. What was woken meanwhile is due at once, unless the
    provider wants us to wait. False when the lease was lost.
    """
    told = {"problem": problem, "detail": detail, "is_ours": int(problem == "failed")}
    return _end(tx, "put_off_sync", lease, retry_at=to_ms(retry_at), **told)


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
