"""The route that tells, before mail is written, what will become of it.

Source: Graph v1.0, "user: getMailTips", "mailTips resource type".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from m365sim.graph import odata, values
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.parameters import parameters
from m365sim.graph.routes import Rows
from m365sim.graph.settings_json import language_json
from m365sim.graph.zoned import zoned_json
from m365sim.world.automatic_replies import words_for
from m365sim.world.mailbox import Mailbox
from m365sim.world.organisation import is_colleague, owner_of
from m365sim.world.post import mailbox_at

_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")


@dataclass(frozen=True, slots=True)
class _Recipient:
    """One address asked about: its mailbox here, if it has one, and whether it is of the same tenant."""

    context: Context
    address: str
    mailbox: Mailbox | None
    is_internal: bool


def get_mail_tips(context: Context) -> Answer:
    """POST getMailTips."""
    odata.check_options(context.request.query, ())
    given = parameters(context.request, ("emailAddresses", "mailTipsOptions"))
    if not given.get("emailAddresses"):
        raise bad_request("The parameter 'emailAddresses' is missing.", "ErrorInvalidParameter")
    values.texts("emailAddresses", given["emailAddresses"])  # which are answered in turn, twice if need be
    options = _options(given["mailTipsOptions"]) if given.get("mailTipsOptions") else list(_TIPS)
    annotation = f"{context.request.root}/$metadata#Collection(microsoft.graph.mailTips)"
    tips = [_tips(_recipient(context, address), options) for address in given["emailAddresses"]]
    return json_answer({"@odata.context": annotation, "value": tips})


def _options(value: Any) -> list[str]:
    """The flags of an enumeration, written behind one another with commas."""
    words = values.text("mailTipsOptions", value).split(",")
    return [values.one_of("mailTipsOptions", word.strip(), _TIPS) for word in words]


def _recipient(context: Context, address: str) -> _Recipient:
    world = context.sim.world
    is_internal = is_colleague(world, context.mailbox, address)
    return _Recipient(context, address, mailbox_at(world, address), is_internal)


def _tips(recipient: _Recipient, options: list[str]) -> dict[str, Any]:
    world, mailbox = recipient.context.sim.world, recipient.mailbox
    name = owner_of(world, mailbox).name if mailbox is not None and recipient.is_internal else ""
    tips: dict[str, Any] = {"emailAddress": {"name": name, "address": recipient.address}}
    if not _ADDRESS.fullmatch(recipient.address) or (recipient.is_internal and mailbox is None):
        text = f"The recipient '{recipient.address}' could not be found."
        return tips | {"error": {"code": "ErrorMailRecipientNotFound", "message": text}}
    for option in options:
        property_name, tell = _TIPS[option]
        tips[property_name] = tell(recipient)
    return tips


def _automatic_replies(recipient: _Recipient) -> dict[str, Any]:
    mailbox, context = recipient.mailbox, recipient.context
    now_s = context.sim.clock.now_s()
    if mailbox is None or not mailbox.settings.automatic_replies.is_active(now_s):
        return {"message": ""}
    shown: dict[str, Any] = {"message": words_for(context.sim.world, mailbox, context.mailbox.address)}
    replies = mailbox.settings.automatic_replies
    if not shown["message"]:
        return shown
    shown["messageLanguage"] = language_json(mailbox.language)
    if replies.status == "scheduled":
        start_s, end_s = replies.window(now_s)
        shown["scheduledStartTime"] = zoned_json(start_s, context.prefer.time_zone)
        shown["scheduledEndTime"] = zoned_json(end_s, context.prefer.time_zone)
    return shown


def _mail_tip(recipient: _Recipient) -> str | None:
    return recipient.mailbox.settings.mail_tip if recipient.mailbox is not None else None


def _size(recipient: _Recipient) -> int | None:
    return recipient.mailbox.max_message_size if recipient.mailbox is not None else None


_TIPS: dict[str, tuple[str, Callable[[_Recipient], Any]]] = {
    "automaticReplies": ("automaticReplies", _automatic_replies),
    "mailboxFullStatus": ("mailboxFull", lambda r: r.mailbox is not None and r.mailbox.settings.is_full),
    "customMailTip": ("customMailTip", _mail_tip),
    "externalMemberCount": ("externalMemberCount", lambda r: 0 if r.is_internal else 1),
    "totalMemberCount": ("totalMemberCount", lambda r: 1),
    "maxMessageSize": ("maxMessageSize", _size),
    "deliveryRestriction": ("deliveryRestricted", lambda r: False),
    "moderationStatus": ("isModerated", lambda r: False),
    "recipientScope": ("recipientScope", lambda r: "internal" if r.is_internal else "external"),
    "recipientSuggestions": ("recipientSuggestions", lambda r: []),
}


ROUTES: Rows = (("POST", "getMailTips", "mail_tips", get_mail_tips),)
