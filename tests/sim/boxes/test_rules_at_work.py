"""Message rules at work on mail that arrives."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.boxes.helpers import RULES, contents, headers_of, rule, subjects
from tests.sim.graph.harness import ANNA, DESK, TENANT, GraphCaller, mailbox_of
from tests.sim.graph.test_drafts import person
from tests.sim.graph.test_sending import send_mail

from m365sim.control.client import ControlClient
from m365sim.directory import User
from m365sim.world import Mailbox
from m365sim.world.seeding import give_mailboxes
from m365sim.world.simulation import Simulation


def arrive(control: ControlClient, **message: Any) -> None:
    """Let a message come to Anna by post."""
    control.post(ANNA.upn, **{"from": "Adele Vance <adele@example.net>", "subject": "Offer", **message})


@pytest.mark.parametrize(
    ("conditions", "fitting", "other"),
    [
        ({"subjectContains": ["offer"]}, {}, {"subject": "Invoice"}),
        ({"bodyContains": ["Geld"]}, {"html": "<p>Kein <b>geld</b></p>"}, {"text": "Gold"}),
        ({"bodyOrSubjectContains": ["x1", "OFF"]}, {}, {"subject": "Invoice", "text": "y"}),
        ({"senderContains": ["adele"]}, {}, {"from": "bob@example.net"}),
        ({"fromAddresses": [person("ADELE@example.net")]}, {}, {"from": "bob@example.net"}),
        ({"recipientContains": ["team"]}, {"cc": ["Team <t@example.net>"]}, {}),
        ({"sentToAddresses": [person("t@example.net")]}, {"to": ["t@example.net"]}, {}),
        ({"headerContains": ["X-Own: yes"]}, {"headers": [["X-Own", "yes"]]}, {"headers": [["X-Own", "no"]]}),
        ({"hasAttachments": True}, {"attachments": [{"name": "a.txt", "text": "a"}]}, {}),
        ({"importance": "high"}, {"importance": "high"}, {}),
        ({"sensitivity": "private"}, {"headers": [["Sensitivity", "Private"]]}, {}),
        ({"isAutomaticReply": True}, {"headers": [["Auto-Submitted", "auto-replied"]]}, {}),
        ({"isNonDeliveryReport": True}, {"headers": [["X-MS-Exchange-Message-Is-Ndr", ""]]}, {}),
        (
            {"isReadReceipt": True},
            {"headers": [["Content-Type", "multipart/report; report-type=disposition-notification"]]},
            {},
        ),
        ({"isSigned": True}, {"headers": [["Content-Type", "multipart/signed; micalg=sha-256"]]}, {}),
        (
            {"isEncrypted": True},
            {"headers": [["Content-Type", "application/pkcs7-mime; smime-type=enveloped-data"]]},
            {"headers": [["Content-Type", "application/pkcs7-mime; smime-type=signed-data"]]},
        ),
        ({"sentToMe": True}, {}, {"to": ["t@example.net"], "cc": [ANNA.upn]}),
        ({"sentCcMe": True}, {"to": ["t@example.net"], "cc": [ANNA.upn]}, {}),
        ({"sentToOrCcMe": True}, {"to": ["t@example.net"], "cc": [ANNA.upn]}, {"to": ["t@example.net"]}),
        ({"sentOnlyToMe": True}, {}, {"cc": ["t@example.net"]}),
        ({"notSentToMe": True}, {"to": ["t@example.net"]}, {"cc": [ANNA.upn]}),
        (
            {"withinSizeRange": {"minimumSize": 2, "maximumSize": 9}},
            {"text": "x" * 4000},
            {"text": "x" * 9999},
        ),
        ({"subjectContains": ["Offer"], "importance": "low"}, {"importance": "low"}, {}),
    ],
)
def test_a_rule_acts_on_what_fits_and_on_nothing_else(
    anna: GraphCaller,
    control: ControlClient,
    mailbox: Mailbox,
    conditions: dict[str, Any],
    fitting: dict[str, Any],
    other: dict[str, Any],
) -> None:
    """Each predicate, on a message it is true of and on one it is not."""
    rule(anna, conditions, moveToFolder="archive")
    arrive(control, messageId="<fitting@x>", **fitting)
    arrive(control, messageId="<other@x>", **other)

    assert [c.message_id for c in contents(mailbox, "archive")] == ["<fitting@x>"]
    assert [c.message_id for c in contents(mailbox)] == ["<other@x>"]


def test_an_exception_spares_the_message(anna: GraphCaller, control: ControlClient, mailbox: Mailbox) -> None:
    """One of several is enough; one that is false spares nothing."""
    exceptions = {"subjectContains": ["urgent"], "importance": "high", "hasAttachments": False}
    body = {"displayName": "All", "sequence": 1, "exceptions": exceptions, "actions": {"delete": True}}
    anna.call("POST", RULES, body)
    for subject, importance in (("Urgent!", "normal"), ("Loud", "high"), ("Quiet", "normal")):
        arrive(control, subject=subject, importance=importance)

    assert subjects(mailbox) == ["Loud", "Urgent!"]
    assert subjects(mailbox, "deleteditems") == ["Quiet"]


def test_a_rule_marks_and_copies(anna: GraphCaller, control: ControlClient, mailbox: Mailbox) -> None:
    """Read, important, with categories; the copy has the marks as well."""
    rule(anna, markAsRead=True, markImportance="high", assignCategories=["Rot"], copyToFolder="archive")
    arrive(control)
    both = [*mailbox.newest(mailbox.named["inbox"]), *mailbox.newest(mailbox.named["archive"])]

    assert [(m.is_read, m.importance, m.categories) for m in both] == [(True, "high", ("Rot",))] * 2


def test_a_rule_can_delete_for_good(anna: GraphCaller, control: ControlClient, mailbox: Mailbox) -> None:
    """Nothing is left, not even in Deleted Items."""
    rule(anna, permanentDelete=True)
    arrive(control)

    assert mailbox.messages == {}


def test_rules_act_in_order_until_one_is_the_last(
    anna: GraphCaller, control: ControlClient, mailbox: Mailbox
) -> None:
    """Later rules see what earlier ones did; none acts after the one that stops, or while it is off."""
    for sequence, conditions, actions, is_enabled in [
        (4, {}, {"assignCategories": ["never"]}, True),
        (3, {"categories": ["first"]}, {"assignCategories": ["second"], "stopProcessingRules": True}, True),
        (2, {}, {"assignCategories": ["off"]}, False),
        (1, {}, {"assignCategories": ["first"]}, True),
    ]:
        body = {"displayName": "r", "sequence": sequence, "isEnabled": is_enabled}
        anna.call("POST", RULES, {**body, "conditions": conditions, "actions": actions})
    arrive(control)
    (message,) = mailbox.newest(mailbox.named["inbox"])

    assert message.categories == ("first", "second")


def test_broken_and_foreign_rules_are_passed_over(
    anna: GraphCaller, control: ControlClient, mailbox: Mailbox
) -> None:
    """A rule whose folder is gone does nothing at all; the next one acts."""
    folder = anna.call("POST", "/me/mailFolders", {"displayName": "Offers"}).json["id"]
    rule(anna, moveToFolder=folder, markAsRead=True)
    rule(anna, assignCategories=["Rot"])
    control.add_client_rule(ANNA.upn, "Foreign")
    anna.call("POST", f"/me/mailFolders/{folder}/permanentDelete")
    arrive(control)
    (message,) = mailbox.newest(mailbox.named["inbox"])

    assert (message.is_read, message.categories) == (False, ("Rot",))


def test_a_forward_is_a_new_message_of_the_mailbox(
    anna: GraphCaller, control: ControlClient, mailbox: Mailbox, desk: Mailbox
) -> None:
    """FW:, from Anna to the desk, with the original quoted and its files; marked as a rule's work."""
    rule(anna, forwardTo=[person(DESK.upn, "Desk")])
    arrive(control, text="Hello there", attachments=[{"name": "a.txt", "text": "a"}])
    (got,) = contents(desk)
    named = headers_of(got)

    assert (got.subject, [a.address for a in got.to]) == ("FW: Offer", [DESK.upn])
    assert got.from_ is not None and got.from_.address == ANNA.upn
    assert "Hello there" in got.body
    assert [a.name for a in got.attachments] == ["a.txt"]
    assert named["auto-submitted"] == "auto-generated"
    assert named["x-ms-exchange-inbox-rules-loop"] == ANNA.upn
    assert subjects(mailbox) == ["Offer"]
    assert subjects(mailbox, "sentitems") == []


