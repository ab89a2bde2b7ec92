"""Subscriptions: what the provider promised to tell of an account, and when that is to be looked after.

Looking after one is claimed, so that two processes never renew or replace the
same one at a time; the claim ends by itself, and its fence refuses a late holder.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId
from poststelle.model.subscription import Subscription
from poststelle.store.tx import ReadTx, Row, Tx


def get(tx: ReadTx, account: AccountId) -> Subscription | None:
    row = tx.one("get_subscription", account=account)
    return _subscription(row) if row else None


def by_remote(tx: ReadTx, remote_ids: Sequence[str]) -> dict[str, Subscription]:
    """Those we know by the provider's ids."""
    rows = tx.all("list_subscriptions_by_remote", remote_ids=list(remote_ids))
    return {row["remote_id"]: _subscription(row) for row in rows}


def is_alive(tx: ReadTx, account: AccountId, now: datetime) -> bool:
    """Whether the provider tells of this account's changes by itself."""
    found = get(tx, account)
    return found is not None and found.is_alive(now)


def due(tx: ReadTx, now: datetime, limit: int, *, is_wanted: bool) -> list[AccountId]:
    """Connected accounts to look after now: those without one, if one is wanted, and those to be renewed.

    An account that is no longer active is due as long as it has one.
    """
    query = "list_due_subscriptions" if is_wanted else "list_due_unwanted_subscriptions"
    return [AccountId(row["account_id"]) for row in tx.all(query, now=to_ms(now), limit=limit)]


def add_missing(tx: Tx, now: datetime) -> int:
    """Connected accounts of which nothing is kept yet are due; how many there were.

    Who connects one sees to that (``set_due``), but for programs of before.
    """
    return tx.run("add_missing_subscriptions", now=to_ms(now))


def claim(tx: Tx, account: AccountId, now: datetime, ttl_s: float) -> int | None:
    """Look after an account's for at most ``ttl_s``; the fence, None when somebody else does."""
    until = now + timedelta(seconds=ttl_s)
    row = tx.one("claim_subscription", account=account, now=to_ms(now), until=to_ms(until))
    return row["fence"] if row else None


def hold(tx: Tx, account: AccountId, fence: int, now: datetime, ttl_s: float) -> bool:
    """Look after it for as long again; False when somebody else does by now."""
    until = to_ms(now + timedelta(seconds=ttl_s))
    return tx.run("hold_subscription", account=account, fence=fence, until=until) == 1


def note_asked(tx: Tx, account: AccountId, fence: int, *, is_asked: bool) -> bool:
    """One is about to be asked for, or was refused; False when somebody else looks after it by now."""
    return tx.run("note_subscription_asked", account=account, fence=fence, is_asked=int(is_asked)) == 1


def keep(
    tx: Tx,
    account: AccountId,
    fence: int,
    *,
    remote_id: str,
    secret_hash: str,
    url: str,
    expires_at: datetime,
    due_at: datetime,
    now: datetime,
) -> bool:
    """It is alive: made or renewed. False, and nothing changes, when the claim was lost."""
    before = get(tx, account)
    is_kept = tx.run(
        "keep_subscription",
        account=account,
        fence=fence,
        remote_id=remote_id,
        secret_hash=secret_hash,
        url=url,
        expires_at=to_ms(expires_at),
        due_at=to_ms(due_at),
        now=to_ms(now),
    )
    if is_kept and (before is None or not before.is_alive(now) or before.problem):
        _changed(tx, account)
    return bool(is_kept)


def put_off(tx: Tx, account: AccountId, fence: int, problem: str | None, due_at: datetime) -> None:
    """It could not be made or renewed: once more at ``due_at``."""
    before = get(tx, account)
    told = {"problem": problem, "due_at": to_ms(due_at)}
    is_put_off = tx.run("put_off_subscription", account=account, fence=fence, **told)
    if is_put_off and before and before.problem != problem:
        _changed(tx, account)


def lose(tx: Tx, account: AccountId) -> None:
    """The provider has it no more."""
    if tx.run("lose_subscription", account=account):
        _changed(tx, account)


def set_due(tx: Tx, account: AccountId, now: datetime) -> None:
    """Look after it now, also where there is none yet."""
    tx.run("set_subscription_due", account=account, now=to_ms(now))


def retire_others(tx: Tx, url: str, now: datetime) -> int:
    """What tells another address than ours counts no more and is due; return how many there were."""
    return tx.run("retire_subscriptions", url=url, now=to_ms(now))


def release(tx: Tx, account: AccountId, fence: int) -> None:
    """Stop in the middle: anyone may look after it at once."""
    tx.run("release_subscription", account=account, fence=fence)


def destroy(tx: Tx, account: AccountId) -> None:
    if tx.run("destroy_subscription", account=account):
        _changed(tx, account)


def _changed(tx: Tx, account: AccountId) -> None:
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def _subscription(row: Row) -> Subscription:
    def instant(key: str) -> datetime | None:
        return None if row[key] is None else from_ms(row[key])

    return Subscription(
        account_id=AccountId(row["account_id"]),
        remote_id=row["remote_id"],
        secret_hash=row["secret_hash"],
        url=row["url"],
        expires_at=instant("expires_at"),
        renewed_at=instant("renewed_at"),
        failures=row["failures"],
        problem=row["problem"],
        is_asked=bool(row["is_asked"]),
    )
