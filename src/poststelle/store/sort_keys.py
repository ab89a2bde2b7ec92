"""What lists are sorted by, of many messages at once and nothing else of them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from poststelle.model.ids import AccountId, MessageId, ThreadId
from poststelle.model.message import as_keyword
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
    tx: ReadTx, account: AccountId, threads: Iterable[ThreadId], wanted: Collection[str]
) -> Mapping[ThreadId, ThreadKeywords]:
    """Of those keywords that are ``wanted``; others may be told too."""
    ids = sorted(set(threads))
    rows = (
        row for chunk in _chunks(ids) for row in tx.all("get_thread_keywords", account=account, ids=chunk)
    )
    found = {
        ThreadId(row["thread_id"]): ThreadKeywords(_named(row, "all_"), _named(row, "some_")) for row in rows
    }
    if KEYWORDS.keys() >= set(wanted):
        return found
    labels = _thread_labels(tx, account, ids)
    none = ThreadKeywords(frozenset(), frozenset())
    return {i: ThreadKeywords(*map(frozenset.union, found[i], labels.get(i, none))) for i in found}


def _thread_labels(
    tx: ReadTx, account: AccountId, ids: Sequence[ThreadId]
) -> Mapping[ThreadId, ThreadKeywords]:
    """Of the keywords that have no column: those of each message are read."""
    found: dict[ThreadId, ThreadKeywords] = {}
    for chunk in _chunks(ids):
        for row in tx.all("get_thread_labels", account=account, ids=chunk):
            labels, thread = _labels(row), ThreadId(row["thread_id"])
            before = found.get(thread, ThreadKeywords(labels, labels))
            found[thread] = ThreadKeywords(before.of_all & labels, before.of_some | labels)
    return found


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
        keywords=_named(row, "is_") | _labels(row),
    )


def _first(people: Sequence[Sequence[str]]) -> str:
    return next((name or email for name, email in people), "")


def _named(row: Row, prefix: str) -> frozenset[str]:
    return frozenset(k for k, name in KEYWORDS.items() if row[prefix + name])


def _labels(row: Row) -> frozenset[str]:
    """The further keywords, and the categories that are some."""
    if row["keywords"] == row["categories"] == "[]":
        return frozenset()
    named = (as_keyword(one) for one in msgspec.json.decode(row["categories"], type=list[str]))
    return frozenset(msgspec.json.decode(row["keywords"], type=list[str])).union(one for one in named if one)


def _chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
