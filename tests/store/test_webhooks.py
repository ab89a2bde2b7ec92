"""Activity records reach webhooks, over real HTTPS: each of them, in order, and again until it is taken."""

from __future__ import annotations

import asyncio
import hmac
import json
import queue
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.databases import run_sql
from tests.flow.push.service import Pushed, PushService, running_push_service
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create, item, page
from tests.store.test_people_users import new_user

from poststelle.auth.crypto import KeyRing
from poststelle.blobs import DirectoryBlobs
from poststelle.mail import passing_on, recording
from poststelle.model.errors import Conflict, Invalid
from poststelle.model.ids import DeliveryId, UserId, WebhookId
from poststelle.model.message import Address
from poststelle.model.webhook import Delivery, DeliveryState
from poststelle.push.outbound import Outbound
from poststelle.push.reach import Reach
from poststelle.settings import accounts as account_settings
from poststelle.settings import recording as recording_settings
from poststelle.settings import webhooks as settings
from poststelle.settings.webhooks import Change, WebhookSheet
from poststelle.store import accounts, audit, holders, webhooks
from poststelle.store.activities import Wanted
from poststelle.sync.deliverer import Deliverer
from poststelle.sync.housekeeping import Housekeeper
from poststelle.sync.recorder import Recorder

pytestmark = pytest.mark.anyio

EVA, JAN = Address("Eva", "eva@else.example"), Address("Jan", "jan@else.example")
DESK = Address("Office", "desk@office.example")
RING = KeyRing([b"k" * 32])
HOOK = "/crm"
DAY_S = 86_400


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    with running_push_service(tmp_path_factory.mktemp("receiver")) as found:
        yield found


@pytest.fixture
async def outbound(receiver: PushService, anyio_backend: str) -> AsyncIterator[Outbound]:
    async with Outbound(Reach(["127.0.0.0/8"]), receiver.ca_file) as found:
        yield found


@dataclass
class Crm:
    """A program that is told of one mailbox' records, and the administrator who set that up."""

    mailbox: Mailbox
    clock: FakeClock
    receiver: PushService
    outbound: Outbound
    admin: UserId
    id: WebhookId
    secret: str

    async def pull(self, *items: Any) -> None:
        """These arrive and become records."""
        await self.mailbox.pull("Inbox", page(*items))
        await Recorder(self.mailbox.store, self.clock).run_due()

    async def deliver(self, *, later_s: float = 0, rounds: int = 1) -> list[dict[str, Any]]:
        """What arrives by what the loop does then."""
        self.clock.advance(later_s)
        args = (self.mailbox.store, RING, self.outbound, self.clock)
        for _ in range(rounds):
            await Deliverer(*args, spread=lambda: 1.0).run_due()
        return [json.loads(one.body) for one in self.arrived()]

    def arrived(self) -> list[Pushed]:
        found = list[Pushed]()
        while True:
            try:
                found.append(self.receiver.box(HOOK).get_nowait())
            except queue.Empty:
                return found

    def answer(self, status: int | None, **headers: str) -> None:
        """From now on; None: that it was taken."""
        self.receiver.answers.pop(HOOK, None)
        if status is not None:
            self.receiver.answers[HOOK] = (status, headers)

    async def sheet(self) -> WebhookSheet:
        return await self.mailbox.store.read(settings.sheet, self.admin, self.id, RING)

    async def change(self, **wanted: Any) -> None:
        args = (self.admin, self.id, Change(**wanted))
        await self.mailbox.store.write(settings.change, *args, ring=RING, now=self.clock.now())

    async def tried(self) -> list[Delivery]:
        return await self.mailbox.store.read(settings.deliveries, self.admin, self.id)

    async def send_again(self, id_: DeliveryId) -> None:
        args = (self.admin, self.id, id_, self.clock.now())
        await self.mailbox.store.write(settings.send_again, *args)

    async def deeds(self) -> list[str]:
        found = await self.mailbox.store.read(audit.find, audit.Filter(kind="webhook"))
        return [one.action for one in reversed(found)]


