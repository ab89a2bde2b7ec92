"""What will stop working, told weeks ahead, and what has stopped: for those who can do something about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.account import Account, AccountState
from poststelle.model.ids import AccountId, UserId
from poststelle.model.user import SignIn, SignInKind, SignInState
from poststelle.settings import microsoft
from poststelle.settings.microsoft import MicrosoftView, Preset
from poststelle.store import accounts, app_troubles, forwarding_refusals, sign_ins
from poststelle.store.tx import ReadTx

WARN_BEFORE = timedelta(days=42)
IDLE_AFTER = timedelta(days=60)
DIES_AFTER = timedelta(days=90)
# A refresh token's life without use: Microsoft identity platform, "Refresh tokens" (read 2026-09).


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing to do. ``at`` is when it ends, or since when it does not work.

    ``kind``: app_refused, secret_ended, secret_ends, certificate_ended,
    certificate_ends, sign_in_needed, sign_in_lost, sign_in_idle, forwarding_refused.
    ``code`` is Microsoft's, ``username`` whose sign-in it is.
    """

    kind: str
    at: datetime | None
    code: str | None = None
    account: AccountId | None = None
    address: str = ""
    username: str = ""


def list_all(tx: ReadTx, by: UserId, *, ring: KeyRing, preset: Preset, now: datetime) -> list[Warned]:
    """What concerns all mailboxes first; [] when there is nothing to do."""
    require_settings(tx, by)
    view = microsoft.show(tx, by, ring, preset)
    known = {account.id: account for account in accounts.list_all(tx)}
    needed = [_needed(account) for account in known.values() if account.state is AccountState.SIGN_IN_NEEDED]
    refused = [
        Warned("forwarding_refused", at, account=id_, address=known[id_].address)
        for id_, at in forwarding_refusals.list_all(tx).items()
    ]
    each = [w for s in sign_ins.list_all(tx) for w in _of_sign_in(s, known[s.account_id], now)]
    return [*_of_app(tx, view), *_of_dates(view, now), *needed, *each, *refused]


def _of_app(tx: ReadTx, view: MicrosoftView) -> Iterator[Warned]:
    trouble = app_troubles.get(tx, view.client_id)
    if trouble:
        yield Warned("app_refused", trouble.at, trouble.code)


def _of_dates(view: MicrosoftView, now: datetime) -> Iterator[Warned]:
    """The secret's and the certificate's end; of the one that is used."""
    if view.has_certificate:
        yield from _ending("certificate", view.certificate_expires_at, now)
    elif view.secret_expires_at:
        last_day = datetime.combine(date.fromisoformat(view.secret_expires_at), time(), UTC)
        yield from _ending("secret", last_day, now, holds_for=timedelta(days=1))


def _ending(
    what: str, at: datetime | None, now: datetime, *, holds_for: timedelta = timedelta()
) -> Iterator[Warned]:
    """``holds_for``: a secret is good through the whole of its last day."""
    if at is not None and at - now < WARN_BEFORE:
        yield Warned(f"{what}_ended" if at + holds_for <= now else f"{what}_ends", at)


def _needed(account: Account) -> Warned:
    code, address = account.state_reason, account.address
    return Warned("sign_in_needed", None, code, account.id, address)


def _of_sign_in(sign_in: SignIn, account: Account, now: datetime) -> Iterator[Warned]:
    """A lost one beside one that works, and one that will be lost if nothing happens."""
    whose = (account.id, account.address, sign_in.username)
    if sign_in.state is SignInState.LOST:
        if account.state is AccountState.CONNECTED:
            yield Warned("sign_in_lost", sign_in.lost_at, sign_in.reason, *whose)
    elif sign_in.kind is not SignInKind.APPLICATION and now - sign_in.refreshed_at >= IDLE_AFTER:
        yield Warned("sign_in_idle", sign_in.refreshed_at + DIES_AFTER, None, *whose)
