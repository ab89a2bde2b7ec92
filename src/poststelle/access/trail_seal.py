"""What proves the audit trail against somebody who has its database, but not the key.

The newest entry of each chain is sealed with the key ring from time to time (its anchor). Entries that say
that others were rightly removed or erased carry a proof that nobody can make without the key either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.model.audit import AuditEntry
from poststelle.model.ids import UserId
from poststelle.settings import seals
from poststelle.settings.seals import Seals, hexadecimal, plain_end
from poststelle.store import audit
from poststelle.store.audit import Chain
from poststelle.store.tx import ReadTx, Tx

log = structlog.get_logger()

PRUNED, ERASED = "audit.pruned", "audit.erased"
_CHAINS_AT_ONCE = 200
_ENTRIES_AT_ONCE = 1_000
_FORGOTTEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """A portion of the chains that have grown. ``chains``: how many have another anchor now. ``through``: the
    last one looked at; None: there is none left."""

    chains: int
    through: int | None


def anchor(tx: Tx, ring: KeyRing, now: datetime, after: int = -1) -> Sealed:
    """Seal the ends of chains that have grown, from the chain after ``after`` on.

    A chain whose old anchor does not fit any more keeps it, so that a verification finds what was changed;
    so does one without an anchor where there were more anchors once. One with very many new entries is
    sealed in portions.
    """
    known = seals.current(tx, ring, now)
    grown = audit.unanchored(tx, after, _CHAINS_AT_ONCE)
    if known is None:
        log.error("audit.not_sealed")
    if known is None or not grown:
        return Sealed(0, None)
    may_begin = audit.anchored_chains(tx) >= known.chains
    count, begun = 0, 0
    for chain in grown:
        end = _end(tx, ring, chain) if chain.anchor is not None or may_begin else None
        if end is None:
            log.error("audit.does_not_hold", chain=chain.number)
        elif end.number > chain.anchored:
            audit.set_anchor(tx, chain.number, end.number, ring.seal(end.plain, _row(chain.number)))
            count, begun = count + 1, begun + (chain.anchor is None)
    if begun:
        seals.write(tx, ring, replace(known, chains=known.chains + begun), now)
    return Sealed(count, grown[-1].number)


@dataclass(frozen=True, slots=True)
class End:
    """An entry's number and hash; those of the first one's predecessor are 0 and None."""

    number: int
    hash: bytes | None

    @property
    def plain(self) -> bytes:
        """As it is sealed."""
        return plain_end(self.number, self.hash)


def fits(ring: KeyRing, chain: Chain, at: End) -> bool:
    """Whether the chain's anchor is the seal of that entry. Raises CannotOpen."""
    return chain.anchor is not None and ring.open(chain.anchor, _row(chain.number)) == at.plain


def _end(tx: ReadTx, ring: KeyRing, chain: Chain) -> End | None:
    """How far the chain goes on from what was sealed last; None: what was sealed is not there."""
    base = End(chain.base, chain.base_hash)
    if chain.anchor is None:
        begin = base
    else:
        begin = base if chain.anchored == chain.base else _entry_end(tx, chain)
        try:
            if not fits(ring, chain, begin):
                return None
        except CannotOpen:
            return None
    return _followed(begin, audit.links(tx, chain.number, begin.number, _ENTRIES_AT_ONCE))


def _entry_end(tx: ReadTx, chain: Chain) -> End:
    found = audit.links(tx, chain.number, chain.anchored - 1, 1)
    return End(chain.anchored, found[0].hash if found else None)


def _followed(begin: End, some: Sequence[AuditEntry]) -> End:
    end = begin
    for entry in some:
        if entry.number != end.number + 1 or not entry.holds(end.hash):
            break
        end = End(entry.number, entry.hash)
    return end


def prune(tx: Tx, ring: KeyRing, chain: int, before: datetime, now: datetime) -> int:
    """Remove a portion of a chain's entries from before a time, as far as it is sealed; return how many.

    That they went is noted in the chain, with the hash of the last one, from which it goes on.
    """
    known, found = seals.current(tx, ring, now), audit.chain(tx, chain)
    if known is None or found is None:
        return 0
    old = [one for one in audit.older(tx, chain, before, _FORGOTTEN_AT_ONCE) if one.number <= found.anchored]
    if not old:
        return 0
    last, hash_ = old[-1].number, hexadecimal(old[-1].hash)
    proof = known.proof(PRUNED, chain, last, hash_)
    account = old[-1].account_id
    audit.record(tx, now, None, PRUNED, account, through=last, hash=hash_, entries=len(old), proof=proof)
    return audit.forget(tx, old[-1])


def erase(tx: Tx, ring: KeyRing, by: UserId | None, which: Sequence[AuditEntry], now: datetime) -> int:
    """Take away what entries say of people, and note that in their chains; of how many.

    Entries that note what was removed or erased stay, and so do all where the trail can't prove it.
    """
    known = seals.current(tx, ring, now)
    if known is None:
        return 0
    count = 0
    for some in _by_chain(which):
        numbers = sorted(one.number for one in some)
        proof = known.proof(ERASED, some[0].chain, numbers)
        audit.record(tx, now, by, ERASED, some[0].account_id, numbers=numbers, proof=proof)
        audit.erase(tx, some)
        count += len(some)
    return count


def _by_chain(which: Sequence[AuditEntry]) -> Iterator[list[AuditEntry]]:
    chains: dict[int, list[AuditEntry]] = {}
    for entry in which:
        if entry.hash is not None and not entry.is_erased and entry.action not in {PRUNED, ERASED}:
            chains.setdefault(entry.chain, []).append(entry)
    yield from chains.values()


def excused_base(known: Seals | None, entry: AuditEntry) -> End | None:
    """Up to where this entry says that older ones were rightly removed; None: it says nothing, or proves
    nothing."""
    if entry.action != PRUNED or entry.is_erased:
        return None
    told: dict[str, Any] = entry.detail
    through, hash_ = told.get("through"), told.get("hash")
    if not isinstance(through, int) or not isinstance(hash_, str):
        return None
    is_proven = _is_proven(known, entry, PRUNED, entry.chain, through, hash_)
    return End(through, bytes.fromhex(hash_)) if is_proven else None


def excused_erasures(known: Seals | None, entry: AuditEntry) -> frozenset[int]:
    """The numbers of entries of which this one says that they were rightly erased."""
    if entry.action != ERASED or entry.is_erased:
        return frozenset()
    numbers = entry.detail.get("numbers")
    if not isinstance(numbers, list) or not _is_proven(known, entry, ERASED, entry.chain, numbers):
        return frozenset()
    return frozenset(numbers)


def _is_proven(known: Seals | None, entry: AuditEntry, *said: object) -> bool:
    if known is None:
        return False
    if entry.number <= known.unproven.get(entry.chain, 0):
        return True
    return known.proves(entry.detail.get("proof"), *said)


def _row(chain: int) -> str:
    return f"audit_chains/{chain}"
