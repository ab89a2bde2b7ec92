"""Mail tips, and mailboxes that are full."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.boxes.helpers import change, contents
from tests.sim.graph.harness import ANNA, DESK, GUEST, GraphCaller
from tests.sim.graph.test_drafts import person
from tests.sim.graph.test_sending import send_mail

from m365sim.control.client import ControlClient
from m365sim.world import Mailbox

EVERY_TIP = (
    "automaticReplies, mailboxFullStatus, customMailTip, externalMemberCount, totalMemberCount, "
    "maxMessageSize, deliveryRestriction, moderationStatus, recipientScope, recipientSuggestions"
)


def tips(graph: GraphCaller, *addresses: str, options: str = EVERY_TIP) -> list[dict[str, Any]]:
    """Ask for tips."""
    body = {"EmailAddresses": list(addresses), "MailTipsOptions": options}
    reply = graph.call("POST", "/me/getMailTips", body)
    assert reply.status == 200, reply.body
    value: list[dict[str, Any]] = reply.json["value"]
    return value


def test_every_tip_of_a_colleague(anna: GraphCaller, control: ControlClient) -> None:
    """As the mailbox is right now."""
    control.set_user(DESK.upn, maxMessageSize=1_000_000)
    control.set_mailbox(DESK.upn, isFull=True, customMailTip="We answer in two days")
    (tip,) = tips(anna, DESK.upn)

    assert tip == {
        "emailAddress": {"name": "Desk", "address": DESK.upn},
        "automaticReplies": {"message": ""},
        "mailboxFull": True,
        "customMailTip": "We answer in two days",
        "externalMemberCount": 0,
        "totalMemberCount": 1,
        "maxMessageSize": 1_000_000,
        "deliveryRestricted": False,
        "isModerated": False,
        "recipientScope": "internal",
        "recipientSuggestions": [],
    }


def test_only_what_was_asked_for_in_the_order_of_the_addresses(anna: GraphCaller) -> None:
    """Options in any letter case; parameters in camelCase too; who is named twice is answered twice."""
    named = [DESK.upn, ANNA.upn, DESK.upn]
    body = {"emailAddresses": named, "mailTipsOptions": "MailboxFullStatus"}
    value = anna.call("POST", "/me/getMailTips", body).json["value"]

    assert [tip["emailAddress"]["address"] for tip in value] == named
    assert [set(tip) for tip in value] == [{"emailAddress", "mailboxFull"}] * 3


def test_an_absent_colleague_says_so(base: str, anna: GraphCaller) -> None:
    """The text for insiders, its language and its schedule."""
    at_desk = GraphCaller(base, DESK.upn, "MailboxSettings.ReadWrite")
    start = {"dateTime": "2026-05-04T09:00:00", "timeZone": "UTC"}
    end = {"dateTime": "2026-05-06T09:00:00", "timeZone": "UTC"}
    setting = {"status": "scheduled", "scheduledStartDateTime": start, "scheduledEndDateTime": end}
    words = {"internalReplyMessage": "Inside", "externalReplyMessage": "Outside"}
    change(at_desk, automaticRepliesSetting={**setting, **words})
    (tip,) = tips(anna, DESK.upn, options="automaticReplies")

    assert tip["automaticReplies"] == {
        "message": "Inside",
        "messageLanguage": {"locale": "en-US", "displayName": "English (United States)"},
        "scheduledStartTime": {"dateTime": "2026-05-04T09:00:00.0000000", "timeZone": "UTC"},
        "scheduledEndTime": {"dateTime": "2026-05-06T09:00:00.0000000", "timeZone": "UTC"},
    }


def test_of_outsiders_only_that_they_are_outside(anna: GraphCaller) -> None:
    """Nothing is known of their mailboxes."""
    (tip,) = tips(anna, "bea@example.net")

    assert (tip["recipientScope"], tip["externalMemberCount"]) == ("external", 1)
    assert (tip["mailboxFull"], tip["maxMessageSize"], tip["customMailTip"]) == (False, None, None)


@pytest.mark.parametrize(
    "address", ["nobody@example.org", GUEST.upn, "no address", "Desk <desk@example.org>", "@", "x@"]
)
def test_an_address_that_is_nobodys_has_an_error(anna: GraphCaller, address: str) -> None:
    """In its place in the list, with no tips; the others are answered."""
    wrong, right = tips(anna, address, DESK.upn)

    assert set(wrong) == {"emailAddress", "error"}
    assert wrong["error"]["code"] == "ErrorMailRecipientNotFound"
    assert right["recipientScope"] == "internal"


@pytest.mark.parametrize(
    "body",
    [
        {"MailTipsOptions": "automaticReplies"},
        {"EmailAddresses": DESK.upn, "MailTipsOptions": "automaticReplies"},
        {"EmailAddresses": [DESK.upn], "MailTipsOptions": "automaticReplies, weather"},
        {"EmailAddresses": [DESK.upn], "MailTipsOptions": "automaticReplies", "More": 1},
    ],
)
def test_a_question_that_is_none_is_refused(anna: GraphCaller, body: dict[str, Any]) -> None:
    """400 without addresses, with other options, and with further parameters."""
    assert anna.call("POST", "/me/getMailTips", body).status == 400


def test_without_options_every_tip_is_given(anna: GraphCaller) -> None:
    """The description does not require them."""
    [tips] = anna.call("POST", "/me/getMailTips", {"EmailAddresses": [DESK.upn]}).json["value"]

    assert {"automaticReplies", "mailboxFull", "maxMessageSize", "recipientScope"} <= set(tips)


@pytest.mark.parametrize(
    ("scopes", "status"),
    [("Mail.Read", 200), ("MailTips.ReadBasic.Shared", 200), ("User.Read", 403), ("Mail.Send", 403)],
)
def test_who_may_ask(base: str, scopes: str, status: int) -> None:
    """Mail.Read, or the permission that is for nothing else."""
    body = {"EmailAddresses": [DESK.upn], "MailTipsOptions": "recipientScope"}

    assert GraphCaller(base, scopes=scopes).call("POST", "/me/getMailTips", body).status == status


def test_a_full_mailbox_takes_no_mail(
    anna: GraphCaller, control: ControlClient, mailbox: Mailbox, desk: Mailbox
) -> None:
    """5.2.2 to the sender; and when his own is full as well, nothing goes in circles."""
    control.set_mailbox(DESK.upn, isFull=True)
    message = {"subject": "Hello", "toRecipients": [person(DESK.upn)]}
    send_mail(anna, message)
    (notice,) = contents(mailbox)
    assert "5.2.2" in notice.body
    assert desk.messages == {}

    control.set_mailbox(ANNA.upn, isFull=True)
    send_mail(anna, message)
    assert len(contents(mailbox)) == 1

    control.set_mailbox(DESK.upn, isFull=False)
    send_mail(anna, message)
    assert len(contents(desk)) == 1


def test_a_full_mailbox_has_no_delta_and_all_else(anna: GraphCaller, control: ControlClient) -> None:
    """Delta keeps its state in the mailbox; lists do not."""
    control.set_mailbox(ANNA.upn, isFull=True)
    refused = anna.call("GET", "/me/mailFolders/inbox/messages/delta")

    assert (refused.status, refused.code) == (403, "ErrorQuotaExceeded")
    assert anna.call("GET", "/me/mailFolders/inbox/messages").status == 200
