"""What a VIP mailbox's messages leave behind is for those who were assigned when they came."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.store.mailbox import NOW, Mailbox, item, page
from tests.store.test_people_users import new_user

from poststelle.access import grants, teams, users
from poststelle.access.teams import Change
from poststelle.access.users import UserPatch
from poststelle.lib.clock import SystemClock
from poststelle.mail import query, recording
from poststelle.mail.query import Window
from poststelle.model.filter import Combined, Filter, Operator
from poststelle.model.message import SEEN
from poststelle.model.order import SortKey
from poststelle.model.rights import Grant, Level, Scope, Span
from poststelle.model.search import Term
from poststelle.settings import accounts as settings
from poststelle.settings import recording as recorded
from poststelle.store import assignments, audit
from poststelle.store.activities import Wanted
from poststelle.store.scoped import ScopedStore
from poststelle.sync.recorder import Recorder

if TYPE_CHECKING:
    from poststelle.model.ids import UserId

pytestmark = pytest.mark.anyio

ACROSS = Filter(is_across=True)


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


class Office:
    """A mailbox, its administrator, who is not assigned, and Eva, who comes and goes."""

    def __init__(self, mailbox: Mailbox, admin: UserId, eva: UserId) -> None:
        self.mailbox, self.admin, self.eva = mailbox, admin, eva
        self.store, self.account = mailbox.store, mailbox.account

    async def assign(self, minutes: float, level: Level = Level.READ) -> None:
        grant = Grant(self.account, self.eva, level)
        said: dict[str, Any] = {"is_confirmed": True, "now": at(minutes)}
        await self.store.write(grants.assign, self.admin, grant, **said)

    async def withdraw(self, minutes: float) -> None:
        await self.store.write(grants.withdraw, self.admin, self.eva, self.account, at(minutes))

    async def set_active(self, minutes: float, *, is_active: bool) -> None:
        patch = UserPatch(is_active=is_active)
        await self.store.write(users.change, self.admin, self.eva, patch, at(minutes))

    async def turn_vip(self, *, is_vip: bool = True) -> None:
        said: dict[str, Any] = {"is_vip": is_vip, "now": NOW}
        await self.store.write(settings.set_options, self.admin, self.account, **said)

    async def spans(self) -> list[tuple[datetime | None, datetime | None]]:
        """Eva's, the oldest first."""
        found = await self.store.read(assignments.spans, self.eva, self.account)
        return [(span.since, span.until) for span in reversed(found)]

    async def records(self, who: UserId, wanted: Wanted | None = None, **asked: Any) -> list[str]:
        asked = {"below": None, "limit": 99} | asked
        found = await self.store.read(recording.find, who, None, wanted or Wanted(), **asked)
        return [one.subject.removeprefix("Subject ") for one in found]

    async def listed(self, who: UserId, where: Filter = ACROSS, **asked: Any) -> list[str]:
        """By arrival; with ``keys`` in another order."""
        look = query.email_query_sorted if "keys" in asked else query.email_query
        found = await self.store.read(look, who, self.account, where, Window(), **asked)
        said = await self.store.read(query.emails, who, self.account, found.ids)
        subjects = {one.id: one.subject.removeprefix("Subject ") for one in said}
        return [subjects[one] for one in found.ids]


@pytest.fixture
async def office(mailbox: Mailbox) -> Office:
    admin = await mailbox.store.write(new_user, "sabine", may_settings=True)
    eva = await mailbox.store.write(new_user, "eva")
    return Office(mailbox, admin.id, eva.id)


@pytest.fixture
async def busy(office: Office) -> Office:
    """Recorded mail at 0, 10, 20, 30 and 40 minutes; Eva is there from 5 to 15 and from 35 on."""
    turned: dict[str, Any] = {"is_on": True, "now": at(-60)}
    await office.store.write(recorded.turn, office.admin, office.account, **turned)
    some = (item(str(n), minutes=n, thread_key="T") for n in (0, 10, 20, 30, 40))
    await office.mailbox.pull("Inbox", page(*some), is_prepared=True)
    await Recorder(office.store, SystemClock()).run_due()
    await office.assign(5)
    await office.withdraw(15)
    await office.assign(35)
    return office


async def test_each_way_to_be_assigned_is_one_span(office: Office) -> None:
    """Alone, by groups, by both: from when somebody can read to when they can't, whatever the level."""
    said: dict[str, Any] = {"is_confirmed": True}
    team = await office.store.write(teams.add, office.admin, "Empfang", frozenset({office.eva}), at(0))
    give = partial(office.store.write, teams.assign, office.admin, team.id, office.account)
    members = partial(office.store.write, teams.change, office.admin, team.id)
    await give(Level.READ, now=at(1), **said)
    await office.assign(2)
    await give(Level.SEND, now=at(3), **said)
    await members(Change(members=frozenset()), now=at(4), **said)
    assert await office.spans() == [(at(1), None)]
    await office.assign(5, Level.MANAGE)
    await office.withdraw(6)
    await members(Change(members=frozenset({office.eva})), now=at(7), **said)
    await office.store.write(teams.withdraw, office.admin, team.id, office.account, at(8))
    await give(Level.READ, now=at(9), **said)
    await office.store.write(teams.remove, office.admin, team.id, at(10))
    assert await office.spans() == [(at(1), at(6)), (at(7), at(8)), (at(9), at(10))]


