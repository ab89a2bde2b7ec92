"""The programs that work on this store: each has a name, under which it holds claims, and a heart that beats.

A heart is a count that rises while its program lives. Whoever sees one stand still
for long enough frees what that program held: its clock is asked nothing, for
two machines may tell different times. Its leases end by themselves, sooner, by the
database's time (``sync.one_time``).
"""

from datetime import datetime

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.health import Condition, Process, ProcessFacts, ProcessRole
from poststelle.store import (
    checks,
    folder_ops,
    push_subscriptions,
    submissions,
    sync_states,
    webhooks,
    writeback_ops,
)
from poststelle.store.tx import ReadTx, Row, Tx


def of_drafts(name: str) -> str:
    """Under which name a program's loop that makes drafts holds its claims."""
    return f"{name}/drafts"


def of_sender(name: str) -> str:
    """Under which name a program's loop that sends holds its claims."""
    return f"{name}/sender"


def told_time(tx: ReadTx) -> datetime | None:
    """What the database's server says that the time is; None where there is no server."""
    row = tx.one("get_told_time")
    return None if row is None or row["told_ms"] is None else from_ms(row["told_ms"])


def beat(tx: Tx, name: str, beats: int = 1) -> None:
    """This program lives. ``beats``: how often its heart has beaten, should nobody have heard of it.

    One that was buried counts on: who saw it stand still before sees another number.
    """
    tx.run("beat", holder=name, beats=beats)


def beat_on(tx: Tx, name: str) -> bool:
    """This program lives on; False when others have taken it for dead, and have freed what it held."""
    return tx.run("beat_on", holder=name) == 1


def beats_of_others(tx: ReadTx, name: str) -> dict[str, int]:
    """How often the hearts of the others have beaten."""
    return {row["name"]: row["beats"] for row in tx.all("list_other_holders", holder=name)}


def beats(tx: ReadTx) -> dict[str, int]:
    """How often the hearts of programs have beaten that have not ended."""
    return beats_of_others(tx, "")


def describe(tx: Tx, facts: ProcessFacts, condition: Condition, now: datetime) -> None:
    """What the others may know of a program that has just beaten."""
    tx.run(
        "describe_holder",
        holder=facts.name,
        place=facts.place,
        role=facts.role.value,
        version=facts.version,
        host=facts.host,
        began_at=to_ms(facts.began_at),
        beat_at=to_ms(now),
        told=msgspec.json.encode(condition).decode(),
    )


def list_all(tx: ReadTx) -> list[Process]:
    """All that live, or died less than half a minute ago, the eldest first."""
    return [_process(row) for row in tx.all("list_holders")]


def bury(tx: Tx, name: str, beats: int) -> int | None:
    """Free what a program held, whose heart has not beaten since; None, and nothing is done, if it has.

    How many claims that were. What was on its way counts as attempted, for it may have been done.
    """
    if not tx.run("delete_holder_unless_alive", holder=name, beats=beats):
        return None
    return _free(tx, name)


def leave(tx: Tx, name: str) -> None:
    """This program ends, and holds nothing any more."""
    tx.run("delete_holder", holder=name)
    _free(tx, name)


def _free(tx: Tx, name: str) -> int:
    freed = writeback_ops.release_holder(tx, name) + folder_ops.release_holder(tx, name)
    freed += writeback_ops.release_holder(tx, of_drafts(name))
    freed += sync_states.release_holder(tx, name) + checks.release_holder(tx, name)
    freed += push_subscriptions.release_holder(tx, name) + webhooks.release_holder(tx, name)
    return freed + submissions.release_holder(tx, of_sender(name))


def _process(row: Row) -> Process:
    facts = ProcessFacts(
        name=row["name"],
        place=row["place"],
        role=ProcessRole(row["role"]),
        version=row["version"],
        host=row["host"],
        began_at=from_ms(row["began_at"]),
    )
    return Process(facts, from_ms(row["beat_at"]), _condition(row["told"]))


def _condition(told: str) -> Condition | None:
    """None where nothing was said, or by a program of another version in another way."""
    try:
        return msgspec.json.decode(told, type=Condition)
    except msgspec.ValidationError:
        return None
