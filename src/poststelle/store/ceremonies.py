"""What was begun and a second request completes, found by the hash of its token."""

from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import UserId
from poststelle.model.second_factor import Ceremony, Purpose
from poststelle.store.tx import ReadTx, Tx


def insert(tx: Tx, ceremony: Ceremony, now: datetime) -> None:
    """Keep it; those whose time is over go."""
    tx.run("destroy_expired_ceremonies", now=to_ms(now))
    tx.run(
        "insert_ceremony",
        token_hash=ceremony.token_hash,
        user_id=ceremony.user_id,
        purpose=ceremony.purpose.value,
        sealed=ceremony.sealed,
        expires_at=to_ms(ceremony.expires_at),
    )


def get(tx: ReadTx, token_hash: str, purpose: Purpose, now: datetime) -> Ceremony | None:
    """The one of this purpose; None when there is none or its time is over."""
    row = tx.one("get_ceremony", token_hash=token_hash, purpose=purpose.value, now=to_ms(now))
    if row is None:
        return None
    user = row["user_id"]
    return Ceremony(
        token_hash=row["token_hash"],
        user_id=None if user is None else UserId(user),
        purpose=Purpose(row["purpose"]),
        sealed=bytes(row["sealed"]),
        expires_at=from_ms(row["expires_at"]),
    )


def destroy(tx: Tx, token_hash: str) -> bool:
    """False when somebody was faster."""
    return tx.run("destroy_ceremony", token_hash=token_hash) == 1


def destroy_of(tx: Tx, user: UserId) -> int:
    """Whatever the user had begun ends; how many there were."""
    return tx.run("destroy_ceremonies_of", user_id=user)