@pytest.fixture
async def crm(
    mailbox: Mailbox, clock: FakeClock, receiver: PushService, outbound: Outbound
) -> AsyncIterator[Crm]:
    store = mailbox.store
    admin = (await store.write(new_user, "sabine", may_settings=True)).id
    await store.write(recording_settings.turn, admin, mailbox.account, is_on=True, now=NOW)
    args = (admin, "CRM", receiver.url + HOOK, mailbox.account)
    made, secret = await store.write(settings.add, *args, ring=RING, now=NOW)
    found = Crm(mailbox, clock, receiver, outbound, admin, made, secret)
    yield found
    found.answer(None)
    found.arrived()


def subjects(told: list[dict[str, Any]]) -> list[str]:
    return [one["record"]["subject"] for one in told]


def is_signed(one: Pushed, secret: str) -> bool:
    at, *signatures = one.headers["poststelle-signature"].split(",")
    signed = f"{at.removeprefix('t=')}.".encode() + one.body
    expected = hmac.digest(secret.encode(), signed, "sha256").hex()
    return f"v1={expected}" in signatures


async def test_a_webhook_for_all_mailboxes_is_told_of_no_vip_one(crm: Crm) -> None:
    """One that was made for the mailbox is."""
    store, account = crm.mailbox.store, crm.mailbox.account
    all_of_them = (crm.admin, "Alles", crm.receiver.url + HOOK, None)
    await store.write(settings.add, *all_of_them, ring=RING, now=NOW)
    await crm.pull(item("a", minutes=1))
    assert len(await crm.deliver()) == 2
    await store.write(account_settings.set_options, crm.admin, account, is_vip=True, now=NOW)
    await crm.pull(item("b", minutes=2))
    assert subjects(await crm.deliver()) == ["Subject b"]


async def test_who_is_told_no_more_is_told_that_records_are_gone(crm: Crm, url: str) -> None:
    """A mailbox that became VIP: what waited is not told, what was told is taken back with the contact."""
    store, account = crm.mailbox.store, crm.mailbox.account
    await store.write(settings.remove, crm.admin, crm.id, NOW)
    all_of_them = (crm.admin, "Alles", crm.receiver.url + HOOK, None)
    crm.id, _ = await store.write(settings.add, *all_of_them, ring=RING, now=NOW)
    both = item("both", minutes=1, from_=(EVA,), to=(JAN,), internet_message_id="<b@x>")
    await crm.pull(item("eva", from_=(EVA,), internet_message_id="<e@x>"), both)
    assert len(await crm.deliver(rounds=3)) == 2
    crm.answer(503)
    await crm.pull(item("later", from_=(EVA,), minutes=2, internet_message_id="<l@x>"))
    assert len(await crm.deliver()) > 0
    await store.write(account_settings.set_options, crm.admin, account, is_vip=True, now=NOW)
    crm.answer(None)
    assert await crm.deliver(later_s=3600, rounds=2) == []

    await recording_settings.erase_contact(store, crm.admin, EVA.email, crm.clock.now())

    assert {one["type"] for one in await crm.deliver(later_s=60, rounds=5)} == {"record.erased"}
    assert run_sql(url, f"select 1 from webhook_lanes where lane = '{EVA.email}'") == []


async def test_each_record_is_told_once_signed_and_whole(crm: Crm) -> None:
    """With all that the record says; nothing is sent twice, and nothing before the record is there."""
    letter = item("a", from_=(EVA,), minutes=1)
    await crm.mailbox.pull("Inbox", page(letter))
    assert await crm.deliver() == []
    await Recorder(crm.mailbox.store, crm.clock).run_due()
    await Deliverer(crm.mailbox.store, RING, crm.outbound, crm.clock).run_due()
    [one] = crm.arrived()
    assert await crm.deliver(later_s=DAY_S, rounds=3) == []

    assert is_signed(one, crm.secret) and not is_signed(one, "another")
    told = json.loads(one.body)
    assert told["type"] == "record.created" and len(told["id"]) == 32
    record = told["record"]
    assert record["contacts"] == [{"name": "Eva", "email": "eva@else.example"}]
    assert (record["direction"], record["subject"], record["preview"], record["at"]) == (
        "in", "Subject a", "Good morning", "2026-09-01T08:01:00Z",
    )  # fmt: skip
    assert record["mailbox"] == "desk@office.example" and record["id"].startswith(record["account"])
    [row] = await crm.tried()
    assert (row.state, row.answer, row.attempts) == (DeliveryState.TAKEN, "status 201", 1)
    assert (await crm.sheet()).waiting == 0


