"""Takes the name of a person who is gone out of the audit trail (GDPR, article 17).

The entries stay, with when and what was done by which number; what they say in words goes: of the person's
own deeds, of those about them, and of lists in which they stand, with the others there. Which entries these
are is looked up by numbers and by the exact names that the trail knows, never by words, and these only where
the trail names people.

Asked for once, done by our own program in portions; broken off, it goes on. The request is sealed, with the
names that were found for it: who can write to the database, but has not the key, can't ask for an erasure.
One without a seal is dropped, and the trail says so: an older program may have left it, and whoever asked
then asks once more.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime

import msgspec
import structlog

from poststelle.access import trail_seal
from poststelle.access.rights import Asker, require_proof, require_settings
from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import Clock
from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.audit import AuditEntry
from poststelle.model.errors import Conflict, NotFound
from poststelle.model.ids import USER, UserId
from poststelle.model.user import labelled
from poststelle.settings import seals
from poststelle.store import audit, settings, share_notifications, users
from poststelle.store.audit import Filter
from poststelle.store.tx import ReadTx, Store, Tx

log = structlog.get_logger()

ASKED, DONE, _REMOVED = "audit.erasure_asked", "audit.erasure_done", "user.removed"
DROPPED = "audit.erasure_dropped"
_LISTS_OF_NAMES = {"team": ("added", "removed"), "sign_in": ("readers",), "application": ("readers",)}
"""Which lists of an entry's detail name people, by what its action begins with."""
_KEY = "audit.erase."
_AT_ONCE = 1_000


def ask(tx: Tx, by: Asker, person: UserId, now: datetime, *, ring: KeyRing) -> None:
    """Have a deleted user's name taken out of the trail; it happens within minutes.

    It takes traces away: raises NotAllowed, as ``require_proof``, Conflict ``user_exists`` while there is
    such a user, and NotFound ``no_such_user`` where the trail does not tell that there was one.
    """
    require_settings(tx, by.user)
    require_proof(by)
    if users.get(tx, person) is not None:
        raise Conflict("user_exists", "Delete the user first: the trail names everybody who works here.")
    if not _tells(tx, "user", _REMOVED, person):
        raise NotFound("no_such_user", "The audit trail, as far as it is kept, tells of no such user.")
    whom = encode_id(USER, person)
    _put(tx, ring, person, [], now, by.user)
    audit.record(tx, now, by.user, ASKED, whom=whom)


async def run(store: Store, ring: KeyRing, clock: Clock) -> int:
    """Do what was asked for; of how many entries."""
    total = 0
    if await store.read(_unsealed):
        await store.write(_drop_unsealed, clock.now())
    asked = await store.read(_asked, ring)
    if not asked or await store.write(seals.current, ring, clock.now()) is None:
        return total  # what can't be proven is not erased
    for person, names in asked:
        if not await store.read(_is_asked, person):
            log.error("audit.erasure_not_asked", user=person)
            continue
        known = names or await _names(store, person)
        if not await store.write(_note_names, ring, person, sorted(known), clock.now()):
            continue
        count = 0
        async for some in _all_entries(store):
            which = [one for one in some if _is_about(one, person, known)]
            count += await store.write(_erase, ring, which, clock.now()) if which else 0
        await store.write(_done, person, count, clock.now())
        total += count
    return total


def _unsealed(tx: ReadTx) -> list[str]:
    """The keys of requests that anybody could have written."""
    return [key for key, one in settings.list_below(tx, _KEY).items() if one.sealed is None]


def _drop_unsealed(tx: Tx, now: datetime) -> None:
    """Not done, for nothing proves them, nor looked at for ever. Told where the trail has somebody ask."""
    for key in _unsealed(tx):
        log.error("audit.erasure_not_asked", key=key)
        settings.destroy(tx, key)
        person = decode_id(USER, key.removeprefix(_KEY))
        if person is not None and _is_asked(tx, UserId(person)):
            audit.record(tx, now, None, DROPPED, whom=encode_id(USER, person))


def _asked(tx: ReadTx, ring: KeyRing) -> list[tuple[UserId, frozenset[str]]]:
    found = settings.list_below(tx, _KEY)
    asked = []
    for key, one in found.items():
        number = decode_id(USER, key.removeprefix(_KEY))
        if number is None or one.sealed is None:
            log.error("audit.erasure_not_asked", key=key)
            continue
        try:
            names = msgspec.json.decode(ring.open(one.sealed, _row(key)), type=list[str])
        except CannotOpen:
            log.error("audit.erasure_not_asked", key=key)
            continue
        asked.append((UserId(number), frozenset(names)))
    return asked


def _put(tx: Tx, ring: KeyRing, person: UserId, names: list[str], now: datetime, by: UserId | None) -> None:
    key = _KEY + encode_id(USER, person)
    settings.upsert(tx, key, sealed=ring.seal(msgspec.json.encode(names), _row(key)), at=now, by=by)


def _row(key: str) -> str:
    return f"settings/{key}"


def _is_asked(tx: ReadTx, person: UserId) -> bool:
    """Whether the trail says that it was asked for, of somebody who is gone: a setting alone does not."""
    return users.get(tx, person) is None and _tells(tx, "audit", ASKED, person)


def _tells(tx: ReadTx, kind: str, action: str, person: UserId) -> bool:
    """Whether the trail has such an entry about them."""
    whom, before = encode_id(USER, person), None
    while some := audit.find(tx, Filter(kind=kind), before=before, limit=_AT_ONCE):
        if any(one.action == action and one.detail.get("whom") == whom for one in some):
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
    if _names_whom(entry, person) and said.subject and _is_labelled(entry.action):
        found.add(said.subject)
    return found


def _is_labelled(action: str) -> bool:
    """Whether the subject is what the trail calls somebody. Data that was exported once had the bare name."""
    return action.startswith(("user.", "grant.", "invitation.")) and action != "user.data_exported"


def _note_names(tx: Tx, ring: KeyRing, person: UserId, names: list[str], now: datetime) -> bool:
    """Kept until all is done: who is broken off finds them no more, where their entries are erased.

    False: it is done, by another server.
    """
    if settings.get(tx, _KEY + encode_id(USER, person)) is None:
        return False
    _put(tx, ring, person, names, now, None)
    return True


async def _all_entries(store: Store) -> AsyncIterator[list[AuditEntry]]:
    for chain in await store.read(audit.chains):
        after = chain.base
        while some := await store.read(audit.links, chain.number, after, _AT_ONCE):
            yield some
            after = some[-1].number


def _is_about(entry: AuditEntry, person: UserId, names: frozenset[str]) -> bool:
    """Whether it says something of them that is not erased yet."""
    if entry.is_erased or (entry.action in {ASKED, DONE, DROPPED} and entry.user_id != person):
        return False
    return entry.user_id == person or _names_whom(entry, person) or not names.isdisjoint(_listed(entry))


def _names_whom(entry: AuditEntry, person: UserId) -> bool:
    return not entry.is_erased and entry.detail.get("whom") == encode_id(USER, person)


def _listed(entry: AuditEntry) -> Iterable[str]:
    """Whom its lists name. A category or a folder may be called as somebody is, and is not them."""
    fields = _LISTS_OF_NAMES.get(entry.action.partition(".")[0], ())
    return (one for name in fields for one in entry.detail.get(name, ()) if isinstance(one, str))


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
