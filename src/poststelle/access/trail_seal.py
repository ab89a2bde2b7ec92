"""What proves the audit trail against somebody who has its database, but not the key.

The newest entry of each chain is sealed with the key ring from time to time (its anchor), and which one that
is stands in the note of all seals, written in the same transaction: neither is put back without the other.
Entries that say that others were rightly removed or erased carry a proof that nobody can make without the key
either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.audit import AuditEntry
from poststelle.model.ids import UserId
from poststelle.settings import seals
from poststelle.settings.seals import LATE, Mark, Seals, Stuck, hexadecimal
from poststelle.store import audit
from poststelle.store.audit import Chain
from poststelle.store.proofs import Fault
from poststelle.store.tx import ReadTx, Tx

log = structlog.get_logger()

PRUNED, ERASED = "audit.pruned", "audit.erased"
_CHAINS_AT_ONCE = 200
_ENTRIES_AT_ONCE = 1_000
_FORGOTTEN_AT_ONCE = 500
SEALED_LATE, SEALING_PAUSED = "audit.sealed_late", "audit.sealing_paused"
BEGAN_ANEW = "audit.sealing_began_anew"
_BEAT = timedelta(minutes=5)
UNREADABLE = (TypeError, ValueError, msgspec.MsgspecError)
"""What comes of rows that hold what we never write."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A portion of the chains that have grown. ``chains``: how many have another anchor now. ``through``: the
    last one looked at; None: there is none left."""

    chains: int
    through: int | None


def anchor(tx: Tx, ring: KeyRing, now: datetime, after: int = -1) -> Sealed:
    """Seal the ends of chains that have grown, from the chain after ``after`` on.

    A chain whose old anchor does not fit any more keeps it, so that a verification finds what was changed;
    so does one whose anchor is not the one that the note names. One with very many new entries is
    sealed in portions. That entries went without a seal for long is an entry of its own: who could change
    the database then could change them.
    """
    known = seals.current(tx, ring, now)
    grown = audit.unanchored(tx, after, _CHAINS_AT_ONCE)
    if known is None:
        log.error("audit.not_sealed")
    if known is None or not grown:
        return Sealed(0, None)
    sealed: dict[int, Mark] = {}
    late: list[datetime] = []
    for chain in grown:
        found = _follow(tx, ring, known, chain)
        if found.fault is not None:
            log.error("audit.does_not_hold", chain=chain.number, why=found.fault.why)
        if found.first_at is not None and found.end.number > chain.anchored:
            end = found.end
            seal = seals.seal_end(ring, seals.chain_row(chain.number), end.number, end.hash)
            if not audit.set_anchor(tx, chain.number, end.number, seal):
                log.error("audit.seal_not_taken", chain=chain.number)
                continue
            sealed[chain.number] = seals.mark(end.number, end.hash)
            late += _waited_since(known, chain, found.first_at)
    if sealed:
        stuck = {number: one for number, one in known.stuck.items() if number not in sealed}
        seals.write(tx, ring, replace(known, ends=known.ends | sealed, stuck=stuck), now)
    late = [one for one in late if one < now - LATE and not _is_of_pause(known, one, now)]
    if late:
        audit.record(tx, now, None, SEALED_LATE, chains=len(late), since=min(late).isoformat())
    return Sealed(len(sealed), grown[-1].number)


def _waited_since(known: Seals, chain: Chain, first_at: datetime) -> list[datetime]:
    """From when a chain's first unsealed entry is, and from when we have seen that it can't be sealed: who
    takes that entry away, or gives it another time, changes the former only."""
    own = [first_at] if chain.anchor is not None else []
    stuck = known.stuck.get(chain.number)
    return [min(own + ([] if stuck is None else [from_ms(stuck.since)]))] if own or stuck else []


def needs_beat(tx: ReadTx, ring: KeyRing, now: datetime) -> bool:
    """Whether ``beat`` has something to note."""
    try:
        known = seals.read(tx, ring)
    except CannotOpen:
        return False
    if known is None:
        return False
    is_due = known.seen_at is None or not known.seen_at <= now < known.seen_at + _BEAT
    is_anew = known.anew is not None and not known.anew.is_noted
    return is_due or is_anew or _stuck(tx, ring, known, now) != known.stuck


def beat(tx: Tx, ring: KeyRing, now: datetime) -> None:
    """Note in what is sealed that the seals are being looked after, and in the trail if for a while they
    were not: no server ran, or somebody kept it from sealing, and what came meanwhile may have gone. And
    which chains can't be sealed further, so that it is told at once, and later for how long; and that sealing
    began anew, for whoever takes all seals away takes what they proved."""
    known = seals.current(tx, ring, now)
    if known is None:
        return
    if known.was_paused(now) and known.seen_at is not None:
        audit.record(tx, now, None, SEALING_PAUSED, since=known.seen_at.isoformat())
    anew = known.anew
    if anew is not None and not anew.is_noted:
        audit.record(tx, now, None, BEGAN_ANEW, entries=anew.entries)
        anew = anew._replace(is_noted=True)
    stuck = _stuck(tx, ring, known, now)
    seals.write(tx, ring, replace(known.resumed(now), seen_at=now, stuck=stuck, anew=anew), now)


def _stuck(tx: ReadTx, ring: KeyRing, known: Seals, now: datetime) -> dict[int, Stuck]:
    there = {chain.number: chain for chain in audit.chains(tx)}
    found = {number: one for number, one in known.stuck.items() if number not in there}
    for number, chain in there.items():
        noted = known.ends.get(number)
        if noted is not None and chain.length == chain.anchored == noted.number:
            continue  # all of it is sealed
        if (fault := _follow(tx, ring, known, chain).fault) is not None:
            before = known.stuck.get(number)
            found[number] = Stuck(to_ms(now) if before is None else before.since, *fault)
    return found


def _is_of_pause(known: Seals, since: datetime, now: datetime) -> bool:
    """Whether it waited because nothing was sealed at all, which is told by itself."""
    return known.seen_at is not None and known.was_paused(now) and since >= known.seen_at - LATE


@dataclass(frozen=True, slots=True)
class End:
    """An entry's number and hash; those of the first one's predecessor are 0 and None."""

    number: int
    hash: bytes | None


def fits(ring: KeyRing, chain: Chain, at: End) -> bool:
    """Whether the chain's anchor is the seal of that entry. Raises CannotOpen."""
    row = seals.chain_row(chain.number)
    return chain.anchor is not None and seals.is_seal_of(ring, chain.anchor, row, at.number, at.hash)


