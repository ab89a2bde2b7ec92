"""Routes of the sign-in pages: each form changes the flow, then the browser is sent to the page due next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from m365sim.identity import consents
from m365sim.identity.app import read_form
from m365sim.identity.apps import owns_redirect_uri
from m365sim.identity.authorize import (
    AuthorizeRequest,
    ReturnAddress,
    Returned,
    failure,
    read_admin_consent,
    read_authorize,
    return_url,
    success,
)
from m365sim.identity.errors import OAuthError, description, refusal
from m365sim.identity.platform import IdentityPlatform
from m365sim.pages.flow import Desk, Flow, next_step
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
        Route("/login", pages.show),
        Route("/login/{action}", pages.act, methods=["POST"]),
    ]


class SignInPages:
    """The handlers, sharing the flows under way."""

    def __init__(self, platform: IdentityPlatform, renderer: Renderer) -> None:
        self._platform = platform
        self._renderer = renderer
        self._desk = Desk(platform, {})
        self._cookie = "m365sim_" + platform.pages_url.rpartition(":")[2]
        self._actions: dict[str, Callable[[Flow, Mapping[str, str]], OAuthError | None]] = {
            "account": self._account,
            "pick": self._pick,
            "password": self._password,
            "other": self._other,
            "consent": self._consent,
            "approval": self._approval,
            "leave": self._leave,
        }

    def start(self, read: Reader) -> Handler:
        """The handler that opens a flow for a request read by ``read``."""

        async def answer(request: Request) -> Response:
            language = _language(request)
            try:
                return self._open(request, read, await _parameters(request), language)
            except Returned as returned:
                fields = failure(self._platform, returned.error, returned.back)
                return self._go_back(returned.back, fields, language)
            except OAuthError as error:
                return self._problem_page(error, language, flow=None)

        return answer

    def _open(
        self, request: Request, read: Reader, parameters: Mapping[str, str], language: Language
    ) -> Response:
        checked = read(self._platform, request.path_params["tenant"], parameters)
        session_id = request.cookies.get(self._cookie) or self._platform.new_secret()
        flow = self._desk.open(checked, language, session_id)
        response = self._render(flow)
        response.set_cookie(self._cookie, session_id, httponly=True, samesite="lax")
        return response

    async def show(self, request: Request) -> Response:
        """The page a flow stands at."""
        flow = self._flow(request, request.query_params.get("ctx", ""))
        return self._render(flow) if flow else self._expired(request)

    async def act(self, request: Request) -> Response:
        """One sent form: change the flow, then show where it stands, or leave for the app."""
        action = self._actions.get(request.path_params["action"])
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

    # What each form does. An error is the answer the app gets instead of a code.

    def _account(self, flow: Flow, form: Mapping[str, str]) -> OAuthError | None:
        self._desk.enter_account(flow, form.get("loginfmt", ""))
        return None

    def _pick(self, flow: Flow, form: Mapping[str, str]) -> OAuthError | None:
        for user in self._desk.known_users(flow):
            if user.id == form.get("user"):
                self._desk.choose(flow, user)
        return None

    def _password(self, flow: Flow, form: Mapping[str, str]) -> OAuthError | None:
        self._desk.enter_password(flow, form.get("passwd", ""))
        return None

    def _other(self, flow: Flow, form: Mapping[str, str]) -> OAuthError | None:
        self._desk.use_another_account(flow)
        return None

    def _consent(self, flow: Flow, form: Mapping[str, str]) -> OAuthError | None:
        if form.get("choice") != "accept":
            return refusal(65004)
        user = self._desk.chosen_user(flow)
        if user is None or next_step(self._platform, flow) != "consent":
            return None
        request = flow.request
        for_tenant = request.is_admin_consent or form.get("for_tenant") == "yes"
        consents.grant(self._platform, user, request.client_id, request.scopes, for_tenant=for_tenant)
        flow.has_consented = True
        return None

    def _approval(self, flow: Flow, form: Mapping[str, str]) -> OAuthError | None:
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

    def _leave(self, flow: Flow, form: Mapping[str, str]) -> OAuthError | None:
        app = self._platform.directory.app(flow.request.client_id)
        user = self._desk.chosen_user(flow)
        tenant = self._platform.directory.tenants[user.tenant_id].name if user else "-"
        number = 90095 if flow.has_asked_approval else 90094
        return refusal(number, app=app.name if app else "-", tenant=tenant)

    # The way out.

    def _finish(self, flow: Flow) -> Response:
        user = self._desk.chosen_user(flow)
        if user is None:
            return RedirectResponse(f"/login?ctx={flow.id}", 303)
        del self._desk.flows[flow.id]
        fields = success(self._platform, flow.request, user)
        return self._go_back(flow.request.back, fields, flow.language)

    def _refused_return(self, flow: Flow, error: OAuthError) -> Response:
        del self._desk.flows[flow.id]
        request = flow.request
        fields = failure(self._platform, error, request.back, is_admin_consent=request.is_admin_consent)
        return self._go_back(request.back, fields, flow.language)

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
        values: dict[str, Any] = {
            "ctx": flow.id,
            "app": app.name if app else flow.request.client_id,
            "publisher": app.publisher if app else "",
            "hint": flow.hint,
            "user": user,
            "known": self._desk.known_users(flow),
            "message": _message(flow),
            "permissions": self._permission_texts(flow),
            "is_admin_consent": flow.request.is_admin_consent,
            "may_grant_all": bool(user and user.is_admin and not user.is_personal),
            "tenant": self._platform.directory.tenants[user.tenant_id].name if user else "",
        }
        return self._renderer.page(f"{step}.html", flow.language, **values)

    def _permission_texts(self, flow: Flow) -> list[str]:
        user = self._desk.chosen_user(flow)
        if user is None:
            return []
        request = flow.request
        wanted = consents.wanted_scopes(self._platform, user, request.client_id, request.scopes)
        shown = wanted - {"openid", "email"} if "profile" in wanted else wanted - {"openid"}
        return sorted(text(flow.language, f"p.{name.lower()}") for name in shown)

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
        session_id = request.cookies.get(self._cookie, "")
        self._platform.sessions.pop(session_id, None)
        target = request.query_params.get("post_logout_redirect_uri", "")
        if target and self._is_registered(target):
            state = request.query_params.get("state")
            mark = "&" if "?" in target else "?"
            response: Response = RedirectResponse(target + (f"{mark}state={state}" if state else ""), 303)
        else:
            response = self._renderer.page("signed_out.html", _language(request))
        response.delete_cookie(self._cookie)
        return response

    def _is_registered(self, url: str) -> bool:
        return any(owns_redirect_uri(app, url) for app in self._platform.directory.apps.values())


def _message(flow: Flow) -> str:
    """What stands beside the field that was refused."""
    if flow.message is None:
        return ""
    return text(flow.language, f"e{flow.message.number}")


def _language(request: Request) -> Language:
    query = request.query_params
    wanted = query.get("ui_locales") or query.get("mkt")
    return choose_language(wanted, request.headers.get("accept-language"))


async def _parameters(request: Request) -> Mapping[str, str]:
    """The query of a GET, the form of a POST; raises OAuthError for a body that is no form."""
    if request.method == "POST":
        return read_form(await request.body(), request.headers.get("content-type", ""))
    pairs = request.query_params.multi_items()
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise refusal(9000411, name=name)
    return dict(pairs)
