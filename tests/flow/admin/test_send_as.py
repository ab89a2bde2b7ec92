"""From which addresses mail goes: the mailbox's own, aliases, a shared one's where Microsoft allows it."""

from collections.abc import Iterator
from email import message_from_string
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from tests.flow.admin.guarded import Guarded, becomes, guarded_office
from tests.flow.sim import Simulator

USING = [
    "urn:ietf:params:jmap:core",
    "urn:ietf:params:jmap:mail",
    "urn:ietf:params:jmap:submission",
    "https://poststelle.example/jmap/mail",
]


@pytest.fixture
def office(m365: Simulator, tmp_path: Path) -> Iterator[Guarded]:
    """With all engines at work."""
    with guarded_office(m365, tmp_path, with_engines=True) as found:
        m365.control.clear_outside()
        yield found


def call(office: Guarded, name: str, **args: Any) -> dict[str, Any]:
    """One JMAP method as Anna."""
    body = {"using": USING, "methodCalls": [[name, {"accountId": office.account, **args}, "0"]]}
    [[answered, answer, _], *_] = office.anna.post("/jmap/api", body).json["methodResponses"]
    assert answered == name, answer
    found: dict[str, Any] = answer
    return found


CUSTOMER = "kunde@extern.example"


def drafts_folder(office: Guarded) -> str | None:
    found = call(office, "Mailbox/get", ids=None)["list"]
    return next((one["id"] for one in found if one["role"] == "drafts"), None)


def write(office: Guarded, from_: str, **said: Any) -> str:
    """A draft's id."""
    becomes(lambda: drafts_folder(office) is not None)
    draft = {
        "mailboxIds": {drafts_folder(office): True},
        "keywords": {"$draft": True},
        "from": [{"name": "Büro", "email": from_}],
        "to": [{"name": None, "email": CUSTOMER}],
        "subject": "Angebot",
        "textBody": [{"partId": "t", "type": "text/plain"}],
        "bodyValues": {"t": {"value": "Guten Tag"}},
    } | said
    answer = call(office, "Email/set", create={"d": draft})
    return str(answer["created"]["d"]["id"])


def send(office: Guarded, email: str, address: str) -> str:
    """A submission's id, from the identity of this address, without a hold."""
    identities = call(office, "Identity/get", ids=None)["list"]
    identity = next(one["id"] for one in identities if one["email"] == address)
    wanted = {"emailId": email, "identityId": identity, "sendAt": "2026-01-01T00:00:00Z"}
    answer = call(office, "EmailSubmission/set", create={"s": wanted})
    return str(answer["created"]["s"]["id"])


def state(office: Guarded, submission: str) -> tuple[str, str | None]:
    [found] = call(office, "EmailSubmission/get", ids=[submission])["list"]
    return found["poststelle:state"], found["poststelle:problemDetail"]


def received(office: Guarded) -> list[dict[str, Any]]:
    """The mail that left for the customer."""
    return [one for one in office.m365.control.outside() if CUSTOMER in one["envelope"]["recipients"]]


def header(letter: dict[str, Any], name: str) -> str | None:
    """An address in the head of a letter as it left."""
    found = message_from_string(letter["mime"])[name]
    return None if found is None else parseaddr(found)[1]


def lying(office: Guarded, address: str) -> list[tuple[str, str]]:
    """The subjects in a mailbox at Microsoft, and the folders that hold them."""
    folders, found = office.m365.control.snapshot(address)
    names = {folder["id"]: folder["wellKnownName"] for folder in folders}
    return [(one["subject"], names[one["folderId"]]) for one in found.values()]


def test_mail_goes_from_an_alias(office: Guarded) -> None:
    """Aliases are identities after the mailbox's own address; recipients see the one that was chosen."""
    alias = office.address.replace("@", ".vermietung@")
    office.m365.identity("PUT", f"/users/{office.address}", {"proxy_addresses": [alias]})
    office.connected(office.anna)
    known = [one["email"] for one in call(office, "Identity/get", ids=None)["list"]]
    made = send(office, write(office, alias), alias)
    becomes(lambda: state(office, made)[0] == "final")

    assert known == [office.address, alias]
    becomes(lambda: len(received(office)) == 1)
    assert header(received(office)[0], "From") == alias