def note_problem(known: Seals | None, chain: Chain, at: End | None) -> str | None:
    """What is wrong with a chain's anchor, which is of the entry ``at``, as far as the note of all seals
    tells: ``put_back`` (it was sealed up to a later entry), or ``anchor``."""
    noted = None if known is None else known.ends.get(chain.number)
    if noted is None:
        return "anchor" if chain.anchor is not None and known is not None else None
    if chain.anchored < noted.number and chain.anchor is not None:
        return "put_back"
    is_it = chain.anchor is not None and at is not None and seals.mark(at.number, at.hash) == noted
    return None if is_it else "anchor"


@dataclass(frozen=True, slots=True)
class _Followed:
    """How far a chain goes on from what was sealed last, from when the first entry is that was not (None:
    there is none), and why it goes no further; None: it does, or there is no more."""

    end: End
    first_at: datetime | None
    fault: Fault | None


def _follow(tx: ReadTx, ring: KeyRing, known: Seals, chain: Chain) -> _Followed:
    """A portion of a chain's entries after the one that was sealed last."""
    begin = End(chain.base, chain.base_hash)
    try:
        if chain.anchor is not None and chain.anchored != chain.base:
            begin = _entry_end(tx, chain)
        if (why := _begin_problem(ring, known, chain, begin)) is not None:
            return _Followed(begin, None, Fault(max(chain.anchored, 1), why))
        some = audit.links(tx, chain.number, begin.number, _ENTRIES_AT_ONCE)
    except UNREADABLE:
        return _Followed(begin, None, Fault(begin.number + 1, "changed"))
    end = _followed(begin, some)
    return _Followed(end, some[0].at if some else None, _halt(chain, end, some))


def _begin_problem(ring: KeyRing, known: Seals, chain: Chain, begin: End) -> str | None:
    """Why what was sealed is not there, or not what the note names; None: it is."""
    if (why := note_problem(known, chain, begin)) is not None:
        return why
    try:
        return "anchor" if chain.anchor is not None and not fits(ring, chain, begin) else None
    except CannotOpen:
        return "key"


def _halt(chain: Chain, end: End, some: Sequence[AuditEntry]) -> Fault | None:
    """Which of the entries after the sealed ones does not follow; None: each does."""
    if len(some) == _ENTRIES_AT_ONCE and some[-1].number == end.number:
        return None  # more come with the next portion
    is_there = any(entry.number == end.number + 1 for entry in some)
    if is_there or end.number < chain.length:
        return Fault(end.number + 1, "changed" if is_there else "missing")
    return None


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
