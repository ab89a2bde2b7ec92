"""What there must be of the audit trail and of archives: one sealed note, so that nothing goes unnoticed.

Hashes chain the entries, anchors seal the chains' ends. Who has the database without the key could still take
out a whole chain or archive, put one back to an earlier state together with its own seal, or add entries
that excuse what was taken out. So the ends of all chains and archives, and the secret that proves such
excuses, lie in one setting, sealed with the key ring. It is made at the first start and never again while
anything is sealed: taking it away is noticed, and who takes all seals away leaves a trail that is sealed
since that day only, which is told: as a warning for three months, and in the trail. A chain's end stands
there from the moment in which it is sealed, an archive's within a minute.
"""

import hmac
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from poststelle.auth.crypto import CannotOpen, KeyMissing, KeyRing
from poststelle.lib.clock import from_ms, to_ms
from poststelle.settings.schema import AUDIT_MONTHS
from poststelle.store import archive, audit, settings, users
from poststelle.store.audit import Chain
from poststelle.store.proofs import Fault, Kind
from poststelle.store.tx import ReadTx, Tx

KEY = "seals"
_OLD_CHAINS, _OLD_ARCHIVES = "audit.sealed_chains", "archive.sealed"
OLD_KEYS = frozenset({_OLD_CHAINS, _OLD_ARCHIVES})
_SECRET_OCTETS = 32
_HASH_DIGITS = 16
LATE = timedelta(minutes=15)
"""An entry is sealed within a minute, and the note is written every five: what takes longer was a pause."""
_PAUSES_KEPT = 20
_NOTED = b":noted"  # what the seals of ends say that stand in the note, too


class Mark(NamedTuple):
    """An entry that was once sealed as the newest: its number, and the beginning of its hash.

    Whoever could choose among ends can only choose true ones, so that some digits tell them apart.
    """

    number: int
    hash: str


def mark(number: int, hash_: bytes | None) -> Mark:
    return Mark(number, hexadecimal(hash_)[:_HASH_DIGITS])


class Stuck(NamedTuple):
    """A chain that can't be sealed any further: what was sealed last does not fit, or the next entry does not
    follow it. ``since``: from when we have seen it so (milliseconds of our clock, for an entry's own time is
    anybody's); ``number`` and ``why`` as a verification names them."""

    since: int
    number: int
    why: str


class Proof(NamedTuple):
    """The last proof of a chain or an archive. ``at`` (milliseconds): when it was through; while ``entries``
    is None none was, and that is from when one is expected. ``faults``: what it, or a check since, has found.
    """

    at: int
    entries: int | None = None
    faults: tuple[Fault, ...] = ()


class Pause(NamedTuple):
    """From when nothing was sealed, for then no server ran, and until when (milliseconds)."""

    since: int
    until: int


class Anew(NamedTuple):
    """This note was made (at ``at``, milliseconds) where ``entries`` of the trail were there already: nothing
    proves them. ``is_noted``: an entry says so."""

    at: int
    entries: int
    is_noted: bool = False


