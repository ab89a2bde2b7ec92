"""Who users are at providers of single sign-on: an issuer and a subject, never given to two users."""

from datetime import datetime

from poststelle.lib.clock import to_ms
from poststelle.model.ids import UserId
from poststelle.store.tx import ReadTx, Tx


def insert(tx: Tx, issuer: str, subject: str, user: UserId, now: datetime) -> None:
    tx.run("insert_identity", issuer=issuer, subject=subject, user_id=user, created_at=to_ms(now))


def get(tx: ReadTx, issuer: str, subject: str) -> UserId | None:
    """Whose it is."""
    row = tx.one("get_identity", issuer=issuer, subject=subject)
    return None if row is None else UserId(row["user_id"])


def has_one_of(tx: ReadTx, user: UserId, issuer: str) -> bool:
    """Whether the user is known at this issuer."""
    return any(row["issuer"] == issuer for row in tx.all("list_identities_of", user_id=user))


def is_known(tx: ReadTx, user: UserId) -> bool:
    """Whether the user is known anywhere."""
    return bool(tx.all("list_identities_of", user_id=user))


def users_with(tx: ReadTx) -> frozenset[UserId]:
    """Who is known at any."""
    return frozenset(UserId(row["user_id"]) for row in tx.all("list_users_with_identity"))


def users_at(tx: ReadTx, issuer: str) -> frozenset[UserId]:
    """Who is known at this one."""
    return frozenset(UserId(row["user_id"]) for row in tx.all("list_users_with_identity_at", issuer=issuer))


def destroy_of(tx: Tx, user: UserId) -> int:
    """Forget who the user is anywhere; how many there were."""
    return tx.run("destroy_identities_of", user_id=user)
