"""Octets of messages: fetched once, kept, never for somebody without the right."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, item, page

from poststelle.blobs import DirectoryBlobs
from poststelle.lib.once import Once
from poststelle.mail import blobs, bundle, ingest, query
from poststelle.mail.blobs import Holders
from poststelle.mail.bundle import NoLongerWanted, Wanted
from poststelle.mail.mime_reader import MimeReader
from poststelle.mail.originals import Reach, originals
from poststelle.mail.readings import Readings
from poststelle.mime.zip_write import END
from poststelle.model.change import ChangeType
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId, RemoteId, UserId
from poststelle.model.message import Body
from poststelle.providers.base import RemoteAttachment, RemoteMail
from poststelle.providers.errors import RetryLater
from poststelle.store import attachments, changes, messages
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio


def listed(name: str, kind: str = "file", **said: str) -> RemoteAttachment:
    return RemoteAttachment(
        remote_id=RemoteId(f"A-{name}"),
        name=name,
        content_type=said.get("content_type", "application/pdf"),
        size=4,
        content_id=said.get("content_id"),
        is_inline="content_id" in said,
        kind=kind,
    )


class Remote:
    """The part of a provider that hands out octets; counts its calls, fails on demand."""

    def __init__(self) -> None:
        self.lists: dict[str, Sequence[RemoteAttachment] | None] = {}
        self.calls: list[str] = []
        self.is_broken = False

    async def attachments_many(
        self, ids: Sequence[RemoteId]
    ) -> Mapping[RemoteId, Sequence[RemoteAttachment] | None]:
        self.calls.append("list")
        if self.is_broken:
            raise RetryLater("busy")
        return {remote_id: self.lists.get(remote_id, ()) for remote_id in ids}

    async def attachment_content(self, message: RemoteId, attachment: RemoteId) -> AsyncIterator[bytes]:
        self.calls.append(f"content {attachment}")
        yield b"%PD"
        if self.is_broken:
            raise RetryLater("busy")
        yield b"F"

    async def mime(self, message: RemoteId) -> AsyncIterator[bytes]:
        self.calls.append("mime")
        yield b"Subject: hello\r\n\r\n"


class Shelf:
    """A mailbox with a provider and a place for blobs."""

    def __init__(self, mailbox: Mailbox, folder: Path) -> None:
        self.box, self.remote, self.blobs = mailbox, Remote(), DirectoryBlobs(folder)
        self.fetching, self.readings = Once(), Readings(FakeClock(NOW))

    @property
    def holders(self) -> Holders:
        return Holders(
            self.box.store, self.blobs, self.open_remote, self.fetching, MimeReader(), self.readings
        )

    async def open_remote(self, account: AccountId) -> RemoteMail:
        return self.remote  # type: ignore[return-value]  # only what is asked for here

    async def read(self, key: str, part: str | int | None, user: UserId | None = None) -> tuple[str, bytes]:
        message = await self.box.id_of(key)
        opened = await blobs.open_part(self.holders, user or self.box.user, self.box.account, message, part)
        octets = b"".join([chunk async for chunk in opened.chunks])
        assert opened.size == len(octets)
        return opened.content_type, octets


@pytest.fixture
async def shelf(mailbox: Mailbox, tmp_path: Path) -> Shelf:
    found = Shelf(mailbox, tmp_path / "blobs")
    inline = Body("text/html", '<img src="cid:logo">')
    await mailbox.pull("Inbox", page(item("a", has_attachment=True), item("b"), item("c", body=inline)))
    found.remote.lists["a"] = [listed("offer.pdf"), listed("letter", "item"), listed("link", "reference")]
    return found


async def test_only_messages_that_may_have_attachments_are_asked_about(shelf: Shelf) -> None:
    """One that has some, and one whose text shows a picture; plain text has none without asking."""
    found = await shelf.box.store.read(attachments.without_attachments, shelf.box.account, NOW, 9)
    assert {message.remote_id for message in found} == {"a", "c"}
    known = await shelf.box.store.read(
        query.attachments, shelf.box.user, shelf.box.account, [await shelf.box.id_of("b")]
    )
    assert list(known.values()) == [()]


async def test_an_attachment_is_fetched_once(shelf: Shelf) -> None:
    """The list on the first request, the octets too; afterwards neither."""
    assert await shelf.read("a", 0) == ("application/pdf", b"%PDF")
    assert await shelf.read("a", 0) == ("application/pdf", b"%PDF")
    assert shelf.remote.calls == ["list", "content A-offer.pdf"]


async def test_who_asks_at_the_same_time_waits_for_the_same_fetch(shelf: Shelf) -> None:
    """However many want a new attachment, its list and its octets come once; a stranger gets none."""
    stranger = UserId(shelf.box.user + 1)
    asked = [shelf.read("a", 0) for _ in range(24)] + [shelf.read("a", 0, stranger)]
    *found, refused = await asyncio.gather(*asked, return_exceptions=True)
    assert found == [("application/pdf", b"%PDF")] * 24
    assert isinstance(refused, NotFound)
    assert shelf.remote.calls == ["list", "content A-offer.pdf"]


async def test_who_takes_a_message_apart_waits_for_the_same_fetch(shelf: Shelf) -> None:
    """Those who download it too: it is the same octets."""
    message = await shelf.box.id_of("b")
    reach = Reach(shelf.box.store, shelf.blobs, shelf.open_remote, shelf.box.user, shelf.fetching)
    asked = [originals(reach, shelf.box.account, [message], is_whole=True, within_s=20) for _ in range(8)]
    found, _ = await asyncio.gather(asyncio.gather(*asked), shelf.read("b", None))
    assert all(one.octets[message] for one in found)
    assert shelf.remote.calls == ["mime"]


async def test_an_archive_that_nobody_waits_for_fetches_no_more(shelf: Shelf) -> None:
    """Looked at between two files."""
    there = iter([True, False])

    async def is_wanted() -> bool:
        return next(there)

    box = shelf.box
    wanted = Wanted(box.user, box.account, await box.id_of("a"), [0, 1])
    with pytest.raises(NoLongerWanted):
        await bundle.prepare(shelf.holders, wanted, is_wanted)
    assert shelf.remote.calls == ["list", "content A-offer.pdf"]


async def test_an_archive_of_files_that_are_here_looks_for_them_once(
    shelf: Shelf,
) -> None:
    """However many they are: the list is read as often for two as for fifty."""
    shelf.remote.lists["a"] = [listed(f"{n}.pdf") for n in range(50)]
    box = shelf.box
    store = Counting(box.store)
    holders = replace(shelf.holders, store=store)  # type: ignore[arg-type]

    async def is_wanted() -> bool:
        return True

    async def reads(count: int) -> int:
        wanted = Wanted(box.user, box.account, await box.id_of("a"), list(range(count)))
        await bundle.prepare(holders, wanted, is_wanted)  # now they are here
        store.reads = 0
        ready = await bundle.prepare(holders, wanted, is_wanted)
        found = store.reads
        assert len(b"".join([piece async for piece in bundle.as_zip(holders, ready)])) > 100 * count
        return found

    assert await reads(2) == await reads(50)


async def archived(shelf: Shelf, wanted: Wanted) -> AsyncIterator[bytes]:
    async def is_wanted() -> bool:
        return True

    ready = await bundle.prepare(shelf.holders, wanted, is_wanted)
    async for piece in bundle.as_zip(shelf.holders, ready):
        yield piece


async def test_an_archive_has_no_end_whose_message_has_gone(shelf: Shelf) -> None:
    """Nobody takes it for whole: it breaks off, before the next file or before its end."""
    box = shelf.box
    wanted = Wanted(box.user, box.account, await box.id_of("a"), [0, 1])
    whole = [piece async for piece in archived(shelf, wanted)]
    pieces = archived(shelf, wanted)
    begun = [await anext(pieces)]
    await box.store.write(messages.destroy, box.account, wanted.message)
    with pytest.raises(NotFound):
        begun.extend([piece async for piece in pieces])
    assert b"".join(begun) == b"".join(whole)[: len(b"".join(begun))]
    assert END not in b"".join(begun)


async def test_octets_are_archived_under_their_own_names(shelf: Shelf) -> None:
    """Files of a draft that are changed elsewhere while they are fetched are other files."""
    box, remote = shelf.box, shelf.remote
    draft = await box.id_of("a")

    async def is_wanted() -> bool:
        if len(remote.calls) == 2:  # the first file has come
            changed = [listed("other.pdf"), *(remote.lists["a"] or ())[1:]]
            await box.store.write(attachments.set_attachments, box.account, draft, changed)
        return True

    with pytest.raises(NotFound):
        await bundle.prepare(shelf.holders, Wanted(box.user, box.account, draft, [0, 1]), is_wanted)


class Counting:
    """A store that counts what is read."""

    def __init__(self, store: Store) -> None:
        self._store, self.reads = store, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def read(self, *args: Any, **said: Any) -> Any:
        self.reads += 1
        return await self._store.read(*args, **said)


async def test_parts_have_their_types(shelf: Shelf) -> None:
    """A message inside is MIME, the whole message too, the text is what it says it is."""
    assert (await shelf.read("a", 1))[0] == "message/rfc822"
    assert await shelf.read("a", None) == ("message/rfc822", b"Subject: hello\r\n\r\n")
    assert await shelf.read("c", "t") == ("text/html", b'<img src="cid:logo">')


@pytest.mark.parametrize("part", [2, 7, -1, "x"])
async def test_what_is_not_there_is_not_found(shelf: Shelf, part: int | str) -> None:
    """A link to a cloud file has no octets; there is no eighth attachment."""
    with pytest.raises(NotFound):
        await shelf.read("a", part)


async def test_a_broken_transfer_is_tried_again_next_time(shelf: Shelf) -> None:
    """Half an attachment is never kept."""
    await shelf.read("a", 0)
    other = await shelf.box.id_of("a")
    await shelf.box.store.write(attachments.forget, shelf.box.account, [other])
    await shelf.box.store.write(attachments.set_known, shelf.box.account, {other: False})
    shelf.remote.is_broken = True
    with pytest.raises(RetryLater):
        await shelf.read("a", 0)
    shelf.remote.is_broken = False
    assert await shelf.read("a", 0) == ("application/pdf", b"%PDF")


async def test_a_stranger_gets_nothing(shelf: Shelf) -> None:
    """Not even the provider is asked."""
    for part in (None, 0, "t"):
        with pytest.raises(NotFound):
            await shelf.read("a", part, UserId(shelf.box.user + 1))
    assert shelf.remote.calls == []


async def test_other_content_forgets_the_old_list(shelf: Shelf) -> None:
    """When the provider reports another body, attachments are listed anew."""
    await shelf.read("a", 0)
    await shelf.box.pull("Inbox", page(item("a", has_attachment=True, body=Body("text/plain", "New"))))
    known = await shelf.box.store.read(attachments.get, shelf.box.account, await shelf.box.id_of("a"))
    assert known is None


async def sizes(shelf: Shelf) -> list[int]:
    known = await shelf.box.store.read(attachments.get, shelf.box.account, await shelf.box.id_of("a"))
    return [attachment.size for attachment in known or ()]


async def test_a_size_is_that_of_the_octets_once_these_are_here(shelf: Shelf) -> None:
    """Microsoft's is larger; clients hear of the true one, and the same list again does not undo it."""
    shelf.remote.lists["a"] = [replace(listed("offer.pdf"), size=154), replace(listed("b.pdf"), size=154)]
    message = await shelf.box.id_of("a")
    await blobs.list_attachments(shelf.holders, shelf.box.user, shelf.box.account, [message])
    assert await sizes(shelf) == [154, 154]
    before = await shelf.box.store.read(changes.latest, shelf.box.account, ChangeType.EMAIL)
    for _ in range(2):
        await shelf.read("a", 0)
    assert await sizes(shelf) == [4, 154]
    told = await shelf.box.store.read(changes.since, shelf.box.account, ChangeType.EMAIL, before, 9)
    after = await shelf.box.store.read(changes.latest, shelf.box.account, ChangeType.EMAIL)
    assert told and told.updated == (message,) and after == before + 1

    again = shelf.remote.lists["a"]
    await shelf.box.store.write(attachments.set_attachments, shelf.box.account, message, again)
    assert await sizes(shelf) == [4, 154]
    await shelf.read("a", 0)
    assert shelf.remote.calls.count("content A-offer.pdf") == 1
    other = [replace(one, size=200) for one in again]
    await shelf.box.store.write(attachments.set_attachments, shelf.box.account, message, other)
    assert await sizes(shelf) == [200, 200]


async def test_octets_kept_before_sizes_were_told_correct_theirs(shelf: Shelf) -> None:
    """By the next download, without fetching them again."""
    await shelf.read("a", 0)
    message = await shelf.box.id_of("a")
    await shelf.box.store.write(attachments.set_size, shelf.box.account, message, 0, 154)
    await shelf.read("a", 0)
    assert await sizes(shelf) == [4, 4, 4]
    assert shelf.remote.calls.count("content A-offer.pdf") == 1


async def test_octets_go_with_their_message(shelf: Shelf) -> None:
    """Which blobs are still needed follows from the messages that are there."""
    await shelf.read("a", 0)
    kept = await shelf.box.store.read(
        attachments.kept, shelf.box.account, await shelf.box.id_of("a"), "att:0"
    )
    assert kept is not None
    used = attachments.used_blobs
    assert await shelf.box.store.read(used, [kept.sha256, "0" * 64]) == {kept.sha256}
    await shelf.box.store.write(ingest.settle, shelf.box.account, {RemoteId("a"): None}, now=NOW)
    assert await shelf.box.store.read(used, [kept.sha256]) == set()