async def test_what_is_not_taken_comes_again_with_the_same_id(crm: Crm) -> None:
    """Later and later, at most once an hour; as late as the receiver asks."""
    await crm.pull(item("a"))
    crm.answer(503)
    [first] = await crm.deliver()
    too_soon = await crm.deliver(later_s=4)
    [second] = await crm.deliver(later_s=1)
    crm.answer(503, **{"Retry-After": "7200"})
    [third] = await crm.deliver(later_s=10)
    crm.answer(None)
    before = await crm.deliver(later_s=7190)
    [row] = await crm.tried()
    [fourth] = await crm.deliver(later_s=10)

    assert too_soon == before == []
    assert first == second == third == fourth
    assert (row.state, row.answer, row.attempts) == (DeliveryState.WAITING, "status 503", 3)
    assert (await crm.sheet()).webhook.problem is None


async def test_what_concerns_a_contact_stays_in_its_order(crm: Crm) -> None:
    """What waits for something earlier waits for that of its own contacts alone; a pause changes nothing."""
    await crm.pull(item("eva 1", from_=(EVA,)))
    crm.answer(500)
    await crm.deliver()
    crm.answer(None)
    both = item("both", folder="Sent", minutes=2, from_=(DESK,), to=(EVA, JAN))
    await crm.pull(item("jan 1", from_=(JAN,), minutes=1), both, item("jan 2", from_=(JAN,), minutes=3))
    await crm.pull(item("anna", minutes=4))
    await crm.change(is_paused=True)
    assert await crm.deliver(later_s=60) == []
    await crm.change(is_paused=False)
    rounds = [subjects(await crm.deliver()) for _ in range(4)]

    assert sorted(rounds[0]) == ["Subject anna", "Subject eva 1", "Subject jan 1"]
    assert rounds[1:] == [["Subject both"], ["Subject jan 2"], []]


async def test_two_programs_at_once_send_nothing_twice(crm: Crm) -> None:
    """Each takes what the other has not claimed."""
    await crm.pull(*(item(f"{n}", from_=(Address("", f"c{n}@else.example"),), minutes=n) for n in range(12)))
    args = (crm.mailbox.store, RING, crm.outbound, crm.clock)
    one, other = Deliverer(*args), Deliverer(*args)
    for _ in range(6):
        await asyncio.gather(one.run_due(), other.run_due())
    told = [json.loads(each.body) for each in crm.arrived()]
    assert len(told) == 12 == len({each["id"] for each in told})


async def test_what_a_killed_program_was_sending_is_sent_once_it_is_missed(crm: Crm) -> None:
    """Nobody waits for the end of its claim."""
    await crm.pull(item("a"))
    store, now = crm.mailbox.store, crm.clock.now()
    await store.write(holders.beat, "killed")
    assert len(await store.write(passing_on.claim_due, RING, now, 30, 9, {}, "killed")) == 1
    assert await crm.deliver() == []
    assert await store.write(holders.bury, "killed", 1) == 1
    assert subjects(await crm.deliver()) == ["Subject a"]
    assert await store.write(webhooks.release_holder, "killed") == 0


