"""What is known of a letter that others edit while it is being sent: for clients it is another message."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flow.sending.outbox import written
from tests.store.mailbox import NOW, Mailbox, page, remote_folder
from tests.store.test_drafts import OFFICE, desk, made, report, sent_copy, write

from poststelle.mail import ingest, organise
from poststelle.model.folder import Role
from poststelle.model.ids import MessageId
from poststelle.model.message import Address, Message
from poststelle.model.submission import Claimed, Submission
from poststelle.store import addresses, drafts, messages, submissions
from poststelle.store.room import Places
from poststelle.store.tx import Tx
from poststelle.submission import submit
from poststelle.submission.submit import Wanted
from poststelle.writeback import finding, send_steps, sightings
from poststelle.writeback.finding import Found
from poststelle.writeback.send_steps import SendPace

__all__ = ["desk"]

pytestmark = pytest.mark.anyio

_RENAMED = "<anders@desk.example>"


async def _claimed(desk: Mailbox, message: Message) -> Claimed:
    """In a sender's hands, and about to be sealed."""
    await _submit(desk, message)
    [claimed] = await _claim(desk)
    counted = await desk.store.write(submissions.count_seal, claimed)
    assert counted
    return counted


async def _submit(desk: Mailbox, message: Message) -> Submission:
    [own] = await desk.store.read(addresses.list_all, desk.account)
    wanted = Wanted(message.id, own.id, None, NOW, None)
    return await desk.store.write(submit.submit, desk.user, desk.account, wanted, "k9", NOW)


async def _claim(desk: Mailbox) -> list[Claimed]:
    room = Places(5, 5, 2).beside(())
    return await desk.store.write(send_steps.claim, "test", SendPace(), NOW, room)


async def _edited(desk: Mailbox, message: Message, **said: Any) -> MessageId:
    """A pull meets the edit: its id from now on."""
    told = report(message, **({"subject": "Angebot 2"} | said))
    await desk.pull("Drafts", page(told, link="d9"))
    fresh = await desk.id_of("D1")
    assert fresh != message.id
    return fresh


async def test_that_it_was_thrown_away_here_is_known(desk: Mailbox) -> None:
    """With the folder into which it was moved; who sends looks whether others have sent it before."""
    message = await write(desk)
    await made(desk, message, report(message))
    args = (desk.user, desk.account, message.id, desk.folder_ids["Objects"], NOW)
    await desk.store.write(organise.move, *args)
    submission = await _submit(desk, message)
    await desk.store.write(_folder_into_trash, desk)
    assert await desk.store.write(submissions.miss, submission, NOW)
    [claimed] = await _claim(desk)
    assert await desk.store.read(send_steps.goes_to_trash, claimed)

    await _edited(desk, message)
    assert await desk.store.read(send_steps.goes_to_trash, claimed)


def _folder_into_trash(tx: Tx, desk: Mailbox) -> None:
    trash = remote_folder("Trash", Role.TRASH)
    ingest.apply_folders(tx, desk.account, [trash, remote_folder("Objects", parent_id=trash.remote_id)])


async def test_another_letter_is_not_its_copy(desk: Mailbox) -> None:
    """Somebody has made it of the draft, under the same key, for others: it is no copy of this one."""
    message = await write(desk)
    await made(desk, message, report(message))
    claimed = await _claimed(desk, message)
    await _edited(desk, message)
    people = (Address("", "andere@extern.example"),)
    said = {"subject": "Ganz anders", "to": people, "sent_at": NOW}
    other = sent_copy(message, claimed.submission.id, **said)

    sighting = await desk.store.read(sightings.sight, claimed, Found(others=[other]))
    assert sighting.copy is None
    assert sighting.likely is None


class _Asked:
    """A provider that has nothing; ``names`` are the Message-IDs that it was asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def fetch(self, ids: list[str]) -> dict[str, None]:
        return dict.fromkeys(ids)

    async def written(self, _: list[str], name: str) -> list[Any]:
        self.names.append(name)
        return []


async def test_it_is_looked_for_under_the_name_that_it_has_by_now(desk: Mailbox) -> None:
    message = await write(desk, message=written(OFFICE, ["kunde@extern.example"]))
    await made(desk, message, report(message))
    claimed = await _claimed(desk, message)
    await _edited(desk, message, internet_message_id=_RENAMED)

    asked: Any = _Asked()
    await finding.find(desk.store, asked, claimed)
    assert asked.names == [message.internet_message_id, _RENAMED]


async def test_a_namesake_that_is_told_as_sent_without_its_message_id_is_noted(desk: Mailbox) -> None:
    """A check asks for few fields: what it is called is known from before."""
    name = "gewählt@desk.example"
    message = await write(desk, message=written(OFFICE, ["kunde@extern.example"], message_id=name))
    theirs = report(message, "X", draft_key=None)
    await desk.pull("Drafts", page(theirs))
    assert await desk.id_of("X") != message.id
    assert not await _has_namesake(desk, message)

    await desk.pull("Drafts", page(report(message, "X", internet_message_id=None, is_draft=False), link="d2"))
    assert await _has_namesake(desk, message)


@pytest.mark.parametrize("how", ["made", "reported"])
async def test_a_copy_that_is_met_before_the_draft_is_known_is_noted(desk: Mailbox, how: str) -> None:
    """In another folder, so it is left to whoever makes the draft."""
    message = await write(desk, message=written(OFFICE, ["kunde@extern.example"]))
    await desk.pull("Inbox", page(report(message, "X", "Inbox")))
    assert await desk.id_of("X") != message.id
    assert not await _has_namesake(desk, message)
    if how == "made":
        await made(desk, message, report(message))
    else:
        await desk.pull("Drafts", page(report(message)))
    assert await desk.id_of("D1") == message.id
    assert await _has_namesake(desk, message)


async def test_a_draft_without_a_namesake_has_none(desk: Mailbox) -> None:
    """It is not its own, nor is what it is told of twice."""
    message = await write(desk, message=written(OFFICE, ["kunde@extern.example"]))
    await made(desk, message, report(message))
    await desk.pull("Drafts", page(report(message)))
    assert not await _has_namesake(desk, message)


async def _has_namesake(desk: Mailbox, message: Message) -> bool:
    found = await desk.store.read(drafts.get, desk.account, message.id)
    assert found and await desk.store.read(messages.get, desk.account, message.id)
    return found.has_namesake
