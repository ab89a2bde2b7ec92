"""What lists of messages are chosen by. Source: RFC 8621 §4.4.1."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from poststelle.model.ids import FolderId
from poststelle.model.search import Field, Term


class Operator(Enum):
    """How parts hold together: all of them, one of them or more, none of them."""

    AND = "AND"
    OR = "OR"
    NOT = "NOT"


@dataclass(frozen=True, slots=True)
class InThread:
    """Whether all, some or none of the visible messages of a message's thread have a keyword."""

    which: Literal["all", "some", "none"]
    keyword: str


@dataclass(frozen=True, slots=True)
class Filter:
    """All conditions must hold. ``has_keywords``/``not_keywords``: lower-case JMAP keywords.

    ``before`` is exclusive, ``after`` inclusive; ``min_size`` octets is inclusive, ``max_size`` exclusive.
    ``categories``: names, in whatever letters. ``not_in_folders``: in some folder that is not one of these.
    ``terms``: all of them are found in it. ``headers``: it has something there. ``message_id``: its
    Message-ID holds this text. ``parts`` are conditions that are combined otherwise. ``is_across``: of a VIP
    mailbox only what whoever asks may see outside it (``access.vip``).
    """

    in_folder: FolderId | None = None
    not_in_folders: frozenset[FolderId] = frozenset()
    has_keywords: frozenset[str] = frozenset()
    not_keywords: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    before: datetime | None = None
    after: datetime | None = None
    has_attachment: bool | None = None
    is_other: bool | None = None
    terms: tuple[Term, ...] = ()
    min_size: int | None = None
    max_size: int | None = None
    in_thread: frozenset[InThread] = frozenset()
    headers: frozenset[Field] = frozenset()
    message_id: str | None = None
    parts: tuple["Combined", ...] = ()
    is_across: bool = False

    @property
    def is_never(self) -> bool:
        """Whether nothing can match: a keyword both asked for and not."""
        return bool(self.has_keywords & self.not_keywords)

    @property
    def has_words(self) -> bool:
        """Whether what it finds depends on the full-text index, anywhere in it."""
        return bool(self.terms) or any(one.has_words for part in self.parts for one in part.of)

    @property
    def has_threads(self) -> bool:
        """Whether what it finds depends on other messages of a thread, anywhere in it."""
        return bool(self.in_thread) or any(one.has_threads for part in self.parts for one in part.of)

    @property
    def goes_across(self) -> bool:
        """Whether what it finds depends on who asks, anywhere in it."""
        return self.is_across or any(one.goes_across for part in self.parts for one in part.of)

    @property
    def all_terms(self) -> tuple[Term, ...]:
        """Whatever words it looks for, those of parts too, but not those that must not be there."""
        inner = (one for part in self.parts if part.operator is not Operator.NOT for one in part.of)
        return (*self.terms, *(term for one in inner for term in one.all_terms))


@dataclass(frozen=True, slots=True)
class Combined:
    """Filters held together by an operator. Source: RFC 8620 §5.5 (FilterOperator)."""

    operator: Operator
    of: tuple[Filter, ...]
