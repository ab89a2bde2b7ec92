"""What each form of the sign-in pages does to a flow.

A form's function returns the error that the app is to get instead of a code, usually None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from m365sim.identity import consents
from m365sim.identity.errors import OAuthError, refusal
from m365sim.identity.platform import IdentityPlatform
from m365sim.pages.flow import Desk, Flow, next_step

Form = Mapping[str, str]
Action = Callable[[Flow, Form], OAuthError | None]


class Forms:
    """The forms, by the last part of their address."""

    def __init__(self, platform: IdentityPlatform, desk: Desk) -> None:
        self._platform = platform
        self._desk = desk
        self._actions: dict[str, Action] = {
            "account": self._account,
            "pick": self._pick,
            "password": self._password,
            "passwordless": self._passwordless,
            "change": self._change,
            "mfa": self._mfa,
            "register": self._register,
            "other": self._other,
            "confirm": self._confirm,
            "consent": self._consent,
            "approval": self._approval,
            "leave": self._leave,
        }

    def action(self, name: str) -> Action | None:
        """The function of this form."""
        return self._actions.get(name)

    def _account(self, flow: Flow, form: Form) -> OAuthError | None:
        self._desk.enter_account(flow, form.get("loginfmt", ""))
        return flow.refused

    def _pick(self, flow: Flow, form: Form) -> OAuthError | None:
        for user, account in zip(self._desk.known_users(flow), self._desk.known_accounts(flow), strict=True):
            if account.id == form.get("user"):
                self._desk.choose(flow, user)
        return flow.refused

    def _password(self, flow: Flow, form: Form) -> OAuthError | None:
        self._desk.enter_password(flow, form.get("passwd", ""))
        return flow.refused

    def _passwordless(self, flow: Flow, form: Form) -> OAuthError | None:
        self._desk.go_passwordless(flow)
        return None

    def _change(self, flow: Flow, form: Form) -> OAuthError | None:
        current, new, again = (form.get(name, "") for name in ("passwd", "newpasswd", "confirmpasswd"))
        self._desk.change_password(flow, current, new, again)
        return flow.refused

    def _mfa(self, flow: Flow, form: Form) -> OAuthError | None:
        self._desk.answer_second_factor(flow, is_approved=form.get("choice") == "approve")
        return flow.refused

    def _register(self, flow: Flow, form: Form) -> OAuthError | None:
        self._desk.register_second_factor(flow)
        return None

    def _other(self, flow: Flow, form: Form) -> OAuthError | None:
        self._desk.use_another_account(flow)
        return None

    def _confirm(self, flow: Flow, form: Form) -> OAuthError | None:
        if form.get("choice") != "continue":
            return refusal(65004)
        if next_step(self._platform, flow) == "device_confirm":
            flow.has_confirmed = True
        return None

    def _consent(self, flow: Flow, form: Form) -> OAuthError | None:
        if form.get("choice") != "accept":
            return refusal(65004)
        user = self._desk.chosen_user(flow)
        if user is None or next_step(self._platform, flow) != "consent":
            return None
        request = flow.request
        for_tenant = request.is_admin_consent or form.get("for_tenant") == "yes"
        consents.grant(self._platform, user, request.client_id, request.scopes, for_tenant=for_tenant)
        if request.is_admin_consent:
            consents.grant_application(self._platform, user.tenant_id, request.client_id, request.scopes)
        flow.has_consented = True
        return None

    def _approval(self, flow: Flow, form: Form) -> OAuthError | None:
        user = self._desk.chosen_user(flow)
        why = form.get("justification", "").strip()
        if user is None or next_step(self._platform, flow) != "approval_form":
            return None
        if why:
            consents.ask_for_approval(
                self._platform, user, flow.request.client_id, flow.request.scopes, why[:500]
            )
            flow.has_asked_approval = True
        return None

    def _leave(self, flow: Flow, form: Form) -> OAuthError | None:
        app = self._platform.directory.app(flow.request.client_id)
        user = self._desk.chosen_user(flow)
        tenant = self._platform.directory.tenants[user.tenant_id].name if user else "-"
        number = 90095 if flow.has_asked_approval else 90094
        return refusal(number, app=app.name if app else "-", tenant=tenant)
