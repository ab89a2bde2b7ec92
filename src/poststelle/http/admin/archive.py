"""``/api/archives``: turned on and off, looked through, taken away as files, proven to be unchanged."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from poststelle.access.rights import require_settings
from poststelle.http import authn, wire
from poststelle.http.asked import direction as asked_direction
from poststelle.http.asked import period
from poststelle.http.body import Body, account_id, given, instant, query_int, read_body
from poststelle.http.errors import json_response
from poststelle.http.export_response import TYPES, Export
from poststelle.http.proof import ProofBody, asking
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.http.wire import FaultRow
from poststelle.mail import archive_proof, archive_reading
from poststelle.mail.archive_proof import Portion
from poststelle.mail.archive_reading import Writer
from poststelle.mail.exports import Exports
from poststelle.model.archive import ArchiveEntry, Letter
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.settings import archive as settings
from poststelle.settings import integrity
from poststelle.settings.archive import ArchiveSheet
from poststelle.store.archive import Wanted
from poststelle.store.proofs import Kind

PAGE = 50


class ArchiveBody(Body):
    """What is left out stays as it is. ``with_old``: also what is here already; ``keep_months`` null: for
    ever. ``ends_vip``: of an archive whose mailbox was deleted here. To turn it off and to keep what it holds
    for less than so far need ``proof``.
    """

    is_on: bool | msgspec.UnsetType = msgspec.UNSET
    with_old: bool = False
    keep_months: int | msgspec.UnsetType | None = msgspec.UNSET
    confirm: bool = False
    ends_vip: bool = False
    proof: ProofBody | None = None


class DestroyBody(Body):
    """Needs ``proof``."""

    address: str = ""
    proof: ProofBody | None = None


class VerifyBody(Body):
    after: int = 0


class ArchiveRow(msgspec.Struct):
    """``is_there``: its mailbox is. ``state``: none, on, off or gone: there must be one, and nobody here has
    deleted it.

    ``waiting`` messages are still to be put in; of ``old_total`` that were here before, ``old_done`` are
    through. ``proven_at``: when the last proof of all of it was through, which saw ``proven_entries``;
    ``broken``: what it has found, or a glance at it.
    """

    account: str
    address: str
    is_there: bool
    is_vip: bool
    state: Literal["none", "on", "off", "gone"]
    turned_at: Instant | None
    keep_months: int | None
    messages: int
    octets: int
    oldest: Instant | None
    newest: Instant | None
    waiting: int
    is_filling: bool
    old_done: int
    old_total: int
    problem: str | None
    proven_at: Instant | None
    proven_entries: int
    broken: list[FaultRow]


class EntryRow(msgspec.Struct):
    """``kind``: message, text (its octets could not be had: ``why``), or on, off, pruned, without a
    message.
    """

    number: int
    archived_at: Instant
    kind: str
    why: str | None = None
    at: datetime | None = None
    direction: str | None = None
    from_: list[list[str]] = msgspec.field(name="from", default_factory=list)
    to: list[list[str]] = msgspec.field(default_factory=list)
    subject: str | None = None
    message_id: str | None = None
    sha256: str | None = None
    size: int | None = None
    entries: int | None = None


class PortionRow(msgspec.Struct):
    at: int
    length: int
    seen: int
    removed: int
    is_end: bool
    broken: list[dict[str, Any]]


def routes(services: Services) -> list[Route]:
    store, blobs, clock, ring = services.store, services.blobs, services.clock, services.ring
    exports = Exports()

    async def list_all(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(settings.sheets, who.user.id, ring=ring, now=clock.now())
        return json_response(request, {"archives": [_row(one) for one in found]})

    async def one(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        return await row(request, who.user.id, account)

    async def row(request: Request, by: UserId, account: AccountId) -> Response:
        found = await store.read(settings.sheet, by, account, ring=ring, now=clock.now())
        return json_response(request, _row(found))

    async def change(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        await store.read(require_settings, who.user.id)  # the right, before the costly hash
        body, now = await read_body(request, ArchiveBody), clock.now()
        by = await asking(services, request, who, body.proof)
        is_on = given(body.is_on)
        if is_on is True or (is_on is None and body.with_old):
            told: dict[str, Any] = {"with_old": body.with_old, "ring": ring, "now": now}
            await store.write(settings.turn_on, who.user.id, account, **told)
        elif is_on is False:
            await by.write(settings.turn_off, account, ring=ring, now=now)
        if not isinstance(body.keep_months, msgspec.UnsetType):
            wanted = (account, body.keep_months)
            await by.write(settings.set_months, *wanted, is_confirmed=body.confirm, ring=ring, now=now)
        if body.ends_vip:
            await store.write(settings.end_vip, who.user.id, account, now)
        return await row(request, who.user.id, account)

    async def destroy(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        await store.read(require_settings, who.user.id)  # the right, before the costly hash
        body = await read_body(request, DestroyBody)
        by = await asking(services, request, who, body.proof)
        await by.write(settings.destroy, account, body.address, ring=ring, now=clock.now())
        return json_response(request, {})

    async def entries(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        wanted, below = _wanted(request), query_int(request, "before")
        if below is None:
            await store.write(archive_reading.note_search, who.user.id, account, wanted, clock.now())
        limit = query_int(request, "limit") or PAGE
        asked = (who.user.id, account, wanted)
        found = await store.read(archive_reading.entries, *asked, below=below, limit=limit)
        return json_response(request, {"entries": [_entry(entry) for entry in found]})

    async def message(request: Request) -> Response:
        """One message as it was put in. It is never shown by the browser: what it holds is hostile."""
        who, account = await authn.bearer(services, request), account_id(request)
        number = str(request.path_params["number"])
        if not number.isdecimal() or not number.isascii() or len(number) > 15:
            raise NotFound("no_such_entry", "The archive holds no such message.")
        wanted = (who.user.id, account, int(number))
        letter = await store.write(archive_reading.begin_reading, *wanted, clock.now())
        opened = await archive_reading.open_message(blobs, letter)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(opened.name, safe='')}.eml",
            "Content-Length": str(opened.size),
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return StreamingResponse(opened.chunks, media_type="message/rfc822", headers=headers)

    async def export(request: Request) -> Response:
        """``?format=mbox`` (the default) or ``zip``, of a period."""
        who, account = await authn.bearer(services, request), account_id(request)
        kind = request.query_params.get("format", "mbox")
        if kind not in TYPES:
            raise Invalid("format", "invalid_format", "The format is mbox or zip.")
        wanted = Wanted(since=instant(request, "since"), until=instant(request, "until"))
        progress = exports.begin(who.user.id, account, None, kind, clock.now())
        try:
            asked = (who.user.id, account, wanted, kind)
            begun = await store.write(archive_reading.begin_export, *asked, clock.now())
        except BaseException:
            exports.forget(progress)
            raise
        progress.total = begun.total
        writer = Writer(store, blobs, clock, who.user.id, account, wanted, progress)
        pieces: AsyncIterator[bytes] = (
            archive_reading.as_zip(writer) if kind == "zip" else archive_reading.as_mbox(writer)
        )
        return Export(pieces, f"{begun.name}.{kind}", kind, lambda: exports.end(progress, clock.now()))

    async def verify(request: Request) -> Response:
        """A portion: whoever asks goes on after ``at`` until it is the end."""
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, VerifyBody)
        wanted = (who.user.id, account, max(body.after, 0))
        found = await archive_proof.verified(store, blobs, ring, *wanted)
        if found is None:
            raise NotFound("no_such_archive", "This mailbox has no archive.")
        if found.is_end or found.broken:
            wrong = {int(account): found.faults()} if found.broken else {}
            await store.write(integrity.note_found, ring, Kind.ARCHIVE, wrong, clock.now())
        return json_response(request, _portion(found))

    base = "/api/archives"
    return [
        Route(base, list_all, methods=["GET"]),
        Route(f"{base}/{{account}}", one, methods=["GET"]),
        Route(f"{base}/{{account}}", change, methods=["PUT"]),
        Route(f"{base}/{{account}}", destroy, methods=["DELETE"]),
        Route(f"{base}/{{account}}/entries", entries, methods=["GET"]),
        Route(f"{base}/{{account}}/entries/{{number}}/message", message, methods=["GET"]),
        Route(f"{base}/{{account}}/export", export, methods=["GET"]),
        Route(f"{base}/{{account}}/verify", verify, methods=["POST"]),
    ]


def _wanted(request: Request) -> Wanted:
    """Raises Invalid for what can't be meant."""
    asked = request.query_params
    direction = asked_direction(request)
    since, until = period(request)
    return Wanted(
        words=archive_reading.words_of(asked.get("q", "")),
        direction=direction,
        since=since,
        until=until,
    )


