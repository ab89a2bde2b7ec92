"""Routes of the sign-in pages: each form changes the flow, then the browser is sent to the page due next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from m365sim.identity import consents, device
from m365sim.identity.app import read_form
from m365sim.identity.apps import tenant_path
from m365sim.identity.authorize import (
    AuthorizeRequest,
    ReturnAddress,
    Returned,
    failure,
    read_admin_consent,
    read_authorize,
    read_device,
    return_url,
    success,
)
from m365sim.identity.errors import OAuthError, description, not_simulated, refusal
from m365sim.identity.grants import Proof
from m365sim.identity.platform import IdentityPlatform
from m365sim.pages import leaving
from m365sim.pages.flow import Desk, Flow, next_step
from m365sim.pages.forms import Forms
from m365sim.pages.render import Renderer
from m365sim.pages.words import Language, choose_language, text

Reader = Callable[[IdentityPlatform, str, Mapping[str, str]], AuthorizeRequest]
Handler = Callable[[Request], Awaitable[Response]]


def sign_in_routes(platform: IdentityPlatform, renderer: Renderer) -> list[Route]:
    """Every page of signing in and out, for the plain-HTTP listener."""
    pages = SignInPages(platform, renderer)
    return [
        Route("/{tenant}/oauth2/v2.0/authorize", pages.start(read_authorize), methods=["GET", "POST"]),
        Route("/{tenant}/v2.0/adminconsent", pages.start(read_admin_consent)),
        Route("/{tenant}/adminconsent", pages.start(read_admin_consent)),
        Route("/{tenant}/oauth2/v2.0/logout", pages.sign_out),
        Route("/{tenant}/oauth2/logout", pages.sign_out),
        Route("/{tenant}/oauth2/deviceauth", pages.device, methods=["GET", "POST"]),
        Route("/devicelogin", pages.device, methods=["GET", "POST"]),
        Route("/login", pages.show),
        Route("/login/{action}", pages.act, methods=["POST"]),
    ]


class SignInPages:
    """The handlers, sharing the flows under way."""

    def __init__(self, platform: IdentityPlatform, renderer: Renderer) -> None:
        self._platform = platform
        self._renderer = renderer
        self._desk = Desk(platform, {})
        self._forms = Forms(platform, self._desk)
        self._cookie = "m365sim_" + platform.pages_url.rpartition(":")[2]

    def start(self, read: Reader) -> Handler:
        """The handler that opens a flow for a request read by ``read``."""

        async def answer(request: Request) -> Response:
            language = _language(request)
            try:
                checked = read(self._platform, request.path_params["tenant"], await _parameters(request))
                return self._open(request, checked, language)
            except Returned as returned:
                is_admin = returned.is_admin_consent
                fields = failure(self._platform, returned.error, returned.back, is_admin_consent=is_admin)
                return self._go_back(returned.back, fields, language)
            except OAuthError as error:
                return self._problem_page(error, language, flow=None)

        return answer

    def _open(self, request: Request, checked: AuthorizeRequest, language: Language) -> Response:
        session_id = request.cookies.get(self._cookie) or self._platform.new_secret()
        flow = self._desk.open(checked, language, session_id)
        response = self._refused_return(flow, flow.refused) if flow.refused else self._render(flow)
        response.set_cookie(self._cookie, session_id, httponly=True, samesite="lax")
        return response

    async def device(self, request: Request) -> Response:
        """Where a person enters the code a device shows; a right one opens the sign-in it waits for."""
        language = _language(request)
        try:
            self._check_device_address(request)
            typed = (await _parameters(request)).get("otc", "")
            if request.method == "GET":
                return self._code_page(language, typed, is_wrong=False)
            code = device.find(self._platform, typed)
            if code is None:
                return self._code_page(language, typed, is_wrong=True)
            checked = read_device(self._platform, code, self._platform.device_codes[code])
        except OAuthError as error:
            return self._problem_page(error, language, flow=None)
        return self._open(request, checked, language)

    def _check_device_address(self, request: Request) -> None:
        """Refuse a tenant nobody knows, and query parameters likewise."""
        if tenant := request.path_params.get("tenant"):
            tenant_path(self._platform, tenant)
        for name in request.query_params:
            if name not in ("otc", "mkt", "ui_locales"):
                raise not_simulated(f"the parameter '{name}'")

    def _code_page(self, language: Language, typed: str, *, is_wrong: bool) -> Response:
        message = text(language, "code_wrong") if is_wrong else ""
        return self._renderer.page("device_code.html", language, typed=typed, message=message)

    async def show(self, request: Request) -> Response:
        """The page a flow stands at."""
        flow = self._flow(request, request.query_params.get("ctx", ""))
        return self._render(flow) if flow else self._expired(request)

    async def act(self, request: Request) -> Response:
        """One sent form: change the flow, then show where it stands, or leave for the app."""
        action = self._forms.action(request.path_params["action"])
        try:
            form = await _parameters(request)
        except OAuthError as error:
            return self._problem_page(error, _language(request), flow=None)
        flow = self._flow(request, form.get("ctx", ""))
        if flow is None:
            return self._expired(request)
        if action is None:
            return Response("There is no such form.", 404)
        if refused := action(flow, form):
            return self._refused_return(flow, refused)
        if next_step(self._platform, flow) == "finish":
            return self._finish(flow)
        return RedirectResponse(f"/login?ctx={flow.id}", 303)

    def _flow(self, request: Request, flow_id: str) -> Flow | None:
        """The flow of this id, if it is alive and was begun in this browser."""
        flow = self._desk.flows.get(flow_id)
        if flow is None or flow.ends_at < self._platform.now():
            return None
        return flow if request.cookies.get(self._cookie) == flow.session_id else None

    # The way out.

    def _finish(self, flow: Flow) -> Response:
        user = self._desk.chosen_user(flow)
        if user is None:
            return RedirectResponse(f"/login?ctx={flow.id}", 303)
        del self._desk.flows[flow.id]
        proof = flow.proof or Proof(self._platform.now())
        if flow.request.device_code is not None:
            device.approve(self._platform, flow.request.device_code, user, proof)
            return self._device_done(flow, is_approved=True)
        fields = success(self._platform, flow.request, user, proof)
        return self._go_back(flow.request.back, fields, flow.language)

    def _refused_return(self, flow: Flow, error: OAuthError) -> Response:
        del self._desk.flows[flow.id]
        request = flow.request
        if request.device_code is not None:
            device.decline(self._platform, request.device_code)
            return self._device_done(flow, is_approved=False)
        fields = failure(self._platform, error, request.back, is_admin_consent=request.is_admin_consent)
        return self._go_back(request.back, fields, flow.language)

    def _device_done(self, flow: Flow, *, is_approved: bool) -> Response:
        app = self._app_name(flow)
        return self._renderer.page("device_done.html", flow.language, app=app, is_approved=is_approved)

    def _go_back(self, back: ReturnAddress, fields: Mapping[str, str], language: Language) -> Response:
        if back.mode == "form_post":
            return self._renderer.page("form_post.html", language, target=back.redirect_uri, fields=fields)
        return RedirectResponse(return_url(back, fields), 303, {"Cache-Control": "no-store"})

    # The pages.

    def _render(self, flow: Flow) -> Response:
        step = next_step(self._platform, flow)
        if step == "finish":
            return self._finish(flow)
        if step == "error" and flow.problem is not None:
            return self._problem_page(flow.problem, flow.language, flow)
        app = self._platform.directory.app(flow.request.client_id)
        user = self._desk.chosen_user(flow)
        account = self._platform.directory.home_of(user) if user else None
        values: dict[str, Any] = {
            "ctx": flow.id,
            "app": self._app_name(flow),
            "publisher": app.publisher if app else "",
            "hint": flow.hint,
            "user": account,
            "known": (known := self._desk.known_accounts(flow)),
            "hinted": next((a.id for a in known if flow.hint.lower() in a.addresses()), ""),
            "message": _message(flow),
            "number": flow.number,
            "permissions": self._permission_texts(flow),
            "is_admin_consent": flow.request.is_admin_consent,
            "may_grant_all": bool(user and user.is_admin and not user.is_personal),
            "may_go_passwordless": bool(account and account.has_mfa),
            "tenant": self._platform.directory.tenants[user.tenant_id].name if user else "",
        }
        return self._renderer.page(f"{step}.html", flow.language, **values)

    def _app_name(self, flow: Flow) -> str:
        app = self._platform.directory.app(flow.request.client_id)
        return app.name if app else flow.request.client_id

    def _permission_texts(self, flow: Flow) -> list[str]:
        user = self._desk.chosen_user(flow)
        if user is None:
            return []
        request = flow.request
        wanted = consents.wanted_scopes(self._platform, user, request.client_id, request.scopes)
        shown = wanted - {"openid", "email"} if "profile" in wanted else wanted - {"openid"}
        lines = {text(flow.language, f"p.{name.lower()}") for name in shown}
        if request.is_admin_consent:
            own = consents.wanted_app_permissions(self._platform, request.client_id, request.scopes)
            lines |= {text(flow.language, f"a.{name.lower()}") for name in own}
        return sorted(lines)

    def _problem_page(self, error: OAuthError, language: Language, flow: Flow | None) -> Response:
        trace = self._platform.trace()
        return self._renderer.page(
            "error.html",
            language,
            status=error.status if flow is None else 200,
            error=error,
            trace=trace,
            copyable=description(error, trace),
            ctx=flow.id if flow else "",
        )

    def _expired(self, request: Request) -> Response:
        return self._renderer.page("expired.html", _language(request), status=400)

    async def sign_out(self, request: Request) -> Response:
        """End the browser's session; go to ``post_logout_redirect_uri`` when an app has registered it."""
        language = _language(request)
        try:
            if name := leaving.unknown_parameter(request):
                raise not_simulated(f"the parameter '{name}'")
            is_left = leaving.sign_out(self._platform, request, request.cookies.get(self._cookie, ""))
        except OAuthError as error:
            return self._problem_page(error, language, flow=None)
        response = leaving.way_back(self._platform, request)
        response = response or self._renderer.page("signed_out.html", language)
        if not is_left:
            response.delete_cookie(self._cookie)
        return response


def _message(flow: Flow) -> str:
    """What stands beside the field that was refused."""
    if flow.remark:
        return text(flow.language, flow.remark)
    return text(flow.language, f"e{flow.message.number}") if flow.message else ""


def _language(request: Request) -> Language:
    query = request.query_params
    wanted = query.get("ui_locales") or query.get("mkt")
    return choose_language(wanted, request.headers.get("accept-language"))


async def _parameters(request: Request) -> Mapping[str, str]:
    """The query of a GET, the form of a POST; raises OAuthError for a body that is no form."""
    if request.method == "POST":
        return await read_form(request)
    pairs = request.query_params.multi_items()
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise refusal(9000411, name=name)
    return dict(pairs)
