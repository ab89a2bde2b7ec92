"""To Microsoft and back: three addresses that browsers are sent to, and the guide for approval.

The callback's answer is always a redirect to a page of the web UI, so neither
code nor state stays in the address bar or the history.
"""

from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, account_id, parse_account, parse_sign_in, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.lib.ids import encode_id
from poststelle.model.errors import LoginNeeded, NotFound
from poststelle.model.ids import ACCOUNT, AccountId
from poststelle.providers.graph.sign_in_errors import SignInRefused
from poststelle.providers.graph.tokens import APPROVED_SCOPES
from poststelle.settings import accounts, microsoft
from poststelle.settings.address import to_ascii
from poststelle.settings.microsoft import app_trouble
from poststelle.settings.sign_in import Outcome, SignInFailed, begin, finish
from poststelle.settings.sign_ins import Wish

CALLBACK_PATH = "/sign-in/microsoft/callback"
APPROVED_PATH = "/sign-in/microsoft/approved"
UNKNOWN = "unknown"
APPLICATION = "application"  # the state of an approval that is about no single mailbox
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
    """What an administrator at Microsoft is asked for, and the link to hand on."""

    admin_consent_url: str
    scopes: list[str]
    client_id: str


def routes(services: Services) -> list[Route]:
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
        tenant = None if used.tenant not in {"organizations", "common"} else _domain(asked.address)
        url = await app.admin_consent_url(
            services.config.public_url + APPROVED_PATH, encode_id(ACCOUNT, account), tenant
        )
        return json_response(request, Approval(url, list(APPROVED_SCOPES), used.client_id))

    async def approved(request: Request) -> Response:
        """The administrator comes back, often without a login here; nothing is believed but the way to go on.

        Source: Microsoft identity platform, "Admin consent": the returned tenant is not to be trusted.
        """
        query = request.query_params
        if query.get("state") == APPLICATION and not query.get("error"):
            return _go("/settings/basic/microsoft?approved=1")
        try:
            account = parse_account(query.get("state", ""))
        except NotFound:
            account = None
        if query.get("error"):
            return _result(account, Outcome.APPROVAL_NEEDED, query["error"][:_MAX_DETAIL])
        return _go(f"/sign-in/result/{_name(account)}?outcome=approved")

    return [
        Route(CALLBACK_PATH, callback, methods=["GET"]),
        Route(APPROVED_PATH, approved, methods=["GET"]),
        Route("/sign-in/microsoft/{account}", start, methods=["POST"]),
        Route("/api/mailboxes/{account}/approval", approval, methods=["GET"]),
    ]


def _domain(address: str) -> str:
    """The tenant by its domain: an administrator of several then approves in the right one."""
    return to_ascii(address).rpartition("@")[2]


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