async def test_who_is_deactivated_is_not_assigned_meanwhile(office: Office) -> None:
    """Also where a program does it that may see no mailbox itself; what changes meanwhile counts."""
    await office.assign(1)
    await office.set_active(2, is_active=False)
    await office.set_active(4, is_active=True)
    scoped = ScopedStore(office.store, Scope(Level.READ, frozenset()))
    await scoped.write(users.change, office.admin, office.eva, UserPatch(is_active=False), at(5))
    await office.withdraw(6)
    await office.set_active(7, is_active=True)
    assert await office.spans() == [(at(1), at(2)), (at(4), at(5))]


async def test_records_of_ones_own_time(busy: Office) -> None:
    """Page by page too, beside those of other mailboxes; the administrator's right shows nothing more."""
    assert await busy.records(busy.eva) == ["40", "30", "20", "10", "0"]
    await busy.turn_vip()
    assert await busy.records(busy.eva) == ["40", "10"]
    assert await busy.records(busy.eva, limit=1) == ["40"]
    assert await busy.records(busy.eva, Wanted(until=at(40))) == ["10"]
    assert await busy.records(busy.eva, Wanted(since=at(11), until=at(39))) == []
    assert await busy.records(busy.admin) == []
    assert await busy.records(busy.mailbox.user) == ["40", "30", "20", "10", "0"]
    [first] = await busy.store.read(recording.find, busy.eva, busy.account, Wanted(), below=None, limit=1)
    assert await busy.records(busy.eva, below=recording.place_of(first)) == ["10"]
    await busy.turn_vip(is_vip=False)
    assert await busy.records(busy.eva) == ["40", "30", "20", "10", "0"]


async def test_what_is_listed_across_mailboxes_is_of_ones_own_time(busy: Office) -> None:
    """Whatever the list is like; the mailbox by itself shows everything."""
    inbox = busy.mailbox.folder_ids["Inbox"]
    await busy.turn_vip()
    listed = partial(busy.listed, busy.eva)
    assert await listed(Filter()) == ["40", "30", "20", "10", "0"]
    assert await listed() == ["40", "10"]
    assert await listed(Filter(is_across=True, in_folder=inbox, not_keywords=frozenset({SEEN}))) == [
        "40",
        "10",
    ]
    assert await listed(Filter(is_across=True, in_folder=inbox, after=at(11))) == ["40"]
    assert await listed(Filter(is_across=True, after=at(16), before=at(34))) == []
    assert await listed(Filter(is_across=True, terms=(Term(("good",)),))) == ["40", "10"]
    assert await listed(is_collapsed=True) == ["40"]
    assert await listed(is_ascending=True) == ["10", "40"]
    assert await listed(keys=[SortKey("subject", is_ascending=True)]) == ["10", "40"]
    either = Combined(Operator.OR, (ACROSS, Filter(before=at(5))))
    assert await listed(Filter(parts=(either,))) == ["40", "10", "0"]
    assert await listed(Filter(parts=(Combined(Operator.NOT, (ACROSS,)),))) == ["30", "20", "0"]
    assert await busy.listed(busy.mailbox.user) == ["40", "30", "20", "10", "0"]


async def test_a_state_across_mailboxes_knows_of_assignments(busy: Office) -> None:
    """A list that assignments change is asked for anew; without VIP its changes are told as ever."""
    look = partial(
        busy.store.read, query.email_query, busy.eva, busy.account, ACROSS, Window(), is_total_wanted=True
    )
    changes = partial(busy.store.read, query.email_query_changes, busy.eva, busy.account, ACROSS)
    plain = await look()
    assert (plain.total, plain.is_narrowed, await changes(plain.state) is None) == (5, False, False)
    await busy.turn_vip()
    vip = await look()
    assert (vip.total, vip.is_narrowed, await changes(plain.state), await changes(vip.state)) == (
        2,
        True,
        None,
        None,
    )
    await busy.withdraw(41)
    await busy.assign(42)
    again = await look()
    assert (again.total, again.state == vip.state) == (2, False)
    await busy.turn_vip(is_vip=False)
    assert await changes(vip.state) is None


async def test_the_trail_says_from_what_to_what(office: Office) -> None:
    """Once for each change; only an administrator makes one."""
    await office.turn_vip()
    await office.turn_vip()
    await office.turn_vip(is_vip=False)
    found = await office.store.read(audit.find, audit.Filter(kind="account"))
    told = [(one.detail["before"], one.detail["changed"]) for one in reversed(found)]
    on, off = {"is_vip": True}, {"is_vip": False}
    assert told == [(off, on), (on, off)]


def test_a_span_within_a_period() -> None:
    """Its end is not part of it; where nothing is left there is none."""
    span = Span(at(1), at(3))
    assert [span.holds(at(minute)) for minute in range(5)] == [False, True, True, False, False]
    assert span.within(at(2), None) == Span(at(2), at(3))
    assert span.within(None, at(2)) == Span(at(1), at(2))
    assert (span.within(at(3), None), span.within(None, at(1)), Span().within(None, None)) == (
        None,
        None,
        Span(),
    )
