"""What is known of objects that hold octets somewhere else (``blobs.objects.Ledger``).

``place`` names where that is, for ever; an installation that has moved knows two. Several generations of the
same octets may be present at once, where two programs brought them at the same time: either will do.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.store.tx import ReadTx, Tx


class Object(NamedTuple):
    """``id``: of the time that it was stored. ``size`` in octets."""

    sha256: str
    id: str
    size: int


def find(tx: ReadTx, place: str, sha256: str) -> Object | None:
    """One that is present."""
    row = tx.one("get_blob_object", place=place, sha256=sha256)
    return None if row is None else Object(sha256, row["generation"], row["size"])


def touch(tx: Tx, place: str, hashes: Sequence[str], now: datetime) -> bool:
    """Have them count as stored now; False, and nothing is done, when one is not present."""
    if not all(find(tx, place, sha256) for sha256 in hashes):
        return False
    for sha256 in hashes:
        tx.run("touch_blob_object", place=place, sha256=sha256, now=to_ms(now))
    return True


def begin(tx: Tx, place: str, new: Object, now: datetime) -> bool:
    """``touch`` where it is present: True. Otherwise note that it is coming."""
    if touch(tx, place, [new.sha256], now):
        return True
    facts = {"sha256": new.sha256, "generation": new.id, "size": new.size}
    tx.run("insert_blob_object", place=place, **facts, now=to_ms(now))
    return False


def arrive(tx: Tx, place: str, new: Object, now: datetime) -> bool:
    """What was coming is there; False: it had been given up, and none like it is present.

    Where another is present by now, that one is touched and this one goes.
    """
    is_there = touch(tx, place, [new.sha256], now)
    told = {"place": place, "sha256": new.sha256, "generation": new.id, "now": to_ms(now)}
    return tx.run("settle_blob_object", **told, state="going" if is_there else "present") == 1 or is_there


def expel(tx: Tx, place: str, sha256: str, before: datetime) -> list[Object]:
    """Those that were stored before it count no more, and are going."""
    which = {"place": place, "sha256": sha256, "before": to_ms(before)}
    found = [
        Object(sha256, row["generation"], row["size"])
        for row in tx.all("list_expelled_blob_objects", **which)
    ]
    tx.run("expel_blob_objects", **which)
    return found


def lose(tx: Tx, place: str, lost: Object, now: datetime) -> None:
    """This one counts no more: its object is not there, or not whole."""
    tx.run("lose_blob_object", place=place, sha256=lost.sha256, generation=lost.id, now=to_ms(now))


def lost(tx: ReadTx, place: str, sha256: str) -> list[Object]:
    """Those whose objects were not there, the last one first."""
    rows = tx.all("list_lost_blob_objects", place=place, sha256=sha256)
    return [Object(sha256, row["generation"], row["size"]) for row in rows]


def regain(tx: Tx, place: str, found: Object, now: datetime) -> None:
    """Its object is there again: it counts as stored now."""
    tx.run("regain_blob_object", place=place, sha256=found.sha256, generation=found.id, now=to_ms(now))


def give_up(tx: Tx, place: str, before: datetime, lost_before: datetime) -> None:
    """What has been coming since before then is going, and what was lost before ``lost_before``."""
    for state, at in (("coming", before), ("lost", lost_before)):
        tx.run("give_up_blob_objects", place=place, state=state, before=to_ms(at))


def give_up_all(tx: Tx, place: str) -> None:
    """Whatever is coming is going: nothing arrives any more."""
    tx.run("give_up_all_blob_objects", place=place)


def going(tx: ReadTx, place: str, limit: int) -> list[Object]:
    """Those that are to be destroyed."""
    rows = tx.all("list_going_blob_objects", place=place, limit=limit)
    return [Object(row["sha256"], row["generation"], row["size"]) for row in rows]


def forget(tx: Tx, place: str, gone: Sequence[Object]) -> None:
    """They have been destroyed."""
    rows = [{"place": place, "sha256": one.sha256, "generation": one.id} for one in gone]
    tx.many("delete_gone_blob_object", rows)


def by_time(
    tx: ReadTx, place: str, at: datetime, since: datetime | None, after: tuple[int, str], limit: int
) -> list[tuple[int, str]]:
    """When (milliseconds) and what was last stored before ``at`` and not before ``since``, in this order."""
    rows = tx.all(
        "list_blob_objects_by_time",
        place=place,
        before=to_ms(at),
        since=0 if since is None else to_ms(since),
        at=after[0],
        after=after[1],
        limit=limit,
    )
    return [(row["stored_at"], row["sha256"]) for row in rows]


def every(tx: ReadTx, place: str, after: str, limit: int) -> list[Object]:
    """What is present, by its hashes from after ``after`` on; one of each."""
    rows = tx.all("list_blob_objects", place=place, after=after, limit=limit)
    return [Object(row["sha256"], row["generation"], row["size"]) for row in rows]
