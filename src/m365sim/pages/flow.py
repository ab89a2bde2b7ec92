"""One person's way through the sign-in pages: where it stands, and which page comes next."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from m365sim.directory import User
from m365sim.identity import conditions, consents
from m365sim.identity.authorize import AuthorizeRequest, Returned
from m365sim.identity.errors import OAuthError, refusal
from m365sim.identity.grants import BrowserSession, Proof
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.sign_in import (
    change_expired_password,
    check_admission,
    check_password,
    find_user,
    goes_back,
    planned_failure,
    register_second_factor,
)
from m365sim.pages.words import Language

FLOW_LIFETIME = timedelta(minutes=30)

Step = Literal[
    "pick",
    "account",
    "password",
    "password_change",
    "mfa",
    "mfa_register",
    "device_confirm",
    "error",
    "consent",
    "approval_needed",
    "approval_form",
    "approval_sent",
    "finish",
]
_SILENT_NUMBERS: dict[Step, int] = {
    "password": 50058,
    "mfa": 50076,
    "mfa_register": 50079,
}
"""What ``prompt=none`` answers where a page would be needed; any other page asks for consent: 65001."""


def _two_digits() -> str:
    return str(10 + secrets.randbelow(90))


@dataclass
class Flow:
    """State of one way through the pages.

    ``hint`` is what the address field shows. ``message`` is the refusal shown beside the field, ``remark``
    the key of another such text, ``problem`` a refusal that fills the page, ``refused`` one that goes back to
    the app. ``must_type`` asks for the password even of an account already signed in in this browser.
    ``proof`` is how the person has signed in so far, ``number`` what the second factor's request shows.
    """

    id: str
    request: AuthorizeRequest
    language: Language
    session_id: str
    ends_at: datetime
    hint: str = ""
    user_id: str | None = None
    proof: Proof | None = None
    number: str = field(default_factory=_two_digits)
    is_picking: bool = False
    is_admitted: bool = False
    is_passwordless: bool = False
    is_changing_password: bool = False
    has_confirmed: bool = False
    has_consented: bool = False
    has_asked_approval: bool = False
    must_type: bool = False
    remark: str = ""
    message: OAuthError | None = None
    problem: OAuthError | None = None
    refused: OAuthError | None = None


@dataclass
class Desk:
    """The flows under way, and the browsers' sessions, at one platform."""

    platform: IdentityPlatform
    flows: dict[str, Flow]

    def open(self, request: AuthorizeRequest, language: Language, session_id: str) -> Flow:
        """Start a flow: go as far as the request's hints and the browser's session allow."""
        platform = self.platform
        now = platform.now()
        for old in [i for i, flow in self.flows.items() if flow.ends_at < now]:
            del self.flows[old]
        flow = Flow(platform.new_secret(), request, language, session_id, now + FLOW_LIFETIME)
        self.flows[flow.id] = flow
        flow.hint = request.login_hint
        flow.must_type = request.prompt == "login"
        self._start(flow)
        return flow

    def session(self, flow: Flow) -> BrowserSession:
        """The browser's session of this flow, made when missing."""
        return self.platform.sessions.setdefault(flow.session_id, BrowserSession())

    def known_users(self, flow: Flow) -> list[User]:
        """Who the accounts signed in in this browser are at this path, latest first."""
        directory = self.platform.directory
        accounts = [self.platform.user(i) for i in reversed(self.session(flow).user_ids)]
        users = [directory.at(flow.request.path, a) for a in accounts if a is not None and a.is_enabled]
        return [u for u in users if u is not None and u.is_enabled]

    def known_accounts(self, flow: Flow) -> list[User]:
        """The same people at home: how the pages name them, guests included."""
        return [self.platform.directory.home_of(user) for user in self.known_users(flow)]

    def _start(self, flow: Flow) -> None:
        """Go on as the hinted or only account; ``select_account`` stops at the accounts even with a hint.

        Microsoft says that the two exclude each other, so the hint is only a proposal then.

        Source: "OAuth 2.0 authorization code flow" (prompt).
        """
        request, known = flow.request, self.known_users(flow)
        if request.prompt == "none":
            self._start_silently(flow, known)
        elif request.login_hint and request.prompt != "select_account":
            self.enter_account(flow, request.login_hint)
        elif request.prompt in ("select_account", "login") or len(known) > 1:
            flow.is_picking = bool(known)
        elif known and not request.is_admin_consent:
            self.choose(flow, known[0])

    def _start_silently(self, flow: Flow, known: list[User]) -> None:
        hint = flow.request.login_hint.lower()
        home_of = self.platform.directory.home_of
        fitting = [u for u in known if not hint or hint in home_of(u).addresses()]
        if len(fitting) != 1:
            raise Returned(refusal(50058), flow.request.back)
        self.choose(flow, fitting[0])
        if error := flow.problem or flow.refused:
            raise Returned(error, flow.request.back)
        step = next_step(self.platform, flow)
        if step != "finish":
            number = _SILENT_NUMBERS.get(step, 65001)
            raise Returned(refusal(number, client_id=flow.request.client_id), flow.request.back)

    def enter_account(self, flow: Flow, address: str) -> None:
        """Take the typed address: on to the password, or say beside the field what is wrong."""
        flow.hint, flow.message, flow.is_picking = address.strip(), None, False
        try:
            user = find_user(self.platform, flow.request.path, flow.hint, flow.request.client_id)
        except OAuthError as error:
            if error.number == 50034:
                flow.message = error
            else:
                flow.problem = error
            return
        self.choose(flow, user)

    def choose(self, flow: Flow, user: User) -> None:
        """Go on as this user; no password when the account signed in in this browser not too long ago."""
        account = self.platform.directory.home_of(user)
        flow.user_id, flow.hint, flow.is_picking = user.id, account.upn, False
        proof = self.session(flow).proofs.get(account.id)
        if proof is None or flow.must_type or conditions.is_too_old(self.platform, user, proof):
            return
        flow.proof = proof
        self._admit(flow, user)

    def enter_password(self, flow: Flow, password: str) -> None:
        """Check the password: on, or say beside the field what is wrong."""
        user = self.chosen_user(flow)
        flow.message = None
        if user is None or flow.is_admitted:
            return
        account = self.platform.directory.home_of(user)
        try:
            check_password(self.platform, account, password)
        except OAuthError as error:
            flow.message = error
            return
        if account.expired_in == "on_premises":
            flow.problem = refusal(50144)
        elif account.expired_in == "cloud":
            flow.is_changing_password = True
        else:
            self._signed_in(flow, user, Proof(self.platform.now()))

    def change_password(self, flow: Flow, current: str, new: str, again: str) -> None:
        """Replace the expired password: on, or say what is wrong with the new one."""
        user = self.chosen_user(flow)
        if user is None or not flow.is_changing_password:
            return
        account = self.platform.directory.home_of(user)
        flow.remark = change_expired_password(self.platform, account, current, new, again) or ""
        if not flow.remark:
            flow.is_changing_password = False
            self._signed_in(flow, user, Proof(self.platform.now()))

    def go_passwordless(self, flow: Flow) -> None:
        """Sign in with the registered device instead of the password, where there is one."""
        user = self.chosen_user(flow)
        if user is not None and self.platform.directory.home_of(user).has_mfa:
            flow.is_passwordless, flow.message = True, None

    def answer_second_factor(self, flow: Flow, *, is_approved: bool) -> None:
        """The registered device said yes or no."""
        user = self.chosen_user(flow)
        if user is None or next_step(self.platform, flow) != "mfa":
            return
        flow.message = None if is_approved else refusal(500121)
        flow.number = _two_digits()
        if not is_approved:
            return
        if flow.proof is None:
            self._signed_in(flow, user, Proof(self.platform.now(), is_password=False, has_mfa=True))
        else:
            flow.proof = replace(flow.proof, has_mfa=True)
            self._remember(flow, user)

    def register_second_factor(self, flow: Flow) -> None:
        """Register a device as second factor; the sign-in goes on with it at once."""
        user = self.chosen_user(flow)
        if user is not None and next_step(self.platform, flow) == "mfa_register":
            register_second_factor(self.platform, self.platform.directory.home_of(user))

    def _signed_in(self, flow: Flow, user: User, proof: Proof) -> None:
        flow.proof = proof
        self._remember(flow, user)
        self._admit(flow, user)

    def _remember(self, flow: Flow, user: User) -> None:
        if flow.proof is not None:
            self.session(flow).remember(self.platform.directory.home_of(user).id, flow.proof)

    def _admit(self, flow: Flow, user: User) -> None:
        client_id = flow.request.client_id
        if error := planned_failure(self.platform, user, client_id):
            if goes_back(error):
                flow.refused = error
            else:
                flow.problem = error
            return
        try:
            check_admission(self.platform, user, client_id)
            if flow.request.is_admin_consent and (user.is_personal or not user.is_admin):
                raise refusal(90093)
        except OAuthError as error:
            flow.problem = error
            return
        flow.is_admitted = True

    def use_another_account(self, flow: Flow) -> None:
        """Back to the empty address field."""
        flow.user_id, flow.hint, flow.is_picking, flow.is_admitted = None, "", False, False
        flow.is_passwordless = flow.is_changing_password = flow.has_confirmed = False
        flow.proof = flow.message = flow.problem = None
        flow.remark = ""
        flow.has_consented = flow.has_asked_approval = False

    def chosen_user(self, flow: Flow) -> User | None:
        """The user this flow goes on as."""
        return self.platform.user(flow.user_id) if flow.user_id else None


