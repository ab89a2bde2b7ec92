"""Checks: who carries one out, how far it is, and what it found.

A lease as for pulls: it ends by itself, and its fence refuses a late holder.
At most one check of an account is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.check import Check, CheckReason, CheckState, Finding, Kind
from poststelle.model.ids import AccountId, UserId
from poststelle.store import check_progress
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Row, Tx

KEPT = timedelta(days=90)
FINDINGS_OF_CHECKS = 20
"""Of how many checks of an account the single findings are kept."""
FINDINGS_AT_MOST = 1000
"""How many findings of one check are kept one by one; its sums count them all."""


@dataclass(frozen=True, slots=True)
class CheckLease:
    """A claim on carrying out one check."""

    account_id: AccountId
    check_id: int
    fence: int


@dataclass(frozen=True, slots=True)
class NightState:
    """An account that could be checked now: when it was made, when a check was last wanted (None: never)."""

    account_id: AccountId
    created_at: datetime
    asked_at: datetime | None


def open_of(tx: ReadTx, account: AccountId) -> Check | None:
    """The check that is waiting or running."""
    return _check(tx.one("get_open_check", account=account))


def asked_before(tx: ReadTx, at: datetime) -> dict[AccountId, Check]:
    """The checks that wait or run since before then, by account."""
    found = map(_check, tx.all("list_open_checks_before", at=to_ms(at)))
    return {check.account_id: check for check in found if check is not None}


def last_of(tx: ReadTx, account: AccountId) -> Check | None:
    """The check that ended last."""
    return _check(tx.one("get_last_check", account=account))


def get(tx: ReadTx, account: AccountId, check: int) -> Check | None:
    return _check(tx.one("get_check", account=account, check=check))


def list_all(tx: ReadTx, account: AccountId, limit: int) -> list[Check]:
    """The newest first."""
    rows = tx.all("list_checks", account=account, limit=limit)
    return [check for row in rows if (check := _check(row)) is not None]


def findings(tx: ReadTx, account: AccountId, check: int) -> list[Finding]:
    return [_finding(row) for row in tx.all("list_findings", account=account, check=check)]


def want(tx: Tx, account: AccountId, reason: CheckReason, user: UserId | None, now: datetime) -> Check:
    """A check that is due now; the one that is open already where there is one."""
    known = open_of(tx, account)
    if known is not None:
        return known
    check = take_ids(tx, account, 1)
    tx.run("insert_check", account=account, check=check, reason=reason.value, user=user, now=to_ms(now))
    tell(tx, account)
    made = get(tx, account, check)
    assert made is not None
    return made


def next_due(tx: ReadTx, now: datetime) -> Check | None:
    """The open check of a connected, active account that is most overdue and in nobody's hands."""
    row = tx.one("get_due_check", now=to_ms(now))
    return None if row is None else get(tx, AccountId(row["account_id"]), row["id"])


def claim(
    tx: Tx, account: AccountId, check: int, holder: str, now: datetime, ttl_s: float
) -> CheckLease | None:
    """Take an open check in hand, due or not; None while somebody else has it, or when it is done."""
    until = to_ms(now + timedelta(seconds=ttl_s))
    row = tx.one("claim_check", account=account, check=check, holder=holder, now=to_ms(now), until=until)
    if row is None:
        return None
    tell(tx, account)
    return CheckLease(account, check, row["fence"])


def renew(tx: Tx, lease: CheckLease, now: datetime, ttl_s: float) -> bool:
    """Hold on to it for ``ttl_s`` seconds more; False when it is somebody else's by now."""
    until = to_ms(now + timedelta(seconds=ttl_s))
    where = {"account": lease.account_id, "check": lease.check_id, "fence": lease.fence}
    return tx.run("renew_check", until=until, **where) == 1


def put_off(tx: Tx, lease: CheckLease, due_at: datetime, problem: str | None = None) -> None:
    """Give it back, to go on at ``due_at`` where it was; ``problem`` counts as one more failure."""
    where = {"account": lease.account_id, "check": lease.check_id, "fence": lease.fence}
    failed = int(problem is not None)
    if tx.run("put_off_check", due_at=to_ms(due_at), problem=problem, failed=failed, **where):
        tell(tx, lease.account_id)


def release_holder(tx: Tx, holder: str) -> int:
    """What an earlier process of this name had in hand when it died may be taken at once."""
    return tx.run("release_checks", holder=holder)


