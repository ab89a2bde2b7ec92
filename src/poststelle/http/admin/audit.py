"""``/api/audit``: who did what, newest first."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.access import trail
from poststelle.http import authn, wire
from poststelle.http.body import parse_account, query_int
from poststelle.http.errors import json_response
from poststelle.http.services import Services

PAGE = 100


def routes(services: Services) -> list[Route]:
    async def entries(request: Request) -> Response:
        who = await authn.bearer(services, request)
        account, before = request.query_params.get("account"), query_int(request, "before")
        found = await services.store.read(
            trail.entries,
            who.user.id,
            account=parse_account(account) if account else None,
            before=before,
            limit=query_int(request, "limit") or PAGE,
        )
        return json_response(request, {"entries": [wire.audit_row(entry) for entry in found]})

    return [Route("/api/audit", entries, methods=["GET"])]
