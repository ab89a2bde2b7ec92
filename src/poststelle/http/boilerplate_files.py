"""The files of templates: brought as they are, given out, put into letters."""

from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from poststelle.http import authn, boilerplate
from poststelle.http.body import account_id
from poststelle.http.errors import json_response
from poststelle.http.jmap.ids import upload_text
from poststelle.http.jmap.upload import fit_type
from poststelle.http.services import Services
from poststelle.lib.ids import decode_id
from poststelle.model.draft import Octets
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import KEPT_FILE, KeptFileId
from poststelle.submission import boilerplate_files


class BroughtRow(msgspec.Struct):
    """A file as a blob of the mail API, known to its bringer for a day."""

    blob: str
    name: str
    type: str
    size: int


def routes(services: Services) -> list[Route]:
    store, blobs, clock = services.store, services.blobs, services.clock

    async def add(request: Request) -> Response:
        """``?name=``; the body is the file, ``Content-Type`` its type."""
        who, id_ = await authn.bearer(services, request), boilerplate.named(request)
        room = await store.read(boilerplate_files.room, who.user.id, id_)
        stored = await blobs.put(_limited(request, room))
        name, type_ = request.query_params.get("name", ""), fit_type(request.headers.get("content-type", ""))
        octets = Octets(stored.sha256, stored.size)
        made = await store.write(boilerplate_files.add, who.user.id, id_, name, type_, octets, clock.now())
        return json_response(request, boilerplate.row(made), status=201)

    async def remove(request: Request) -> Response:
        who, id_ = await authn.bearer(services, request), boilerplate.named(request)
        changed = await store.write(boilerplate_files.remove, who.user.id, id_, _file(request), clock.now())
        return json_response(request, boilerplate.row(changed))

    async def download(request: Request) -> Response:
        """Always a file to be saved: nothing that somebody brought is shown as a page of ours."""
        who, id_ = await authn.bearer(services, request), boilerplate.named(request)
        kept, chunks = await boilerplate_files.opened(store, blobs, who.user.id, id_, _file(request))
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}",
            "Content-Length": str(kept.octets.size),
            "Cache-Control": "no-store",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingResponse(chunks, media_type="application/octet-stream", headers=headers)

    async def bring(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        id_ = boilerplate.named(request)
        brought = await boilerplate_files.bring(store, blobs, who.user.id, account, id_, clock.now())
        rows = [
            BroughtRow(upload_text(one.upload), one.file.name, one.file.content_type, one.file.octets.size)
            for one in brought
        ]
        return json_response(request, {"files": rows}, status=201)

    files = "/api/boilerplate/{boilerplate}/files"
    return [
        Route(files, add, methods=["POST"]),
        Route(f"{files}/{{file}}", download, methods=["GET"]),
        Route(f"{files}/{{file}}", remove, methods=["DELETE"]),
        Route("/api/mailboxes/{account}/boilerplate/{boilerplate}/files", bring, methods=["POST"]),
    ]


async def _limited(request: Request, room: int) -> AsyncIterator[bytes]:
    """The body; refused as soon as it grows too large, whatever its header said."""
    seen = 0
    try:
        async for chunk in request.stream():
            seen += len(chunk)
            if seen > room:
                raise Conflict("files_too_large", "This file is too large for a template.", most=room)
            yield chunk
    except ClientDisconnect as gone:
        raise Invalid("file", "broken_off", "The transfer broke off.") from gone


def _file(request: Request) -> KeptFileId:
    number = decode_id(KEPT_FILE, str(request.path_params["file"]))
    if not number:
        raise NotFound("no_such_file", "This file is not there any more.")
    return KeptFileId(number)
