"""What a PATCH of a message may change, understood in full before anything is changed.

Source: Graph v1.0, "Update message"; "Updates to sensitive email properties" (draft-only from 31 Dec 2026).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from m365sim.graph import message_fields, values
from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.extended import NAMES as EXTENDED
from m365sim.graph.extended import changes_of
from m365sim.graph.render import KIND, NAVIGATION, PROPERTIES
from m365sim.graph.zoned import zoned_instant
from m365sim.world.messages import NO_FLAG, Flag, Message
from m365sim.world.organise import Marks

_NAVIGATION = frozenset({"attachments", "extensions"})
_KNOWN = (*PROPERTIES, *NAVIGATION)


@dataclass(frozen=True, slots=True)
class Patch:
    """The wanted changes: marks, fields of `Written` under Graph's names for them, extended properties."""

    marks: Marks = field(default_factory=Marks)
    content: Mapping[str, Any] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    extended: Mapping[str, str | tuple[str, ...] | None] = field(default_factory=dict)


def patch_of(data: dict[str, Any], message: Message, now_s: int, *, may_rewrite: bool) -> Patch:
    """Understand a PATCH; 400 for bad values and read-only properties.

    What a message says may be changed in drafts, and in others if ``may_rewrite``; else 403.
    """
    given = values.plain(data, KIND, "microsoft.graph.eventMessage", known=_KNOWN)
    for name in given:
        if name not in STATE_NAMES and name not in EXTENDED:
            _check_content(name, is_allowed=message.is_draft or may_rewrite)
    content = {n: v for n, v in given.items() if n in message_fields.NAMES}
    fields = message_fields.content_fields(content)
    if "sender" in fields:
        fields = message_fields.following(fields, message.source.load().from_)
    return Patch(
        Marks(**state_fields({n: v for n, v in given.items() if n in STATE_NAMES}, now_s)),
        fields,
        frozenset(content) | ({"from"} if "from_" in fields else set()),
        changes_of(given),
    )


def _check_content(name: str, *, is_allowed: bool) -> None:
    if name in message_fields.NAMES:
        if not is_allowed:
            text = f"The property '{name}' of a message that is not a draft needs Mail-Advanced.ReadWrite."
            raise GraphError(403, "ErrorAccessDenied", f"Access is denied. {text}")
        return
    if name in _NAVIGATION:
        raise not_simulated(f"PATCH of {name} on a message")
    if name in PROPERTIES:
        text = f"The property '{name}' is read-only and cannot be set."
        raise bad_request(text, "ErrorInvalidPropertySet")
    raise values.no_such_property(name, "microsoft.graph.message")


def state_fields(data: Mapping[str, Any], now_s: int) -> dict[str, Any]:
    """The fields of `Message` that these properties set; ``data`` may hold names of `STATE_NAMES` only."""
    fields = {}
    for name, value in data.items():
        target, understand = _STATE[name]
        fields[target] = understand(name, value, now_s)
    return fields


def _flag(name: str, value: Any, now_s: int) -> Flag:
    kind = "microsoft.graph.followupFlag"
    fields = values.object_of(name, value, kind)
    known = {"flagStatus", "startDateTime", "dueDateTime", "completedDateTime"}
    if unknown := sorted(set(fields) - known):
        raise values.no_such_property(unknown[0], kind)
    start, due = _instant(fields, "startDateTime"), _instant(fields, "dueDateTime")
    completed = _instant(fields, "completedDateTime")
    given = fields.get("flagStatus") or ("complete" if completed is not None else "flagged")
    status = values.one_of("flagStatus", given, ("notFlagged", "complete", "flagged"))
    if due is not None and start is None:
        raise bad_request("A due date needs a start date.", "ErrorInvalidRequest")
    match status:
        case "notFlagged":
            return NO_FLAG
        case "complete":
            return Flag("complete", start, due, now_s if completed is None else completed)
        case _:
            return Flag("flagged", start, due)


def _instant(flag: dict[str, Any], name: str) -> int | None:
    value = flag.get(name)
    return None if value is None else zoned_instant(name, value)


def _plainly(understand: Callable[[str, Any], Any]) -> Callable[[str, Any, int], Any]:
    return lambda name, value, now_s: understand(name, value)


def _member(*allowed: str) -> Callable[[str, Any, int], str]:
    return lambda name, value, now_s: values.one_of(name, value, allowed)


# Graph's property -> field of Message, and how its value is understood.
_STATE: dict[str, tuple[str, Callable[[str, Any, int], Any]]] = {
    "isRead": ("is_read", _plainly(values.boolean)),
    "flag": ("flag", _flag),
    "categories": ("categories", _plainly(values.texts)),
    "importance": ("importance", _member("low", "normal", "high")),
    "inferenceClassification": ("inference", _member("focused", "other")),
    "isReadReceiptRequested": ("read_receipt", _plainly(values.boolean)),
    "isDeliveryReceiptRequested": ("delivery_receipt", _plainly(values.boolean)),
}
STATE_NAMES = frozenset(_STATE)
