"""The named statements of ``sql/*.sql``: one neutral text, made fit for each driver here.

A statement begins with ``-- name: get_folder``. Parameters are ``:name``. A
list goes in by ``{in_ints :ids}`` or ``{in_texts :names}``, which stand for the
operator too: ``where id {in_ints :ids}``. Where the list belongs to the second
column of a unique index that is not the primary key, it is
``{key_texts account_id = :account, remote_id in :remote_ids}``, and where several rows
share a value ``{rows_ints writeback_ops as o by account_id = :account, message_id in :ids}``
(the table's key is account_id, id): said otherwise, SQLite, which has no statistics,
reads everything that the account has. ``{each_int :ids}`` is a table with one column,
``value``. ``{match w of :account :terms}`` holds for the rows of ``message_words w`` in which all
terms (``model.search.Term``) are found, of this account.
``{holds text :part}`` holds where a text has another one in it, octet for octet and of any length;
``{lower text}`` is a text with the capitals of ASCII made small.
``{free s}`` ends a choice among rows of ``s`` that are to be changed: those that another transaction changes
are passed over; SQLite has one writer at a time.
``{told_ms}`` is the server's own time in milliseconds since 1970; null where there is no server.
``{in_thread …}`` holds where the condition does for any visible message ``t`` of the thread of ``m``, in the
account ``:account``: SQLite finds all such threads once a statement, PostgreSQL's planner chooses.

Statements that differ in a word or two are written once. ``-- let order.newest: desc``
gives ``{order}`` a text in the variant ``newest``; a statement named
``list_{order}`` then stands for one statement a variant, each with all texts of
its variants put in. ``-- let match: …`` is a text without variants; ``{aside}`` is one
of all files: when what is set aside is due (``store.aside``). ``{where}``
is where a ``Where`` goes that was put together for one list; without one it is nothing.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from poststelle.model.search import ACCOUNT_BITS

SET_ASIDE_MS = 253_370_764_800_000  # the year 9999
_NAME = re.compile(r"^-- name: ([\w{}]+)\s*$", re.MULTILINE)
_LET = re.compile(r"^-- let (\w+)(?:\.(\w+))?:(.*)$", re.MULTILINE)
_WORD = re.compile(r"\{(\w+)\}")
_LIST = re.compile(r"\{in_(ints|texts) :(\w+)\}")
_EACH = re.compile(r"\{each_(int) :(\w+)\}")
_MATCH = re.compile(r"\{match (\w+) of :(\w+) :(\w+)\}")
_HOLDS = re.compile(r"\{holds (.+?) :(\w+)\}")
_LOWER = re.compile(r"\{lower ([\w.]+)\}")
_FREE = re.compile(r" *\{free (\w+)\}")
_TOLD_MS = "{told_ms}"
_IN_THREAD = re.compile(r"\{in_thread ([^{}]+)\}")
_VISIBLE = (
    "exists (select 1 from folder_messages x where x.account_id = t.account_id and x.message_id = t.id)"
)
_SQLITE_THREADS = (
    "m.thread_id in (select t.thread_id from messages t where t.account_id = :account"  # noqa: S608 (our own)
    rf" and \1 and {_VISIBLE})"
)
_POSTGRES_THREADS = (
    "exists (select 1 from messages t where t.account_id = m.account_id and t.thread_id = m.thread_id"  # noqa: S608 (our own)
    rf" and \1 and {_VISIBLE})"
)
_POSTGRES_MATCH = (
    r"(\1.account_id = :\2 and \1.lexemes @@ :\3::tsquery and \1.words like all(:\3_phrases::text[])"
    r" and \1.words ~ all(:\3_patterns::text[]))"
)
# What FTS5 has has no account; its rows are numbered by it.
_SQLITE_MATCH = (
    rf"\1.message_words match :\3 and \1.rowid >= (:\2 << {ACCOUNT_BITS})"
    rf" and \1.rowid < ((:\2 + 1) << {ACCOUNT_BITS})"
)
_SLOT = "{where}"
_KEY_LIST = re.compile(r"\{key_(texts) ([\w.]+) = :(\w+), ([\w.]+) in :(\w+)\}")
_ROW_LIST = re.compile(
    r"\{rows_(texts|ints) (?P<table>\w+)(?: as (?P<alias>\w+))? by (\w+) = :(\w+), (\w+) in :(\w+)\}"
)
# A literal, a comment or a cast is left alone; a parameter is what remains.
_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|::|:([a-z_]\w*)", re.IGNORECASE)
_ARRAY_TYPES = {"ints": "bigint[]", "texts": "text[]"}


@dataclass(frozen=True, slots=True)
class Query:
    """A statement in one driver's form.

    ``lists`` names the parameters that are lists, ``names`` all of them in the order in which they first
    appear, ``matches`` those that are terms to search for.
    """

    text: str
    lists: frozenset[str]
    names: tuple[str, ...]
    matches: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Where:
    """Conditions for the slot of a statement, beginning with "and", and their parameters."""

    text: str
    params: Mapping[str, Any]


class Statements:
    """All statements in one driver's form, with and without something in their slots.

    Each is put into that form when it is first asked for: a process needs few of them soon.
    """

    def __init__(self, translate: Callable[[str], Query]) -> None:
        self._translate = translate
        # There are as many texts as there are shapes of filters.
        self._filled = lru_cache(maxsize=1_000)(self._fill)

    def __getitem__(self, name: str) -> Query:
        return plain(self._translate, name)

    def get(self, name: str, params: dict[str, Any]) -> Query:
        """The statement; a ``where`` among the parameters is taken out and put into its slot."""
        where: Where | None = params.pop("where", None)
        if where is None:
            return plain(self._translate, name)
        params.update(where.params)
        return self._filled(name, where.text)

    def _fill(self, name: str, text: str) -> Query:
        return self._translate(neutral()[name].replace(_SLOT, text))


def parse(text: str) -> Iterator[tuple[str, str]]:
    """The (name, statement) pairs of one file's text, in order, variants spelled out."""
    lets = {("aside", ""): str(SET_ASIDE_MS)}
    lets |= {(key, variant): value.strip() for key, variant, value in _LET.findall(text)}
    parts = _NAME.split(_LET.sub("", text))
    for name, statement in zip(parts[1::2], parts[2::2], strict=True):
        yield from _variants(name, statement.strip().rstrip(";"), lets)


