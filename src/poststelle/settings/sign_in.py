"""Connecting an account: the way to Microsoft and back.

    begin ──> Microsoft's pages ──> finish ──verified──> connected
      │                               ├──refused, declined, wrong account──> SignInFailed
      └── kept sealed, 10 minutes,    └──unknown, used, expired, another login's──> SignInFailed
          used once, for one login

The password is typed at Microsoft only. What comes back counts once we have
opened the mailbox with it: as its own user, whose address is the account's, or
as somebody who may open it. A sign-in as itself is asked for first; where
another account comes back we try whether it opens the mailbox all the same.
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
from poststelle.model.account import Account, AccountType
from poststelle.model.errors import Conflict, NotAllowed, NotFound
from poststelle.model.ids import AccountId, SignInId, UserId
from poststelle.model.user import SignIn, SignInKind
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, Refused, RetryLater
from poststelle.providers.graph.sign_in_errors import RefusalKind, SignInRefused
from poststelle.providers.graph.tokens import SCOPES, SHARED_SCOPES, MicrosoftApp, SignInResult
from poststelle.settings.accounts import labels, readers, require_confirmed, require_may_sign_in
from poststelle.settings.address import to_ascii
from poststelle.settings.microsoft import app_trouble
from poststelle.settings.sign_ins import Wish, keep, row_of
from poststelle.store import accounts, approvals, audit, sign_in_flows, sign_ins
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
    NO_ACCESS = "no_access"
    NO_MAILBOX = "no_mailbox"
    BLOCKED = "blocked"
    APP_SETTINGS = "app_settings"
    EXPIRED = "expired"
    FAILED = "failed"


_OUTCOMES = {
    RefusalKind.DECLINED: Outcome.DENIED,
    RefusalKind.WRONG_APP_SETTINGS: Outcome.APP_SETTINGS,
}


_WAITS = frozenset({Outcome.APPROVAL_NEEDED, Outcome.APPROVAL_REQUESTED})
"""From then on the account waits for its organisation."""
_NOT_FOUND = {"no_such_account": "not_assigned", "no_such_sign_in": "no_such_sign_in"}


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
    """What a sign-in needs.

    ``open_with`` opens a mailbox with a token cache that isn't stored yet: its
    own user's, or (an address) one that this user may open.
    """

    store: Store
    ring: KeyRing
    clock: Clock
    microsoft: Callable[[], Awaitable[MicrosoftApp]]
    open_with: Callable[[bytes, AccountId, str | None], Awaitable[RemoteMail]]
    redirect_uri: str


class _KeptFlow(msgspec.Struct):
    """What waits for the callback. ``login`` is the hash of the login that began."""

    login: str
    flow: dict[str, Any]
    is_reserve: bool = False
    renews: int | None = None
    is_shared: bool = False

    @property
    def wish(self) -> Wish:
        renews = None if self.renews is None else SignInId(self.renews)
        return Wish(self.is_reserve, renews, self.is_shared)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A sign-in under way, come back."""

    account: Account
    flow: dict[str, Any]
    wish: Wish


async def begin(
    desk: SignInDesk, user: UserId, login: str, account_id: AccountId, wish: Wish, *, is_confirmed: bool
) -> str:
    """Begin a sign-in for an account the user is assigned to; return Microsoft's address to open.

    Invalid ``confirmation_needed`` (params ``names``) unless the warning was
    confirmed; Conflict ``app_missing`` while no app registration is entered,
    ``app_settings`` when Microsoft refuses it, ``microsoft_unreachable`` while
    nothing answers there.
    """
    hint = await desk.store.read(_may_begin, user, account_id, wish, is_confirmed)
    try:
        app = await desk.microsoft()
        scopes = SHARED_SCOPES if wish.is_shared else SCOPES
        started = await app.start_flow(desk.redirect_uri, login_hint=hint, scopes=scopes)
    except SignInRefused as problem:
        raise app_trouble(problem.aadsts) from problem
    except RetryLater as problem:
        raise Conflict("microsoft_unreachable", "Microsoft does not answer; try again soon.") from problem
    state_hash = hash_state(str(started.flow["state"]))
    kept = msgspec.json.encode(_KeptFlow(login, started.flow, wish.is_reserve, wish.renews, wish.is_shared))
    flow = SignInFlow(state_hash, account_id, user, desk.ring.seal(kept, f"sign_in_flows/{state_hash}"))
    await desk.store.write(_keep_flow, flow, desk.clock.now())
    return started.url


def _may_begin(tx: ReadTx, user: UserId, account_id: AccountId, wish: Wish, is_confirmed: bool) -> str | None:
    """Whom Microsoft's page should expect; None where we can't know."""
    account = require_may_sign_in(tx, user, account_id, wish)
    if account.type is not AccountType.GRAPH:
        raise Conflict("not_at_microsoft", "This mailbox is not hosted at Microsoft.")
    require_confirmed(tx, account_id, is_confirmed=is_confirmed)
    renewed = None if wish.renews is None else sign_ins.one(tx, wish.renews)
    if renewed and renewed.username:
        return renewed.username
    return None if wish.is_shared else to_ascii(account.address)


def _keep_flow(tx: Tx, flow: SignInFlow, now: datetime) -> None:
    sign_in_flows.insert(tx, flow, now=now, expires_at=now + FLOW_LIVES)
    names = list(readers(tx, flow.account_id, labels(tx)))
    audit.record(tx, now, flow.user_id, "sign_in.begun", flow.account_id, confirmed=True, readers=names)


