"""What arrives or is sent is put into the archive once, whatever happens, and nobody changes it unseen."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.databases import run_sql
from tests.store.conftest import FakeClock
from tests.store.mailbox import NOW, Mailbox, item, page
from tests.store.test_people_users import new_user
from tests.store.test_schema import literal

from poststelle.access.rights import Asker
from poststelle.auth.crypto import KeyRing
from poststelle.blobs import DirectoryBlobs
from poststelle.lib.clock import months_earlier
from poststelle.mail import archive_proof, archive_reading, ingest, organise
from poststelle.model.account import AccountState
from poststelle.model.archive import ArchiveEntry, Direction
from poststelle.model.ids import RemoteId, UserId
from poststelle.model.message import Address, Body
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater
from poststelle.settings import accounts as mailboxes
from poststelle.settings import archive as settings
from poststelle.settings import seals
from poststelle.store import accounts, archive, attachments, audit, writeback_ops
from poststelle.store.archive import Wanted
from poststelle.store.attachments import Kept
from poststelle.sync.archiver import Archiver
from poststelle.sync.housekeeping import Housekeeper

if TYPE_CHECKING:
    from poststelle.store.tx import Store, Tx

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned]

DESK = Address("Office", "desk@office.example")
GONE = RemoteConflict("ErrorItemNotFound", is_gone=True)
HOUR_S = 3600


@dataclass
class Remote:
    """The provider: octets for every message, unless it says something else."""

    errors: dict[RemoteId, ProviderError] = field(default_factory=dict)
    error: ProviderError | None = None
    asked: list[RemoteId] = field(default_factory=list)

    async def open(self, _account: object) -> Remote:
        return self

    async def mime(self, message: RemoteId) -> AsyncIterator[bytes]:
        self.asked.append(message)
        if problem := self.error or self.errors.get(message):
            raise problem
        yield f"Subject: {message}\r\n\r\nOctets".encode()

    async def locate(self, some: Sequence[RemoteId]) -> Mapping[RemoteId, None]:
        return {one: None for one in some if isinstance(self.errors.get(one), RemoteConflict)}


@dataclass
class Office:
    """A mailbox with an archive, and who may read it."""

    mailbox: Mailbox
    blobs: DirectoryBlobs
    remote: Remote
    ring: KeyRing
    clock: FakeClock
    archiver: Archiver
    admin: UserId

    @property
    def store(self) -> Store:
        return self.mailbox.store

    async def turn_on(self, *, with_old: bool = False) -> None:
        args = (self.admin, self.mailbox.account)
        now = self.clock.now()
        await self.store.write(settings.turn_on, *args, with_old=with_old, ring=self.ring, now=now)

    async def keep(self, months: int) -> None:
        args = (Asker(self.admin, is_proven=True), self.mailbox.account, months)
        told: dict[str, Any] = {"is_confirmed": True, "ring": self.ring, "now": self.clock.now()}
        await self.store.write(settings.set_months, *args, **told)

    async def sheet(self) -> settings.ArchiveSheet:
        args = (self.admin, self.mailbox.account)
        return await self.store.read(settings.sheet, *args, ring=self.ring, now=self.clock.now())

    async def held(self) -> list[ArchiveEntry]:
        return await self.store.read(archive.links, self.mailbox.account, 0, 999)

    async def told(self) -> list[str]:
        """Each entry in a word: its message, or what it is about."""
        return [
            f"{one.kind} {one.letter.remote_id}" if one.letter else str(one.kind) for one in await self.held()
        ]

    async def octets(self, number: int) -> bytes:
        letter = (await self.held())[number - 1].letter
        assert letter is not None
        return await self.blobs.read(letter.sha256)

    async def broken(self) -> list[tuple[int, str]]:
        found, after = [], 0
        while portion := await archive_proof.verify(
            self.store, self.blobs, self.ring, self.mailbox.account, after
        ):
            found += [(one.number, one.why) for one in portion.broken]
            if portion.is_end:
                break
            after = portion.at
        missing = await archive_proof.missing(self.store, self.ring)
        return list(dict.fromkeys(found + [(one.number, one.why) for one in missing]))

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.archiver.run_due()


def _sealed_all_along(tx: Tx, ring: KeyRing, clock: FakeClock) -> None:
    """As where the note of all seals was made before the mailbox."""
    seals.begin(tx, ring, clock.now())
    known = seals.read(tx, ring)
    assert known is not None
    seals.write(tx, ring, replace(known, anew=None), clock.now())


@pytest.fixture
async def office(mailbox: Mailbox, tmp_path: Path, clock: FakeClock) -> Office:
    blobs, remote, ring = DirectoryBlobs(tmp_path / "blobs", clock), Remote(), KeyRing([os.urandom(32)])
    archiver = Archiver(mailbox.store, blobs, remote.open, ring, clock)  # type: ignore[arg-type]  # what is used
    admin = await mailbox.store.write(new_user, "sabine", may_settings=True)
    await mailbox.store.write(_sealed_all_along, ring, clock)
    return Office(mailbox, blobs, remote, ring, clock, archiver, admin.id)


async def test_what_comes_is_put_in_once(office: Office) -> None:
    """Not what was there before, no drafts, and nothing twice when it is moved or told of again."""
    await office.mailbox.pull("Inbox", page(item("before")))
    await office.turn_on()
    draft = item("draft", is_draft=True)
    answer = item("answer", folder="Sent", from_=(DESK,), to=(Address("Eva", "eva@else.example"),))
    await office.mailbox.pull("Inbox", page(item("a", internet_message_id="<a@b>"), answer, draft))
    await office.archiver.run_due()
    await office.mailbox.pull("Objects", page(item("a", folder="Objects"), item("draft", is_draft=False)))
    await office.archiver.run_due()
    assert await office.told() == ["on", "message a", "message answer", "message draft"]
    letters = [one.letter for one in await office.held() if one.letter]
    assert [one.direction for one in letters] == [Direction.IN, Direction.OUT, Direction.IN]
    assert (letters[0].message_id, letters[0].at, letters[0].size) == ("<a@b>", NOW, 20)
    assert await office.octets(2) == b"Subject: a\r\n\r\nOctets"
    assert await office.broken() == []


async def test_what_is_here_already_is_put_in_where_that_is_wanted(office: Office) -> None:
    """Behind what arrives; a second time nothing is fetched again."""
    await office.mailbox.pull("Inbox", page(*(item(f"{n}", minutes=n) for n in range(3))))
    await office.turn_on(with_old=True)
    await office.archiver.run_due()
    sheet = await office.sheet()
    assert sheet.archive and (sheet.archive.fill_passed, sheet.archive.fill_total) == (3, 3)
    await office.turn_on(with_old=True)
    await office.archiver.run_due()
    assert sorted(await office.told()) == ["message 0", "message 1", "message 2", "on"]
    assert len(office.remote.asked) == 3


async def test_octets_that_are_here_are_not_fetched(office: Office) -> None:
    """Nor asked for anew once they have been put in, and they stay when the message goes."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a")))
    stored = await office.blobs.put(_octets(b"as it came"))
    kept = Kept(stored.sha256, stored.size)
    message = await office.mailbox.id_of("a")
    await office.store.write(attachments.keep, office.mailbox.account, message, "mime", kept)
    await office.archiver.run_due()
    await office.store.write(ingest.settle, office.mailbox.account, {RemoteId("a"): None}, now=NOW)
    office.clock.advance(2 * HOUR_S)
    keeper = Housekeeper(office.store, office.blobs, office.clock)
    assert (await keeper.destroy_loose(), await keeper.destroy_orphans()) == (0, 0)
    assert await office.octets(2) == b"as it came"
    assert office.remote.asked == []


