"""Waiting until an organisation's administrator approves our app, and noticing that it has happened.

    a sign-in ends with "approval needed" ──> waits
    waits ──the administrator comes back with the link──> given
          ──the organisation knows our app, and did not before──> given
    given ──somebody signs in──> connected, and this is forgotten

Microsoft tells nobody of an approval, and only a person's sign-in uses it. What can be seen from here is
whether an organisation knows our app at all: it does from the first approval on. Where it did before (the
app's own organisation always does), looking tells nothing; then only the way back with the link does.

The link carries a seal, so that who was handed it, and nobody else, can say that the approval is there. All
that follows from it is what pages propose.

Source: Microsoft identity platform, "Admin consent"; Microsoft Entra, "Application and service principal
objects".
"""

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import Clock
from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.account import Account, AccountState
from poststelle.model.ids import ACCOUNT, AccountId
from poststelle.providers.errors import ProviderError, RetryLater, SignInNeeded
from poststelle.providers.graph.clouds import TENANT_WORDS
from poststelle.providers.graph.sign_in_errors import SignInRefused
from poststelle.providers.graph.tokens import MicrosoftApp
from poststelle.settings import microsoft
from poststelle.settings.address import to_ascii
from poststelle.settings.microsoft import Preset
from poststelle.store import accounts, approvals, audit
from poststelle.store.approvals import Approval
from poststelle.store.tx import ReadTx, Store, Tx

APPLICATION = "ourselves"
"""What a link is about that is about no single mailbox."""
_EAGER_FOR, _EAGER = timedelta(hours=1), timedelta(minutes=1)
_PATIENT = timedelta(minutes=15)
_GIVE_UP_AFTER = timedelta(days=30)  # as long as a request lives at Microsoft at most
_A_LOT = 20


@dataclass(frozen=True, slots=True)
class ApprovalDesk:
    """What looking needs."""

    store: Store
    ring: KeyRing
    preset: Preset
    clock: Clock
    microsoft: Callable[[], Awaitable[MicrosoftApp]]


def link_of(ring: KeyRing, about: AccountId | None) -> str:
    """What names an approval, for those it is handed to; ``about`` None: that of the application."""
    what = APPLICATION if about is None else encode_id(ACCOUNT, about)
    sealed = base64.urlsafe_b64encode(ring.seal(b"", _row(what))).decode().rstrip("=")
    return f"{what}-{sealed}"


def about(ring: KeyRing, link: str) -> str | None:
    """``ourselves`` or the account's id, if the link is one of ours."""
    what, _, seal = link.partition("-")
    try:
        ring.open(base64.b64decode(seal + "=" * (-len(seal) % 4), b"-_", validate=True), _row(what))
    except (CannotOpen, binascii.Error, ValueError):
        return None
    return what


def account_of(ring: KeyRing, link: str) -> AccountId | None:
    """The account that a link of ours is about."""
    number = decode_id(ACCOUNT, about(ring, link) or "")
    return None if number is None else AccountId(number)


def _row(what: str) -> str:
    return f"approvals/{what}"


def tenant_of(allowed: str, address: str) -> str | None:
    """In which organisation a mailbox of this address is approved. None: it is a person's own."""
    if allowed == "consumers":
        return None
    return to_ascii(address).rpartition("@")[2] if allowed in TENANT_WORDS else allowed


def note_given(tx: Tx, account_id: AccountId, now: datetime) -> list[AccountId]:
    """The approval is there: for all accounts of the same domain that wait. Return which they were."""
    account = accounts.get(tx, account_id)
    if account is None:
        return []
    given = []
    for other in approvals.list_all(tx):
        one = accounts.get(tx, other)
        if one is not None and _domain(one) == _domain(account) and approvals.give(tx, other, now):
            audit.record(tx, now, None, "approval.given", other, subject=one.address)
            given.append(other)
    return given


def _domain(account: Account) -> str:
    return to_ascii(account.address).rpartition("@")[2].casefold()


def of(tx: ReadTx, account_id: AccountId) -> Approval | None:
    """What this account waits for or has waited for, also while a sign-in of it works and a reserve waits."""
    return approvals.get(tx, account_id)


def waiting(tx: ReadTx) -> dict[AccountId, Approval]:
    """By account. What a connected account once waited for is not told."""
    found = approvals.list_all(tx)
    if not found:
        return {}
    is_off = {a.id for a in accounts.list_all(tx) if a.state is AccountState.CONNECTED}
    return {id_: approval for id_, approval in found.items() if id_ not in is_off}


async def look(desk: ApprovalDesk) -> int:
    """Look whether organisations know our app by now; return how many accounts were looked at."""
    due, allowed = await desk.store.read(_due, desk.ring, desk.preset, desk.clock.now())
    known: dict[str, bool | None] = {}
    for approval, address in due:
        tenant = tenant_of(allowed, address)
        if tenant is None:
            is_known = None
        else:
            if tenant not in known:
                known[tenant] = await _knows_us(desk, tenant)
            is_known = known[tenant]
        await desk.store.write(_note_look, approval, tenant is not None, is_known, desk.clock.now())
    return len(due)


def _due(tx: ReadTx, ring: KeyRing, preset: Preset, now: datetime) -> tuple[list[tuple[Approval, str]], str]:
    found = [(approval, accounts.get(tx, approval.account_id)) for approval in approvals.due(tx, now, _A_LOT)]
    pairs = [(approval, account.address) for approval, account in found if account is not None]
    return pairs, microsoft.credentials(tx, ring, preset).tenant


async def _knows_us(desk: ApprovalDesk, tenant: str) -> bool | None:
    """None: just now nobody can tell."""
    try:
        await (await desk.microsoft()).app_token(tenant)
    except SignInNeeded:
        return False
    except (SignInRefused, RetryLater, ProviderError):
        return None
    return True


def _note_look(tx: Tx, approval: Approval, can_look: bool, is_known: bool | None, now: datetime) -> None:
    """The first look decides whether others can tell anything."""
    if is_known and approval.was_unknown:
        note_given(tx, approval.account_id, now)
        return
    waits_for = now - approval.asked_at
    if not can_look or is_known or waits_for > _GIVE_UP_AFTER:
        approvals.note_looked(tx, approval.account_id, None, was_unknown=False)
        return
    look_at = now + (_EAGER if waits_for < _EAGER_FOR else _PATIENT)
    was_unknown = approval.was_unknown or is_known is False
    approvals.note_looked(tx, approval.account_id, look_at, was_unknown=was_unknown)