async def test_a_dead_webhook_is_paused_and_goes_on_when_somebody_says_so(crm: Crm) -> None:
    """After five days of trying; what came meanwhile is told then."""
    await crm.pull(item("a"))
    [fresh] = await crm.mailbox.store.read(webhooks.backlogs)
    assert (fresh.waiting, fresh.since) == (1, None)
    crm.answer(500)
    began = crm.clock.now() + timedelta(hours=1)
    for _ in range(5 * 24 + 12):
        await crm.deliver(later_s=3600)
    dead = await crm.sheet()
    [stuck] = await crm.mailbox.store.read(webhooks.backlogs)
    crm.answer(None)
    await crm.pull(item("b", minutes=9000))
    silent = await crm.deliver(later_s=30 * DAY_S)
    await crm.change(is_paused=False)
    told = await crm.deliver(rounds=3)

    assert (stuck.waiting, stuck.refused, stuck.is_given_up) == (1, 0, True)
    assert stuck.since == began
    assert dead.webhook.is_given_up and dead.webhook.paused_at is not None
    assert (dead.webhook.problem, dead.waiting, silent) == ("status 500", 1, [])
    assert sorted(subjects(told)) == ["Subject a", "Subject b"]
    after = await crm.sheet()
    assert (after.webhook.is_given_up, after.webhook.paused_at, after.waiting) == (False, None, 0)
    assert await crm.deeds() == ["webhook.created", "webhook.given_up", "webhook.resumed"]


async def test_what_another_key_sealed_waits_for_it_for_as_long_as_need_be(crm: Crm) -> None:
    """A program that has not that key gives nothing up, and says why; that time is not the receiver's."""
    await crm.pull(item("a"))
    blind, store = KeyRing([b"o" * 32]), crm.mailbox.store
    for _ in range(7 * 24):
        crm.clock.advance(3600)
        await Deliverer(store, blind, crm.outbound, crm.clock, spread=lambda: 1.0).run_due()
    [stuck] = await store.read(webhooks.backlogs)
    crm.answer(500)
    await crm.deliver(later_s=31)
    refused = await crm.sheet()
    crm.answer(None)
    told = await crm.deliver(later_s=3600)

    assert (stuck.waiting, stuck.is_paused, stuck.problem) == (1, False, passing_on.CANNOT_OPEN)
    assert stuck.since is not None
    assert (refused.webhook.paused_at, refused.webhook.failures) == (None, 1)
    assert subjects(told) == ["Subject a"]


async def test_what_no_key_opens_is_removed_by_a_person(crm: Crm) -> None:
    """It is shown without its address, and can't be tried or moved."""
    store, blind = crm.mailbox.store, KeyRing([b"o" * 32])
    sheet = await store.read(settings.sheet, crm.admin, crm.id, blind)
    assert sheet.url is None
    with pytest.raises(Conflict, match="tries again by itself"):
        await settings.try_out(store, crm.admin, crm.id, ring=blind, outbound=crm.outbound, clock=crm.clock)
    await store.write(settings.remove, crm.admin, crm.id, crm.clock.now())
    assert await store.read(webhooks.backlogs) == []


async def test_one_event_that_is_always_refused_holds_nobody_up(crm: Crm) -> None:
    """Others are told meanwhile; it is given up alone, and can be sent again."""
    await crm.pull(item("eva 1", from_=(EVA,)))
    for n in range(6 * 24):
        crm.answer(422)
        await crm.deliver(later_s=3600)
        crm.answer(None)
        await crm.pull(item(f"jan {n}", from_=(JAN,), minutes=n + 1))
        await crm.deliver(later_s=5)
        if (await crm.sheet()).refused:
            break
    sheet = await crm.sheet()
    [refused] = [one for one in await crm.tried() if one.state is DeliveryState.REFUSED]
    crm.arrived()
    await crm.send_again(refused.id)
    [again] = await crm.deliver()

    assert (sheet.refused, sheet.webhook.is_given_up, sheet.waiting) == (1, False, 0)
    assert (refused.answer, again["id"]) == ("status 422", refused.event)
    assert 5 * 24 - 2 <= n <= 5 * 24 + 2 and (await crm.sheet()).refused == 0


