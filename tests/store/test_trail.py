"""The audit trail is chained: what was changed, taken out or cut off is found, on both databases."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from tests.databases import run_sql
from tests.store.conftest import NOW, FakeClock
from tests.store.test_people_users import new_account, new_user
from tests.store.test_schema import literal

from poststelle.access import trail, trail_seal
from poststelle.access.rights import Asker
from poststelle.access.trail import Broken
from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import months_earlier
from poststelle.lib.ids import encode_id
from poststelle.model.ids import USER, AccountId, MessageId
from poststelle.settings import seals
from poststelle.settings import trail as settings
from poststelle.store import audit
from poststelle.store import settings as stored_settings
from poststelle.store.audit import Filter
from poststelle.store.tx import Store, Tx
from poststelle.sync.trail_keeper import TrailKeeper

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing([os.urandom(32)])


def _six(tx: Tx, account: AccountId) -> None:
    """Four of a mailbox and two of none, one a day."""
    for day, action in enumerate(
        ("mail.read", "login.begun", "mail.read", "mail.sent", "login.begun", "mail.moved")
    ):
        of = account if action.startswith("mail") else None
        audit.record(tx, NOW + day * DAY, None, action, of, subject=f"Nr. {day}")


async def _broken(store: Store, ring: KeyRing) -> list[tuple[int, int, str]]:
    found = await trail.verify(store, ring)
    return [(one.chain, one.number, one.why) for one in found.broken]


@pytest.fixture
async def account(store: Store, ring: KeyRing, clock: FakeClock) -> AccountId:
    await store.write(seals.begin, ring, clock.now())
    made = await store.write(new_account, "info@example.test")
    await store.write(_six, made)
    await TrailKeeper(store, ring, clock).seal()
    return made


async def test_what_nobody_has_touched_holds(store: Store, account: AccountId, ring: KeyRing) -> None:
    """Each chain by itself, and what comes after it was sealed."""
    await store.write(audit.record, NOW, None, "login.begun")
    found = await trail.verify(store, ring)
    assert (found.entries, found.broken) == (7, [])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("update audit set at = at + 1 where chain > 0 and number = 2", (2, "changed")),
        ("update audit set subject = 'Nr. 9' where chain > 0 and number = 2", (2, "changed")),
        ("update audit set user_name = 'Eva' where chain > 0 and number = 4", (4, "changed")),
        ("update audit set detail = '{ }' where chain > 0 and number = 1", (1, "changed")),
        ("update audit set hash = null where chain > 0 and number = 3", (3, "changed")),
        ("update audit set hash = null, said = null, salt = null where chain > 0", (1, "changed")),
        ("update audit set salt = null, subject = '' where chain > 0 and number = 3", (3, "erased")),
        ("delete from audit where chain > 0 and number = 2", (2, "missing")),
        ("delete from audit where chain > 0 and number = 4", (4, "missing")),
        ("delete from audit where chain > 0", (1, "missing")),
        ("delete from audit_chains where chain > 0", (1, "missing")),
        ("update audit_chains set base = 1 where chain > 0", (2, "changed")),
    ],
)
async def test_what_was_changed_is_found(
    store: Store, url: str, account: AccountId, ring: KeyRing, change: str, expected: tuple[int, str]
) -> None:
    """Whoever can write to the database, past us."""
    run_sql(url, change)
    assert (account, *expected) in await _broken(store, ring)


def _rewritten(tx: Tx, account: AccountId, keep: int) -> None:
    """By somebody who knows how hashes are made: another history, as long as the program's own."""
    held = audit.links(tx, account, 0, 99)
    tx.run("delete_audit", chain=account, number=99)
    tx.run("set_audit_hash", chain=account, hash=None)
    for entry in held:
        if entry.number <= keep:
            audit.record(tx, entry.at, None, entry.action, account, subject="anders")


@pytest.mark.parametrize("keep", [3, 4])
async def test_a_new_history_does_not_fit_what_was_sealed(
    store: Store, url: str, account: AccountId, ring: KeyRing, keep: int
) -> None:
    """Without the key nobody can seal another end."""
    sealed = (await store.read(audit.chain, account)) or pytest.fail()
    run_sql(url, f"update audit_chains set length = 0, hash = null where chain = {account}")
    await store.write(_rewritten, account, keep)
    assert sealed.anchored == 4
    assert [why for _, _, why in await _broken(store, ring)] == ["anchor"]
    other = KeyRing([os.urandom(32)])
    cut_off = "anchor" if keep < sealed.anchored else "key"
    assert [why for _, _, why in await _broken(store, other)] == ["key", cut_off, "key"]
    run_sql(url, f"update audit_chains set anchored = 0, anchor = null where chain = {account}")
    assert await _broken(store, ring) == [(account, 1, "anchor")]


