"""Who has the database and not the key can't shorten the audit trail or an archive, put it back or switch it
off without a trace, on both databases.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from tests.databases import run_sql
from tests.store.conftest import NOW, FakeClock
from tests.store.mailbox import item, page
from tests.store.test_archive import Office, office
from tests.store.test_people_users import new_account
from tests.store.test_schema import literal
from tests.store.test_trail import _broken, account, as_older_programs_seal, ring

from poststelle.access.rights import Asker
from poststelle.auth.crypto import KeyRing
from poststelle.mail import archiving
from poststelle.model.errors import Invalid, NotAllowed
from poststelle.model.health import Disk, Machine, Traffic
from poststelle.model.ids import AccountId, MessageId
from poststelle.settings import accounts as mailboxes
from poststelle.settings import alert_words, integrity, seals, warnings
from poststelle.settings import archive as archive_settings
from poststelle.settings import trail as trail_settings
from poststelle.settings.microsoft import Preset
from poststelle.store import audit, proofs
from poststelle.store import settings as stored
from poststelle.store.audit import Filter
from poststelle.store.proofs import Fault, Kind
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.sync.prover import Prover
from poststelle.sync.trail_keeper import TrailKeeper

__all__ = ["account", "office", "ring"]
pytestmark = pytest.mark.anyio

DAY_S = 86_400.0


def put_back(url: str, table: str, which: str) -> Callable[[], None]:
    """Remember rows as they are; what is returned puts them back so, past us."""
    is_there = {
        "audit_chains": ("chain", ("length", "hash", "base", "base_hash", "anchored", "anchor")),
        "archives": ("account_id", ("length", "hash", "anchor", "messages", "octets", "is_on")),
        "settings": ("key", ("sealed",)),
    }
    key, names = is_there[table]
    rows = run_sql(url, f"select {key}, {', '.join(names)} from {table} where {which}")

    def write(value: object) -> str:
        if isinstance(value, bytes | memoryview):
            return literal(url, bytes(value))
        return "null" if value is None else str(value)

    def again() -> None:
        for row in rows:
            said = ", ".join(f"{name} = {write(value)}" for name, value in zip(names, row[1:], strict=True))
            run_sql(url, f"update {table} set {said} where {key} = '{row[0]}'")

    return again


async def kinds_told(store: Store, ring: KeyRing, clock: FakeClock) -> list[str]:
    machine = Machine("here", "1", NOW, "sqlite", Disk(1 << 40, 1 << 41), [], Traffic(0, 0, 0))
    told = {"ring": ring, "preset": Preset("", ""), "machine": machine, "now": clock.now()}
    found = await store.read(warnings.found, **told)  # type: ignore[arg-type]  # as named
    ours = {"trail_broken", "sealing_stopped", "archive_broken", "proof_overdue", "sealing_began_anew"}
    told_of = [one for one in found if one.kind in ours]
    for one in told_of:  # each can be mailed, in both languages, and names its mailbox
        assert all(one.address in alert_words.sentence(one, language) for language in ("de", "en"))
    return [one.kind for one in told_of]


async def deed(store: Store, account: AccountId | None) -> None:
    await store.write(audit.record, NOW, None, "mail.destroyed", account, subject="the deed")


async def test_one_chain_put_back_with_its_own_seal_is_found(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """And what is added behind it is never sealed by us."""
    keeper = TrailKeeper(store, ring, clock)
    as_last_night = put_back(url, "audit_chains", f"chain = {account}")
    for _ in range(3):
        await deed(store, account)
    await keeper.seal()
    assert await _broken(store, ring) == []

    as_last_night()
    run_sql(url, f"delete from audit where chain = {account} and number > 4")
    run_sql(url, f"delete from audit_messages where account_id = {account} and number > 4")
    assert await _broken(store, ring) == [(account, 4, "put_back")]
    assert await kinds_told(store, ring, clock) == ["trail_broken"]
    await deed(store, account)
    assert await keeper.seal() == 0
    assert await _broken(store, ring) == [(account, 4, "put_back")]


@pytest.mark.parametrize("with_note", [False, True])
async def test_an_old_note_betrays_itself(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock, *, with_note: bool
) -> None:
    """With or without the chain of then: the others have gone on since. None of them begins anew."""
    keeper = TrailKeeper(store, ring, clock)
    old_note = put_back(url, "settings", "key = 'seals'")
    old_chain = put_back(url, "audit_chains", f"chain = {account}")
    other = await store.write(new_account, "zwei@example.test")
    for of in (account, other, None):
        await deed(store, of)
    await keeper.seal()
    old_note()
    if with_note:
        old_chain()
        run_sql(url, f"delete from audit where chain = {account} and number > 4")
    broken = await _broken(store, ring)
    assert (0, 3, "anchor") in broken and (other, 1, "anchor") in broken
    run_sql(url, f"update audit_chains set anchored = 0, anchor = null where chain in (0, {other})")
    await deed(store, None)
    await keeper.seal()
    assert (0, 1, "anchor") in await _broken(store, ring)
    assert await kinds_told(store, ring, clock) == ["trail_broken"]


async def test_a_chain_cannot_be_made_to_look_sealed(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """Who raises the number up to which it is stops the sealing, which is told at once."""
    run_sql(url, f"update audit_chains set anchored = 99 where chain = {account}")
    await deed(store, account)
    assert await kinds_told(store, ring, clock) == ["trail_broken"]
    assert await _broken(store, ring) == [(account, 99, "anchor")]


@pytest.mark.parametrize("change", ["update settings set sealed = {} where", "delete from settings where"])
async def test_sealing_that_stops_is_told_and_leaves_an_entry(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock, change: str
) -> None:
    """The note is spoilt for a while and put back; what was added meanwhile could have been changed."""
    keeper = TrailKeeper(store, ring, clock)
    [(note,)] = run_sql(url, "select sealed from settings where key = 'seals'")
    run_sql(url, f"{change.format(literal(url, b'0'))} key = 'seals'")
    await store.write(audit.record, clock.now(), None, "mail.destroyed", account)
    assert await keeper.seal() == 0
    assert await kinds_told(store, ring, clock) == ["sealing_stopped"]

    assert isinstance(note, bytes | memoryview)
    run_sql(url, "delete from settings where key = 'seals'")
    sealed = literal(url, bytes(note))
    run_sql(url, f"insert into settings (key, sealed, changed_at) values ('seals', {sealed}, 0)")
    assert await kinds_told(store, ring, clock) == []
    clock.advance(901)
    seen = await store.read(integrity.look, ring, clock.now())
    assert (seen.sealing, seen.unsealed, seen.unsealed_since) == ("unsealed", 1, NOW)
    assert await kinds_told(store, ring, clock) == ["sealing_stopped"]
    await keeper.seal()
    assert await kinds_told(store, ring, clock) == []
    [told] = await store.read(audit.find, Filter(kind="audit"))
    assert (told.action, told.detail) == ("audit.sealing_paused", {"since": NOW.isoformat()})
    assert await _broken(store, ring) == []


async def test_what_goes_while_nothing_is_sealed_leaves_that_it_was_not(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """The deed itself is gone without a trace: it was never sealed. That sealing stood still is not."""
    keeper = TrailKeeper(store, ring, clock)
    note, chain = put_back(url, "settings", "key = 'seals'"), put_back(url, "audit_chains", "chain > 0")
    run_sql(url, f"update settings set sealed = {literal(url, b'0')} where key = 'seals'")
    await deed(store, account)
    clock.advance(3_600)
    await keeper.seal()
    run_sql(url, f"delete from audit where chain = {account} and number > 4")
    chain()
    note()
    await keeper.seal()
    assert await _broken(store, ring) == []
    [told] = await store.read(audit.find, Filter(kind="audit"))
    assert (told.action, told.detail) == ("audit.sealing_paused", {"since": NOW.isoformat()})


async def test_one_chain_that_is_kept_from_its_seal_leaves_that(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """The others are sealed meanwhile."""
    keeper = TrailKeeper(store, ring, clock)
    await store.write(audit.record, clock.now(), None, "mail.destroyed", account)
    run_sql(url, f"update audit_chains set anchored = 99 where chain = {account}")
    for _ in range(4):
        clock.advance(300)
        await keeper.seal()
    run_sql(url, f"update audit_chains set anchored = 4 where chain = {account}")
    await keeper.seal()
    [told] = await store.read(audit.find, Filter(kind="audit"))
    assert (told.action, told.detail) == ("audit.sealed_late", {"chains": 1, "since": NOW.isoformat()})


async def test_which_messages_an_entry_is_found_by_is_proven(
    store: Store, url: str, account: AccountId, ring: KeyRing
) -> None:
    """Else an entry is there, and nobody who asks for a message finds it."""
    ids = [MessageId(7), MessageId(8), MessageId(7)]
    await store.write(audit.record, NOW, None, "mail.read", account, message_ids=ids)
    assert await _broken(store, ring) == []
    run_sql(url, "delete from audit_messages where message_id = 8")
    assert await _broken(store, ring) == [(account, 5, "messages")]
    run_sql(url, f"insert into audit_messages values ({account}, 8, 5)")
    assert await _broken(store, ring) == []
    run_sql(url, f"insert into audit_messages values ({account}, 9, 2)")
    assert await _broken(store, ring) == [(account, 2, "messages")]


def without_ends(tx: Tx, ring: KeyRing, chains: int) -> None:
    """The note as an older program wrote it."""
    found = stored.get(tx, seals.KEY)
    assert found is not None and found.sealed is not None
    told = msgspec.json.decode(ring.open(found.sealed, seals.KEY))
    told[1] = chains
    sealed = ring.seal(msgspec.json.encode(told[:7]), seals.KEY)
    stored.upsert(tx, seals.KEY, sealed=sealed, at=NOW, by=None)


async def test_an_older_programs_note_is_completed_once(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """Its count of chains still counts; put back later it is not believed."""
    keeper = TrailKeeper(store, ring, clock)
    await store.write(as_older_programs_seal, ring)
    await store.write(without_ends, ring, 2)
    old_note = put_back(url, "settings", "key = 'seals'")
    await store.write(seals.begin, ring, NOW)
    assert await _broken(store, ring) == []
    await deed(store, account)
    assert await keeper.seal() == 1
    assert await _broken(store, ring) == []
    old_note()
    await store.write(seals.begin, ring, NOW)
    assert (0, 0, "key") in await _broken(store, ring)
    assert "sealing_stopped" in await kinds_told(store, ring, clock)


async def test_a_seal_that_an_older_program_missed_is_missed_still(
    store: Store, url: str, account: AccountId, ring: KeyRing
) -> None:
    await store.write(as_older_programs_seal, ring)
    await store.write(without_ends, ring, 2)
    run_sql(url, f"update audit_chains set anchored = 0, anchor = null where chain = {account}")
    await store.write(seals.begin, ring, NOW)
    assert await _broken(store, ring) == [(account, 1, "anchor")]


async def archived(office: Office, *names: str) -> None:
    for name in names:
        await office.mailbox.pull("Inbox", page(item(name, internet_message_id=f"<{name}>")))
    await office.archiver.run_due()
    await TrailKeeper(office.store, office.ring, office.clock).seal()


async def test_one_archive_put_back_with_its_own_seal_is_found(office: Office, url: str) -> None:
    """And what is put in behind it does not hide that; nor does our own minute."""
    await office.turn_on()
    await archived(office, "a")
    as_last_night = put_back(url, "archives", "length > 0")
    await archived(office, "b")
    assert await office.broken() == []
    as_last_night()
    run_sql(url, "delete from archive_entries where number > 2")
    assert await office.broken() == [(2, "put_back")]
    assert await kinds_told(office.store, office.ring, office.clock) == ["archive_broken"]
    await archived(office, "c")
    assert await office.told() == ["on", "message a", "message c"]
    assert await office.broken() == [(3, "anchor")]
    assert (await office.sheet()).broken == (Fault(3, "anchor"),)


async def test_an_archive_that_only_seems_to_be_off_is_found(office: Office, url: str) -> None:
    """Nothing is put in then; who turns it off here leaves no alarm."""
    await office.turn_on()
    run_sql(url, "update archives set is_on = 0")
    assert await office.broken() == [(1, "turned_off")]
    assert await kinds_told(office.store, office.ring, office.clock) == ["archive_broken"]
    await office.turn_on()
    assert await office.broken() == []
    by = Asker(office.admin, is_proven=True)
    told = {"ring": office.ring, "now": office.clock.now()}
    await office.store.write(archive_settings.turn_off, by, office.mailbox.account, **told)
    assert await office.broken() == []


async def test_a_missing_archive_is_named_wherever_archives_are(office: Office, url: str) -> None:
    """By its address, also when the mailbox has gone; who gives it up says so, by name."""
    await office.turn_on()
    await archived(office, "a")
    run_sql(url, "delete from archive_entries")
    run_sql(url, "delete from archives")
    told = {"ring": office.ring, "now": office.clock.now()}
    [sheet] = await office.store.read(archive_settings.sheets, office.admin, **told)
    assert (sheet.address, sheet.is_gone, sheet.broken) == ("desk@office.example", True, (Fault(0, "gone"),))
    assert await kinds_told(office.store, office.ring, office.clock) == ["archive_broken"]

    args = (Asker(office.admin, is_proven=True), office.mailbox.account, "desk@office.example")
    await office.store.write(mailboxes.delete, *args, deletes_archive=False, discards_waiting=False, **told)
    sheet = await office.sheet()
    assert (sheet.address, sheet.is_there, sheet.is_gone) == ("desk@office.example", False, True)
    await office.store.write(archive_settings.destroy, *args, **told)
    assert await office.store.read(archive_settings.sheets, office.admin, **told) == []
    [entry] = await office.store.read(audit.find, Filter(office.mailbox.account, kind="archive"), limit=1)
    assert (entry.action, entry.detail) == ("archive.deleted", {"missing": True})


@pytest.mark.parametrize("is_program", [False, True])
async def test_what_takes_traces_away_needs_its_person(office: Office, *, is_program: bool) -> None:
    """To keep for longer, and to turn on, does not."""
    by = Asker(office.admin, is_program=is_program)
    proven, account = Asker(office.admin, is_proven=True), office.mailbox.account
    told = {"ring": office.ring, "now": office.clock.now()}
    expected = NotAllowed if is_program else Invalid
    await office.turn_on()
    months = {"is_confirmed": True, **told}
    name = "desk@office.example"
    discard = {"deletes_archive": True, "discards_waiting": False, **told}
    for deed, *args in (
        (archive_settings.turn_off, account),
        (trail_settings.set_keep_months, 12),
    ):
        with pytest.raises(expected):
            await office.store.write(deed, by, *args, **told)
    with pytest.raises(expected):
        await office.store.write(archive_settings.set_months, by, account, 12, **months)
    with pytest.raises(expected):
        await office.store.write(mailboxes.delete, by, account, name, **discard)
    await office.store.write(archive_settings.set_months, proven, account, 12, **months)
    await office.store.write(trail_settings.set_keep_months, proven, 12, **told)
    for longer in (24, None):
        await office.store.write(archive_settings.set_months, by, account, longer, **months)
        assert await office.store.write(trail_settings.set_keep_months, by, longer, **told) == longer
    kept = discard | {"deletes_archive": False}
    with pytest.raises(expected):  # nothing is put into it any more then
        await office.store.write(mailboxes.delete, by, account, name, **kept)
    await office.store.write(mailboxes.delete, proven, account, name, **kept)
    with pytest.raises(expected):
        await office.store.write(archive_settings.destroy, by, account, name, **told)
    assert await office.broken() == []


def prover(office: Office) -> Prover:
    return Prover(office.store, office.blobs, office.ring, office.clock)


async def test_each_night_all_is_proven_and_what_came_out_is_kept(office: Office, url: str) -> None:
    """What no glance shows is told by then: an entry that was changed, and an octet."""
    await office.turn_on()
    await archived(office, "a")
    await prover(office).run_due()
    before = await office.store.read(integrity.look, office.ring, office.clock.now())
    assert before.trail_proven.at is None
    office.clock.advance(DAY_S + 7_200)
    await prover(office).run_due()
    seen = await office.store.read(integrity.look, office.ring, office.clock.now())
    assert seen.trail_proven.at == office.clock.now() and seen.trail_proven.entries > 0
    assert seen.archives_proven == {
        office.mailbox.account: integrity.Proven(office.clock.now(), 2),
    }
    assert (seen.trail, seen.archives, seen.overdue_since) == ({}, {}, None)

    run_sql(url, "update audit set action = 'x' where chain > 0 and number = 1")
    run_sql(url, "update archive_entries set subject = 'x' where number = 2")
    assert await kinds_told(office.store, office.ring, office.clock) == []
    office.clock.advance(DAY_S)
    await prover(office).run_due()
    assert await kinds_told(office.store, office.ring, office.clock) == ["trail_broken", "archive_broken"]
    assert (await office.sheet()).broken == (Fault(2, "changed"),)

    run_sql(url, "update archive_entries set subject = 'Hello' where number = 2")
    await office.store.write(integrity.note_found, office.ring, Kind.ARCHIVE, {}, office.clock.now())
    assert await prover(office).prove_next() is True


async def test_two_processes_prove_each_thing_once(office: Office) -> None:
    await office.turn_on()
    await archived(office, "a")
    await prover(office).run_due()
    office.clock.advance(DAY_S + 7_200)
    now = office.clock.now()
    until = now + timedelta(hours=1)
    held = [await office.store.write(proofs.hold_next, f"p{n}", now, until) for n in range(9)]
    there = [(one.kind, one.subject) for one in held if one is not None]
    assert len(there) == len(set(there)) == len(await office.store.read(proofs.are_there))
    office.clock.advance(3_601)  # who had them has died
    await asyncio.gather(prover(office).run_due(), prover(office).run_due())
    seen = await office.store.read(integrity.look, office.ring, office.clock.now())
    assert seen.trail_proven.at == office.clock.now()
    first = held[0]
    assert first is not None
    ended = [integrity.Ended(first, now, 1, (Fault(1, "changed"),), until)]
    await office.store.write(integrity.end_proofs, office.ring, ended, now)
    after = await office.store.read(integrity.look, office.ring, office.clock.now())
    assert (after.trail, after.archives) == ({}, {})


async def test_who_has_no_key_cannot_make_up_an_outcome(office: Office, url: str) -> None:
    """Neither that all holds, nor by keeping the proof from being made."""
    await office.turn_on()
    await archived(office, "a")
    await prover(office).run_due()
    office.clock.advance(DAY_S + 7_200)
    run_sql(url, "update archive_entries set subject = 'x' where number = 2")
    await prover(office).run_due()
    assert (await office.sheet()).broken == (Fault(2, "changed"),)
    run_sql(url, "update proofs set broken = '[]' where kind = 'archive'")
    run_sql(url, "delete from proofs")
    assert (await office.sheet()).broken == (Fault(2, "changed"),)
    await prover(office).run_due()
    run_sql(url, "update proofs set due_at = 9000000000000000")
    office.clock.advance(3 * DAY_S + 60)
    told = await kinds_told(office.store, office.ring, office.clock)
    assert told == ["archive_broken", "proof_overdue"]


async def test_the_note_names_no_archive_that_nobody_has_turned_on(office: Office) -> None:
    def noted(tx: ReadTx) -> tuple[frozenset[int], frozenset[int], set[int]]:
        found = archiving.known(tx, office.ring)
        assert found is not None
        return found.archives, found.archives_on, set(found.archive_ends)

    await office.turn_on()
    await archived(office, "a")
    account = int(office.mailbox.account)
    assert await office.store.read(noted) == ({account}, {account}, {account})
    args = (Asker(office.admin, is_proven=True), office.mailbox.account, "desk@office.example")
    told = {"ring": office.ring, "now": office.clock.now()}
    await office.store.write(mailboxes.delete, *args, deletes_archive=True, discards_waiting=False, **told)
    assert await office.store.read(noted) == (frozenset(), frozenset(), set())
    assert await office.broken() == []
