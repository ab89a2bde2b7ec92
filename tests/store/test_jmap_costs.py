"""What one call of JMAP may cost: counted, in the threads of who asks, and refused when that is enough."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.requests import Request
from tests.store.conftest import NOW
from tests.store.test_arrivals import Box, arrival, box

from poststelle.blobs.base import Stored
from poststelle.blobs.directory import DirectoryBlobs
from poststelle.http.jmap import email_get, email_parse
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.blob_octets import open_blob, pieces
from poststelle.http.jmap.context import Caller
from poststelle.http.jmap.download import Downloads
from poststelle.http.jmap.email_compose import compose
from poststelle.http.jmap.email_create import read_creation
from poststelle.http.jmap.errors import MethodError, RequestError, SetError
from poststelle.http.jmap.ids import account_text, folder_text, message_text
from poststelle.http.jmap.limits import MAX_PARTS, MAX_SIZE_BROUGHT, Limits
from poststelle.mail.mime_reader import MimeReader
from poststelle.model.folder import Role
from poststelle.model.message import Message
from poststelle.store.attachments import Kept

pytestmark = pytest.mark.anyio
__all__ = ["box"]


def call_of(box: Box, blobs: DirectoryBlobs | None = None, **limits: Any) -> Call:
    """A call of the mailbox's user."""
    caller = cast(Any, SimpleNamespace(store=box.store.on_behalf(box.user), user_id=box.user))
    clock = SimpleNamespace(now=lambda: NOW)
    context = cast(Any, SimpleNamespace(clock=clock, blobs=blobs, open_remote=None, mime=MimeReader()))
    return Call(context, caller, uses_vendor=True, limits=Limits(**limits))


async def test_an_email_get_tells_so_many_people_and_parts(box: Box) -> None:
    """Few octets brought once, and few ids, may stand for millions of them."""
    people = ", ".join(f"p{n}@x.example" for n in range(20)).encode()
    file = b"--b\nContent-Disposition: attachment\n\nx\n"
    raw = b"To: %b\nContent-Type: multipart/mixed; boundary=b\n\n%b--b--\n" % (people, file * 10)
    made = await box.put(*[arrival(raw, box.roles[Role.INBOX])] * 60)
    ids = [message_text(one.id) for one in made if isinstance(one, Message)]

    async def told(properties: list[str], values: int) -> Any:
        args = {"accountId": account_text(box.account), "ids": ids, "properties": properties}
        return await email_get.email_get(call_of(box, values=values), Args(args))

    for properties, values in (["to"], 60 * (1 + 2 * 20)), (["attachments"], 60 * (1 + 10 * 10)):
        assert [one["id"] for one in (await told(properties, values))["list"]] == ids
        with pytest.raises(MethodError) as caught:
            await told(properties, values - 1)
        assert caught.value.type == "requestTooLarge"


@pytest.fixture
async def large(box: Box, tmp_path: Path) -> tuple[Any, list[str]]:
    """What downloads are given, and blobs of a message: its file, as a part and as an attachment,
    and its text."""
    blobs = DirectoryBlobs(tmp_path)
    head = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n%b\n" % (b"abc " * 500_000)
    raw = head + b"--b\nContent-Disposition: attachment\n\n%b\n--b--\n" % (b"x" * 2_000_000)
    stored = await blobs.put(pieces(raw))
    kept = replace(arrival(raw, box.roles[Role.INBOX]), octets=Kept(stored.sha256, stored.size))
    [made] = await box.put(kept)
    assert isinstance(made, Message)
    call = call_of(box, blobs)

    async def authenticate(_: object) -> Caller:
        return call.caller

    call.context.authenticate = authenticate  # type: ignore[method-assign]
    whole = f"b{message_text(made.id)}"
    return call.context, [f"{whole}-p3", f"{whole}-0", f"{whole}-t"]


async def test_parts_that_are_read_slowly_are_not_in_memory(box: Box, large: tuple[Any, list[str]]) -> None:
    """Whoever has them waits on the disk: many at a time were all the memory there is."""
    context, blobs = large
    caller = await context.authenticate(None)
    tracemalloc.start()
    try:
        opened = [await open_blob(context, caller, box.account, blob) for blob in blobs for _ in range(3)]
        first = [await anext(one.chunks) for one in opened]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {one.size for one in opened} == {2_000_000} and len(first) == 9
    assert held < 1_500_000


async def test_a_file_goes_with_the_line_it_is_sent_on(box: Box, large: tuple[Any, list[str]]) -> None:
    """Whoever goes in the midst of it leaves nothing open, however the work for them was broken off."""
    context, blobs = large
    gone = asyncio.Event()

    async def send(_: Any) -> None:
        gone.set()
        await asyncio.sleep(0)

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def nothing() -> Any:
        await asyncio.Event().wait()

    before = open_and_nameless()
    for blob in blobs:
        gone.clear()
        path = {"account": account_text(box.account), "blob": blob, "name": "x"}
        scope: Any = {"type": "http", "headers": [], "query_string": b"", "path_params": path}
        response = await Downloads().download(context, Request(scope, nothing))
        assert open_and_nameless() == before + 1
        await response(scope, receive, send)
        assert open_and_nameless() == before


