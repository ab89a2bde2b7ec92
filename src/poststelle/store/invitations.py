"""Invitations, found by the hash of their secret. A user has one at most."""

from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import UserId
from poststelle.model.invitation import Invitation
from poststelle.store.tx import ReadTx, Tx


def upsert(tx: Tx, invitation: Invitation) -> None:
    """In place of the user's earlier one, whose link is good for nothing from now on."""
    tx.run(
        "upsert_invitation",
        user_id=invitation.user_id,
        token_hash=invitation.token_hash,
        created_at=to_ms(invitation.created_at),
        created_by=invitation.created_by,
        expires_at=to_ms(invitation.expires_at),
    )


def get(tx: ReadTx, token_hash: str, now: datetime) -> UserId | None:
    """Whom it invites, if they are active; None when there is none or its time is over."""
    row = tx.one("get_invitation", token_hash=token_hash, now=to_ms(now))
    return None if row is None else UserId(row["user_id"])


def open_until(tx: ReadTx, now: datetime) -> dict[UserId, datetime]:
    """Until when those can be used that can."""
    rows = tx.all("list_invitations", now=to_ms(now))
    return {UserId(row["user_id"]): from_ms(row["expires_at"]) for row in rows}


def destroy_of(tx: Tx, user: UserId) -> bool:
    """False when there was none."""
    return tx.run("destroy_invitation_of", user_id=user) == 1