async def test_what_goes_before_is_told_honestly(office: Office) -> None:
    """Said twice by the provider; the entry has what was known of it, and says so."""
    await office.turn_on()
    said = item("a", subject="Grüße\r\nBcc: x", body=Body("text/html", "<p>Häuser</p>"))
    await office.mailbox.pull("Inbox", page(said))
    office.remote.errors = {RemoteId("a"): GONE}
    await office.archiver.run_due()
    await office.store.write(ingest.settle, office.mailbox.account, {RemoteId("a"): None}, now=NOW)
    assert await office.told() == ["on"]
    await office.pass_time(HOUR_S)
    assert await office.told() == ["on", "text a"]
    assert (await office.held())[1].told == {"why": "ErrorItemNotFound"}
    octets = (await office.octets(2)).decode()
    head, _, text = octets.partition("\r\n\r\n")
    assert "X-Poststelle-Not-Original: yes" in head and "From: Anna Berger" in head
    assert "\r\nBcc" not in head and "H=C3=A4user" in text
    assert await office.broken() == []


async def test_a_provider_that_is_away_loses_nothing(office: Office) -> None:
    """It is left alone as long as it asks, also for other messages; one that is refused holds up no other."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a"), item("b")))
    office.remote.error = RetryLater("TooManyRequests", after_s=700, is_throttled=True)
    for seconds in (0, 699, 1):
        await office.pass_time(seconds)
    assert len(office.remote.asked) == 2
    office.remote.error, office.remote.errors = None, {RemoteId("a"): Refused("ErrorAccessDenied", 403)}
    await office.pass_time(2 * HOUR_S)
    assert await office.told() == ["on", "message b"]
    for _ in range(80):
        await office.pass_time(HOUR_S)
    assert await office.told() == ["on", "message b", "text a"]


async def test_nothing_is_destroyed_before_it_is_archived(office: Office) -> None:
    """Who deletes a message for good here is waited with, and what is old is fetched at once then."""
    await office.mailbox.pull("Inbox", page(item("a")))
    await office.turn_on(with_old=True)
    await office.store.write(archive.fill, office.mailbox.account, 100)
    message = await office.mailbox.id_of("a")
    await office.store.write(organise.destroy, office.mailbox.user, office.mailbox.account, message, NOW)
    claim = (writeback_ops.claim, office.mailbox.account, "w", NOW, 9)
    assert await office.store.write(*claim) == []
    await office.archiver.run_due()
    assert await office.told() == ["on", "message a"]
    assert [op.message_id for op in await office.store.write(*claim)] == [message]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("update archive_entries set subject = 'x' where number = 3", [(3, "changed")]),
        ("update archive_entries set at = at + 1 where number = 2", [(2, "changed")]),
        ("update archive_entries set words = '' where number = 2", [(2, "changed")]),
        ("update archive_entries set kind = 'x' where number = 2", [(2, "changed"), (3, "changed")]),
        ("update archive_entries set recipients = '[' where number = 4", [(4, "changed")]),
        ("delete from archive_entries where number = 2", [(2, "missing")]),
        ("delete from archive_entries where number = 4", [(4, "missing")]),
        ("update archives set length = 3", [(4, "changed")]),
        ("update archives set anchor = null", [(4, "anchor")]),
        ("delete from archives", [(0, "gone")]),
    ],
)
async def test_what_was_changed_is_found(
    office: Office, url: str, change: str, expected: list[tuple[int, str]]
) -> None:
    """Whoever can write to the database, past us."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(*(item(f"{n}") for n in range(3))))
    await office.archiver.run_due()
    run_sql(url, change)
    assert await office.broken() == expected