def open_and_nameless() -> int:
    """How many files of two million octets, that lie in no folder any more, this process has open."""
    found = 0
    for number in range(500):
        with suppress(OSError):
            told = os.fstat(number)
            found += told.st_nlink == 0 and told.st_size == 2_000_000
    return found


async def test_a_user_takes_a_few_files_at_once(box: Box, large: tuple[Any, list[str]]) -> None:
    """A further one waits until the first has been sent to its end; what is too much is refused."""
    context, [blob, *_] = large
    downloads = Downloads(at_once=1, waiting=1)
    path = {"account": account_text(box.account), "blob": blob, "name": "x"}
    scope: Any = {"type": "http", "headers": [], "query_string": b"", "path_params": path}
    scope["asgi"] = {"spec_version": "2.4"}
    sent = 0

    async def send(message: Any) -> None:
        nonlocal sent
        sent += len(message.get("body", b""))

    async def nothing() -> Any:
        await asyncio.Event().wait()

    def one() -> Any:
        return downloads.download(context, Request(scope, nothing))

    first, second = await one(), asyncio.create_task(one())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(RequestError) as refused:
        await one()
    assert (refused.value.status, second.done()) == (429, False)
    await first(scope, nothing, send)
    await (await second)(scope, nothing, send)
    await (await one())(scope, nothing, send)
    assert sent == 3 * 2_000_000


async def test_an_email_parse_tells_as_much_together(box: Box, tmp_path: Path) -> None:
    """Each blob within the limit, all of them not: what they tell is counted where they are taken apart."""
    blobs = DirectoryBlobs(tmp_path)
    raw = b"To: %b\n\nx" % ", ".join(f"p{n}@x.example" for n in range(20)).encode()
    stored = await blobs.put(pieces(raw))
    kept = replace(arrival(raw, box.roles[Role.INBOX]), octets=Kept(stored.sha256, stored.size))
    made = await box.put(kept, kept)
    ids = [f"b{message_text(one.id)}" for one in made if isinstance(one, Message)]

    async def parsed(count: int) -> Any:
        args = {"accountId": account_text(box.account), "blobIds": ids[:count], "properties": ["to"]}
        return await email_parse.email_parse(call_of(box, blobs, values=60), Args(args))

    assert len((await parsed(1))["parsed"][ids[0]]["to"]) == 20
    with pytest.raises(MethodError) as caught:
        await parsed(2)
    assert caught.value.type == "requestTooLarge"


async def test_a_message_is_made_of_so_many_parts_and_octets(box: Box) -> None:
    """Of little that is said much could be made: nothing is looked for or stored of what is too much."""
    inbox = {folder_text(box.roles[Role.INBOX]): True}
    many = [{"blobId": f"bm{n}"} for n in range(MAX_PARTS + 1)]
    text = {"partId": "1", "type": "text/plain"}
    often = {"type": "multipart/mixed", "subParts": [text] * 40}
    value = {"1": {"value": "x" * 4_000_000}}
    for body in ({"attachments": many}, {"bodyStructure": often, "bodyValues": value}):
        with pytest.raises(SetError) as refused:
            await compose(call_of(box), box.account, "a@b.example", {"mailboxIds": inbox, **body})
        assert refused.value.body["type"] == "tooLarge"
    with pytest.raises(SetError) as too_many:
        read_creation({"mailboxIds": inbox, "keywords": {"$draft": True}, "attachments": many})
    assert too_many.value.body["type"] == "tooLarge"


async def test_messages_are_charged_for_before_they_are_written(box: Box, tmp_path: Path) -> None:
    """A request that has brought enough stores no more, however often it goes on."""
    stored: list[int] = []

    class Noting(DirectoryBlobs):
        async def put(self, chunks: AsyncIterator[bytes], *, is_lasting: bool = True) -> Stored:
            made = await super().put(chunks, is_lasting=is_lasting)
            stored.append(made.size)
            return made

    call = call_of(box, Noting(tmp_path))
    inbox = {folder_text(box.roles[Role.INBOX]): True}
    part = {"textBody": [{"partId": "1"}], "bodyValues": {"1": {"value": "x" * 1_000}}}
    email = {"mailboxIds": inbox, **part}
    await compose(call, box.account, "a@b.example", email)
    assert stored == [call.brought_octets]
    call.brought_octets = MAX_SIZE_BROUGHT - 999
    with pytest.raises(SetError) as refused:
        await compose(call, box.account, "a@b.example", email)
    assert (refused.value.body["type"], len(stored)) == ("rateLimit", 1)