@dataclass(frozen=True, slots=True)
class Seals:
    """``since``: when sealing began. ``ends``: of each of the audit trail's chains that is sealed, the entry
    up to which it is. ``archives``: of which accounts there are; ``archive_ends``: how far each had come when
    this was last noted; ``archives_on``: those that people have turned on and not off. ``unproven``: by
    chain, up to which number its entries are older than ``secret``, with which later ones prove what they say
    (``proof``). ``seen_at``: when the seals were looked after last. ``audit_months``, ``archive_months``
    (by account): for how long people have said that entries are kept, which is believed from here alone.
    ``stuck``: chains that can't be sealed further; ``proofs``: the last ones, of chains and of archives.
    ``pauses``: the newest ones. ``anew``: None where sealing began with the installation.
    """

    since: datetime
    ends: dict[int, Mark] = field(default_factory=dict)
    archives: frozenset[int] = frozenset()
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(_SECRET_OCTETS))
    unproven: dict[int, int] = field(default_factory=dict)
    audit_months: int | None = None
    archive_months: dict[int, int] = field(default_factory=dict)
    archive_ends: dict[int, Mark] = field(default_factory=dict)
    archives_on: frozenset[int] = frozenset()
    seen_at: datetime | None = None
    stuck: dict[int, Stuck] = field(default_factory=dict)
    proofs: dict[Kind, dict[int, Proof]] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    anew: Anew | None = None

    def proof(self, *said: object) -> str:
        """What only who knows the secret can say of this: HMAC-SHA-256, hexadecimal (RFC 2104)."""
        return hmac.digest(self.secret, msgspec.json.encode(said), "sha256").hex()

    def last_proof(self, kind: Kind, subject: int) -> Proof:
        """Where the note knows of none, one has been expected since sealing began."""
        return self.proofs.get(kind, {}).get(subject, Proof(to_ms(self.since)))

    def with_proofs(self, kind: Kind, some: dict[int, Proof]) -> "Seals":
        return replace(self, proofs=self.proofs | {kind: self.proofs.get(kind, {}) | some})

    def without_proof(self, kind: Kind, subject: int) -> "Seals":
        left = {one: proof for one, proof in self.proofs.get(kind, {}).items() if one != subject}
        return replace(self, proofs=self.proofs | {kind: left})

    def expected(self) -> list[tuple[Kind, int]]:
        """Of what there must be a proof every night."""
        chains = [(Kind.TRAIL, one) for one in sorted(self.ends)]
        return chains + [(Kind.ARCHIVE, one) for one in sorted(self.archives)]

    def was_paused(self, now: datetime) -> bool:
        return self.seen_at is not None and self.seen_at < now - LATE

    def resumed(self, now: datetime) -> "Seals":
        """With the pause that has lasted until now, if there was one."""
        if self.seen_at is None or not self.was_paused(now):
            return self
        pause = Pause(to_ms(self.seen_at), to_ms(now))
        before = [one for one in self.pauses if one.since != pause.since]
        return replace(self, pauses=(*before, pause)[-_PAUSES_KEPT:])

    def worked(self, since: datetime, now: datetime) -> timedelta:
        """For how much of that time there was a server: as far as is known, all of it but the pauses."""
        begin, end = to_ms(since), to_ms(now)
        paused = sum(max(min(one.until, end) - max(one.since, begin), 0) for one in self.pauses)
        return timedelta(milliseconds=end - begin - paused)

    def proves(self, proof: object, *said: object) -> bool:
        return isinstance(proof, str) and hmac.compare_digest(proof.encode(), self.proof(*said).encode())


class _Told(msgspec.Struct, array_like=True):
    """``Seals`` as it is sealed. ``ends`` None: a program wrote it that knew only how many ``chains`` there
    are."""

    since: int
    chains: int
    archives: list[int]
    secret: str
    unproven: dict[int, int]
    audit_months: int | None
    archive_months: dict[int, int]
    ends: dict[int, Mark] | None = None
    archive_ends: dict[int, Mark] = {}
    archives_on: list[int] = []
    seen_at: int | None = None
    stuck: dict[int, Stuck] = {}
    proofs: dict[Kind, dict[int, Proof]] = {}
    pauses: tuple[Pause, ...] = ()
    anew: Anew | None = None


def read(tx: ReadTx, ring: KeyRing) -> Seals | None:
    """None: nothing is sealed yet, or the note was taken away. Raises CannotOpen, also where nothing is in
    it, or an old note stands in the place of a newer one."""
    told = _told(tx, ring)
    if told is None:
        return None
    return _seals(told if told.ends is not None else _with_ends(tx, ring, told))


def _told(tx: ReadTx, ring: KeyRing) -> _Told | None:
    stored = settings.get(tx, KEY)
    if stored is None:
        return None
    if stored.sealed is None:
        raise CannotOpen("somebody has emptied the note of all seals")
    return msgspec.json.decode(ring.open(stored.sealed, KEY), type=_Told)


