"""Large calls are committed in portions, so that others can write between them.

Each object is an atomic unit for itself. Source: RFC 8620 §5.3, RFC 8621 §4.8.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from poststelle.http.jmap.errors import MethodError, SetError, set_error
from poststelle.mime.reading import Read
from poststelle.model.errors import UseCaseError

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


def broken_off(error: MethodError | UseCaseError) -> dict[str, Any]:
    """What is said of each object of the portions that are not written any more."""
    if isinstance(error, UseCaseError):
        return set_error(error).body
    return SetError("forbidden", str(error)).body
