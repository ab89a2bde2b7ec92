"""``/api/settings/microsoft``: the app registration. Secrets go in and never come out."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.http.sign_in import APPROVED_PATH
from poststelle.providers.graph.tokens import SCOPES
from poststelle.settings import microsoft
from poststelle.settings.microsoft import MicrosoftPatch, MicrosoftView


class MicrosoftBody(msgspec.Struct):
    """A field not sent stays; null or an empty text clears it."""

    client_id: str | msgspec.UnsetType | None = msgspec.UNSET
    secret: str | msgspec.UnsetType | None = msgspec.UNSET
    certificate: str | msgspec.UnsetType | None = msgspec.UNSET
    tenant: str | msgspec.UnsetType | None = msgspec.UNSET
    cloud: str | msgspec.UnsetType | None = msgspec.UNSET
    secret_expires_at: str | msgspec.UnsetType | None = msgspec.UNSET


class MicrosoftSettings(msgspec.Struct):
    client_id: str
    has_secret: bool
    has_certificate: bool
    certificate_thumbprint: str | None
    tenant: str
    cloud: str
    secret_expires_at: str | None
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
            redirect_uri=services.desk.redirect_uri,
            approved_uri=services.config.public_url + APPROVED_PATH,
            scopes=list(SCOPES),
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

    return [
        Route("/api/settings/microsoft", show, methods=["GET"]),
        Route("/api/settings/microsoft", save, methods=["PUT"]),
    ]


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
    )
