"""Whether the audit trail and the archives are what they were: seen at a glance, and by the last proof.

A glance compares what is sealed of all chains and archives with what is there; that entries were changed is
seen by the proof alone (``access.trail``, ``mail.archive_proof``), which is made each night
(``sync.prover``). Its outcome carries an HMAC: who writes to the database without the key can't make one up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from poststelle.access import trail_seal
from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import to_ms
from poststelle.mail import archiving
from poststelle.model.ids import AccountId
from poststelle.settings import seals
from poststelle.settings.seals import Seals
from poststelle.store import archive, audit, proofs
from poststelle.store.audit import Filter
from poststelle.store.proofs import Fault, Held, Kind, Outcome
from poststelle.store.tx import ReadTx, Tx

OVERDUE_AFTER = timedelta(days=3)


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
    """

    trail: dict[int, tuple[Fault, ...]]
    archives: dict[AccountId, tuple[Fault, ...]]
    sealing: str | None
    unsealed: int
    unsealed_since: datetime | None
    trail_proven: Proven
    archives_proven: dict[AccountId, Proven] = field(default_factory=dict)
    overdue_since: datetime | None = None


def look(tx: ReadTx, ring: KeyRing, now: datetime) -> Integrity:
    """A glance, together with what the last proofs have found."""
    known, is_unreadable = _known(tx, ring)
    trusted = [one for one in proofs.list_all(tx) if _is_ours(known, one)]
    unsealed, since = audit.unsealed(tx)
    is_late = since is not None and since < now - trail_seal.LATE
    sealing = "note" if is_unreadable else "unsealed" if is_late else None
    trail = _merged(_trail(tx, known), {one.subject: one.broken for one in _of(trusted, Kind.TRAIL)})
    kept = {one.subject: one.broken for one in _of(trusted, Kind.ARCHIVE)}
    archives = _merged(_archives(tx, known), kept)
    return Integrity(
        trail=trail,
        archives={AccountId(account): faults for account, faults in archives.items()},
        sealing=sealing,
        unsealed=unsealed if is_late else 0,
        unsealed_since=since if is_late else None,
        trail_proven=_proven(tx, _of(trusted, Kind.TRAIL)),
        archives_proven={
            AccountId(one.subject): Proven(one.proven_at, one.entries) for one in _of(trusted, Kind.ARCHIVE)
        },
        overdue_since=_overdue(tx, trusted, now),
    )


def end_proof(
    tx: Tx, ring: KeyRing, held: Held, now: datetime, entries: int, broken: Sequence[Fault], due_at: datetime
) -> None:
    """A proof is through: keep what it has found, signed."""
    known, _ = _known(tx, ring)
    mac = "" if known is None else known.proof(*_said(held.kind, held.subject, now, entries, broken))
    proofs.end(tx, held, now, entries, broken, mac, due_at)


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
    return found


def _archives(tx: ReadTx, known: Seals | None) -> dict[int, tuple[Fault, ...]]:
    if known is None:
        return {}
    found: dict[int, tuple[Fault, ...]] = {int(one): (Fault(0, "gone"),) for one in archiving.gone(tx, known)}
    for one in archive.list_all(tx):
        if (why := archiving.note_problem(tx, known, one)) is not None:
            found[one.account_id] = (Fault(one.length, why),)
    return found


def _merged(
    seen: dict[int, tuple[Fault, ...]], proven: dict[int, tuple[Fault, ...]]
) -> dict[int, tuple[Fault, ...]]:
    """What is seen now, and behind it what the proof has found besides."""
    return {
        one: tuple(dict.fromkeys((*seen.get(one, ()), *proven.get(one, ()))))
        for one in sorted({*seen, *(one for one, faults in proven.items() if faults)})
    }


def _of(some: Sequence[Outcome], kind: Kind) -> list[Outcome]:
    return [one for one in some if one.kind is kind and one.proven_at is not None]


def _proven(tx: ReadTx, some: Sequence[Outcome]) -> Proven:
    """Of the whole trail: it is as old as the oldest of its chains' proofs."""
    proven = {one.subject: one for one in some}
    times = [one.proven_at for one in some if one.proven_at is not None]
    is_whole = all(chain.number in proven for chain in audit.chains(tx))
    return Proven(min(times) if times and is_whole else None, sum(one.entries for one in some))


def _overdue(tx: ReadTx, trusted: Sequence[Outcome], now: datetime) -> datetime | None:
    ours = {(one.kind, one.subject): one.proven_at for one in trusted}
    last = [ours.get((one.kind, one.subject)) or one.added_at for one in proofs.list_all(tx)]
    oldest = min(last, default=now)
    return oldest if now - oldest > OVERDUE_AFTER else None


def _is_ours(known: Seals | None, one: Outcome) -> bool:
    if known is None or one.proven_at is None:
        return False
    return known.proves(one.mac, *_said(one.kind, one.subject, one.proven_at, one.entries, one.broken))


def _said(kind: Kind, subject: int, at: datetime, entries: int, broken: Sequence[Fault]) -> Iterator[object]:
    yield from ("proof", kind.value, subject, to_ms(at), entries, proofs.written(broken))
