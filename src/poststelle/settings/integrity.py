"""Whether the audit trail and the archives are what they were: seen at a glance, and by the last proof.

A glance compares what is sealed of all chains and archives with what is there; that entries were changed is
seen by the proof alone (``access.trail``, ``mail.archive_proof``), which is made each night
(``sync.prover``). Its outcome lies in the sealed note: who writes to the database without the key can't make
one up, nor take one away.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import from_ms, to_ms
from poststelle.mail import archiving
from poststelle.model.ids import AccountId
from poststelle.settings import seals
from poststelle.settings.seals import LATE, Proof, Seals
from poststelle.store import archive, audit, proofs
from poststelle.store.audit import Filter
from poststelle.store.proofs import Fault, Held, Kind, Outcome
from poststelle.store.tx import ReadTx, Tx

OVERDUE_AFTER = timedelta(days=3)
ANEW_TOLD_FOR = timedelta(days=90)
_FAULTS_KEPT = 50


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof came to. ``at`` None: none was through so far; of several, the oldest's."""

    at: datetime | None
    entries: int


@dataclass(frozen=True, slots=True)
class Integrity:
    """``trail`` and ``archives``: faults by chain, and by account; who has none is not in it.

    ``sealing``: why nothing can be sealed: ``note`` (what is sealed of all can't be opened, or was taken
    away) or ``unsealed`` (entries wait for it); None: it is. ``unsealed`` entries wait, the oldest since
    ``unsealed_since``. ``overdue_since``: when the proof should have been made that has been made least.
    ``began_anew``: when sealing began in a trail that was there already, which is told for three months.
    """

    trail: dict[int, tuple[Fault, ...]]
    archives: dict[AccountId, tuple[Fault, ...]]
    sealing: str | None
    unsealed: int
    unsealed_since: datetime | None
    trail_proven: Proven
    archives_proven: dict[AccountId, Proven] = field(default_factory=dict)
    overdue_since: datetime | None = None
    began_anew: datetime | None = None


def look(tx: ReadTx, ring: KeyRing, now: datetime) -> Integrity:
    """A glance, together with what the last proofs have found."""
    known, is_unreadable = _known(tx, ring)
    last = _last_proofs(tx, known)
    unsealed, since = _waiting(tx, known)
    is_late = since is not None and since < now - LATE
    sealing = "note" if is_unreadable else "unsealed" if is_late else None
    trail = _merged(_trail(tx, known), last[Kind.TRAIL])
    archives = _merged(_archives(tx, known), last[Kind.ARCHIVE])
    return Integrity(
        trail=trail,
        archives={AccountId(account): faults for account, faults in archives.items()},
        sealing=sealing,
        unsealed=unsealed if is_late else 0,
        unsealed_since=since if is_late else None,
        trail_proven=_proven(tx, last[Kind.TRAIL]),
        archives_proven={
            AccountId(account): Proven(from_ms(one.at), one.entries)
            for account, one in last[Kind.ARCHIVE].items()
            if one.entries is not None
        },
        overdue_since=None if known is None else _overdue(known, last, now),
        began_anew=None if known is None else _began_anew(known, now),
    )


def _began_anew(known: Seals, now: datetime) -> datetime | None:
    if known.anew is None:
        return None
    at = from_ms(known.anew.at)
    return at if now - at < ANEW_TOLD_FOR else None


@dataclass(frozen=True, slots=True)
class Ended:
    """A proof that was through at ``at``, and what it came to; the next one is due at ``due_at``."""

    held: Held
    at: datetime
    entries: int
    broken: tuple[Fault, ...]
    due_at: datetime


def end_proofs(tx: Tx, ring: KeyRing, ended: Sequence[Ended], now: datetime) -> None:
    """Keep what these have found, sealed: all with one note. Nothing is kept of an archive that was deleted,
    nor of a proof that is in others' hands by now."""
    known, _ = _known(tx, ring)
    fresh: dict[Kind, dict[int, Proof]] = {kind: {} for kind in Kind}
    for one in ended:
        kind, subject = one.held.kind, one.held.subject
        is_ours = proofs.end(tx, one.held, one.due_at)
        if known is not None and is_ours and _is_there(tx, known, kind, subject):
            fresh[kind][subject] = Proof(to_ms(one.at), one.entries, one.broken[:_FAULTS_KEPT])
    if known is None or not any(fresh.values()):
        return
    for kind, some in fresh.items():
        known = known.with_proofs(kind, some)
    seals.write(tx, ring, known, now)


def note_found(
    tx: Tx, ring: KeyRing, kind: Kind, found: Mapping[int, Sequence[Fault]], now: datetime
) -> None:
    """Keep what a check that people have begun has found wrong, until the next proof; that one, and those of
    what was known to be wrong, is due now: somebody may have mended it."""
    known, _ = _known(tx, ring)
    if known is None:
        return
    fresh: dict[int, Proof] = {}
    for subject, faults in found.items():
        before = known.last_proof(kind, subject)
        both = tuple(dict.fromkeys((*before.faults, *faults)))[:_FAULTS_KEPT]
        if both != before.faults and _is_there(tx, known, kind, subject):
            fresh[subject] = before._replace(faults=both)
    if fresh:
        known = known.with_proofs(kind, fresh)
        seals.write(tx, ring, known, now)
    faulty = {subject for subject, one in _last_proofs(tx, known)[kind].items() if one.faults}
    proofs.want(tx, kind, sorted(faulty | found.keys()), now)