async def test_what_was_noted_before_there_were_chains_is_chained_once(
    store: Store, url: str, account: AccountId, ring: KeyRing
) -> None:
    """As after an update; whoever makes it look so again is found."""
    unchained = [
        "update audit set hash = null, salt = null, said = null",
        "update audit_chains set hash = null",
    ]
    unsealed = [
        "update audit_chains set anchored = 0, anchor = null",
        "delete from settings where key = 'seals'",
    ]
    for statement in unchained + unsealed:
        run_sql(url, statement)
    assert await store.write(trail.chain_older) == 6
    assert await store.write(trail.chain_older) == 0
    assert await _broken(store, ring) == []
    await TrailKeeper(store, ring, FakeClock()).seal()

    for statement in unchained:
        run_sql(url, statement)
    await store.write(trail.chain_older)
    assert [why for _, _, why in await _broken(store, ring)] == ["anchor", "anchor"]


async def test_older_entries_go_and_the_rest_holds(
    store: Store, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """By the month; the chain says that they went, and who takes more is found."""
    user = await store.write(new_user, "sabine", may_settings=True)
    keeper = TrailKeeper(store, ring, clock)
    assert await keeper.forget_old() == 0
    await store.write(settings.set_keep_months, Asker(user.id, is_proven=True), 1, ring=ring, now=NOW)
    clock.advance((NOW + 33 * DAY - clock.now()).total_seconds())
    gone = await keeper.forget_old()

    assert gone == 3 and await keeper.forget_old() == 0
    found = await trail.verify(store, ring)
    assert (found.removed, found.broken) == (3, [])
    left = [entry.number for entry in await store.read(audit.find, Filter(account))]
    assert left == [5, 4, 3]
    await keeper.seal()
    assert await _broken(store, ring) == []


async def test_entries_that_go_unsaid_are_missed(
    store: Store, url: str, account: AccountId, ring: KeyRing
) -> None:
    """A base that no entry tells of."""
    run_sql(
        url,
        "update audit_chains set base = 2, base_hash ="
        f" (select hash from audit where chain = {account} and number = 2) where chain = {account}",
    )
    run_sql(url, f"delete from audit where chain = {account} and number <= 2")
    assert await _broken(store, ring) == [(account, 2, "missing")]


async def test_what_an_entry_says_can_be_erased(store: Store, account: AccountId, ring: KeyRing) -> None:
    """The person's name goes, the chain holds, and the erasing is told."""
    [entry] = [one for one in await store.read(audit.find, Filter(account)) if one.number == 2]
    assert await store.write(trail_seal.erase, ring, None, [entry], NOW) == 1

    found = await trail.verify(store, ring)
    assert (found.erased, found.broken) == (1, [])
    after = {one.number: one for one in await store.read(audit.find, Filter(account))}
    assert (after[2].said.subject, after[2].is_erased, after[5].action) == ("", True, "audit.erased")


async def test_only_we_can_excuse_what_is_missing(
    store: Store, url: str, account: AccountId, ring: KeyRing
) -> None:
    """Who adds the entry that would tell of it, as we make it but for the secret, is found."""
    [entry] = [one for one in await store.read(audit.find, Filter(account)) if one.number == 2]
    run_sql(url, f"update audit set salt = null, subject = '' where chain = {account} and number = 2")
    said = {"numbers": [2], "proof": "0" * 64}
    await store.write(audit.record, NOW, None, "audit.erased", account, **said)
    await TrailKeeper(store, ring, FakeClock()).seal()
    assert await _broken(store, ring) == [(account, 2, "erased")]

    assert entry.hash is not None
    run_sql(url, f"update audit_chains set base = 2, base_hash = {literal(url, entry.hash)} where chain > 0")
    run_sql(url, f"delete from audit where chain = {account} and number <= 2")
    said = {"through": 2, "hash": entry.hash.hex(), "entries": 2, "proof": "0" * 64}
    await store.write(audit.record, NOW, None, "audit.pruned", account, **said)
    assert await _broken(store, ring) == [(account, 2, "missing")]


async def test_another_history_is_not_sealed_by_what_comes_next(
    store: Store, url: str, account: AccountId, ring: KeyRing
) -> None:
    """Who makes it and waits until the trail is sealed again; also who takes the seal away."""
    keeper = TrailKeeper(store, ring, FakeClock())
    run_sql(url, f"update audit_chains set length = 0, hash = null where chain = {account}")
    await store.write(_rewritten, account, 4)
    await store.write(audit.record, NOW, None, "mail.read", account)
    assert await keeper.seal() == 0
    assert await _broken(store, ring) == [(account, 4, "anchor")]

    run_sql(url, f"update audit_chains set anchored = 0, anchor = null where chain = {account}")
    assert await keeper.seal() == 0
    assert await _broken(store, ring) == [(account, 1, "anchor")]


async def test_entries_that_do_not_follow_are_not_sealed(
    store: Store, url: str, account: AccountId, ring: KeyRing
) -> None:
    """Those before them are; the others of their chain never, and no other chain waits for that."""
    keeper = TrailKeeper(store, ring, FakeClock())
    for of in (account, account, None):
        await store.write(audit.record, NOW, None, "mail.read", of)
    run_sql(url, f"update audit set subject = 'x' where chain = {account} and number = 6")
    assert (await keeper.seal(), await keeper.seal()) == (2, 0)
    chain = (await store.read(audit.chain, account)) or pytest.fail()
    assert (chain.anchored, chain.length) == (5, 6)
    assert await _broken(store, ring) == [(account, 6, "changed")]


@pytest.mark.parametrize(
    "instead", ["", "insert into settings (key, value, changed_at) values ('{}', '2', 0)"]
)
async def test_who_takes_the_note_of_all_seals_away_is_found(
    store: Store, url: str, account: AccountId, ring: KeyRing, instead: str
) -> None:
    """It is not made anew while anything is sealed. Who takes all seals away can't hide that they are new."""
    before = await trail.verify(store, ring)
    assert (before.since, before.broken) == (NOW, [])
    keeper = TrailKeeper(store, ring, clock := FakeClock())
    clock.advance(60)
    run_sql(url, "delete from settings where key = 'seals'")
    if instead:
        run_sql(url, instead)
    await store.write(seals.begin, ring, clock.now())
    await store.write(audit.record, NOW, None, "mail.read", account)
    assert await keeper.seal() == 0
    assert await _broken(store, ring) == [(0, 0, "anchor")]

    run_sql(url, "update audit_chains set anchored = 0, anchor = null")
    await keeper.seal()
    after = await trail.verify(store, ring)
    assert (after.since, after.broken) == (clock.now(), [])


async def test_what_older_programs_have_sealed_counts(
    store: Store, url: str, account: AccountId, ring: KeyRing
) -> None:
    """Their count of chains is taken over, and what they removed needs no proof."""
    user = await store.write(new_user, "sabine", may_settings=True)
    await store.write(settings.set_keep_months, Asker(user.id, is_proven=True), 1, ring=ring, now=NOW)
    clock = FakeClock()
    keeper = TrailKeeper(store, ring, clock)
    await keeper.seal()
    clock.advance(33 * DAY.total_seconds())
    assert await keeper.forget_old() > 0
    await keeper.seal()
    await store.write(as_older_programs_seal, ring)
    run_sql(url, "delete from settings where key = 'seals'")
    count = ring.seal(b"2", "audit.sealed_chains")
    await store.write(stored_settings.upsert, "audit.sealed_chains", sealed=count, at=NOW, by=None)

    await store.write(seals.begin, ring, clock.now())
    assert await store.read(stored_settings.get, "audit.sealed_chains") is None
    assert await _broken(store, ring) == []
    await store.write(audit.record, clock.now(), None, "mail.read", account)
    assert await keeper.seal() == 2  # and that nothing was sealed for 33 days
    run_sql(url, f"delete from audit_chains where chain = {account}")
    assert (account, 1, "missing") in await _broken(store, ring)


def as_older_programs_seal(tx: Tx, ring: KeyRing) -> None:
    """Each end by itself, without a word of it in the note of all seals."""
    for chain in audit.chains(tx):
        [last] = audit.links(tx, chain.number, chain.anchored - 1, 1)
        sealed = ring.seal(seals.plain_end(last.number, last.hash), seals.chain_row(chain.number))
        tx.run("seal_anew_in_audit_chains", key=chain.number, before=chain.anchor, sealed=sealed)


async def test_nothing_goes_because_the_database_says_it_is_old(
    store: Store, url: str, account: AccountId, ring: KeyRing, clock: FakeClock
) -> None:
    """Neither by other dates, nor by a time that nobody has set here."""
    keeper = TrailKeeper(store, ring, clock)
    run_sql(url, "insert into settings (key, value, changed_at) values ('audit.keep_months', '1', 0)")
    clock.advance(99 * DAY.total_seconds())
    assert await keeper.forget_old() == 0

    user = await store.write(new_user, "sabine", may_settings=True)
    by = Asker(user.id, is_proven=True)
    await store.write(settings.set_keep_months, by, 12, ring=ring, now=clock.now())
    await keeper.seal()
    run_sql(url, f"update audit set at = 0 where chain = {account} and number <= 3")
    assert await keeper.forget_old() == 0
    assert await _broken(store, ring) == [(account, 1, "changed")]


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [6, 5, 4, 3, 2, 1]),
    ({"kind": "login"}, [5, 2]),
    ({"since": NOW + DAY, "until": NOW + 3 * DAY}, [3, 2]),
    ({"kind": "mail", "since": NOW + 3 * DAY}, [6, 4]),
]


