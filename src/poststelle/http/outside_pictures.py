"""``/api/mailboxes/{account}/pictures``: what mail shows from the internet, fetched by the server."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, account_id, read_body
from poststelle.http.jmap.ids import BlobRef, parse_any_blob
from poststelle.http.services import Services
from poststelle.model.errors import NotFound

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


class PictureBody(Body):
    """``blob``: the message, or one attached to it, as its blob id. ``url`` stands in no address, for such
    addresses tell who was written to."""

    blob: str
    url: str


def routes(services: Services) -> list[Route]:
    async def show(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, PictureBody)
        ref = parse_any_blob(body.blob)
        if ref is None or not isinstance(ref.base, BlobRef):
            raise NotFound("no_such_part", "This message is not there any more.")
        picture = await services.pictures.show(who.user.id, account, ref.base.message_id, body.url)
        return Response(picture.octets, media_type=picture.type, headers=_HEADERS)

    return [Route("/api/mailboxes/{account}/pictures", show, methods=["POST"])]
