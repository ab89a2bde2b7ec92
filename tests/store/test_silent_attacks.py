"""Who has the database and not the key can't silence the seals, the sealing of one chain, or the proofs, on
both databases: what they do is told while they do it, or stays told afterwards.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.databases import run_sql
from tests.store.conftest import FakeClock
from tests.store.test_archive import Office, office
from tests.store.test_people_users import new_user
from tests.store.test_put_back import DAY_S, archived, deed, kinds_told, prover, put_back
from tests.store.test_schema import literal
from tests.store.test_trail import _broken, account, ring

from poststelle.auth.crypto import KeyRing
from poststelle.mail import archive_proof
from poststelle.mail.readings import Readings
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.search import Passage
from poststelle.settings import integrity, seals
from poststelle.settings.seals import Proof, Seals
from poststelle.store import audit
from poststelle.store.audit import Filter
from poststelle.store.proofs import Fault, Kind
from poststelle.store.tx import Store, Tx
from poststelle.sync.trail_keeper import TrailKeeper

__all__ = ["account", "office", "ring"]
pytestmark = pytest.mark.anyio

EMPTIED = "update settings set sealed = null where key = 'seals'"


async def test_an_emptied_note_is_one_that_cannot_be_opened(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """It disarms nothing, is told at once, and never made anew."""
    keeper = TrailKeeper(store, ring, clock)
    as_before = put_back(url, "audit_chains", f"chain = {account}")
    await deed(store, account)
    await keeper.seal()
    run_sql(url, EMPTIED)
    as_before()
    run_sql(url, f"delete from audit where chain = {account} and number > 4")
    assert (0, 0, "key") in await _broken(store, ring)
    assert await kinds_told(store, ring, clock) == ["sealing_stopped"]
    await store.write(seals.begin, ring, clock.now())
    await deed(store, account)
    assert await keeper.seal() == 0
    run_sql(url, "update audit_chains set anchored = 0, anchor = null")
    await store.write(seals.begin, ring, clock.now())
    assert (0, 0, "key") in await _broken(store, ring)


@pytest.mark.parametrize("how", [EMPTIED, "delete from settings where key = 'seals'"])
async def test_archives_that_go_with_the_note_are_missed(office: Office, url: str, how: str) -> None:
    await office.turn_on()
    await archived(office, "a")
    await TrailKeeper(office.store, office.ring, office.clock).seal()
    run_sql(url, how)
    run_sql(url, "delete from archive_entries")
    run_sql(url, "delete from archives")
    assert await archive_proof.missing(office.store, office.ring) != []
    assert await kinds_told(office.store, office.ring, office.clock) == ["sealing_stopped"]


async def test_an_archive_without_its_seal_counts_as_sealed(office: Office, url: str) -> None:
    """Else who takes that away, too, gets a new note, which knows of no archive."""
    await office.turn_on()
    await archived(office, "a")
    run_sql(url, "delete from settings where key = 'seals'")
    run_sql(url, "update audit_chains set anchored = 0, anchor = null")
    run_sql(url, "update archives set anchor = null")
    await office.store.write(seals.begin, office.ring, office.clock.now())
    assert await kinds_told(office.store, office.ring, office.clock) == ["sealing_stopped"]


async def test_who_takes_all_seals_away_at_once_leaves_that_sealing_began_anew(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """The chains are whole again, in another form; that nothing proves them is told for three months."""
    keeper = TrailKeeper(store, ring, clock)
    await deed(store, account)
    await keeper.seal()
    assert await kinds_told(store, ring, clock) == []
    run_sql(url, "delete from settings where key = 'seals'")
    run_sql(url, "update audit_chains set anchored = 0, anchor = null")
    run_sql(url, f"delete from audit where chain = {account} and number > 2")
    [(hash_,)] = run_sql(url, f"select hash from audit where chain = {account} and number = 2")
    assert isinstance(hash_, bytes | memoryview)
    ours = literal(url, bytes(hash_))
    run_sql(url, f"update audit_chains set length = 2, hash = {ours} where chain = {account}")
    await store.write(seals.begin, ring, clock.now())
    assert await kinds_told(store, ring, clock) == ["sealing_began_anew"]
    await keeper.seal()
    assert await _broken(store, ring) == []
    await keeper.seal()
    told = [one for one in await store.read(audit.find, Filter(kind="audit")) if "anew" in one.action]
    assert [one.action for one in told] == ["audit.sealing_began_anew"]
    assert told[0].detail["entries"] > 0
    clock.advance(89 * DAY_S)
    assert "sealing_began_anew" in await kinds_told(store, ring, clock)
    clock.advance(2 * DAY_S)
    assert "sealing_began_anew" not in await kinds_told(store, ring, clock)


async def test_who_takes_the_trail_away_too_leaves_people_who_came_from_nowhere(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    await store.write(new_user, "sabine")
    run_sql(url, "delete from settings where key = 'seals'")
    for table in ("audit", "audit_chains"):
        run_sql(url, f"delete from {table}")
    await store.write(seals.begin, ring, clock.now())
    assert "sealing_began_anew" in await kinds_told(store, ring, clock)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("delete from audit where chain = {} and number = 5", "missing"),
        ("update audit set at = 4102444800000 where chain = {} and number = 5", "changed"),
        ("update audit set at = 9000000000000000000 where chain = {} and number = 5", "changed"),
    ],
)
async def test_a_chain_that_cannot_be_sealed_is_told_at_once_and_for_how_long_it_was(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock, how: str, why: str
) -> None:
    """The others go on being sealed, so that no pause is seen; and the entry tells nothing of its time."""
    keeper = TrailKeeper(store, ring, clock)
    await keeper.seal()
    await deed(store, account)
    run_sql(url, how.format(account))
    began = clock.now()
    for _ in range(8):
        await store.write(audit.record, clock.now(), None, "mail.destroyed", account, subject="the deed")
        await store.write(audit.record, clock.now(), None, "login.begun", None)
        await keeper.seal()
        seen = await store.read(integrity.look, ring, clock.now())
        assert seen.trail[account] == (Fault(5, why),)
        clock.advance(300)
    assert await kinds_told(store, ring, clock) == ["trail_broken", "sealing_stopped"]
    seen = await store.read(integrity.look, ring, clock.now())
    assert (seen.sealing, seen.unsealed_since) == ("unsealed", min(began, seen.unsealed_since or began))

    # The week is written anew from the sealed entry on: that it was not sealed stays.
    run_sql(url, f"delete from audit where chain = {account} and number > 4")
    [(end,)] = run_sql(url, f"select hash from audit where chain = {account} and number = 4")
    assert isinstance(end, bytes | memoryview)
    anew = f"update audit_chains set length = 4, hash = {literal(url, bytes(end))} where chain = {account}"
    run_sql(url, anew)
    await store.write(audit.record, clock.now(), None, "mail.read", account, subject="an innocent entry")
    await keeper.seal()
    assert await _broken(store, ring) == []
    [told] = await store.read(audit.find, Filter(kind="audit"))
    assert (told.action, told.detail) == ("audit.sealed_late", {"chains": 1, "since": began.isoformat()})
    await keeper.seal()
    assert await kinds_told(store, ring, clock) == []


async def test_a_busy_chain_is_not_stuck(
    store: Store, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """What comes between two seals waits for the next, and is told of nowhere."""
    keeper = TrailKeeper(store, ring, clock)
    for _ in range(30):
        clock.advance(60)
        await keeper.seal()
        await store.write(audit.record, clock.now(), None, "mail.read", account)
        assert await kinds_told(store, ring, clock) == []
    assert await store.read(audit.find, Filter(kind="audit")) == []


async def _a_changed_archive(office: Office, url: str) -> str:
    """Return the statement that mends it."""
    await office.turn_on()
    await archived(office, "a")
    await TrailKeeper(office.store, office.ring, office.clock).seal()
    await prover(office).run_due()
    office.clock.advance(DAY_S + 7_200)
    await prover(office).run_due()
    [(subject,)] = run_sql(url, "select subject from archive_entries where number = 2")
    run_sql(url, "update archive_entries set subject = 'x' where number = 2")
    return f"update archive_entries set subject = '{subject}' where number = 2"


async def test_what_a_proof_has_found_stays_told_when_its_row_goes(office: Office, url: str) -> None:
    """Each time, or by a trigger for good. It ends when a later proof is through without a fault."""
    mend = await _a_changed_archive(office, url)
    office.clock.advance(DAY_S)
    await prover(office).run_due()
    run_sql(url, "delete from proofs")
    assert await kinds_told(office.store, office.ring, office.clock) == ["archive_broken"]
    run_sql(url, mend)
    await prover(office).run_due()
    office.clock.advance(DAY_S + 7_200)
    await prover(office).run_due()
    assert await kinds_told(office.store, office.ring, office.clock) == []


@pytest.mark.parametrize("how", ["goes", "stays"])
async def test_triggers_keep_no_outcome_quiet(office: Office, url: str, how: str) -> None:
    """One statement, once, and the row goes, or can't be written, as soon as a proof is through."""
    await _a_changed_archive(office, url)
    drop = "delete from proofs where kind = 'archive'"
    when = "after update of due_at" if how == "goes" else "before update of due_at"
    if url.startswith("sqlite"):
        deed = drop if how == "goes" else "select raise(ignore)"
        run_sql(url, f"create trigger quiet {when} on proofs begin {deed}; end")
    else:
        body = f"{drop}; return new" if how == "goes" else "return null"
        run_sql(url, f"create function quiet() returns trigger language plpgsql as $$begin {body}; end$$")
        run_sql(url, f"create trigger quiet {when} on proofs for each row execute function quiet()")
    office.clock.advance(DAY_S)
    for _ in range(4):  # not until nothing is due: here it always is
        await prover(office).prove_next()
    assert await kinds_told(office.store, office.ring, office.clock) == ["archive_broken"]


