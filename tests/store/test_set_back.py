"""The database's clock was an hour or two ahead, and is put right: what was due by it is brought forward."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.databases import run_sql
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, create, item, page
from tests.store.test_people_users import new_user
from tests.store.test_submission_lists import submission

from poststelle.lib.clock import from_ms, to_ms
from poststelle.mail import organise
from poststelle.model.account import AccountState
from poststelle.model.ids import AccountId, SubmissionId
from poststelle.model.message import FLAGGED
from poststelle.model.submission import Submission, SubmissionState
from poststelle.store import accounts, aside, folders, holders, submissions, sync_states, writeback_ops
from poststelle.store.tx import ReadTx, Tx
from poststelle.sync.set_back import Setback

pytestmark = pytest.mark.anyio

HOLD = timedelta(
    seconds=10
)  # until a letter goes, which may be taken back: as it is unless somebody changes it
MINUTE = timedelta(minutes=1)


class Back:
    """A mailbox, and the time: as it is by now, and as it was said to be ``by`` ahead."""

    def __init__(self, mailbox: Mailbox, url: str, now: datetime, by: timedelta, clock: FakeClock) -> None:
        self.mailbox, self.url, self.now, self.former = mailbox, url, now, now + by
        self.setback = Setback(mailbox.store, clock)

    def noted(self) -> None:
        """A program has seen how late it was said to be."""
        mark = json.dumps({"at": to_ms(self.former)})
        run_sql(self.url, "delete from meta where key = 'clock'")
        run_sql(self.url, f"insert into meta (key, value) values ('clock', '{mark}')")

    def half_a_minute_later(self) -> None:
        [(text,)] = run_sql(self.url, "select value from meta where key = 'clock'")
        mark = json.dumps(json.loads(str(text)) | {"again_at": to_ms(self.now)})
        run_sql(self.url, f"update meta set value = '{mark}' where key = 'clock'")

    def due(self, table: str, column: str = "due_at") -> list[datetime]:
        rows = run_sql(self.url, f"select {column} from {table} order by 1")
        return [from_ms(int(str(at))) for (at,) in rows]

    def about(self, found: list[datetime], *expected: timedelta) -> bool:
        """Whether each is so long from now, within the seconds that tests take."""
        off = [abs(at - self.now - wanted) for at, wanted in zip(found, expected, strict=True)]
        return max(off) < timedelta(seconds=20)


@pytest.fixture(params=[1, 2, 48])
async def back(mailbox: Mailbox, url: str, clock: FakeClock, request: pytest.FixtureRequest) -> Back:
    now = await mailbox.store.read(holders.told_time) or NOW
    return Back(mailbox, url, now, timedelta(hours=request.param), clock)


async def polled(back: Back, at: datetime) -> None:
    """A pull has just ended; the next one is due then."""
    store = back.mailbox.store
    await store.write(sync_states.start, back.mailbox.account, back.former)
    lease = await store.write(sync_states.claim, "A", back.former, 30)
    assert lease is not None
    await store.write(sync_states.finish, lease, at, back.former)


async def test_a_mailbox_is_looked_at_when_it_should_be(back: Back) -> None:
    """Not at once, and not as late as the clock was ahead: five minutes after its last pull."""
    await polled(back, back.former + 5 * MINUTE)
    back.noted()
    assert await back.setback.look() == 1
    assert back.about(back.due("sync_states"), 5 * MINUTE)
    assert await back.setback.look() == 0


async def test_what_was_overdue_is_due_now(back: Back) -> None:
    await polled(back, back.former - 10 * MINUTE)
    back.noted()
    await back.setback.look()
    assert back.about(back.due("sync_states"), timedelta(0))


async def test_what_a_program_writes_that_has_not_been_told_yet_is_brought_forward_later(back: Back) -> None:
    """And once only: what is due by the right time stays so."""
    back.noted()
    await back.setback.look()
    await polled(back, back.former + 5 * MINUTE)
    assert await back.setback.look() == 0
    back.half_a_minute_later()
    assert await back.setback.look() == 1
    assert back.about(back.due("sync_states"), 5 * MINUTE)
    await polled(back, back.now + 5 * MINUTE)
    assert await back.setback.look() == 0
    assert back.about(back.due("sync_states"), 5 * MINUTE)


async def test_one_that_is_being_pulled_stays_with_who_has_it(back: Back) -> None:
    store = back.mailbox.store
    await store.write(sync_states.start, back.mailbox.account, back.former)
    lease = await store.write(sync_states.claim, "A", back.former, 30)
    assert lease is not None
    back.noted()
    assert await back.setback.look() == 0
    assert await store.write(sync_states.claim, "B", back.now, 30) is None
    assert await store.write(sync_states.finish, lease, back.now + MINUTE, back.now)
    assert back.about(back.due("sync_states"), MINUTE)


async def test_changes_that_wait_are_sent_when_they_should_be(back: Back) -> None:
    """One that was tried, and is to be tried again in five minutes."""
    box = back.mailbox
    await box.pull("Inbox", page(item("a")))
    change = organise.Change(keywords={FLAGGED: True})
    await box.store.write(organise.change, box.user, box.account, await box.id_of("a"), change, back.former)
    [op] = await box.store.write(writeback_ops.claim, box.account, "drain", back.former, 9)
    await box.store.write(writeback_ops.retry, op, back.former + 5 * MINUTE, "busy")
    back.noted()
    await back.setback.look()
    assert back.about(back.due("writeback_ops"), 5 * MINUTE)


def _insert(tx: Tx, letters: list[Submission]) -> None:
    for letter in letters:
        submissions.insert(tx, letter)


async def test_letters_go_as_they_were_meant_to(back: Back) -> None:
    """What may be taken back, in ten seconds; what is tried again, when it should; what was given for a later
    time, not before."""
    in_days = timedelta(hours=60)

    def letter(number: int, state: SubmissionState, send_at: datetime, due_at: datetime) -> Submission:
        one = replace(submission(back.mailbox, number), state=state, send_at=send_at, due_at=due_at)
        return replace(one, id=SubmissionId(number), created_at=back.former)

    pending, sending = SubmissionState.PENDING, SubmissionState.SENDING
    held, later = back.former + HOLD, back.now + in_days
    letters = [
        letter(1, pending, held, held),
        letter(2, pending, held, back.former + 5 * MINUTE),  # a limit of the provider
        letter(3, sending, back.former, back.former + 15 * MINUTE),
        letter(4, pending, later, later),
    ]
    await back.mailbox.store.write(_insert, letters)
    run_sql(back.url, f"update submissions set asked_at = {to_ms(back.former)} where id = 3")
    back.noted()
    await back.setback.look()
    assert back.about(back.due("submissions"), HOLD, 5 * MINUTE, 15 * MINUTE, in_days)
    assert back.about(back.due("submissions where id = 3", "asked_at"), timedelta(0))
    assert back.due("submissions where id = 4") == [later]


async def test_folders_are_looked_at_when_they_should_be(back: Back) -> None:
    """Those of all mailboxes."""
    store = back.mailbox.store
    other, _, _ = await store.write(create, "other@office.example")
    for account in (back.mailbox.account, other):
        await store.write(folders.set_all_due, account, back.former + 5 * MINUTE)
    count = len(back.due("folders"))
    back.noted()
    assert await back.setback.look() == count > len(back.mailbox.folder_ids)
    assert back.about(back.due("folders"), *[5 * MINUTE] * count)


async def test_pushes_and_what_else_waits_is_brought_forward(back: Back) -> None:
    user = await back.mailbox.store.write(new_user, "eva")
    at = to_ms(back.former + 5 * MINUTE)
    columns = "id, user_id, device_client_id, sealed, expires_at, next_at, held_until"
    values = f"1, {user.id}, 'd', '', {at + 10**9}, {at}, {at}"
    run_sql(back.url, f"insert into push_subscriptions ({columns}) values ({values})")
    back.noted()
    await back.setback.look()
    assert back.about(back.due("push_subscriptions", "next_at"), 5 * MINUTE)
    assert run_sql(back.url, "select held_until from push_subscriptions") == [(None,)]


async def test_a_clock_that_goes_on_brings_nothing_forward(back: Back) -> None:
    """Nor one that is put right by a second."""
    await polled(back, back.now + 5 * MINUTE)
    back.former = back.now + timedelta(seconds=1)
    back.noted()
    assert [await back.setback.look() for _ in range(2)] == [0, 0]
    assert back.about(back.due("sync_states"), 5 * MINUTE)


async def test_what_waits_for_its_account_still_waits_for_it(back: Back) -> None:
    """It is due at no time, so that no time is too late for it."""
    box = back.mailbox
    await box.store.write(sync_states.start, box.account, back.former)
    await box.store.write(accounts.set_state, box.account, AccountState.SIGN_IN_NEEDED, None)
    assert await box.store.write(aside.set_aside, [box.account], back.former) == 1
    back.noted()
    assert await back.setback.look() == 0
    assert all(map(aside.is_set_aside, back.due("sync_states")))


@pytest.mark.parametrize("seconds", [3, 20, 600])
async def test_what_was_written_by_the_right_time_stays(
    mailbox: Mailbox, url: str, clock: FakeClock, seconds: int
) -> None:
    """A pause of half an hour, which Microsoft asked for, is none of twenty minutes."""
    now = await mailbox.store.read(holders.told_time) or NOW
    back = Back(mailbox, url, now, timedelta(seconds=seconds), clock)
    back.noted()
    assert await back.setback.look() == 0
    await polled(back, back.now + 30 * MINUTE)
    [mark] = run_sql(url, "select value from meta where key = 'clock'")
    assert "again_at" not in json.loads(str(mark[0]))
    assert await back.setback.look() == 0
    assert back.about(back.due("sync_states"), 30 * MINUTE)


@pytest.mark.parametrize("is_told", [True, False])
async def test_what_was_asked_for_by_the_former_time_keeps_its_turn(back: Back, is_told: bool) -> None:
    """Before all that is asked for later, as one that was asked for by the right time; also where a program
    that had not been told yet has written it down."""
    store = back.mailbox.store
    made = [(await store.write(create, f"desk{number}@office.example"))[0] for number in range(4)]
    for account in made:
        await store.write(sync_states.start, account, back.former + timedelta(days=3))
    await store.write_by_rows(sync_states.ask, made[0], back.now - MINUTE)
    back.noted()
    if not is_told:
        await back.setback.look()
    for minutes, account in ((1, made[2]), (2, made[1])):
        await store.write_by_rows(sync_states.ask, account, back.former + minutes * MINUTE)
    if not is_told:
        back.half_a_minute_later()
    assert await back.setback.look() >= 2
    assert await store.read(asked_at, made[0]) == back.now - MINUTE
    assert back.about([await store.read(asked_at, made[n]) for n in (2, 1)], MINUTE, 2 * MINUTE)
    await store.write_by_rows(sync_states.ask, made[3], back.now + 3 * MINUTE)
    claims = ("A", back.now + 3 * MINUTE, 30, 1)
    leases = [await store.write(sync_states.claim_many, *claims, turn=0) for _ in made]
    assert [one.account_id for [one] in leases] == [made[0], made[2], made[1], made[3]]


def asked_at(tx: ReadTx, account: AccountId) -> datetime:
    row = tx.one("get_sync_state", account=account)
    assert row is not None
    return from_ms(row["due_at"] - sync_states.place(from_ms(0)))


async def test_what_is_asked_for_while_it_is_pulled_is_brought_forward_with_it(back: Back) -> None:
    """Who has it has it to the end; then it is its turn."""
    store, account = back.mailbox.store, back.mailbox.account
    await store.write(sync_states.start, account, back.former)
    lease = await store.write(sync_states.claim, "A", back.former, 30)
    assert lease is not None
    await store.write_by_rows(sync_states.ask, account, back.former)
    back.noted()
    assert await back.setback.look() == 1
    assert await store.write(sync_states.claim, "B", back.now, 30) is None
    await store.write(sync_states.finish, lease, back.now + 5 * MINUTE, back.now)
    assert abs(await store.read(asked_at, account) - back.now) < MINUTE


async def test_a_clock_that_is_set_back_twice_within_half_a_minute(back: Back) -> None:
    """By some minutes the second time: what programs that were told of neither write down is brought forward
    once more all the same, by both together."""
    further = 20 * MINUTE
    back.noted()
    await back.setback.look()
    [(text,)] = run_sql(back.url, "select value from meta where key = 'clock'")
    ahead = json.loads(str(text))
    ahead = {name: at if name == "by_ms" else at + to_ms(from_ms(0) + further) for name, at in ahead.items()}
    run_sql(back.url, f"update meta set value = '{json.dumps(ahead)}' where key = 'clock'")
    await back.setback.look()
    await polled(back, back.former + further + 5 * MINUTE)
    assert await back.setback.look() == 0
    back.half_a_minute_later()
    assert await back.setback.look() == 1
    assert back.about(back.due("sync_states"), 5 * MINUTE)
    assert await back.setback.look() == 0