def _seals(told: _Told) -> Seals:
    return Seals(
        from_ms(told.since),
        told.ends or {},
        frozenset(told.archives),
        bytes.fromhex(told.secret),
        told.unproven,
        told.audit_months,
        told.archive_months,
        told.archive_ends,
        frozenset(told.archives_on),
        None if told.seen_at is None else from_ms(told.seen_at),
        told.stuck,
        told.proofs,
        told.pauses,
        told.anew,
    )


def write(tx: Tx, ring: KeyRing, seals: Seals, now: datetime) -> None:
    """What has come to be sealed is expected to be proven from now on."""
    seals = _awaiting(seals, now)
    said = _Told(
        to_ms(seals.since),
        len(seals.ends),
        sorted(seals.archives),
        seals.secret.hex(),
        seals.unproven,
        seals.audit_months,
        seals.archive_months,
        seals.ends,
        seals.archive_ends,
        sorted(seals.archives_on),
        None if seals.seen_at is None else to_ms(seals.seen_at),
        seals.stuck,
        seals.proofs,
        seals.pauses,
        seals.anew,
    )
    settings.upsert(tx, KEY, sealed=ring.seal(msgspec.json.encode(said), KEY), at=now, by=None)


def _awaiting(seals: Seals, now: datetime) -> Seals:
    """With what a proof is expected of. What is later than now was noted by a clock that has been set back:
    until that time came again nothing would be missed."""
    ms = to_ms(now)
    for kind in Kind:
        known = seals.proofs.get(kind, {})
        new = {one: Proof(ms) for of, one in seals.expected() if of is kind and one not in known}
        new |= {one: proof._replace(at=ms) for one, proof in known.items() if proof.at > ms}
        seals = seals.with_proofs(kind, new) if new else seals
    late = {one: stuck._replace(since=ms) for one, stuck in seals.stuck.items() if stuck.since > ms}
    pauses = tuple(one for one in seals.pauses if one.until <= ms)
    return replace(seals, stuck=seals.stuck | late, pauses=pauses)


def current(tx: Tx, ring: KeyRing, now: datetime) -> Seals | None:
    """The note, made now where nothing is sealed. None: it can't be opened, or was taken away."""
    try:
        found = read(tx, ring)
        made = None if found is not None else _made(tx, ring, now)
    except CannotOpen:
        return None
    if made is not None:
        write(tx, ring, made, now)
    return found or made


def plain_end(number: int, hash_: bytes | None) -> bytes:
    """What is sealed of a chain's end: its newest entry's number and hash."""
    return f"{number}:{hexadecimal(hash_)}".encode()


def seal_end(ring: KeyRing, row: str, number: int, hash_: bytes | None) -> bytes:
    """The seal of an end that stands in the note, too."""
    return ring.seal(plain_end(number, hash_) + _NOTED, row)


def is_seal_of(ring: KeyRing, seal: bytes, row: str, number: int, hash_: bytes | None) -> bool:
    """Whether it is, also where an older program made it, or an archive's. Raises CannotOpen."""
    return ring.open(seal, row).removesuffix(_NOTED) == plain_end(number, hash_)


def chain_row(chain: int) -> str:
    """A chain's row, as its seal names it."""
    return f"audit_chains/{chain}"


def hexadecimal(hash_: bytes | None) -> str:
    return "" if hash_ is None else hash_.hex()


def is_shorter(months: int | None, said: int | None) -> bool:
    """Whether something is kept for less than people have said so far; None: for ever."""
    return months is not None and (said is None or months < said)


