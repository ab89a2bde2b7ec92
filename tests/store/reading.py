"""A search that reads every message: slow, and plainly right. What the index finds is compared with it."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from tests.store.mailbox import NOW, Mailbox, item, page

from poststelle.mail import indexing, terms
from poststelle.model.filter import Combined, Filter, InThread, Operator
from poststelle.model.ids import AccountId, MessageId
from poststelle.model.message import DRAFT, FLAGGED, SEEN, Address, Body, Message
from poststelle.model.search import Content, Field, Term
from poststelle.store import attachments, bodies, lists, messages
from poststelle.store.lists import Shape
from poststelle.store.tx import ReadTx

VOCABULARY = (
    "Müller", "Mueller", "muller", "Rechnung", "rechnung", "Straße", "Strasse", "Angebot", "offer", "4711",
    "neue", "Neuer", "anna@berger.example", "E-Mail", "blue", "für", "fuer", "Übergabe",
)  # fmt: skip
FOLDERS = ("Inbox", "Objects")


async def fill(
    mailbox: Mailbox, chance: random.Random, count: int = 40, *, is_prepared: bool = False
) -> None:
    """Messages of few words, many of them in the same second, in a dozen threads over two folders."""

    def words(most: int) -> str:
        return " ".join(chance.choice(VOCABULARY) for _ in range(chance.randint(0, most)))

    for folder in FOLDERS:
        items = [
            item(
                f"{folder}{n}",
                folder,
                minutes=chance.randrange(8),
                thread_key=f"T{chance.randrange(12)}",
                subject=words(4),
                from_=(Address(words(2), chance.choice(("anna@berger.example", "mueller@amt.example"))),),
                cc=(Address(words(2), ""),) if chance.random() < 0.3 else (),
                body=Body("text/plain", words(12)),
                is_seen=chance.random() < 0.6,
                is_flagged=chance.random() < 0.3,
                has_attachment=chance.random() < 0.3,
                size=chance.randrange(2000),
            )
            for n in range(count // 2)
        ]
        await mailbox.pull(folder, page(*items), is_prepared=is_prepared)


class Reading:
    """The visible messages of an account as they are stored."""

    def __init__(self, tx: ReadTx, account: AccountId) -> None:
        ids = [MessageId(row["id"]) for row in tx.all("list_remote_ids", account=account)]
        self.messages = messages.get_many(tx, account, ids)
        self.docs = {row["id"]: row["doc"] for row in tx.all("get_documents", account=account, ids=ids)}
        self.contents = {message.id: _content(tx, message) for message in self.messages}

    def find(
        self, where: Filter, *, is_ascending: bool = False, is_collapsed: bool = False
    ) -> list[MessageId]:
        """The whole list, as the rule says."""

        def place(message: Message) -> Any:
            return self.docs[message.id] if where.terms else (message.received_at, message.id)

        found = sorted(
            (m for m in self.messages if self._holds(m, where)), key=place, reverse=not is_ascending
        )
        first = {m.thread_id: m.id for m in reversed(found)}
        return [m.id for m in found if not is_collapsed or first[m.thread_id] == m.id]

    def _holds(self, message: Message, where: Filter) -> bool:
        content = self.contents[message.id]
        return (
            fits(message, where)
            and all(self._in_thread(message, one) for one in where.in_thread)
            and all(_header(message, field) for field in where.headers)
            and all(is_found(content, term) for term in where.terms)
            and all(self._combined(message, part) for part in where.parts)
        )

    def _in_thread(self, message: Message, one: InThread) -> bool:
        thread = [m for m in self.messages if m.thread_id == message.thread_id]
        marked = [one.keyword in _keywords(m) for m in thread]
        return {"all": all(marked), "some": any(marked), "none": not any(marked)}[one.which]

    def _combined(self, message: Message, part: Combined) -> bool:
        held = [self._holds(message, one) for one in part.of]
        return {Operator.AND: all(held), Operator.OR: any(held), Operator.NOT: not any(held)}[part.operator]


def misfound(tx: ReadTx, account: AccountId) -> list[str]:
    """The words by which the index finds other messages than those that hold them."""
    reading = Reading(tx, account)
    found = []
    for word in sorted({word for content in reading.contents.values() for word in _words(content)}):
        where = Filter(terms=(Term((word,)),))
        ids = lists.ids(tx, account, where, Shape(), position=0, limit=len(reading.messages) + 1)
        wanted = {i for i, content in reading.contents.items() if is_found(content, where.terms[0])}
        if set(ids) != wanted or len(ids) != len(wanted):
            found.append(f"{word!r} is found in {sorted(ids)}, not in {sorted(wanted)}")
    return found


def is_found(content: Content, term: Term) -> bool:
    """Whether the words of a term follow one another in one field."""
    fields = [term.field] if term.field else list(Field)
    return bool(term.words) and any(_follow(getattr(content, f.value).split(), term) for f in fields)


def some_filter(chance: random.Random, mailbox: Mailbox, depth: int = 0) -> Filter:
    """Any filter there may be."""

    def words() -> tuple[Term, ...]:
        said = " ".join(chance.choice(VOCABULARY) for _ in range(chance.randint(1, 2)))
        quoted = f'"{said}"' if chance.random() < 0.3 else said
        begun = said[: chance.randint(1, 4)] + "*" if chance.random() < 0.2 else quoted
        return terms.parse(begun, chance.choice((None, None, None, *Field)))

    says: dict[str, Callable[[], Any]] = {
        "terms": words,
        "in_folder": lambda: mailbox.folder_ids[chance.choice(FOLDERS)],
        "not_in_folders": lambda: frozenset({mailbox.folder_ids[chance.choice(FOLDERS)]}),
        "has_keywords": lambda: frozenset({chance.choice((SEEN, FLAGGED))}),
        "not_keywords": lambda: frozenset({chance.choice((SEEN, FLAGGED))}),
        "before": lambda: NOW + timedelta(minutes=chance.randrange(8)),
        "after": lambda: NOW + timedelta(minutes=chance.randrange(8)),
        "has_attachment": lambda: chance.random() < 0.5,
        "min_size": lambda: chance.randrange(1000),
        "max_size": lambda: chance.randrange(2000),
        "in_thread": lambda: frozenset({InThread(chance.choice(("all", "some", "none")), SEEN)}),  # type: ignore[arg-type]  # literals
        "headers": lambda: frozenset({chance.choice((Field.SUBJECT, Field.CC))}),
    }
    chosen = {name: says[name]() for name in chance.sample(sorted(says), chance.choice((0, 1, 1, 2)))}
    if chance.random() < 0.6:
        chosen["terms"] = words()
    if depth < 2 and chance.random() < 0.5:
        of = tuple(some_filter(chance, mailbox, depth + 1) for _ in range(chance.randint(0, 3)))
        chosen["parts"] = (Combined(chance.choice(list(Operator)), of),)
    return Filter(**chosen)


def _content(tx: ReadTx, message: Message) -> Content:
    body = bodies.get(tx, message.account_id, message.id)
    people = {
        name: [(a.name, a.email) for a in found]
        for name, found in (("from", message.from_), ("to", message.to), ("cc", message.cc))
    }
    listed = attachments.get(tx, message.account_id, message.id) or ()
    text = indexing.text_of(body) if body else ""
    return indexing.content_of(message.subject, people, text, " ".join(a.name for a in listed))


def fits(message: Message, where: Filter) -> bool:
    """What a filter says of a message's own facts, said once more and slowly."""
    keywords = _keywords(message)
    return (
        (where.in_folder is None or where.in_folder in message.folder_ids)
        and bool(set(message.folder_ids) - where.not_in_folders)
        and where.has_keywords <= keywords
        and not where.not_keywords & keywords
        and (where.before is None or message.received_at < where.before)
        and (where.after is None or message.received_at >= where.after)
        and (where.min_size is None or message.size >= where.min_size)
        and (where.max_size is None or message.size < where.max_size)
        and where.has_attachment in {None, message.has_attachment}
    )


def _keywords(message: Message) -> set[str]:
    flags = message.mutable
    marks = ((SEEN, flags.is_seen), (FLAGGED, flags.is_flagged), (DRAFT, flags.is_draft))
    return {name for name, on in marks if on}


def _words(content: Content) -> set[str]:
    return set(" ".join(getattr(content, field.value) for field in Field).split())


def _header(message: Message, field: Field) -> bool:
    return bool(message.subject if field is Field.SUBJECT else message.cc)


def _follow(words: Sequence[str], term: Term) -> bool:
    size, last = len(term.words), term.words[-1]
    return any(
        tuple(words[at : at + size - 1]) == term.words[:-1]
        and (words[at + size - 1].startswith(last) if term.is_prefix else words[at + size - 1] == last)
        for at in range(len(words) - size + 1)
    )
