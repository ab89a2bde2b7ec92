"""Access by application: our program opens a mailbox by itself, as its tenant's administrator has allowed.

It becomes one of the mailbox's sign-ins, with a rank like the others; no
person is needed to renew it. Counts once the mailbox has been opened with it.

Source: Microsoft identity platform, "OAuth 2.0 client credentials flow"; Graph v1.0, "Get access without a
user".
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import Clock
from poststelle.model.account import Account
from poststelle.model.errors import Conflict
from poststelle.model.ids import AccountId, UserId
from poststelle.model.user import SignIn, SignInKind
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import Refused, RetryLater, SignInNeeded
from poststelle.settings import microsoft
from poststelle.settings.accounts import labels, readers, require_confirmed
from poststelle.settings.address import to_ascii
from poststelle.settings.microsoft import Preset, app_trouble
from poststelle.settings.sign_ins import Wish, keep, require_application, require_wish, row_of
from poststelle.store import approvals, audit, sign_ins
from poststelle.store.tx import ReadTx, Store, Tx

PERMISSIONS = ("Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite")


class OpenWithApp(Protocol):
    """Opens a mailbox as the application; with a new token, or (``renews`` False) one there is."""

    def __call__(self, tenant: str, address: str, *, renews: bool = True) -> Awaitable[RemoteMail]: ...


@dataclass(frozen=True, slots=True)
class ApplicationDesk:
    """What it takes."""

    store: Store
    ring: KeyRing
    preset: Preset
    clock: Clock
    open_with_app: OpenWithApp


async def give(desk: ApplicationDesk, by: UserId, account_id: AccountId, *, is_confirmed: bool) -> None:
    """Let the application open the account's mailbox, from now on as its first sign-in.

    Invalid ``confirmation_needed`` (params ``names``) unless the warning was
    confirmed. Conflict with ``detail``, and nothing is changed:
    ``application_tenant_missing``, ``application_refused`` (the tenant has not
    let our app in), ``application_no_access`` (it may not open this mailbox),
    ``no_mailbox``, ``app_missing``, ``app_settings``, ``microsoft_unreachable``.
    """
    account, tenant = await desk.store.read(_may_give, desk.ring, by, account_id, is_confirmed)
    address = to_ascii(account.address)
    try:
        await (await desk.open_with_app(tenant, address)).verify(address)
    except SignInNeeded as problem:
        raise Conflict(
            "application_refused",
            "This organisation has not approved access by the application.",
            detail=problem.code,
        ) from problem
    except Refused as problem:
        raise _refusal(problem) from problem
    except RetryLater as problem:
        raise Conflict("microsoft_unreachable", "Microsoft does not answer; try again soon.") from problem
    await desk.store.write(_keep, desk.ring, desk.preset, by, account_id, tenant, desk.clock.now())


def _refusal(problem: Refused) -> Conflict:
    if problem.code == "no_mailbox":
        return Conflict("no_mailbox", "Microsoft has no mailbox of this address.")
    if problem.code == "wrong_mailbox":
        return Conflict("application_no_access", "The application may not open this mailbox.")
    return app_trouble(problem.code)


def _may_give(
    tx: ReadTx, ring: KeyRing, by: UserId, account_id: AccountId, is_confirmed: bool
) -> tuple[Account, str]:
    account = require_application(tx, by, account_id)
    require_wish(tx, by, account, Wish())
    require_confirmed(tx, account_id, is_confirmed=is_confirmed)
    tenant = microsoft.application_tenant(tx, ring)
    if tenant is None:
        raise Conflict("application_tenant_missing", "Enter the organisation in the settings first.")
    return account, tenant


def _keep(
    tx: Tx, ring: KeyRing, preset: Preset, by: UserId, account_id: AccountId, tenant: str, now: datetime
) -> None:
    account = require_application(tx, by, account_id)
    used = microsoft.credentials(tx, ring, preset)
    id_ = sign_ins.reserve_id(tx)
    sign_in = SignIn(
        id=id_,
        account_id=account.id,
        user_id=by,
        remote_user=used.client_id,
        tenant=tenant,
        username="",
        authority="",
        token_cache=ring.seal(b"", row_of(id_)),
        created_at=now,
        refreshed_at=now,
        kind=SignInKind.APPLICATION,
    )
    keep(tx, sign_in, Wish(is_first=True), now)
    approvals.destroy(tx, account.id)
    names = list(readers(tx, account_id, labels(tx)))
    audit.record(tx, now, by, "application.allowed", account_id, subject=account.address, readers=names)
