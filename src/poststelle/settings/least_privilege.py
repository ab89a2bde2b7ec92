"""The least-privilege proof: our program opens the chosen mailboxes by itself, and not a control mailbox.

Done by trying, at Microsoft, in the way in which mail is fetched; nothing is read but whether the inbox
opens. It is repeated by itself, each day once it has succeeded and every quarter of an hour until then:
rules of Exchange take up to two hours to be gone by, and anybody may widen them later.

Source: "Role Based Access Control for Applications in Exchange Online"; "Limiting application permissions to
specific Exchange Online mailboxes".
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.account import AccountType
from poststelle.model.application_proof import Proof, Result, Tried, Verdict
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.model.user import SignInKind
from poststelle.providers.errors import Refused, RetryLater, SignInNeeded
from poststelle.settings import microsoft
from poststelle.settings.address import check_address, is_same_address, to_ascii
from poststelle.settings.application import ApplicationDesk
from poststelle.settings.microsoft import Preset, app_trouble
from poststelle.store import accounts, application_proofs, audit, sign_ins
from poststelle.store.tx import ReadTx, Tx

MOST_MAILBOXES = 100
_AT_ONCE = 4
_FORBIDDEN = 403
_DAILY, _SOON = timedelta(days=1), timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class _Plan:
    """For which organisation and app, and which addresses."""

    tenant: str
    client_id: str
    chosen: tuple[str, ...]
    control: str


def newest(tx: ReadTx, ring: KeyRing, preset: Preset) -> Proof | None:
    """For the organisation and the app registration as they are entered now."""
    tenant = microsoft.application_tenant(tx, ring)
    client_id = microsoft.credentials(tx, ring, preset).client_id
    kept = application_proofs.get(tx, tenant, client_id) if tenant and client_id else None
    return None if kept is None else kept.proof


def show(tx: ReadTx, by: UserId, ring: KeyRing, preset: Preset) -> Proof | None:
    """The newest one. Raises NotAllowed without the right to the settings."""
    require_settings(tx, by)
    return newest(tx, ring, preset)


async def prove(desk: ApplicationDesk, by: UserId, chosen: Sequence[AccountId], control: str) -> Proof:
    """Try it now, keep what came of it, and return it.

    ``chosen`` [] stands for the mailboxes that the application opens already. Raises NotFound
    ``no_such_account``, Invalid ``invalid_address``, ``control_is_chosen`` or ``no_mailboxes``, and Conflict
    as ``application.give`` does where the application can't even begin.
    """
    plan = await desk.store.read(_plan, desk.ring, desk.preset, by, chosen, control)
    proof = await _try(desk, by, plan)
    await desk.store.write(_keep, plan, proof, desk.clock.now())
    return proof


async def repeat(desk: ApplicationDesk) -> Proof | None:
    """Do it again where that is due; None where it is not, or just now can't be done."""
    plan = await desk.store.write(_plan_again, desk.ring, desk.preset, desk.clock.now())
    if plan is None:
        return None
    try:
        proof = await _try(desk, None, plan)
    except Conflict:  # the app or the organisation: told elsewhere
        return None
    await desk.store.write(_keep, plan, proof, desk.clock.now())
    return proof


def _plan(
    tx: ReadTx, ring: KeyRing, preset: Preset, by: UserId, chosen: Sequence[AccountId], control: str
) -> _Plan:
    require_settings(tx, by)
    tenant = microsoft.application_tenant(tx, ring)
    if tenant is None:
        raise Conflict("application_tenant_missing", "Enter the organisation in the settings first.")
    address = check_address(control, "control")
    addresses = _addresses(tx, chosen) if chosen else _opened_already(tx)
    if not addresses:
        raise Invalid("accounts", "no_mailboxes", "Choose at least one mailbox that it is to open.")
    if any(is_same_address(address, one) for one in addresses):
        raise Invalid("control", "control_is_chosen", "The control mailbox must be none of the chosen ones.")
    client_id = microsoft.credentials(tx, ring, preset).client_id
    return _Plan(tenant, client_id, tuple(addresses), address)


def _addresses(tx: ReadTx, chosen: Sequence[AccountId]) -> list[str]:
    found = []
    for id_ in dict.fromkeys(chosen[:MOST_MAILBOXES]):
        account = accounts.get(tx, id_)
        if account is None or account.type is not AccountType.GRAPH:
            raise NotFound("no_such_account", "There is no such mailbox at Microsoft.")
        found.append(account.address)
    return found


def _opened_already(tx: ReadTx) -> list[str]:
    own = {s.account_id for s in sign_ins.list_all(tx) if s.kind is SignInKind.APPLICATION}
    return [account.address for account in accounts.list_all(tx) if account.id in own][:MOST_MAILBOXES]


def _plan_again(tx: Tx, ring: KeyRing, preset: Preset, now: datetime) -> _Plan | None:
    tenant = microsoft.application_tenant(tx, ring)
    client_id = microsoft.credentials(tx, ring, preset).client_id
    kept = application_proofs.get(tx, tenant, client_id) if tenant and client_id else None
    if tenant is None or kept is None:
        return None
    if not application_proofs.put_off(tx, tenant, client_id, now, now + _SOON):
        return None
    still = {account.address for account in accounts.list_all(tx)}
    chosen = tuple(one.address for one in kept.proof.opened if one.address in still)
    return _Plan(tenant, client_id, chosen, kept.proof.control.address)


async def _try(desk: ApplicationDesk, by: UserId | None, plan: _Plan) -> Proof:
    """The control mailbox first, with a new token: one from before a change may know nothing of it."""
    control = await _try_one(desk, plan.tenant, plan.control, renews=True)
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(address: str) -> Tried:
        async with places:
            return await _try_one(desk, plan.tenant, address, renews=False)

    opened = await asyncio.gather(*(one(address) for address in plan.chosen))
    return Proof(desk.clock.now(), by, tuple(opened), control)


async def _try_one(desk: ApplicationDesk, tenant: str, address: str, *, renews: bool) -> Tried:
    ascii_ = to_ascii(address)
    try:
        await (await desk.open_with_app(tenant, ascii_, renews=renews)).verify(ascii_)
    except SignInNeeded as problem:
        raise Conflict(
            "application_refused",
            "This organisation has not approved access by the application.",
            detail=problem.code,
        ) from problem
    except Refused as problem:
        return Tried(address, _result(problem))
    except RetryLater:
        return Tried(address, Result.UNKNOWN)
    return Tried(address, Result.OPEN)


def _result(problem: Refused) -> Result:
    """A mailbox that does not exist proves nothing: it opens for nobody."""
    if problem.code == "no_mailbox":
        return Result.NO_MAILBOX
    if problem.code != "wrong_mailbox":
        raise app_trouble(problem.code) from problem
    return Result.SHUT if problem.status == _FORBIDDEN else Result.NO_MAILBOX


def _keep(tx: Tx, plan: _Plan, proof: Proof, now: datetime) -> None:
    before = application_proofs.get(tx, plan.tenant, plan.client_id)
    next_at = now + (_DAILY if proof.verdict is Verdict.PROVEN else _SOON)
    application_proofs.put(tx, plan.tenant, plan.client_id, proof, next_at)
    if proof.by is None and before is not None and before.proof.verdict is proof.verdict:
        return  # the trail tells what somebody did, and what has changed
    audit.record(
        tx,
        now,
        proof.by,
        "application.tried",
        subject=proof.control.address,
        verdict=proof.verdict.value,
        mailboxes=[one.address for one in proof.opened],
    )
