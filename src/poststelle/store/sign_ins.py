"""Sign-ins: stored Microsoft authorisations, ranked. Token caches go in and come out sealed.

Each id is one authorisation: who signs in anew gets a new one, so what an
older one does late (a refresh, a failure) never touches it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, SignInId, UserId
from poststelle.model.user import SignIn, SignInKind, SignInState
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def reserve_id(tx: Tx) -> SignInId:
    """A fresh id: the seal of the token cache is bound to it."""
    return SignInId(next_id(tx, "sign_ins"))


def insert(tx: Tx, sign_in: SignIn, *, renew_at: datetime) -> None:
    """Add a sign-in at its rank; those of one rank go by their ids."""
    tx.run(
        "insert_sign_in",
        id=sign_in.id,
        account_id=sign_in.account_id,
        rank=sign_in.rank,
        kind=sign_in.kind.value,
        user_id=sign_in.user_id,
        remote_user=sign_in.remote_user,
        tenant=sign_in.tenant,
        username=sign_in.username,
        authority=sign_in.authority,
        token_cache=sign_in.token_cache,
        state=sign_in.state.value,
        state_reason=sign_in.reason,
        lost_at=None if sign_in.lost_at is None else to_ms(sign_in.lost_at),
        created_at=to_ms(sign_in.created_at),
        refreshed_at=to_ms(sign_in.refreshed_at),
        renew_at=to_ms(renew_at),
    )
    _changed(tx, sign_in.account_id)


def get(tx: ReadTx, account: AccountId) -> SignIn | None:
    """The sign-in in use: the first by rank of those that work."""
    row = tx.one("get_sign_in_in_use", account_id=account)
    return _sign_in(row) if row else None


def id_of(tx: ReadTx, account: AccountId) -> SignInId | None:
    """Which sign-in is in use."""
    found = get(tx, account)
    return found.id if found else None


def one(tx: ReadTx, sign_in: SignInId) -> SignIn | None:
    row = tx.one("get_sign_in", id=sign_in)
    return _sign_in(row) if row else None


def list_of(tx: ReadTx, account: AccountId) -> list[SignIn]:
    """The account's sign-ins by rank, lost ones too."""
    return [_sign_in(row) for row in tx.all("list_sign_ins_of_account", account_id=account)]


def list_all(tx: ReadTx) -> list[SignIn]:
    """All sign-ins by account and rank."""
    return [_sign_in(row) for row in tx.all("list_sign_ins")]


def any_tenant(tx: ReadTx, but: str) -> str | None:
    """The first one's, by account and rank, of all that are known and not ``but``."""
    row = tx.one("get_any_tenant", but=but)
    return row["tenant"] if row else None


def set_order(tx: Tx, account: AccountId, order: Sequence[SignInId]) -> None:
    """Give the account's sign-ins the ranks 0, 1, … in this order."""
    for rank, sign_in in enumerate(order):
        tx.run("set_sign_in_rank", id=sign_in, rank=rank)
    _changed(tx, account)


def set_state(
    tx: Tx, sign_in: SignIn, state: SignInState, reason: str | None, at: datetime, *, renew_at: datetime
) -> bool:
    """Note that it is lost, or works again; False when that is known."""
    lost_at = to_ms(at) if state is SignInState.LOST else None
    has_changed = tx.run(
        "set_sign_in_state",
        id=sign_in.id,
        state=state.value,
        state_reason=reason,
        lost_at=lost_at,
        renew_at=to_ms(renew_at),
    )
    if has_changed:
        _changed(tx, sign_in.account_id)
    return has_changed == 1


def set_still_lost(tx: Tx, sign_in: SignIn, reason: str, *, renew_at: datetime) -> None:
    """A lost one was tried again without success, for this reason by now."""
    if tx.run("set_sign_in_reason", id=sign_in.id, state_reason=reason, renew_at=to_ms(renew_at)):
        _changed(tx, sign_in.account_id)


def set_token_cache(
    tx: Tx, sign_in: SignInId, token_cache: bytes, now: datetime, *, renew_at: datetime
) -> bool:
    """Keep refreshed tokens; False when the sign-in is gone or was replaced meanwhile."""
    kept = tx.run(
        "set_token_cache",
        id=sign_in,
        token_cache=token_cache,
        refreshed_at=to_ms(now),
        renew_at=to_ms(renew_at),
    )
    return kept == 1


def claim_due(
    tx: Tx, now: datetime, again_at: datetime, limit: int, passing: Collection[str] = ()
) -> list[SignInId]:
    """Sign-ins to renew in the background now; nobody else is told of them before ``again_at``.

    Lost ones too, unless it is Microsoft's sign-in that has ended a person's (an ``AADSTS`` code), but for
    what may be mended without that person (``passing`` codes).
    """
    rows = tx.all("list_sign_ins_due", now=to_ms(now), passing=sorted(passing), limit=limit)
    due = [SignInId(row["id"]) for row in rows]
    for sign_in in due:
        tx.run("put_off_sign_in", id=sign_in, renew_at=to_ms(again_at))
    return due


def destroy(tx: Tx, sign_in: SignIn) -> bool:
    """Forget one sign-in with its tokens."""
    if not tx.run("destroy_sign_in", id=sign_in.id):
        return False
    _changed(tx, sign_in.account_id)
    return True


def destroy_of(tx: Tx, account: AccountId) -> int:
    """Forget the account's tokens; return how many sign-ins there were."""
    return tx.run("destroy_sign_ins", account_id=account)


def _changed(tx: Tx, account: AccountId) -> None:
    tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)


def _sign_in(row: Row) -> SignIn:
    by, lost_at = row["user_id"], row["lost_at"]
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
        kind=SignInKind(row["kind"]),
        rank=row["rank"],
        state=SignInState(row["state"]),
        reason=row["state_reason"],
        lost_at=None if lost_at is None else from_ms(lost_at),
    )
