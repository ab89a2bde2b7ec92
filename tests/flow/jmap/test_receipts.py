"""Read receipts: asked for with a draft, told of what arrives, sent or not, once."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.conftest import PNG, Desk, new_desk
from tests.flow.jmap.office import Office
from tests.flow.jmap.test_sending import call, create, refused, submit, upload

RECEIPT = "poststelle:receipt"


@pytest.fixture(scope="module")
def own(office: Office) -> Iterator[Desk]:
    """A mailbox that writes to itself, and at once."""
    office.admin.ok("PUT", "/api/settings/sending", {"hold_s": 0})
    yield new_desk(office)
    office.admin.ok("PUT", "/api/settings/sending", {"hold_s": 10})


def arrives(own: Desk, subject: str) -> dict[str, Any]:
    """What has come into the inbox under this subject."""
    inbox = own.anna.folder(own.account, "inbox")["id"]

    def found() -> list[dict[str, Any]]:
        wanted = {"inMailbox": inbox, "subject": f'"{subject}"'}
        ids = own.anna.query_all(own.account, filter=wanted)
        emails = own.anna.emails(own.account, ids, "subject", RECEIPT, "from", "messageId")
        return [one for one in emails if one["subject"] == subject]

    return dict(eventually(found)[0])


def asks(own: Desk, subject: str, **said: Any) -> dict[str, Any]:
    """A message that asks for a receipt arrives: written to oneself."""
    said = {RECEIPT: "asked"} | said
    draft = create(own, subject=subject, to=[{"name": "Selbst", "email": own.address}], **said)
    told = own.anna.emails(own.account, [draft["id"]], RECEIPT)
    assert told == [{"id": draft["id"], RECEIPT: "asked"}]
    submit(own, emailId=draft["id"])
    return arrives(own, subject)


def answer(own: Desk, message: str, *, send: bool | None, by: Client | None = None) -> str:
    """The code of a refusal; "" when it is done."""
    path = f"/api/mailboxes/{own.account}/messages/{message}/receipt"
    told = (by or own.anna).post(path, {"send": send})
    return "" if told.status == 200 else str(told.json["error"]["code"])


def test_a_receipt_is_asked_for_and_sent_once(own: Desk) -> None:
    """The wish reaches Microsoft and the recipient; the receipt goes to the author and names the message."""
    asked = asks(own, "Bitte bestätigen")
    assert asked[RECEIPT] == "asked"

    first = answer(own, asked["id"], send=True)
    again = [answer(own, asked["id"], send=send) for send in (True, False)]
    receipt = arrives(own, "Read: Bitte bestätigen")

    assert (first, again) == ("", ["receipt_answered"] * 2)
    assert own.anna.emails(own.account, [asked["id"]], RECEIPT)[0][RECEIPT] == "sent"
    [whole] = own.anna.emails(
        own.account, [receipt["id"]], "header:Content-Type:asText", "header:References:asMessageIds"
    )
    assert whole["header:References:asMessageIds"] == asked["messageId"]
    own.settled()


def test_a_receipt_that_is_not_wanted_is_asked_for_no_more(own: Desk) -> None:
    """Declined for everybody who shares the mailbox; who may only read says nothing of it."""
    asked = asks(own, "Noch eine", **{RECEIPT: None, "header:Disposition-Notification-To:asAddresses": [
        {"name": None, "email": own.address}]})  # fmt: skip
    reader = own.office.person("leserin")
    own.office.assign(own.account, "leserin", "read")
    assert [answer(own, asked["id"], send=send, by=reader) for send in (True, False)] == ["needs_level"] * 2

    assert answer(own, asked["id"], send=False) == ""
    assert own.anna.emails(own.account, [asked["id"]], RECEIPT)[0][RECEIPT] == "declined"
    assert [answer(own, asked["id"], send=send) for send in (True, None, None, False)] == [
        "receipt_answered", "", "receipt_answered", "",
    ]  # fmt: skip
    assert answer(own, asked["id"], send=True) == "receipt_answered"
    assert answer(own, "m999999", send=True) == "no_such_message"


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [(403, "receipt_not_sent", "asked"), (500, "receipt_unsure", "sent")],
)
def test_what_became_of_it_is_told(own: Desk, status: int, code: str, state: str) -> None:
    """Refused, it can be tried again; without an answer it counts as sent, for none goes twice."""
    asked = asks(own, f"Fehler {status}")
    own.office.simulator.control.fail_next("POST", "*/sendMail", status=status)
    assert answer(own, asked["id"], send=True) == code
    assert own.anna.emails(own.account, [asked["id"]], RECEIPT)[0][RECEIPT] == state


def test_a_receipt_goes_to_the_author_alone(own: Desk) -> None:
    """Microsoft has it sent there; another address can't be asked for, nor another mark."""
    elsewhere = {
        "header:Disposition-Notification-To:asAddresses": [{"name": None, "email": "x@anders.example"}]
    }
    assert refused(own, **elsewhere)["type"] == "invalidProperties"
    assert refused(own, **{RECEIPT: "sent"})["properties"] == [RECEIPT]


def test_a_signature_arrives_with_its_picture(own: Desk) -> None:
    """The mailbox's signature as a letter holds it: at Microsoft its picture is a part of the message."""
    body = {
        "kind": "signature",
        "name": "Haus",
        "html": "<p>{{name}}, {{Postfach-Adresse}}</p>",
        "is_default": True,
    }
    made = own.office.admin.ok("POST", f"/api/mailboxes/{own.account}/boilerplate", body)
    [identity, *_] = call(own.anna, "Identity/get", accountId=own.account)["list"]
    own.office.admin.ok("DELETE", f"/api/boilerplate/{made['id']}")
    assert identity["htmlSignature"] == f"<p>Anna, {own.address}</p>"
    logo = upload(own.anna, own.account, PNG, "image/png")
    signature = f'{identity["htmlSignature"]}<img src="cid:logo@x">'
    html = f'<p>Text</p><div class="poststelle-signature">{signature}</div>'
    part = {
        "blobId": logo["blobId"],
        "type": "image/png",
        "name": "logo.png",
        "cid": "logo@x",
        "disposition": "inline",
    }
    draft = create(own, subject="Mit Logo", bodyValues={"h": {"value": html}}, attachments=[part],
                   to=[{"name": "Selbst", "email": own.address}])  # fmt: skip
    submit(own, emailId=draft["id"])
    arrived = arrives(own, "Mit Logo")
    _, held = own.office.simulator.control.snapshot(own.address)
    assert any(one["subject"] == "Mit Logo" for one in held.values())

    [seen] = own.anna.emails(own.account, [arrived["id"]], "attachments", "hasAttachment")
    assert [(one["name"], one["cid"], one["disposition"]) for one in seen["attachments"]] == [
        ("logo.png", "logo@x", "inline")
    ]
    assert seen["hasAttachment"] is False


def test_a_receipt_that_nobody_can_be_sent_is_refused_in_words(own: Desk) -> None:
    """For an address that no message can hold; a Message-ID that is as long does not hinder it."""
    before = set(own.anna.query_all(own.account))
    for said in ({"from": f"A <{'a' * 1_100}@x.example>"}, {"messageId": f"<{'m' * 1_100}@x.example>"}):
        own.receive(subject="Lang", isReadReceiptRequested=True, **{"from": "K <k@kunden.example>", **said})
    own.settled()
    new = sorted(set(own.anna.query_all(own.account)) - before)
    assert {answer(own, id_, send=True) for id_ in new} == {"receipt_not_sent", ""}
