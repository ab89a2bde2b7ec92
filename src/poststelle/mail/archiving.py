"""What goes into a mailbox's archive, and out of it when its time is over: the chain's two ends.

Whoever adds an entry seals it with the key ring in the same transaction: who has the database without the
key may change entries and their hashes, but can't seal another end. Nor do we, for them: where the end that
is there is not the one that was sealed, entries are added and the old seal stays, for the verification.

How far each archive has come is noted within a minute beside the ends of the audit trail, so that one archive
is not put back to an earlier state together with its own seal.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from poststelle.auth.crypto import CannotOpen, KeyMissing, KeyRing
from poststelle.lib.clock import from_ms, to_ms
from poststelle.mime import build
from poststelle.mime.words import fold
from poststelle.model.archive import ArchiveEntry, Direction, EntryKind, Letter, chained
from poststelle.model.ids import AccountId
from poststelle.model.message import Address, Body
from poststelle.settings import seals
from poststelle.settings.seals import Mark, Seals
from poststelle.store import accounts, addresses, archive
from poststelle.store.archive import Archive, Due
from poststelle.store.attachments import Kept
from poststelle.store.proofs import Kind
from poststelle.store.tx import ReadTx, Tx

T = TypeVar("T")

_LONGEST_WORDS = 20_000
_FORGOTTEN_AT_ONCE = 500
_NO_OCTETS = "X-Poststelle-Not-Original"


def put_in(
    tx: Tx, ring: KeyRing, waiting: Due, octets: Kept, now: datetime, *, missing: str | None = None
) -> bool:
    """Add an entry of a message with these octets, which are in the blob store; it waits no more.

    ``missing``: why the message's own octets could not be had, these were made of what is known of it.
    False when the archive holds it already, or is gone.
    """
    found = archive.lock(tx, waiting.account_id)
    archive.settle(tx, waiting)
    if found is None or archive.holds(tx, waiting.account_id, waiting.remote_id):
        return False
    letter = _letter(tx, found, waiting, octets)
    kind = EntryKind.MESSAGE if missing is None else EntryKind.TEXT
    _append(tx, ring, found, kind, letter, now, {} if missing is None else {"why": missing})
    return True


def note(tx: Tx, ring: KeyRing, account: AccountId, kind: EntryKind, now: datetime, **detail: Any) -> None:
    """Add an entry about the archive itself."""
    found = archive.lock(tx, account)
    assert found is not None  # whoever notes something of it has just had it
    _append(tx, ring, found, kind, None, now, detail)


def prune(tx: Tx, ring: KeyRing, account: AccountId, before: datetime, now: datetime) -> int:
    """Remove a portion of the entries that were added before then; return how many.

    That they went is an entry, with the hash of the last one, from which the chain goes on.
    """
    old = archive.older(tx, account, before, _FORGOTTEN_AT_ONCE)
    if not old:
        return 0
    last = old[-1]
    note(
        tx, ring, account, EntryKind.PRUNED, now, through=last.number, hash=last.hash.hex(), entries=len(old)
    )
    return archive.forget(tx, last)


def destroy(tx: Tx, ring: KeyRing, account: AccountId, now: datetime) -> None:
    """Remove the whole archive; that it is missing is no surprise from now on."""
    archive.destroy(tx, account)
    sealed = seals.current(tx, ring, now)
    if sealed is not None and account in sealed.archives:
        fresh = replace(
            sealed,
            archives=sealed.archives - {account},
            archives_on=sealed.archives_on - {account},
            archive_ends=_but_for(sealed.archive_ends, account),
            archive_months=_but_for(sealed.archive_months, account),
        )
        seals.write(tx, ring, fresh.without_proof(Kind.ARCHIVE, account), now)


def _but_for(said: dict[int, T], account: AccountId) -> dict[int, T]:
    return {number: one for number, one in said.items() if number != account}


def begin(tx: Tx, ring: KeyRing, account: AccountId, now: datetime) -> None:
    """Its first entry, or that it goes on; there is an archive of this account from now on."""
    sealed = seals.current(tx, ring, now)
    note(tx, ring, account, EntryKind.ON, now)
    if sealed is not None:
        archives, on = sealed.archives | {account}, sealed.archives_on | {account}
        seals.write(tx, ring, replace(sealed, archives=archives, archives_on=on), now)


def end(tx: Tx, ring: KeyRing, account: AccountId, now: datetime, **detail: Any) -> None:
    """From now on nothing more is put in, but for what waits already."""
    sealed = seals.current(tx, ring, now)
    note(tx, ring, account, EntryKind.OFF, now, **detail)
    if sealed is not None and account in sealed.archives_on:
        seals.write(tx, ring, replace(sealed, archives_on=sealed.archives_on - {account}), now)


def have_grown(tx: ReadTx, ring: KeyRing) -> bool:
    """Whether ``mark_ends`` would note anything."""
    sealed = known(tx, ring)
    return sealed is not None and bool(_new_marks(tx, ring, sealed))


def mark_ends(tx: Tx, ring: KeyRing, now: datetime) -> int:
    """Note in what is sealed of all how far each archive has come; of how many that is new.

    One that does not go on from where it was keeps its note, for the verification.
    """
    sealed = seals.current(tx, ring, now)
    marks = {} if sealed is None else _new_marks(tx, ring, sealed)
    if sealed is not None and marks:
        seals.write(tx, ring, replace(sealed, archive_ends=sealed.archive_ends | marks), now)
    return len(marks)


def _new_marks(tx: ReadTx, ring: KeyRing, sealed: Seals) -> dict[int, Mark]:
    marks: dict[int, Mark] = {}
    for found in archive.list_all(tx):
        account, now = found.account_id, seals.mark(found.length, found.hash)
        if account not in sealed.archives or sealed.archive_ends.get(account) == now:
            continue
        if note_problem(tx, sealed, found) is None and _fits(ring, found):
            marks[account] = now
    return marks


def note_problem(tx: ReadTx, sealed: Seals | None, found: Archive) -> str | None:
    """What is wrong with an archive, as far as what is sealed of all tells: ``put_back`` (it had come
    further), ``anchor`` (what was there is not) or ``turned_off`` (nobody here has)."""
    if sealed is None:
        return None
    noted = sealed.archive_ends.get(found.account_id)
    if noted is not None and noted.number > found.length:
        return "put_back"
    if noted is not None and not _is_there(tx, found, noted):
        return "anchor"
    return "turned_off" if found.account_id in sealed.archives_on and not found.is_on else None


def _is_there(tx: ReadTx, found: Archive, noted: Mark) -> bool:
    if noted.number < found.base:
        return True  # removed since, of which the chain tells
    if noted.number == found.base:
        return seals.mark(found.base, found.base_hash) == noted
    entry = archive.entry(tx, found.account_id, noted.number)
    return entry is not None and seals.mark(entry.number, entry.hash) == noted


def keep_months(tx: Tx, ring: KeyRing, account: AccountId, months: int | None, now: datetime) -> None:
    """For how long people have said that its entries are kept; None: for ever."""
    sealed = seals.current(tx, ring, now)
    if sealed is not None:
        others = _but_for(sealed.archive_months, account)
        own = {} if months is None else {int(account): months}
        seals.write(tx, ring, replace(sealed, archive_months=others | own), now)


def kept_months(tx: ReadTx, ring: KeyRing) -> dict[int, int]:
    """By account; what people have said here, not what stands in the database."""
    found = known(tx, ring)
    return {} if found is None else found.archive_months


def said_months(tx: ReadTx, ring: KeyRing, account: AccountId) -> int | None:
    """As ``kept_months``, of one archive; None: for ever, or nobody can tell."""
    return kept_months(tx, ring).get(account)


def known(tx: ReadTx, ring: KeyRing) -> Seals | None:
    """What is sealed of all archives; None, too, where that can't be opened."""
    try:
        return seals.read(tx, ring)
    except CannotOpen:
        return None