async def test_what_was_told_can_be_told_again(crm: Crm) -> None:
    """With its id, and nothing else with it."""
    await crm.pull(item("a"), item("b", minutes=1, from_=(EVA,)))
    told = await crm.deliver(rounds=2)
    [of_a] = [one for one in await crm.tried() if one.event == told[0]["id"]]
    await crm.send_again(of_a.id)
    again = await crm.deliver(rounds=2)
    assert again == [told[0]]
    assert (await crm.deeds())[-1] == "webhook.sent_again"


async def test_a_secret_is_changed_without_a_gap(crm: Crm) -> None:
    """The former signs, too, until it is ended."""
    store, now = crm.mailbox.store, crm.clock.now()
    fresh = await store.write(settings.renew_secret, crm.admin, crm.id, ring=RING, now=now)
    await crm.pull(item("a"))
    await Deliverer(store, RING, crm.outbound, crm.clock).run_due()
    [during] = crm.arrived()
    await store.write(settings.end_former, crm.admin, crm.id, ring=RING, now=now)
    await crm.pull(item("b", minutes=1))
    await Deliverer(store, RING, crm.outbound, crm.clock).run_due()
    [after] = crm.arrived()

    assert fresh != crm.secret
    assert [is_signed(during, one) for one in (fresh, crm.secret)] == [True, True]
    assert [is_signed(after, one) for one in (fresh, crm.secret)] == [True, False]


async def test_it_goes_nowhere_that_it_may_not(crm: Crm, receiver: PushService) -> None:
    """The network is looked at when it is sent, not only when it is entered."""
    await crm.pull(item("a"))
    async with Outbound(Reach(), receiver.ca_file) as closed:
        await Deliverer(crm.mailbox.store, RING, closed, crm.clock).run_due()
    assert crm.arrived() == []
    [row] = await crm.tried()
    assert (row.state, row.answer) == (DeliveryState.WAITING, "BadAddress")


async def test_each_webhook_is_told_of_its_own_mailboxes(crm: Crm) -> None:
    """One is told of one mailbox, one of all; later mailboxes, too."""
    store = crm.mailbox.store
    args = (crm.admin, "Everything", crm.receiver.url + "/all", None)
    await store.write(settings.add, *args, ring=RING, now=NOW)
    account, user, folder_ids = await store.write(create, "second@office.example")
    second = Mailbox(store, account, user, folder_ids)
    await store.write(recording_settings.turn, crm.admin, account, is_on=True, now=NOW)
    await second.pull("Inbox", page(item("theirs")))
    await crm.pull(item("ours"))
    assert subjects(await crm.deliver(rounds=2)) == ["Subject ours"]
    box = crm.receiver.box("/all")
    told = [json.loads(box.get_nowait().body)["record"] for _ in range(2)]
    assert {(one["subject"], one["mailbox"]) for one in told} == {
        ("Subject ours", "desk@office.example"),
        ("Subject theirs", "second@office.example"),
    }
    assert await store.read(recording_settings.told_to, user, account) == ["Everything"]


async def test_a_mailbox_that_is_deleted_leaves_nothing_to_send(crm: Crm) -> None:
    """Its own webhook goes with it; one of all is not told what there is no more, and goes on."""
    store, mailbox = crm.mailbox.store, crm.mailbox
    args = (crm.admin, "Everything", crm.receiver.url + HOOK, None)
    everything, _ = await store.write(settings.add, *args, ring=RING, now=NOW)
    await crm.pull(item("a"))
    await store.write(accounts.destroy, mailbox.account)
    assert await crm.deliver(rounds=2) == []
    [left] = await store.read(settings.sheets, crm.admin, RING)
    assert (left.webhook.id, left.waiting, left.webhook.problem) == (everything, 0, None)


async def found(crm: Crm, wanted: Wanted | None = None) -> list[tuple[str, list[str]]]:
    store, mailbox = crm.mailbox.store, crm.mailbox
    args = (mailbox.user, None, wanted or Wanted())
    records = await store.read(recording.find, *args, below=None, limit=99)
    return [(one.subject, [who.email for who in one.contacts]) for one in records]