def failures(tx: ReadTx, account: AccountId, check: int) -> int:
    """How often in a row it was put off by a problem."""
    row = tx.one("get_check_failures", account=account, check=check)
    return row["failures"] if row else 0


def count(tx: Tx, lease: CheckLease, *, compared: int = 0, requests: int = 0) -> None:
    """So many more messages were compared, so many requests made."""
    where = {"account": lease.account_id, "check": lease.check_id}
    tx.run("count_check", compared=compared, requests=requests, **where)
    tell(tx, lease.account_id)


def begin(tx: Tx, lease: CheckLease, *, folders_left: int, history_from: datetime | None) -> None:
    """How many folders are left out, and that mail received before an instant is (None: none is)."""
    where = {"account": lease.account_id, "check": lease.check_id}
    since = None if history_from is None else to_ms(history_from)
    tx.run("begin_check", folders_left=folders_left, history_from=since, **where)


def record(tx: Tx, lease: CheckLease, found: Iterable[Finding]) -> None:
    """Count what was found, and keep it one by one as far as it is kept."""
    account, check = lease.account_id, lease.check_id
    row = tx.one("count_findings", account=account, check=check)
    kept = row["total"] if row else 0
    for finding in found:
        tx.run(
            f"count_finding_{finding.kind.value}",
            account=account,
            check=check,
            number=finding.number,
            repaired=finding.number if finding.is_repaired else 0,
        )
        kept += 1
        if kept <= FINDINGS_AT_MOST:
            tx.run("insert_finding", account=account, check=check, **_finding_row(finding))


def unreadable_named(tx: ReadTx, lease: CheckLease, folder: str) -> int:
    """How many unreadable messages of a folder of this name were found already."""
    row = tx.one("sum_unreadable_findings", account=lease.account_id, check=lease.check_id, folder=folder)
    return row["total"] if row else 0


def end(tx: Tx, lease: CheckLease, now: datetime) -> None:
    """It is done: findings of long ago go."""
    tx.run("end_check", account=lease.account_id, check=lease.check_id, now=to_ms(now))
    tx.run("delete_old_findings", account=lease.account_id, kept=FINDINGS_OF_CHECKS)
    tell(tx, lease.account_id)


def begin_anew(tx: Tx, account: AccountId, now: datetime) -> None:
    """The open check, where there is one, begins again now; who has it in hand loses it."""
    check_progress.clear(tx, account)
    if tx.run("begin_check_anew", account=account, now=to_ms(now)):
        tell(tx, account)


def forget_old(tx: Tx, now: datetime) -> int:
    """Forget the checks of more than ninety days ago; return how many."""
    forgotten = tx.run("delete_old_checks", before=to_ms(now - KEPT))
    if forgotten:
        tx.run("delete_lost_findings")
    return forgotten


def newest_id(tx: ReadTx, account: AccountId) -> int:
    """The largest number given to anything in this account so far."""
    row = tx.one("get_newest_id", account=account)
    return row["newest_id"] if row else 0


def night_states(tx: ReadTx) -> list[NightState]:
    """Accounts that are read to their end and have no check open."""
    return [
        NightState(
            AccountId(row["id"]),
            from_ms(row["created_at"]),
            from_ms(row["asked_at"]) if row["asked_at"] else None,
        )
        for row in tx.all("list_night_states")
    ]


def differing(tx: ReadTx) -> list[AccountId]:
    """Accounts where a folder that is read to its end counts otherwise than the provider."""
    return [AccountId(row["account_id"]) for row in tx.all("list_differing_accounts")]


def tell(tx: Tx, account: AccountId) -> None:
    """People see how far a check is."""
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def _check(row: Row | None) -> Check | None:
    if row is None:
        return None
    instants = {
        key: None if row[key] is None else from_ms(row[key])
        for key in ("asked_at", "due_at", "started_at", "ended_at", "history_from")
    }
    facts = {
        **row,
        **instants,
        "reason": CheckReason(row["reason"]),
        "state": CheckState(row["state"]),
    }
    return Check(**facts)


def _finding(row: Row) -> Finding:
    return Finding(**{**row, "kind": Kind(row["kind"]), "is_repaired": bool(row["is_repaired"])})


def _finding_row(finding: Finding) -> Row:
    return {
        "kind": finding.kind.value,
        "remote_id": finding.remote_id,
        "message": finding.message_id,
        "folder": finding.folder,
        "subject": finding.subject,
        "number": finding.number,
        "is_repaired": int(finding.is_repaired),
    }
