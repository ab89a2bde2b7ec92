"""What is searched for, and what of a message can be found. Words are in the one form of ``mime.words``."""

from dataclasses import dataclass, fields
from enum import Enum
from typing import NamedTuple

from poststelle.model.ids import AccountId, MessageId


class Field(Enum):
    """A part of a message that can be searched alone. The value is the index's name for it."""

    SUBJECT = "subject"
    FROM = "from_"
    TO = "to_"
    CC = "cc"
    BCC = "bcc"
    BODY = "body"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another within one field (any one: ``field`` None).

    ``is_prefix``: the last one may go on. Without words nothing matches.
    """

    words: tuple[str, ...]
    is_prefix: bool = False
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The words of a message, field by field, with blanks between; names as ``Field`` has them."""

    subject: str = ""
    from_: str = ""
    to_: str = ""
    cc: str = ""
    bcc: str = ""
    body: str = ""
    files: str = ""


FIELDS = tuple(field.name for field in fields(Content))


ACCOUNT_BITS = 42
"""Of a number in the index: below them milliseconds since 1970, to the year 2109; above, the account."""


LAST_ACCOUNT = (1 << (63 - ACCOUNT_BITS)) - 1
"""The highest number that an account may have: 2,097,151."""


class Entry(NamedTuple):
    """One message in the index. ``doc`` is its number there; newer messages have higher ones."""

    doc: int
    content: Content

    @property
    def account(self) -> AccountId:
        """Whose message it is."""
        return AccountId(self.doc >> ACCOUNT_BITS)


class Unindexed(NamedTuple):
    """What of a message goes into the index, as it was read. ``second`` of its arrival, since 1970."""

    id: MessageId
    second: int
    content: Content


class Passage(NamedTuple):
    """Octets of a message's text from ``start`` to ``end``, of ``size`` ones; its blanks are single spaces.

    ``listed``: how many of its first ones lists show.
    """

    start: int
    end: int
    listed: int
    size: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """Parts of a message, escaped for HTML, what was found in ``<mark>``; None: nothing was.

    ``passage``: where in the text the preview stands.
    """

    subject: str | None
    preview: str | None
    passage: Passage | None = None