@pytest.mark.parametrize(("wanted", "days"), FILTERS, ids=str)
async def test_entries_are_found_by_what_people_ask(
    store: Store, account: AccountId, wanted: dict[str, Any], days: list[int]
) -> None:
    """Newest first over all chains, in pages of any size."""
    found, before = [], None
    while some := await store.read(audit.find, Filter(**wanted), before=before, limit=2):
        found += [(one.at - NOW).days + 1 for one in some]
        before = (some[-1].chain, some[-1].number)
    assert found == days


async def test_entries_are_found_by_person_and_message(store: Store, account: AccountId) -> None:
    user = await store.write(new_user, "anna")
    for number in (7, 8, 9):
        ids = [MessageId(number), MessageId(8)]
        await store.write(audit.record, NOW, user.id, "mail.read", account, message_ids=ids)

    def numbers(entries: list[Any]) -> list[int]:
        return [entry.number for entry in entries]

    of_message = await store.read(audit.find, Filter(account, message=MessageId(9)))
    assert numbers(of_message) == [7]
    assert numbers(await store.read(audit.find, Filter(account, message=MessageId(8)))) == [7, 6, 5]
    assert numbers(await store.read(audit.find, Filter(user=user.id))) == [7, 6, 5]
    assert numbers(await store.read(audit.find, Filter(account, user=user.id, until=NOW))) == []


