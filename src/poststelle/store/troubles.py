"""What needs a person, and of what administrators were told.

    seen ──gone──> forgotten
      └──told──> told ──gone──> over ──told──> forgotten
                  └──────back───────┘

Who tells claims it first, so that of several processes one does; a claim ends by itself, and it is told anew.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import AccountId
from poststelle.store.tx import ReadTx, Tx


@dataclass(frozen=True, slots=True)
class Queue:
    """How much of an account waits for the provider, and since when the oldest of it."""

    total: int
    since: datetime


@dataclass(frozen=True, slots=True)
class TroubleRow:
    """``since``: when it was first seen. ``id`` names it for as long as it lasts."""

    id: str
    since: datetime
    told_at: datetime | None
    over_at: datetime | None


def queues(tx: ReadTx, now: datetime) -> dict[AccountId, Queue]:
    """Of each account where something waits. What is to be sent later does not."""
    rows = tx.all("list_queues", now=to_ms(now))
    return {AccountId(row["account_id"]): Queue(int(row["total"]), from_ms(row["since"])) for row in rows}


def list_all(tx: ReadTx) -> list[TroubleRow]:
    """The oldest first."""
    return [
        TroubleRow(row["id"], from_ms(row["since"]), _instant(row["told_at"]), _instant(row["over_at"]))
        for row in tx.all("list_troubles")
    ]


def note(tx: Tx, seen: Collection[str], now: datetime) -> None:
    """These there are now, and no others."""
    for known in list_all(tx):
        if known.id not in seen:
            tx.run("destroy_untold_trouble", id=known.id)
            tx.run("end_trouble", id=known.id, at=to_ms(now))
    tx.many("put_trouble", [{"id": id_, "since": to_ms(now)} for id_ in seen])


def claim(tx: Tx, ids: Iterable[str], now: datetime, ttl: timedelta) -> list[str]:
    """Those of them that nobody else is telling."""
    until, at = to_ms(now + ttl), to_ms(now)
    return [id_ for id_ in ids if tx.run("claim_trouble", id=id_, until=until, now=at) == 1]


def told(tx: Tx, ids: Iterable[str], now: datetime) -> None:
    """Of these administrators were told: that they are there, or that they are over."""
    for id_ in ids:
        tx.run("tell_trouble", id=id_, at=to_ms(now))
        tx.run("destroy_ended_trouble", id=id_)


def _instant(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)
