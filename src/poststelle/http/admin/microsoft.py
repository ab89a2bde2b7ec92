"""``/api/settings/microsoft``: the app registration. Secrets go in and never come out."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.http import authn
from poststelle.http.body import Body, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.http.sign_in import APPROVED_PATH, page_of
from poststelle.model.errors import Conflict
from poststelle.model.ids import UserId
from poststelle.providers.graph.sign_in_errors import SignInRefused
from poststelle.providers.graph.tokens import APPROVED_SCOPES
from poststelle.settings import approvals, microsoft
from poststelle.settings.application import PERMISSIONS
from poststelle.settings.microsoft import MicrosoftPatch, MicrosoftView, app_trouble
from poststelle.store.tx import ReadTx


class MicrosoftBody(Body):
    """A field not sent stays; null or an empty text clears it."""

    client_id: str | msgspec.UnsetType | None = msgspec.UNSET
    secret: str | msgspec.UnsetType | None = msgspec.UNSET
    certificate: str | msgspec.UnsetType | None = msgspec.UNSET
    tenant: str | msgspec.UnsetType | None = msgspec.UNSET
    cloud: str | msgspec.UnsetType | None = msgspec.UNSET
    secret_expires_at: str | msgspec.UnsetType | None = msgspec.UNSET
    app_tenant: str | msgspec.UnsetType | None = msgspec.UNSET


class ApplicationAccess(msgspec.Struct):
    """What an administrator at Microsoft approves, so that our program may open mailboxes by itself."""

    tenant: str
    admin_consent_url: str
    page_url: str
    permissions: list[str]


class MicrosoftSettings(msgspec.Struct):
    client_id: str
    has_secret: bool
    has_certificate: bool
    certificate_thumbprint: str | None
    tenant: str
    cloud: str
    secret_expires_at: str | None
    certificate_expires_at: Instant | None
    app_tenant: str | None
    redirect_uri: str
    approved_uri: str
    scopes: list[str]


def routes(services: Services) -> list[Route]:
    store = services.store

    def answer(request: Request, view: MicrosoftView) -> Response:
        body = MicrosoftSettings(
            client_id=view.client_id,
            has_secret=view.has_secret,
            has_certificate=view.has_certificate,
            certificate_thumbprint=view.certificate_thumbprint,
            tenant=view.tenant,
            cloud=view.cloud,
            secret_expires_at=view.secret_expires_at,
            certificate_expires_at=view.certificate_expires_at,
            app_tenant=view.app_tenant,
            redirect_uri=services.desk.redirect_uri,
            approved_uri=services.config.public_url + APPROVED_PATH,
            scopes=list(APPROVED_SCOPES),
        )
        return json_response(request, body)

    async def show(request: Request) -> Response:
        who = await authn.bearer(services, request)
        view = await store.read(microsoft.show, who.user.id, services.ring, services.preset)
        return answer(request, view)

    async def save(request: Request) -> Response:
        who = await authn.bearer(services, request)
        patch = _patch(await read_body(request, MicrosoftBody))
        view = await store.write(
            microsoft.save,
            who.user.id,
            patch,
            ring=services.ring,
            preset=services.preset,
            now=services.clock.now(),
        )
        return answer(request, view)

    async def application(request: Request) -> Response:
        who = await authn.bearer(services, request)
        tenant = await store.read(_tenant, who.user.id, services.ring)
        try:
            app = await services.microsoft()
        except SignInRefused as problem:
            raise app_trouble(problem.aadsts) from problem
        approved = services.config.public_url + APPROVED_PATH
        link = approvals.link_of(services.ring, None)
        url = await app.admin_consent_url(approved, link, tenant, is_application=True)
        page = page_of(services, link)
        return json_response(request, ApplicationAccess(tenant, url, page, list(PERMISSIONS)))

    return [
        Route("/api/settings/microsoft/application", application, methods=["GET"]),
        Route("/api/settings/microsoft", show, methods=["GET"]),
        Route("/api/settings/microsoft", save, methods=["PUT"]),
    ]


def _tenant(tx: ReadTx, by: UserId, ring: KeyRing) -> str:
    require_settings(tx, by)
    tenant = microsoft.application_tenant(tx, ring)
    if tenant is None:
        raise Conflict("application_tenant_missing", "Enter the organisation first.")
    return tenant


def _patch(body: MicrosoftBody) -> MicrosoftPatch:
    def text(value: str | msgspec.UnsetType | None) -> str | None:
        return None if isinstance(value, msgspec.UnsetType) else value or ""

    return MicrosoftPatch(
        client_id=text(body.client_id),
        secret=text(body.secret),
        certificate=text(body.certificate),
        tenant=text(body.tenant),
        cloud=text(body.cloud),
        secret_expires_at=text(body.secret_expires_at),
        app_tenant=text(body.app_tenant),
    )
