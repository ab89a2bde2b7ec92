"""Rules from the JSON that programs send, understood in full before anything is changed.

Source: Graph v1.0, "Create rule", "Update rule", "messageRulePredicates resource type".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from m365sim.graph import values
from m365sim.graph.errors import bad_request, not_simulated
from m365sim.graph.rules_json import KNOWN
from m365sim.world.content import Address
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.organise import check_holds_mail
from m365sim.world.rules import Actions, Predicates, SizeRange, Wanted

_KIND = "microsoft.graph.messageRule"
_INT32 = 2**31


def rule_fields(data: dict[str, Any], mailbox: Mailbox) -> dict[str, Any]:
    """The fields of `Rule` that these properties set; 400 for bad ones, 501 for what is not simulated.

    What the service sets itself (id, hasError, isReadOnly) may be there and has no effect.
    """
    given = values.plain(data, _KIND)
    if unknown := sorted(set(given) - set(KNOWN)):
        raise values.no_such_property(unknown[0], _KIND)
    fields: dict[str, Any] = {}
    for name, value in given.items():
        match name:
            case "displayName":
                fields["name"] = _name(value)
            case "sequence":
                fields["sequence"] = _whole(name, value)
            case "isEnabled":
                fields["is_enabled"] = values.boolean(name, value)
            case "conditions" | "exceptions":
                fields[name] = _predicates(name, value)
            case "actions":
                fields["actions"] = _actions(value, mailbox)
    return fields


def new_rule_fields(data: dict[str, Any], mailbox: Mailbox) -> dict[str, Any]:
    """The same for a new rule, which needs a name, a place and something to do."""
    fields = rule_fields(data, mailbox)
    for name, field in (("displayName", "name"), ("sequence", "sequence"), ("actions", "actions")):
        if field not in fields:
            raise bad_request(f"The property '{name}' is required.", "ErrorInvalidParameter")
    return fields


def _name(value: Any) -> str:
    name = values.text("displayName", value).strip()
    if not name:
        raise bad_request("The property 'displayName' is required.", "ErrorInvalidParameter")
    return name


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_INT32 <= value < _INT32:
        raise values.wrong(name, "Edm.Int32")
    return value


# -- conditions and exceptions ------------------------------------------------------------------------


def _texts(name: str, value: Any) -> tuple[str, ...]:
    found = values.texts(name, value)
    if not all(text.strip() for text in found):
        raise bad_request(f"The property '{name}' holds an empty text.", "ErrorInvalidParameter")
    return found


def _people(name: str, value: Any) -> tuple[Address, ...]:
    found = values.recipients(name, value)
    if not all("@" in person.address for person in found):
        message = f"At least one recipient of '{name}' is not valid."
        raise bad_request(message, "ErrorInvalidRecipients")
    return found


def _member(*allowed: str) -> Callable[[str, Any], str]:
    return lambda name, value: values.one_of(name, value, allowed)


def _size_range(name: str, value: Any) -> SizeRange:
    fields = values.object_of(name, value, "microsoft.graph.sizeRange")
    if unknown := sorted(set(fields) - {"minimumSize", "maximumSize"}):
        raise values.no_such_property(unknown[0], "microsoft.graph.sizeRange")
    bounds = {n: _whole(n, v) for n, v in fields.items() if v is not None}
    return SizeRange(bounds.get("minimumSize"), bounds.get("maximumSize"))


_PREDICATES: dict[str, Callable[[str, Any], Wanted]] = {
    **dict.fromkeys(
        (
            "bodyContains",
            "bodyOrSubjectContains",
            "categories",
            "headerContains",
            "recipientContains",
            "senderContains",
            "subjectContains",
        ),
        _texts,
    ),
    **dict.fromkeys(("fromAddresses", "sentToAddresses"), _people),
    **dict.fromkeys(
        (
            "hasAttachments",
            "isAutomaticForward",
            "isAutomaticReply",
            "isEncrypted",
            "isNonDeliveryReport",
            "isReadReceipt",
            "isSigned",
            "notSentToMe",
            "sentCcMe",
            "sentOnlyToMe",
            "sentToMe",
            "sentToOrCcMe",
        ),
        values.boolean,
    ),
    "importance": _member("low", "normal", "high"),
    "sensitivity": _member("normal", "personal", "private", "confidential"),
    "withinSizeRange": _size_range,
}
_NOT_EVALUATED = frozenset(
    {
        "isApprovalRequest",
        "isMeetingRequest",
        "isMeetingResponse",
        "isPermissionControlled",
        "isVoicemail",
        "messageActionFlag",
    }
)


def _predicates(place: str, value: Any) -> Predicates:
    """Predicates by name; null and empty lists ask for nothing and are left out."""
    kind = "microsoft.graph.messageRulePredicates"
    given = values.object_of(place, value if value is not None else {}, kind)
    found: dict[str, Wanted] = {}
    for name, one in given.items():
        if name not in _PREDICATES and name not in _NOT_EVALUATED:
            raise values.no_such_property(name, kind)
        if one is None or one == []:
            continue
        if name in _NOT_EVALUATED:
            raise not_simulated(f"the predicate {name} of message rules")
        found[name] = _PREDICATES[name](name, one)
    return found


# -- actions ------------------------------------------------------------------------------------------

_ACTIONS: dict[str, tuple[str, Callable[[str, Any], Any]]] = {
    "delete": ("deletes", values.boolean),
    "permanentDelete": ("destroys", values.boolean),
    "markAsRead": ("marks_read", values.boolean),
    "markImportance": ("importance", _member("low", "normal", "high")),
    "forwardTo": ("forward_to", _people),
    "forwardAsAttachmentTo": ("attach_to", _people),
    "redirectTo": ("redirect_to", _people),
    "assignCategories": ("categories", _texts),
    "stopProcessingRules": ("stops", values.boolean),
}
_FOLDERS = {"moveToFolder": "move_to", "copyToFolder": "copy_to"}


def _actions(value: Any, mailbox: Mailbox) -> Actions:
    kind = "microsoft.graph.messageRuleActions"
    given = values.object_of("actions", value, kind)
    fields: dict[str, Any] = {}
    for name, one in given.items():
        if name not in _ACTIONS and name not in _FOLDERS:
            raise values.no_such_property(name, kind)
        if one is None:
            continue
        if name in _FOLDERS:
            fields[_FOLDERS[name]] = _folder(name, one, mailbox).number
        else:
            target, understand = _ACTIONS[name]
            fields[target] = understand(name, one)
    actions = Actions(**fields)
    if actions == Actions():
        raise bad_request("A rule must have at least one action.", "ErrorInvalidParameter")
    return actions


def _folder(name: str, value: Any, mailbox: Mailbox) -> Folder:
    folder = mailbox.folder(values.text(name, value))
    check_holds_mail(folder)
    return folder
