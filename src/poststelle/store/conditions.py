"""Filters as conditions of a statement: for ``messages m``, in the words of both databases."""

from collections.abc import Iterator, Mapping
from string import ascii_lowercase, ascii_uppercase
from types import MappingProxyType
from typing import Any

import msgspec

from poststelle.lib.clock import to_ms
from poststelle.model.filter import Combined, Filter, InThread, Operator
from poststelle.model.message import ANSWERED, DRAFT, FLAGGED, FORWARDED, SEEN, alike, capitals, is_label
from poststelle.model.search import Field
from poststelle.store.queries import Where

KEYWORDS = {
    SEEN: "seen",
    FLAGGED: "flagged",
    DRAFT: "draft",
    ANSWERED: "answered",
    FORWARDED: "forwarded",
}
_NEVER = "1 = 0"
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_FOLDER = "select 1 from folder_messages x where x.account_id = m.account_id and x.message_id = m.id"
_WORDS = (
    "m.id in (select s.message_id from message_words v cross join documents s"
    " where {{match v of :account :{terms}}} and s.account_id = :account and s.doc = v.rowid)"
)
_FOUND = "and exists (select 1 from messages m where m.account_id = :account and m.id = d.message_id"
_HEADERS = {
    Field.SUBJECT: "m.subject <> ''",
    Field.FROM: """m.addresses like '%"from":%'""",
    Field.TO: """m.addresses like '%"to":%'""",
    Field.CC: """m.addresses like '%"cc":%'""",
    Field.BCC: """m.addresses like '%"bcc":%'""",
}


class _Params:
    """Values on their way into a statement, by names of their own."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        name = f"p{len(self.values)}"
        self.values[name] = value
        return name


def beyond_lists(where: Filter) -> Where | None:
    """What the lists' own statements don't say of a filter without terms; None when they say all."""
    params = _Params()
    found = list(_further(where, params))
    if where.in_folder is not None:
        found += _elsewhere(where, params)
    return Where(f"and {' and '.join(found)}", params.values) if found else None


def beyond_words(where: Filter) -> Where | None:
    """All of a filter but its terms and its folder, for a message found; None: there is no more."""
    params = _Params()
    found = [*_simple(where, params), *_further(where, params)]
    if not found:
        return None
    return Where(f"{_FOUND} and {' and '.join(found)})", params.values)


def _all(where: Filter, params: _Params) -> str:
    """A whole filter."""
    if where.is_never:
        return _NEVER
    found = [*_simple(where, params), *_further(where, params)]
    if where.in_folder is not None:
        found.append(f"exists ({_FOLDER} and x.folder_id = :{params.add(where.in_folder)})")
    if where.terms:
        found.append(_WORDS.format(terms=params.add(where.terms)))
    return f"({' and '.join(found)})" if found else "1 = 1"


def _simple(where: Filter, params: _Params) -> Iterator[str]:
    for keyword in sorted(where.has_keywords & KEYWORDS.keys()):
        yield f"m.is_{KEYWORDS[keyword]} = 1"
    for keyword in sorted(where.not_keywords & KEYWORDS.keys()):
        yield f"m.is_{KEYWORDS[keyword]} = 0"
    yield from _elsewhere(where, params)
    if where.before is not None:
        yield f"m.received_at < :{params.add(to_ms(where.before))}"
    if where.after is not None:
        yield f"m.received_at >= :{params.add(to_ms(where.after))}"
    if where.has_attachment is not None:
        yield f"m.has_attachment = {int(where.has_attachment)}"


def _elsewhere(where: Filter, params: _Params) -> Iterator[str]:
    if where.not_in_folders:
        others = params.add(sorted(where.not_in_folders))
        yield f"exists ({_FOLDER} and not (x.folder_id {{in_ints :{others}}}))"


def _further(where: Filter, params: _Params) -> Iterator[str]:
    for keyword in sorted(where.has_keywords - KEYWORDS.keys()):
        yield _has_keyword("m", keyword, params)
    for keyword in sorted(where.not_keywords - KEYWORDS.keys()):
        yield f"not {_has_keyword('m', keyword, params)}"
    for category in sorted(where.categories):
        yield _among("m", msgspec.json.encode(alike(category)).decode(), params, capitals(category))
    if where.is_other is not None:
        yield f"m.is_other = {int(where.is_other)}"
    if where.min_size is not None:
        yield f"m.size >= :{params.add(where.min_size)}"
    if where.max_size is not None:
        yield f"m.size < :{params.add(where.max_size)}"
    for condition in sorted(where.in_thread, key=lambda c: (c.which, c.keyword)):
        yield _in_thread(condition, params)
    for header in sorted(where.headers, key=lambda h: h.value):
        yield _HEADERS[header]
    if where.message_id is not None:
        name = params.add(where.message_id.translate(_SMALL))
        yield f"{{holds coalesce({{lower m.internet_message_id}}, '') :{name}}}"
    for part in where.parts:
        yield _combined(part, params)


def _in_thread(condition: InThread, params: _Params) -> str:
    has = _has_keyword("t", condition.keyword, params)
    found = f"{{in_thread {f'not ({has})' if condition.which == 'all' else has}}}"
    return found if condition.which == "some" else f"not ({found})"


def _has_keyword(message: str, keyword: str, params: _Params) -> str:
    """Whether the message of this alias has it. Those without a column stand in JSON lists of texts."""
    if keyword in KEYWORDS:
        return f"{message}.is_{KEYWORDS[keyword]} = 1"
    name = params.add(f'"{keyword}"')
    held = f"{{holds {message}.keywords :{name}}}"
    if not is_label(keyword):
        return held
    among = _among(message, f'"{keyword}"', params)
    return f"({held} or {among})"


def _among(
    message: str, category: str, params: _Params, further: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Whether the message of this alias has it: a JSON text, in small letters.

    Databases make those of A-Z small alike; ``further`` are the others that it may be written with.
    """
    held = f"{{lower {message}.categories}}"
    for capital, small in further.items():
        held = f"replace({held}, :{params.add(capital)}, :{params.add(small)})"
    # A category may hold a quotation mark, which stands there behind a backslash: never behind these two.
    begins = (params.add(f"{before}{category}") for before in "[,")
    among = " or ".join(f"{{holds {held} :{name}}}" for name in begins)
    return f"({among})"


def _combined(part: Combined, params: _Params) -> str:
    """Source: RFC 8620 §5.5: NOT holds when none of the conditions does."""
    conditions = [_all(one, params) for one in part.of]
    if part.operator is Operator.AND:
        return f"({' and '.join(conditions)})" if conditions else "1 = 1"
    any_of = f"({' or '.join(conditions)})" if conditions else _NEVER
    return any_of if part.operator is Operator.OR else f"not {any_of}"
