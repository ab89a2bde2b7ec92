"""Logins: users' sessions with us, found by the hash of the browser's token."""

from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import UserId
from poststelle.model.user import Login
from poststelle.store.tx import ReadTx, Row, Tx

NONE_KEPT = ""


def insert(tx: Tx, login: Login) -> None:
    tx.run(
        "insert_login",
        token_hash=login.token_hash,
        user_id=login.user_id,
        created_at=to_ms(login.created_at),
        last_seen_at=to_ms(login.last_seen_at),
        expires_at=to_ms(login.expires_at),
        user_agent=login.user_agent,
    )


def get(tx: ReadTx, token_hash: str, now: datetime) -> Login | None:
    """The login behind a token, None when unknown, expired or its user was deactivated."""
    row = tx.one("get_login", token_hash=token_hash, now=to_ms(now))
    return None if row is None else _login(row)


def list_of(tx: ReadTx, user: UserId, now: datetime) -> list[Login]:
    """The user's logins that have not ended, last used first."""
    return [_login(row) for row in tx.all("list_logins", user_id=user, now=to_ms(now))]


def _login(row: Row) -> Login:
    return Login(
        token_hash=row["token_hash"],
        user_id=UserId(row["user_id"]),
        created_at=from_ms(row["created_at"]),
        last_seen_at=from_ms(row["last_seen_at"]),
        expires_at=from_ms(row["expires_at"]),
        user_agent=row["user_agent"],
    )


def touch(tx: Tx, token_hash: str, now: datetime, expires_at: datetime) -> None:
    """Note that the login was used, and let it live on until ``expires_at``."""
    tx.run("touch_login", token_hash=token_hash, last_seen_at=to_ms(now), expires_at=to_ms(expires_at))


def destroy(tx: Tx, token_hash: str) -> bool:
    return tx.run("destroy_login", token_hash=token_hash) == 1


def destroy_of(tx: Tx, user: UserId, kept: str = NONE_KEPT) -> int:
    """End the user's logins, all but the one whose token hash is ``kept``; return how many ended."""
    return tx.run("destroy_logins_of", user_id=user, kept=kept)


def destroy_expired(tx: Tx, now: datetime) -> int:
    return tx.run("destroy_expired_logins", now=to_ms(now))
