"""Activity records: how a message becomes one, and how people find them.

A record is of a message between the mailbox and others: what goes among the mailbox's own addresses alone
becomes none. Incoming mail is linked to its authors, outgoing mail to all its recipients.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from poststelle.access import vip
from poststelle.access.rights import require
from poststelle.lib.clock import months_earlier, to_ms
from poststelle.mail import passing_on
from poststelle.mail.archiving import words_of
from poststelle.mime.words import fold_prefix
from poststelle.model.activity import Activity
from poststelle.model.archive import Direction
from poststelle.model.ids import AccountId, UserId
from poststelle.model.message import Address
from poststelle.model.rights import Level
from poststelle.model.webhook import RecordEvent
from poststelle.store import accounts, activities, addresses, audit, erasures, grants
from poststelle.store.activities import Due, Place, Wanted
from poststelle.store.tx import ReadTx, Tx
from poststelle.store.webhooks import Told

MOST_AT_ONCE = 200
"""Records on one page."""


def take_down(tx: Tx, limit: int, now: datetime) -> int:
    """Turn the next messages that wait into records, which webhooks are told of; return how many were
    looked at.
    """
    waiting = activities.due(tx, limit)
    for account, group in groupby(waiting, key=lambda one: one.account_id):
        some = list(group)
        own, oldest = _own(tx, account), _oldest_kept(tx, account, now)
        kept = [one for one in some if oldest is None or one.at >= oldest]
        made = [activity for one in kept if (activity := _take_down(tx, one, own)) is not None]
        passing_on.tell(tx, RecordEvent.CREATED, account, [_told(activity) for activity in made])
        activities.settle(tx, account, [one.message_id for one in some])
    return len(waiting)


def find(
    tx: ReadTx, by: UserId, account: AccountId | None, wanted: Wanted, *, below: Place | None, limit: int
) -> list[Activity]:
    """Records of one mailbox, or of all that the user is assigned to; the newest first, at most 200.

    Of a VIP mailbox those of messages that came or were sent while they were assigned. Raises NotFound for a
    mailbox they are not assigned to.
    """
    if account is not None:
        require(tx, by, account, Level.READ)
        among: Sequence[AccountId] = [account]
    else:
        among = [grant.account_id for grant in grants.accounts_of(tx, by)]
    most = max(1, min(limit, MOST_AT_ONCE))
    found: list[Activity] = []
    for one in among:
        found = _newest(tx, by, one, wanted, below, found, most)
    return found


def _newest(
    tx: ReadTx,
    by: UserId,
    account: AccountId,
    wanted: Wanted,
    below: Place | None,
    known: list[Activity],
    most: int,
) -> list[Activity]:
    """The newest of what is known from other mailboxes and of what there is in this one.

    Each mailbox and each span is asked for by itself, so that an index tells its newest, however many records
    there are; and only for what is as new as the oldest that would be shown without it.
    """
    found = known
    for span in vip.reach(tx, by, account):
        floor = found[-1].at if len(found) >= most else None
        left = span.within(wanted.since, wanted.until)
        left = None if left is None else left.within(floor, None)
        if left is not None:
            asked = replace(wanted, since=left.since, until=left.until)
            some = activities.find(tx, account, asked, below, most)
            found = sorted([*found, *some], key=place_of, reverse=True)[:most]
    return found


def begin_export(tx: Tx, by: UserId, account: AccountId | None, kind: str, now: datetime) -> None:
    """Note that records are taken away as a file; not of whom. Raises as ``find``."""
    if account is not None:
        require(tx, by, account, Level.READ)
    audit.record(tx, now, by, "records.exported", account, kind=kind)


def mailboxes(tx: ReadTx, by: UserId) -> dict[AccountId, str]:
    """The addresses of the mailboxes that the user is assigned to."""
    found = [accounts.get(tx, grant.account_id) for grant in grants.accounts_of(tx, by)]
    return {one.id: one.address for one in found if one is not None}


def sought(text: str) -> tuple[str, ...]:
    """What was typed to find records: the beginnings of words, each in its one form."""
    return tuple(fold_prefix(text[:500]).split()[: activities.MOST_WORDS])


def place_of(one: Activity) -> Place:
    return Place(to_ms(one.at), one.account_id, one.message_id)


def _told(one: Activity) -> Told:
    return one.message_id, [accounts.key_of(who.email) for who in one.contacts]


def _oldest_kept(tx: ReadTx, account: AccountId, now: datetime) -> datetime | None:
    found = activities.recording(tx, account)
    months = None if found is None else found.keep_months
    return None if months is None else months_earlier(now, months)


def _take_down(tx: Tx, one: Due, own: frozenset[str]) -> Activity | None:
    """None: it becomes no record, or is one already."""
    people = one.people
    authors = people.from_ or people.sender
    is_own = any(accounts.key_of(author.email) in own for author in authors)
    direction = Direction.OUT if is_own else Direction.IN
    others = _others((*people.to, *people.cc, *people.bcc) if is_own else authors, own)
    known_as = _known_as(one, direction)
    if not others or erasures.is_remembered(tx, one.account_id, known_as):
        return None
    activity = Activity(
        account_id=one.account_id,
        message_id=one.message_id,
        thread_id=one.thread_id,
        direction=direction,
        at=one.at,
        subject=one.subject,
        preview=one.preview,
        contacts=others,
    )
    is_new = activities.insert(tx, activity, known_as, words_of(one.subject, others))
    return activity if is_new else None


def _known_as(one: Due, direction: Direction) -> str:
    """What the message is known by when it is met again under another id, as after a move elsewhere.

    A stranger may write any Message-ID, also one that another letter has: what arrived at another time is
    another letter. Of what was sent, the provider's copy may tell another time than we do.
    """
    if one.internet_message_id is None:
        return f"id {one.remote_id}"
    when = f"{to_ms(one.at)} " if direction is Direction.IN else ""
    return f"{direction.value} {when}{one.internet_message_id}"


def _others(people: Iterable[Address], own: frozenset[str]) -> tuple[Address, ...]:
    """Those with an address that is not the mailbox's."""
    return tuple(one for one in people if "@" in one.email and accounts.key_of(one.email) not in own)


def _own(tx: ReadTx, account: AccountId) -> frozenset[str]:
    held = accounts.get(tx, account)
    named = [] if held is None else [held.address]
    return frozenset(map(accounts.key_of, [*named, *(one.email for one in addresses.list_all(tx, account))]))
