"""Whatever happens in whatever order, in the end the copy equals the provider.

A small provider keeps messages in folders and reports them as Graph does: per
folder, in pages, partial, repeated, with removals that are no deletions. Users
change things meanwhile, and some changes are refused. Invariants hold after
every step.
"""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.conftest import FakeClock, Listener
from tests.store.mailbox import NOW, Mailbox, create, item, partial

from poststelle.mail import ingest, organise
from poststelle.model.ids import RemoteId
from poststelle.model.message import FLAGGED, SEEN, Body, Message
from poststelle.model.writeback import OpKind, WritebackOp
from poststelle.providers.base import DeltaPage, RemoteMessage
from poststelle.store import cursors, departures, messages, open_store, writeback_ops

FOLDERS = ("Inbox", "Sent", "Trash", "Objects")


@dataclass
class Letter:
    """One message at the provider; ``version`` rises with each change."""

    folder: str
    thread: str
    text: str = "first"
    is_seen: bool = False
    is_flagged: bool = False
    is_draft: bool = False
    version: int = 0


@dataclass
class Provider:
    """Folders of letters, and what each folder's reader has been told: key -> version."""

    letters: dict[str, Letter] = field(default_factory=dict)
    told: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in FOLDERS})
    bounced: set[tuple[str, str]] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def receive(self, folder: str, thread: int, is_draft: bool) -> None:
        self.letters[f"k{next(self.numbers)}"] = Letter(folder, f"T{thread}", is_draft=is_draft)

    def move(self, key: str, folder: str) -> None:
        """A letter that comes back before its folder was read is only reported as removed."""
        letter = self.letters[key]
        if key in self.told[folder] and letter.folder != folder:
            self.bounced.add((folder, key))
        letter.folder = folder
        letter.version += 1

    def report(self, key: str, is_whole: bool) -> RemoteMessage:
        letter = self.letters[key]
        flags = {"is_seen": letter.is_seen, "is_flagged": letter.is_flagged, "is_draft": letter.is_draft}
        if is_whole:
            body = Body("text/plain", letter.text)
            return item(key, letter.folder, thread_key=letter.thread, body=body, **flags)
        return partial(key, folder_id=RemoteId(f"F-{letter.folder}"), **flags)

    def delta(self, folder: str, size: int) -> list[DeltaPage]:
        """What the folder's reader has not been told yet."""
        told = self.told[folder]
        here = {key: letter for key, letter in self.letters.items() if letter.folder == folder}
        bounced = {key for name, key in self.bounced if name == folder and key in here}
        changed = [k for k, letter in here.items() if told.get(k) != letter.version and k not in bounced]
        left = sorted((told.keys() - here.keys()) | bounced)
        items = [self.report(k, k not in told or here[k].is_draft) for k in changed]
        self.told[folder] = {key: letter.version for key, letter in here.items()}
        self.bounced = {(name, key) for name, key in self.bounced if name != folder}
        pages = [items[n : n + size] for n in range(0, len(items), size)] or [[]]
        gone = frozenset(RemoteId(key) for key in left)
        return [
            DeltaPage(
                tuple(page),
                gone if n == 0 else frozenset(),
                None if n == len(pages) - 1 else "next",
                "delta" if n == len(pages) - 1 else None,
            )
            for n, page in enumerate(pages)
        ]

    def apply(self, op: WritebackOp) -> bool:
        """False when there is no such letter."""
        letter = self.letters.get(op.remote_id)
        if letter is None:
            return False
        if op.kind is OpKind.DESTROY:
            del self.letters[op.remote_id]
        elif op.kind is OpKind.MOVE:
            self.move(op.remote_id, str(op.target).removeprefix("F-"))
        else:
            for name, value in op.payload.items():
                setattr(letter, name, value)
            letter.version += 1
        return True

    def contents(self) -> dict[str, dict[str, tuple[bool, bool]]]:
        found: dict[str, dict[str, tuple[bool, bool]]] = {name: {} for name in FOLDERS}
        for key, letter in self.letters.items():
            found[letter.folder][key] = (letter.is_seen, letter.is_flagged)
        return found


