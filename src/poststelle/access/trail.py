"""The audit trail as people use it: read, exported, proven to be unchanged, and kept as long as they say.

What was sealed, and what can be proven with the key, is ``access.trail_seal``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from poststelle.access import trail_seal
from poststelle.access.rights import require_settings
from poststelle.access.trail_seal import End
from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.model.audit import NO_MAILBOX, AuditEntry, account_of
from poststelle.model.errors import Invalid
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.settings import seals
from poststelle.settings.seals import Seals
from poststelle.store import accounts, audit
from poststelle.store.audit import Chain, Filter
from poststelle.store.proofs import Fault
from poststelle.store.tx import ReadTx, Store, Tx

MAX_ENTRIES = 200
_AT_ONCE = 1_000


class Broken(msgspec.Struct, frozen=True):
    """What is wrong with a chain. ``number``: of the first entry that does not hold; ``why``: ``changed``,
    ``missing``, ``erased`` (nobody has noted that), ``messages`` (it names others than it is found by),
    ``put_back`` (the chain ends there and was sealed further), ``anchor`` (it is not what was sealed) or
    ``key`` (the seal can't be opened)."""

    chain: int
    number: int
    why: str

    @property
    def account_id(self) -> AccountId | None:
        return account_of(self.chain)


@dataclass(slots=True)
class Verified:
    """What a verification has seen. ``removed``: entries whose time was over; ``erased``: which no longer say
    whom they are about. ``since``: when sealing began; None: nothing is sealed yet."""

    since: datetime | None = None
    entries: int = 0
    erased: int = 0
    removed: int = 0
    broken: list[Broken] = field(default_factory=list)

    def faults(self) -> dict[int, list[Fault]]:
        """By chain."""
        found: dict[int, list[Fault]] = {}
        for one in self.broken:
            found.setdefault(one.chain, []).append(Fault(one.number, one.why))
        return found

    def add(self, walk: "_Walk", problem: Broken | None) -> None:
        self.entries += walk.seen
        self.erased += len(walk.erased)
        self.removed += walk.removed
        if problem is not None:
            self.broken.append(problem)


def entries(
    tx: ReadTx, by: UserId, wanted: Filter, *, before: tuple[int, int] | None, limit: int
) -> list[AuditEntry]:
    """Entries newest first, at most 200; ``before`` (chain and number) continues below an entry.

    Raises NotAllowed without the right for the settings.
    """
    require_settings(tx, by)
    return audit.find(tx, wanted, before=before, limit=max(1, min(limit, MAX_ENTRIES)))


def begin_export(tx: Tx, by: UserId, wanted: Filter, kind: str, now: datetime) -> None:
    """Note that the trail is taken away as a file. Raises NotAllowed."""
    require_settings(tx, by)
    audit.record(tx, now, by, "audit.exported", wanted.account, kind=kind)


async def verified(store: Store, ring: KeyRing, by: UserId) -> Verified:
    """``verify`` for somebody. Raises NotAllowed without the right for the settings."""
    await store.read(require_settings, by)
    return await verify(store, ring)


async def verify(store: Store, ring: KeyRing) -> Verified:
    """Whether each entry is as it was added, and none is missing between the oldest kept and the newest."""
    told = Verified()
    known, chains, there, problem = await store.read(_known, ring)
    if known is not None:
        told.since = known.since
    for chain in chains:
        await _verify_chain(store, _Verifying(ring, known), chain, told)
    if problem is not None:
        told.broken.append(Broken(NO_MAILBOX, 0, problem))
    begun = {chain.number for chain in chains}
    wanted = there | set(known.ends if known is not None else ())
    told.broken += [Broken(one, 1, "missing") for one in sorted(wanted - begun)]
    return told


async def verify_chain(store: Store, ring: KeyRing, number: int) -> Verified:
    """``verify`` for one chain."""
    told = Verified()
    using, chain = await store.read(_one, ring, number)
    if chain is None:
        told.broken.append(Broken(number, 1, "missing"))
    else:
        await _verify_chain(store, using, chain, told)
    return told


def _known(tx: ReadTx, ring: KeyRing) -> tuple[Seals | None, list[Chain], set[int], str | None]:
    """What was sealed of all chains together, the chains, the accounts that there are (each began with the
    entry that tells who made it), and what is wrong with what was sealed."""
    chains, there = audit.chains(tx), {int(one.id) for one in accounts.list_all(tx)}
    try:
        known = seals.read(tx, ring)
    except CannotOpen:
        return None, chains, there, "key"
    if known is None:
        return None, chains, there, "anchor" if seals.is_taken_away(tx) else None
    return known, chains, there, None


@dataclass(frozen=True, slots=True)
class _Verifying:
    """``known`` None: no note of all seals, of which a verification tells by itself."""

    ring: KeyRing
    known: Seals | None


def _one(tx: ReadTx, ring: KeyRing, number: int) -> tuple[_Verifying, Chain | None]:
    """A chain, and what was sealed, as both are at one moment."""
    try:
        known = seals.read(tx, ring)
    except CannotOpen:
        known = None
    return _Verifying(ring, known), audit.chain(tx, number)


async def _verify_chain(store: Store, using: _Verifying, chain: Chain, told: Verified) -> None:
    """Follow one chain from what retention has left to its end, as the chain was when this began.

    Begun anew where retention removes entries meanwhile, and once where an entry was erased, of which the
    chain may tell by now.
    """
    may_tell = True
    while True:
        walk = _Walk(chain, using)
        problem: Broken | None = None
        while problem is None and walk.at < chain.length:
            problem = await _next_problem(store, chain, walk)
        problem = problem or walk.end()
        if problem is None:
            break
        fresh, now = await store.read(_one, using.ring, chain.number)
        is_told = may_tell and problem.why == "erased"
        if now is None or (now.base == chain.base and not is_told):
            break
        using, chain, may_tell = fresh, now, may_tell and not is_told
    told.add(walk, problem)


async def _next_problem(store: Store, chain: Chain, walk: "_Walk") -> Broken | None:
    """Of the next portion. Rows that can't be read are none of ours."""
    try:
        some, named = await store.read(_portion, chain.number, walk.at)
        return walk.over([one for one in some if one.number <= chain.length], named)
    except trail_seal.UNREADABLE:
        return Broken(chain.number, walk.at + 1, "changed")


def _portion(tx: ReadTx, chain: int, after: int) -> tuple[list[AuditEntry], dict[int, set[MessageId]]]:
    """The next entries, and by which messages each is found."""
    some = audit.links(tx, chain, after, _AT_ONCE)
    return some, audit.messages_of(tx, chain, after, some[-1].number) if some else {}


class _Walk:
    """Along a chain: the number and hash of the entry it has come to."""

    def __init__(self, chain: Chain, using: _Verifying) -> None:
        self._chain, self._using = chain, using
        self._end = End(chain.base, chain.base_hash)
        self.seen, self.removed = 0, chain.base
        self.erased: set[int] = set()
        self._excused: set[int] = set()
        self._bases: set[End] = set()
        self._anchored = self._end if chain.anchored == chain.base else None

    @property
    def at(self) -> int:
        return self._end.number

    def over(self, some: Sequence[AuditEntry], named: Mapping[int, set[MessageId]]) -> Broken | None:
        """Whether these go on where the walk has come to, and name the messages they are found by. None: so
        it is."""
        if not some:
            return self._broken(self.at + 1, "missing")
        for entry in some:
            if entry.number != self.at + 1:
                return self._broken(self.at + 1, "missing")
            if not entry.holds(self._end.hash):
                return self._broken(entry.number, "changed")
            if not entry.is_erased and _messages(entry) != named.get(entry.number, set()):
                return self._broken(entry.number, "messages")
            self._note(entry)
        return None

    def end(self) -> Broken | None:
        """Whether the end is the one that is known, and passes through what was sealed."""
        if self._end.hash != self._chain.hash:
            return self._broken(self.at, "changed")
        if self._chain.base and End(self._chain.base, self._chain.base_hash) not in self._bases:
            return self._broken(self._chain.base, "missing")
        unnoted = self.erased - self._excused
        return self._broken(min(unnoted), "erased") if unnoted else self._anchor_problem()

    def _note(self, entry: AuditEntry) -> None:
        self.seen += 1
        self._end = End(entry.number, entry.hash)
        if entry.is_erased:
            self.erased.add(entry.number)
        if entry.number == self._chain.anchored:
            self._anchored = self._end
        if base := trail_seal.excused_base(self._using.known, entry):
            self._bases.add(base)
        self._excused |= trail_seal.excused_erasures(self._using.known, entry)

    def _anchor_problem(self) -> Broken | None:
        chain = self._chain
        if (why := trail_seal.note_problem(self._using.known, chain, self._anchored)) is not None:
            return self._broken(max(chain.anchored, 1), why)
        if chain.anchor is None:
            return None
        try:
            is_kept = self._anchored is not None and trail_seal.fits(self._using.ring, chain, self._anchored)
        except CannotOpen:
            return self._broken(chain.anchored, "key")
        return None if is_kept else self._broken(chain.anchored, "anchor")

    def _broken(self, number: int, why: str) -> Broken:
        return Broken(self._chain.number, number, why)


def _messages(entry: AuditEntry) -> set[MessageId]:
    return set(entry.detail.get("message_ids", ()))


def chain_older(tx: Tx) -> int:
    """Chain what is older than its chain, before anything else is added; how many entries that was."""
    begun = [chain for chain in audit.chains(tx) if chain.length and chain.hash is None]
    return sum(audit.chain_older(tx, chain) for chain in begun)


def checked_period(since: datetime | None, until: datetime | None) -> None:
    """Raises Invalid where it ends before it begins."""
    if since is not None and until is not None and until <= since:
        raise Invalid("until", "invalid_period", "The period ends before it begins.")
