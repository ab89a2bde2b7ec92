"""``/api/mailboxes/{account}/…/export`` and ``/import``: internal mailboxes as files, and files into them."""

from collections import Counter
from collections.abc import AsyncIterator
from typing import Literal

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn
from poststelle.http.body import account_id
from poststelle.http.errors import json_response
from poststelle.http.export_response import TYPES, Export
from poststelle.http.services import Services
from poststelle.lib.ids import decode_id, encode_id
from poststelle.mail import export, import_file
from poststelle.mail.export import Source, Writer
from poststelle.mail.exports import Exports, Progress
from poststelle.mail.import_file import Place
from poststelle.model.errors import Invalid, NotFound, TooMany
from poststelle.model.ids import FOLDER, FolderId, UserId
from poststelle.settings import accounts

_IMPORTS_AT_ONCE = 2  # of one user
_AGAIN_S = 5


class ExportRow(msgspec.Struct):
    """``total`` is about how many messages there are; ``left_out`` of the ``done`` ones could not be read."""

    id: int
    folder: str | None
    format: str
    state: Literal["running", "done", "broken_off"]
    done: int
    total: int
    left_out: int


def routes(services: Services) -> list[Route]:
    store, blobs, clock = services.store, services.blobs, services.clock
    exports = Exports()

    async def export_file(request: Request) -> Response:
        """``?format=mbox`` (the default), or ``zip``: a file ``.eml`` for each message."""
        who, account = await authn.bearer(services, request), account_id(request)
        kind = request.query_params.get("format", "mbox")
        if kind not in TYPES:
            raise Invalid("format", "invalid_format", "The format is mbox or zip.")
        folder = _folder(request) if "folder" in request.path_params else None
        source = Source(who.user.id, account, folder)
        progress = exports.begin(who.user.id, account, folder, kind, clock.now())
        try:
            begun = await store.write(export.begin, source, kind, clock.now())
        except BaseException:
            exports.forget(progress)
            raise
        progress.total = begun.total
        write = export.as_zip if kind == "zip" else export.as_mbox
        pieces = write(Writer(store, blobs, clock, source, progress))
        return Export(pieces, f"{begun.name}.{kind}", kind, lambda: exports.end(progress, clock.now()))

    async def list_exports(request: Request) -> Response:
        """The user's own of this mailbox, the newest first."""
        who, account = await authn.bearer(services, request), account_id(request)
        await store.read(accounts.require_reader, who.user.id, account)
        rows = [_row(one) for one in exports.of(who.user.id, account)]
        return json_response(request, {"exports": rows, "may_begin": exports.may_begin(who.user.id)})

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
            place = Place(user, account, _folder(request))
        else:
            archive = await store.read(import_file.archive_of, user, account)
            place = Place(user, account, archive, is_chosen=False)
        done = await import_file.import_file(store, blobs, clock, place, _body(request))
        told = {"messages": done.messages, "refused": done.refused, "missing": done.missing}
        return json_response(request, told)

    base = "/api/mailboxes/{account}"
    return [
        Route(f"{base}/exports", list_exports, methods=["GET"]),
        Route(f"{base}/export", export_file, methods=["GET"]),
        Route(f"{base}/import", import_into, methods=["POST"]),
        Route(f"{base}/folders/{{folder}}/export", export_file, methods=["GET"]),
        Route(f"{base}/folders/{{folder}}/import", import_into, methods=["POST"]),
    ]


def _row(one: Progress) -> ExportRow:
    ended: Literal["done", "broken_off"] = "done" if one.is_complete else "broken_off"
    return ExportRow(
        id=one.id,
        folder=None if one.folder is None else encode_id(FOLDER, one.folder),
        format=one.kind,
        state="running" if one.ended_at is None else ended,
        done=one.done,
        total=one.total,
        left_out=one.left_out,
    )


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
