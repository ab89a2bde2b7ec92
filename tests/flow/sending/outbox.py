"""One mailbox that writes and sends: a mirror, the loops that write, and somebody who receives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.flow.sim import Simulator
from tests.flow.sync.mirror import USER, Facts, Mirror, facts_of, new_account, opened, sign_in
from tests.kept import database_of

from poststelle.blobs import DirectoryBlobs
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key
from poststelle.mail import bringing, drafts, organise, reading_in
from poststelle.mail.arrivals import Arrival
from poststelle.mail.mime_reader import MimeReader
from poststelle.mime.html_text import unasked
from poststelle.model.change import ChangeType
from poststelle.model.draft import Octets, WrittenMessage, WrittenPart
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, MessageId, SubmissionId
from poststelle.model.message import Address, Body, Importance, Message
from poststelle.model.rights import Grant, Level
from poststelle.model.submission import Submission
from poststelle.store import changes, folders, grants, messages, submissions
from poststelle.store.attachments import Kept
from poststelle.store.tx import Tx
from poststelle.submission import identities, submit
from poststelle.submission.submit import Wanted
from poststelle.writeback.bounce_reader import BounceReader
from poststelle.writeback.draft_writer import DraftWriter
from poststelle.writeback.send_steps import SendPace
from poststelle.writeback.sender import Sender

QUICK = SendPace(settle_s=1, look_s=0.5, patience_s=60, still_draft_s=30)


@dataclass
class Outbox:
    """What a user does, and the loops that bring it to Microsoft, each run by hand."""

    simulator: Simulator
    address: str
    mirror: Mirror
    blobs: DirectoryBlobs
    writer: DraftWriter
    sender: Sender
    bounces: BounceReader

    @property
    def account(self) -> AccountId:
        return self.mirror.account

    async def write(self, to: Sequence[str] = (), files: Sequence[WrittenPart] = (), **said: Any) -> Message:
        """A new draft."""
        return await self.mirror.store.write(
            _create, self.account, written(self.address, to, files, **said), new_key(), self.mirror.clock
        )

    async def bring(self, subject: str, folder: FolderId | None = None) -> Message:
        """A finished message for a folder; the archive unless another is named."""
        octets = f"From: k@extern.example\r\nMessage-ID: <{new_key()}@extern.example>\r\n"
        octets += f"Subject: {subject}\r\n\r\nGuten Tag\r\n"
        return await self.bring_octets(octets.encode(), folder)

    async def bring_octets(self, octets: bytes, folder: FolderId | None = None) -> Message:
        async def once() -> AsyncIterator[bytes]:
            yield octets

        stored = await self.blobs.put(once())
        read, prepared = reading_in.read_octets(unasked, octets)
        store, account, now = self.mirror.store, self.account, self.mirror.clock.now()
        archive = await store.read(folders.by_role, account, Role.ARCHIVE)
        assert archive
        place = archive.id if folder is None else folder
        arrival = Arrival(Kept(stored.sha256, stored.size), read, prepared, (place,))
        take = partial(MimeReader().run, USER)
        one = await bringing.taken_apart(take, self.blobs, arrival, new_key())
        [made] = await store.write(bringing.insert, USER, account, [one], now)
        assert isinstance(made, Message)
        return made

    async def file(self, name: str, octets: bytes, **said: Any) -> WrittenPart:
        """Stored octets as an attachment to be."""

        async def once() -> AsyncIterator[bytes]:
            yield octets

        stored = await self.blobs.put(once())
        part = WrittenPart(Octets(stored.sha256, stored.size), name, "text/plain", None, False)
        return replace(part, **said)

    async def submit(self, message: Message, **wanted: Any) -> Submission:
        """Send it, after ten seconds unless something else is wanted."""
        store, clock = self.mirror.store, self.mirror.clock
        [own, *_] = await store.read(identities.known, USER, self.account)
        asked = Wanted(message.id, own.id, None, None, None)
        args = (USER, self.account, replace(asked, **wanted), new_key(), clock.now())
        return await store.write(submit.submit, *args)

    async def send_now(self, message: Message) -> Submission:
        return await self.submit(message, send_at=self.mirror.clock.now())

    async def cancel(self, submission: Submission) -> None:
        now = self.mirror.clock.now()
        await self.mirror.store.write(submit.cancel, USER, self.account, submission.id, now)

    async def destroy(self, message: Message) -> None:
        now = self.mirror.clock.now()
        await self.mirror.store.write(organise.destroy, USER, self.account, message.id, now)

    async def move(self, message: Message, role: Role) -> None:
        folder = await self.mirror.store.read(folders.by_role, self.account, role)
        assert folder
        args = (USER, self.account, message.id, folder.id, self.mirror.clock.now())
        await self.mirror.store.write(organise.move, *args)

    async def mark(self, message: Message, keywords: dict[str, bool]) -> None:
        args = (USER, self.account, message.id, keywords, self.mirror.clock.now())
        await self.mirror.store.write(organise.set_keywords, *args)

    async def categorise(self, message: Message, category: str) -> None:
        marks, now = organise.Marks(categories=(category,)), self.mirror.clock.now()
        await self.mirror.store.write(organise.set_marks, USER, self.account, message.id, marks, now)

    async def make_place(self, message: Message) -> None:
        """The draft was saved again: another one takes its place."""
        args = (USER, self.account, [message.id], self.mirror.clock.now())
        await self.mirror.store.write(organise.destroy_many, *args, is_replacing=True)

    async def send_in_outlook(self, draft: str) -> None:
        """Somebody sends it with another program."""
        assert self.mirror.outlook
        answer = await self.mirror.outlook.send("POST", f"/me/messages/{draft}/send")
        assert answer.status == 202

    async def state(self, submission: Submission) -> Submission:
        found = await self.mirror.store.read(submissions.get, self.account, SubmissionId(submission.id))
        assert found
        return found

    async def message(self, message: MessageId) -> Message | None:
        """The message as clients see it."""
        return await self.mirror.store.read(messages.get, self.account, message)

    async def now(self) -> int:
        """The state of the messages as clients know it."""
        return await self.mirror.store.read(changes.latest, self.account, ChangeType.EMAIL)

    async def seen_changes(self, since: int) -> dict[str, tuple[int, ...]]:
        """What clients were told of messages since then."""
        found = await self.mirror.store.read(changes.since, self.account, ChangeType.EMAIL, since, 1000)
        assert found
        return {"created": found.created, "updated": found.updated, "destroyed": found.destroyed}

    async def pass_time(self, seconds: float) -> None:
        self.mirror.clock.advance(seconds)  # type: ignore[attr-defined]  # a SetClock

    async def settle(self, rounds: int = 6, seconds: float = 2) -> None:
        """Let the loops run and time pass until nothing is left to do."""
        for _ in range(rounds):
            await self.writer.run_due()
            await self.sender.run_due()
            await self.mirror.drain.run_due()
            self.mirror.clock.advance(seconds)  # type: ignore[attr-defined]  # a SetClock

    def at_microsoft(self, folder: str) -> list[dict[str, Any]]:
        """The messages in a well-known folder."""
        return in_folder(self.simulator, self.address, folder)


def in_folder(simulator: Simulator, address: str, folder: str) -> list[dict[str, Any]]:
    """What lies in a well-known folder of a mailbox."""
    listed, found = simulator.control.snapshot(address)
    ids = {one["id"] for one in listed if one["wellKnownName"] == folder}
    return [one for one in found.values() if one["folderId"] in ids]


def written(
    address: str, to: Sequence[str] = (), files: Sequence[WrittenPart] = (), **said: Any
) -> WrittenMessage:
    """What somebody wrote; everything can be said otherwise."""
    blank = WrittenMessage(
        from_=(Address("Büro", address),),
        to=tuple(Address("", one) for one in to),
        cc=(),
        bcc=(),
        reply_to=(),
        subject="Angebot",
        body=Body("text/html", "<p>Guten <b>Tag</b></p>"),
        parts=tuple(files),
        message_id=None,
        in_reply_to=(),
        references=(),
        sent_at=None,
        importance=Importance.NORMAL,
        is_seen=True,
        is_flagged=False,
        answers=None,
    )
    return replace(blank, **said)


def _create(tx: Tx, account: AccountId, message: WrittenMessage, key: str, clock: Clock) -> Message:
    folder = folders.by_role(tx, account, Role.DRAFTS)
    assert folder
    preview = drafts.preview_of(message)
    return drafts.create(tx, USER, account, folder.id, message, preview, key, clock.now())


@asynccontextmanager
async def outbox_of(
    simulator: Simulator,
    address: str,
    facts: Facts,
    folder: Path,
    clock: Clock,
    pace: SendPace = QUICK,
    patience_s: float = 2,
) -> AsyncIterator[Outbox]:
    """The loops over a database that is there already. ``patience_s``: of who makes drafts."""
    async with opened(facts, clock) as mirror:

        async def open_remote(_: AccountId) -> Any:
            return mirror.remote

        blobs = DirectoryBlobs(folder / "blobs")
        writer = DraftWriter(
            mirror.store,
            blobs,
            open_remote,
            clock,
            "test/drafts",
            settle_s=pace.settle_s,
            patience_s=patience_s,
        )
        sender = Sender(mirror.store, open_remote, clock, "test/sender", pace=pace)
        yield Outbox(
            simulator, address, mirror, blobs, writer, sender, BounceReader(mirror.store, open_remote, clock)
        )


async def new_outbox(
    simulator: Simulator, folder: Path, clock: Clock, name: str = "desk"
) -> tuple[str, Facts]:
    """A fresh mailbox and its database."""
    address = simulator.new_mailbox("desk")
    database = database_of(folder)
    account = await new_account(database, address, clock)
    return address, facts_of(simulator, database, account, await sign_in(simulator, address, clock))


@asynccontextmanager
async def outbox(
    simulator: Simulator, folder: Path, clock: Clock, pace: SendPace = QUICK, patience_s: float = 2
) -> AsyncIterator[Outbox]:
    """A fresh mailbox, pulled once, its addresses known, and its user allowed to send."""
    address, facts = await new_outbox(simulator, folder, clock)
    async with outbox_of(simulator, address, facts, folder, clock, pace, patience_s) as box:
        await ready(box)
        yield box


async def ready(box: Outbox) -> None:
    mirror = box.mirror
    await mirror.store.write(
        grants.upsert, Grant(box.account, USER, Level.SEND), at=mirror.clock.now(), by=None
    )
    await mirror.pull()

    async def open_remote(_: AccountId) -> Any:
        return mirror.remote

    await identities.refresh(mirror.store, open_remote, mirror.clock, USER, box.account)
