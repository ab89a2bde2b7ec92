"""What Microsoft holds of a mailbox is in its archive, octet for octet, whoever wrote, sent or deleted it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import Outbox, outbox
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.tree import Tree

from poststelle.auth.crypto import KeyRing
from poststelle.mail import archive_proof, archiving
from poststelle.model.archive import Direction, EntryKind, Letter
from poststelle.model.ids import AccountId
from poststelle.store import archive
from poststelle.store.tx import Tx
from poststelle.sync.archiver import Archiver

pytestmark = pytest.mark.anyio


def _turn_on(tx: Tx, box: Outbox, ring: KeyRing) -> None:
    now = box.mirror.clock.now()
    archive.turn_on(tx, box.account, box.address, now)
    archiving.note(tx, ring, box.account, EntryKind.ON, now)


async def _told_there(box: Outbox, message: str) -> bytes:
    """The message as Microsoft tells it to anybody."""
    octets = bytearray()
    async for chunk in box.mirror.remote.mime(message):  # type: ignore[arg-type]  # as the simulator names it
        octets += chunk
    return bytes(octets)


async def test_all_that_comes_and_goes_is_archived(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """Once each: received, sent and kept, sent by Outlook, sent and not kept, which waits to be archived."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        ring = KeyRing([os.urandom(32)])
        await box.mirror.store.write(_turn_on, box, ring)

        async def open_remote(_: AccountId) -> Any:
            return box.mirror.remote

        archiver = Archiver(box.mirror.store, box.blobs, open_remote, ring, clock)
        [asked] = m365.control.receive(box.address, subject="Anfrage", **{"from": customer})
        await box.mirror.pull()
        letters = [await box.write([customer], subject=subject) for subject in ("Eins", "Zwei", "Drei")]
        await box.settle(rounds=4, seconds=0)
        await archiver.run_due()
        await box.submit(letters[0])
        await box.submit(letters[1], is_kept=False)
        third = await box.message(letters[2].id)
        assert third
        await box.send_in_outlook(third.remote_id)
        await box.settle(rounds=12)
        await box.mirror.pull()
        assert {one["subject"] for one in box.at_microsoft("sentitems")} == {"Eins", "Zwei", "Drei"}
        there = {one["id"]: await _told_there(box, one["id"]) for one in box.at_microsoft("sentitems")}
        there[asked] = await _told_there(box, asked)

        await archiver.run_due()
        await box.settle()
        assert {one["subject"] for one in box.at_microsoft("sentitems")} == {"Eins", "Drei"}
        held = await box.mirror.store.read(archive.links, box.account, 0, 99)
        found = [one.letter for one in held if one.letter and one.kind is EntryKind.MESSAGE]
        assert {one.remote_id: await box.blobs.read(one.sha256) for one in found} == there
        assert (len(found), _outgoing(found)) == (4, {"Eins", "Zwei", "Drei"})
        args = (box.mirror.store, box.blobs, ring, box.account)
        portion = await archive_proof.verify(*args, 0)
        assert portion and (portion.is_end, portion.broken, portion.seen) == (True, (), 5)
        assert await box.mirror.store.read(archive.waiting, box.account) == 0
        await box.mirror.check()


@pytest.mark.parametrize("how", ["with its folder", "before its turn"])
async def test_nothing_goes_for_good_before_it_is_archived(
    m365: Simulator, tmp_path: Path, clock: SetClock, how: str
) -> None:
    """With its folder, and of mail from before the archive what nobody has noted yet."""
    async with outbox(m365, tmp_path, clock) as box:
        ring = KeyRing([os.urandom(32)])

        async def open_remote(_: AccountId) -> Any:
            return box.mirror.remote

        archiver = Archiver(box.mirror.store, box.blobs, open_remote, ring, clock)
        m365.control.create_folder(box.address, "Objekte")
        if how == "with its folder":
            await box.mirror.store.write(_turn_on, box, ring)
        [asked] = m365.control.receive(box.address, ["Objekte"], subject="Anfrage")
        await box.mirror.pull()
        there = await _told_there(box, asked)
        if how == "with its folder":
            await Tree(box.mirror).destroy("Objekte")
        else:
            await box.mirror.store.write(_turn_on, box, ring)
            await box.mirror.store.write(archive.begin_fill, box.account)
            await box.mirror.destroy(asked)
        for _ in range(3):
            await box.mirror.drain.run_due()
            await box.mirror.pull()
            await archiver.run_due()
            clock.advance(100)
        held = await box.mirror.store.read(archive.links, box.account, 0, 99)
        [letter] = [one.letter for one in held if one.letter and one.kind is EntryKind.MESSAGE]
        assert await box.blobs.read(letter.sha256) == there
        await box.settle()
        folders, messages = m365.control.snapshot(box.address)
        assert asked not in messages
        assert ("Objekte" in [one["displayName"] for one in folders]) is (how == "before its turn")


def _outgoing(letters: list[Letter]) -> set[str]:
    return {one.subject for one in letters if one.direction is Direction.OUT}