async def test_proofs_that_never_come_are_told(office: Office, url: str) -> None:
    """Who deletes their rows again and again keeps them from being made, and not quiet."""
    await _a_changed_archive(office, url)
    for _ in range(7):
        run_sql(url, "delete from proofs")
        await prover(office).run_due()
        office.clock.advance(DAY_S / 2)
    assert await kinds_told(office.store, office.ring, office.clock) == ["proof_overdue"]


async def test_rows_that_nobody_of_ours_has_written_stop_no_proof(office: Office, url: str) -> None:
    await _a_changed_archive(office, url)
    run_sql(
        url, "update proofs set added_at = 4102444800000, mac = 'x', due_at = 0, found = 'x', broken = 'x'"
    )
    run_sql(url, "insert into proofs (kind, subject, added_at, due_at) values ('other', 1, 0, 0)")
    run_sql(url, "insert into proofs (kind, subject, added_at, due_at) values ('trail', 999, 0, 0)")
    await prover(office).run_due()
    assert (await office.sheet()).broken == (Fault(0, "unreadable"), Fault(2, "changed"))
    kinds = await kinds_told(office.store, office.ring, office.clock)
    assert kinds == ["trail_broken", "archive_broken"]
    seen = await office.store.read(integrity.look, office.ring, office.clock.now())
    assert 999 not in seen.trail


