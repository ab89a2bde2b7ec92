"""When proofs are missed and how they are noted, on both databases: after a server was off, after a wrong
clock, after an update, and of many chains in one night.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.databases import run_sql
from tests.store.conftest import FakeClock
from tests.store.test_archive import Office, office
from tests.store.test_people_users import new_account
from tests.store.test_put_back import DAY_S, archived, deed, kinds_told, prover
from tests.store.test_trail import account, ring

from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import to_ms
from poststelle.model.ids import AccountId
from poststelle.settings import integrity, seals
from poststelle.store import audit, proofs
from poststelle.store.audit import Filter
from poststelle.store.proofs import Fault, Kind
from poststelle.store.tx import Store, Tx
from poststelle.sync.prover import Prover
from poststelle.sync.trail_keeper import TrailKeeper

__all__ = ["account", "office", "ring"]
pytestmark = pytest.mark.anyio

OVERDUE = "proof_overdue"


def _count_writes_of_the_note(url: str) -> None:
    """Each writes a row, and how long it was."""
    run_sql(url, "create table written (octets bigint not null)")
    when = "after update of sealed on settings"
    insert = "insert into written values (length(new.sealed))"
    if url.startswith("sqlite"):
        run_sql(url, f"create trigger count_notes {when} when new.key = 'seals' begin {insert}; end")
        return
    body = f"begin {insert}; return new; end"
    run_sql(url, f"create function count_notes() returns trigger language plpgsql as $${body}$$")
    each = "for each row when (new.key = 'seals') execute function count_notes()"
    run_sql(url, f"create trigger count_notes {when} {each}")


async def test_the_proofs_of_a_night_are_noted_together(office: Office, url: str) -> None:
    """The note holds all chains and archives: written for each, its octets would grow with their square."""
    for number in range(40):
        await deed(office.store, await office.store.write(new_account, f"nr{number}@example.test"))
    await TrailKeeper(office.store, office.ring, office.clock).seal()
    await prover(office).run_due()
    office.clock.advance(DAY_S + 7_200)
    _count_writes_of_the_note(url)
    await prover(office).run_due()
    seen = await office.store.read(integrity.look, office.ring, office.clock.now())
    assert seen.trail_proven.at == office.clock.now()
    assert seen.trail_proven.entries >= 40
    [(writes, octets)] = run_sql(url, "select count(*), max(octets) from written")
    assert writes == 1
    assert int(str(octets)) < 41 * 120


class Unreachable:
    """A place of octets whose disk has gone."""

    def __getattr__(self, name: str) -> object:
        raise OSError(name)


async def test_what_has_ended_is_noted_before_the_next_proof_takes_long(office: Office, url: str) -> None:
    """It is held for an hour; a long archive would have others prove it once more."""
    await office.turn_on()
    await archived(office, "a")
    await TrailKeeper(office.store, office.ring, office.clock).seal()
    await prover(office).run_due()
    office.clock.advance(60)
    run_sql(url, "update proofs set due_at = 1 where kind = 'trail' and subject > 0")
    run_sql(url, "update proofs set due_at = 2 where kind = 'archive'")
    one = Prover(office.store, Unreachable(), office.ring, office.clock)  # type: ignore[arg-type]  # as said
    assert await one.prove_next()
    ended_at = office.clock.now()
    office.clock.advance(121)
    assert await one.prove_next()  # which is not through
    known = await office.store.read(seals.read, office.ring)
    assert known is not None
    [(chain,)] = run_sql(url, "select subject from proofs where kind = 'trail' and subject > 0")
    assert known.last_proof(Kind.TRAIL, int(str(chain))).at == to_ms(ended_at)


async def test_a_server_that_was_off_has_missed_no_proof(office: Office) -> None:
    """At its start nothing is overdue, and what was due in the meantime is proven at once."""
    keeper = TrailKeeper(office.store, office.ring, office.clock)
    await deed(office.store, None)
    await office.turn_on()
    await archived(office, "a")
    await keeper.seal()
    await prover(office).run_due()
    office.clock.advance(10 * DAY_S)
    await office.store.write(seals.begin, office.ring, office.clock.now())
    assert OVERDUE not in await kinds_told(office.store, office.ring, office.clock)
    await keeper.seal()
    assert await kinds_told(office.store, office.ring, office.clock) == []
    await prover(office).run_due()
    seen = await office.store.read(integrity.look, office.ring, office.clock.now())
    assert seen.trail_proven.at == office.clock.now()


async def test_no_pause_keeps_a_missed_proof_quiet_for_long(office: Office) -> None:
    """Only the time without a server is not counted: three days of work without a proof are told, however
    often there was none."""
    keeper = TrailKeeper(office.store, office.ring, office.clock)
    await deed(office.store, None)
    await keeper.seal()
    told = []
    for _ in range(5):
        for _ in range(24 * 12):  # a day's work, with a look each five minutes
            office.clock.advance(300)
            await keeper.seal()
        told.append(await kinds_told(office.store, office.ring, office.clock))
        office.clock.advance(DAY_S)
        await office.store.write(seals.begin, office.ring, office.clock.now())
        await keeper.seal()
    assert told == [[], [], [], [OVERDUE], [OVERDUE]]


async def test_proofs_that_a_wrong_clock_has_dated_are_expected_from_now(office: Office) -> None:
    """A clock that was years ahead dates a proof so that none would be missed before then."""
    keeper = TrailKeeper(office.store, office.ring, office.clock)
    await deed(office.store, None)
    await keeper.seal()
    await prover(office).run_due()
    office.clock.advance(400 * DAY_S)
    await keeper.seal()
    await prover(office).run_due()
    office.clock.advance(-400 * DAY_S)
    right = office.clock.now()
    await keeper.seal()
    seen = await office.store.read(integrity.look, office.ring, office.clock.now())
    assert seen.trail_proven.at == right
    office.clock.advance(3 * DAY_S + 60)
    assert OVERDUE in await kinds_told(office.store, office.ring, office.clock)


async def test_what_an_older_program_proved_long_ago_is_not_overdue_at_the_update(
    office: Office, url: str
) -> None:
    """Its outcomes lay in the rows of what is due."""
    await office.turn_on()
    await archived(office, "a")
    await TrailKeeper(office.store, office.ring, office.clock).seal()
    await prover(office).run_due()
    subject, now = int(office.mailbox.account), office.clock.now()

    def as_before(tx: Tx) -> str:
        known = seals.read(tx, office.ring)
        assert known is not None
        seals.write(tx, office.ring, known.without_proof(Kind.ARCHIVE, subject), now)
        return known.proof("proof", "archive", subject, ms, 2, "[]")

    at = now - timedelta(days=5)
    ms = int(at.timestamp() * 1000)
    mac = await office.store.write(as_before)
    said = f"proven_at = {ms}, entries = 2, broken = '[]', mac = '{mac}'"
    run_sql(url, f"update proofs set {said} where kind = 'archive'")
    assert (await office.sheet()).proven == integrity.Proven(at, 2)
    assert await kinds_told(office.store, office.ring, office.clock) == []
    office.clock.advance(3 * DAY_S + 60)
    assert OVERDUE in await kinds_told(office.store, office.ring, office.clock)


async def test_a_pause_is_one_entry_whatever_is_noted_at_the_start(
    store: Store, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    keeper = TrailKeeper(store, ring, clock)
    await keeper.seal()
    clock.advance(DAY_S)
    for _ in range(3):
        await store.write(seals.begin, ring, clock.now())
        clock.advance(5)
    await keeper.seal()
    await keeper.seal()
    [told] = await store.read(audit.find, Filter(kind="audit"))
    assert told.action == "audit.sealing_paused"
    known = await store.read(seals.read, ring)
    assert known is not None and len(known.pauses) == 1
    assert known.worked(clock.now() - timedelta(days=1), clock.now()) < timedelta(minutes=1)


async def test_a_check_counts_more_than_a_proof_that_was_made_before_it(office: Office, url: str) -> None:
    """A proof is through, and not noted yet: what a check finds then is not noted away, but proven again."""
    await deed(office.store, None)
    await office.turn_on()
    await archived(office, "a")
    await TrailKeeper(office.store, office.ring, office.clock).seal()
    proving = prover(office)
    await proving.run_due()
    office.clock.advance(DAY_S + 7_200)
    for _ in await office.store.read(proofs.are_there):
        assert await proving.prove_next()
    run_sql(url, "update archive_entries set subject = 'x' where number = 2")
    found = {int(office.mailbox.account): [Fault(2, "changed")]}
    await office.store.write(integrity.note_found, office.ring, Kind.ARCHIVE, found, office.clock.now())
    await proving.run_due()
    assert await kinds_told(office.store, office.ring, office.clock) == ["archive_broken"]
    assert (await office.sheet()).broken == (Fault(2, "changed"),)
