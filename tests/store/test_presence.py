"""Who is reading or answering a message: for a minute, once a person, and only while they may."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.store.conftest import FakeClock, Listener
from tests.store.mailbox import Mailbox, item, page

from poststelle.access import users as people
from poststelle.blobs import DirectoryBlobs
from poststelle.mail import presence
from poststelle.mail.presence import MOST_CLIENTS
from poststelle.model.change import ChangeType
from poststelle.model.errors import NotAllowed, NotFound, TooMany
from poststelle.model.ids import MessageId, UserId
from poststelle.model.presence import LIVES, Activity, Voice
from poststelle.model.rights import Grant, Level
from poststelle.model.user import Login, Theme, User
from poststelle.store import grants, logins, presences, users
from poststelle.store.tx import Store, Tx
from poststelle.sync.housekeeping import Housekeeper

pytestmark = pytest.mark.anyio
READING, ANSWERING = Activity.READING, Activity.ANSWERING


def hire(tx: Tx, mailbox: Mailbox, name: str, level: Level, clock: FakeClock) -> UserId:
    """A colleague who is assigned and logged in; the login's hash is the name."""
    user = User(users.reserve_id(tx), name, name, "", True, False, None, Theme.SYSTEM, clock.now())
    assert users.insert(tx, user, None)
    grants.upsert(tx, Grant(mailbox.account, user.id, level), at=clock.now(), by=None)
    at = clock.now()
    logins.insert(tx, Login(name, user.id, at, at, at + timedelta(days=1), ""))
    return user.id


class Room:
    """A mailbox with two messages, who looks on (the mailbox's own user), and Thomas, who is looked at."""

    def __init__(self, mailbox: Mailbox, clock: FakeClock, listener: Listener, thomas: UserId) -> None:
        self.mailbox, self.clock, self.listener, self.thomas = mailbox, clock, listener, thomas

    @property
    def store(self) -> Store:
        return self.mailbox.store

    def voice(self, client: str = "tab") -> Voice:
        return Voice(self.mailbox.account, self.thomas, "thomas", client)

    async def says(self, client: str = "tab", **wanted: Activity) -> presence.Plan:
        ids = {await self.mailbox.id_of(key): activity for key, activity in wanted.items()}
        return await self.store.write(presence.announce, self.voice(client), ids, self.clock.now())

    async def seen(self) -> list[tuple[str, MessageId, Activity, int]]:
        """Name, message, what, and since how many seconds."""
        now = self.clock.now()
        args = (self.mailbox.user, self.mailbox.account, now)
        _, found = await self.store.read(presence.of_others, *args)
        return [(p.name, p.message_id, p.activity, int((now - p.since).total_seconds())) for p in found]

    def told(self) -> int:
        """How often listeners were told since the last time this was asked."""
        count = sum(ChangeType.PRESENCE in published.modseqs for published in self.listener.heard)
        self.listener.heard.clear()
        return count


@pytest.fixture
async def room(mailbox: Mailbox, clock: FakeClock, listener: Listener) -> Room:
    await mailbox.pull("Inbox", page(item("a"), item("b")))
    thomas = await mailbox.store.write(hire, mailbox, "thomas", Level.SEND, clock)
    return Room(mailbox, clock, listener, thomas)


async def test_what_is_said_is_seen_by_others_until_its_time_is_over(room: Room, tmp_path: Path) -> None:
    """For sixty seconds; then it is gone by itself, and housekeeping tells those who look, once."""
    a = await room.mailbox.id_of("a")
    await room.says(a=READING)
    assert room.told() == 1
    room.clock.advance(LIVES.total_seconds() - 1)
    assert await room.seen() == [("thomas", a, READING, 59)]
    keeper = Housekeeper(room.store, DirectoryBlobs(tmp_path, room.clock), room.clock)
    assert await keeper.end_presences() == 0

    room.clock.advance(1)

    assert await room.seen() == []
    assert (room.told(), await keeper.end_presences(), room.told()) == (0, 1, 1)
    assert (await keeper.end_presences(), room.told()) == (0, 0)
    assert await room.store.read(presences.said, room.voice()) == {}


async def test_going_on_is_no_news_and_seldom_written(room: Room) -> None:
    """Said every twenty seconds it stays, since its beginning; every other time nothing is written at all."""
    a = await room.mailbox.id_of("a")
    await room.says(a=READING)
    room.told()
    written = []
    for _ in range(6):
        room.clock.advance(20)
        plan = await room.store.read(presence.plan, room.voice(), {a: READING}, room.clock.now())
        written.append(not plan.is_empty)
        await room.says(a=READING)

    assert written == [False, True, False, True, False, True]
    assert await room.seen() == [("thomas", a, READING, 120)]
    assert room.told() == 0


