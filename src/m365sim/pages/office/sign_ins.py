"""People, organisations and apps: who may sign in, who has, and what an administrator decides."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from m365sim.directory import CONSUMERS_TENANT_ID, ConsentPolicy
from m365sim.identity import consents
from m365sim.identity.revocation import happen, revoked_at
from m365sim.pages.office.frame import Form, Frame, Told, Wrong, back

POLICIES: tuple[ConsentPolicy, ...] = get_args(ConsentPolicy)
_PATH = "/office/sign-ins"


def sign_ins_routes(frame: Frame) -> list[Route]:
    """The page and its forms."""
    door = _SignIns(frame)
    forms = {
        "/office/approvals/{request_id}": door.decide,
        "/office/tenants/{tenant_id}": door.set_policy,
        "/office/users/{user_id}/revoke": door.revoke,
    }
    return [
        Route(_PATH, frame.shows(door.page)),
        *(Route(path, frame.acts(door.page, act), methods=["POST"]) for path, act in forms.items()),
    ]


class _SignIns:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._platform = frame.platform

    def page(self, request: Request, told: Told) -> Response:
        directory = self._platform.directory
        inhabited = {user.tenant_id for user in directory.users.values()}
        return self._frame.render(
            request,
            "sign_ins.html",
            told,
            tenants=[t for t in directory.tenants.values() if t.id in inhabited],
            tenant_names={t.id: t.name for t in directory.tenants.values()},
            users=sorted(directory.users.values(), key=lambda u: (u.is_personal, u.upn)),
            people={u.id: u.upn for u in directory.users.values()},
            apps=list(directory.apps.values()),
            app_names={a.client_id: a.name for a in directory.apps.values()},
            approvals=sorted(self._platform.approvals.values(), key=lambda r: r.asked_at, reverse=True),
            sign_ins=self._sign_ins(),
            policies=POLICIES,
            consumers=CONSUMERS_TENANT_ID,
            base_url=self._platform.base_url,
        )

    def _sign_ins(self) -> Counter[str]:
        """How many refresh tokens that still work each user has given out."""
        platform = self._platform
        users = platform.directory.users
        alive = (g for g in platform.refresh_tokens.values() if not g.is_expired and g.user_id in users)
        return Counter(
            grant.user_id
            for grant in alive
            if not revoked_at(platform, platform.directory.home_of(users[grant.user_id]).id, grant)
        )

    def decide(self, request: Request, form: Form) -> Response:
        """Approve or deny one request for an app."""
        decision = form.get("decision")
        if decision not in ("approve", "deny"):
            raise Wrong("o.no_form")
        try:
            consents.decide(
                self._platform, request.path_params["request_id"], is_approved=decision == "approve"
            )
        except ValueError as error:
            raise Wrong("o.no_request", 404) from error
        return back(_PATH + "#approvals", "decided")

    def set_policy(self, request: Request, form: Form) -> Response:
        """Let a tenant's users consent to apps themselves, or not."""
        directory = self._platform.directory
        tenant = directory.tenants.get(request.path_params["tenant_id"])
        policy = next((p for p in POLICIES if p == form.get("policy")), None)
        if tenant is None or policy is None or tenant.id == CONSUMERS_TENANT_ID:
            raise Wrong("o.no_tenant")
        directory.put_tenant(replace(tenant, consent_policy=policy))
        return back(_PATH + "#tenants", "saved")

    def revoke(self, request: Request, form: Form) -> Response:
        """End a user's sign-ins everywhere, at once, as an administrator would."""
        user = self._platform.user(request.path_params["user_id"])
        if user is None:
            raise Wrong("o.no_user", 404)
        happen(self._platform, user, "revoke_sessions")
        self._platform.drop_access_tokens(user.id)
        return back(_PATH + "#users", "revoked")
