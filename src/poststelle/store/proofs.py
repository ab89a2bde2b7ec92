"""The nightly proof of the audit trail's chains and of the archives: what is due, in whose hands, what came.

A claim as for checks: it ends by itself, and who has lost it changes nothing any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.store.tx import ReadTx, Tx


class Kind(StrEnum):
    """What is proven: a chain of the audit trail by its number, or an archive by its account's."""

    TRAIL = "trail"
    ARCHIVE = "archive"


class Fault(NamedTuple):
    """An entry that does not hold, and why: a word of the proof."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """A proof in hand. It has come up to entry ``reached`` (of an archive), and seen ``seen``."""

    kind: Kind
    subject: int
    holder: str
    reached: int
    seen: int
    found: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the last proof came to; ``proven_at`` None: none was through. ``mac`` is its writer's."""

    kind: Kind
    subject: int
    added_at: datetime
    proven_at: datetime | None
    entries: int
    broken: tuple[Fault, ...]
    mac: str


def add_missing(tx: Tx, now: datetime, due_at: datetime) -> None:
    """Every chain and archive that there is has its proof, first at ``due_at``."""
    when = {"now": to_ms(now), "due_at": to_ms(due_at)}
    tx.run("add_proofs_of_chains", **when)
    tx.run("add_proofs_of_archives", **when)
    tx.run("forget_proofs_of_archives")


def hold_next(tx: Tx, holder: str, now: datetime, until: datetime) -> Held | None:
    """Take the proof in hand that is most overdue; None: none is due, or all are in others' hands."""
    row = tx.one("next_proof", now=to_ms(now))
    if row is None:
        return None
    which = {"kind": row["kind"], "subject": row["subject"]}
    held = tx.one("hold_proof", holder=holder, now=to_ms(now), until=to_ms(until), **which)
    if held is None:
        return None
    kind = Kind(row["kind"])
    return Held(kind, row["subject"], holder, held["reached"], held["seen"], _faults(held["found"]))


def put_down(tx: Tx, held: Held, reached: int, seen: int, found: Sequence[Fault]) -> None:
    """A portion is done; whoever comes next goes on after entry ``reached``."""
    tx.run("put_proof_down", reached=reached, seen=seen, found=written(found), **_which(held))


def end(
    tx: Tx, held: Held, now: datetime, entries: int, broken: Sequence[Fault], mac: str, due_at: datetime
) -> None:
    """It is through; the next one is due then."""
    told = {"entries": entries, "broken": written(broken), "mac": mac}
    tx.run("end_proof", now=to_ms(now), due_at=to_ms(due_at), **told, **_which(held))


def list_all(tx: ReadTx) -> list[Outcome]:
    return [
        Outcome(
            Kind(row["kind"]),
            row["subject"],
            from_ms(row["added_at"]),
            None if row["proven_at"] is None else from_ms(row["proven_at"]),
            row["entries"],
            _faults(row["broken"]),
            row["mac"],
        )
        for row in tx.all("list_proofs")
    ]


def want(tx: Tx, kind: Kind, now: datetime) -> None:
    """Those of a kind that did not hold are proven again now: somebody may have mended them."""
    tx.run("want_proofs_of", kind=kind.value, now=to_ms(now))


def written(faults: Sequence[Fault]) -> str:
    return msgspec.json.encode(list(faults)).decode()


def _faults(text: str) -> tuple[Fault, ...]:
    return tuple(msgspec.json.decode(text, type=list[Fault]))


def _which(held: Held) -> dict[str, str | int]:
    return {"kind": held.kind.value, "subject": held.subject, "holder": held.holder}
