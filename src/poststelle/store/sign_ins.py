"""Sign-ins: stored Microsoft authorisations. Token caches go in and come out sealed."""

from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId, SignInId, UserId
from poststelle.model.user import SignIn
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def reserve_id(tx: Tx) -> SignInId:
    """A fresh id: the seal of the token cache is bound to it."""
    return SignInId(next_id(tx, "sign_ins"))


def replace(tx: Tx, sign_in: SignIn) -> None:
    """Make this the account's sign-in; an earlier one is forgotten with its tokens."""
    destroy_of(tx, sign_in.account_id)
    tx.run(
        "insert_sign_in",
        id=sign_in.id,
        account_id=sign_in.account_id,
        user_id=sign_in.user_id,
        remote_user=sign_in.remote_user,
        tenant=sign_in.tenant,
        username=sign_in.username,
        authority=sign_in.authority,
        token_cache=sign_in.token_cache,
        created_at=to_ms(sign_in.created_at),
        refreshed_at=to_ms(sign_in.refreshed_at),
    )


def get(tx: ReadTx, account: AccountId) -> SignIn | None:
    """The sign-in in use."""
    row = tx.one("get_sign_in", account_id=account)
    return _sign_in(row) if row else None


def id_of(tx: ReadTx, account: AccountId) -> SignInId | None:
    """Which sign-in is in use."""
    found = get(tx, account)
    return found.id if found else None


def list_all(tx: ReadTx) -> list[SignIn]:
    """The sign-ins in use, by account."""
    return [_sign_in(row) for row in tx.all("list_sign_ins")]


def set_token_cache(tx: Tx, sign_in: SignInId, token_cache: bytes, now: datetime) -> bool:
    """Keep refreshed tokens; False when the sign-in is gone or was replaced meanwhile."""
    return tx.run("set_token_cache", id=sign_in, token_cache=token_cache, refreshed_at=to_ms(now)) == 1


def destroy_of(tx: Tx, account: AccountId) -> int:
    """Forget the account's tokens; return how many sign-ins there were."""
    return tx.run("destroy_sign_ins", account_id=account)


def _sign_in(row: Row) -> SignIn:
    by = row["user_id"]
    return SignIn(
        id=SignInId(row["id"]),
        account_id=AccountId(row["account_id"]),
        user_id=None if by is None else UserId(by),
        remote_user=row["remote_user"],
        tenant=row["tenant"],
        username=row["username"],
        authority=row["authority"],
        token_cache=bytes(row["token_cache"]),
        created_at=from_ms(row["created_at"]),
        refreshed_at=from_ms(row["refreshed_at"]),
    )