async def test_what_others_did_about_a_person_is_found(store: Store, account: AccountId) -> None:
    """The newest first, in portions; not what they did themselves, and not of whose number is like theirs."""
    boss, anna = await store.write(new_user, "boss"), await store.write(new_user, "anna")
    whom = encode_id(USER, anna.id)
    for by, about, number in (
        (boss, whom, 0),
        (anna, whom, account),
        (boss, f"{whom}0", 0),
        (boss, whom, account),
    ):
        await store.write(
            audit.record, NOW, by.id, "user.changed", AccountId(number) if number else None, whom=about
        )

    found, before, parts = [], None, 0
    while parts == 0 or before is not None:
        part = await store.read(audit.find_about, anna.id, before, 2)
        found, before, parts = [*found, *part.entries], part.end, parts + 1

    assert [one.detail["whom"] for one in found] == [whom, whom]
    assert {one.chain for one in found} == {0, account}
    assert parts > 2


async def test_what_is_about_nobody_is_not_looked_at(store: Store, url: str, account: AccountId) -> None:
    """Nearly all of a trail is what was read: who asks for all that is kept of them does not walk through."""
    anna = await store.write(new_user, "anna")
    for _ in range(300):
        await store.write(audit.record, NOW, 1, "mail.read", account, message_ids=[MessageId(7)])
    await store.write(audit.record, NOW, None, "user.changed", None, whom=encode_id(USER, anna.id))
    for _ in range(300):
        await store.write(audit.record, NOW, 1, "mail.read", account, message_ids=[MessageId(7)])
    part = await store.read(audit.find_about, anna.id, None, 3)
    assert [one.action for one in part.entries] == ["user.changed"]
    assert part.end is None

    run_sql(url, "analyze audit")
    explain = "explain query plan" if url.startswith("sqlite") else "explain"
    about, order = "detail like '%\"whom\":%'", "order by at desc, chain desc, number desc"
    for more in (f"{order} limit 1 offset 2", f'and detail like \'%"whom":"u2"%\' {order}'):
        where = f"(at, chain, number) < (9000000000000, 1, 1) and {about} {more}"
        assert "audit_about" in str(run_sql(url, f"{explain} select at from audit where {where}"))


async def test_who_was_added_by_a_provider_is_known(store: Store) -> None:
    """As long as the trail tells, and no more of who was erased there."""
    one, other = await store.write(new_user, "ida"), await store.write(new_user, "ole")
    for user, more in ((one, {"by_single_sign_on": True}), (other, {})):
        whom = encode_id(USER, user.id)
        await store.write(audit.record, NOW, None, "user.created", subject=user.label, whom=whom, **more)

    assert await store.read(audit.added_by_provider) == {one.id}


def test_months_end_where_they_end() -> None:
    at = NOW.replace(year=2026, month=3, day=31)
    assert months_earlier(at, 1).date().isoformat() == "2026-02-28"
    assert months_earlier(at, 15).date().isoformat() == "2024-12-31"
    assert Broken(0, 1, "missing").account_id is None
