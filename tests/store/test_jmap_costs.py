"""What one call of JMAP may cost: counted, in the threads of who asks, and refused when that is enough."""

from __future__ import annotations

import asyncio
import os
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from zipfile import ZipFile

import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse
from tests.store.conftest import NOW
from tests.store.counting import steps_here
from tests.store.test_arrivals import Box, arrival, box

from poststelle.blobs.base import Stored
from poststelle.blobs.directory import DirectoryBlobs
from poststelle.http.jmap import (
    blob,
    email_copy,
    email_get,
    email_import,
    email_parse,
    email_query,
    email_set,
    mailbox,
    presence,
    principal,
    search_snippet,
    share_notification,
    submission_get,
)
from poststelle.http.jmap.api import Call, unasked
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.blob_octets import open_blob, pieces
from poststelle.http.jmap.context import Caller
from poststelle.http.jmap.download import Downloads
from poststelle.http.jmap.download_all import AT_ONCE, Archives
from poststelle.http.jmap.email_compose import compose
from poststelle.http.jmap.email_create import read_creation
from poststelle.http.jmap.errors import MethodError, RequestError, SetError
from poststelle.http.jmap.ids import account_text, folder_text, message_text
from poststelle.http.jmap.limits import MAX_PARTS, MAX_SIZE_BROUGHT, Limits
from poststelle.lib.once import Once
from poststelle.mail import folders
from poststelle.mail.mime_reader import MimeReader
from poststelle.mail.readings import Readings
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.model.message import Message
from poststelle.model.rights import Grant, Level
from poststelle.model.user import Theme, User
from poststelle.store import folders as stored_folders
from poststelle.store import grants, users
from poststelle.store.attachments import Kept
from poststelle.store.tx import Tx

pytestmark = pytest.mark.anyio
__all__ = ["box"]


def call_of(box: Box, blobs: DirectoryBlobs | None = None, **limits: Any) -> Call:
    """A call of the mailbox's user."""
    caller = cast(Any, SimpleNamespace(store=box.store.on_behalf(box.user), user_id=box.user))
    clock = SimpleNamespace(now=lambda: NOW)

    async def is_logged_in(_: object) -> bool:
        return True

    context = SimpleNamespace(
        clock=clock,
        blobs=blobs,
        open_remote=None,
        mime=MimeReader(),
        fetching=Once(),
        readings=Readings(cast(Any, clock)),
        is_logged_in=is_logged_in,
    )
    return Call(cast(Any, context), caller, uses_vendor=True, limits=Limits(**limits))


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
    for name in blobs:
        gone.clear()
        path = {"account": account_text(box.account), "blob": name, "name": "x"}
        scope: Any = {"type": "http", "headers": [], "query_string": b"", "path_params": path}
        response = await Downloads().download(context, Request(scope, nothing))
        assert open_and_nameless() == before + 1
        await response(scope, receive, send)
        assert open_and_nameless() == before


class Counting(MimeReader):
    """Counts how often messages are taken apart."""

    runs = 0

    async def run(self, *args: Any, **kwargs: Any) -> Any:
        self.runs += 1
        return await super().run(*args, **kwargs)


