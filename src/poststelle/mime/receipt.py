"""A read receipt as octets: what a person's program says after a message was shown. Source: RFC 8098 §3."""

from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from poststelle.mime import build
from poststelle.model.message import Address

REPORTER = "Poststelle"


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """``message_id`` names the message that was read, without angle brackets; None: it has none.

    ``key`` is random; it makes the receipt's own Message-ID and divides its parts.
    """

    reader: Address
    to: Address
    subject: str
    text: str
    message_id: str | None
    key: str
    at: datetime


def octets(receipt: ReadReceipt) -> bytes:
    """A message of two parts: words for people, and fields for programs. A person has decided to send it.

    A Message-ID that is too long for a line is left out; for an address that is, LongLine is raised.
    """
    mark = f"receipt-{receipt.key}"
    domain = receipt.reader.email.rpartition("@")[2] or "localhost"
    head = [
        build.addresses("From", [receipt.reader]),
        build.addresses("To", [receipt.to]),
        build.text("Subject", receipt.subject),
        build.date("Date", receipt.at),
        build.message_ids("Message-ID", [f"{receipt.key}@{domain}"]),
        *_naming("References", receipt.message_id),
        build.Field("MIME-Version", "1.0"),
        build.Field(
            "Content-Type",
            f'multipart/report;\r\n report-type=disposition-notification; boundary="{mark}"',
        ),
    ]
    words = encodebytes(receipt.text.encode()).replace(b"\n", b"\r\n")
    said = [
        build.raw("Reporting-UA", REPORTER),
        build.raw("Final-Recipient", f"rfc822;{build.address(Address('', receipt.reader.email))}"),
        *_naming("Original-Message-ID", receipt.message_id),
        build.raw("Disposition", "manual-action/MDN-sent-manually; displayed"),
    ]
    return b"".join(
        [
            _lines(head),
            f"--{mark}\r\nContent-Type: text/plain; charset=utf-8\r\n".encode(),
            b"Content-Transfer-Encoding: base64\r\n\r\n" + words,
            f"--{mark}\r\nContent-Type: message/disposition-notification\r\n\r\n".encode(),
            _lines(said),
            f"--{mark}--\r\n".encode(),
        ]
    )


def _naming(name: str, message_id: str | None) -> list[build.Field]:
    try:
        return [build.message_ids(name, [message_id])] if message_id else []
    except build.LongLine:
        return []


def _lines(fields: Sequence[build.Field]) -> bytes:
    """Fields and the empty line behind them."""
    return ("".join(f"{field.name}: {field.value}\r\n" for field in fields) + "\r\n").encode()