def next_step(platform: IdentityPlatform, flow: Flow) -> Step:
    """The page this flow needs now."""
    if flow.problem is not None:
        return "error"
    user = platform.user(flow.user_id) if flow.user_id else None
    if user is None:
        return "pick" if flow.is_picking else "account"
    if not flow.is_admitted:
        return _sign_in_step(flow)
    if step := _second_factor_step(platform, flow, user):
        return step
    if flow.request.device_code is not None and not flow.has_confirmed:
        return "device_confirm"
    return _consent_step(platform, flow, user)


def _sign_in_step(flow: Flow) -> Step:
    if flow.is_changing_password:
        return "password_change"
    return "mfa" if flow.is_passwordless else "password"


def _second_factor_step(platform: IdentityPlatform, flow: Flow, user: User) -> Step | None:
    has_shown = flow.proof is not None and flow.proof.has_mfa
    if has_shown or not conditions.needs_second_factor(platform, user):
        return None
    return "mfa" if platform.directory.home_of(user).has_mfa else "mfa_register"


def _consent_step(platform: IdentityPlatform, flow: Flow, user: User) -> Step:
    if flow.has_consented:
        return "finish"
    if flow.request.is_admin_consent:
        return "consent"
    is_forced = flow.request.prompt == "consent"
    outcome = consents.outcome(
        platform, user, flow.request.client_id, flow.request.scopes, is_forced=is_forced
    )
    if outcome == "granted":
        return "finish"
    if outcome == "ask":
        return "consent"
    if outcome == "approval_form" and flow.has_asked_approval:
        return "approval_sent"
    return outcome