async def test_swapped_entries_and_another_end_are_found(office: Office, url: str) -> None:
    """Also where somebody knows how hashes are made, but has not the key."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a"), item("b")))
    await office.archiver.run_due()
    run_sql(url, "update archive_entries set number = 9 where number = 2")
    run_sql(url, "update archive_entries set number = 2 where number = 3")
    run_sql(url, "update archive_entries set number = 3 where number = 9")
    assert (await office.broken())[0] == (2, "changed")
    run_sql(url, "delete from archive_entries where number > 1")
    first = (await office.held())[0]
    run_sql(url, f"update archives set length = 1, hash = {literal(url, first.hash)}")
    assert await office.broken() == [(1, "anchor")]
    office.ring = KeyRing([os.urandom(32)])
    assert await office.broken() == [(1, "key"), (0, "key")]


@pytest.mark.parametrize("kept", [0, 1])
async def test_another_end_is_not_sealed_by_what_comes_next(office: Office, url: str, kept: int) -> None:
    """Who takes entries out and waits for the next message is found all the same; also who takes all."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a"), item("b")))
    await office.archiver.run_due()
    hashes = [literal(url, one.hash) for one in await office.held()]
    run_sql(url, f"delete from archive_entries where number > {kept}")
    end = f"hash = {hashes[0]}" if kept else "hash = null, anchor = null"
    run_sql(url, f"update archives set length = {kept}, {end}")

    await office.mailbox.pull("Inbox", page(item("c", internet_message_id="<c>")))
    await office.archiver.run_due()
    assert (await office.told())[kept:] == ["message c"]
    assert await office.broken() == [(kept + 1, "anchor")]


