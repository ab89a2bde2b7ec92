"""What lists are sorted by, of many messages at once and nothing else of them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from poststelle.model.ids import AccountId, MessageId, ThreadId
from poststelle.store.conditions import KEYWORDS
from poststelle.store.tx import ReadTx, Row

_CHUNK = 1_000


class SortFacts(NamedTuple):
    """Instants are milliseconds; ``sender`` and ``recipient`` are the first one's name, else address."""

    id: MessageId
    thread_id: ThreadId
    received_at: int
    sent_at: int | None
    size: int
    subject: str
    sender: str
    recipient: str
    keywords: frozenset[str]


class ThreadKeywords(NamedTuple):
    """Keywords of all, and of some, of a thread's visible messages."""

    of_all: frozenset[str]
    of_some: frozenset[str]


class _People(msgspec.Struct, rename={"from_": "from"}):
    from_: list[list[str]] = []
    to: list[list[str]] = []


_DECODER = msgspec.json.Decoder(_People)


def facts(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> list[SortFacts]:
    """Of the messages that are there, in any order."""
    rows = (row for chunk in _chunks(ids) for row in tx.all("get_sort_keys", account=account, ids=chunk))
    return [_facts(row) for row in rows]


def thread_keywords(
    tx: ReadTx, account: AccountId, threads: Iterable[ThreadId]
) -> dict[ThreadId, ThreadKeywords]:
    rows = (
        row
        for chunk in _chunks(sorted(set(threads)))
        for row in tx.all("get_thread_keywords", account=account, ids=chunk)
    )
    return {
        ThreadId(row["thread_id"]): ThreadKeywords(_named(row, "all_"), _named(row, "some_")) for row in rows
    }


def _facts(row: Row) -> SortFacts:
    people = _DECODER.decode(row["addresses"])
    return SortFacts(
        id=MessageId(row["id"]),
        thread_id=ThreadId(row["thread_id"]),
        received_at=row["received_at"],
        sent_at=row["sent_at"],
        size=row["size"],
        subject=row["subject"],
        sender=_first(people.from_),
        recipient=_first(people.to),
        keywords=_named(row, "is_"),
    )


def _first(people: Sequence[Sequence[str]]) -> str:
    return next((name or email for name, email in people), "")


def _named(row: Row, prefix: str) -> frozenset[str]:
    return frozenset(k for k, name in KEYWORDS.items() if row[prefix + name])


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
