"""What one request may have held in memory, and read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from poststelle.blobs.base import Stored
from poststelle.blobs.directory import DirectoryBlobs
from poststelle.http.jmap import email_import
from poststelle.http.jmap.api import CORE, Call, Registered, Request, echo, run_request
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.limits import Limits
from poststelle.mail import bringing
from poststelle.mail.arrivals import Arrival
from poststelle.mail.mime_reader import MimeReader
from poststelle.mail.reading_in import read_octets
from poststelle.mime.html_text import unasked
from poststelle.model.draft import Octets
from poststelle.model.errors import TooMany
from poststelle.model.ids import FolderId, UserId
from poststelle.store.attachments import Kept

pytestmark = pytest.mark.anyio


async def test_the_same_large_text_a_thousand_times_is_not_held_in_memory(tmp_path: Path) -> None:
    """The call is refused as soon as its texts are too much; nothing has been stored by then."""
    blobs = DirectoryBlobs(tmp_path)
    stored = await blobs.put(_once(b"Subject: x\r\n\r\n" + bytes(range(33, 127)) * 20))
    call = call_with(blobs, Limits(size_waiting=10_000))
    taken = 0

    with pytest.raises(MethodError) as caught:
        for _ in range(1_000):
            await email_import.arrival(call, Octets(stored.sha256, stored.size), "b", (), frozenset(), None)
            taken += 1

    assert caught.value.type == "requestTooLarge"
    assert 1 < taken < 20


async def test_a_small_message_of_many_parts_is_not_brought_a_thousand_times(tmp_path: Path) -> None:
    """Its octets are nothing, its rows are: attachments, people and places count."""
    blobs = DirectoryBlobs(tmp_path)
    octets = many_parts(50)
    stored = await blobs.put(_once(octets))
    call = call_with(blobs, Limits(rows=1_000))
    places = tuple(FolderId(n) for n in range(30))
    taken = 0

    with pytest.raises(SetError) as caught:
        for _ in range(100):
            await email_import.arrival(
                call, Octets(stored.sha256, stored.size), places, frozenset({"a"}), None
            )
            taken += 1

    assert caught.value.body["type"] == "rateLimit"
    assert taken == 1_000 // (1 + 50 + 20 + 30 + 1)


async def test_messages_that_are_brought_take_turns_with_all_that_are_read(tmp_path: Path) -> None:
    """Not in the few threads in which everybody's downloads are read, and given up as they are."""
    turns: list[UserId] = []

    class Noting(MimeReader):
        async def apply(self, user: UserId, *args: Any) -> Any:
            turns.append(user)
            return await super().apply(user, *args)

    blobs = DirectoryBlobs(tmp_path)
    stored = await blobs.put(_once(many_parts(1)))
    octets = Octets(stored.sha256, stored.size)
    await email_import.arrival(call_with(blobs, Limits(), Noting()), octets, (), frozenset(), None)
    assert turns == [1]
    with pytest.raises(TooMany):
        call = call_with(blobs, Limits(), Noting(within_s=0))
        await email_import.arrival(call, octets, (), frozenset(), None)


async def test_the_same_octets_are_taken_apart_once(tmp_path: Path) -> None:
    """However often a call brings them to Microsoft; a draft of them is another thing than finished mail."""
    blobs = Counting(tmp_path)
    octets = many_parts(5)
    stored = await blobs.put(_once(octets))
    read, prepared = read_octets(unasked, octets)
    arrival = Arrival(Kept(stored.sha256, stored.size), read, prepared, ())
    draft = replace(arrival, keywords=frozenset({"$draft"}))
    known: bringing.Known = {}
    take = partial(MimeReader().run, UserId(1))
    blobs.steps.clear()

    made = [await bringing.taken_apart(take, blobs, arrival, f"k{n}", known) for n in range(20)]
    assert blobs.steps == ["read"] + ["put"] * 5
    assert {one.key for one in made} == {f"k{n}" for n in range(20)}
    assert {len(one.parts) for one in made} == {5}
    await bringing.taken_apart(take, blobs, draft, "d", known)
    assert blobs.steps.count("read") == 2


