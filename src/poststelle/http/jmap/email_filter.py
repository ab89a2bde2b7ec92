"""Filters of Email/query and SearchSnippet/get. Source: RFC 8621 §4.4.1, RFC 8620 §5.5."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from poststelle.http.jmap import listing
from poststelle.http.jmap.args import MAX_INT
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import folder_number
from poststelle.mail import terms
from poststelle.model.filter import Combined, Filter, InThread, Operator
from poststelle.model.ids import FolderId
from poststelle.model.message import LONGEST_CATEGORY, is_keyword
from poststelle.model.search import Field
from poststelle.store.tx import Check

_MOST_DEPTH = 10
_MOST_CONDITIONS = 200
_MOST_WORDS = 100  # and signs that stand alone; a text without any is one
_MOST_FOLDERS = 5_000  # ids, of all conditions together: as many folders as a mailbox has
_MOST_IN_THREAD = 10  # each looks at all messages of a thread, for each message
_WORDS = {
    "text": None,
    "from": Field.FROM,
    "to": Field.TO,
    "cc": Field.CC,
    "bcc": Field.BCC,
    "subject": Field.SUBJECT,
    "body": Field.BODY,
}
_IN_THREAD = {
    "allInThreadHaveKeyword": "all",
    "someInThreadHaveKeyword": "some",
    "noneInThreadHaveKeyword": "none",
}
_KNOWN = frozenset(
    {
        "inMailbox", "inMailboxOtherThan", "hasKeyword", "notKeyword", "before", "after", "minSize",
        "maxSize", "hasAttachment", "header", "poststelle:isOther", "poststelle:category",
        "poststelle:isAcross", *_WORDS, *_IN_THREAD,
    }
)  # fmt: skip
# Where two conditions say something of one kind, both hold when ...
_JOINED: dict[str, Any] = {
    "has_keywords": frozenset.union,
    "not_keywords": frozenset.union,
    "categories": frozenset.union,
    "in_thread": frozenset.union,
    "headers": frozenset.union,
    "terms": lambda one, other: (*one, *other),
    "parts": lambda one, other: (*one, *other),
    "before": min,
    "after": max,
    "min_size": max,
    "max_size": min,
}
_NOTHING = Filter()


def parse(check: Check, condition: dict[str, Any]) -> Filter:
    """A FilterCondition, or FilterOperators over some. Raises invalidArguments or unsupportedFilter."""
    return _Reader(check).read(condition, 0)


class _Reader:
    """Counts what it reads before it is read: a filter is as large as somebody likes."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._left, self._words_left = _MOST_CONDITIONS, _MOST_WORDS
        self._in_thread_left, self._folders_left = _MOST_IN_THREAD, _MOST_FOLDERS

    def read(self, condition: Any, depth: int) -> Filter:
        self._check()
        if not isinstance(condition, dict):
            raise MethodError("invalidArguments", "a condition is an object")
        self._left -= 1
        if depth > _MOST_DEPTH or self._left < 0:
            raise MethodError(
                "unsupportedFilter", f"at most {_MOST_CONDITIONS} conditions, {_MOST_DEPTH} levels deep"
            )
        if "operator" in condition:
            return self._operator(condition, depth)
        read = [self._condition(name, value) for name, value in condition.items()]
        self._in_thread_left -= sum(len(one.in_thread) for one in read)
        if self._in_thread_left < 0:
            raise MethodError("unsupportedFilter", f"at most {_MOST_IN_THREAD} conditions of threads")
        return _joined(read)

    def _condition(self, name: str, value: Any) -> Filter:
        if value is None and name in _KNOWN:  # as if it were left out
            return _NOTHING
        match name, value:
            case (("text" | "from" | "to" | "cc" | "bcc" | "subject" | "body"), str()):
                return self._text(value, _WORDS[name])
            case "header", [str(header), str(text)] if header.lower() != "message-id":
                return self._text(_without_nul(text), _header_field(header))
            case "inMailboxOtherThan", list():
                self._folders_left -= len(value)
                if self._folders_left < 0:
                    raise MethodError("unsupportedFilter", f"at most {_MOST_FOLDERS} mailboxes are left out")
        return _condition(name, value)

    def _text(self, text: str, field: Field | None) -> Filter:
        found, words = terms.counted(text, field)
        self._words_left -= words
        if self._words_left < 0:
            raise MethodError("unsupportedFilter", f"at most {_MOST_WORDS} words to look for")
        return Filter(terms=found)

    def _operator(self, given: dict[str, Any], depth: int) -> Filter:
        match given:
            case {"operator": ("AND" | "OR" | "NOT") as name, "conditions": [*some]} if len(given) == 2:
                read = [self.read(one, depth + 1) for one in some]
            case _:
                raise MethodError("invalidArguments", "an operator is AND, OR or NOT over conditions")
        operator = Operator(name)
        if operator is Operator.AND or (operator is Operator.OR and len(read) == 1):
            return _joined(read)
        return Filter(parts=(Combined(operator, tuple(read)),))


