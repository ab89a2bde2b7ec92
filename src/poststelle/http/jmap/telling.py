"""What one call may still read and tell of messages: of few ids that may be very much."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.limits import MAX_SIZE_ANSWER, MAX_SIZE_TEXTS
from poststelle.mail.mime_reader import Check

_LONG = 10_000  # octets of a value that is written once, in a thread


@dataclass(slots=True)
class Left:
    """Values and octets of the answer, characters of stored texts.

    Raises MethodError requestTooLarge when that was enough.
    """

    values: int
    texts: int = MAX_SIZE_TEXTS
    octets: int = MAX_SIZE_ANSWER

    def read(self, characters: int) -> None:
        """Of stored texts."""
        self.texts -= characters
        if self.texts < 0:
            raise MethodError("requestTooLarge", "these texts are too much at once; ask for fewer")

    def tell(self, values: int, octets: int = 0) -> None:
        """Of one message, about."""
        self.values, self.octets = self.values - values, self.octets - octets
        if self.values < 0 or self.octets < 0:
            raise MethodError("requestTooLarge", "these are too much for one answer; ask for fewer")


def weighed(
    tell: Callable[[Check, bytes], dict[str, Any]], check: Check, octets: bytes
) -> tuple[dict[str, Any], int, int]:
    """What a message's octets tell, and how much that is: values, about, and octets. Runs in a thread.

    What is long stays as it was written for that, so that nobody writes it again on the event loop.
    """
    told, values, size = tell(check, octets), 0, 2
    for name, value in told.items():
        check()
        written = msgspec.json.encode(value)
        values, size = values + 1 + written.count(b'":'), size + len(name) + 4 + len(written)
        if len(written) > _LONG:
            told[name] = msgspec.Raw(written)
    return told, values, size


def with_long_texts_written(email: dict[str, Any]) -> dict[str, Any]:
    """An Email that is told of what is stored, its texts written here where they are long."""
    texts = email.get("bodyValues")
    if isinstance(texts, dict) and sum(len(one["value"]) for one in texts.values()) > _LONG:
        return email | {"bodyValues": msgspec.Raw(msgspec.json.encode(texts))}
    return email
