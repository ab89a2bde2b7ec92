"""Which conversation a message belongs to, and the index octets that say so in MAPI.

Source: RFC 5322 section 3.6.4; [MS-OXOMSG] "PidTagConversationIndex".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b

_PREFIX = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|antw|sv)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_HEAD_SIZE = 22
STEP_SIZE = 5
"""How much an answer adds to a conversation index, in octets."""
_FILETIME_OFFSET_S = 11_644_473_600


def key_of(text: str) -> bytes:
    """A 16-octet conversation key made from any text, the same for the same text."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def message_ids(header: str) -> list[str]:
    """The message ids in a ``References`` or ``In-Reply-To`` header, in order."""
    return _MESSAGE_ID.findall(header)


def topic(subject: str) -> str:
    """The subject without answer and forward marks."""
    return _PREFIX.sub("", subject).strip()


def find(
    known: Mapping[str, bytes], message_id: str, references: Sequence[str], subject: str, index: bytes = b""
) -> bytes:
    """The conversation of a message: that of one it refers to, else the one its index names, else a new one.

    A thread whose first message is not here is known by the first id it refers to; an answer that refers
    to nothing joins the conversation of its topic.
    """
    for reference in reversed(references):
        if reference in known:
            return known[reference]
    if len(index) >= _HEAD_SIZE:
        return index[6:_HEAD_SIZE]
    if references:
        return key_of(references[0])
    if _PREFIX.match(subject):
        return key_of("topic:" + topic(subject).casefold())
    return key_of(message_id or "topic:" + topic(subject).casefold())


def index(key: bytes, sent_s: int, depth: int) -> bytes:
    """A plausible conversation index: 22 octets, and 5 more for each answer."""
    return head(key, sent_s) + steps(key, depth)


def head(key: bytes, sent_s: int) -> bytes:
    """What a conversation index begins with."""
    ticks = max(0, sent_s + _FILETIME_OFFSET_S) * 10_000_000
    return b"\x01" + (ticks >> 24).to_bytes(8, "big")[-5:] + key


def steps(key: bytes, depth: int) -> bytes:
    """What so many answers add to it."""
    name = key.hex()
    return b"".join([key_of(f"{name}/{n}")[:STEP_SIZE] for n in range(min(depth, 20))])


def answered(index: bytes, sent_s: int) -> bytes:
    """The index of an answer: that of the message it answers, and five octets more."""
    return index + key_of(f"{index.hex()}/{sent_s}")[:STEP_SIZE]
