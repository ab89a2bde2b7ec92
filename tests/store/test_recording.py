"""What arrives or is sent becomes one record of who was at the other side, which stays when the mail goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create, item, page
from tests.store.test_people_users import new_user

from poststelle.lib.clock import SystemClock
from poststelle.mail import recording
from poststelle.model.activity import Activity
from poststelle.model.archive import Direction
from poststelle.model.errors import NotAllowed, NotFound
from poststelle.model.message import Address
from poststelle.settings import recording as settings
from poststelle.store import audit, messages
from poststelle.store.activities import Place, Wanted
from poststelle.sync.recorder import Recorder

if TYPE_CHECKING:
    from poststelle.model.ids import UserId

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned]

DESK = Address("Office", "desk@office.example")
EVERYTHING = Wanted()
EVA, JAN = Address("Eva", "eva@else.example"), Address("Jan", "jan@else.example")


async def turn(mailbox: Mailbox, by: UserId, *, is_on: bool = True) -> None:
    await mailbox.store.write(settings.turn, by, mailbox.account, is_on=is_on, now=NOW)


async def found(
    mailbox: Mailbox, wanted: Wanted = EVERYTHING, below: Place | None = None, limit: int = 99
) -> list[Activity]:
    await Recorder(mailbox.store, SystemClock()).run_due()
    args = (mailbox.user, None, wanted)
    return await mailbox.store.read(recording.find, *args, below=below, limit=limit)


@pytest.fixture
async def admin(mailbox: Mailbox) -> UserId:
    return (await mailbox.store.write(new_user, "sabine", may_settings=True)).id


async def test_each_message_between_us_and_others_is_recorded_once(mailbox: Mailbox, admin: UserId) -> None:
    """No drafts, nothing from before or among our own addresses, and nothing twice: neither moved nor met
    again under another id. Somebody else who uses a letter's Message-ID is not hidden by it.
    """
    await turn(mailbox, admin)
    out = item("out", folder="Sent", minutes=1, from_=(DESK,), to=(EVA,), cc=(JAN, DESK))
    among = item("among", from_=(DESK,), to=(DESK,))
    draft, before = item("draft", is_draft=True), item("before", minutes=-1)
    letter = item("in", internet_message_id="<a@b>")
    await mailbox.pull("Inbox", page(letter, out, among, draft, before))
    again = [item("in", folder="Objects"), item("again", internet_message_id="<a@b>")]
    stranger = item("stranger", minutes=2, from_=(EVA,), internet_message_id="<a@b>")
    await mailbox.pull("Objects", page(*again, stranger))
    told = [(one.subject, one.direction, [who.email for who in one.contacts]) for one in await found(mailbox)]
    assert told == [
        ("Subject stranger", Direction.IN, ["eva@else.example"]),
        ("Subject out", Direction.OUT, ["eva@else.example", "jan@else.example"]),
        ("Subject in", Direction.IN, ["anna@berger.example"]),
    ]


async def test_a_record_stays_when_its_message_goes(mailbox: Mailbox, admin: UserId) -> None:
    """Also when that goes before its turn has come."""
    await turn(mailbox, admin)
    await mailbox.pull("Inbox", page(item("a"), item("b", minutes=1)))
    await mailbox.store.write(messages.destroy, mailbox.account, await mailbox.id_of("a"))
    b, a = await found(mailbox)
    assert (a.subject, a.preview, a.folder_id) == ("Subject a", "Good morning", None)
    assert b.folder_id == mailbox.folder_ids["Inbox"]
    await turn(mailbox, admin, is_on=False)
    await mailbox.pull("Inbox", page(item("c", minutes=2)))
    assert await found(mailbox) == [b, a]


async def test_records_are_found_by_what_is_known_of_them(mailbox: Mailbox, admin: UserId) -> None:
    """By words, whole address, direction and time; page by page, also where several came at once."""
    await turn(mailbox, admin)
    sent = item("sent", folder="Sent", minutes=5, from_=(DESK,), to=(EVA,), subject="Besichtigung Straße")
    await mailbox.pull("Inbox", page(*(item(f"{n}") for n in range(3)), sent))
    (one,) = await found(mailbox, Wanted(words=recording.sought("STRASSE besich")))
    assert [one] == await found(mailbox, Wanted(email="EVA@else.example"))
    assert [one] == await found(mailbox, Wanted(direction=Direction.OUT))
    assert [one] == await found(mailbox, Wanted(since=one.at))
    assert await found(mailbox, Wanted(email="eva@else")) == []
    pages, below = [], None
    while some := await found(mailbox, below=below, limit=2):
        pages.append(some)
        below = recording.place_of(some[-1])
    assert [one for some in pages for one in some] == await found(mailbox)
    assert [len(some) for some in pages] == [2, 2]


async def test_records_are_for_those_assigned(mailbox: Mailbox, admin: UserId, clock: FakeClock) -> None:
    """The right to the settings turns them on and shows none; a lower level turns nothing on."""
    store = mailbox.store
    await turn(mailbox, admin)
    await mailbox.pull("Inbox", page(item("a")))
    await found(mailbox)
    assert await store.read(recording.find, admin, None, EVERYTHING, below=None, limit=9) == []
    with pytest.raises(NotFound):
        await store.read(recording.find, admin, mailbox.account, EVERYTHING, below=None, limit=9)
    with pytest.raises(NotAllowed):
        await turn(mailbox, mailbox.user, is_on=False)
    other, colleague, _ = await store.write(create, "second@office.example")
    assert await store.read(recording.find, colleague, None, EVERYTHING, below=None, limit=9) == []
    assert other != mailbox.account
    entries = await store.read(audit.find, audit.Filter())
    assert [one.action for one in entries if one.action.startswith("recording")] == ["recording.turned_on"]
