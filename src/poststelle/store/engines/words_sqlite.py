"""The full-text index on SQLite: FTS5 without the text itself, given words that are folded already.

The tokenizer takes everything between blanks as it is. Source: SQLite, "FTS5 Extension", "Contentless-Delete
Tables", "The 'automerge' Configuration Option", "The 'merge' Command".
"""

from collections.abc import Iterable, Sequence

from poststelle.model.search import FIELDS, Entry, Term

SCHEMA = f"""
create virtual table message_words using fts5(
    {", ".join(FIELDS)}, content='', contentless_delete=1, tokenize='ascii'
);
"""
# Words that come in bulk are put together late, when nothing else is to be done (``TIDY``): a third less work
# than by fours at every commit.
SETTINGS = "insert into message_words (message_words, rank) values ('automerge', 16)"
TIDY = "insert into message_words (message_words, rank) values ('merge', 250)"
"""Put together up to a megabyte of parts of the index; fewer than two changes: there was nothing to do."""

INSERT = f"insert into message_words (rowid, {', '.join(FIELDS)}) values (?{', ?' * len(FIELDS)})"  # noqa: S608
DELETE = "delete from message_words where rowid in (select value from json_each(?))"
NOTHING = '""'


def rows(entries: Iterable[Entry]) -> Iterable[tuple[int | str, ...]]:
    """The rows of ``INSERT``."""
    return ((doc, c.subject, c.from_, c.to_, c.cc, c.bcc, c.body, c.files) for doc, c in entries)


def expression(terms: Sequence[Term]) -> str:
    """What matches all terms, in FTS5's language. Words hold no signs, so quotes are enough."""
    return " AND ".join(map(_term, terms)) if all(term.words for term in terms) else NOTHING


def _term(term: Term) -> str:
    field = f"{term.field.value} : " if term.field else ""
    return f'{field}"{" ".join(term.words)}"{" *" if term.is_prefix else ""}'
