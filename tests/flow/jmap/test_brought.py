"""Finished messages brought to a mailbox at Microsoft: by import, by a copy, or written here and no draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.flow.jmap.client import CORE, MAIL, Client, Json, eventually
from tests.flow.jmap.conftest import Desk, new_desk
from tests.flow.jmap.office import Office
from tests.flow.jmap.test_internal import Shelf, letter, new_shelf, rich

DAY = "2025-01-15T09:00:00Z"


@dataclass(frozen=True)
class Mirror:
    """A connected mailbox that messages are brought to; its folders by role."""

    desk: Desk
    roles: dict[str, str]

    @property
    def anna(self) -> Client:
        return self.desk.anna

    def upload(self, octets: bytes) -> str:
        path = f"/jmap/upload/{self.desk.account}/"
        answer = self.anna.post(path, octets, **{"Content-Type": "message/rfc822"})
        assert answer.status == 200, answer.body
        return str(answer.json["blobId"])

    def import_(self, octets: bytes, folder: str = "archive", **more: Any) -> Json:
        """One message; what became of it."""
        one = {"blobId": self.upload(octets), "mailboxIds": {self.roles[folder]: True}} | more
        return self.anna.call("Email/import", accountId=self.desk.account, emails={"k": one})

    def bring(self, octets: bytes, folder: str = "archive", **more: Any) -> str:
        done = self.import_(octets, folder, **more)
        assert done["created"], done
        return str(done["created"]["k"]["id"])

    def create(self, **data: Any) -> Json:
        email = {"mailboxIds": {self.roles["archive"]: True}, **data}
        return self.anna.call("Email/set", accountId=self.desk.account, create={"k": email})

    def email(self, id_: str, *properties: str, **options: Any) -> Json:
        args = {"accountId": self.desk.account, "ids": [id_], "properties": list(properties), **options}
        [found] = self.anna.call("Email/get", **args)["list"]
        return dict(found)

    def set(self, **args: Any) -> Json:
        return self.anna.call("Email/set", accountId=self.desk.account, **args)

    def remote(self) -> dict[str, Json]:
        """What Microsoft holds, by subject."""
        _, messages = self.desk.office.simulator.control.snapshot(self.desk.address)
        return {str(m["subject"]): m for m in messages.values()}


@pytest.fixture
def shelf(office: Office) -> Shelf:
    return new_shelf(office)


@pytest.fixture
def mirror(office: Office) -> Mirror:
    desk = new_desk(office)
    return Mirror(desk, {f["role"]: f["id"] for f in desk.anna.folders(desk.account) if f["role"]})


TOLD = (
    "subject", "receivedAt", "sentAt", "keywords", "mailboxIds", "size", "preview", "from", "references",
    "hasAttachment", "attachments", "header:X-Akte:asText", "blobId", "textBody", "htmlBody",
)  # fmt: skip


def test_an_imported_message_is_at_microsoft_with_its_day_and_its_header(mirror: Mirror) -> None:
    """Here it is there at once, octet by octet; when Microsoft has it, it is the same."""
    raw = rich().replace(b"Date:", b"X-Akte: 4711\nReferences: <frage@kunden.example>\nDate:", 1)
    marks = {"keywords": {"$seen": True, "$flagged": True, "$answered": True}}
    id_ = mirror.bring(raw, receivedAt="2025-06-15T10:30:00Z", **marks)
    at_once = mirror.email(id_, *TOLD)
    assert (at_once["receivedAt"], at_once["size"]) == ("2025-06-15T10:30:00Z", len(raw))
    assert (at_once["keywords"], at_once["header:X-Akte:asText"]) == (marks["keywords"], "4711")

    mirror.desk.settled()

    [remote] = mirror.remote().values()
    assert (remote["isDraft"], remote["isRead"], remote["flag"]) == (False, True, "flagged")
    assert (remote["receivedDateTime"], remote["lastVerb"]) == ("2025-06-15T10:30:00Z", "102")
    assert remote["internetMessageId"] == "<rich@kunden.example>" and remote["hasAttachments"]
    assert mirror.email(id_, *TOLD) == at_once
    assert mirror.anna.download(mirror.desk.account, at_once["blobId"]).body == raw
    assert mirror.desk.office.server.lose_octets(holding=b"X-Akte: 4711") == 1
    args = {"accountId": mirror.desk.account, "ids": [id_], "properties": ["headers"]}
    assert mirror.anna.refusal("Email/get", **args) == "serverUnavailable"  # it finds out that they are lost
    rebuilt = mirror.email(id_, "header:X-Akte:asText", "attachments", bodyProperties=["name", "size"])
    assert rebuilt["header:X-Akte:asText"] == "4711"
    assert [part["name"] for part in rebuilt["attachments"]].count("Grundriß.pdf") == 1


def test_a_message_that_is_there_already_is_brought_a_second_time(mirror: Mirror) -> None:
    """One letter may well come twice; the first is not taken for the one that is brought."""
    raw = letter(Message_ID="<zweimal@kunden.example>").as_bytes()
    first = mirror.bring(raw)
    mirror.desk.settled()
    second = mirror.bring(raw, "inbox")
    assert second != first
    assert eventually(lambda: mirror.anna.sync_state(mirror.desk.account)["pending"] == 0)

    _, there = mirror.desk.office.simulator.control.snapshot(mirror.desk.address)
    assert len(there) == 2 and len({m["folderId"] for m in there.values()}) == 2
    assert sorted(mirror.anna.query_all(mirror.desk.account)) == sorted([first, second])


def test_what_happens_to_it_before_microsoft_has_it_happens_there_too(mirror: Mirror) -> None:
    """Into a new folder, on into another, read, and one that is destroyed at once never comes to be."""
    account = mirror.desk.account
    made = mirror.anna.call("Mailbox/set", accountId=account, create={"n": {"name": "Eingelesen"}})
    new = made["created"]["n"]["id"]
    mirror.roles["new"] = new
    kept = mirror.bring(letter("Bleibt").as_bytes(), "new")
    moved = mirror.bring(letter("Zieht um").as_bytes(), "new")
    gone = mirror.bring(letter("Geht").as_bytes(), "new")
    done = mirror.set(
        update={kept: {"keywords/$seen": True}, moved: {"mailboxIds": {mirror.roles["junk"]: True}}},
        destroy=[gone],
    )
    assert done["updated"].keys() == {kept, moved} and done["destroyed"] == [gone]
    mirror.desk.settled()

    assert mirror.remote().keys() == {"Bleibt", "Zieht um"}
    assert mirror.remote()["Bleibt"]["isRead"]
    assert mirror.email(kept, "mailboxIds")["mailboxIds"] == {new: True}
    assert mirror.email(moved, "mailboxIds")["mailboxIds"] == {mirror.roles["junk"]: True}


def test_threads_of_brought_messages_hold_together(mirror: Mirror) -> None:
    """By what they refer to, before Microsoft has grouped them and after."""
    asked = mirror.bring(letter("Frage", Message_ID="<f@kunden.example>").as_bytes())
    answer = letter("Re: Frage", Message_ID="<a@kunden.example>", In_Reply_To="<f@kunden.example>")
    answered = mirror.bring(answer.as_bytes(), "inbox")
    threads = {mirror.email(id_, "threadId")["threadId"] for id_ in (asked, answered)}
    assert len(threads) == 1
    mirror.desk.settled()
    assert {mirror.email(id_, "threadId")["threadId"] for id_ in (asked, answered)} == threads


def test_a_large_file_goes_after_the_message(mirror: Mirror) -> None:
    """What does not fit into one request to Microsoft is brought piece by piece."""
    message = letter("Pläne")
    message.add_attachment(bytes(4_000_000), maintype="application", subtype="zip", filename="plan.zip")
    id_ = mirror.bring(message.as_bytes())
    mirror.desk.settled()
    assert mirror.remote()["Pläne"]["size"] > 4_000_000
    assert not mirror.remote()["Pläne"]["isDraft"]
    [part] = mirror.email(id_, "attachments")["attachments"]
    assert (part["name"], part["size"]) == ("plan.zip", 4_000_000)


def test_a_message_is_written_as_a_finished_one_or_as_a_draft_in_any_folder(mirror: Mirror) -> None:
    """A finished one keeps both its texts here; a draft is a draft wherever it lies."""
    body = {"text": {"value": "Kurz"}, "html": {"value": "<p>Lang</p>"}}
    both = {
        "type": "multipart/alternative",
        "subParts": [{"type": "text/plain", "partId": "text"}, {"type": "text/html", "partId": "html"}],
    }
    said = {"from": [{"email": "a@kunden.example"}], "bodyStructure": both, "bodyValues": body}
    done = mirror.create(subject="Fertig", receivedAt="2024-02-29T12:00:00Z", **said)
    finished = done["created"]["k"]["id"]
    done = mirror.create(subject="Entwurf", keywords={"$draft": True}, **said)
    draft = done["created"]["k"]["id"]
    mirror.desk.settled()

    remote = mirror.remote()
    assert (remote["Fertig"]["isDraft"], remote["Entwurf"]["isDraft"]) == (False, True)
    assert remote["Fertig"]["receivedDateTime"] == "2024-02-29T12:00:00Z"
    assert mirror.email(draft, "keywords")["keywords"] == {"$draft": True, "$seen": True}
    call = (
        "Email/get",
        {"accountId": mirror.desk.account, "ids": [finished], "bodyProperties": ["type"]},
        "0",
    )
    [[_, answer, _]] = mirror.anna.request(call, using=[CORE, MAIL])["methodResponses"]
    [found] = answer["list"]
    assert (found["textBody"], found["htmlBody"]) == ([{"type": "text/plain"}], [{"type": "text/html"}])
    assert found["mailboxIds"] == {mirror.roles["archive"]: True}


def test_further_keywords_are_categories_at_microsoft(mirror: Mirror) -> None:
    """Both ways: what a client calls a keyword Outlook calls a category, in any letter case."""
    account, control = mirror.desk.account, mirror.desk.office.simulator.control
    id_ = mirror.bring(letter("Bunt").as_bytes(), keywords={"$seen": True, "Privat": True})
    mirror.desk.settled()
    assert mirror.remote()["Bunt"]["categories"] == ["privat"]

    control.update(
        mirror.desk.address, [mirror.remote()["Bunt"]["id"]], categories=["Rote Kategorie", "Eilt"]
    )
    assert eventually(lambda: "eilt" in mirror.email(id_, "keywords")["keywords"])
    told = mirror.email(id_, "keywords", "poststelle:categories")
    assert told["keywords"] == {"$seen": True, "eilt": True}
    assert told["poststelle:categories"] == ["Rote Kategorie", "Eilt"]
    for where, found in (
        ({"hasKeyword": "EILT"}, [id_]),
        ({"notKeyword": "eilt"}, []),
        ({"allInThreadHaveKeyword": "eilt"}, [id_]),
        ({"hasKeyword": "privat"}, []),
        ({"hasKeyword": "rote"}, []),
    ):
        assert mirror.anna.query_all(account, filter=where) == found, where

    mirror.set(update={id_: {"keywords": {"$seen": True, "spaeter": True}}})
    mirror.desk.settled()
    assert mirror.remote()["Bunt"]["categories"] == ["Rote Kategorie", "spaeter"]
    assert mirror.email(id_, "keywords")["keywords"] == {"$seen": True, "spaeter": True}
    done = mirror.set(update={id_: {"keywords/$phishing": True}})
    assert done["notUpdated"][id_]["properties"] == ["keywords/$phishing"]


@pytest.mark.parametrize(
    ("more", "type_", "wrong"),
    [
        ({"mailboxIds": {}}, "invalidProperties", "mailboxIds"),
        ({"mailboxIds": {"f9999": True}}, "invalidProperties", "mailboxIds"),
        ({"mailboxIds": None}, "tooManyMailboxes", "mailboxIds"),
        ({"keywords": {"$phishing": True}}, "invalidProperties", "keywords"),
        ({"blobId": "bu9zzz"}, "invalidProperties", "blobId"),
        ({"receivedAt": "gestern"}, "invalidProperties", "receivedAt"),
    ],
    ids=str,
)
def test_what_microsoft_does_not_keep_is_refused_by_name(
    mirror: Mirror, more: Json, type_: str, wrong: str
) -> None:
    if more.get("mailboxIds", 0) is None:
        more = {"mailboxIds": {mirror.roles["inbox"]: True, mirror.roles["archive"]: True}}
    refused = mirror.import_(letter().as_bytes(), **more)["notCreated"]["k"]
    assert (refused["type"], refused["properties"]) == (type_, [wrong])


def test_a_text_that_no_request_can_hold_is_refused_at_once(mirror: Mirror, shelf: Shelf) -> None:
    """Finished mail and drafts; an internal mailbox takes it."""
    text = ("Wort " * 199 + "Wort\r\n") * 4_000
    raw = b"From: a@kunden.example\r\nSubject: lang\r\n\r\n" + text.encode()
    for marks in ({}, {"$draft": True}):
        assert mirror.import_(raw, keywords=marks)["notCreated"]["k"]["type"] == "tooLarge"
    written = {"textBody": [{"partId": "t"}], "bodyValues": {"t": {"value": text}}}
    assert mirror.create(keywords={"$draft": True}, **written)["notCreated"]["k"]["type"] == "tooLarge"
    assert mirror.anna.query_all(mirror.desk.account) == []
    assert len(shelf.bring(raw)) == 1


def test_a_message_is_copied_to_microsoft(mirror: Mirror, shelf: Shelf) -> None:
    """With its marks and its day, as it is copied from there."""
    [original] = shelf.bring(letter("Exposé").as_bytes(), keywords={"$seen": True}, receivedAt=DAY)
    marks = {
        "poststelle:categories": ["Größe Wichtig", "Eilt"],
        "poststelle:dueAt": "2027-01-01T00:00:00Z",
        "poststelle:importance": "high",
        "poststelle:isOther": True,
    }
    assert shelf.set(update={original: marks})["notUpdated"] is None
    create = {"c": {"id": original, "mailboxIds": {mirror.roles["inbox"]: True}}}
    args = {"fromAccountId": shelf.account, "accountId": mirror.desk.account, "create": create}
    done = mirror.anna.call("Email/copy", **args)
    copied = done["created"]["c"]["id"]
    mirror.desk.settled()
    assert mirror.remote()["Exposé"]["receivedDateTime"] == DAY
    assert mirror.remote()["Exposé"]["categories"] == ["Größe Wichtig", "Eilt"]
    told = mirror.email(copied, "receivedAt", "keywords", *marks)
    assert told["receivedAt"] == DAY
    assert told["keywords"] == {"$seen": True, "$flagged": True, "eilt": True}
    assert {name: told[name] for name in marks} == marks


def test_who_may_only_read_brings_nothing(office: Office, mirror: Mirror) -> None:
    tim = office.person("tim")
    office.assign(mirror.desk.account, "tim", "read")
    args = {"accountId": mirror.desk.account, "emails": {}}
    assert tim.refusal("Email/import", **args) == "accountReadOnly"
