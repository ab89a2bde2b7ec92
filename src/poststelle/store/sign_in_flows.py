"""Sign-ins under way, found by the hash of their OAuth state; each is used once."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId, UserId
from poststelle.store.tx import ReadTx, Tx

MAX_OPEN = 5  # windows in which one user is at Microsoft for one account


@dataclass(frozen=True, slots=True)
class SignInFlow:
    """``flow`` is sealed with the state's hash as its row identity."""

    state_hash: str
    account_id: AccountId
    user_id: UserId
    flow: bytes


def insert(tx: Tx, flow: SignInFlow, *, now: datetime, expires_at: datetime) -> None:
    """Keep a flow until its callback.

    Flows nobody came back from are removed on the way, and the oldest where a
    user has begun more than ``MAX_OPEN`` for the account.
    """
    tx.run("destroy_expired_sign_in_flows", now=to_ms(now))
    tx.run("destroy_older_sign_in_flows", user_id=flow.user_id, account_id=flow.account_id, kept=MAX_OPEN - 1)
    tx.run(
        "insert_sign_in_flow",
        state_hash=flow.state_hash,
        account_id=flow.account_id,
        user_id=flow.user_id,
        flow=flow.flow,
        created_at=to_ms(now),
        expires_at=to_ms(expires_at),
    )


def get(tx: ReadTx, state_hash: str, now: datetime) -> SignInFlow | None:
    """The flow, None when unknown, used or expired."""
    row = tx.one("get_sign_in_flow", state_hash=state_hash, now=to_ms(now))
    if row is None:
        return None
    return SignInFlow(
        row["state_hash"], AccountId(row["account_id"]), UserId(row["user_id"]), bytes(row["flow"])
    )


def destroy(tx: Tx, state_hash: str) -> bool:
    """Use the flow up; False when somebody did so before."""
    return tx.run("destroy_sign_in_flow", state_hash=state_hash) == 1
