"""To Microsoft and back: three addresses that browsers are sent to, and the guide for approval.

The callback's answer is always a redirect to a page of the web UI, so neither
code nor state stays in the address bar or the history.
"""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from poststelle.auth.crypto import KeyRing
from poststelle.http import authn
from poststelle.http.body import Body, account_id, parse_sign_in, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.lib.ids import encode_id
from poststelle.model.account import AccountState
from poststelle.model.errors import LoginNeeded, NotFound
from poststelle.model.ids import ACCOUNT, AccountId
from poststelle.providers.graph.sign_in_errors import SignInRefused
from poststelle.providers.graph.tokens import APPROVED_SCOPES
from poststelle.settings import accounts, approvals, microsoft
from poststelle.settings.application import PERMISSIONS
from poststelle.settings.microsoft import Preset, app_trouble
from poststelle.settings.sign_in import Outcome, SignInFailed, begin, finish
from poststelle.settings.sign_ins import Wish
from poststelle.store import accounts as stored_accounts
from poststelle.store.tx import ReadTx

CALLBACK_PATH = "/sign-in/microsoft/callback"
APPROVED_PATH = "/sign-in/microsoft/approved"
UNKNOWN = "unknown"
APPROVE_PATH = "/approve"  # the page for whoever is to approve, with the link behind it
_MAX_DETAIL = 60


class BeginBody(Body):
    confirm: bool = False
    is_reserve: bool = False
    renews: str | None = None
    is_shared: bool = False


def _wish(body: BeginBody) -> Wish:
    renews = None if body.renews is None else parse_sign_in(body.renews)
    return Wish(body.is_reserve, renews, body.is_shared)


class Approval(msgspec.Struct):
    """What an administrator at Microsoft is asked for, and the link to hand on.

    ``page_url``: our page that explains it to who is handed the link.
    """

    admin_consent_url: str
    scopes: list[str]
    client_id: str
    page_url: str
    asked_at: datetime | None
    given_at: datetime | None


class ApprovalPage(msgspec.Struct):
    """The same for who was handed the page, and has no login here: no mailbox is named.

    ``organisation`` null: any that is the reader's. ``permissions``: those of the application by itself.
    """

    admin_consent_url: str
    scopes: list[str]
    permissions: list[str]
    client_id: str
    organisation: str | None
    is_given: bool