async def test_an_archive_without_entries_is_none(office: Office, url: str) -> None:
    await office.turn_on()
    run_sql(url, "delete from archive_entries")
    run_sql(url, "update archives set length = 0, hash = null, anchor = null")
    assert await office.broken() == [(0, "anchor")]


async def test_who_takes_away_which_archives_there_are_is_found(office: Office, url: str) -> None:
    await office.turn_on()
    run_sql(url, "delete from settings where key = 'seals'")
    await office.store.write(seals.begin, office.ring, office.clock.now())
    assert await office.broken() == [(0, "note")]


async def test_a_changed_octet_is_found(office: Office, tmp_path: Path) -> None:
    """And a file that is gone."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a"), item("b")))
    await office.archiver.run_due()
    first, second = [one.letter for one in await office.held() if one.letter]
    file = tmp_path / "blobs" / first.sha256[:2] / first.sha256[2:4] / first.sha256
    file.write_bytes(file.read_bytes().replace(b"O", b"o"))
    (tmp_path / "blobs" / second.sha256[:2] / second.sha256[2:4] / second.sha256).unlink()
    assert await office.broken() == [(2, "octets"), (3, "no_octets")]


async def test_what_is_old_goes_and_the_rest_holds(office: Office, url: str) -> None:
    """By the month from when it was put in; that is noted, and its octets go."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a")))
    await office.archiver.run_due()
    office.clock.advance(40 * 24 * HOUR_S)
    await office.mailbox.pull("Inbox", page(item("b", internet_message_id="<b>")))
    await office.archiver.run_due()
    now = office.clock.now()
    assert await office.store.read(archive.count_before, office.mailbox.account, months_earlier(now, 1)) == 2
    old = await office.held()
    await office.keep(1)
    await office.pass_time(2 * HOUR_S)
    assert await office.told() == ["message b", "pruned"]
    assert await office.broken() == []
    assert old[1].letter and await Housekeeper(office.store, office.blobs, office.clock).destroy_loose() == 1
    assert not await office.blobs.exists(old[1].letter.sha256)
    run_sql(url, "delete from archive_entries where number = 3")
    run_sql(url, f"update archives set base = 3, base_hash = {literal(url, old[2].hash)}")
    assert await office.broken() == [(3, "missing")]


