"""``/api/mailboxes/{account}/messages/{message}/history``: what was done with a message, and who did it."""

from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import account_id, message_id, query_int
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.mail import deeds
from poststelle.mail.deeds import Deed
from poststelle.model.ids import UserId

PAGE = 50


class DeedRow(msgspec.Struct):
    """``name`` null: nobody of us, or it has been erased since."""

    at: datetime
    action: str
    name: str | None
    is_mine: bool
    folder: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...]


def routes(services: Services) -> list[Route]:
    async def history(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        below, limit = query_int(request, "before"), query_int(request, "limit") or PAGE
        asked = (who.user.id, account, message_id(request))
        found = await services.store.read(deeds.of_message, *asked, below=below, limit=limit)
        rows = [_row(one, who.user.id) for one in found.deeds]
        return json_response(request, {"deeds": rows, "next": found.next})

    return [Route("/api/mailboxes/{account}/messages/{message}/history", history, methods=["GET"])]


def _row(one: Deed, user: UserId) -> DeedRow:
    return DeedRow(one.at, one.action, one.name, one.user_id == user, one.folder, one.added, one.removed)
