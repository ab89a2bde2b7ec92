"""Grants: which user may do what in which account. The only source of access to mail."""

from dataclasses import replace
from datetime import datetime

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Grant, Level
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


def upsert(tx: Tx, grant: Grant, *, at: datetime, by: UserId | None) -> None:
    tx.run(
        "upsert_grant",
        account_id=grant.account_id,
        user_id=grant.user_id,
        level=int(grant.level),
        granted_at=to_ms(at),
        granted_by=by,
    )


def destroy(tx: Tx, user: UserId, account: AccountId) -> bool:
    return tx.run("destroy_grant", user_id=user, account_id=account) == 1


def _grant(row: Row) -> Grant:
    return Grant(AccountId(row["account_id"]), UserId(row["user_id"]), Level(row["level"]))
