"""The control API's routes, all under ``/control``. Described in ``docs/m365sim/control.md``."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from m365sim.control import mail, snapshot, switches, wire
from m365sim.control.faults import fault_line
from m365sim.control.reading import Act, Refused, answered, endpoint
from m365sim.control.reading import read as _read
from m365sim.control.reading import whole as _whole_body
from m365sim.control.reading import with_body as _with
from m365sim.control.settings import settings_routes
from m365sim.control.subscriptions import SubscriptionsDoor
from m365sim.directory import CONSUMERS_TENANT_ID, User, new_user_id
from m365sim.journal import CallRecord
from m365sim.world import tree
from m365sim.world.agenda import run_due
from m365sim.world.errors import FolderExists, NoSuchFolder, NoSuchMailbox, NoSuchMessage, WorldError
from m365sim.world.mailbox import Mailbox
from m365sim.world.simulation import Simulation

_STATUSES = {NoSuchMailbox: 404, NoSuchFolder: 404, NoSuchMessage: 404, FolderExists: 409, WorldError: 400}
_OPTIONS = {
    ("POST", "/control/mailboxes/{mailbox}/messages"): ("folder",),
    ("DELETE", "/control/mailboxes/{mailbox}/folders/{folder:path}"): ("permanently",),
    ("GET", "/control/calls"): ("path", "mailbox", "limit"),
}
"""Query options by route; others have none."""
_ADDRESS = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")


def control_routes(sim: Simulation) -> list[Route]:
    """Routes with whole paths (``/control/...``) for the plain-HTTP listener."""
    door, subscriptions = _Control(sim), SubscriptionsDoor(sim)
    box = "/control/mailboxes/{mailbox}"
    table: list[tuple[str, str, Act]] = [
        ("GET", "/control/mailboxes", door.list_mailboxes),
        ("POST", "/control/mailboxes", door.create_mailbox),
        ("GET", box, door.get_mailbox),
        ("PATCH", box, door.change_mailbox),
        ("DELETE", box, door.remove_mailbox),
        ("GET", box + "/snapshot", door.snapshot),
        ("GET", box + "/sent", door.list_sent),
        ("POST", box + "/messages", door.receive),
        ("POST", box + "/changes", door.change),
        ("POST", box + "/poison", door.poison),
        ("POST", box + "/folders", door.create_folder),
        ("PATCH", box + "/folders/{folder:path}", door.change_folder),
        ("DELETE", box + "/folders/{folder:path}", door.delete_folder),
        ("GET", "/control/outside", door.list_outside),
        ("DELETE", "/control/outside", door.clear_outside),
        ("GET", "/control/faults", door.list_faults),
        ("POST", "/control/faults", door.add_fault),
        ("DELETE", "/control/faults", door.clear_faults),
        ("POST", "/control/tokens/forget", door.forget_tokens),
        ("GET", "/control/clock", door.get_clock),
        ("POST", "/control/clock", door.advance_clock),
        ("GET", "/control/calls", door.list_calls),
        ("DELETE", "/control/calls", door.clear_calls),
        ("GET", "/control/limits", door.get_limits),
        ("PATCH", "/control/limits", door.set_limits),
        ("GET", "/control/behaviour", door.get_behaviour),
        ("PATCH", "/control/behaviour", door.set_behaviour),
        ("GET", "/control/subscriptions", subscriptions.list_all),
        ("POST", "/control/subscriptions/settle", _with(wire.SettleBody, subscriptions.settle)),
        ("DELETE", "/control/subscriptions/{subscription}", subscriptions.delete),
        *settings_routes(sim),
        (
            "POST",
            "/control/subscriptions/{subscription}/lifecycle",
            _with(wire.LifecycleBody, subscriptions.happen),
        ),
    ]
    return [
        Route(path, endpoint(act, _STATUSES, _OPTIONS.get((method, path), ())), methods=[method])
        for method, path, act in table
    ]


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal():
        raise Refused(f"{name} must be a whole number, not '{text}'.")
    return int(text)


def _is_true(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise Refused(f"{name} must be true or false, not '{text}'.")
    return text == "true"


class _Control:
    def __init__(self, sim: Simulation) -> None:
        self._sim = sim

    def _mailbox(self, request: Request) -> Mailbox:
        return self._sim.world.mailbox(request.path_params["mailbox"])

    # -- mailboxes --------------------------------------------------------------------------------

    async def list_mailboxes(self, request: Request) -> Any:
        return {"mailboxes": [_mailbox_line(m) for m in self._sim.world]}

    async def create_mailbox(self, request: Request) -> Any:
        body = await _read(request, wire.MailboxBody)
        user = self._sim.directory.user_by_address(body.address) or self._new_user(body)
        if not body.has_mailbox:
            return answered({"id": user.id, "address": user.upn}, 201)
        made = self._sim.world.create_mailbox(
            user.id, user.upn, language=body.language, aliases=user.addresses()
        )
        return answered(_mailbox_line(made), 201)

    def _new_user(self, body: wire.MailboxBody) -> User:
        if not _ADDRESS.fullmatch(body.address):
            raise Refused(f"{body.address!r} is no address.")
        domain = body.tenant or body.address.rpartition("@")[2]
        path = self._sim.directory.tenant_by_path(domain)
        if path is None or path.tenant is None:
            raise Refused(f"There is no tenant '{domain}'.")
        name = body.display_name or body.address.partition("@")[0]
        user = User(
            new_user_id(body.address, path.tenant.id),
            path.tenant.id,
            body.address,
            name,
            has_mailbox=body.has_mailbox,
            is_personal=path.tenant.id == CONSUMERS_TENANT_ID,
        )
        try:
            self._sim.directory.put_user(user)
        except ValueError as error:
            raise Refused(str(error), 409) from error
        return user

    async def get_mailbox(self, request: Request) -> Any:
        return _mailbox_line(self._mailbox(request))

    async def change_mailbox(self, request: Request) -> Any:
        body = await _read(request, wire.LicenceBody)
        user = self._sim.directory.user_by_address(request.path_params["mailbox"])
        if user is None:
            raise Refused("There is no such user.", 404)
        if body.has_mailbox is not None:
            user = replace(user, has_mailbox=body.has_mailbox)
        user = replace(user, **body.grants())
        mailbox = self._sim.world.mailbox_of(user.id)
        if body.max_message_size is not None:
            self._mailbox(request).max_message_size = body.max_message_size
        self._sim.directory.put_user(user)
        return {
            "address": user.upn,
            "hasMailbox": user.has_mailbox,
            "mayOpen": sorted(user.mailbox_grants),
            "maySendAs": sorted(user.send_as),
            "maySendOnBehalf": sorted(user.send_on_behalf),
            "maxMessageSize": None if mailbox is None else mailbox.max_message_size,
        }

    async def remove_mailbox(self, request: Request) -> Any:
        self._sim.world.remove_mailbox(self._mailbox(request))
        return Response(status_code=204)

    async def snapshot(self, request: Request) -> Any:
        chunks = _yielding(snapshot.lines(self._mailbox(request)))
        return StreamingResponse(chunks, media_type="application/x-ndjson")

    # -- mail -------------------------------------------------------------------------------------

    async def receive(self, request: Request) -> Any:
        mailbox = self._mailbox(request)
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind in ("message/rfc822", "application/mbox"):
            reads = await asyncio.to_thread(mail.read_octets, await _whole_body(request), kind)
            folder = mail.folder_of(mailbox, request.query_params.get("folder", "inbox"))
            return answered(await mail.receive_read(self._sim.world, mailbox, folder, reads), 201)
        body = await _read(request, wire.ReceiveBody)
        return answered(mail.receive(self._sim.world, mailbox, body), 201)

    async def change(self, request: Request) -> Any:
        body = await _read(request, wire.ChangesBody)
        is_recoverable = self._sim.behaviour.recoverable_items
        return mail.change(self._sim.world, self._mailbox(request), body, is_recoverable=is_recoverable)

    async def poison(self, request: Request) -> Any:
        return mail.poison(self._mailbox(request), await _read(request, wire.PoisonBody))

    async def create_folder(self, request: Request) -> Any:
        body = await _read(request, wire.FolderBody)
        return answered(mail.create_folder(self._mailbox(request), body), 201)

    async def change_folder(self, request: Request) -> Any:
        mailbox = self._mailbox(request)
        folder = mail.folder_of(mailbox, unquote(request.path_params["folder"]))
        return mail.change_folder(mailbox, folder, await _read(request, wire.FolderChangeBody))

    async def delete_folder(self, request: Request) -> Any:
        mailbox = self._mailbox(request)
        folder = mail.folder_of(mailbox, unquote(request.path_params["folder"]))
        if _is_true(request, "permanently"):
            tree.destroy(mailbox, folder)
        else:
            tree.delete(mailbox, folder, is_recoverable=self._sim.behaviour.recoverable_items)
        return Response(status_code=204)

    async def list_sent(self, request: Request) -> Any:
        mailbox = self._mailbox(request)
        letters = self._sim.world.dispatched.of(mailbox.id)
        return {"letters": [snapshot.dispatch_line(mailbox, letter) for letter in letters]}

    async def list_outside(self, request: Request) -> Any:
        return {"letters": [mail.outside_line(letter) for letter in self._sim.world.outside]}

    async def clear_outside(self, request: Request) -> Any:
        return {"cleared": self._sim.world.outside.clear()}

    # -- trouble, time, limits --------------------------------------------------------------------

    async def list_faults(self, request: Request) -> Any:
        return {"faults": [fault_line(f) for f in self._sim.faults]}

    async def add_fault(self, request: Request) -> Any:
        body = await _read(request, wire.FaultBody)
        body.check()
        return answered(fault_line(self._sim.faults.add(**msgspec.structs.asdict(body))), 201)

    async def clear_faults(self, request: Request) -> Any:
        return {"cleared": self._sim.faults.clear()}

    async def forget_tokens(self, request: Request) -> Any:
        body = await _read(request, wire.ForgetBody)
        mailbox = self._sim.world.mailbox(body.mailbox)
        folder = None
        if body.folder is not None:
            folder = 0 if body.folder == "tree" else mail.folder_of(mailbox, body.folder).number
        self._sim.tokens.forget(mailbox.id, folder)
        return {"forgotten": True}

    async def get_clock(self, request: Request) -> Any:
        clock = self._sim.clock
        return {"now": clock.now(), "aheadS": clock.offset.total_seconds()}

    async def advance_clock(self, request: Request) -> Any:
        body = await _read(request, wire.ClockBody)
        try:
            self._sim.clock.advance(body.advance_s)
        except (ValueError, OverflowError) as error:
            raise Refused(str(error)) from error
        run_due(self._sim.world)
        return await self.get_clock(request)

    async def list_calls(self, request: Request) -> Any:
        """The newest ``limit`` calls, oldest first; ``path`` is a part of the path wanted."""
        wanted, part = request.query_params.get("mailbox"), request.query_params.get("path", "")
        found = [c for c in self._sim.journal if part in c.path and wanted in (None, c.mailbox)]
        limit = _whole(request, "limit", 1000)
        kept = found[-limit:] if limit else []
        return {"total": len(found), "calls": [_call_line(c) for c in kept]}

    async def clear_calls(self, request: Request) -> Any:
        return {"cleared": self._sim.journal.clear()}

    async def get_limits(self, request: Request) -> Any:
        return switches.limits_line(self._sim.limits, self._sim.tokens)

    async def set_limits(self, request: Request) -> Any:
        switches.set_limits(self._sim, await _read(request, wire.LimitsBody))
        return switches.limits_line(self._sim.limits, self._sim.tokens)

    async def get_behaviour(self, request: Request) -> Any:
        return self._sim.behaviour

    async def set_behaviour(self, request: Request) -> Any:
        """Set the switches named in the body; the others stay."""
        switches.set_behaviour(self._sim.behaviour, await _read(request, dict[str, Any]))
        return self._sim.behaviour


async def _yielding(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Let others run between chunks."""
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(0)


def _mailbox_line(mailbox: Mailbox) -> dict[str, Any]:
    return {
        "id": mailbox.id,
        "address": mailbox.address,
        "language": mailbox.language,
        "folders": len(mailbox.visible_folders()) - 1,
        "messages": mailbox.message_count(),
    }


def _call_line(call: CallRecord) -> dict[str, Any]:
    line = {name: getattr(call, name) for name in ("method", "path", "query", "status", "mailbox", "prefer")}
    line["appId"] = call.app_id
    line["at"] = datetime.fromtimestamp(call.at_s).astimezone()
    line["tookMs"] = call.took_ms
    line["fault"] = call.fault
    line["parts"] = [_call_line(part) for part in call.parts]
    return line
