"""Whom a mailbox would write to: often, lately, and people rather than machines."""

from datetime import timedelta

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create, item, page

from poststelle.mail.correspondents import of_account, ranked
from poststelle.model.errors import NotFound
from poststelle.model.ids import UserId
from poststelle.model.message import Address
from poststelle.store.messages import People
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio

ZOE, TOM, ANNA = (
    Address("Zoe", "zoe@x.example"),
    Address("Tom", "tom@x.example"),
    Address("", "ANNA@x.example"),
)


def met(days: int, *people: Address) -> People:
    """A message of so many days ago, from and to the same people."""
    return People(NOW - timedelta(days=days), people, people)


def emails(*sent: People, heard: tuple[People, ...] = ()) -> list[str]:
    return [one.email for one in ranked(sent, heard, {"info@wir.example"}, NOW)]


async def test_often_and_lately_comes_first() -> None:
    """Half as much every three months; who was written to before who wrote."""
    assert emails(met(0, ZOE), met(1, ZOE), met(2, TOM)) == [ZOE.email, TOM.email]
    assert emails(met(0, TOM), met(400, ZOE), met(401, ZOE), met(402, ZOE)) == [TOM.email, ZOE.email]
    assert emails(met(0, TOM), heard=(met(0, ZOE), met(0, ZOE))) == [TOM.email, ZOE.email]


async def test_machines_and_the_mailbox_itself_are_nobody() -> None:
    """A robot counts once somebody has written to it; an address without @ never."""
    robot, ours = Address("", "no-reply+x@shop.example"), Address("Wir", "INFO@wir.example")
    assert emails(met(0, ours), heard=(met(0, robot, Address("", "")),)) == []
    assert emails(met(0, robot)) == [robot.email]


async def test_one_person_has_one_line_and_the_latest_name() -> None:
    """Letter case makes no other person."""
    named = [Address("Anna B.", "anna@x.example"), Address("Anna A.", "anna@x.example")]
    found = ranked([met(0, ANNA), met(1, named[0]), met(2, named[1])], [], set(), NOW)
    assert found == [named[0]]


async def test_they_are_read_from_the_mailbox(store: Store, clock: FakeClock) -> None:
    """From what was sent and what came; only for who may write there."""
    account, user, ids = await store.write(create)
    mailbox = Mailbox(store, account, user, ids)
    written = item("s", "Sent", from_=(Address("", "desk@office.example"),), to=(ZOE,), cc=(TOM,))
    await mailbox.pull("Sent", page(written))
    await mailbox.pull("Inbox", page(item("i", from_=(ANNA,))))

    found = await store.read(of_account, user, account, clock.now())
    assert [one.email for one in found] == [ZOE.email, TOM.email, ANNA.email]
    with pytest.raises(NotFound):
        await store.read(of_account, UserId(99), account, clock.now())