def address_of_gone(tx: ReadTx, account: AccountId) -> str:
    """Of a mailbox whose archive is missing, as the audit trail tells; empty where it does not."""
    for kind in ("archive", "account"):
        for entry in audit.find(tx, Filter(account, kind=kind), limit=1):
            return entry.said.subject
    return ""


def _known(tx: ReadTx, ring: KeyRing) -> tuple[Seals | None, bool]:
    """The note of all seals, and whether there should be one that can't be had."""
    try:
        known = seals.read(tx, ring)
    except CannotOpen:
        return None, True
    return known, known is None and seals.is_taken_away(tx)


def _trail(tx: ReadTx, known: Seals | None) -> dict[int, tuple[Fault, ...]]:
    """Chains that are gone, or whose end is another than the one that was sealed last."""
    if known is None:
        return {}
    there = {chain.number: chain for chain in audit.chains(tx)}
    found: dict[int, tuple[Fault, ...]] = {
        number: (Fault(1, "missing"),) for number in known.ends if number not in there
    }
    for number, chain in there.items():
        noted = known.ends.get(number)
        sealed = chain.anchored if chain.anchor is not None else 0
        if sealed != (0 if noted is None else noted.number) or chain.length < chain.anchored:
            is_back = noted is not None and chain.anchor is not None and sealed < noted.number
            found[number] = (Fault(max(chain.anchored, 1), "put_back" if is_back else "anchor"),)
    for number, stuck in known.stuck.items():
        found[number] = tuple(dict.fromkeys((*found.get(number, ()), Fault(stuck.number, stuck.why))))
    return found


def _waiting(tx: ReadTx, known: Seals | None) -> tuple[int, datetime | None]:
    """How many entries wait for their seal, and since when the longest does: by their own times, or by ours
    where a chain can't be sealed."""
    unsealed, since = audit.unsealed(tx)
    times = [from_ms(one.since) for one in known.stuck.values()] if known is not None else []
    return max(unsealed, len(times)), min([*times, *([] if since is None else [since])], default=None)


def _archives(tx: ReadTx, known: Seals | None) -> dict[int, tuple[Fault, ...]]:
    if known is None:
        return {}
    found: dict[int, tuple[Fault, ...]] = {int(one): (Fault(0, "gone"),) for one in archiving.gone(tx, known)}
    for one in archive.list_all(tx):
        if (why := archiving.note_problem(tx, known, one)) is not None:
            found[one.account_id] = (Fault(one.length, why),)
    return found


def _merged(seen: dict[int, tuple[Fault, ...]], proofs_of: dict[int, Proof]) -> dict[int, tuple[Fault, ...]]:
    """What is seen now, and behind it what the proof has found besides."""
    proven = {one: proof.faults for one, proof in proofs_of.items()}
    return {
        one: tuple(dict.fromkeys((*seen.get(one, ()), *proven.get(one, ()))))
        for one in sorted({*seen, *(one for one, faults in proven.items() if faults)})
    }


def _last_proofs(tx: ReadTx, known: Seals | None) -> dict[Kind, dict[int, Proof]]:
    """Of all that is there or must be. Where the note has none yet, what an older program kept beside it."""
    found: dict[Kind, dict[int, Proof]] = {kind: {} for kind in Kind}
    if known is None:
        return found
    for kind, subject in known.expected():
        found[kind][subject] = known.last_proof(kind, subject)
    for kind, subject in proofs.are_there(tx):
        if subject in known.proofs.get(kind, {}):
            found[kind][subject] = known.last_proof(kind, subject)
    for one in proofs.list_unsealed(tx):
        own = known.last_proof(one.kind, one.subject)
        if own.entries is None and _is_ours(known, one):
            faults = tuple(dict.fromkeys((*own.faults, *one.broken)))
            found[one.kind][one.subject] = Proof(to_ms(one.proven_at), one.entries, faults)
    return found


def _is_there(tx: ReadTx, known: Seals, kind: Kind, subject: int) -> bool:
    if kind is Kind.TRAIL:
        return subject in known.ends or audit.chain(tx, subject) is not None
    return subject in known.archives or archive.get(tx, AccountId(subject)) is not None


def _proven(tx: ReadTx, last: dict[int, Proof]) -> Proven:
    """Of the whole trail: it is as old as the oldest of its chains' proofs."""
    through = {subject: one for subject, one in last.items() if one.entries is not None}
    is_whole = bool(through) and all(chain.number in through for chain in audit.chains(tx))
    oldest = from_ms(min(one.at for one in through.values())) if is_whole else None
    return Proven(oldest, sum(one.entries or 0 for one in through.values()))


def _overdue(known: Seals, last: dict[Kind, dict[int, Proof]], now: datetime) -> datetime | None:
    """By the note alone: rows that tell what is due can be changed by others, or go. Of a time without a
    server no proof is missed, and what an older program proved counts from when this one expects one."""
    times = [
        max(last[kind][subject].at, known.last_proof(kind, subject).at) for kind, subject in known.expected()
    ]
    oldest = from_ms(min(times, default=to_ms(now)))
    return oldest if known.worked(oldest, now) > OVERDUE_AFTER else None


def _is_ours(known: Seals, one: Outcome) -> bool:
    return known.proves(one.mac, *_said(one.kind, one.subject, one.proven_at, one.entries, one.broken))


def _said(kind: Kind, subject: int, at: datetime, entries: int, broken: Sequence[Fault]) -> Iterator[object]:
    yield from ("proof", kind.value, subject, to_ms(at), entries, proofs.written(broken))
