"""What a message says, from the JSON that programs send: the part that becomes its content.

Source: Graph v1.0, "Create message", "Update message", "message resource type".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from m365sim.graph import values

MAX_HEADERS = 5
"""Of a program's own. Source: seen in practice (the guide says only that there is a limit)."""


def _message_id(name: str, value: Any) -> str:
    return values.text(name, value).strip()


def _body(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {"body": "", "is_html": False}
    body, is_html = values.body(name, value)
    return {"body": body, "is_html": is_html}


def _field(field: str, understand: Callable[[str, Any], Any]) -> Callable[[str, Any], dict[str, Any]]:
    return lambda name, value: {field: understand(name, value)}


# Graph's property -> fields of Written.
_FIELDS: dict[str, Callable[[str, Any], dict[str, Any]]] = {
    "subject": _field("subject", values.text),
    "body": _body,
    "toRecipients": _field("to", values.recipients),
    "ccRecipients": _field("cc", values.recipients),
    "bccRecipients": _field("bcc", values.recipients),
    "from": _field("from_", values.recipient),
    "sender": _field("sender", values.recipient),
    "replyTo": _field("reply_to", values.recipients),
    "internetMessageId": _field("message_id", _message_id),
}
NAMES = frozenset(_FIELDS)


def content_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of `Written` that these properties set; ``data`` may hold names of `NAMES` only."""
    fields: dict[str, Any] = {}
    for name, value in data.items():
        fields |= _FIELDS[name](name, value)
    return fields


def following(fields: Mapping[str, Any], author: Any = None) -> dict[str, Any]:
    """The fields with a ``from_`` where only a ``sender`` is given: who sends speaks for himself.

    ``author`` is whom the message is from so far. Whether the program may send for him, sending tells.
    """
    if author is not None or fields.get("from_") is not None or fields.get("sender") is None:
        return dict(fields)
    return {**fields, "from_": fields["sender"]}


def own_headers(value: Any) -> tuple[tuple[str, str], ...]:
    """The internetMessageHeaders of a new message."""
    return values.headers("internetMessageHeaders", value, MAX_HEADERS)
