"""A message of one text, written by the program itself. Source: RFC 5322, RFC 3834 §5 (Auto-Submitted)."""

from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from poststelle.mime import build
from poststelle.model.message import Address


@dataclass(frozen=True, slots=True)
class PlainLetter:
    """``key`` is random and makes its Message-ID."""

    from_: Address
    to: Sequence[Address]
    subject: str
    text: str
    key: str
    at: datetime


def octets(letter: PlainLetter) -> bytes:
    """Raises LongLine for an address that is too long for a line. No automatic reply answers it."""
    domain = letter.from_.email.rpartition("@")[2] or "localhost"
    fields = [
        build.addresses("From", [letter.from_]),
        build.addresses("To", letter.to),
        build.text("Subject", letter.subject),
        build.date("Date", letter.at),
        build.message_ids("Message-ID", [f"{letter.key}@{domain}"]),
        build.Field("Auto-Submitted", "auto-generated"),
        build.Field("X-Auto-Response-Suppress", "All"),
        build.Field("MIME-Version", "1.0"),
        build.Field("Content-Type", "text/plain; charset=utf-8"),
        build.Field("Content-Transfer-Encoding", "base64"),
    ]
    head = "".join(f"{field.name}: {field.value}\r\n" for field in fields)
    return head.encode() + b"\r\n" + encodebytes(letter.text.encode()).replace(b"\n", b"\r\n")
