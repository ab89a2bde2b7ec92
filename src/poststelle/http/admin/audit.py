"""``/api/audit``: who did what, newest first; as a file; and the proof that nothing of it was changed."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from poststelle.access import erasure, trail
from poststelle.access.rights import require_settings
from poststelle.http import authn, table, wire
from poststelle.http.asked import period
from poststelle.http.body import Body, parse_account, query_int, read_body
from poststelle.http.errors import json_response
from poststelle.http.proof import ProofBody, asking
from poststelle.http.services import Services
from poststelle.http.shapes import Instant
from poststelle.lib.ids import decode_id
from poststelle.model.errors import Invalid
from poststelle.model.ids import MESSAGE, USER, MessageId, UserId
from poststelle.settings import integrity
from poststelle.settings import trail as settings
from poststelle.settings.integrity import Integrity
from poststelle.store.audit import Filter
from poststelle.store.proofs import Kind
from poststelle.store.tx import ReadTx

PAGE = 100
_KIND = re.compile(r"[a-z_]{1,40}")
_COLUMNS = ("id", "at", "user", "user_name", "user_login", "action", "account", "subject", "detail", "hash")
_TYPES = {"csv": table.TYPE, "jsonl": "application/jsonl"}


class AuditSettings(Body):
    """``keep_months`` null: for ever."""

    keep_months: int | None


class AuditSettingsBody(AuditSettings):
    """Fewer months than now need ``proof``."""

    proof: ProofBody | None = None


class ErasureBody(Body):
    """``user``: the id of somebody who is deleted. Needs ``proof``."""

    user: str
    proof: ProofBody | None = None


class VerifiedRow(msgspec.Struct):
    """``since``: when sealing began. ``removed``: entries whose time was over. ``erased``: which no longer
    say whom they are about. ``unsealed`` entries have waited for their seal since ``unsealed_since``, which
    takes a minute else: nothing proves them."""

    since: Instant | None
    entries: int
    removed: int
    erased: int
    broken: list[dict[str, Any]]
    unsealed: int
    unsealed_since: Instant | None


def routes(services: Services) -> list[Route]:
    store, ring = services.store, services.ring

    async def entries(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await store.read(
            trail.entries,
            who.user.id,
            _filter(request),
            before=_before(request),
            limit=query_int(request, "limit") or PAGE,
        )
        return json_response(request, {"entries": [wire.audit_row(entry) for entry in found]})

    async def export(request: Request) -> Response:
        who = await authn.bearer(services, request)
        wanted, kind = _filter(request), request.query_params.get("format", "csv")
        if kind not in _TYPES:
            raise Invalid("format", "invalid_format", "The format is csv or jsonl.")
        now = services.clock.now()
        await store.write(trail.begin_export, who.user.id, wanted, kind, now)
        name = f"audit-{now:%Y-%m-%d}.{kind}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        lines = _lines(services, who.user.id, wanted, _csv_line if kind == "csv" else _json_line)
        first = [table.line(_COLUMNS)] if kind == "csv" else []
        return StreamingResponse(_after(first, lines), media_type=_TYPES[kind], headers=headers)

    async def verify(request: Request) -> Response:
        who = await authn.bearer(services, request)
        found = await trail.verified(store, ring, who.user.id)
        now = services.clock.now()
        await store.write(integrity.note_found, ring, Kind.TRAIL, found.faults(), now)
        return json_response(request, _verified_row(found, await store.read(integrity.look, ring, now)))

    async def proof(request: Request) -> Response:
        who = await authn.bearer(services, request)
        now = services.clock.now()
        return json_response(request, await store.read(_state, who.user.id, services, now))

    async def erase(request: Request) -> Response:
        who = await authn.bearer(services, request)
        body = await read_body(request, ErasureBody)
        person = _known_user(body.user)
        await store.read(require_settings, who.user.id)  # the right, before the costly hash
        by = await asking(services, request, who, body.proof)
        await by.write(erasure.ask, person, services.clock.now(), ring=ring)
        return json_response(request, {}, status=202)

    async def show_settings(request: Request) -> Response:
        who = await authn.bearer(services, request)
        months = await store.read(settings.keep_months, who.user.id, ring)
        return json_response(request, AuditSettings(months))

    async def save_settings(request: Request) -> Response:
        who = await authn.bearer(services, request)
        await store.read(settings.keep_months, who.user.id, ring)  # the right, before the costly hash
        body, now = await read_body(request, AuditSettingsBody), services.clock.now()
        by = await asking(services, request, who, body.proof)
        months = await by.write(settings.set_keep_months, body.keep_months, ring=ring, now=now)
        return json_response(request, AuditSettings(months))

    return [
        Route("/api/audit", entries, methods=["GET"]),
        Route("/api/audit/export", export, methods=["GET"]),
        Route("/api/audit/verify", verify, methods=["POST"]),
        Route("/api/audit/proof", proof, methods=["GET"]),
        Route("/api/audit/erase", erase, methods=["POST"]),
        Route("/api/settings/audit", show_settings, methods=["GET"]),
        Route("/api/settings/audit", save_settings, methods=["PUT"]),
    ]


def _state(tx: ReadTx, by: UserId, services: Services, now: datetime) -> wire.TrailState:
    require_settings(tx, by)
    return wire.trail_state(integrity.look(tx, services.ring, now))


def _filter(request: Request) -> Filter:
    """Raises Invalid or NotFound for what can't be meant."""
    asked = request.query_params
    account, message, kind = asked.get("account"), asked.get("message"), asked.get("kind")
    if kind is not None and not _KIND.fullmatch(kind):
        raise Invalid("kind", "invalid_kind", "A kind is what an action begins with, such as grant.")
    if message is not None and account is None:
        raise Invalid("message", "account_missing", "Name the message's mailbox, too.")
    since, until = period(request)
    return Filter(
        account=parse_account(account) if account else None,
        user=_user(asked.get("user")),
        kind=kind,
        since=since,
        until=until,
        message=_message(message),
    )