def test_a_delegate_without_the_right_is_refused_and_the_draft_stays(office: Guarded) -> None:
    """Opening a shared mailbox is not sending as it. With the right the same draft goes, from its address."""
    deputy = office.delegate("vertretung")
    office.connected(office.anna, deputy, is_shared=True)
    email = write(office, office.address)
    refused = send(office, email, office.address)
    becomes(lambda: state(office, refused)[0] == "failed")
    notices = office.anna.get(f"/api/mailboxes/{office.account}/notices").json["notices"]
    kept = lying(office, office.address)
    rights = {"mailbox_grants": [office.address], "send_as": [office.address]}
    office.m365.identity("PUT", f"/users/{deputy}", rights)
    sent = send(office, email, office.address)
    becomes(lambda: state(office, sent)[0] == "final")

    assert state(office, refused) == ("failed", "ErrorSendAsDenied")
    assert [(one["kind"], one["message"], one["detail"]) for one in notices] == [
        ("send", email, "ErrorSendAsDenied")
    ]
    assert kept == [("Angebot", "drafts")]
    becomes(lambda: len(received(office)) == 1)
    [letter] = received(office)
    assert (header(letter, "From"), header(letter, "Sender")) == (office.address, None)
    assert lying(office, office.address) == [("Angebot", "sentitems")]
    assert lying(office, deputy) == []


def test_a_large_file_is_added_by_the_sign_in_that_may(office: Guarded) -> None:
    """Microsoft lets a delegate add small files alone; the mailbox's own sign-in stands by for more."""
    office.connected(office.anna, office.delegate("vertretung"), is_shared=True)
    office.connected(office.tom, office.address, is_reserve=True)
    plan = b"Plan" * 900_000
    uploaded = office.anna.post(f"/jmap/upload/{office.account}/", plan).json["blobId"]
    file = {"blobId": uploaded, "type": "text/plain", "name": "plan.txt"}
    write(office, office.address, attachments=[file])
    queue, notices = (f"/api/mailboxes/{office.account}/{name}" for name in ("queue", "notices"))
    becomes(lambda: office.anna.get(queue).json["total"] == 0)

    assert office.anna.get(notices).json["notices"] == []
    assert lying(office, office.address) == [("Angebot", "drafts")]
    [row, _] = office.sign_ins()
    assert (row["kind"], row["state"]) == ("delegate", "in_use")


def test_microsoft_is_asked_for_aliases_once_a_day_also_where_it_does_not_tell(office: Guarded) -> None:
    """Somebody who opens a shared mailbox may not read its aliases: its own address is what there is."""
    deputy = office.delegate("vertretung")
    office.connected(office.anna, deputy, is_shared=True)
    office.m365.control.clear_calls()
    answers = [call(office, "Identity/get", ids=None)["list"] for _ in range(3)]
    asked = [
        call["status"]
        for call in office.m365.control.calls(limit=10_000, path="/users/")
        if "proxyAddresses" in call["query"]
    ]

    assert [[one["email"] for one in answer] for answer in answers] == [[office.address]] * 3
    assert asked == [403]


def test_on_behalf_names_both(office: Guarded) -> None:
    """Who may send on behalf of a shared mailbox is named as the sender; the letter is the mailbox's."""
    deputy = office.delegate("vertretung")
    rights = {"mailbox_grants": [office.address], "send_on_behalf": [office.address]}
    office.m365.identity("PUT", f"/users/{deputy}", rights)
    office.connected(office.anna, deputy, is_shared=True)
    made = send(office, write(office, office.address), office.address)
    becomes(lambda: state(office, made)[0] == "final")

    becomes(lambda: len(received(office)) == 1)
    [letter] = received(office)
    assert (header(letter, "From"), header(letter, "Sender")) == (office.address, deputy)
