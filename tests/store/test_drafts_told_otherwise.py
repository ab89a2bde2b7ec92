"""Drafts that the provider tells a little otherwise than they were written, and copies that only look so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.flow.sending.outbox import written
from tests.store.mailbox import NOW, Mailbox, page
from tests.store.test_drafts import NOTHING, OFFICE, desk, op_of, report, seen, state, taken_up, write

from poststelle.mail import organise
from poststelle.model.message import Address, Body, Message
from poststelle.model.writeback import WritebackOp
from poststelle.providers.errors import RetryLater
from poststelle.store import addresses, messages
from poststelle.submission import submit
from poststelle.submission.submit import Wanted
from poststelle.writeback import draft_steps
from poststelle.writeback.drain import put_off

__all__ = ["desk"]

pytestmark = pytest.mark.anyio

TEXT = Body("text/html", "<p>Guten Tag, hier ist unser Angebot</p>")
ALIAS = (Address("Kunde", "kunde.haupt@extern.example"),)
OTHERWISE: dict[str, dict[str, Any]] = {
    "another address": {"to": ALIAS},
    "another subject": {"subject": "Angebot."},
    "unseen letters": {"body": Body("text/html", "<p>Guten Tag, hier ist unser\u200b Angebot\ufeff.</p>")},
    "cleaned text": {"body": Body("text/html", "<p>Guten Tag, hier ist unser</p>")},
    "text not read": {"body": None},
    "another address, text not read": {"to": ALIAS, "body": None},
}
OTHERS: dict[str, dict[str, Any]] = {
    "another letter": {"to": ALIAS, "subject": "Kopie"},
    "another letter, text not read": {"to": ALIAS, "subject": "Kopie", "body": None},
    "another text": {"body": Body("text/html", "<p>Noch nicht fertig</p>")},
    "other people, a little other text": {
        "to": ALIAS,
        "body": Body("text/html", "<p>Guten Tag, hier ist</p>"),
    },
    "elsewhere": {"folder": "Inbox", "body": Body("text/html", "<p>Guten Tag, hier ist unser</p>")},
}


async def _asked(desk: Mailbox) -> tuple[Message, WritebackOp]:
    """Its making is not answered yet."""
    message = await write(desk, message=written(OFFICE, ["kunde@extern.example"], body=TEXT))
    op = await taken_up(desk, message)
    assert await desk.store.write(draft_steps.begin, op, NOW, ())
    return message, op


def _told(message: Message, remote_id: str = "D1", folder: str = "Drafts", **said: Any) -> Any:
    return report(message, remote_id, folder, **({"body": TEXT} | said))


async def _submit(desk: Mailbox, message: Message) -> None:
    [own] = await desk.store.read(addresses.list_all, desk.account)
    wanted = Wanted(message.id, own.id, None, NOW + timedelta(days=1), None)
    await desk.store.write(submit.submit, desk.user, desk.account, wanted, "k9", NOW)


@pytest.mark.parametrize("otherwise", OTHERWISE)
async def test_a_draft_that_is_told_a_little_otherwise_is_the_same(desk: Mailbox, otherwise: str) -> None:
    """The pull meets it before its making is answered: clients are told of no second draft, then or later."""
    message, op = await _asked(desk)
    since = await state(desk)
    told = _told(message, **OTHERWISE[otherwise])
    await desk.pull("Drafts", page(told))
    assert await desk.id_of("D1") == message.id
    await desk.store.write(draft_steps.made, op, told.remote_id, (), told)
    await desk.store.write(draft_steps.finish, op, told, (), NOW)
    await desk.pull("Drafts", page(told, link="d2"))
    assert await seen(desk, since) == NOTHING


@pytest.mark.parametrize("said", OTHERS)
async def test_what_says_something_else_is_not_the_draft(desk: Mailbox, said: str) -> None:
    """It may be another letter that somebody makes of it; whoever makes ours sees all that has its key."""
    message, _ = await _asked(desk)
    other = _told(message, "C1", **OTHERS[said])
    await desk.pull(OTHERS[said].get("folder", "Drafts"), page(other))
    assert await desk.id_of("C1") != message.id
    kept = await desk.store.read(messages.get, desk.account, message.id)
    assert kept and kept.remote_id == message.remote_id


@pytest.mark.parametrize("met", ["together", "one after the other", "elsewhere before"])
async def test_of_several_that_are_told_otherwise_none_is_taken_for_the_draft(
    desk: Mailbox, met: str
) -> None:
    message, _ = await _asked(desk)
    otherwise = {"to": ALIAS}
    copy, draft = _told(message, "C1", to=ALIAS, subject="Kopie"), _told(message, **otherwise)
    match met:
        case "together":
            await desk.pull("Drafts", page(copy, draft))
        case "one after the other":
            await desk.pull("Drafts", page(copy))
            await desk.pull("Drafts", page(draft, link="d2"))
        case _:
            await desk.pull("Inbox", page(_told(message, "C1", "Inbox", **otherwise)))
            await desk.pull("Drafts", page(draft))
    assert await desk.id_of("D1") != message.id
    await desk.pull("Drafts", page(_told(message, "D2"), link="d3"))
    assert await desk.id_of("D2") == message.id


async def test_what_is_to_be_sent_is_not_taken_to_go_to_other_people(desk: Mailbox) -> None:
    """The readdressed copy may be met before the draft is."""
    message, _ = await _asked(desk)
    await _submit(desk, message)
    await desk.pull("Drafts", page(_told(message, "C1", to=ALIAS)))
    assert await desk.id_of("C1") != message.id
    await desk.pull("Drafts", page(_told(message), link="d2"))
    assert await desk.id_of("D1") == message.id


async def test_what_was_removed_here_takes_nothing_along_that_says_something_else(desk: Mailbox) -> None:
    message, _ = await _asked(desk)
    await desk.store.write(organise.destroy, desk.user, desk.account, message.id, NOW)
    await desk.pull("Drafts", page(_told(message, "C1", to=ALIAS)))
    assert await desk.id_of("C1") != message.id


async def test_a_later_doubt_has_a_clock_of_its_own(desk: Mailbox) -> None:
    """It was looked for for long before it was found; its copy in Sent may be seen late, too."""
    message, op = await _asked(desk)
    later = NOW + timedelta(hours=1)
    assert await desk.store.write(draft_steps.missed, op, [], NOW) == NOW
    op = await op_of(desk, message)
    assert await desk.store.write(draft_steps.missed, op, [], later) == NOW
    await desk.store.write(draft_steps.made, op, _told(message).remote_id, (), None)
    op = await op_of(desk, message)
    assert await desk.store.write(draft_steps.missed, op, [], later) == later


@pytest.mark.parametrize("before", ["first attempt", "throttled", "unanswered"])
async def test_a_draft_told_a_little_otherwise_is_known_while_none_can_be_there_of_an_earlier_attempt(
    desk: Mailbox, before: str
) -> None:
    """The notification comes before the answer. What was asked for in vain is left to who looks for it."""
    message, op = await _asked(desk)
    if before != "first attempt":
        if before == "throttled":
            await desk.store.write(draft_steps.not_asked, op)
        await desk.store.write(put_off, [op], RetryLater("busy", after_s=0), NOW)
        op = await taken_up(desk, message)
        assert await desk.store.write(draft_steps.begin, op, NOW, ())
    await desk.pull("Drafts", page(_told(message, to=ALIAS)))
    assert (await desk.id_of("D1") == message.id) == (before != "unanswered")
