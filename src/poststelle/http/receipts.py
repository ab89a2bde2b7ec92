"""``/api/mailboxes/{account}/messages/{message}/receipt``: whether a read receipt is sent."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import Body, account_id, message_id, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.mail.originals import Reach
from poststelle.submission import receipts


class ReceiptBody(Body):
    """``send`` null takes a "no" back. ``to``: where it may go though the message is from somebody else."""

    send: bool | None
    to: str | None = None


def routes(services: Services) -> list[Route]:
    store = services.store

    async def answer(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, ReceiptBody)
        message = message_id(request)
        if body.send:
            reach = Reach(store, services.blobs, services.open_remote, who.user.id)
            await receipts.send(reach, services.clock, account, message, body.to)
        else:
            say = receipts.ask_again if body.send is None else receipts.decline
            await store.write(say, who.user.id, account, message)
        return json_response(request, {})

    return [Route("/api/mailboxes/{account}/messages/{message}/receipt", answer, methods=["POST"])]
