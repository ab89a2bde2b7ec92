"""What the provider tells of a draft of ours, in digests.

It may differ a little from what was written (cleaned HTML, names of
recipients), and is not another message for that: only what differs from what
was told before was changed elsewhere.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from poststelle.mail.contents import text_of
from poststelle.mail.merge import subject_of
from poststelle.mime.text import clean
from poststelle.model.message import Address, Body, Message
from poststelle.providers.base import RemoteMessage

_PEOPLE = ("to", "cc", "bcc", "reply_to")
_WRITTEN = (*_PEOPLE, "subject", "from_", "body")
_CONTENT = (
    "subject", "from_", "sender", "to", "cc", "bcc", "reply_to", "body", "preview", "has_attachment",
    "internet_message_id", "sent_at", "received_at", "size",
)  # fmt: skip


def digests(item: RemoteMessage) -> dict[str, str]:
    """What the provider says of a draft's content, one digest a property."""
    return {name: _digest(value) for name in _CONTENT if (value := getattr(item, name)) is not None}


def changed_since(first: dict[str, str], now: dict[str, str]) -> set[str]:
    """Which of the texts and people, that the provider told first, are others now."""
    return {name for name in _WRITTEN if name in first and now.get(name) != first[name]}


def differing(message: Message, body: Body, item: RemoteMessage) -> set[str]:
    """Which of the texts and people of a draft are others there, where its first answer is not known.

    It cleans HTML and names people otherwise, so words and addresses count. A text that is not told may be
    another one.
    """
    found = {
        name for name in _PEOPLE if _emails(getattr(message, name)) != _emails(getattr(item, name) or ())
    }
    if subject_of(item) != message.subject:
        found.add("subject")
    if item.body is None or _words(item.body) != _words(body):
        found.add("body")
    return found


def says_content(item: RemoteMessage) -> bool:
    """Whether the report says anything of the content, and not of marks alone."""
    return any(getattr(item, name) is not None for name in _CONTENT)


def without_known(item: RemoteMessage, told: dict[str, str] | None) -> RemoteMessage:
    """The report without what was told before; None: nothing was, so whatever it says is our own."""
    if told is None:
        return _without(item, _CONTENT)
    return _without(item, [name for name, digest in digests(item).items() if told.get(name) == digest])


def _emails(people: Sequence[Address]) -> list[str]:
    return sorted(clean(one.email).lower() for one in people)


def _words(body: Body) -> list[str]:
    return clean(text_of(body)).split()


def _without(item: RemoteMessage, names: Sequence[str]) -> RemoteMessage:
    nothing: dict[str, Any] = dict.fromkeys(names)
    return replace(item, **nothing) if nothing else item


def _digest(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:32]