def hash_state(state: str) -> str:
    """The form in which an OAuth state is kept."""
    return hashlib.sha256(state.encode()).hexdigest()


async def finish(desk: SignInDesk, user: UserId, login: str, params: Mapping[str, str]) -> AccountId:
    """Take Microsoft's answer, prove that it opens the mailbox, keep the tokens; return the account.

    Raises SignInFailed; then the account is as it was before.
    """
    state_hash = hash_state(params.get("state", ""))
    begun = await desk.store.write(_take_flow, desk.ring, state_hash, user, login, desk.clock.now())
    if isinstance(begun, SignInFailed):
        raise begun
    account = begun.account
    try:
        result = await (await desk.microsoft()).finish_flow(begun.flow, params)
        proven = await _verify(desk, begun, result)
        await desk.store.write(_connect, desk.ring, user, begun, result, proven, desk.clock.now())
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
) -> _Begun | SignInFailed:
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
    account = _reachable(tx, user, found.account_id, kept.wish)
    return account if isinstance(account, SignInFailed) else _Begun(account, kept.flow, kept.wish)


def _reachable(tx: ReadTx, user: UserId, account_id: AccountId, wish: Wish) -> Account | SignInFailed:
    """The account, if this user may give it such a sign-in now; else how the sign-in ends."""
    try:
        return require_may_sign_in(tx, user, account_id, wish)
    except NotFound as problem:
        is_known = problem.code == "no_such_sign_in"
        return SignInFailed(Outcome.FAILED, account_id if is_known else None, _NOT_FOUND[problem.code])
    except NotAllowed:  # a colleague was faster
        return SignInFailed(Outcome.FAILED, account_id, "connected_already")
    except Conflict as problem:
        return SignInFailed(Outcome.FAILED, account_id, problem.code)


@dataclass(frozen=True, slots=True)
class _Proven:
    """How the new tokens open the mailbox, and its address as Microsoft writes it."""

    kind: SignInKind
    address: str


async def _verify(desk: SignInDesk, begun: _Begun, result: SignInResult) -> _Proven:
    """The wrong-account guard: the new tokens must open the mailbox that was entered.

    A mailbox of one's own says whose it is. Whether somebody may open another's
    is found out by opening its inbox, and in no other way.
    """
    address = to_ascii(begun.account.address)
    try:
        if not begun.wish.is_shared:
            own = await desk.open_with(result.cache, begun.account.id, None)
            try:
                return _Proven(SignInKind.OWN, await own.verify(address))
            except Refused as problem:
                if problem.code != "wrong_mailbox":
                    raise
        shared = await desk.open_with(result.cache, begun.account.id, address)
        await shared.verify(address)
        return _Proven(SignInKind.DELEGATE, begun.account.address)
    except Refused as problem:
        raise _not_opened(begun, result, problem) from problem


def _not_opened(begun: _Begun, result: SignInResult, problem: Refused) -> Exception:
    wrong = Outcome.NO_ACCESS if begun.wish.is_shared else Outcome.WRONG_ACCOUNT
    outcome = {"wrong_mailbox": wrong, "no_mailbox": Outcome.NO_MAILBOX}.get(problem.code)
    if outcome is None:
        return problem
    who = "" if outcome is Outcome.NO_MAILBOX else result.username
    return SignInFailed(outcome, begun.account.id, problem.code, signed_in_as=who)


def _failure(account: AccountId, problem: SignInRefused | ProviderError) -> SignInFailed:
    if isinstance(problem, SignInRefused):
        outcome = _OUTCOMES.get(problem.kind)
        return SignInFailed(outcome or Outcome(problem.kind.value), account, problem.aadsts)
    return SignInFailed(Outcome.FAILED, account, problem.code)


def _record_failure(tx: Tx, user: UserId, failed: SignInFailed, now: datetime) -> None:
    if failed.outcome in _WAITS and failed.account is not None:
        approvals.ask(tx, failed.account, failed.detail, now)
    audit.record(
        tx, now, user, "sign_in.refused", failed.account, outcome=failed.outcome.value, detail=failed.detail
    )


def _connect(
    tx: Tx, ring: KeyRing, user: UserId, begun: _Begun, result: SignInResult, proven: _Proven, now: datetime
) -> None:
    """Keep the sign-in, if the user may still give it: rights and state may have changed at Microsoft's."""
    account = _reachable(tx, user, begun.account.id, begun.wish)
    if isinstance(account, SignInFailed):
        raise account
    id_ = sign_ins.reserve_id(tx)
    sign_in = SignIn(
        id=id_,
        account_id=account.id,
        user_id=user,
        remote_user=result.oid,
        tenant=result.tid,
        username=result.username,
        authority=result.authority,
        token_cache=ring.seal(result.cache, row_of(id_)),
        created_at=now,
        refreshed_at=now,
        kind=proven.kind,
    )
    keep(tx, sign_in, begun.wish, now)
    approvals.destroy(tx, account.id)
    if proven.kind is SignInKind.OWN:
        accounts.set_spelling(tx, account.id, proven.address)
    if sign_ins.id_of(tx, account.id) == id_:
        accounts.set_shared(tx, account.id, is_shared=proven.kind is SignInKind.DELEGATE)
    audit.record(
        tx,
        now,
        user,
        "sign_in.completed",
        account.id,
        subject=result.username,
        is_reserve=begun.wish.is_reserve,
        kind=proven.kind.value,
    )
