"""``/api/mailboxes/{account}/…/export`` and ``/import``: internal mailboxes as files, and files into them."""

from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import account_id
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.lib.ids import decode_id
from poststelle.mail import export, import_file
from poststelle.mail.export import Source
from poststelle.mail.import_file import Place
from poststelle.model.errors import Invalid, NotFound, TooMany
from poststelle.model.ids import FOLDER, FolderId, UserId

_IMPORTS_AT_ONCE = 2  # of one user
_AGAIN_S = 5
_TYPES = {"mbox": "application/mbox", "zip": "application/zip"}


def routes(services: Services) -> list[Route]:
    store, blobs, clock = services.store, services.blobs, services.clock

    async def export_file(request: Request) -> Response:
        """``?format=mbox`` (the default), or ``zip``: a file ``.eml`` for each message."""
        who, account = await authn.bearer(services, request), account_id(request)
        kind = request.query_params.get("format", "mbox")
        if kind not in _TYPES:
            raise Invalid("format", "invalid_format", "The format is mbox or zip.")
        folder = _folder(request) if "folder" in request.path_params else None
        source = Source(who.user.id, account, folder)
        name = await store.write(export.begin, source, kind, clock.now())
        write = export.as_zip if kind == "zip" else export.as_mbox
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(f'{name}.{kind}', safe='')}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingResponse(write(store, blobs, source), media_type=_TYPES[kind], headers=headers)

    under_way: Counter[UserId] = Counter()

    async def import_into(request: Request) -> Response:
        """A message is in memory until its end has come, however slowly: a user brings few files at once."""
        who = await authn.bearer(services, request)
        if under_way[who.user.id] >= _IMPORTS_AT_ONCE:
            raise TooMany(
                "too_many_imports", "You are importing files already; wait for one to end.", after_s=_AGAIN_S
            )
        under_way[who.user.id] += 1
        try:
            return await take_in(request, who.user.id)
        finally:
            under_way[who.user.id] -= 1
            if not under_way[who.user.id]:
                del under_way[who.user.id]

    async def take_in(request: Request, user: UserId) -> Response:
        account = account_id(request)
        if "folder" in request.path_params:
            folder = _folder(request)
        else:
            folder = await store.read(import_file.archive_of, user, account)
        place = Place(user, account, folder)
        done = await import_file.import_file(store, blobs, clock, place, _body(request))
        return json_response(request, {"messages": done.messages, "refused": done.refused})

    base = "/api/mailboxes/{account}"
    return [
        Route(f"{base}/export", export_file, methods=["GET"]),
        Route(f"{base}/import", import_into, methods=["POST"]),
        Route(f"{base}/folders/{{folder}}/export", export_file, methods=["GET"]),
        Route(f"{base}/folders/{{folder}}/import", import_into, methods=["POST"]),
    ]


def _folder(request: Request) -> FolderId:
    number = decode_id(FOLDER, str(request.path_params["folder"]))
    if number is None:
        raise NotFound("no_such_folder", "There is no such folder.")
    return FolderId(number)


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as gone:
        raise Invalid(
            "file", "broken_off", "The transfer broke off; what had come before is stored."
        ) from gone
