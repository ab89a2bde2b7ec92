"""What an exported file tells of messages that are not in it, because their octets could not be read.

Text for people, who may read the file years later and anywhere: in both languages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from poststelle.mime import mbox

NAME = "NOT IN THIS FILE - FEHLT.txt"
"""Of the entry of a ZIP archive that lists them."""
_FIELD = b"X-Poststelle-Left-Out: "
_NAMED = 1_000
_WORDS = (
    "Messages whose content could not be read on the server, and which are not, or not whole, in this file:\n"
    "Nachrichten, deren Inhalt auf dem Server nicht lesbar war und die hier fehlen oder abbrechen:\n"
)


@dataclass(slots=True)
class LeftOut:
    """How many, and the first of them in words."""

    count: int = 0
    _lines: list[str] = field(default_factory=list)

    def add(self, received_at: datetime, subject: str, folders: Sequence[str]) -> None:
        self.count += 1
        if len(self._lines) < _NAMED:
            self._lines.append(f"{received_at:%Y-%m-%d %H:%M} UTC | {' / '.join(folders)} | {subject}")

    def text(self) -> bytes:
        further = self.count - len(self._lines)
        lines = [*self._lines, *([f"… + {further}"] if further else [])]
        return "\n".join([_WORDS, *lines, ""]).encode()

    def message(self, at: datetime) -> bytes:
        """The same as the last message of an mbox file; an import puts in none for it."""
        quoter = mbox.Quoter()
        head = (
            b"From: Poststelle <>\nSubject: " + NAME.removesuffix(".txt").encode() + b"\nMIME-Version: 1.0\n"
            b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
        )
        octets = _FIELD + str(self.count).encode() + b"\n" + head + self.text()
        return mbox.separator(at) + quoter.piece(octets) + quoter.end()


def noted(octets: bytes) -> int:
    """How many messages were left out, if these octets are such a message."""
    if not octets.startswith(_FIELD):
        return 0
    told = octets[len(_FIELD) : len(_FIELD) + 9].partition(b"\n")[0].strip()
    return int(told) if told.isdigit() else 0