async def test_what_a_check_has_found_stays_told_and_is_proven_again(office: Office, url: str) -> None:
    """Whoever has begun it."""
    mend = await _a_changed_archive(office, url)
    subject, now = int(office.mailbox.account), office.clock.now()
    found = {subject: [Fault(2, "changed")]}
    for _ in range(2):
        await office.store.write(integrity.note_found, office.ring, Kind.ARCHIVE, found, now)
    assert (await office.sheet()).broken == (Fault(2, "changed"),)
    run_sql(url, mend)
    await prover(office).run_due()
    assert (await office.sheet()).broken == ()


async def test_outcomes_from_before_the_note_held_them_count_until_the_next(office: Office, url: str) -> None:
    """After an update nothing that was found is forgotten, and nothing is overdue."""
    await _a_changed_archive(office, url)
    subject = int(office.mailbox.account)
    at = office.clock.now() - timedelta(hours=1)

    def as_before(tx: Tx) -> Seals:
        known = seals.read(tx, office.ring)
        assert known is not None
        seals.write(tx, office.ring, known.with_proofs(Kind.ARCHIVE, {subject: Proof(0)}), at)
        return known

    known = await office.store.write(as_before)
    ms = int(at.timestamp() * 1000)
    mac = known.proof("proof", "archive", subject, ms, 2, '[[2,"changed"]]')
    said = f"proven_at = {ms}, entries = 2, broken = '[[2,\"changed\"]]', mac = '{mac}'"
    run_sql(url, f"update proofs set {said} where kind = 'archive'")
    sheet = await office.sheet()
    assert (sheet.proven, sheet.broken) == (integrity.Proven(at, 2), (Fault(2, "changed"),))
    run_sql(url, "update proofs set broken = '[]' where kind = 'archive'")
    assert (await office.sheet()).proven is None


