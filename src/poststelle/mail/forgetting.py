"""Activity records that go for good, a portion in each transaction; webhooks are told."""

from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import months_earlier
from poststelle.mail import passing_on
from poststelle.mail.archiving import words_of
from poststelle.model.ids import AccountId, MessageId
from poststelle.model.webhook import RecordEvent
from poststelle.store import accounts, activities, erasures, webhooks
from poststelle.store.tx import Tx


class Forgotten(NamedTuple):
    """How many records went, and how many stay for their other contacts alone."""

    erased: int
    changed: int


def forget_old(tx: Tx, account: AccountId, now: datetime, limit: int) -> int:
    """Remove records whose time is over; how many."""
    found = activities.recording(tx, account)
    if found is None or found.keep_months is None:
        return 0
    ids = erasures.before(tx, account, months_earlier(now, found.keep_months), limit)
    _erase(tx, account, ids, now)
    return len(ids)


def forget_contact(tx: Tx, account: AccountId, key: str, now: datetime, limit: int) -> Forgotten:
    """Erase a portion of the records of the contact with this address, by its key.

    A record of others too stays, and does not name this contact any more.
    """
    some = erasures.of_contact(tx, account, key, limit)
    webhooks.forget_contact(tx, webhooks.all_of_account(tx, account), key)
    gone = [one.known for one in some if not one.has_others]
    erasures.remember(tx, account, gone)
    _erase(tx, account, [one.message_id for one in gone], now)
    shared = [one.known.message_id for one in some if one.has_others]
    passing_on.tell(
        tx, RecordEvent.CHANGED, account, [(id_, _without(tx, account, id_, key)) for id_ in shared]
    )
    return Forgotten(len(gone), len(shared))


def _erase(tx: Tx, account: AccountId, ids: list[MessageId], now: datetime) -> None:
    if ids:
        webhooks.forget_records(tx, account, ids, now)
        erasures.destroy(tx, account, ids)
        passing_on.tell(tx, RecordEvent.ERASED, account, [(id_, ()) for id_ in ids])


def _without(tx: Tx, account: AccountId, message: MessageId, key: str) -> list[str]:
    """Take the contact out of a record; the keys of those who stay."""
    erasures.leave_out(tx, account, message, key)
    left = activities.get(tx, account, message)
    assert left is not None  # we have just changed it
    erasures.set_words(tx, account, message, words_of(left.subject, left.contacts))
    return [accounts.key_of(one.email) for one in left.contacts]