def _joined(filters: Sequence[Filter]) -> Filter:
    """The filter that holds where all of these do."""
    whole = _NOTHING
    for one in filters:
        both = _both(whole, one)
        # What can't be said in one filter, two folders say, is a part of it.
        whole = both or replace(whole, parts=(*whole.parts, Combined(Operator.AND, (one,))))
    return whole


def _both(one: Filter, other: Filter) -> Filter | None:
    said: dict[str, Any] = {}
    for name in (field.name for field in fields(Filter)):
        ours, theirs = getattr(one, name), getattr(other, name)
        if theirs == getattr(_NOTHING, name) or theirs == ours:
            continue
        if ours == getattr(_NOTHING, name):
            said[name] = theirs
        elif name in _JOINED:
            said[name] = _JOINED[name](ours, theirs)
        else:
            return None
    return replace(one, **said)


def _condition(name: str, value: Any) -> Filter:
    match name, value:
        case "inMailbox", str():
            return Filter(in_folder=_folder(value))
        case "inMailboxOtherThan", list():
            return Filter(not_in_folders=frozenset(_folder(v) for v in value))
        case "hasKeyword", str():
            return Filter(has_keywords=frozenset({_keyword(value)}))
        case "notKeyword", str():
            return Filter(not_keywords=frozenset({_keyword(value)}))
        case (("allInThreadHaveKeyword" | "someInThreadHaveKeyword" | "noneInThreadHaveKeyword"), str()):
            return Filter(in_thread=frozenset({InThread(_IN_THREAD[name], _keyword(value))}))  # type: ignore[arg-type]  # the three literals
        case "before", str():
            return Filter(before=listing.utc_date(name, value))
        case "after", str():
            return Filter(after=listing.utc_date(name, value))
        case "minSize", int() if not isinstance(value, bool) and 0 <= value <= MAX_INT:
            return Filter(min_size=value)
        case "maxSize", int() if not isinstance(value, bool) and 0 <= value <= MAX_INT:
            return Filter(max_size=value)
        case "hasAttachment", bool():
            return Filter(has_attachment=value)
        case "poststelle:isOther", bool():
            return Filter(is_other=value)
        case "poststelle:isAcross", bool():
            return Filter(is_across=value)
        case "poststelle:category", str() if "\0" not in value:
            return Filter(categories=frozenset({_category(value)}))
        case "header", [str(header)]:
            return _header(header)
        case "header", [str(), str(text)]:  # of the others their words are looked for
            return Filter(message_id=_without_nul(text))
        case _ if name in _KNOWN:
            raise MethodError("invalidArguments", f"filter {name} has the wrong type")
        case _:
            raise MethodError("unsupportedFilter", f"cannot filter by {name}")


def _header(name: str) -> Filter:
    """Whether there is such a header field; of those that are held here."""
    if name.lower() == "message-id":
        return Filter(message_id="<")  # every one has its brackets
    return Filter(headers=frozenset({_header_field(name)}))


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise MethodError("invalidArguments", "no header has a NUL in it")
    return text


def _header_field(name: str) -> Field:
    field = _WORDS.get(name.lower())
    if field is None or field is Field.BODY:
        raise MethodError("unsupportedFilter", f"the header {name} is not held here")
    return field


def _category(text: str) -> str:
    name = text.strip()
    if len(name) > LONGEST_CATEGORY:
        raise MethodError("unsupportedFilter", f"a category has at most {LONGEST_CATEGORY} characters")
    return name


def _keyword(text: str) -> str:
    keyword = text.lower()
    if not is_keyword(keyword):
        raise MethodError("invalidArguments", "this is no keyword")
    return keyword


def _folder(text: Any) -> FolderId:
    number = folder_number(text) if isinstance(text, str) else None
    if number is None:
        raise MethodError("invalidArguments", "no such mailbox")
    return number