async def test_an_archive_has_its_place_first_and_takes_the_message_apart_once(
    box: Box, tmp_path: Path
) -> None:
    """Places are taken before anything is read, and kept until all has been sent."""
    part = b"--b\nContent-Disposition: attachment; filename=%d.txt\n\n%b\n"
    files = b"".join(part % (n, b"%d" % n * 100_000) for n in range(5))
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n%b--b--\n" % files
    blobs, mime = DirectoryBlobs(tmp_path), Counting()
    stored = await blobs.put(pieces(raw))
    kept = replace(arrival(raw, box.roles[Role.INBOX]), octets=Kept(stored.sha256, stored.size))
    [made] = await box.put(kept)
    assert isinstance(made, Message)
    call = call_of(box, blobs)
    context: Any = call.context
    context.mime = mime

    async def authenticate(_: object) -> Caller:
        return call.caller

    async def waiting() -> Any:
        await asyncio.Event().wait()

    context.authenticate = authenticate
    message = message_text(made.id)
    path = {"account": account_text(box.account), "message": message, "name": "x.zip"}
    wanted = ",".join(f"b{message}-{n}" for n in (4, 0, 1, 2, 3))
    scope: Any = {"type": "http", "headers": [], "path_params": path}
    scope["query_string"] = f"files={wanted}".encode()
    archives = Archives()
    asked = [archives.download(context, Request(scope, waiting)) for _ in range(24)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    ready = [one for one in answers if isinstance(one, StreamingResponse)]
    refused = [one for one in answers if isinstance(one, RequestError)]
    assert (len(ready), {one.status for one in refused}) == (AT_ONCE, {429})
    assert mime.runs == 0

    sent = bytearray()

    async def send(message: Any) -> None:
        sent.extend(message.get("body", b""))

    await ready[0](scope, waiting, send)
    assert mime.runs == 1
    with ZipFile(BytesIO(sent)) as archive:
        assert [(name, archive.read(name)[:1]) for name in archive.namelist()] == [
            (f"{n}.txt", b"%d" % n) for n in (4, 0, 1, 2, 3)
        ]
    gone = await archives.download(context, Request(scope | {"headers": []}, disconnected))
    assert not isinstance(gone, StreamingResponse)

    known = scope | {"headers": [(b"if-none-match", b'"%b"' % wanted.encode())]}
    assert (await archives.download(context, Request(known, waiting))).status_code == 304
    assert mime.runs == 1


async def disconnected() -> Any:
    return {"type": "http.disconnect"}


async def test_what_has_not_changed_is_not_taken_apart_and_leaves_nothing_open(
    box: Box, large: tuple[Any, list[str]]
) -> None:
    """Asked whether it has: a part and an attachment."""
    context, blobs = large
    context.mime = mime = Counting()
    before = open_and_nameless()
    for name in blobs[:2]:
        path = {"account": account_text(box.account), "blob": name, "name": "x"}
        headers = [(b"if-none-match", f'"{name}"'.encode())]
        scope: Any = {"type": "http", "headers": headers, "query_string": b"", "path_params": path}
        answer = await Downloads().download(context, Request(scope, disconnecting_never))
        assert answer.status_code == 304
    assert (mime.runs, open_and_nameless()) == (0, before)


async def disconnecting_never() -> Any:
    await asyncio.Event().wait()


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
        read_creation(unasked, {"mailboxIds": inbox, "keywords": {"$draft": True}, "attachments": many})
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


_MUCH = 10_000_000  # octets that a request may have
_FEW = 5_000  # calls of functions, where tens of thousands would be needed to understand what is said


async def test_a_large_filter_is_read_beside_the_event_loop(box: Box) -> None:
    """Whatever it holds: each condition and each id costs something, and there may be very many."""
    inbox = folder_text(box.roles[Role.INBOX])
    conditions = [{"inMailbox": inbox, "hasKeyword": f"k{n}"} for n in range(199)]
    args: dict[str, Any] = {"accountId": account_text(box.account)}
    for where in (
        {"operator": "OR", "conditions": conditions},
        {"inMailboxOtherThan": [inbox] * 5_000},
        {"text": "* " * 500},
    ):
        for method, more in (
            (email_query.email_query, {}),
            (email_query.email_query_changes, {"sinceQueryState": "1"}),
            (search_snippet.search_snippet_get, {"emailIds": []}),
        ):
            call = call_of(box)
            call.said = _MUCH
            assert await steps_here(method(call, Args({**args, **more, "filter": where}))) < _FEW


async def steps_of(method: Any, box: Box, folder: Path, said: int = _MUCH, **args: Any) -> int:
    """On the event loop, for a call of a large request (or a small one)."""
    call = call_of(box, DirectoryBlobs(folder))
    call.said, call.uses_sharing = said, True
    return await steps_here(method(call, Args({"accountId": account_text(box.account), **args})))


async def test_large_arguments_are_understood_beside_the_event_loop(box: Box, tmp_path: Path) -> None:
    """Nine hundred messages may name hundreds of places each, and are refused for it."""
    places = {folder_text(FolderId(n)): True for n in range(90)}
    some = {f"m{n}": {"blobId": "bx", "id": "m1", "mailboxIds": places} for n in range(200)}
    marks = {f"m{n}": {f"keywords/{k}": True for k in range(90)} for n in range(200)}
    junk = {f"m{n}": {f"header:X-{k}": "" for k in range(90)} for n in range(200)}
    ids = [f"m{n}" for n in range(20_000)]
    other = account_text(AccountId(77))
    assert await steps_of(email_import.email_import, box, tmp_path, emails=some) < _FEW
    assert await steps_of(email_copy.email_copy, box, tmp_path, fromAccountId=other, create=some) < _FEW
    for patches in (marks, junk):
        assert await steps_of(email_set.email_set, box, tmp_path, update=patches) < _FEW
    assert await steps_of(submission_get.submission_query, box, tmp_path, filter={"emailIds": ids}) < _FEW
    assert await steps_of(presence.presence_announce, box, tmp_path, clientId="x", reading=ids) < _FEW
    assert await steps_of(email_get.email_get, box, tmp_path, ids=ids) < _FEW
    assert await steps_of(email_set.email_set, box, tmp_path, destroy=ids, **dict.fromkeys(ids, 1)) < _FEW


async def shared_by(box: Box, people: int, folders_more: int) -> None:
    def write(tx: Tx) -> None:
        for n in range(people):
            user = User(UserId(10 + n), f"u{n}", f"U {n}", "", True, False, None, Theme.SYSTEM, NOW)
            users.insert(tx, user, password_hash=None)
            grants.upsert(tx, Grant(box.account, user.id, Level.READ), at=NOW, by=None)
        for n in range(folders_more):
            folders.create(tx, box.user, box.account, f"Folder {n}", None, NOW)

    await box.store.write(write)


async def test_folders_and_people_are_told_by_who_reads_them(box: Box, tmp_path: Path) -> None:
    """And found there: the event loop hands over what is ready, however many there are."""
    await shared_by(box, 20, 60)
    asked = [{"name": f"U {n}" * 100} for n in range(199)]
    where = {"operator": "OR", "conditions": asked}
    for method, args in (
        (mailbox.mailbox_get, {}),
        (mailbox.mailbox_query, {"filter": where}),
        (mailbox.mailbox_query_changes, {"sinceQueryState": "1", "filter": where}),
        (principal.principal_query, {"filter": where}),
        (share_notification.share_notification_query, {"filter": {"operator": "OR", "conditions": []}}),
    ):
        assert await steps_of(method, box, tmp_path, said=100, **args) < 1_500


async def test_a_mailbox_get_tells_so_many_rights_of_people(box: Box) -> None:
    """Who shares many folders with many people asks for fewer folders, or for less of them."""
    await shared_by(box, 20, 10)
    whole = 16 * (12 + 10 + 21 * (1 + 10))  # of each folder its properties, one's rights and everybody's

    async def told(values: int, **args: Any) -> Any:
        call = call_of(box, values=values)
        call.uses_sharing = True
        return await mailbox.mailbox_get(call, Args({"accountId": account_text(box.account), **args}))

    assert len((await told(whole))["list"]) == 16
    with pytest.raises(MethodError) as caught:
        await told(whole - 1)
    assert caught.value.type == "requestTooLarge"
    names = await told(32, properties=["name"])
    assert {tuple(one) for one in names["list"]} == {("id", "name")}
    assert (await told(0, ids=[]))["list"] == []
    [inbox, _] = (await told(whole // 8, ids=["f1", "f2", "f99"]))["list"]
    assert inbox["myRights"]["mayShare"] is False
    assert len(inbox["shareWith"]) == 21


async def test_a_query_of_folders_ends_when_it_has_to(box: Box) -> None:
    """It asks for each folder: hundreds of conditions may be looked at for it."""
    await shared_by(box, 0, 30)
    checks = 0

    def check() -> None:
        nonlocal checks
        checks += 1

    wanted = mailbox.Wanted({"name": "qq"}, [], is_tree=False, is_filtered_as_tree=False)
    found = await box.store.read(stored_folders.list_all, box.account)
    assert (wanted.ids(found, check), checks > len(found)) == ([], True)


async def test_a_blob_is_told_once_by_whatever_name(box: Box, tmp_path: Path) -> None:
    """By its id and by the creation id that stands for it."""
    blobs = DirectoryBlobs(tmp_path)
    stored = await blobs.put(pieces(b"Subject: x\n\nx"))
    kept = replace(arrival(b"x: y\n\nx", box.roles[Role.INBOX]), octets=Kept(stored.sha256, stored.size))
    [made] = await box.put(kept)
    assert isinstance(made, Message)
    call, id_ = call_of(box, blobs), f"b{message_text(made.id)}"
    call.created["k"] = id_
    args = {"accountId": account_text(box.account), "ids": [id_, "#k", "#n"], "properties": ["size"]}
    told = await blob.blob_get(call, Args(args))
    assert (told["list"], told["notFound"]) == ([{"id": id_, "size": stored.size}], ["#n"])
