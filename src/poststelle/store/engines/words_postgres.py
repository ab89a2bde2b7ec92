"""The full-text index on PostgreSQL: each word as it is and with its field, and all words in their order.

``lexemes`` has a word of the subject as ``word`` and as ``/subject/word``, one of
the body as ``word`` alone, all without positions, of which PostgreSQL keeps no
more than 256 a word. Phrases, and words that must be in the body, are looked for
in ``words``, where each field begins with its name and a dot before it. GIN gathers
the words of a batch and takes them in together (``TIDY``): that costs less than a
row at a time, and what lies gathered is read by every search, so it is never much
(``MANY``). The server's vacuum takes in the rest.

Source: PostgreSQL, "Text Search Types", "GIN Indexes".
"""

from collections.abc import Iterable, Iterator, Sequence

from poststelle.model.search import ACCOUNT_BITS, FIELDS, Content, Entry, Field, Term

SCHEMA = """
create table message_words (
    account_id bigint not null,
    rowid bigint not null,
    words text not null,
    lexemes tsvector not null,
    primary key (account_id, rowid)
) {partitioned message_words};
create index message_words_by_lexeme on message_words using gin (lexemes);
"""
BY_ACCOUNT = f"""
alter table message_words
    add column if not exists account_id bigint not null generated always as (rowid >> {ACCOUNT_BITS}) stored;
alter table message_words alter column account_id drop expression if exists;
alter table message_words drop constraint message_words_pkey, add primary key (account_id, rowid);
"""
"""The column and key of ``SCHEMA`` for a table without them, in one reading of it."""
TIDY = """
select gin_clean_pending_list(i.oid)
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_am a on a.oid = i.relam
where a.amname = 'gin' and i.relkind = 'i' and (x.indrelid = 'message_words'::regclass or x.indrelid in (
    select p.inhrelid from pg_inherits p where p.inhparent = 'message_words'::regclass))
"""
"""For the table, or each of its partitions."""
MANY = 50
"""So many messages' words are gathered by a process at most: a search reads them in less than a millisecond.

Taking them in costs a millisecond or two, however few they are."""
INSERT = """
insert into message_words (account_id, rowid, words, lexemes)
values (%s, %s, %s, array_to_tsvector(string_to_array(%s, ' ')))
"""
"""One text of all lexemes, none of which holds a blank: the driver takes long for a list of so many."""
DELETE = "delete from message_words where account_id = %s and rowid = any(%s::bigint[])"


def rows(entries: Iterable[Entry]) -> Iterator[tuple[int, int, str, str]]:
    """The rows of ``INSERT``."""
    for entry in entries:
        content = entry.content
        yield entry.account, entry.doc, _in_order(content), " ".join(_lexemes(content))


def query(terms: Sequence[Term]) -> str:
    """A tsquery that everything matching all terms matches."""
    if not all(term.words for term in terms):
        return "'/' & !'/'"
    return " & ".join(lexeme for term in terms for lexeme in _query(term))


def phrases(terms: Sequence[Term]) -> list[str]:
    """What ``words`` must be like for phrases in any field. Words hold no signs."""
    return [f"% {_ending(term)}%" for term in terms if term.field is None and len(term.words) > 1]


def patterns(terms: Sequence[Term]) -> list[str]:
    """Regular expressions, which cost more, for phrases in one field, and for words in the body."""
    return [
        f" [.]{term.field.value} ([^.]* )?{_ending(term)}"
        for term in terms
        if term.field and (len(term.words) > 1 or term.field is Field.BODY)
    ]


def _in_order(content: Content) -> str:
    found = (f".{name} {' '.join(getattr(content, name).split())}" for name in FIELDS)
    return f" {' '.join(found)} "


def _lexemes(content: Content) -> set[str]:
    found: set[str] = set()
    for name in FIELDS:
        words = getattr(content, name).split()
        found.update(words)
        if name != Field.BODY.value:
            found.update(f"/{name}/{word}" for word in words)
    return found


def _query(term: Term) -> Iterator[str]:
    field = f"/{term.field.value}/" if term.field and term.field is not Field.BODY else ""
    for number, word in enumerate(term.words, 1):
        may_go_on = term.is_prefix and number == len(term.words)
        yield f"'{field}{word}'{':*' if may_go_on else ''}"


def _ending(term: Term) -> str:
    """The words, and the blank that ends the last one unless it may go on."""
    return " ".join(term.words) + ("" if term.is_prefix else " ")
