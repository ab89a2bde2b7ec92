"""Large calls are committed in portions, so that others can write between them.

Each object is an atomic unit for itself. Source: RFC 8620 §5.3, RFC 8621 §4.8.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from poststelle.http.jmap.errors import MethodError, SetError, set_error
from poststelle.mail.arrivals import Arrival
from poststelle.mime.reading import Read
from poststelle.model.errors import UseCaseError
from poststelle.model.search import FIELDS

_WORDS_OF_ROW = 250  # octets of words that are indexed
_OCTETS_OF_ROW = 1_000  # of a text as it is stored
ENOUGH = "these are too many together; name this one in another request"


@dataclass(slots=True)
class Portion:
    """Rows of one transaction, ``at_once`` about.

    ``left``: how many the request may still write; some are counted before.
    """

    left: int
    at_once: int
    rows: int = 0
    spent: int = 0

    @property
    def is_full(self) -> bool:
        return self.rows >= self.at_once

    def spend(self, rows: int) -> None:
        """Raises SetError when the request has had enough."""
        if self.spent + rows > self.left:
            raise SetError("rateLimit", ENOUGH)
        self.spent += rows
        self.rows += rows

    def note(self, rows: int) -> None:
        """Rows that the request has been charged for already."""
        self.rows += rows


def rows_of(read: Read, folders: Collection[Any], keywords: Collection[str]) -> int:
    """How much a message gives the database to do besides its text, whatever its octets are."""
    people = (read.from_, read.sender, read.to, read.cc, read.bcc, read.reply_to)
    names = len(read.in_reply_to) + len(read.references)
    return 1 + len(folders) + len(keywords) + len(read.attached) + names + sum(map(len, people))


def weight_of(one: Arrival) -> int:
    """How much of a portion a message is: its rows, and as many more as putting its text away takes as long.

    Source: bench, an index of 200 KB of different words takes what 800 rows take.
    """
    words = sum(len(getattr(one.prepared.words, name)) for name in FIELDS)
    text = words // _WORDS_OF_ROW + len(one.prepared.body.content) // _OCTETS_OF_ROW
    return rows_of(one.read, one.folders, one.keywords) + text


def broken_off(error: MethodError | UseCaseError) -> dict[str, Any]:
    """What is said of each object of the portions that are not written any more."""
    if isinstance(error, UseCaseError):
        return set_error(error).body
    return SetError("forbidden", str(error)).body