async def test_a_count_that_is_forgotten_is_a_reading(
    store: Store, account: AccountId, clock: FakeClock
) -> None:
    """A long text that is shown in passages, with so many others in between that it is not counted any more;
    of which one passage was shown, however often, has not been read."""
    readings, user = Readings(clock), UserId(1)
    others = range(100, 50_100)

    def show(message: int, start: int) -> None:
        passage = Passage(start, start + 250, 255, 20_000)
        readings.note_passages(user, account, {MessageId(message): passage})

    show(7, 1_000)
    show(8, 1_000)
    show(8, 1_000)
    show(7, 5_000)
    assert await readings.write(store) == 0
    once = Passage(0, 250, 0, 20_000)
    readings.note_passages(user, account, dict.fromkeys(map(MessageId, others), once))
    assert await readings.write(store) == 1
    several = [Filter(account, message=MessageId(one)) for one in (7, 8)]
    assert [len(await store.read(audit.find, one)) for one in several] == [1, 0]


async def test_passages_that_overlap_are_counted_once(
    store: Store, account: AccountId, clock: FakeClock
) -> None:
    """And what was shown on another day not at all."""
    readings, user = Readings(clock), UserId(1)

    def show(*starts: int) -> None:
        for start in starts:
            passage = Passage(start, start + 250, 255, 20_000)
            readings.note_passages(user, account, {MessageId(7): passage})

    show(1_000, 1_100, 1_050, 1_200)
    assert await readings.write(store) == 0
    clock.advance(DAY_S)
    show(3_000, 4_000)
    assert await readings.write(store) == 0
    show(5_000)
    assert await readings.write(store) == 1


async def test_what_is_taken_along_is_a_reading_once_a_day(
    store: Store, account: AccountId, clock: FakeClock
) -> None:
    """However often the letter is saved that takes it along; what somebody wrote is one for others alone."""
    readings, anna, ben = Readings(clock), UserId(1), UserId(2)
    received, draft = MessageId(7), MessageId(8)
    readings.wrote(anna, account, [draft])
    for _ in range(4):
        readings.note_taken(anna, account, received)
        readings.note_taken(anna, account, draft)
        clock.advance(DAY_S / 5)
    assert await readings.write(store) == 1
    clock.advance(DAY_S / 5)
    readings.note_taken(anna, account, received)
    readings.note_taken(ben, account, draft)
    assert await readings.write(store) == 2


async def test_a_clock_that_was_set_back_keeps_no_reading_from_being_noted(
    store: Store, account: AccountId, clock: FakeClock
) -> None:
    """A message that is remembered from later is read anew."""
    readings = Readings(clock)
    one = (UserId(1), account, [MessageId(7)])
    readings.note(*one)
    readings.note(*one)
    assert await readings.write(store) == 1
    clock.advance(-DAY_S)
    readings.note(*one)
    assert await readings.write(store) == 1
