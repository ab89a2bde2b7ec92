"""The audit trail as people use it: read, exported, proven to be unchanged, and kept as long as they say.

The newest entry of each chain is sealed with the key ring from time to time (its anchor): who has the
database without the key may change entries and their hashes, but not the anchor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.model.audit import NO_MAILBOX, AuditEntry, account_of
from poststelle.model.errors import Invalid
from poststelle.model.ids import AccountId, UserId
from poststelle.store import accounts, audit, settings
from poststelle.store.audit import Chain, Filter
from poststelle.store.tx import ReadTx, Store, Tx

MAX_ENTRIES = 200
_AT_ONCE = 1_000
_FORGOTTEN_AT_ONCE = 500
PRUNED, ERASED = "audit.pruned", "audit.erased"
_SEALED = "audit.sealed_chains"


class Broken(msgspec.Struct, frozen=True):
    """What is wrong with a chain. ``number``: of the first entry that does not hold; ``why``: ``changed``,
    ``missing``, ``erased`` (nobody has noted that), ``anchor`` (it is not what was sealed) or ``key`` (the
    seal can't be opened)."""

    chain: int
    number: int
    why: str

    @property
    def account_id(self) -> AccountId | None:
        return account_of(self.chain)


@dataclass(slots=True)
class Verified:
    """What a verification has seen. ``removed``: entries whose time was over; ``erased``: which no longer say
    whom they are about."""

    entries: int = 0
    erased: int = 0
    removed: int = 0
    broken: list[Broken] = field(default_factory=list)

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
    known, sealed = await store.read(_known, ring)
    for chain in known:
        await _verify_chain(store, ring, chain, told)
    if sealed is None:
        told.broken.append(Broken(NO_MAILBOX, 0, "key"))
    elif sealed > sum(chain.anchor is not None for chain in known):
        told.broken.append(Broken(NO_MAILBOX, 0, "anchor"))
    begun = {chain.number for chain in known}
    there = await store.read(accounts.list_all)  # each began with the entry that tells who made it
    told.broken += [Broken(one.id, 1, "missing") for one in there if one.id not in begun]
    return told


def _known(tx: ReadTx, ring: KeyRing) -> tuple[list[Chain], int | None]:
    """The chains, and how many of them were sealed; None: what tells that can't be opened."""
    stored = settings.get(tx, _SEALED)
    if stored is None or stored.sealed is None:
        return audit.chains(tx), 0
    try:
        return audit.chains(tx), int(ring.open(stored.sealed, _SEALED))
    except CannotOpen:
        return audit.chains(tx), None


async def _verify_chain(store: Store, ring: KeyRing, chain: Chain, told: Verified) -> None:
    """Follow one chain from what retention has left to its end, as the chain was when this began.

    Begun anew where retention removes entries meanwhile.
    """
    while True:
        walk = _Walk(chain, ring)
        problem: Broken | None = None
        while problem is None and walk.at < chain.length:
            some = await store.read(audit.links, chain.number, walk.at, _AT_ONCE)
            problem = walk.over([one for one in some if one.number <= chain.length])
        problem = problem or walk.end()
        now = chain if problem is None else await store.read(audit.chain, chain.number)
        if now is None or now.base == chain.base:
            break
        chain = now
    told.add(walk, problem)


class _Walk:
    """Along a chain: the number and hash of the entry it has come to."""

    def __init__(self, chain: Chain, ring: KeyRing) -> None:
        self._chain, self._ring = chain, ring
        self.at, self._hash = chain.base, chain.base_hash
        self.seen, self.removed = 0, chain.base
        self.erased: set[int] = set()
        self._noted: set[int] = set()
        self._anchored: bytes | None = None
        self._pruned: set[tuple[int, str]] = set()

    def over(self, some: Sequence[AuditEntry]) -> Broken | None:
        """Whether these go on where the walk has come to. None: they do."""
        if not some:
            return self._broken(self.at + 1, "missing")
        for entry in some:
            if entry.number != self.at + 1:
                return self._broken(self.at + 1, "missing")
            if not entry.holds(self._hash):
                return self._broken(entry.number, "changed")
            self._note(entry)
        return None

    def end(self) -> Broken | None:
        """Whether the end is the one that is known, and passes through what was sealed."""
        if self._hash != self._chain.hash:
            return self._broken(self.at, "changed")
        if self._chain.base and (self._chain.base, _hex(self._chain.base_hash)) not in self._pruned:
            return self._broken(self._chain.base, "missing")
        unnoted = self.erased - self._noted
        return self._broken(min(unnoted), "erased") if unnoted else self._anchor_problem()

    def _note(self, entry: AuditEntry) -> None:
        self.seen += 1
        self.at, self._hash = entry.number, entry.hash
        if entry.is_erased:
            self.erased.add(entry.number)
        if entry.number == self._chain.anchored:
            self._anchored = entry.hash
        if entry.action == PRUNED:
            self._pruned.add((entry.detail["through"], entry.detail["hash"]))
        if entry.action == ERASED:
            self._noted |= set(entry.detail["numbers"])

    def _anchor_problem(self) -> Broken | None:
        chain = self._chain
        if chain.anchor is None:
            return None
        try:
            sealed = self._ring.open(chain.anchor, _row(chain.number))
        except CannotOpen:
            return self._broken(chain.anchored, "key")
        wanted = self._anchored if chain.anchored > chain.base else chain.base_hash
        is_kept = chain.anchored >= chain.base and sealed == _plain(chain.anchored, wanted)
        return None if is_kept else self._broken(chain.anchored, "anchor")

    def _broken(self, number: int, why: str) -> Broken:
        return Broken(self._chain.number, number, why)


def anchor(tx: Tx, ring: KeyRing, now: datetime, limit: int = _AT_ONCE) -> int:
    """Seal the newest entry of chains that have grown, and how many chains are sealed; of how many."""
    grown = audit.unanchored(tx, limit)
    for chain in grown:
        audit.set_anchor(tx, chain, ring.seal(_plain(chain.length, chain.hash), _row(chain.number)))
    if any(chain.anchor is None for chain in grown):
        count = str(audit.anchored_chains(tx)).encode()
        settings.upsert(tx, _SEALED, sealed=ring.seal(count, _SEALED), at=now, by=None)
    return len(grown)


def chain_older(tx: Tx) -> int:
    """Chain what is older than its chain, before anything else is added; how many entries that was."""
    begun = [chain for chain in audit.chains(tx) if chain.length and chain.hash is None]
    return sum(audit.chain_older(tx, chain) for chain in begun)


def erase(tx: Tx, by: UserId | None, which: Sequence[AuditEntry], now: datetime) -> None:
    """Take away what entries say of people, and note that in their chains. Entries that note it stay."""
    chains: dict[int, list[AuditEntry]] = {}
    for entry in which:
        if entry.hash is not None and entry.action not in {PRUNED, ERASED}:
            chains.setdefault(entry.chain, []).append(entry)
    for some in chains.values():
        numbers = sorted(one.number for one in some)
        audit.record(tx, now, by, ERASED, some[0].account_id, numbers=numbers)
        audit.erase(tx, some)


def prune(tx: Tx, chain: int, before: datetime, now: datetime) -> int:
    """Remove a portion of a chain's entries from before a time; return how many.

    Who removes them is noted in the chain, with the hash of the last one, from which it goes on.
    """
    old = audit.older(tx, chain, before, _FORGOTTEN_AT_ONCE)
    if not old:
        return 0
    account = old[-1].account_id
    last, hash_ = old[-1].number, _hex(old[-1].hash)
    audit.record(tx, now, None, PRUNED, account, through=last, hash=hash_, entries=len(old))
    return audit.forget(tx, old[-1])


def checked_period(since: datetime | None, until: datetime | None) -> None:
    """Raises Invalid where it ends before it begins."""
    if since is not None and until is not None and until <= since:
        raise Invalid("until", "invalid_period", "The period ends before it begins.")


def _row(chain: int) -> str:
    return f"audit_chains/{chain}"


def _plain(number: int, hash_: bytes | None) -> bytes:
    return f"{number}:{_hex(hash_)}".encode()


def _hex(hash_: bytes | None) -> str:
    return "" if hash_ is None else hash_.hex()
