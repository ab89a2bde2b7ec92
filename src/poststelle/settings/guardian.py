"""What becomes of an account when one of its sign-ins dies, and of all when the app is refused.

    in use ──lost──> the next by rank takes over, at once          (account stays connected)
           ──lost──> there is no other one: sign_in_needed
    lost   ──renewed by a person, or found to work again──> active, at its rank

What Microsoft's sign-in has ended (AADSTS) works again for a person only. All else, a service that refuses
good tokens for an hour, a mailbox that was closed, an organisation that has shut out the app, is tried again.

Microsoft is asked elsewhere; here the facts are kept and told. Each fact may
arrive twice, and late: a sign-in that has been renewed has another id by then.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from poststelle.lib.ids import encode_id
from poststelle.model.account import AccountState
from poststelle.model.ids import USER, AccountId, SignInId
from poststelle.model.user import SignIn, SignInState
from poststelle.store import accounts, app_troubles, audit, sign_ins, subscriptions, sync_states, waking
from poststelle.store.tx import ReadTx, Tx

_IN_USE = timedelta(minutes=40)  # tokens live sixty minutes at least, unless an organisation shortens that
_SPREAD_IN_USE = timedelta(minutes=10)
_STANDING_BY = timedelta(hours=20)
_SPREAD_STANDING_BY = timedelta(hours=8)
_LOOK_AGAIN = timedelta(minutes=10)


def note_lost(tx: Tx, account_id: AccountId, sign_in: SignInId | None, code: str, now: datetime) -> bool:
    """A sign-in no longer works (None: there was none); return whether another one is in use now.

    With the last one the account needs a person. An account that was
    disconnected or deleted meanwhile is left alone, and so is a sign-in that
    was renewed: its successor has another id.
    """
    account = accounts.get(tx, account_id)
    if account is None or account.state is not AccountState.CONNECTED:
        return False
    used = sign_ins.get(tx, account_id)
    failed = None if sign_in is None else sign_ins.one(tx, sign_in)
    if failed and failed.account_id == account_id:
        _set_lost(tx, failed, code, now)
    successor = sign_ins.get(tx, account_id)
    if successor is None:
        accounts.set_state(tx, account_id, AccountState.SIGN_IN_NEEDED, code)
        return False
    if used and successor.id != used.id:
        audit.record(tx, now, None, "sign_in.taken_over", account_id, **told(successor))
        note_switched(tx, account_id, now)
    return successor.id != sign_in


def told(sign_in: SignIn) -> dict[str, Any]:
    """What the audit trail says of a sign-in: as whom it is at Microsoft, and whose it is here."""
    whose = {} if sign_in.user_id is None else {"whom": encode_id(USER, sign_in.user_id)}
    return {"subject": sign_in.username, **whose}


def note_switched(tx: Tx, account_id: AccountId, now: datetime) -> None:
    """Another sign-in is in use: what the former one was told of, this one has yet to ask to be told of.

    And it does not wait for what the former one was to wait for.
    """
    subscriptions.lose(tx, account_id)
    subscriptions.set_due(tx, account_id, now)
    sync_states.wake_anew(tx, account_id, now)


def _set_lost(tx: Tx, sign_in: SignIn, code: str, now: datetime) -> None:
    look_again_at = now + _LOOK_AGAIN
    if sign_ins.set_state(tx, sign_in, SignInState.LOST, code, now, renew_at=look_again_at):
        audit.record(tx, now, None, "sign_in.lost", sign_in.account_id, **told(sign_in), reason=code)


def note_works(tx: Tx, sign_in_id: SignInId, now: datetime) -> None:
    """A lost sign-in was tried and opens the mailbox: it takes its rank again."""
    sign_in = sign_ins.one(tx, sign_in_id)
    if sign_in is None or sign_in.state is SignInState.ACTIVE:
        return
    at = next_renewal(now, is_in_use=True)
    sign_ins.set_state(tx, sign_in, SignInState.ACTIVE, None, now, renew_at=at)
    audit.record(tx, now, None, "sign_in.back", sign_in.account_id, **told(sign_in))
    if sign_ins.id_of(tx, sign_in.account_id) == sign_in.id:
        note_switched(tx, sign_in.account_id, now)
    account = accounts.get(tx, sign_in.account_id)
    if account and account.state is AccountState.SIGN_IN_NEEDED:
        accounts.set_state(tx, account.id, AccountState.CONNECTED)
        sync_states.start(tx, account.id, now)


def note_still_lost(tx: Tx, sign_in_id: SignInId, code: str, now: datetime) -> None:
    """A lost sign-in was tried in vain. ``code`` is what is to be done about it by now."""
    sign_in = sign_ins.one(tx, sign_in_id)
    if sign_in is None or sign_in.state is SignInState.ACTIVE:
        return
    sign_ins.set_still_lost(tx, sign_in, code, renew_at=now + _LOOK_AGAIN)
    account = accounts.get(tx, sign_in.account_id)
    if account and account.state is AccountState.SIGN_IN_NEEDED and account.state_reason == sign_in.reason:
        accounts.set_state(tx, account.id, AccountState.SIGN_IN_NEEDED, code)


def note_app_refused(tx: Tx, client_id: str, code: str, now: datetime) -> None:
    """Microsoft refuses our app itself. All accounts suffer; it is told once, not once an account."""
    if app_troubles.note(tx, client_id, code, now):
        audit.record(tx, now, None, "app.refused", subject=client_id, reason=code)


def note_app_accepted(tx: Tx, client_id: str, now: datetime) -> None:
    """It is accepted again: accounts that were refused need not wait for their next try (``sync.waking``)."""
    if app_troubles.forget(tx, client_id):
        audit.record(tx, now, None, "app.accepted", subject=client_id)
        waking.note(tx, now)


def is_working_hard(tx: ReadTx, sign_in: SignIn) -> bool:
    """Whether it is in use by an account that is looked at all the time."""
    account = accounts.get(tx, sign_in.account_id)
    return bool(account and account.is_active and sign_ins.id_of(tx, account.id) == sign_in.id)


def next_renewal(now: datetime, *, is_in_use: bool, spread: Callable[[], float] = random.random) -> datetime:
    """When tokens are renewed in the background: before anybody needs to wait for it, and not all at once.

    One that stands by is used once a day, too: nobody wants to learn of its
    death when it is needed, and 90 days without use would end it.

    Source: Microsoft identity platform, "Refresh tokens" (lifetime), "Configurable token lifetimes".
    """
    if is_in_use:
        return now + _IN_USE + spread() * _SPREAD_IN_USE
    return now + _STANDING_BY + spread() * _SPREAD_STANDING_BY