class Story:
    """The provider, our copy, and the steps between them."""

    def __init__(self, box: Mailbox) -> None:
        self.box, self.provider = box, Provider()

    def pick(self, number: int) -> str | None:
        keys = list(self.provider.letters)
        return keys[number % len(keys)] if keys else None

    async def receive(self, number: int, folder: str, flag: bool) -> None:
        self.provider.receive(folder, number % 3, is_draft=flag)

    async def remote_move(self, number: int, folder: str, flag: bool) -> None:
        if (key := self.pick(number)) is not None:
            self.provider.move(key, folder)

    async def remote_mark(self, number: int, folder: str, flag: bool) -> None:
        if (key := self.pick(number)) is not None:
            letter = self.provider.letters[key]
            if letter.is_draft and number % 2:
                letter.text += "."
            elif number % 3:
                letter.is_seen = flag
            else:
                letter.is_flagged = flag
            letter.version += 1

    async def remote_delete(self, number: int, folder: str, flag: bool) -> None:
        if (key := self.pick(number)) is not None:
            del self.provider.letters[key]

    async def pull(self, number: int, folder: str, flag: bool) -> None:
        """Read a folder; ``flag``: each page is stored twice, as after a crash that lost the answer."""
        for page in self.provider.delta(folder, size=1 + number % 3):
            for _ in range(2 if flag else 1):
                await self.box.pull(folder, page)

    async def expire(self, number: int, folder: str, flag: bool) -> None:
        """The cursor is lost: a read from nothing, whose end knows what was not met."""
        await self.box.store.write(cursors.destroy, self.box.account, self.box.folder_ids[folder])
        self.provider.told[folder] = {}
        for page in self.provider.delta(folder, size=1 + number % 3):
            await self.box.pull(folder, page, is_sweep=True)

    async def settle(self, number: int, folder: str, flag: bool) -> None:
        waiting = await self.box.store.read(departures.list_all, self.box.account, 100)
        located = {
            d.remote_id: self.provider.report(d.remote_id, flag)
            if d.remote_id in self.provider.letters
            else None
            for d in waiting
        }
        await self.box.store.write(ingest.settle, self.box.account, located, now=NOW)

    async def mark(self, number: int, folder: str, flag: bool) -> None:
        if (message := await self._visible(number)) is not None:
            patch = {SEEN if number % 2 else FLAGGED: flag}
            await self.box.store.write(
                organise.set_keywords, self.box.user, self.box.account, message.id, patch, NOW
            )

    async def move(self, number: int, folder: str, flag: bool) -> None:
        if (message := await self._visible(number)) is not None:
            target = self.box.folder_ids[folder]
            await self.box.store.write(
                organise.move, self.box.user, self.box.account, message.id, target, NOW
            )

    async def destroy(self, number: int, folder: str, flag: bool) -> None:
        if (message := await self._visible(number)) is not None:
            await self.box.store.write(organise.destroy, self.box.user, self.box.account, message.id, NOW)

    async def drain(self, number: int, folder: str, flag: bool) -> None:
        """Bring one batch to the provider; ``flag``: it refuses every second op."""
        ops = await self.box.store.write(writeback_ops.claim, self.box.account, "test", NOW, 20)
        for n, op in enumerate(ops):
            if flag and (n + number) % 2:
                await self.box.store.write(writeback_ops.take_back, op, "refused", "no", NOW)
            elif self.provider.apply(op):
                await self.box.store.write(writeback_ops.confirm, op, at=NOW)
            else:
                await self.box.store.write(writeback_ops.take_back, op, "gone", "404", NOW)
                gone = {op.remote_id: None}
                await self.box.store.write(ingest.settle, self.box.account, gone, now=NOW)

    async def come_to_rest(self) -> None:
        """Drain what is left, read every folder, ask for what departed."""
        while await self.box.store.read(writeback_ops.pending_count, self.box.account):
            await self.drain(0, "", flag=False)
        for name in FOLDERS:
            await self.pull(0, name, flag=False)
        await self.settle(0, "", flag=False)

    async def _visible(self, number: int) -> Message | None:
        key = self.pick(number)
        if key is None:
            return None
        found = await self.box.store.read(messages.by_remote, self.box.account, [RemoteId(key)])
        message = found.get(RemoteId(key))
        return message if message is not None and message.folder_ids else None


STEPS = (
    "receive", "receive", "remote_move", "remote_mark", "remote_delete", "pull", "pull", "pull",
    "expire", "settle", "mark", "move", "destroy", "drain",
)  # fmt: skip
stories = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 11), st.sampled_from(FOLDERS), st.booleans()),
    max_size=30,
)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as running:
        yield running


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=stories)
def test_the_copy_comes_to_equal_the_provider(
    url: str, runner: asyncio.Runner, steps: list[tuple[str, int, str, bool]]
) -> None:
    """Any story ends with the same messages in the same folders with the same flags."""
    runner.run(play(url, steps))


async def play(url: str, steps: list[tuple[str, int, str, bool]]) -> None:
    store = await open_store(url, Listener(), FakeClock())
    try:
        account, user, folder_ids = await store.write(create, f"desk{next(ADDRESSES)}@office.example")
        story = Story(Mailbox(store, account, user, folder_ids))
        for name, number, folder, flag in steps:
            await getattr(story, name)(number, folder, flag)
            await story.box.check()
        await story.come_to_rest()
        await story.box.check()
        assert await story.box.contents() == story.provider.contents()
    finally:
        await store.close()


ADDRESSES = itertools.count()
