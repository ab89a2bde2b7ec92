"""Activity records: whether a mailbox has them, and the list in which people find them."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from poststelle.http import authn, table
from poststelle.http.asked import direction as asked_direction
from poststelle.http.asked import period
from poststelle.http.body import Body, account_id, parse_account, query_int, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.lib.ids import decode_id, encode_id
from poststelle.mail import recording
from poststelle.model.activity import Activity
from poststelle.model.errors import Invalid
from poststelle.model.ids import ACCOUNT, FOLDER, MESSAGE, THREAD, AccountId, MessageId, UserId
from poststelle.settings import recording as settings
from poststelle.store.activities import Place, Wanted

PAGE = 50
_TYPES = {"csv": table.TYPE, "jsonl": "application/jsonl"}
_COLUMNS = ("at", "direction", "mailbox", "name", "address", "subject", "preview", "thread", "message")


class RecordingBody(Body):
    """What is left out stays as it is. ``keep_months`` null: for ever; ``confirm``: older records may go."""

    is_on: bool | msgspec.UnsetType = msgspec.UNSET
    keep_months: int | msgspec.UnsetType | None = msgspec.UNSET
    confirm: bool = False


class RecordingRow(msgspec.Struct):
    """``turned_at``: when it was turned on or off; null: it never was. ``webhooks``: the names of those that
    records are passed on to.
    """

    is_on: bool
    turned_at: datetime | None
    keep_months: int | None
    webhooks: list[str]


class RecordRow(msgspec.Struct):
    """``folder``: where the message still is; null: it has gone."""

    account: str
    message: str
    thread: str
    direction: str
    at: datetime
    subject: str
    preview: str
    contacts: list[list[str]]
    folder: str | None


def routes(services: Services) -> list[Route]:
    store, clock = services.store, services.clock

    async def option(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        return json_response(request, await shown(who.user.id, account))

    async def turn(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body, now = await read_body(request, RecordingBody), clock.now()
        await store.read(settings.may_change, who.user.id, account)
        if not isinstance(body.is_on, msgspec.UnsetType):
            await store.write(settings.turn, who.user.id, account, is_on=body.is_on, now=now)
        if not isinstance(body.keep_months, msgspec.UnsetType):
            wanted = (who.user.id, account, body.keep_months)
            await store.write(settings.set_months, *wanted, is_confirmed=body.confirm, now=now)
        return json_response(request, await shown(who.user.id, account))

    async def shown(by: UserId, account: AccountId) -> RecordingRow:
        found = await store.read(settings.get, by, account)
        told_to = await store.read(settings.told_to, by, account)
        if found is None:
            return RecordingRow(False, None, None, told_to)
        return RecordingRow(found.is_on, found.turned_at, found.keep_months, told_to)

    async def records(request: Request) -> Response:
        who = await authn.bearer(services, request)
        account, asked = _account(request), request.query_params
        limit = max(1, min(query_int(request, "limit") or PAGE, recording.MOST_AT_ONCE))
        wanted: dict[str, Any] = {"below": _place(asked.get("before")), "limit": limit}
        found = await store.read(recording.find, who.user.id, account, _wanted(request), **wanted)
        more = _cursor(found[-1]) if len(found) == limit else None
        return json_response(request, {"records": [_row(one) for one in found], "next": more})

    async def export(request: Request) -> Response:
        """``?format=csv`` (the default), a line for each contact, or ``jsonl``, one for each record."""
        who = await authn.bearer(services, request)
        account, wanted, now = _account(request), _wanted(request), clock.now()
        kind = request.query_params.get("format", "csv")
        if kind not in _TYPES:
            raise Invalid("format", "invalid_format", "The format is csv or jsonl.")
        await store.write(recording.begin_export, who.user.id, account, kind, now)
        headers = {
            "Content-Disposition": f'attachment; filename="activities-{now:%Y-%m-%d}.{kind}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        lines = _lines(services, who.user.id, account, wanted, is_table=kind == "csv")
        return StreamingResponse(lines, media_type=_TYPES[kind], headers=headers)

    base = "/api/mailboxes/{account}/recording"
    return [
        Route(base, option, methods=["GET"]),
        Route(base, turn, methods=["PUT"]),
        Route("/api/records", records, methods=["GET"]),
        Route("/api/records/export", export, methods=["GET"]),
    ]


def _account(request: Request) -> AccountId | None:
    text = request.query_params.get("account")
    return None if text is None else parse_account(text)


def _wanted(request: Request) -> Wanted:
    """Raises Invalid for what can't be meant."""
    asked = request.query_params
    direction = asked_direction(request)
    since, until = period(request)
    return Wanted(
        words=recording.sought(asked.get("q", "")),
        email=asked.get("email") or None,
        direction=direction,
        since=since,
        until=until,
    )


def _cursor(one: Activity) -> str:
    at, account, message = recording.place_of(one)
    return f"{at}-{encode_id(ACCOUNT, account)}-{encode_id(MESSAGE, message)}"


def _place(text: str | None) -> Place | None:
    """The place that a cursor of ours names. Raises Invalid."""
    if text is None:
        return None
    at, _, rest = text.partition("-")
    account, _, message = rest.partition("-")
    ids = decode_id(ACCOUNT, account), decode_id(MESSAGE, message)
    if not (at.isascii() and at.isdecimal() and len(at) <= 15) or ids[0] is None or ids[1] is None:
        raise Invalid("before", "invalid_cursor", "before is what an earlier answer called next.")
    return Place(int(at), AccountId(ids[0]), MessageId(ids[1]))


def _row(one: Activity) -> RecordRow:
    return RecordRow(
        account=encode_id(ACCOUNT, one.account_id),
        message=encode_id(MESSAGE, one.message_id),
        thread=encode_id(THREAD, one.thread_id),
        direction=one.direction.value,
        at=one.at,
        subject=one.subject,
        preview=one.preview,
        contacts=[[person.name, person.email] for person in one.contacts],
        folder=None if one.folder_id is None else encode_id(FOLDER, one.folder_id),
    )


async def _lines(
    services: Services, by: UserId, account: AccountId | None, wanted: Wanted, *, is_table: bool
) -> AsyncIterator[str]:
    """All that match, newest first. The right is asked for again with each page: where it ends, the file
    breaks off.
    """
    if is_table:
        yield table.line(_COLUMNS)
    names = await services.store.read(recording.mailboxes, by)
    below: Place | None = None
    limit = recording.MOST_AT_ONCE
    while True:
        some = await services.store.read(recording.find, by, account, wanted, below=below, limit=limit)
        if some:
            yield "".join(_csv_lines(one, names) if is_table else _json_line(one, names) for one in some)
        if len(some) < limit:
            return
        below = recording.place_of(some[-1])


def _json_line(one: Activity, names: Mapping[AccountId, str]) -> str:
    row = msgspec.structs.asdict(_row(one)) | {"mailbox": names.get(one.account_id, "")}
    return msgspec.json.encode(row).decode() + "\n"


def _csv_lines(one: Activity, names: Mapping[AccountId, str]) -> str:
    row, mailbox = _row(one), names.get(one.account_id, "")
    first, last = (row.at.isoformat(), row.direction, mailbox), (row.subject, row.preview, row.thread)
    return "".join(table.line((*first, who.name, who.email, *last, row.message)) for who in one.contacts)
