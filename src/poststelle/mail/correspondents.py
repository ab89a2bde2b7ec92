"""Whom a mailbox writes to and hears from: proposals for recipients, beyond what a browser holds.

Each message counts for the people in it, less with its age: half as much every three months. Who was written
to counts more than who wrote, and machines that nobody answers count only when somebody did.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.access.rights import require
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, UserId
from poststelle.model.message import Address
from poststelle.model.rights import Level
from poststelle.store import accounts, addresses, folders, messages
from poststelle.store.messages import People
from poststelle.store.tx import ReadTx

NEWEST = 2_000
"""Messages that are read of what was sent, and of everything."""
MOST = 1_000
"""People that are told."""
_HALF = timedelta(days=90)
_WRITTEN_TO, _HEARD = 5.0, 1.0
_MACHINE = re.compile(
    r"(?:no-?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?)(?:[-+._=].*)?@", re.IGNORECASE
)


@dataclass(slots=True)
class _Met:
    person: Address
    score: float


def of_account(tx: ReadTx, user: UserId, account: AccountId, now: datetime) -> list[Address]:
    """Everybody once, best first, under the latest name they have; nobody of the mailbox itself."""
    require(tx, user, account, Level.WRITE)
    sent = folders.by_role(tx, account, Role.SENT)
    own = {one.email.casefold() for one in addresses.list_all(tx, account)}
    held = accounts.get(tx, account)
    if held is not None:
        own.add(held.address.casefold())
    written = [] if sent is None else messages.people_in(tx, account, sent.id, NEWEST)
    return ranked(written, messages.people_of_all(tx, account, NEWEST), own, now)


def ranked(sent: Iterable[People], others: Iterable[People], own: set[str], now: datetime) -> list[Address]:
    """Both the newest first. What is in both counts as sent, and once more as heard, which is little."""
    met: dict[str, _Met] = {}
    for people, person, weight in (*_said(sent, _WRITTEN_TO), *_said(others, _HEARD)):
        key = person.email.casefold()
        if key in own or "@" not in key:
            continue
        if weight == _HEARD and key not in met and _MACHINE.match(key):
            continue
        score = weight * 0.5 ** (max(now - people.at, timedelta()) / _HALF)
        known = met.setdefault(key, _Met(person, 0.0))
        known.score += score
        if not _has_name(known.person) and _has_name(person):
            known.person = person
    best = sorted(met.values(), key=lambda one: -one.score)[:MOST]
    return [one.person for one in best]


def _said(some: Iterable[People], weight: float) -> Iterator[tuple[People, Address, float]]:
    for people in some:
        listed = people.recipients if weight == _WRITTEN_TO else people.authors
        for person in listed:
            yield people, person, weight


def _has_name(person: Address) -> bool:
    return person.name.strip() not in {"", person.email}
