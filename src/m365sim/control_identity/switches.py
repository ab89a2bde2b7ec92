"""Control of how the platform behaves: planned failures, lifetimes, tokens and decisions without pages."""

from __future__ import annotations

from dataclasses import asdict

from msgspec import UNSET
from starlette.requests import Request

from m365sim.control.reading import Refused, read
from m365sim.control_identity.bodies import (
    AppTokenBody,
    DecisionBody,
    DeviceFlowBody,
    FailBody,
    LifetimeBody,
    TokenBody,
)
from m365sim.control_identity.door import Door, Row
from m365sim.identity import consents, device
from m365sim.identity import scopes as permissions
from m365sim.identity.grants import Proof
from m365sim.identity.issue import Issue, app_token_answer, token_answer
from m365sim.identity.kinds import KINDS, Place


class Controls(Door):
    """The calls."""

    def rows(self) -> list[Row]:
        """Method, path below ``/control/identity``, function."""
        return [
            ("GET", "", self.show),
            ("GET", "/errors", self.errors),
            ("GET", "/fail-next", self.planned),
            ("POST", "/fail-next", self.fail_next),
            ("DELETE", "/fail-next", self.clear_planned),
            ("PUT", "/access-token-lifetime", self.set_lifetime),
            ("PUT", "/device-flow", self.set_device_flow),
            ("POST", "/device-codes/{user_code}/{decision}", self.decide_device),
            ("POST", "/tokens", self.issue),
            ("POST", "/app-tokens", self.issue_app),
            ("POST", "/approvals/{request_id}/{decision}", self.decide),
        ]

    async def show(self, request: Request) -> object:
        """Everything there is."""
        platform = self.platform
        directory, switches = platform.directory, platform.switches
        refresh = platform.refresh_tokens.values()
        return {
            "cloud": platform.cloud.name,
            "tenants": [asdict(t) for t in directory.tenants.values()],
            "users": [
                asdict(u) | {"refresh_tokens": sum(g.user_id == u.id for g in refresh)}
                for u in directory.users.values()
            ],
            "apps": [asdict(a) for a in directory.apps.values()],
            "consents": [asdict(c) for c in directory.consents],
            "app_grants": [asdict(g) for g in directory.app_grants],
            "role_assignments": [asdict(a) for a in directory.rbac.assignments.values()],
            "access_policies": [asdict(p) for p in directory.rbac.policies.values()],
            "groups": {group: sorted(members) for group, members in directory.rbac.groups.items()},
            "approvals": [asdict(a) for a in platform.approvals.values()],
            "device_codes": [
                {"user_code": g.user_code, "client_id": g.client_id, "state": g.state}
                for g in platform.device_codes.values()
            ],
            "fail_sign_in": switches.fail_sign_in,
            "fail_token": switches.fail_token,
            "access_token_s": switches.access_token_s,
            "device_flow": {
                "lifetime_s": switches.device_code_s,
                "interval_s": switches.device_interval_s,
                "slow_down": switches.device_slow_down,
            },
        }

    async def errors(self, request: Request) -> object:
        """Every number that can be made to appear, what it is called, and where."""
        return [
            {
                "number": number,
                "error": kind.error,
                "token_error": kind.token_error or kind.error,
                "status": kind.status,
                "suberror": kind.suberror,
                "has_claims": kind.policy is not None,
                "places": kind.places,
            }
            for number, kind in sorted(KINDS.items())
        ]

    async def fail_next(self, request: Request) -> object:
        """Plan failures of the next sign-ins and token requests."""
        body = await read(request, FailBody)
        for number in body.sign_in:
            _check_number(number, ("page", "redirect"), "a sign-in")
        for number in body.token:
            _check_number(number, ("token",), "a token request")
        switches = self.platform.switches
        switches.fail_sign_in.extend(body.sign_in)
        switches.fail_token.extend(body.token)
        return {"sign_in": switches.fail_sign_in, "token": switches.fail_token}

    async def planned(self, request: Request) -> object:
        """The failures that are still to come."""
        switches = self.platform.switches
        return {"sign_in": switches.fail_sign_in, "token": switches.fail_token}

    async def clear_planned(self, request: Request) -> object:
        """Drop them; how many there were."""
        switches = self.platform.switches
        cleared = len(switches.fail_sign_in) + len(switches.fail_token)
        switches.fail_sign_in.clear()
        switches.fail_token.clear()
        return {"cleared": cleared}

    async def set_lifetime(self, request: Request) -> object:
        """Set how long new access tokens live."""
        body = await read(request, LifetimeBody)
        if body.seconds is not None and body.seconds < 1:
            raise Refused("seconds must be at least 1.")
        self.platform.switches.access_token_s = body.seconds
        return {"seconds": body.seconds}

    async def set_device_flow(self, request: Request) -> object:
        """Set how device codes behave from now on."""
        body, switches = await read(request, DeviceFlowBody), self.platform.switches
        for seconds in (body.lifetime_s, body.interval_s):
            if seconds is not UNSET and seconds < 1:
                raise Refused("Seconds must be at least 1.")
        if body.lifetime_s is not UNSET:
            switches.device_code_s = body.lifetime_s
        if body.interval_s is not UNSET:
            switches.device_interval_s = body.interval_s
        if body.slow_down is not UNSET:
            switches.device_slow_down = body.slow_down
        return {
            "lifetime_s": switches.device_code_s,
            "interval_s": switches.device_interval_s,
            "slow_down": switches.device_slow_down,
        }

    async def decide_device(self, request: Request) -> object:
        """Approve a device code as a user, with the consent it takes, or decline it."""
        body, decision = await read(request, DecisionBody), request.path_params["decision"]
        if decision not in ("approve", "decline"):
            raise Refused("A device code is approved or declined: /approve or /decline.", 404)
        code = device.find(self.platform, request.path_params["user_code"])
        if code is None:
            raise Refused("No device code waits for this user code.", 404)
        if decision == "decline":
            device.decline(self.platform, code)
            return {"state": "declined"}
        grant, user = self.platform.device_codes[code], self.user(body.user)
        consents.grant(self.platform, user, grant.client_id, grant.scopes)
        device.approve(self.platform, code, user, Proof(self.platform.now()))
        return {"state": "approved"}

    async def issue(self, request: Request) -> object:
        """Tokens for a user without pages."""
        body = await read(request, TokenBody)
        user, app = self.user(body.user), self.app(body.client_id)
        asked = permissions.parse(body.scopes, self.platform.graph_hosts())
        consents.grant(self.platform, user, app.client_id, asked.names)
        issue = Issue(
            user=user,
            client_id=app.client_id,
            tenant_segment=user.tenant_id,
            asked=consents.wanted_scopes(self.platform, user, app.client_id, asked.names),
            granted=consents.granted_scopes(self.platform, user, app.client_id),
            is_full=asked.is_full,
            proof=Proof(self.platform.now(), body.has_password, body.has_mfa),
            kind=body.client,
            is_cae=body.is_cae,
        )
        return token_answer(self.platform, issue)

    async def issue_app(self, request: Request) -> object:
        """An app-only token without a secret."""
        body = await read(request, AppTokenBody)
        tenant, app = self.tenant(body.tenant), self.app(body.client_id)
        return app_token_answer(self.platform, tenant.id, app.client_id, is_cae=body.is_cae)

    async def decide(self, request: Request) -> object:
        """Approve or deny a request for an app."""
        decision = request.path_params["decision"]
        if decision not in ("approve", "deny"):
            raise Refused("A request is approved or denied: /approve or /deny.", 404)
        try:
            request_id = request.path_params["request_id"]
            return asdict(consents.decide(self.platform, request_id, is_approved=decision == "approve"))
        except ValueError as error:
            raise Refused(str(error), 404) from error


def _check_number(number: int, places: tuple[Place, ...], what: str) -> None:
    kind = KINDS.get(number)
    if kind is None:
        raise Refused(f"AADSTS{number} is not known here; GET /control/identity/errors lists what is.")
    if not set(places) & set(kind.places):
        where = " and ".join(kind.places)
        raise Refused(f"AADSTS{number} does not appear at {what}. It belongs to: {where}.")
