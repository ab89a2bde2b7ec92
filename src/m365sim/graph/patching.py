"""What a PATCH of a message may change, understood in full before anything is changed.

Source: Graph v1.0, "Update message"; "Updates to sensitive email properties" (draft-only from 31 Dec 2026).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from m365sim.graph.errors import GraphError, bad_request, no_time_zone, not_simulated
from m365sim.graph.render import PROPERTIES
from m365sim.world.instants import from_seconds, to_seconds
from m365sim.world.messages import NO_FLAG, Flag, Message
from m365sim.world.organise import Marks
from m365sim.world.time_zones import zone_of

_DRAFT_ONLY = frozenset(
    {
        "bccRecipients",
        "body",
        "ccRecipients",
        "from",
        "internetMessageId",
        "replyTo",
        "sender",
        "subject",
        "toRecipients",
    }
)
_NAVIGATION = frozenset(
    {"attachments", "extensions", "singleValueExtendedProperties", "multiValueExtendedProperties"}
)


def marks_of(data: dict[str, Any], message: Message, now_s: int) -> Marks:
    """The wanted changes; 400 for bad values and read-only properties, 403 for what only drafts allow."""
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name.startswith("@odata."):
            continue
        if name not in _CHANGEABLE:
            raise _refusal(name, message)
        field, understand = _CHANGEABLE[name]
        values[field] = understand(name, value, now_s)
    return Marks(**values)


def _refusal(name: str, message: Message) -> GraphError:
    if name in _NAVIGATION:
        return not_simulated(f"PATCH of {name} on a message")
    if name in _DRAFT_ONLY and message.is_draft:
        return not_simulated(f"PATCH of {name} on a draft")
    if name in _DRAFT_ONLY:
        text = f"The property '{name}' of a message that is not a draft needs Mail-Advanced.ReadWrite."
        return GraphError(403, "ErrorAccessDenied", f"Access is denied. {text}")
    if name in PROPERTIES:
        return bad_request(
            f"The property '{name}' is read-only and cannot be set.", "ErrorInvalidPropertySet"
        )
    text = f"The property '{name}' does not exist on type 'microsoft.graph.message'."
    return bad_request(f"{text} Make sure to only use property names that are defined by the type.")


def _boolean(name: str, value: Any, now_s: int) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, "Edm.Boolean")
    return value


def _texts(name: str, value: Any, now_s: int) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise _wrong(name, "Collection(Edm.String)")
    return tuple(dict.fromkeys(value))


def _one_of(*allowed: str) -> Callable[[str, Any, int], str]:
    def understand(name: str, value: Any, now_s: int) -> str:
        if value not in allowed:
            raise _wrong(name, " or ".join(allowed))
        return str(value)

    return understand


def _flag(name: str, value: Any, now_s: int) -> Flag:
    known = {"flagStatus", "startDateTime", "dueDateTime", "completedDateTime"}
    if not isinstance(value, dict) or not set(value) - {"@odata.type"} <= known:
        raise _wrong(name, "microsoft.graph.followupFlag")
    start, due = _instant(value, "startDateTime"), _instant(value, "dueDateTime")
    completed = _instant(value, "completedDateTime")
    status = value.get("flagStatus") or ("complete" if completed is not None else "flagged")
    if due is not None and start is None:
        raise bad_request("A due date needs a start date.", "ErrorInvalidRequest")
    match status:
        case "notFlagged":
            return NO_FLAG
        case "complete":
            return Flag("complete", start, due, now_s if completed is None else completed)
        case "flagged":
            return Flag("flagged", start, due)
    raise _wrong("flagStatus", "notFlagged, complete or flagged")


def _instant(flag: dict[str, Any], name: str) -> int | None:
    value = flag.get(name)
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("dateTime"), str):
        raise _wrong(name, "microsoft.graph.dateTimeTimeZone")
    zone = zone_of(str(value.get("timeZone") or "UTC"))
    if zone is None:
        raise no_time_zone(str(value["timeZone"]))
    try:
        local = datetime.fromisoformat(value["dateTime"][:26])
        seconds = to_seconds(local if local.tzinfo else local.replace(tzinfo=zone))
        from_seconds(seconds)  # the year must be one in UTC as well
        return seconds
    except (ValueError, OverflowError) as error:
        raise _wrong(name, "microsoft.graph.dateTimeTimeZone") from error


def _wrong(name: str, kind: str) -> GraphError:
    return bad_request(
        f"Cannot convert the value of '{name}' to the expected type '{kind}'.", "RequestBodyRead"
    )


_CHANGEABLE: dict[str, tuple[str, Callable[[str, Any, int], Any]]] = {
    "isRead": ("is_read", _boolean),
    "flag": ("flag", _flag),
    "categories": ("categories", _texts),
    "importance": ("importance", _one_of("low", "normal", "high")),
    "inferenceClassification": ("inference", _one_of("focused", "other")),
    "isReadReceiptRequested": ("read_receipt", _boolean),
    "isDeliveryReceiptRequested": ("delivery_receipt", _boolean),
}