def gone(tx: ReadTx, sealed: Seals) -> list[AccountId]:
    """Whose archives there must be and are not there."""
    there = {int(one.account_id) for one in archive.list_all(tx)}
    return [AccountId(account) for account in sorted(sealed.archives - there)]


def is_end_sealed(ring: KeyRing, found: Archive) -> bool:
    """Whether the end that the archive names is the one that was sealed. Raises CannotOpen.

    There is none that was not: an archive begins with an entry.
    """
    if found.anchor is None:
        return False
    return seals.is_seal_of(ring, found.anchor, _row(found.account_id), found.length, found.hash)


def made_of(waiting: Due, body: Body | None) -> bytes:
    """A message of what is known of one whose octets can't be had; it says so in its header."""
    fields = [build.Field(_NO_OCTETS, "yes"), *_head(waiting)]
    text = build.written(body.content if body is not None else "")
    content_type = body.content_type if body is not None else "text/plain"
    head = "".join(f"{field.name}: {field.value}\r\n" for field in fields)
    about = f"MIME-Version: 1.0\r\nContent-Type: {_known_type(content_type)}; charset=utf-8\r\n"
    return f"{head}{about}Content-Transfer-Encoding: {text.encoding}\r\n\r\n".encode() + text.octets


def _head(waiting: Due) -> list[build.Field]:
    fields = [
        build.date("Date", from_ms(to_ms(waiting.received_at))),
        build.text("Subject", waiting.subject),
    ]
    for name, people in (("From", waiting.from_), ("To", waiting.to)):
        if people:
            fields += _if_short(build.addresses, name, people)
    if waiting.internet_message_id:
        fields += _if_short(build.message_ids, "Message-ID", [waiting.internet_message_id.strip("<>")])
    return fields


