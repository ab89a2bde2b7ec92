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
from poststelle.model.order import SortKey
from poststelle.store import lists, sort_keys
from poststelle.store.lists import Shape
from poststelle.store.sort_keys import SortFacts, ThreadKeywords
from poststelle.store.tx import ReadTx

MOST_SORTED = 100_000
# What answers and forwards put before a subject, and after it. Source: RFC 5256 §2.1; German programs' words.
_BEFORE = re.compile(r"\s*(?:(?:re|fwd?|aw|wg)\s*(?:\[[^\[\]]*\]\s*)?:|\[[^\[\]]*\](?=\s*\S))", re.IGNORECASE)
_AFTER = re.compile(r"\(fwd\)\s*\Z", re.IGNORECASE)
_MOST_TAKEN_OFF = 50


def sorted_ids(
    tx: ReadTx, account: AccountId, where: Filter, keys: Sequence[SortKey], *, is_collapsed: bool
) -> list[MessageId]:
    """The whole list; what is equal comes newest first. Collapsed: the first of each thread.

    Raises Invalid (``too_many_to_sort``).
    """
    found = lists.ids(tx, account, where, Shape(), position=0, limit=MOST_SORTED + 1)
    if len(found) > MOST_SORTED:
        raise Invalid("sort", "too_many_to_sort", f"At most {MOST_SORTED} messages can be sorted so.")
    facts = {fact.id: fact for fact in sort_keys.facts(tx, account, found)}
    ordered = [facts[i] for i in found if i in facts]
    threads: Mapping[ThreadId, ThreadKeywords] = {}
    if any(key.property.endswith("InThreadHaveKeyword") for key in keys):
        threads = sort_keys.thread_keywords(tx, account, (fact.thread_id for fact in ordered))
    for key in reversed(keys):  # sorting keeps the order of what is equal
        ordered.sort(key=_value_of(key, threads), reverse=not key.is_ascending)
    return [fact.id for fact in (_first_of_threads(ordered) if is_collapsed else ordered)]


def base_subject(subject: str) -> str:
    """The subject without what answering and forwarding put around it, in one form for all spellings."""
    text = subject
    for _ in range(_MOST_TAKEN_OFF):
        shorter = _AFTER.sub("", _BEFORE.sub("", text, count=1) if _BEFORE.match(text) else text)
        if shorter == text:
            break
        text = shorter
    return _folded(text)


def _value_of(key: SortKey, threads: Mapping[ThreadId, ThreadKeywords]) -> Callable[[SortFacts], Any]:
    none = ThreadKeywords(frozenset(), frozenset())
    match key.property:
        case "receivedAt":
            return lambda fact: fact.received_at
        case "sentAt":
            return lambda fact: fact.received_at if fact.sent_at is None else fact.sent_at
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
    return normal(text.strip()).casefold()


def _first_of_threads(ordered: Sequence[SortFacts]) -> list[SortFacts]:
    seen: dict[ThreadId, SortFacts] = {}
    for fact in ordered:
        seen.setdefault(fact.thread_id, fact)
    return list(seen.values())