async def test_a_contact_is_forgotten_everywhere(crm: Crm) -> None:
    """What was theirs alone goes, of others' they are taken out, and it does not come back by itself.

    Webhooks are told by number, also of what they were never told, and what waits names them no more.
    """
    store = crm.mailbox.store
    both = item("both", folder="Sent", minutes=2, from_=(DESK,), to=(EVA, JAN), subject="Offer")
    await crm.pull(item("eva", from_=(EVA,), internet_message_id="<e@x>"), both)
    before = await crm.deliver(rounds=3)
    crm.answer(503)
    await crm.pull(item("eva late", from_=(EVA,), minutes=3))
    await crm.deliver(later_s=10)
    crm.answer(None)
    gone = await recording_settings.erase_contact(store, crm.admin, " EVA@else.example ", crm.clock.now())
    await crm.pull(item("eva again", from_=(EVA,), internet_message_id="<e@x>"))
    told = await crm.deliver(later_s=60, rounds=4)

    assert (gone.erased, gone.changed) == (2, 1)
    assert await found(crm) == [("Offer", ["jan@else.example"])]
    assert await found(crm, Wanted(words=recording.sought("eva"))) == []
    ids = {one["record"]["subject"]: one["record"]["id"] for one in before}
    by_type = {(one["type"], one["record"]["id"]) for one in told}
    assert ("record.erased", ids["Subject eva"]) in by_type and ("record.changed", ids["Offer"]) in by_type
    assert sorted(one["type"] for one in told) == ["record.changed", "record.erased", "record.erased"]
    assert "eva" not in json.dumps(told).casefold()
    entries = await store.read(audit.find, audit.Filter(kind="records"))
    assert sorted((one.action, one.detail) for one in entries) == [
        ("records.contact_erased", {"erased": 2, "changed": 1}),
        ("records.erased", {"erased": 2, "changed": 1}),
    ]
    assert not any("eva" in str(one).casefold() for one in entries)


async def test_records_go_when_their_time_is_over(crm: Crm, tmp_path: Path) -> None:
    """A month of a mailbox' records is kept, if somebody has confirmed that the others go."""
    store, mailbox, clock = crm.mailbox.store, crm.mailbox, crm.clock
    await crm.pull(item("old"), item("young", minutes=40 * 24 * 60, from_=(EVA,)))
    await crm.deliver(rounds=2)
    clock.advance(45 * DAY_S)
    args: tuple[Any, ...] = (crm.admin, mailbox.account, 1)
    with pytest.raises(Invalid) as refused:
        await store.write(recording_settings.set_months, *args, is_confirmed=False, now=clock.now())
    await store.write(recording_settings.set_months, *args, is_confirmed=True, now=clock.now())
    keeper = Housekeeper(store, DirectoryBlobs(tmp_path, clock), clock)
    assert [await keeper.forget_records(), await keeper.forget_records()] == [1, 0]
    await crm.pull(item("old again", minutes=1, from_=(JAN,)))
    told = await crm.deliver(rounds=2)

    assert (refused.value.code, refused.value.params["removes"]) == ("removal_not_confirmed", 1)
    assert await found(crm) == [("Subject young", ["eva@else.example"])]
    assert [one["type"] for one in told] == ["record.erased"]


async def test_what_was_told_is_forgotten_after_a_month(crm: Crm, tmp_path: Path) -> None:
    """What waits stays for as long as it waits."""
    await crm.pull(item("a"))
    await crm.deliver()
    crm.answer(500)
    await crm.pull(item("b", minutes=1))
    await crm.deliver()
    keeper = Housekeeper(crm.mailbox.store, DirectoryBlobs(tmp_path, crm.clock), crm.clock)
    counts = []
    for days in (29, 2, 40):
        crm.clock.advance(days * DAY_S)
        counts.append(await keeper.forget_deliveries())
    assert counts == [0, 1, 0]
    assert [one.state for one in await crm.tried()] == [DeliveryState.WAITING]