class Counting(DirectoryBlobs):
    """Tells each reading and storing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.steps: list[str] = []

    async def read(self, sha256: str) -> bytes:
        self.steps.append("read")
        return await super().read(sha256)

    async def put(self, chunks: AsyncIterator[bytes], *, is_lasting: bool = True) -> Stored:
        self.steps.append("put")
        return await super().put(chunks, is_lasting=is_lasting)


def many_parts(count: int) -> bytes:
    """A message to twenty people with so many attachments."""
    people = b", ".join(b"p%d@x.example" % n for n in range(19))
    head = b"From: a@b.example\r\nTo: " + people + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    text = b"--b\r\n\r\nhi\r\n"
    file = b"--b\r\nContent-Type: x/y\r\nContent-Disposition: attachment; filename=f%d\r\n\r\n%d\r\n"
    return head + text + b"".join(file % (n, n) for n in range(count)) + b"--b--\r\n"


async def test_nothing_is_written_for_a_token_that_has_ended_meanwhile() -> None:
    """What was done before stays told; the calls after it that only read are not kept back."""
    stands = [True]
    written: list[str] = []

    async def is_logged_in(_: object) -> bool:
        return stands[0]

    async def write(_: object) -> dict[str, Any]:
        written.append("x")
        return {}

    async def changing(call: Call, _: Args) -> dict[str, Any]:
        return dict(await call.write(len))

    async def revoked_while(call: Call, _: Args) -> dict[str, Any]:
        stands[0] = False
        return dict(await call.write(len))

    context = cast(Any, SimpleNamespace(is_logged_in=is_logged_in))
    caller = cast(Any, SimpleNamespace(store=SimpleNamespace(write=write), user_id=1))
    methods = {
        "Mailbox/set": Registered(CORE, changing),
        "Email/import": Registered(CORE, revoked_while),
        "Core/echo": Registered(CORE, echo),
    }
    names = ["Mailbox/set", "Email/import", "Mailbox/set", "Core/echo"]
    request = Request([CORE], [(name, {}, str(n)) for n, name in enumerate(names)])
    answer = await run_request(methods, context, caller, request)

    told = [msgspec.json.decode(one) for one in answer["methodResponses"]]
    assert [one[0] for one in told] == ["Mailbox/set", "error", "error", "Core/echo"]
    assert {one[1]["type"] for one in told[1:3]} == {"forbidden"}
    assert written == ["x"]


def call_with(blobs: DirectoryBlobs, limits: Limits, mime: MimeReader | None = None) -> Call:
    context = cast(Any, SimpleNamespace(blobs=blobs, mime=mime or MimeReader()))
    return Call(context, cast(Any, SimpleNamespace(user_id=1)), uses_vendor=False, limits=limits)


async def _once(octets: bytes) -> AsyncIterator[bytes]:
    yield octets


async def test_what_references_bring_counts_as_said() -> None:
    """A short request may say very much by them: it is understood where a long one is."""
    said: list[int] = []

    async def noting(call: Call, args: Args) -> dict[str, Any]:
        said.append(call.said)
        return args.rest()

    reference = {"resultOf": "0", "name": "Core/echo", "path": "/a"}
    calls = [
        ("Core/echo", {"a": ["x" * 90] * 200}, "0"),
        ("X/get", {"#a": reference}, "1"),
        ("X/get", {}, "2"),
    ]
    methods = {"Core/echo": Registered(CORE, echo), "X/get": Registered(CORE, noting)}
    caller = cast(Any, SimpleNamespace(store=None, user_id=1))
    await run_request(methods, cast(Any, None), caller, Request([CORE], calls, octets=500))
    assert len(said) == 2
    assert all(500 + 200 * 90 < one < 30_000 for one in said)
