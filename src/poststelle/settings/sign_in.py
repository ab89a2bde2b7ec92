"""Connecting an account: the way to Microsoft and back.

    begin ──> Microsoft's pages ──> finish ──verified──> connected
      │                               ├──refused, declined, wrong account──> SignInFailed
      └── kept sealed, 10 minutes,    └──unknown, used, expired, another login's──> SignInFailed
          used once, for one login

The password is typed at Microsoft only. What comes back counts once we have
opened the mailbox with it and its address is the account's.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import Clock
from poststelle.model.account import Account, AccountState, AccountType
from poststelle.model.errors import Conflict, Invalid, NotAllowed, NotFound
from poststelle.model.ids import AccountId, SignInId, UserId
from poststelle.model.user import SignIn
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, Refused, RetryLater
from poststelle.providers.graph.sign_in_errors import RefusalKind, SignInRefused
from poststelle.providers.graph.tokens import MicrosoftApp, SignInResult
from poststelle.settings.accounts import readers, require_may_sign_in
from poststelle.settings.address import to_ascii
from poststelle.store import accounts, audit, sign_in_flows, sign_ins, subscriptions, sync_states
from poststelle.store.sign_in_flows import SignInFlow
from poststelle.store.tx import ReadTx, Store, Tx

FLOW_LIVES = timedelta(minutes=10)  # as long as Microsoft's code does


class Outcome(StrEnum):
    """What the result page explains."""

    DENIED = "denied"
    CANCELLED = "cancelled"
    APPROVAL_NEEDED = "approval_needed"
    APPROVAL_REQUESTED = "approval_requested"
    WRONG_ACCOUNT = "wrong_account"
    NO_MAILBOX = "no_mailbox"
    BLOCKED = "blocked"
    APP_SETTINGS = "app_settings"
    EXPIRED = "expired"
    FAILED = "failed"


_OUTCOMES = {
    RefusalKind.DECLINED: Outcome.DENIED,
    RefusalKind.WRONG_APP_SETTINGS: Outcome.APP_SETTINGS,
}


class SignInFailed(Exception):
    """A sign-in that did not connect the account; nothing about it was changed.

    ``account`` None: we can't say whose answer this was. ``signed_in_as`` is
    set where another mailbox's owner signed in.
    """

    def __init__(
        self, outcome: Outcome, account: AccountId | None, detail: str = "", signed_in_as: str = ""
    ) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.account = account
        self.detail = detail
        self.signed_in_as = signed_in_as


@dataclass(frozen=True, slots=True)
class SignInDesk:
    """What a sign-in needs. ``open_with`` opens the mailbox of a token cache that isn't stored yet."""

    store: Store
    ring: KeyRing
    clock: Clock
    microsoft: Callable[[], Awaitable[MicrosoftApp]]
    open_with: Callable[[bytes], Awaitable[RemoteMail]]
    redirect_uri: str


class _KeptFlow(msgspec.Struct):
    """What waits for the callback. ``login`` is the hash of the login that began."""

    login: str
    flow: dict[str, Any]


async def begin(
    desk: SignInDesk, user: UserId, login: str, account_id: AccountId, *, is_confirmed: bool
) -> str:
    """Begin a sign-in for an account the user is assigned to; return Microsoft's address to open.

    Invalid ``confirmation_needed`` (params ``names``) unless the warning was
    confirmed; Conflict ``app_settings`` while the app isn't set up at
    Microsoft, ``microsoft_unreachable`` while nothing answers there.
    """
    account = await desk.store.read(_may_begin, user, account_id, is_confirmed)
    try:
        app = await desk.microsoft()
        started = await app.start_flow(desk.redirect_uri, login_hint=to_ascii(account.address))
    except SignInRefused as problem:
        raise Conflict(
            "app_settings", "Microsoft refuses our app registration; see its settings.", detail=problem.aadsts
        ) from problem
    except RetryLater as problem:
        raise Conflict("microsoft_unreachable", "Microsoft does not answer; try again soon.") from problem
    state_hash = hash_state(str(started.flow["state"]))
    kept = msgspec.json.encode(_KeptFlow(login, started.flow))
    flow = SignInFlow(state_hash, account_id, user, desk.ring.seal(kept, f"sign_in_flows/{state_hash}"))
    await desk.store.write(_keep_flow, flow, desk.clock.now())
    return started.url


def _may_begin(tx: ReadTx, user: UserId, account_id: AccountId, is_confirmed: bool) -> Account:
    account = require_may_sign_in(tx, user, account_id)
    if account.type is not AccountType.GRAPH:
        raise Conflict("not_at_microsoft", "This mailbox is not hosted at Microsoft.")
    if not is_confirmed:
        raise Invalid(
            "confirm",
            "confirmation_needed",
            "Confirm that these people will be able to read all mail of this mailbox.",
            names=list(readers(tx, account_id)),
        )
    return account


def _keep_flow(tx: Tx, flow: SignInFlow, now: datetime) -> None:
    sign_in_flows.insert(tx, flow, now=now, expires_at=now + FLOW_LIVES)
    names = list(readers(tx, flow.account_id))
    audit.record(tx, now, flow.user_id, "sign_in.begun", flow.account_id, confirmed=True, readers=names)


