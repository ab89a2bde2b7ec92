"""Takes the name of a person who is gone out of the audit trail (GDPR, article 17).

The entries stay, with when and what was done by which number; what they say in words goes: of the person's
own deeds, of those about them, and of lists in which they stand, with the others there. Which entries these
are is looked up by numbers and by the exact names that the trail knows, never by words.

Asked for once, done by our own program in portions; broken off, it goes on.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

import structlog

from poststelle.access import trail_seal
from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import Clock
from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.audit import AuditEntry
from poststelle.model.errors import Conflict
from poststelle.model.ids import USER, UserId
from poststelle.model.user import labelled
from poststelle.settings import seals
from poststelle.store import audit, settings, share_notifications, users
from poststelle.store.audit import Filter
from poststelle.store.tx import ReadTx, Store, Tx

log = structlog.get_logger()

ASKED, DONE = "audit.erasure_asked", "audit.erasure_done"
_KEY = "audit.erase."
_AT_ONCE = 1_000


def ask(tx: Tx, by: UserId, person: UserId, now: datetime) -> None:
    """Have a deleted user's name taken out of the trail; it happens within minutes.

    Raises NotAllowed, or Conflict ``user_exists`` while there is such a user.
    """
    require_settings(tx, by)
    if users.get(tx, person) is not None:
        raise Conflict("user_exists", "Delete the user first: the trail names everybody who works here.")
    whom = encode_id(USER, person)
    settings.upsert(tx, _KEY + whom, value=[], at=now, by=by)
    audit.record(tx, now, by, ASKED, whom=whom)


async def run(store: Store, ring: KeyRing, clock: Clock) -> int:
    """Do what was asked for; of how many entries."""
    total = 0
    asked = await store.read(_asked)
    if not asked or await store.write(seals.current, ring, clock.now()) is None:
        return total  # what can't be proven is not erased
    for person, names in asked:
        if not await store.read(_is_asked, person):
            log.error("audit.erasure_not_asked", user=person)
            continue
        known = names or await _names(store, person)
        if not await store.write(_note_names, person, sorted(known), clock.now()):
            continue
        count = 0
        async for some in _all_entries(store):
            which = [one for one in some if _is_about(one, person, known)]
            count += await store.write(_erase, ring, which, clock.now()) if which else 0
        await store.write(_done, person, count, clock.now())
        total += count
    return total


def _asked(tx: ReadTx) -> list[tuple[UserId, frozenset[str]]]:
    found = settings.list_below(tx, _KEY)
    numbers = [(decode_id(USER, key.removeprefix(_KEY)), one.value) for key, one in found.items()]
    return [(UserId(number), frozenset(names)) for number, names in numbers if number is not None]


def _is_asked(tx: ReadTx, person: UserId) -> bool:
    """Whether the trail says that it was asked for, of somebody who is gone: a setting alone does not."""
    if users.get(tx, person) is not None:
        return False
    whom, before = encode_id(USER, person), None
    while some := audit.find(tx, Filter(kind="audit"), before=before, limit=_AT_ONCE):
        if any(one.action == ASKED and one.detail.get("whom") == whom for one in some):
            return True
        before = (some[-1].chain, some[-1].number)
    return False


async def _names(store: Store, person: UserId) -> frozenset[str]:
    """By what the trail calls them."""
    found: set[str] = set()
    async for some in _all_entries(store):
        for one in some:
            found |= _names_in(one, person)
    return frozenset(found)


def _names_in(entry: AuditEntry, person: UserId) -> set[str]:
    said, found = entry.said, set()
    if entry.user_id == person and said.user_name is not None and said.user_login is not None:
        found.add(labelled(said.user_name, said.user_login))
    if _names_whom(entry, person) and said.subject and not entry.action.startswith("sign_in."):
        found.add(said.subject)
    return found


def _note_names(tx: Tx, person: UserId, names: list[str], now: datetime) -> bool:
    """Kept until all is done: who is broken off finds them no more, where their entries are erased.

    False: it is done, by another server.
    """
    key = _KEY + encode_id(USER, person)
    if settings.get(tx, key) is None:
        return False
    settings.upsert(tx, key, value=names, at=now, by=None)
    return True


async def _all_entries(store: Store) -> AsyncIterator[list[AuditEntry]]:
    for chain in await store.read(audit.chains):
        after = chain.base
        while some := await store.read(audit.links, chain.number, after, _AT_ONCE):
            yield some
            after = some[-1].number


def _is_about(entry: AuditEntry, person: UserId, names: frozenset[str]) -> bool:
    """Whether it says something of them that is not erased yet."""
    if entry.is_erased or (entry.action in {ASKED, DONE} and entry.user_id != person):
        return False
    return (
        entry.user_id == person
        or _names_whom(entry, person)
        or not names.isdisjoint(_listed(entry.detail.values()))
    )


def _names_whom(entry: AuditEntry, person: UserId) -> bool:
    return not entry.is_erased and entry.detail.get("whom") == encode_id(USER, person)


def _listed(values: Iterable[Any]) -> Iterable[str]:
    """The texts in lists: of names, where it is names."""
    return (one for value in values if isinstance(value, list) for one in value if isinstance(one, str))


def _erase(tx: Tx, ring: KeyRing, which: list[AuditEntry], now: datetime) -> int:
    """Of those that are not erased meanwhile."""
    left = [one for one in which if _is_as_before(tx, one)]
    return trail_seal.erase(tx, ring, None, left, now)


def _is_as_before(tx: ReadTx, entry: AuditEntry) -> bool:
    found = audit.links(tx, entry.chain, entry.number - 1, 1)
    return bool(found) and found[0].number == entry.number and not found[0].is_erased


def _done(tx: Tx, person: UserId, entries: int, now: datetime) -> None:
    whom = encode_id(USER, person)
    share_notifications.forget_author(tx, person)
    if settings.destroy(tx, _KEY + whom):
        audit.record(tx, now, None, DONE, whom=whom, entries=entries)
