"""The nightly proof of the audit trail's chains and of the archives: what is due, in whose hands, what came.

A claim as for checks: it ends by itself, and who has lost it changes nothing any more.
"""

from collections.abc import Iterable, Sequence
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


UNREADABLE = "unreadable"
"""Why of a fault: what was noted of a proof is nothing that we have written."""


class Fault(NamedTuple):
    """An entry that does not hold, and why: a word of the proof, or ``UNREADABLE``."""

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
    """What the last proof came to, as programs kept it that did not seal it; ``mac`` is its writer's."""

    kind: Kind
    subject: int
    proven_at: datetime
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


def end(tx: Tx, held: Held, due_at: datetime) -> bool:
    """It is through, and the next one is due then; False: it is in others' hands by now. What it came to is
    kept by ``settings.integrity``, also where the database does not take that it is through."""
    if tx.one("holds_proof", **_which(held)) is None:
        return False
    tx.run("end_proof", due_at=to_ms(due_at), **_which(held))
    return True


def are_there(tx: ReadTx) -> set[tuple[Kind, int]]:
    """Of what proofs are made."""
    return {(Kind(row["kind"]), row["subject"]) for row in tx.all("list_proofs") if row["kind"] in set(Kind)}


def list_unsealed(tx: ReadTx) -> list[Outcome]:
    return [
        Outcome(
            Kind(row["kind"]),
            row["subject"],
            from_ms(row["proven_at"]),
            row["entries"],
            _faults(row["broken"]),
            row["mac"],
        )
        for row in tx.all("list_proofs")
        if row["mac"] and row["kind"] in set(Kind) and isinstance(row["proven_at"], int)
    ]


def want(tx: Tx, kind: Kind, subjects: Iterable[int], now: datetime) -> None:
    """These are proven again now, from the beginning: a proof that is in hand may have passed what is to be
    looked at, and comes to nothing."""
    tx.many("want_proof", [{"kind": kind.value, "subject": one, "now": to_ms(now)} for one in subjects])


def written(faults: Sequence[Fault]) -> str:
    return msgspec.json.encode(list(faults)).decode()


def _faults(text: str) -> tuple[Fault, ...]:
    """What others have written there is a fault of its own: the proof goes on."""
    try:
        return tuple(msgspec.json.decode(text, type=list[Fault]))
    except (TypeError, msgspec.MsgspecError):
        return (Fault(0, UNREADABLE),)


def _which(held: Held) -> dict[str, str | int]:
    return {"kind": held.kind.value, "subject": held.subject, "holder": held.holder}
