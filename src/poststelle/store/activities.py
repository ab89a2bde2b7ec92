"""Activity records of mailboxes, and the messages that wait to become one.

That a message is to become a record is noted, with all that the record needs, in the transaction that stores
it: so nobody can delete it before, and nothing is asked of the provider. Records go with their mailbox.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.activity import Activity
from poststelle.model.archive import Direction
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, ThreadId
from poststelle.model.message import Address
from poststelle.store.accounts import key_of
from poststelle.store.tx import ReadTx, Row, Tx

MOST_WORDS = 4
"""That records can be looked for by at once."""
_FAR = 2**62


@dataclass(frozen=True, slots=True)
class Recording:
    """Whether an account's messages become records, since when that is so, and how long those are kept;
    ``keep_months`` None: for ever.
    """

    is_on: bool
    turned_at: datetime
    keep_months: int | None = None


class People(msgspec.Struct, rename={"from_": "from"}):
    """As the column ``messages.addresses``, of which this is a part."""

    from_: tuple[Address, ...] = ()
    sender: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """A message that is to become a record, as it was when it came."""

    account_id: AccountId
    message_id: MessageId
    remote_id: RemoteId
    thread_id: ThreadId
    at: datetime
    internet_message_id: str | None
    subject: str
    preview: str
    people: People


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records: all conditions hold. ``words``: the beginnings of words, each in its one form; four
    count. ``email``: a contact's whole address.
    """

    words: tuple[str, ...] = ()
    email: str | None = None
    direction: Direction | None = None
    since: datetime | None = None
    until: datetime | None = None


class Place(NamedTuple):
    """A record's place among all, newest first; ``at`` in milliseconds."""

    at: int
    account_id: AccountId
    message_id: MessageId


_TOP = Place(_FAR, AccountId(_FAR), MessageId(_FAR))
_PEOPLE = msgspec.json.Decoder(People)


def recording(tx: ReadTx, account: AccountId) -> Recording | None:
    """None: it was never turned on."""
    row = tx.one("get_recording", account=account)
    return None if row is None else _recording(row)


def recordings(tx: ReadTx) -> dict[AccountId, Recording]:
    """Of each account that is recorded, or ever was."""
    return {AccountId(row["account_id"]): _recording(row) for row in tx.all("list_recordings")}


def set_recording(tx: Tx, account: AccountId, *, is_on: bool, at: datetime) -> None:
    tx.run("upsert_recording", account=account, is_on=int(is_on), at=to_ms(at))


def set_months(tx: Tx, account: AccountId, months: int | None) -> None:
    """Of an account that is recorded, or ever was."""
    tx.run("set_recording_months", account=account, months=months)


def note(tx: Tx, account: AccountId, ids: Sequence[MessageId], *, sent_at: datetime | None = None) -> None:
    """These have come, or were sent (``sent_at``, where the message does not say when).

    Where the mailbox is recorded they are to become records, unless they came before that was turned on.
    """
    if ids:
        at = None if sent_at is None else to_ms(sent_at)
        tx.run("note_for_activities", account=account, ids=ids, sent_at=at)


def due(tx: ReadTx, limit: int) -> list[Due]:
    return [_due(row) for row in tx.all("list_activity_due", limit=limit)]


def settle(tx: Tx, account: AccountId, ids: Sequence[MessageId]) -> None:
    """These wait no more."""
    tx.run("delete_activity_due", account=account, ids=ids)


def insert(tx: Tx, one: Activity, known_as: str, words: str) -> bool:
    """False when there is a record of this message, or of one known by the same, already."""
    where = {"account": one.account_id, "message": one.message_id}
    is_new = tx.run(
        "insert_activity",
        known_as=known_as,
        thread=one.thread_id,
        direction=one.direction.value,
        at=to_ms(one.at),
        subject=one.subject,
        preview=one.preview,
        words=words,
        **where,
    )
    if is_new:
        people = {key_of(person.email): person for person in reversed(one.contacts)}
        rows = [
            {"email_key": key, "name": person.name, "email": person.email, **where}
            for key, person in people.items()
        ]
        tx.many("insert_activity_contact", rows)
    return bool(is_new)


def get(tx: ReadTx, account: AccountId, message: MessageId) -> Activity | None:
    row = tx.one("get_activity", account=account, message=message)
    return None if row is None else _activity(row, _contacts(tx, [row])[account, message])


def find(tx: ReadTx, account: AccountId, wanted: Wanted, below: Place | None, limit: int) -> list[Activity]:
    """Matching records of an account, the newest first; ``below`` goes on below that place among all."""
    words = [f"% {word}%" for word in wanted.words[:MOST_WORDS]]
    words += ["%"] * (MOST_WORDS - len(words))
    place = below or _TOP
    if wanted.until is not None:  # one bound, by which the index begins: of two, databases choose either
        place = min(place, Place(to_ms(wanted.until), AccountId(-1), MessageId(-1)))
    rows = tx.all(
        "find_activities",
        of=account,
        at=place.at,
        account=place.account_id,
        message=place.message_id,
        since=-_FAR if wanted.since is None else to_ms(wanted.since),
        direction=wanted.direction.value if wanted.direction else "",
        email="" if wanted.email is None else key_of(wanted.email),
        limit=limit,
        **{f"word{number}": word for number, word in enumerate(words, 1)},
    )
    contacts = _contacts(tx, rows)
    return [_activity(row, contacts[row["account_id"], row["message_id"]]) for row in rows]


def _contacts(tx: ReadTx, rows: Sequence[Row]) -> dict[tuple[int, int], list[Address]]:
    """By account and message."""
    ids: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        ids[row["account_id"]].append(row["message_id"])
    found: dict[tuple[int, int], list[Address]] = defaultdict(list)
    for account, some in ids.items():
        for row in tx.all("list_activity_contacts", account=account, ids=some):
            found[account, row["message_id"]].append(Address(row["name"], row["email"]))
    return found


def _activity(row: Row, contacts: Sequence[Address]) -> Activity:
    folder = row["folder_id"]
    return Activity(
        account_id=AccountId(row["account_id"]),
        message_id=MessageId(row["message_id"]),
        thread_id=ThreadId(row["thread_id"]),
        direction=Direction(row["direction"]),
        at=from_ms(row["at"]),
        subject=row["subject"],
        preview=row["preview"],
        contacts=tuple(contacts),
        folder_id=None if folder is None else FolderId(folder),
    )


def _recording(row: Row) -> Recording:
    return Recording(bool(row["is_on"]), from_ms(row["turned_at"]), row["keep_months"])


def _due(row: Row) -> Due:
    return Due(
        account_id=AccountId(row["account_id"]),
        message_id=MessageId(row["message_id"]),
        remote_id=RemoteId(row["remote_id"]),
        thread_id=ThreadId(row["thread_id"]),
        at=from_ms(row["at"]),
        internet_message_id=row["internet_message_id"],
        subject=row["subject"],
        preview=row["preview"],
        people=_PEOPLE.decode(row["addresses"]),
    )
