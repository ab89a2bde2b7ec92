"""Archives of mailboxes: chained entries (``model.archive``), and the messages that wait to be put in.

Nothing here refers to the account by a foreign key: an archive stays when its mailbox is deleted. That a
message is to be put in is noted in the transaction that stores it; should it go before, what is known of it
stays here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.account import AccountState
from poststelle.model.archive import ArchiveEntry, Direction, EntryKind, Letter
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.model.message import Address, Body
from poststelle.store import bodies
from poststelle.store.attachments import Kept
from poststelle.store.tx import ReadTx, Row, Tx

MOST_WORDS = 4
"""That entries can be looked for by at once."""
_NEWEST = 2**62
_PORTION = 500
_PEOPLE = msgspec.json.Decoder(list[Address])


@dataclass(frozen=True, slots=True)
class Archive:
    """``length``: the newest entry's number, ``hash`` is its. ``base``: the newest number that was removed
    when its time was over, with its hash. ``anchor``: number and hash of the newest entry, sealed. It holds
    ``messages`` with so many ``octets``.

    ``fill_below``: messages of before with ids below are still to be noted; None: there are none, or nobody
    has asked for them. Of ``fill_total`` such messages ``fill_passed`` have been noted.
    ``problem``: the provider's code for what it waits for until ``rest_until``, after ``attempts``.
    """

    account_id: AccountId
    address: str
    is_on: bool
    turned_at: datetime
    keep_months: int | None
    length: int
    hash: bytes | None
    base: int
    base_hash: bytes | None
    anchor: bytes | None
    messages: int
    octets: int
    fill_below: MessageId | None
    fill_total: int
    fill_passed: int
    attempts: int
    rest_until: datetime
    problem: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """A message to be put in. ``kept``: its octets, where they are here."""

    account_id: AccountId
    message_id: MessageId
    remote_id: RemoteId
    received_at: datetime
    internet_message_id: str | None
    subject: str
    from_: tuple[Address, ...]
    to: tuple[Address, ...]
    attempts: int
    kept: Kept | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: all conditions hold. ``words``: the beginnings of words, each in its one form; four
    count.
    """

    words: tuple[str, ...] = ()
    direction: Direction | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """When the first and the last of an archive's messages arrived.

    ``waiting`` are still to be put in, ``waiting_old`` of them from before it began.
    """

    oldest: datetime | None
    newest: datetime | None
    waiting: int
    waiting_old: int


class _People(msgspec.Struct, rename={"from_": "from"}):
    """As the column ``messages.addresses``, of which this is a part."""

    from_: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()


_MESSAGE_PEOPLE = msgspec.json.Decoder(_People)


def get(tx: ReadTx, account: AccountId) -> Archive | None:
    row = tx.one("get_archive", account=account)
    return None if row is None else _archive(row)


def list_all(tx: ReadTx) -> list[Archive]:
    return [_archive(row) for row in tx.all("list_archives")]


def lock(tx: Tx, account: AccountId) -> Archive | None:
    """Let those who add to it take turns."""
    row = tx.one("lock_archive", account=account)
    return None if row is None else _archive(row)


def turn_on(tx: Tx, account: AccountId, address: str, at: datetime) -> None:
    tx.run("upsert_archive", account=account, address=address, at=to_ms(at))


def turn_off(tx: Tx, account: AccountId, address: str, at: datetime) -> None:
    """What waits already is still put in; what was here before and has not been noted is not."""
    tx.run("turn_archive_off", account=account, address=address, at=to_ms(at))


def set_months(tx: Tx, account: AccountId, months: int | None) -> None:
    tx.run("set_archive_months", account=account, months=months)


