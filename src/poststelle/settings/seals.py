"""What there must be of the audit trail and of archives: one sealed note, so that nothing goes unnoticed.

Hashes chain the entries, anchors seal the chains' ends. Who has the database without the key could still take
out a whole chain or archive, or add entries that excuse what was taken out. So how many chains are sealed,
which archives there are, and the secret that proves such excuses lie in one setting, sealed with the key
ring. It is made at the first start and never again while anything is sealed: taking it away is noticed, and
who takes all seals away leaves a trail that is sealed since that day only.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from poststelle.auth.crypto import CannotOpen, KeyRing
from poststelle.lib.clock import from_ms, to_ms
from poststelle.settings.schema import AUDIT_MONTHS
from poststelle.store import archive, audit, settings
from poststelle.store.tx import ReadTx, Tx

KEY = "seals"
_OLD_CHAINS, _OLD_ARCHIVES = "audit.sealed_chains", "archive.sealed"
OLD_KEYS = frozenset({_OLD_CHAINS, _OLD_ARCHIVES})
_SECRET_OCTETS = 32


@dataclass(frozen=True, slots=True)
class Seals:
    """``since``: when sealing began. ``chains``: how many of the audit trail's have an anchor. ``archives``:
    of which accounts there are. ``unproven``: by chain, up to which number its entries are older than
    ``secret``, with which later ones prove what they say (``proof``). ``audit_months``, ``archive_months``
    (by account): for how long people have said that entries are kept, which is believed from here alone."""

    since: datetime
    chains: int = 0
    archives: frozenset[int] = frozenset()
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(_SECRET_OCTETS))
    unproven: dict[int, int] = field(default_factory=dict)
    audit_months: int | None = None
    archive_months: dict[int, int] = field(default_factory=dict)

    def proof(self, *said: object) -> str:
        """What only who knows the secret can say of this: HMAC-SHA-256, hexadecimal (RFC 2104)."""
        return hmac.digest(self.secret, msgspec.json.encode(said), "sha256").hex()

    def proves(self, proof: object, *said: object) -> bool:
        return isinstance(proof, str) and hmac.compare_digest(proof.encode(), self.proof(*said).encode())


class _Told(msgspec.Struct, array_like=True):
    """``Seals`` as it is sealed."""

    since: int
    chains: int
    archives: list[int]
    secret: str
    unproven: dict[int, int]
    audit_months: int | None
    archive_months: dict[int, int]


def read(tx: ReadTx, ring: KeyRing) -> Seals | None:
    """None: nothing is sealed yet, or the note was taken away. Raises CannotOpen."""
    stored = settings.get(tx, KEY)
    if stored is None or stored.sealed is None:
        return None
    told = msgspec.json.decode(ring.open(stored.sealed, KEY), type=_Told)
    return Seals(
        from_ms(told.since),
        told.chains,
        frozenset(told.archives),
        bytes.fromhex(told.secret),
        told.unproven,
        told.audit_months,
        told.archive_months,
    )


def write(tx: Tx, ring: KeyRing, seals: Seals, now: datetime) -> None:
    said = _Told(
        to_ms(seals.since),
        seals.chains,
        sorted(seals.archives),
        seals.secret.hex(),
        seals.unproven,
        seals.audit_months,
        seals.archive_months,
    )
    settings.upsert(tx, KEY, sealed=ring.seal(msgspec.json.encode(said), KEY), at=now, by=None)


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


def hexadecimal(hash_: bytes | None) -> str:
    return "" if hash_ is None else hash_.hex()


def begin(tx: Tx, ring: KeyRing, now: datetime) -> None:
    """At each start, before anything is sealed."""
    current(tx, ring, now)


def is_taken_away(tx: ReadTx) -> bool:
    """Whether something is sealed, and the note is not there."""
    return settings.get(tx, KEY) is None and _is_anything_sealed(tx)


def _is_anything_sealed(tx: ReadTx) -> bool:
    return audit.anchored_chains(tx) > 0 or any(one.anchor for one in archive.list_all(tx))


def _made(tx: Tx, ring: KeyRing, now: datetime) -> Seals | None:
    """With what programs before this note had sealed, each by itself. Raises CannotOpen."""
    chains, archives = (_opened(tx, ring, key) for key in (_OLD_CHAINS, _OLD_ARCHIVES))
    if chains is None and archives is None and _is_anything_sealed(tx):
        return None
    for key in OLD_KEYS:
        settings.destroy(tx, key)
    return Seals(
        now,
        chains=int(chains or 0),
        archives=frozenset(msgspec.json.decode(archives, type=list[int]) if archives else []),
        unproven={chain.number: chain.length for chain in audit.chains(tx) if chain.base},
        audit_months=_kept_months(tx),
        archive_months={
            one.account_id: one.keep_months for one in archive.list_all(tx) if one.keep_months is not None
        },
    )


def _kept_months(tx: ReadTx) -> int | None:
    stored = settings.get(tx, AUDIT_MONTHS.key)
    return None if stored is None or stored.value is None else int(stored.value)


def _opened(tx: ReadTx, ring: KeyRing, key: str) -> bytes | None:
    stored = settings.get(tx, key)
    return None if stored is None or stored.sealed is None else ring.open(stored.sealed, key)
