"""The headers of a message on its way: what servers add, and what recipients must not see.

Source: RFC 5321 section 4.4 (trace information), RFC 5322 section 3.6.3 (Bcc); [MS-OXOMSG] (Thread-Index).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Iterable
from dataclasses import replace
from uuid import uuid4

from m365sim.world.compose import Written
from m365sim.world.conversations import topic
from m365sim.world.instants import from_seconds
from m365sim.world.mime import encoded_header

RULES_AGENT = ("X-MS-Exchange-Generated-Message-Source", "Mailbox Rules Agent")
"""The mark of mail that a rule sent on."""
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_BREAK = re.compile(rb"\r?\n(?=\r?\n)|\r?\n\Z")


def travelled(written: Written, sender: str, conversation_index: bytes, now_s: int) -> Written:
    """A message as its recipients get it: without Bcc, with the marks of the servers it went through."""
    added = [*_received(sender, now_s), *_thread(written, conversation_index)]
    return replace(with_headers(written, added, drop={"bcc"}), bcc=())


def hops(written: Written) -> int:
    """How many servers the message has gone through."""
    return sum(name.lower() == "received" for name, _ in written.headers)


def with_headers(
    written: Written, added: Iterable[tuple[str, str]], drop: Collection[str] = frozenset()
) -> Written:
    """The message with headers put before its own and those in ``drop`` (lower case) taken out.

    The octets of a message that came as MIME are changed in the same way, and nowhere else.
    """
    pairs = tuple(added)
    kept = tuple((n, v) for n, v in written.headers if n.lower() not in drop)
    mime = None if written.mime is None else _edited(written.mime, pairs, drop)
    return replace(written, headers=(*pairs, *kept), mime=mime)


def _edited(octets: bytes, added: Iterable[tuple[str, str]], drop: Collection[str]) -> bytes:
    end = _BREAK.search(octets)
    head, rest = (octets, b"") if end is None else (octets[: end.start()], octets[end.start() :])
    line_end = b"\r\n" if b"\r\n" in octets or b"\n" not in octets else b"\n"
    lines = (f"{name}: {encoded_header(value)}" for name, value in added)
    new = [line.encode("ascii", "replace").replace(b"\n", line_end) for line in lines]
    if not _FIELD.match(head):  # no header at all: everything is text
        return line_end.join([*new, b"", octets])
    return line_end.join([*new, *_kept_fields(head, drop)]) + rest


def _kept_fields(head: bytes, drop: Collection[str]) -> list[bytes]:
    """The fields of a header block, folded as they are."""
    kept: list[bytes] = []
    is_kept = True
    for line in re.split(rb"\r?\n", head):
        if not line[:1].isspace():
            name = _FIELD.match(line)
            is_kept = name is None or name[1].decode("ascii").lower() not in drop
        if is_kept:
            kept.append(line)
    return kept


def _received(sender: str, now_s: int) -> list[tuple[str, str]]:
    domain = sender.rpartition("@")[2] or "prod.outlook.example"
    at = f"{from_seconds(now_s):%a, %d %b %Y %H:%M:%S} +0000"
    server, mark = "mail.protection.outlook.example", uuid4().hex[:12]
    return [
        ("Received", f"from {domain} by {server} with HTTPS; {at}"),
        ("Received", f"from mx.{domain} by {domain} with ESMTPS id {mark}; {at}"),
    ]


def _thread(written: Written, conversation_index: bytes) -> list[tuple[str, str]]:
    known = {name.lower() for name, _ in written.headers}
    pairs = [
        ("Thread-Topic", topic(written.subject)),
        ("Thread-Index", b64encode(conversation_index).decode()),
    ]
    return [(name, value) for name, value in pairs if value and name.lower() not in known]