def insert(tx: Tx, entry: ArchiveEntry, anchor: bytes | None) -> None:
    """The newest entry, and what the archive's seal is from now on."""
    one = entry.letter
    tx.run(
        "insert_archive_entry",
        account=entry.account_id,
        number=entry.number,
        archived_at=to_ms(entry.archived_at),
        kind=entry.kind.value,
        remote_id=one and one.remote_id,
        at=to_ms(entry.archived_at if one is None else one.at),
        direction=one and one.direction.value,
        sender=one and _json(one.from_),
        recipients=one and _json(one.to),
        subject=one and one.subject,
        internet_message_id=one and one.message_id,
        sha256=one and one.sha256,
        size=None if one is None else one.size,
        detail=entry.detail,
        words="" if one is None else one.words,
        hash=entry.hash,
    )
    tx.run(
        "set_archive_end",
        account=entry.account_id,
        length=entry.number,
        hash=entry.hash,
        anchor=anchor,
        messages=int(one is not None),
        octets=0 if one is None else one.size,
    )


def holds(tx: ReadTx, account: AccountId, message: RemoteId) -> bool:
    return tx.one("is_archived", account=account, remote_id=message) is not None


def entry(tx: ReadTx, account: AccountId, number: int) -> ArchiveEntry | None:
    row = tx.one("get_archive_entry", account=account, number=number)
    return None if row is None else _entry(row)


def links(tx: ReadTx, account: AccountId, after: int, limit: int) -> list[ArchiveEntry]:
    """Entries with numbers above ``after``, the oldest first."""
    return _entries(tx.all("list_archive_chain", account=account, after=after, limit=limit))


def newest_pruning(tx: ReadTx, account: AccountId) -> ArchiveEntry | None:
    row = tx.one("newest_archive_pruning", account=account)
    return None if row is None else _entry(row)


def find(tx: ReadTx, account: AccountId, wanted: Wanted, below: int | None, limit: int) -> list[ArchiveEntry]:
    """Matching entries, what arrived last first; ``below`` (an entry's number) goes on below it.

    Looks through all that the archive holds of the period.
    """
    words = [f"% {word}%" for word in wanted.words[:MOST_WORDS]]
    words += ["%"] * (MOST_WORDS - len(words))
    place = None if below is None else tx.one("archive_entry_at", account=account, number=below)
    rows = tx.all(
        "find_archive_entries",
        account=account,
        below_at=_NEWEST if place is None else place["at"],
        below=_NEWEST if place is None else below,
        direction=wanted.direction.value if wanted.direction else "",
        limit=limit,
        **_period(wanted),
        **{f"word{place}": word for place, word in enumerate(words, 1)},
    )
    return _entries(rows)


def to_export(tx: ReadTx, account: AccountId, wanted: Wanted, after: int, limit: int) -> list[ArchiveEntry]:
    """Entries of messages of a period with numbers above ``after``, in their order."""
    where = {"account": account, "after": after, "limit": limit}
    return _entries(tx.all("list_archive_to_export", **where, **_period(wanted)))


def count_to_export(tx: ReadTx, account: AccountId, wanted: Wanted) -> int:
    return _total(tx.one("count_archive_to_export", account=account, **_period(wanted)))


def reach(tx: ReadTx, account: AccountId) -> Reach:
    due = tx.one("count_archive_due", account=account)
    assert due is not None  # a count has a row
    ends = [tx.one(f"{end}_archived", account=account) for end in ("oldest", "newest")]
    oldest, newest = (None if row is None else from_ms(row["at"]) for row in ends)
    return Reach(oldest, newest, due["total"], due["old"])


def count_before(tx: ReadTx, account: AccountId, before: datetime) -> int:
    """How many entries were added before then."""
    return _total(tx.one("count_archive_before", account=account, before=to_ms(before)))


def older(tx: ReadTx, account: AccountId, before: datetime, limit: int) -> list[ArchiveEntry]:
    """Of the oldest entries those that come before the first one that was added at ``before`` or later."""
    found = links(tx, account, 0, limit)
    young = next((place for place, one in enumerate(found) if one.archived_at >= before), len(found))
    return found[:young]


def forget(tx: Tx, through: ArchiveEntry) -> int:
    """Remove the entries up to this one; return how many. The archive keeps its number and hash."""
    where = {"account": through.account_id, "number": through.number}
    tx.run("set_archive_base", hash=through.hash, **where)
    tx.run("note_loose_archive", **where)
    return tx.run("delete_archive_entries", **where)