def _variants(name: str, statement: str, lets: Mapping[tuple[str, str], str]) -> Iterator[tuple[str, str]]:
    keys = _WORD.findall(name)
    choices = [[variant for key, variant in lets if key == wanted and variant] for wanted in keys]
    for chosen in itertools.product(*choices):
        texts = {key: value for (key, variant), value in lets.items() if variant in {"", *chosen}}
        yield _fill(name, dict(zip(keys, chosen, strict=True))), _fill(_fill(statement, texts), texts)


def _fill(text: str, texts: Mapping[str, str]) -> str:
    """``{word}`` replaced where there is a text for it."""
    return _WORD.sub(lambda m: texts.get(m[1], m[0]), text)


@cache
def neutral() -> Mapping[str, str]:
    """All statements by name, as written. Raises ValueError for a name used twice."""
    found: dict[str, str] = {}
    for file in sorted(files("poststelle.store").joinpath("sql").iterdir(), key=lambda f: f.name):
        for name, statement in parse(file.read_text(encoding="utf-8")):
            if name in found:
                raise ValueError(f"statement {name} is named twice ({file.name})")
            found[name] = statement
    return found


def for_sqlite(statement: str) -> Query:
    """Lists are bound as one JSON text each; parameters stay as they are."""
    text = _KEY_LIST.sub(r"(\2, \4) in (select :\3, value from json_each(:\5))", statement)
    text = _LIST.sub(r"in (select value from json_each(:\2))", _ROW_LIST.sub(_looked_up, text))
    text = _EACH.sub(r"json_each(:\2)", text)
    text = _HOLDS.sub(r"instr(\1, :\2) > 0", _LOWER.sub(r"lower(\1)", text))
    text = _IN_THREAD.sub(_SQLITE_THREADS, _FREE.sub("", text)).replace(_TOLD_MS, "null")
    text = _MATCH.sub(_SQLITE_MATCH, text)
    return Query(text, _list_names(statement), _names(statement), _match_names(statement))


def for_psycopg(statement: str) -> Query:
    """``%(name)s`` parameters, doubled percent signs, lists as arrays."""
    text = _KEY_LIST.sub(r"\2 = :\3 and \4 {in_\1 :\5}", statement.replace("%", "%%"))
    text = _ROW_LIST.sub(_named, text)
    text = _LIST.sub(lambda m: f"= any(:{m[2]}::{_ARRAY_TYPES[m[1]]})", text)
    text = _EACH.sub(r"(select unnest(:\2::bigint[]) as value)", text)
    text = _HOLDS.sub(r"strpos(\1, :\2) > 0", _LOWER.sub(r'lower(\1 collate "C")', text))
    text = _IN_THREAD.sub(_POSTGRES_THREADS, _FREE.sub(r" for update of \1 skip locked", text))
    text = text.replace(_TOLD_MS, "cast(extract(epoch from clock_timestamp()) * 1000 as bigint)")
    text = _MATCH.sub(_POSTGRES_MATCH, text)
    text = _TOKEN.sub(lambda m: f"%({m[1]})s" if m[1] else m[0], text)
    return Query(text, _list_names(statement), _names(statement), _match_names(statement))


def _looked_up(found: re.Match[str]) -> str:
    """Each value's rows one after the other, by the index that has them."""
    table = found["table"]
    row = found["alias"] or table
    _, _, _, key, account, column, values = found.groups()
    rows = f"json_each(:{values}) j cross join {table} x where x.{key} = :{account} and x.{column} = j.value"
    return f"({row}.{key}, {row}.id) in (select x.{key}, x.id from {rows})"  # noqa: S608 (our own text)


def _named(found: re.Match[str]) -> str:
    """The same for a planner that knows how many rows there are."""
    kind, table, alias, key, account, column, values = found.groups()
    row = alias or table
    return f"{row}.{key} = :{account} and {row}.{column} {{in_{kind} :{values}}}"


@cache
def plain(translate: Callable[[str], Query], name: str) -> Query:
    """One statement in one driver's form, with nothing in its slot. Raises KeyError for an unknown name."""
    return translate(neutral()[name].replace(_SLOT, ""))


def _list_names(statement: str) -> frozenset[str]:
    keyed = {match[5] for match in _KEY_LIST.finditer(statement)}
    rows = {match[7] for match in _ROW_LIST.finditer(statement)}
    listed = {match[2] for each in (_LIST, _EACH) for match in each.finditer(statement)}
    return frozenset(keyed | rows | listed)


def _match_names(statement: str) -> frozenset[str]:
    return frozenset(match[3] for match in _MATCH.finditer(statement))


def _names(statement: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[1] for match in _TOKEN.finditer(statement) if match[1]))