def routes(services: Services) -> list[Route]:
    approved_url = services.config.public_url + APPROVED_PATH

    async def start(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, BeginBody)
        url = await begin(
            services.desk,
            who.user.id,
            who.login.token_hash,
            account,
            _wish(body),
            is_confirmed=body.confirm,
        )
        return json_response(request, {"url": url})

    async def callback(request: Request) -> Response:
        try:
            who = await authn.bearer(services, request)
            params = dict(request.query_params)
            account = await finish(services.desk, who.user.id, who.login.token_hash, params)
        except LoginNeeded:
            return _result(None, Outcome.EXPIRED, "login_needed")
        except SignInFailed as failed:
            return _result(failed.account, failed.outcome, failed.detail, signed_in_as=failed.signed_in_as)
        services.forget_remote(account)
        services.wake_sync(account)
        return _go(f"/mail/{encode_id(ACCOUNT, account)}?signed_in=1")

    async def approval(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        asked = await services.store.read(accounts.require_reader, who.user.id, account)
        try:
            app = await services.microsoft()
        except SignInRefused as problem:
            raise app_trouble(problem.aadsts) from problem
        used = await services.store.read(microsoft.credentials, services.ring, services.preset)
        link = approvals.link_of(services.ring, account)
        url = await app.admin_consent_url(approved_url, link, approvals.tenant_of(used.tenant, asked.address))
        waits = await services.store.read(approvals.of, account)
        answer = Approval(
            admin_consent_url=url,
            scopes=list(APPROVED_SCOPES),
            client_id=used.client_id,
            page_url=page_of(services, link),
            asked_at=waits.asked_at if waits else None,
            given_at=waits.given_at if waits else None,
        )
        return json_response(request, answer)

    async def page(request: Request) -> Response:
        link = str(request.path_params["link"])
        told = await services.store.read(_told, services.ring, services.preset, link)
        try:
            app = await services.microsoft()
        except SignInRefused as problem:
            raise app_trouble(problem.aadsts) from problem
        url = await app.admin_consent_url(
            approved_url, link, told.organisation, is_application=told.is_application
        )
        answer = ApprovalPage(
            admin_consent_url=url,
            scopes=list(APPROVED_SCOPES),
            permissions=list(PERMISSIONS) if told.is_application else [],
            client_id=told.client_id,
            organisation=told.organisation,
            is_given=told.is_given,
        )
        return json_response(request, answer)

    async def approved(request: Request) -> Response:
        """The administrator comes back, often without a login here; nothing is believed but the way to go on.

        Source: Microsoft identity platform, "Admin consent": the returned tenant is not to be trusted.
        """
        query = request.query_params
        link = query.get("state", "")
        account = approvals.account_of(services.ring, link)
        if query.get("error"):
            return _result(account, Outcome.APPROVAL_NEEDED, query["error"][:_MAX_DETAIL])
        if approvals.about(services.ring, link) == approvals.APPLICATION and await _is_here(request):
            return _go("/settings/basic/microsoft?approved=1")
        if account is not None:
            await services.store.write(approvals.note_given, account, services.clock.now())
        return _go(f"/sign-in/result/{_name(account)}?outcome=approved")

    async def _is_here(request: Request) -> bool:
        try:
            await authn.bearer(services, request)
        except LoginNeeded:
            return False
        return True

    return [
        Route(CALLBACK_PATH, callback, methods=["GET"]),
        Route(APPROVED_PATH, approved, methods=["GET"]),
        Route("/sign-in/microsoft/{account}", start, methods=["POST"]),
        Route("/api/mailboxes/{account}/approval", approval, methods=["GET"]),
        Route("/api/approvals/{link}", page, methods=["GET"]),
    ]


def page_of(services: Services, link: str) -> str:
    """The page to hand on."""
    return f"{services.config.public_url}{APPROVE_PATH}/{link}"


@dataclass(frozen=True, slots=True)
class _Told:
    """What a link of ours is about."""

    client_id: str
    organisation: str | None
    is_application: bool
    is_given: bool


def _told(tx: ReadTx, ring: KeyRing, preset: Preset, link: str) -> _Told:
    """Raises NotFound ``no_such_approval`` for a link that is not ours, or is about nothing any more."""
    used = microsoft.credentials(tx, ring, preset)
    if approvals.about(ring, link) == approvals.APPLICATION:
        return _Told(used.client_id, microsoft.application_tenant(tx, ring), True, False)
    number = approvals.account_of(ring, link)
    account = None if number is None else stored_accounts.get(tx, number)
    if account is None:
        raise NotFound("no_such_approval", "This link is not one of ours, or its mailbox is gone.")
    waits = approvals.of(tx, account.id)
    is_given = account.state is AccountState.CONNECTED if waits is None else waits.given_at is not None
    return _Told(used.client_id, approvals.tenant_of(used.tenant, account.address), False, is_given)


def _result(
    account: AccountId | None, outcome: Outcome, detail: str = "", *, signed_in_as: str = ""
) -> Response:
    """To the result page. An address goes behind the ``#``: no server and no proxy ever sees it."""
    query = {"outcome": outcome.value} | ({"detail": detail} if detail else {})
    fragment = "#" + urlencode({"signed_in_as": signed_in_as}) if signed_in_as else ""
    return _go(f"/sign-in/result/{_name(account)}?{urlencode(query)}{fragment}")


def _go(url: str) -> Response:
    return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})


def _name(account: AccountId | None) -> str:
    return UNKNOWN if account is None else encode_id(ACCOUNT, account)