@pytest.mark.parametrize("is_said", [True, False])
async def test_nothing_goes_because_the_database_says_it_is_old(
    office: Office, url: str, is_said: bool
) -> None:
    """Neither by other dates, nor by a time that nobody has set here."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a"), item("b", internet_message_id="<b>")))
    await office.archiver.run_due()
    if is_said:
        await office.keep(1)
        run_sql(url, "update archive_entries set archived_at = 0 where number <= 2")
    else:
        run_sql(url, "update archives set keep_months = 1")
        office.clock.advance(40 * 24 * HOUR_S)
    await office.pass_time(2 * HOUR_S)
    assert await office.told() == ["on", "message a", "message b"]


async def test_an_archive_that_was_emptied_does_not_begin_anew(office: Office, url: str) -> None:
    """Though it is turned on as if for the first time."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a")))
    await office.archiver.run_due()
    run_sql(url, "delete from archive_entries")
    run_sql(url, "update archives set length = 0, hash = null, anchor = null, is_on = 0")
    await office.turn_on()
    assert [why for _, why in await office.broken()] == ["anchor"]


async def test_it_outlives_its_mailbox_unless_that_is_wanted(office: Office) -> None:
    """What still waits is put in as far as it is known here; later it can be deleted by its address."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a")))
    await office.archiver.run_due()
    await office.mailbox.pull("Inbox", page(item("b")))
    account, by = office.mailbox.account, office.admin
    args = (Asker(by, is_proven=True), account, "desk@office.example")
    told = {"ring": office.ring, "now": office.clock.now()}
    await office.store.write(mailboxes.delete, *args, deletes_archive=False, discards_waiting=False, **told)
    await office.archiver.run_due()
    assert await office.told() == ["on", "message a", "off", "text b"]
    assert await office.broken() == []
    sheet = await office.sheet()
    assert (sheet.address, sheet.is_there, sheet.reach and sheet.reach.waiting) == (
        "desk@office.example",
        False,
        0,
    )
    await office.store.write(settings.destroy, *args, **told)
    assert (await office.held(), await office.broken()) == ([], [])
    kinds = [one.action for one in await office.store.read(audit.find, audit.Filter(account=account))]
    assert kinds == ["archive.deleted", "account.deleted", "archive.turned_on"]


async def test_entries_are_found_by_people_subject_period_and_direction(office: Office) -> None:
    """However a word is written; page by page."""
    await office.turn_on()
    eva = Address("Eva Müller", "eva@mueller.example")
    await office.mailbox.pull(
        "Inbox",
        page(
            item("a", subject="Besichtigung 100 %", from_=(eva,)),
            item("b", minutes=5, folder="Sent", from_=(DESK,), to=(eva,)),
            item("c", minutes=9),
        ),
    )
    await office.archiver.run_due()

    async def found(wanted: Wanted, below: int | None = None, limit: int = 9) -> list[str]:
        args = (office.admin, office.mailbox.account, wanted)
        some = await office.store.read(archive_reading.entries, *args, below=below, limit=limit)
        return [one.letter.remote_id for one in some if one.letter]

    assert await found(Wanted()) == ["c", "b", "a"]
    assert await found(Wanted(words=archive_reading.words_of("mueller"))) == ["b", "a"]
    assert await found(Wanted(words=archive_reading.words_of("BESICHT eva"))) == ["a"]
    assert await found(Wanted(words=archive_reading.words_of("%"))) == ["c", "b", "a"]
    assert await found(Wanted(direction=Direction.OUT)) == ["b"]
    assert await found(Wanted(since=NOW + timedelta(minutes=5), until=NOW + timedelta(minutes=9))) == ["b"]
    first = await found(Wanted(), limit=1)
    assert first == ["c"] and await found(Wanted(), below=4) == ["b", "a"]


async def test_a_disconnected_mailbox_waits(office: Office) -> None:
    """And goes on with the next sign-in."""
    await office.turn_on()
    await office.mailbox.pull("Inbox", page(item("a")))
    args = (office.mailbox.account, AccountState.WAITING_FOR_SIGN_IN, None)
    await office.store.write(accounts.set_state, *args)
    await office.archiver.run_due()
    assert (await office.told(), office.remote.asked) == (["on"], [])
    await office.store.write(accounts.set_state, office.mailbox.account, AccountState.CONNECTED, None)
    await office.archiver.run_due()
    assert await office.told() == ["on", "message a"]


async def _octets(octets: bytes) -> AsyncIterator[bytes]:
    yield octets