def begin(tx: Tx, ring: KeyRing, now: datetime) -> None:
    """At each start, before anything is sealed. A note of an older program is completed, and it is noted for
    how long no server ran."""
    known = current(tx, ring, now)
    told = None if known is None else _told(tx, ring)
    if known is None or told is None:
        return
    resumed = known.resumed(now)
    if told.ends is None or _awaiting(resumed, now) != known:
        write(tx, ring, resumed, now)


def is_taken_away(tx: ReadTx) -> bool:
    """Whether something is sealed, and the note is not there. One with nothing in it can't be opened."""
    return settings.get(tx, KEY) is None and _is_anything_sealed(tx)


def _is_anything_sealed(tx: ReadTx) -> bool:
    """An archive is, from its first entry on, also where somebody has taken its seal away."""
    return audit.is_any_anchored(tx) or any(one.length for one in archive.list_all(tx))


def _made(tx: Tx, ring: KeyRing, now: datetime) -> Seals | None:
    """With what programs before this note had sealed, each by itself. Raises CannotOpen."""
    chains, archives = (_opened(tx, ring, key) for key in (_OLD_CHAINS, _OLD_ARCHIVES))
    if chains is None and archives is None and _is_anything_sealed(tx):
        return None
    for key in OLD_KEYS:
        settings.destroy(tx, key)
    held = archive.list_all(tx)
    told = _Told(
        since=to_ms(now),
        chains=int(chains or 0),
        archives=msgspec.json.decode(archives, type=list[int]) if archives else [],
        secret=secrets.token_bytes(_SECRET_OCTETS).hex(),
        unproven={chain.number: chain.length for chain in audit.chains(tx) if chain.base},
        audit_months=_kept_months(tx),
        archive_months={one.account_id: one.keep_months for one in held if one.keep_months is not None},
        anew=None if chains is not None or archives is not None else _began_anew(tx, now),
    )
    return _seals(_with_ends(tx, ring, told))


def _began_anew(tx: ReadTx, now: datetime) -> Anew | None:
    """A fresh installation has the note before anybody is there or anything is done. Where that is not so
    a program before all seals was here, or somebody has taken all of them away; nobody can tell which. (What
    programs between the two had sealed tells by itself.)"""
    entries = sum(chain.length for chain in audit.chains(tx))
    return Anew(to_ms(now), entries) if entries or users.exists_any(tx) else None


def _with_ends(tx: ReadTx, ring: KeyRing, told: _Told) -> _Told:
    """What an older program's note lacks, from what it has sealed: no seal here was made by a newer one.

    Raises CannotOpen where one was: somebody has put the note back.
    """
    chains = audit.chains(tx)
    ends = {one.number: _end_of(tx, ring, one) for one in chains if one.anchor is not None}
    if told.chains > len(ends):  # one has lost its seal, and nobody knows which: none begins anew
        ends |= {one.number: Mark(1, "") for one in chains if one.anchor is None}
    on = [one.account_id for one in archive.list_all(tx) if one.is_on and one.account_id in told.archives]
    return msgspec.structs.replace(told, ends=ends, archives_on=list(map(int, on)))


def _end_of(tx: ReadTx, ring: KeyRing, chain: Chain) -> Mark:
    """Which entry its seal is of; one that nothing is, where that can't be told."""
    assert chain.anchor is not None
    try:
        plain = ring.open(chain.anchor, chain_row(chain.number))
    except KeyMissing:
        raise
    except CannotOpen:
        return Mark(chain.anchored, "")
    if plain.endswith(_NOTED):
        raise CannotOpen("an old note stands in the place of a newer one")
    number, _, hash_ = plain.decode().partition(":")
    return Mark(int(number), hash_[:_HASH_DIGITS])


def _kept_months(tx: ReadTx) -> int | None:
    stored = settings.get(tx, AUDIT_MONTHS.key)
    return None if stored is None or stored.value is None else int(stored.value)


def _opened(tx: ReadTx, ring: KeyRing, key: str) -> bytes | None:
    stored = settings.get(tx, key)
    return None if stored is None or stored.sealed is None else ring.open(stored.sealed, key)