def test_a_german_mailbox_forwards_in_german(
    anna: GraphCaller, control: ControlClient, mailbox: Mailbox, desk: Mailbox
) -> None:
    """WG: instead of FW:."""
    mailbox.language = "de-DE"
    rule(anna, forwardTo=[person(DESK.upn)])
    arrive(control)

    assert subjects(desk) == ["WG: Offer"]


def test_a_forward_as_attachment_holds_the_original(
    anna: GraphCaller, control: ControlClient, desk: Mailbox
) -> None:
    """The message lies in it as it came."""
    rule(anna, forwardAsAttachmentTo=[person(DESK.upn)])
    arrive(control)
    (got,) = contents(desk)
    (original,) = got.attachments

    assert (got.subject, got.body, original.name) == ("FW: Offer", "", "Offer")


def test_a_redirect_keeps_its_author(anna: GraphCaller, control: ControlClient, desk: Mailbox) -> None:
    """Author, recipients, Message-ID and words are the original's."""
    rule(anna, redirectTo=[person(DESK.upn)])
    arrive(control, messageId="<one@x>", text="Hello")
    (got,) = contents(desk)

    assert got.from_ is not None and got.from_.address == "adele@example.net"
    assert [a.address for a in got.to] == [ANNA.upn]
    assert (got.message_id, got.subject, got.body) == ("<one@x>", "Offer", "Hello")