def _user(text: str | None) -> UserId | None:
    return None if text is None else _known_user(text)


def _known_user(text: str) -> UserId:
    number = decode_id(USER, text)
    if number is None:
        raise Invalid("user", "invalid_user", "This is no user's id.")
    return UserId(number)


def _message(text: str | None) -> MessageId | None:
    number = None if text is None else decode_id(MESSAGE, text)
    if text is not None and number is None:
        raise Invalid("message", "invalid_message", "This is no message's id.")
    return None if number is None else MessageId(number)


def _before(request: Request) -> tuple[int, int] | None:
    text = request.query_params.get("before")
    if text is None:
        return None
    chain, dot, number = text.partition(".")
    if not dot or not all(part.isdecimal() and part.isascii() and len(part) < 16 for part in (chain, number)):
        raise Invalid("before", "invalid_entry", "before is an entry's id.")
    return int(chain), int(number)


async def _lines(
    services: Services, by: UserId, wanted: Filter, line: Callable[[wire.AuditRow, str], str]
) -> AsyncIterator[str]:
    """All that match, newest first; ends where the right ends."""
    before = None
    while True:
        args = (by, wanted)
        some = await services.store.read(trail.entries, *args, before=before, limit=trail.MAX_ENTRIES)
        if not some:
            return
        before = (some[-1].chain, some[-1].number)
        yield "".join(line(wire.audit_row(one), one.hash.hex() if one.hash else "") for one in some)


async def _after(first: list[str], rest: AsyncIterator[str]) -> AsyncIterator[str]:
    for piece in first:
        yield piece
    async for piece in rest:
        yield piece


def _json_line(row: wire.AuditRow, hash_: str) -> str:
    return msgspec.json.encode(msgspec.structs.asdict(row) | {"hash": hash_}).decode() + "\n"


def _csv_line(row: wire.AuditRow, hash_: str) -> str:
    user = row.user or {"id": "", "name": "", "login": ""}
    said = (row.action, row.account, row.subject, msgspec.json.encode(row.detail).decode(), hash_)
    return table.line((row.id, row.at.isoformat(), user["id"], user["name"], user["login"], *said))


def _verified_row(found: trail.Verified, seen: Integrity) -> VerifiedRow:
    broken = [
        {"account": wire.account_text(one.account_id), "number": one.number, "why": one.why}
        for one in found.broken
    ]
    waiting = (seen.unsealed, seen.unsealed_since)
    return VerifiedRow(found.since, found.entries, found.removed, found.erased, broken, *waiting)
