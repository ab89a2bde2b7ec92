"""Lists in other orders than that of arrival. Source: RFC 8621 §4.4.2.

No index holds them: what the filter finds is sorted here, the same on both
databases, and so only as far as that many can be sorted while somebody waits.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from poststelle.mime.encoded_words import normal
from poststelle.model.errors import Invalid
from poststelle.model.filter import Filter
from poststelle.model.ids import AccountId, MessageId, ThreadId
from poststelle.model.message import Message
from poststelle.model.order import SortKey
from poststelle.store import lists, messages, sort_keys, threads
from poststelle.store.lists import Shape
from poststelle.store.sort_keys import SortFacts, ThreadKeywords
from poststelle.store.tx import Check, ReadTx

MOST_SORTED = 100_000
# What answers and forwards put before a subject, and after it. Source: RFC 5256 §2.1; German programs' words.
_BEFORE = re.compile(r"\s*(?:(?:re|fwd?|aw|wg)\s*(?:\[[^\[\]]*\]\s*)?:|\[[^\[\]]*\](?=\s*\S))", re.IGNORECASE)
_AFTER = "(fwd)"
_MOST_TAKEN_OFF = 50
LONGEST_SORTED = 1_000
"""Characters of a text that decide about its place."""


def sorted_ids(
    tx: ReadTx, account: AccountId, where: Filter, keys: Sequence[SortKey], *, is_collapsed: bool
) -> list[MessageId]:
    """The whole list; what is equal comes newest first. Collapsed: the first of each thread.

    Raises Invalid (``too_many_to_sort``).
    """
    found = lists.ids(tx, account, where, Shape(), position=0, limit=MOST_SORTED + 1)
    _check_count(len(found))
    facts = {fact.id: fact for fact in sort_keys.facts(tx, account, found)}
    ordered = _sorted(tx, account, [facts[i] for i in found if i in facts], keys)
    return [fact.id for fact in (_first_of_threads(ordered) if is_collapsed else ordered)]


def tied_ids(
    tx: ReadTx,
    account: AccountId,
    where: Filter,
    shape: Shape,
    further: Sequence[SortKey],
    *,
    position: int,
    limit: int,
) -> list[MessageId]:
    """A part of a list by arrival in which ``further`` keys sort what arrived at the same instant.

    Only these instants are sorted here. Not for words. Raises Invalid (``too_many_to_sort``).
    """
    found = lists.ids(tx, account, where, shape, position=position, limit=limit)
    ends = {m.id: m for m in messages.get_many(tx, account, list({*found[:1], *found[-1:]}))}
    if not ends:
        return []
    start, _ = lists.instant(tx, account, where, shape, ends[found[0]])
    _, end = lists.instant(tx, account, where, shape, ends[found[-1]])
    return _instants(tx, account, where, shape, further, start, end)[position - start :][: len(found)]


def tied_place(
    tx: ReadTx,
    account: AccountId,
    where: Filter,
    shape: Shape,
    further: Sequence[SortKey],
    message: Message,
) -> int | None:
    """The message's index in such a list; None when it is not there. Raises as ``tied_ids``."""
    start, end = lists.instant(tx, account, where, shape, message)
    found = _instants(tx, account, where, shape, further, start, end)
    return start + found.index(message.id) if message.id in found else None


def _instants(
    tx: ReadTx,
    account: AccountId,
    where: Filter,
    shape: Shape,
    further: Sequence[SortKey],
    start: int,
    end: int,
) -> list[MessageId]:
    """The list from ``start`` to ``end``, both between two instants."""
    _check_count(end - start)
    found = lists.ids(tx, account, where, shape, position=start, limit=end - start)
    facts = sort_keys.facts(tx, account, found)
    if shape.is_collapsed:
        facts += _twins(tx, account, where, facts)
    facts.sort(key=lambda fact: fact.id, reverse=True)
    ordered = _sorted(tx, account, facts, [SortKey("receivedAt", shape.is_ascending), *further])
    return [fact.id for fact in (_first_of_threads(ordered) if shape.is_collapsed else ordered)]


