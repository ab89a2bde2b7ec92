"""Grants: which user may do what in which account. The only source of access to mail.

Each change is noted in ``assignments``, too, which says who could read what in the past.
"""

from dataclasses import replace
from datetime import datetime

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Grant, Level
from poststelle.store import assignments
from poststelle.store.tx import ReadTx, Row, Tx


def level(tx: ReadTx, user: UserId, account: AccountId) -> Level | None:
    """The user's level in the account, within the caller's scope.

    None when unassigned, unknown, deactivated or out of scope.
    """
    row = tx.one("get_grant_level", user_id=user, account_id=account)
    if row is None:
        return None
    held = Level(row["level"])
    return held if tx.scope is None else tx.scope.limit(account, held)


def accounts_of(tx: ReadTx, user: UserId) -> list[Grant]:
    """The active user's grants within the caller's scope, by account id."""
    found = [_grant(row) for row in tx.all("list_grants_of_user", user_id=user)]
    if tx.scope is None:
        return found
    limited = [(grant, tx.scope.limit(grant.account_id, grant.level)) for grant in found]
    return [replace(grant, level=level) for grant, level in limited if level is not None]


def users_of(tx: ReadTx, account: AccountId) -> list[Grant]:
    """The account's grants, by user id; deactivated users too."""
    return [_grant(row) for row in tx.all("list_grants_of_account", account_id=account)]


def list_all(tx: ReadTx) -> list[Grant]:
    """Every grant, by account and user."""
    return [_grant(row) for row in tx.all("list_grants")]


def own_level(tx: ReadTx, user: UserId, account: AccountId) -> Level | None:
    """What the user was given alone, whatever their groups were."""
    row = tx.one("get_own_level", user_id=user, account_id=account)
    return None if row is None or row["own_level"] is None else Level(row["own_level"])


def own_levels(tx: ReadTx) -> dict[tuple[AccountId, UserId], Level]:
    """The same of all who were given one."""
    rows = tx.all("list_own_levels")
    return {(AccountId(r["account_id"]), UserId(r["user_id"])): Level(r["own_level"]) for r in rows}


def upsert(tx: Tx, grant: Grant, *, at: datetime, by: UserId | None) -> None:
    """Give the user this level alone. It counts where none of their groups has a higher one."""
    _put(tx, grant.user_id, grant.account_id, grant.level, at, by)


def destroy(tx: Tx, user: UserId, account: AccountId, *, at: datetime) -> bool:
    """Take what the user was given alone; what their groups have stays. False when there was none."""
    if own_level(tx, user, account) is None:
        return False
    by_teams = _team_level(tx, user, account)
    if by_teams is None:
        is_gone = tx.run("destroy_grant", user_id=user, account_id=account) == 1
        assignments.settle(tx, user, account, at)
        return is_gone
    return tx.run("leave_grant_to_teams", user_id=user, account_id=account, level=int(by_teams)) == 1


def settle(tx: Tx, user: UserId, account: AccountId, *, at: datetime, by: UserId | None) -> None:
    """After a change of the user's groups, or of what these were given."""
    _put(tx, user, account, own_level(tx, user, account), at, by)


def _put(
    tx: Tx, user: UserId, account: AccountId, own: Level | None, at: datetime, by: UserId | None
) -> None:
    levels = [level for level in (own, _team_level(tx, user, account)) if level is not None]
    if not levels:
        tx.run("destroy_grant", user_id=user, account_id=account)
        assignments.settle(tx, user, account, at)
        return
    tx.run(
        "upsert_grant",
        account_id=account,
        user_id=user,
        level=int(max(levels)),
        own_level=None if own is None else int(own),
        granted_at=to_ms(at),
        granted_by=by,
    )
    assignments.settle(tx, user, account, at)


def _team_level(tx: ReadTx, user: UserId, account: AccountId) -> Level | None:
    row = tx.one("get_team_level", user_id=user, account_id=account)
    return None if row is None or row["level"] is None else Level(row["level"])


def _grant(row: Row) -> Grant:
    return Grant(AccountId(row["account_id"]), UserId(row["user_id"]), Level(row["level"]))