def _row(sheet: ArchiveSheet) -> ArchiveRow:
    found, reach = sheet.archive, sheet.reach
    account = wire.account_text(sheet.account_id) or ""
    proven: dict[str, Any] = {
        "proven_at": sheet.proven and sheet.proven.at,
        "proven_entries": 0 if sheet.proven is None else sheet.proven.entries,
        "broken": wire.fault_rows(sheet.account_id, sheet.broken),
    }
    if found is None or reach is None:
        none: dict[str, Any] = dict.fromkeys(("turned_at", "keep_months", "oldest", "newest", "problem"))
        zero: dict[str, Any] = dict.fromkeys(("messages", "octets", "waiting", "old_done", "old_total"), 0)
        return ArchiveRow(
            account=account,
            address=sheet.address,
            is_there=sheet.is_there,
            is_vip=sheet.is_vip,
            state="gone" if sheet.is_gone else "none",
            is_filling=False,
            **proven,
            **none,
            **zero,
        )
    return ArchiveRow(
        account=account,
        address=sheet.address,
        is_there=sheet.is_there,
        is_vip=sheet.is_vip,
        state="on" if found.is_on else "off",
        turned_at=found.turned_at,
        keep_months=found.keep_months,
        messages=found.messages,
        octets=found.octets,
        oldest=reach.oldest,
        newest=reach.newest,
        waiting=reach.waiting,
        is_filling=found.fill_below is not None or reach.waiting_old > 0,
        old_done=max(found.fill_passed - reach.waiting_old, 0),
        old_total=max(found.fill_total, found.fill_passed),
        problem=found.problem,
        **proven,
    )


def _entry(entry: ArchiveEntry) -> EntryRow:
    told = entry.told
    row = EntryRow(
        entry.number,
        entry.archived_at,
        entry.kind.value,
        why=told.get("why"),
        entries=told.get("entries"),
    )
    return row if entry.letter is None else _with_message(row, entry.letter)


def _with_message(row: EntryRow, one: Letter) -> EntryRow:
    return msgspec.structs.replace(
        row,
        at=one.at,
        direction=one.direction.value,
        from_=[[person.name, person.email] for person in one.from_],
        to=[[person.name, person.email] for person in one.to],
        subject=one.subject,
        message_id=one.message_id,
        sha256=one.sha256,
        size=one.size,
    )


def _portion(found: Portion) -> PortionRow:
    broken = [{"number": one.number, "why": one.why} for one in found.broken]
    return PortionRow(found.at, found.length, found.seen, found.removed, found.is_end, broken)