def _twins(tx: ReadTx, account: AccountId, where: Filter, shown: Sequence[SortFacts]) -> list[SortFacts]:
    """What arrived with those by which their threads are shown, and could stand for these as well."""
    instants = {fact.thread_id: fact.received_at for fact in shown}
    ids = [i for found in threads.many(tx, account, list(instants)).values() for i in found]
    others = set(ids) - {fact.id for fact in shown}
    facts = sort_keys.facts(tx, account, sorted(others))
    alike = {fact.id: fact for fact in facts if fact.received_at == instants[fact.thread_id]}
    picked = lists.pick(tx, account, where, Shape(), messages.get_many(tx, account, list(alike)))
    return [alike[i] for i in picked]


def _check_count(count: int) -> None:
    if count > MOST_SORTED:
        raise Invalid("sort", "too_many_to_sort", f"At most {MOST_SORTED} messages can be sorted so.")


def _sorted(
    tx: ReadTx, account: AccountId, ordered: list[SortFacts], keys: Sequence[SortKey]
) -> list[SortFacts]:
    """Sorted by all keys; what is equal stays in its order."""
    by_thread: Mapping[ThreadId, ThreadKeywords] = {}
    of_threads = [key.keyword for key in keys if key.property.endswith("InThreadHaveKeyword")]
    if of_threads:
        threads = (fact.thread_id for fact in ordered)
        by_thread = sort_keys.thread_keywords(tx, account, threads, of_threads)
    for key in reversed(keys):  # sorting keeps the order of what is equal
        ordered.sort(key=_asking(tx.check, _value_of(key, by_thread)), reverse=not key.is_ascending)
    return ordered


def _asking(check: Check, value: Callable[[SortFacts], Any]) -> Callable[[SortFacts], Any]:
    """As ``value``, unless the read is to end: many texts take longer than to read them."""

    def asked(fact: SortFacts) -> Any:
        check()
        return value(fact)

    return asked


def base_subject(subject: str) -> str:
    """The subject without what answering and forwarding put around it, in one form for all spellings."""
    text = subject[:LONGEST_SORTED]
    for _ in range(_MOST_TAKEN_OFF):
        before = _BEFORE.match(text)
        shorter = _without_after(text[before.end() :] if before else text)
        if shorter == text:
            break
        text = shorter
    return _folded(text)


def _without_after(text: str) -> str:
    end = text.rstrip()
    return end[: -len(_AFTER)] if end[-len(_AFTER) :].lower() == _AFTER else text


def _value_of(key: SortKey, threads: Mapping[ThreadId, ThreadKeywords]) -> Callable[[SortFacts], Any]:
    none = ThreadKeywords(frozenset(), frozenset())
    match key.property:
        case "receivedAt":
            return lambda fact: fact.received_at
        case "sentAt":
            return lambda fact: (fact.sent_at is not None, fact.sent_at or 0)
        case "size":
            return lambda fact: fact.size
        case "from":
            return lambda fact: _folded(fact.sender)
        case "to":
            return lambda fact: _folded(fact.recipient)
        case "subject":
            return lambda fact: base_subject(fact.subject)
        case "hasKeyword":
            return lambda fact: key.keyword in fact.keywords
        case "allInThreadHaveKeyword":
            return lambda fact: key.keyword in threads.get(fact.thread_id, none).of_all
        case _:
            return lambda fact: key.keyword in threads.get(fact.thread_id, none).of_some


def _folded(text: str) -> str:
    return normal(text[:LONGEST_SORTED].strip()).casefold()


def _first_of_threads(ordered: Sequence[SortFacts]) -> list[SortFacts]:
    seen: dict[ThreadId, SortFacts] = {}
    for fact in ordered:
        seen.setdefault(fact.thread_id, fact)
    return list(seen.values())