def hash_state(state: str) -> str:
    """The form in which an OAuth state is kept."""
    return hashlib.sha256(state.encode()).hexdigest()


async def finish(desk: SignInDesk, user: UserId, login: str, params: Mapping[str, str]) -> AccountId:
    """Take Microsoft's answer, prove that it opens the mailbox, keep the tokens; return the account.

    Raises SignInFailed; then the account is as it was before.
    """
    state_hash = hash_state(params.get("state", ""))
    kept = await desk.store.write(_take_flow, desk.ring, state_hash, user, login, desk.clock.now())
    if isinstance(kept, SignInFailed):
        raise kept
    account, flow = kept
    try:
        result = await (await desk.microsoft()).finish_flow(flow, params)
        address = await _verify(desk, account, result)
        await desk.store.write(_connect, desk.ring, user, account.id, result, address, desk.clock.now())
    except SignInFailed as failed:
        await desk.store.write(_record_failure, user, failed, desk.clock.now())
        raise
    except (SignInRefused, ProviderError) as problem:
        failure = _failure(account.id, problem)
        await desk.store.write(_record_failure, user, failure, desk.clock.now())
        raise failure from problem
    return account.id


def _take_flow(
    tx: Tx, ring: KeyRing, state_hash: str, user: UserId, login: str, now: datetime
) -> tuple[Account, dict[str, Any]] | SignInFailed:
    """Use up the flow that this login began. Another login's flow stays for its owner."""
    found = sign_in_flows.get(tx, state_hash, now)
    if found is None:
        return SignInFailed(Outcome.EXPIRED, None, "unknown_state")
    try:
        kept = msgspec.json.decode(ring.open(found.flow, f"sign_in_flows/{state_hash}"), type=_KeptFlow)
    except CannotOpen:
        return SignInFailed(Outcome.EXPIRED, found.account_id, "key_changed")
    if found.user_id != user or kept.login != login:
        audit.record(tx, now, user, "sign_in.refused", detail="another_login")
        return SignInFailed(Outcome.EXPIRED, None, "another_login")
    sign_in_flows.destroy(tx, state_hash)
    account = _reachable(tx, user, found.account_id)
    return account if isinstance(account, SignInFailed) else (account, kept.flow)


def _reachable(tx: ReadTx, user: UserId, account_id: AccountId) -> Account | SignInFailed:
    """The account, if this user may give it a sign-in now; else how the sign-in ends."""
    try:
        return require_may_sign_in(tx, user, account_id)
    except NotFound:
        return SignInFailed(Outcome.FAILED, None, "not_assigned")
    except NotAllowed:  # a colleague was faster
        return SignInFailed(Outcome.FAILED, account_id, "connected_already")


async def _verify(desk: SignInDesk, account: Account, result: SignInResult) -> str:
    """The wrong-account guard: the new tokens must open the mailbox that was entered.

    Returns its address as Microsoft writes it.
    """
    remote = await desk.open_with(result.cache)
    try:
        return await remote.verify(to_ascii(account.address))
    except Refused as problem:
        outcome = {"wrong_mailbox": Outcome.WRONG_ACCOUNT, "no_mailbox": Outcome.NO_MAILBOX}.get(problem.code)
        if outcome is None:
            raise
        who = result.username if outcome is Outcome.WRONG_ACCOUNT else ""
        raise SignInFailed(outcome, account.id, problem.code, signed_in_as=who) from problem


def _failure(account: AccountId, problem: SignInRefused | ProviderError) -> SignInFailed:
    if isinstance(problem, SignInRefused):
        outcome = _OUTCOMES.get(problem.kind)
        return SignInFailed(outcome or Outcome(problem.kind.value), account, problem.aadsts)
    return SignInFailed(Outcome.FAILED, account, problem.code)


def _record_failure(tx: Tx, user: UserId, failed: SignInFailed, now: datetime) -> None:
    audit.record(
        tx, now, user, "sign_in.refused", failed.account, outcome=failed.outcome.value, detail=failed.detail
    )


def _connect(
    tx: Tx,
    ring: KeyRing,
    user: UserId,
    account_id: AccountId,
    result: SignInResult,
    address: str,
    now: datetime,
) -> None:
    """Keep the sign-in, if the user may still give it: rights and state may have changed at Microsoft's."""
    account = _reachable(tx, user, account_id)
    if isinstance(account, SignInFailed):
        raise account
    id_ = sign_ins.reserve_id(tx)
    sign_in = SignIn(
        id=id_,
        account_id=account_id,
        user_id=user,
        remote_user=result.oid,
        tenant=result.tid,
        username=result.username,
        authority=result.authority,
        token_cache=ring.seal(result.cache, row_of(id_)),
        created_at=now,
        refreshed_at=now,
    )
    sign_ins.replace(tx, sign_in)
    accounts.set_spelling(tx, account_id, address)
    accounts.set_state(tx, account_id, AccountState.CONNECTED)
    sync_states.start(tx, account_id, now)
    sync_states.wake(tx, account_id, now)
    subscriptions.set_due(tx, account_id, now)
    audit.record(tx, now, user, "sign_in.completed", account_id, subject=result.username)


def row_of(sign_in: SignInId) -> str:
    """The identity a token cache is sealed with."""
    return f"sign_ins/{sign_in}"
