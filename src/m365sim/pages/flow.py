"""One person's way through the sign-in pages: where it stands, and which page comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from m365sim.directory import User
from m365sim.identity import consents
from m365sim.identity.authorize import AuthorizeRequest, Returned
from m365sim.identity.errors import OAuthError, refusal
from m365sim.identity.grants import BrowserSession
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.sign_in import check_admission, check_password, find_user
from m365sim.pages.words import Language

FLOW_LIFETIME = timedelta(minutes=30)

Step = Literal[
    "pick",
    "account",
    "password",
    "error",
    "consent",
    "approval_needed",
    "approval_form",
    "approval_sent",
    "finish",
]


@dataclass
class Flow:
    """State of one way through the pages.

    ``hint`` is what the address field shows. ``message`` is the refusal shown beside
    the field, ``problem`` one that fills the page. ``must_type`` asks for the password
    even of a user already signed in in this browser.
    """

    id: str
    request: AuthorizeRequest
    language: Language
    session_id: str
    ends_at: datetime
    hint: str = ""
    user_id: str | None = None
    is_picking: bool = False
    is_admitted: bool = False
    has_consented: bool = False
    has_asked_approval: bool = False
    must_type: bool = False
    message: OAuthError | None = None
    problem: OAuthError | None = None


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
        """Users signed in in this browser who may sign in at this path, latest first."""
        users = [self.platform.user(i) for i in reversed(self.session(flow).user_ids)]
        return [u for u in users if u is not None and u.is_enabled and flow.request.path.admits(u)]

    def _start(self, flow: Flow) -> None:
        request, known = flow.request, self.known_users(flow)
        if request.prompt == "none":
            self._start_silently(flow, known)
        elif request.login_hint:
            self.enter_account(flow, request.login_hint)
        elif request.prompt in ("select_account", "login") or len(known) > 1:
            flow.is_picking = bool(known)
        elif known and not request.is_admin_consent:
            self.choose(flow, known[0])

    def _start_silently(self, flow: Flow, known: list[User]) -> None:
        hint = flow.request.login_hint.lower()
        fitting = [u for u in known if not hint or hint in u.addresses()]
        if len(fitting) != 1:
            raise Returned(refusal(50058), flow.request.back)
        self.choose(flow, fitting[0])
        if flow.problem is not None:
            raise Returned(flow.problem, flow.request.back)
        if next_step(self.platform, flow) != "finish":
            raise Returned(refusal(65001, client_id=flow.request.client_id), flow.request.back)

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
        """Go on as this user; no password when it was already given in this browser."""
        flow.user_id, flow.hint, flow.is_picking = user.id, user.upn, False
        if not flow.must_type and user.id in self.session(flow).user_ids:
            self._admit(flow, user)

    def enter_password(self, flow: Flow, password: str) -> None:
        """Check the password: on, or say beside the field what is wrong."""
        user = self.chosen_user(flow)
        flow.message = None
        if user is None or flow.is_admitted:
            return
        try:
            check_password(self.platform, user, password)
        except OAuthError as error:
            flow.message = error
            return
        known = self.session(flow).user_ids
        if user.id in known:
            known.remove(user.id)
        known.append(user.id)
        self._admit(flow, user)

    def _admit(self, flow: Flow, user: User) -> None:
        try:
            check_admission(self.platform, user, flow.request.client_id)
            if flow.request.is_admin_consent and (user.is_personal or not user.is_admin):
                raise refusal(90093)
        except OAuthError as error:
            flow.problem = error
            return
        flow.is_admitted = True

    def use_another_account(self, flow: Flow) -> None:
        """Back to the empty address field."""
        flow.user_id, flow.hint, flow.is_picking, flow.is_admitted = None, "", False, False
        flow.message = flow.problem = None
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
        return "password"
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