def _if_short(write: Any, name: str, said: Any) -> list[build.Field]:
    try:
        return [write(name, said)]
    except build.LongLine:
        return []


def _known_type(content_type: str) -> str:
    return "text/html" if content_type == "text/html" else "text/plain"


def _append(
    tx: Tx,
    ring: KeyRing,
    found: Archive,
    kind: EntryKind,
    letter: Letter | None,
    now: datetime,
    detail: dict[str, Any],
) -> None:
    told = msgspec.json.encode(detail).decode()
    number = found.length + 1
    at = from_ms(to_ms(now))
    bare = ArchiveEntry(found.account_id, number, at, kind, letter, told, b"")
    entry = ArchiveEntry(found.account_id, number, at, kind, letter, told, chained(found.hash, bare))
    may_seal = _begins(tx, ring, found, kind) or _fits(ring, found)
    archive.insert(tx, entry, _sealed(ring, entry) if may_seal else found.anchor)


def _sealed(ring: KeyRing, end: ArchiveEntry) -> bytes:
    return ring.seal(seals.plain_end(end.number, end.hash), _row(end.account_id))


def _begins(tx: ReadTx, ring: KeyRing, found: Archive, kind: EntryKind) -> bool:
    """Whether an archive begins with this entry. One that begins with a message, or of which there must be
    entries, was emptied by somebody."""
    if kind is not EntryKind.ON or found.length or found.anchor is not None:
        return False
    try:
        sealed = seals.read(tx, ring)
    except KeyMissing:
        raise
    except CannotOpen:
        return False
    return sealed is None or found.account_id not in sealed.archives


def _fits(ring: KeyRing, found: Archive) -> bool:
    """Raises KeyMissing: an entry behind a seal that was not looked at would never be sealed, by nobody."""
    try:
        return is_end_sealed(ring, found)
    except KeyMissing:
        raise
    except CannotOpen:
        return False


def _letter(tx: ReadTx, found: Archive, waiting: Due, octets: Kept) -> Letter:
    own = {accounts.key_of(found.address)}
    own |= {accounts.key_of(one.email) for one in addresses.list_all(tx, found.account_id)}
    is_own = any(accounts.key_of(author.email) in own for author in waiting.from_)
    return Letter(
        remote_id=waiting.remote_id,
        at=waiting.received_at,
        direction=Direction.OUT if is_own else Direction.IN,
        from_=waiting.from_,
        to=waiting.to,
        subject=waiting.subject,
        message_id=waiting.internet_message_id,
        words=words_of(waiting.subject, (*waiting.from_, *waiting.to)),
        sha256=octets.sha256,
        size=octets.size,
    )


def words_of(subject: str, people: tuple[Address, ...]) -> str:
    """What a message is found by: each word after a blank, in its one form."""
    said = " ".join([subject, *(f"{one.name} {one.email}" for one in people)])
    return f" {' '.join(fold(said[:_LONGEST_WORDS]).split())}"


def _row(account: AccountId) -> str:
    return f"archives/{account}"
