"""``/api/mailboxes``: the accounts a user is assigned to, for the drop-down and the sign-in pages."""

from datetime import datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from poststelle.http import authn, wire
from poststelle.http.body import Body, account_id, read_body
from poststelle.http.errors import json_response
from poststelle.http.services import Services
from poststelle.lib.ids import decode_id, encode_id
from poststelle.mail import categories, correspondents, folders, organise, queue
from poststelle.mail.queue import Waiting
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import FOLDER, MESSAGE, SUBMISSION, USER, FolderId, MessageId, OpId
from poststelle.model.writeback import Notice
from poststelle.settings import accounts, notices
from poststelle.settings.wakes import Wakes


class NoticeRow(msgspec.Struct):
    """``user`` is whose change it was; null when we changed it ourselves."""

    id: int
    at: datetime
    kind: str
    message: str
    code: str
    detail: str
    user: str | None
    folder: str | None


class WaitingRow(msgspec.Struct):
    """``message`` is null for a change of a folder; ``problem`` before the first failure.

    ``submission`` and ``waits_for`` are null but for a letter.
    """

    id: int
    kind: str
    message: str | None
    subject: str
    target: str | None
    at: datetime
    user: str | None
    attempts: int
    problem: str | None
    due_at: datetime
    is_in_flight: bool
    submission: str | None
    waits_for: str | None


class PersonRow(msgspec.Struct):
    name: str
    email: str


class EmptyBody(Body):
    """``up_to`` is the id of the latest message that goes; without it everything does."""

    up_to: str | None = None


class CopyBody(Body):
    message: str
    folder: str


class LookBody(Body):
    folder: str


def routes(services: Services) -> list[Route]:
    """One's own mailboxes; hints beyond what one user may ask are answered alike and have no effect."""
    store, clock, wakes = services.store, services.clock, Wakes()

    async def list_mine(request: Request) -> Response:
        who = await authn.bearer(services, request)
        mine = await store.read(accounts.my_accounts, who.user.id)
        return json_response(request, [wire.mailbox_row(m) for m in mine])

    async def refresh(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        await store.read(accounts.require_reader, who.user.id, account)
        if wakes.may(who.user.id, account, clock.now()):
            await store.write(accounts.wake, who.user.id, account, clock.now())
            services.wake_sync(account)
        return json_response(request, {}, status=202)

    async def look(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, LookBody)
        number = decode_id(FOLDER, body.folder)
        named = None if number is None else FolderId(number)
        folder = await store.read(accounts.require_folder, who.user.id, account, named)
        if wakes.may(who.user.id, account, clock.now()):
            services.look_at(account, folder)
        return json_response(request, {}, status=202)

    async def list_queue(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        found = await store.read(queue.list_waiting, who.user.id, account)
        rows = [_waiting(w) for w in found.waiting]
        return json_response(request, {"waiting": rows, "total": found.total})

    async def send_now(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        await store.write(queue.send_now, who.user.id, account, _op(request), clock.now())
        services.wake_writeback(account)
        return json_response(request, {}, status=202)

    async def give_up(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        await store.write(queue.give_up, who.user.id, account, _op(request), clock.now())
        services.wake_writeback(account)
        return json_response(request, {})

    async def empty(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        number = decode_id(FOLDER, str(request.path_params["folder"]))
        if number is None:
            raise NotFound("no_such_folder", "There is no such folder.")
        until = (await read_body(request, EmptyBody)).up_to
        up_to = None if until is None else decode_id(MESSAGE, until)
        if until is not None and up_to is None:
            raise Invalid("up_to", "invalid_id", "up_to is the id of a message.")
        emptied = await store.write(
            folders.empty,
            who.user.id,
            account,
            FolderId(number),
            clock.now(),
            up_to=None if up_to is None else MessageId(up_to),
        )
        services.wake_writeback(account)
        return json_response(request, {"left": emptied.left, "held": emptied.held})

    async def copy(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        body = await read_body(request, CopyBody)
        folder, message = decode_id(FOLDER, body.folder), decode_id(MESSAGE, body.message)
        if folder is None or message is None:
            raise NotFound("no_such_message", "This message is not there any more.")
        wanted = (MessageId(message), FolderId(folder))
        await store.write(organise.copy, who.user.id, account, *wanted, clock.now())
        services.wake_writeback(account)
        return json_response(request, {}, status=202)

    async def list_people(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        found = await store.read(correspondents.of_account, who.user.id, account, clock.now())
        return json_response(request, {"people": [PersonRow(one.name, one.email) for one in found]})

    async def list_categories(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        found = await store.read(categories.of_account, who.user.id, account)
        return json_response(request, {"categories": found})

    async def list_notices(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        found = await store.read(notices.list_all, who.user.id, account)
        return json_response(request, {"notices": [_notice(n) for n in found]})

    async def dismiss(request: Request) -> Response:
        who, account = await authn.bearer(services, request), account_id(request)
        number = str(request.path_params["notice"])
        if not number.isdecimal() or len(number) > 15:
            raise NotFound("no_such_notice", "There is no such notice.")
        await store.write(notices.dismiss, who.user.id, account, int(number))
        return json_response(request, {})

    return [
        Route("/api/mailboxes", list_mine, methods=["GET"]),
        Route("/api/mailboxes/{account}/refresh", refresh, methods=["POST"]),
        Route("/api/mailboxes/{account}/look", look, methods=["POST"]),
        Route("/api/mailboxes/{account}/copies", copy, methods=["POST"]),
        Route("/api/mailboxes/{account}/queue", list_queue, methods=["GET"]),
        Route("/api/mailboxes/{account}/queue/{op}/send", send_now, methods=["POST"]),
        Route("/api/mailboxes/{account}/queue/{op}", give_up, methods=["DELETE"]),
        Route("/api/mailboxes/{account}/folders/{folder}/empty", empty, methods=["POST"]),
        Route("/api/mailboxes/{account}/people", list_people, methods=["GET"]),
        Route("/api/mailboxes/{account}/categories", list_categories, methods=["GET"]),
        Route("/api/mailboxes/{account}/notices", list_notices, methods=["GET"]),
        Route("/api/mailboxes/{account}/notices/{notice}", dismiss, methods=["DELETE"]),
    ]


def _notice(notice: Notice) -> NoticeRow:
    return NoticeRow(
        id=notice.id,
        at=notice.at,
        kind=notice.kind.value,
        message=encode_id(MESSAGE, notice.message_id),
        code=notice.code,
        detail=notice.detail,
        user=None if notice.user_id is None else encode_id(USER, notice.user_id),
        folder=notice.folder,
    )


def _waiting(waiting: Waiting) -> WaitingRow:
    return WaitingRow(
        id=waiting.id,
        kind=waiting.kind,
        message=None if waiting.message_id is None else encode_id(MESSAGE, waiting.message_id),
        subject=waiting.subject,
        target=waiting.target,
        at=waiting.at,
        user=None if waiting.user_id is None else encode_id(USER, waiting.user_id),
        attempts=waiting.attempts,
        problem=waiting.problem,
        due_at=waiting.due_at,
        is_in_flight=waiting.is_in_flight,
        submission=None if waiting.submission is None else encode_id(SUBMISSION, waiting.submission),
        waits_for=waiting.waits_for,
    )


def _op(request: Request) -> OpId:
    number = str(request.path_params["op"])
    if not number.isdecimal() or len(number) > 15:
        raise NotFound("no_such_change", "This change does not wait any more.")
    return OpId(int(number))