async def test_two_windows_are_one_person_with_the_stronger_of_the_two(room: Room) -> None:
    """Answering counts for more than reading; when that window goes, the other one is seen again."""
    a = await room.mailbox.id_of("a")
    await room.says("first", a=READING)
    room.clock.advance(5)
    await room.says("second", a=ANSWERING)
    assert await room.seen() == [("thomas", a, ANSWERING, 0)]
    await room.says("third", a=READING)
    room.told()

    await room.says("second")

    assert await room.seen() == [("thomas", a, READING, 5)]
    assert room.told() == 1
    await room.says("third")
    assert room.told() == 0  # the first one still reads it


async def test_what_a_window_says_replaces_what_it_said(room: Room) -> None:
    """Walking from one message to the next; from reading to answering, which begins then."""
    b = await room.mailbox.id_of("b")
    await room.says(a=READING)
    await room.says(b=READING)
    room.clock.advance(3)
    await room.says(b=ANSWERING)

    assert await room.seen() == [("thomas", b, ANSWERING, 0)]


async def test_oneself_is_not_told_of_oneself_and_nobody_of_what_is_not_theirs(room: Room) -> None:
    """One's own windows are no company; without a right there is no such account, to look at or to say."""
    await room.says(a=READING)
    now = room.clock.now()
    _, mine = await room.store.read(presence.of_others, room.thomas, room.mailbox.account, now)
    assert mine == []
    await room.store.write(grants.destroy, room.thomas, room.mailbox.account, at=room.clock.now())

    assert await room.seen() == []
    with pytest.raises(NotFound):
        await room.store.read(presence.of_others, room.thomas, room.mailbox.account, now)
    with pytest.raises(NotFound):
        await room.says(a=READING)


async def test_who_may_not_write_does_not_answer(room: Room) -> None:
    """Reading is said with the right to read, answering only with the right to write."""
    grant = Grant(room.mailbox.account, room.thomas, Level.READ)
    await room.store.write(grants.upsert, grant, at=room.clock.now(), by=None)
    await room.says(a=READING)

    with pytest.raises(NotAllowed):
        await room.says(a=ANSWERING)


@pytest.mark.parametrize("how", ["login", "grant", "deactivated", "removed"])
async def test_what_has_ended_is_seen_no_more_and_told_in_the_sweep(room: Room, how: str) -> None:
    """With the login, the grant or the user it stands no more, before anybody tidies up."""
    await room.says(a=ANSWERING)
    room.told()

    def end(tx: Tx) -> None:
        user = users.get(tx, room.thomas)
        assert user is not None
        match how:
            case "login":
                logins.destroy(tx, "thomas")
            case "grant":
                grants.destroy(tx, room.thomas, room.mailbox.account, at=room.clock.now())
            case "deactivated":
                users.update(tx, replace(user, is_active=False))
            case _:
                users.destroy(tx, room.thomas)

    await room.store.write(end)

    assert await room.seen() == []
    assert (await room.store.write(presence.sweep, room.clock.now()), room.told()) == (1, 1)


async def test_who_does_not_show_what_they_read_is_seen_answering_alone(room: Room) -> None:
    """The choice works at once, in every window; an answer is always shown."""
    b = await room.mailbox.id_of("b")
    await room.says(a=READING, b=ANSWERING)
    room.told()
    choice = {"name": None, "language": None, "theme": None, "now": room.clock.now()}
    changed = await room.store.write(people.change_oneself, room.thomas, **choice, shows_reading=False)
    assert (changed.shows_reading, room.told()) == (False, 1)

    plan = await room.says(a=READING, b=ANSWERING)

    assert await room.seen() == [("thomas", b, ANSWERING, 0)]
    assert (set(plan.heard), room.told()) == ({b}, 0)


async def test_messages_that_are_not_there_are_passed_over(room: Room) -> None:
    """Nothing is said of what nobody can see."""
    wanted = {MessageId(999_999): READING}
    plan = await room.store.write(presence.announce, room.voice(), wanted, room.clock.now())

    assert (plan.heard, await room.seen(), room.told()) == ({}, [], 0)


async def test_a_user_has_so_many_windows(room: Room) -> None:
    """More are refused until one of them is silent."""
    for n in range(MOST_CLIENTS):
        await room.says(f"tab {n}", a=READING)
    with pytest.raises(TooMany):
        await room.says("one more", a=READING)

    await room.says("tab 0")

    await room.says("one more", a=READING)


async def test_the_log_holds_one_line_of_it(room: Room) -> None:
    """However often people come and go: only the newest state says anything."""
    for _ in range(3):
        await room.says(a=READING)
        await room.says()

    def lines(tx: Tx) -> int:
        args = {"account": room.mailbox.account, "type": "Presence", "modseq": 0, "limit": 100}
        return len(tx.all("list_changes", **args))

    assert await room.store.read(lines) == 1
