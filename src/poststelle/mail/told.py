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

from poststelle.providers.base import RemoteMessage

_CONTENT = (
    "subject", "from_", "sender", "to", "cc", "bcc", "reply_to", "body", "preview", "has_attachment",
    "internet_message_id", "sent_at", "received_at", "size",
)  # fmt: skip


def digests(item: RemoteMessage) -> dict[str, str]:
    """What the provider says of a draft's content, one digest a property."""
    return {name: _digest(value) for name in _CONTENT if (value := getattr(item, name)) is not None}


def without_known(item: RemoteMessage, told: dict[str, str] | None) -> RemoteMessage:
    """The report without what was told before; None: nothing was, so whatever it says is our own."""
    if told is None:
        return _without(item, _CONTENT)
    return _without(item, [name for name, digest in digests(item).items() if told.get(name) == digest])


def _without(item: RemoteMessage, names: Sequence[str]) -> RemoteMessage:
    nothing: dict[str, Any] = dict.fromkeys(names)
    return replace(item, **nothing) if nothing else item


def _digest(value: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:32]