def destroy(tx: Tx, account: AccountId) -> None:
    """Remove the whole archive, and what waits for it."""
    where = {"account": account, "number": _NEWEST}
    tx.run("note_loose_archive", **where)
    tx.run("delete_archive_entries", **where)
    tx.run("note_loose_archive_due", account=account)
    tx.run("delete_archive_due_of_account", account=account)
    tx.run("delete_archive", account=account)


def note(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> None:
    """These have come, or were sent: where the mailbox is archived, they are to be put in."""
    if ids:
        tx.run("note_for_archive", account=account, ids=ids)


def hurry(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> None:
    """These are to be destroyed at the provider, which waits until they have been put in."""
    if ids:
        tx.run("note_unfilled_for_archive", account=account, ids=ids)
        tx.run("hurry_archive", account=account, ids=ids)


def keep(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> None:
    """These are about to go: what is known of those that wait is kept."""
    tx.run("note_unfilled_for_archive", account=account, ids=ids)
    tx.run("keep_for_archive", account=account, ids=ids)


def was_vip(tx: ReadTx, account: AccountId) -> bool:
    """Whether its mailbox was VIP when it was deleted here."""
    row = tx.one("archive_was_vip", account=account)
    return row is not None and bool(row["was_vip"])


def set_vip(tx: Tx, account: AccountId, *, was_vip: bool) -> None:
    tx.run("set_archive_vip", account=account, was_vip=int(was_vip))


def keep_all(tx: Tx, account: AccountId) -> None:
    """As ``keep``, for all messages of an account."""
    after = 0
    while rows := tx.all("list_archive_waiting", account=account, after=after, limit=_PORTION):
        keep(tx, account, [MessageId(row["message_id"]) for row in rows])
        after = rows[-1]["message_id"]


def with_due(tx: ReadTx, now: datetime) -> list[tuple[AccountId, AccountState | None]]:
    """Where something is to be put in now, with the account's state; None: it is gone."""
    rows = tx.all("list_archives_with_due", now=to_ms(now))
    return [
        (AccountId(row["account_id"]), None if row["state"] is None else AccountState(row["state"]))
        for row in rows
    ]


def due(tx: ReadTx, account: AccountId, now: datetime, limit: int) -> list[Due]:
    """What is to be put in now, what has arrived since the archive began first.

    What is still only here (``ids.is_local``) waits until the provider has it.
    """
    rows = tx.all("list_archive_due", account=account, now=to_ms(now), limit=limit)
    return [_due(account, row) for row in rows]


def waiting(tx: ReadTx, account: AccountId) -> int:
    """How many messages are still to be put in, as far as they have been noted."""
    return _total(tx.one("count_archive_due", account=account))


def text_of(tx: ReadTx, one: Due) -> Body | None:
    """What is here of a waiting message's text."""
    row = tx.one("get_archive_text", account=one.account_id, message=one.message_id)
    if row is None or row["content"] is None:
        return None
    return bodies.unpack(row["content_type"], bytes(row["content"]))


def put_off(tx: Tx, one: Due, until: datetime, problem: str) -> None:
    where = {"account": one.account_id, "message": one.message_id}
    tx.run("put_archive_off", due_at=to_ms(until), problem=problem, **where)


def settle(tx: Tx, one: Due) -> None:
    """It has been put in."""
    tx.run("delete_archive_due", account=one.account_id, message=one.message_id)


def rest(tx: Tx, account: AccountId, until: datetime, problem: str) -> None:
    """Nothing can be had of the provider before then."""
    tx.run("rest_archive", account=account, until=to_ms(until), problem=problem)


def go_on(tx: Tx, account: AccountId) -> None:
    """The provider gives again."""
    tx.run("archive_goes_on", account=account)


def begin_fill(tx: Tx, account: AccountId) -> None:
    """All messages that are here now are to be noted, too. Counts all of the account's."""
    tx.run("begin_archive_fill", account=account)


def to_fill(tx: ReadTx) -> list[AccountId]:
    """Archives that are still to note messages of before."""
    return [AccountId(row["account_id"]) for row in tx.all("list_archives_to_fill")]


def fill(tx: Tx, account: AccountId, limit: int) -> int:
    """Note the next portion of the messages of before; return how many were looked at.

    Those that are in the archive already are passed over.
    """
    found = lock(tx, account)
    if found is None or found.fill_below is None:
        return 0
    rows = tx.all("list_to_archive_below", account=account, below=found.fill_below, limit=limit)
    ids = [MessageId(row["id"]) for row in rows]
    if ids:
        tx.run("note_old_for_archive", account=account, ids=ids)
    tx.run("set_archive_fill", account=account, below=ids[-1] if ids else None, passed=len(ids))
    return len(ids)


def _period(wanted: Wanted) -> dict[str, int]:
    return {
        "since": -_NEWEST if wanted.since is None else to_ms(wanted.since),
        "until": _NEWEST if wanted.until is None else to_ms(wanted.until),
    }


def _total(row: Row | None) -> int:
    return 0 if row is None else int(row["total"])


def _json(people: Iterable[Address]) -> str:
    return msgspec.json.encode(list(people)).decode()


def _due(account: AccountId, row: Row) -> Due:
    said = _MESSAGE_PEOPLE.decode(row["addresses"])
    sha256 = row["sha256"]
    return Due(
        account_id=account,
        message_id=MessageId(row["message_id"]),
        remote_id=RemoteId(row["remote_id"]),
        received_at=from_ms(row["received_at"]),
        internet_message_id=row["internet_message_id"],
        subject=row["subject"],
        from_=said.from_,
        to=(*said.to, *said.cc, *said.bcc),
        attempts=row["attempts"],
        kept=None if sha256 is None else Kept(sha256, row["size"]),
    )


def _archive(row: Row) -> Archive:
    below = row["fill_below"]
    return Archive(
        account_id=AccountId(row["account_id"]),
        address=row["address"],
        is_on=bool(row["is_on"]),
        turned_at=from_ms(row["turned_at"]),
        keep_months=row["keep_months"],
        length=row["length"],
        hash=_bytes(row["hash"]),
        base=row["base"],
        base_hash=_bytes(row["base_hash"]),
        anchor=_bytes(row["anchor"]),
        messages=row["messages"],
        octets=row["octets"],
        fill_below=None if below is None else MessageId(below),
        fill_total=row["fill_total"],
        fill_passed=row["fill_passed"],
        attempts=row["attempts"],
        rest_until=from_ms(row["rest_until"]),
        problem=row["problem"],
    )


def _entries(rows: Iterable[Row]) -> list[ArchiveEntry]:
    return [_entry(row) for row in rows]


def _entry(row: Row) -> ArchiveEntry:
    """What somebody has changed so that it can't be read any more is an entry that does not hold."""
    try:
        return _read(row)
    except (ValueError, TypeError, OverflowError, msgspec.DecodeError):
        account = AccountId(row["account_id"])
        return ArchiveEntry(account, row["number"], from_ms(0), EntryKind.TEXT, None, "{}", b"")


def _read(row: Row) -> ArchiveEntry:
    return ArchiveEntry(
        account_id=AccountId(row["account_id"]),
        number=row["number"],
        archived_at=from_ms(row["archived_at"]),
        kind=EntryKind(row["kind"]),
        letter=None if row["remote_id"] is None else _letter(row),
        detail=row["detail"],
        hash=bytes(row["hash"]),
    )


def _letter(row: Row) -> Letter:
    return Letter(
        remote_id=RemoteId(row["remote_id"]),
        at=from_ms(row["at"]),
        direction=Direction(row["direction"]),
        from_=tuple(_PEOPLE.decode(row["sender"])),
        to=tuple(_PEOPLE.decode(row["recipients"])),
        subject=row["subject"],
        message_id=row["internet_message_id"],
        words=row["words"],
        sha256=row["sha256"],
        size=row["size"],
    )


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)
