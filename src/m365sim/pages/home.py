"""The overview page at ``/``: the simulated office in a browser, approvals to decide, and mail to deliver."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from m365sim.directory import CONSUMERS_TENANT_ID, ConsentPolicy
from m365sim.identity import consents
from m365sim.identity.app import read_form
from m365sim.identity.errors import OAuthError
from m365sim.identity.platform import IdentityPlatform
from m365sim.identity.revocation import happen, revoked_at
from m365sim.pages import office
from m365sim.pages.render import Renderer
from m365sim.pages.words import choose_language
from m365sim.world.errors import WorldError
from m365sim.world.simulation import Simulation


def home_routes(platform: IdentityPlatform, simulation: Simulation, renderer: Renderer) -> list[Route]:
    """The overview page and its forms."""
    page = HomePage(platform, simulation, renderer)
    return [
        Route("/", page.show),
        Route("/office/receive", page.receive, methods=["POST"]),
        Route("/office/approvals/{request_id}", page.decide, methods=["POST"]),
        Route("/office/tenants/{tenant_id}", page.set_policy, methods=["POST"]),
        Route("/office/users/{user_id}/revoke", page.revoke, methods=["POST"]),
    ]


class HomePage:
    """The handlers. The page is for one developer at one machine, so it asks for no password."""

    def __init__(self, platform: IdentityPlatform, simulation: Simulation, renderer: Renderer) -> None:
        self._platform = platform
        self._simulation = simulation
        self._renderer = renderer

    async def show(self, request: Request) -> Response:
        """The whole office on one page."""
        return self._page(request)

    def _page(self, request: Request, problem: str = "", status: int = 200) -> Response:
        mailboxes = office.mailbox_rows(self._simulation.world)
        directory = self._platform.directory
        tenants = [t for t in directory.tenants.values() if self._has_people(t.id)]
        return self._renderer.page(
            "home.html",
            choose_language(None, request.headers.get("accept-language")),
            status=status,
            problem=problem,
            delivered=request.query_params.get("delivered", ""),
            tenants=tenants,
            users=sorted(directory.users.values(), key=lambda u: (u.is_personal, u.upn)),
            tenant_names={t.id: t.name for t in directory.tenants.values()},
            mailboxes=mailboxes,
            recipient=office.likely_recipient(mailboxes),
            apps=list(directory.apps.values()),
            approvals=sorted(self._platform.approvals.values(), key=lambda r: r.asked_at, reverse=True),
            people={u.id: u.upn for u in directory.users.values()},
            app_names={a.client_id: a.name for a in directory.apps.values()},
            sign_ins=self._sign_ins(),
            policies=list(_POLICIES),
            calls=office.recent_calls(self._simulation),
            base_url=self._platform.base_url,
            consumers=CONSUMERS_TENANT_ID,
        )

    def _has_people(self, tenant_id: str) -> bool:
        return any(user.tenant_id == tenant_id for user in self._platform.directory.users.values())

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

    async def receive(self, request: Request) -> Response:
        """Deliver the message of the form; a bad form changes nothing and says why."""
        form = await self._form(request)
        address, sender = form.get("address", ""), form.get("sender", "").strip()
        if "@" not in sender:
            return self._page(request, "The sender needs a full address (Absender unvollständig).", 400)
        try:
            subject, body = form.get("subject", ""), form.get("body", "")
            office.deliver(self._simulation.world, address, sender, subject, body)
        except WorldError as error:
            return self._page(request, str(error), 400)
        return RedirectResponse("/?delivered=yes#receive", 303)

    async def decide(self, request: Request) -> Response:
        """Approve or deny one request for an app."""
        form = await self._form(request)
        try:
            is_approved = form.get("decision") == "approve"
            consents.decide(self._platform, request.path_params["request_id"], is_approved=is_approved)
        except ValueError as error:
            return self._page(request, str(error), 400)
        return RedirectResponse("/#approvals", 303)

    async def set_policy(self, request: Request) -> Response:
        """Let a tenant's users consent to apps themselves, or not."""
        form = await self._form(request)
        directory = self._platform.directory
        tenant = directory.tenants.get(request.path_params["tenant_id"])
        policy = _POLICIES.get(form.get("policy", ""))
        if tenant is None or policy is None:
            return self._page(request, "There is no such tenant or policy.", 400)
        directory.put_tenant(replace(tenant, consent_policy=policy))
        return RedirectResponse("/#tenants", 303)

    async def revoke(self, request: Request) -> Response:
        """End a user's sign-ins everywhere, at once, as an administrator would."""
        user = self._platform.user(request.path_params["user_id"])
        if user is None:
            return self._page(request, "There is no such user.", 400)
        happen(self._platform, user, "revoke_sessions")
        self._platform.drop_access_tokens(user.id)
        return RedirectResponse("/#users", 303)

    async def _form(self, request: Request) -> Mapping[str, str]:
        """The sent form; an unreadable one is empty."""
        try:
            return await read_form(request)
        except OAuthError:
            return {}


_POLICIES: dict[str, ConsentPolicy] = {
    "users_may_consent": "users_may_consent",
    "mail_restricted": "mail_restricted",
    "admin_only": "admin_only",
    "approval_workflow": "approval_workflow",
}