def test_mail_that_is_not_let_out_comes_back(
    anna: GraphCaller, control: ControlClient, mailbox: Mailbox
) -> None:
    """The notice says 5.7.520 and goes to the mailbox whose rule it was; the switch opens the door."""
    rule(anna, forwardTo=[person("away@example.net")], redirectTo=[person("off@example.net")])
    arrive(control)
    notices = [c for c in contents(mailbox) if c.subject.startswith("Undeliverable")]
    assert sorted(c.subject for c in notices) == ["Undeliverable: FW: Offer", "Undeliverable: Offer"]
    assert all("5.7.520 Access denied, Your organization does not allow" in c.body for c in notices)
    assert control.outside() == []

    control.set_behaviour(blocksExternalForwarding=False)
    arrive(control)
    assert [x["subject"] for x in control.outside()] == ["FW: Offer", "Offer"]
    assert [x["envelope"]["sender"] for x in control.outside()] == [ANNA.upn, "adele@example.net"]


@pytest.mark.parametrize("action", ["forwardTo", "redirectTo", "forwardAsAttachmentTo"])
def test_rules_send_mail_on_once(
    sim: Simulation,
    base: str,
    anna: GraphCaller,
    control: ControlClient,
    mailbox: Mailbox,
    desk: Mailbox,
    action: str,
) -> None:
    """From Anna to the desk, and no further, whose rule it may be; nobody is told, other actions are done."""
    third = User("11111111-aaaa-4aaa-8aaa-000000000009", TENANT, "third@example.org", "Third")
    sim.directory.put_user(third)
    give_mailboxes(sim.world, sim.directory)
    at_desk = GraphCaller(base, DESK.upn, "MailboxSettings.ReadWrite")
    rule(anna, **{action: [person(DESK.upn)]})
    rule(at_desk, **{action: [person(third.upn)]}, moveToFolder="archive")
    arrive(control)

    assert (len(contents(mailbox)), len(contents(desk, "archive"))) == (1, 1)
    assert mailbox_of(sim, third).messages == {}


@pytest.mark.parametrize("action", ["forwardTo", "redirectTo", "forwardAsAttachmentTo"])
def test_mail_does_not_go_in_circles(
    base: str, anna: GraphCaller, control: ControlClient, mailbox: Mailbox, desk: Mailbox, action: str
) -> None:
    """Of two mailboxes that send everything on to one another, the second keeps what it was sent."""
    at_desk = GraphCaller(base, DESK.upn, "MailboxSettings.ReadWrite")
    rule(anna, **{action: [person(DESK.upn)]})
    rule(at_desk, **{action: [person(ANNA.upn)]})
    arrive(control)

    assert len(contents(mailbox)) == 1
    assert len(contents(desk)) == 1


def test_a_forward_to_nobody_does_not_forward_its_own_notice(
    anna: GraphCaller, control: ControlClient, mailbox: Mailbox
) -> None:
    """What comes from nobody is not sent on."""
    rule(anna, forwardTo=[person("nobody@example.org")])
    arrive(control)

    assert subjects(mailbox) == ["Offer", "Undeliverable: FW: Offer"]


def test_rules_see_a_forward_for_what_it_is(
    base: str, anna: GraphCaller, control: ControlClient, desk: Mailbox
) -> None:
    """``isAutomaticForward`` is true of what another mailbox's rule sent on, and of nothing else."""
    rule(anna, forwardTo=[person(DESK.upn)])
    at_desk = GraphCaller(base, DESK.upn, "MailboxSettings.ReadWrite")
    rule(at_desk, {"isAutomaticForward": True}, moveToFolder="archive")
    arrive(control)
    control.post(DESK.upn, subject="By hand")

    assert subjects(desk, "archive") == ["FW: Offer"]
    assert subjects(desk) == ["By hand"]


def test_mail_sent_by_a_colleague_meets_the_rules_too(
    sim: Simulation, base: str, anna: GraphCaller, desk: Mailbox
) -> None:
    """Not only mail from outside; and mail that is put into a folder by a program does not."""
    at_desk = GraphCaller(base, DESK.upn, "MailboxSettings.ReadWrite,Mail.ReadWrite")
    rule(at_desk, moveToFolder="archive")
    send_mail(anna, {"subject": "Sent", "toRecipients": [person(DESK.upn)]})
    ControlClient(base).receive(DESK.upn, subject="Put")

    assert subjects(desk, "archive") == ["Sent"]
    assert subjects(desk) == ["Put"]
