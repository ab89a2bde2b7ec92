"""In an internal mailbox Email/get tells of a header what Email/parse tells of the same octets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.databases import run_sql
from tests.flow.jmap.client import Json
from tests.flow.jmap.office import ROOT, running_office
from tests.flow.jmap.test_internal import Shelf, new_shelf
from tests.flow.notify.told import quiet

CORPUS = ROOT.parent / "shared" / "corpus"
TOLD = [
    "messageId", "inReplyTo", "references", "sender", "from", "to", "cc", "bcc", "replyTo", "subject",
    "sentAt",
]  # fmt: skip
MANY_IDS = " ".join(f"<{n}@kunden.example>" for n in range(1_200))
MANY_PEOPLE = ", ".join(f"Person {n} <p{n}@kunden.example>" for n in range(300))
HEADERS = [
    "From: Anna <anna@buero.example>",  # nothing else
    "Subject:",
    "Subject: \r\nTo:\r\nCc: \r\nBcc: ;\r\nFrom:\r\nSender:\r\nReply-To: ,",
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n =?utf-8?q?_aus_K=C3=B6ln?=",
    "Subject: " + "lang " * 3_000,
    "Subject: einer\r\nSubject: der letzte",
    "To: Kollegen: anna@buero.example, Bernd <b@buero.example>;, c@buero.example",
    "To: undisclosed-recipients:;",
    "To: a@buero.example\r\nTo: b@buero.example",
    "From: Anna <a@buero.example>\r\nSender: Anna <a@buero.example>",
    "From: Anna <a@buero.example>\r\nSender: Bernd <b@buero.example>",
    f"From: {MANY_PEOPLE}\r\nSender: {MANY_PEOPLE}",
    'From: "Müller, Jörg" <joerg@buero.example>\r\nTo: =?iso-8859-1?q?J=F6rg?= <j@buero.example> (Kommentar)',
    "From: nur ein Name\r\nTo: <>\r\nCc: @@, \"\" <x@y.example>",
    "Message-ID: <a@b.example> <c@d.example>",
    "Message-ID: ohne@klammern.example",
    "Message-ID: <mit leer zeichen@b.example>\r\nIn-Reply-To: ein Brief vom Montag",
    "Message-ID:\r\nIn-Reply-To: <x@y.example> <z@y.example>\r\nReferences:",
    "References: <a@b.example>\r\n\t<c@d.example> <e@f.example>",
    f"References: {MANY_IDS}\r\nIn-Reply-To: {MANY_IDS}",
    "Date: Tue, 1 Jul 2025 09:30:00 +0200",
    "Date: Tue, 1 Jul 2025 09:30:00 -0000",
    "Date: Tue, 1 Jul 2025 09:30:00 GMT",
    "Date: 1 Jul 25 23:59:60 EST (Eastern)",
    "Date: Tue, 1 Jul 2025 09:30 +0545",
    "Date: Mon, 1 Jan 1900 00:00:00 +0100",
    "Date: Sat, 31 Dec 9999 23:59:59 -1200",
    "Date: Fri, 1 Jan 2150 00:00:00 +0000",
    "Date: neulich",
    "Date: Tue, 1 Jul 2025 09:30:00 +0200\r\nDate: Wed, 2 Jul 2025 10:00:00 +0300",
    "Received: from a by b; Tue, 1 Jul 2025 09:30:00 +0200",
]  # fmt: skip


def messages() -> list[bytes]:
    made = [f"X-Nummer: {n}\r\n{head}\r\n\r\nText\r\n".encode() for n, head in enumerate(HEADERS)]
    found = [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))] if CORPUS.is_dir() else []
    return made + found


@pytest.fixture
def shelf(tmp_path: Path, url: str) -> Iterator[Shelf]:
    """An internal mailbox, on each database."""
    with running_office(
        tmp_path, POSTSTELLE_DATABASE=url, POSTSTELLE_NOTIFICATION_URL="http://localhost:0"
    ) as office:
        quiet(office.simulator)
        yield new_shelf(office)


def bring(shelf: Shelf) -> list[str]:
    """All that are messages; their ids."""
    ids = []
    for octets in messages():
        one = {"blobId": shelf.upload(octets), "mailboxIds": {shelf.roles["inbox"]: True}}
        done = shelf.anna.call("Email/import", accountId=shelf.account, emails={"k": one})
        if done["created"]:
            ids.append(done["created"]["k"]["id"])
        else:
            assert done["notCreated"]["k"]["type"] == "invalidEmail"
    return ids


def told(shelf: Shelf, ids: list[str], *properties: str) -> list[Json]:
    found = shelf.anna.emails(shelf.account, ids, "blobId", *(properties or TOLD))
    return sorted(found, key=lambda email: ids.index(email["id"]))


def parsed(shelf: Shelf, emails: list[Json]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    blobs = [email["blobId"] for email in emails]
    for start in range(0, len(blobs), 50):
        args: dict[str, Any] = {"blobIds": blobs[start : start + 50], "properties": TOLD}
        answer = shelf.anna.call("Email/parse", accountId=shelf.account, **args)
        assert not answer["notParsable"] and not answer["notFound"]
        found |= answer["parsed"]
    return found


def differing(shelf: Shelf, ids: list[str]) -> list[Any]:
    """What Email/get and Email/parse tell otherwise, with both."""
    emails = told(shelf, ids)
    assert len(emails) == len(ids)
    by_octets = parsed(shelf, emails)
    return [
        (name, email[name], by_octets[email["blobId"]][name])
        for email in emails
        for name in TOLD
        if email[name] != by_octets[email["blobId"]][name]
    ]


def composed(shelf: Shelf) -> list[str]:
    """Messages that are written here."""
    place = {"mailboxIds": {shelf.roles["drafts"]: True}}
    create = {
        "a": {
            **place,
            "subject": "Brief",
            "sentAt": "2025-07-01T09:30:00+02:00",
            "messageId": ["a@b.example"],
        },
        "b": {**place, "header:Message-ID": " <a@b.example> <c@d.example>", "to": [{"email": "a@b.example"}]},
        "c": {**place, "from": [{"name": "A", "email": "a@b.example"}], "header:Sender": " A <a@b.example>"},
        "d": {**place, "header:To": " Gruppe:;", "header:Subject": " "},
    }
    done = shelf.set(create=create)
    assert not done["notCreated"], done
    return [made["id"] for made in done["created"].values()]


def test_a_header_is_told_as_it_is_parsed(shelf: Shelf, url: str) -> None:
    """Of messages that were brought and written; also of those from before it was noted what their headers
    say beyond the rest, each property by itself as well."""
    ids = bring(shelf) + composed(shelf)
    assert len(ids) > len(HEADERS)
    assert differing(shelf, ids) == []

    run_sql(url, "update messages set header_told = null")
    alone = [told(shelf, ids, name) for name in TOLD]
    assert differing(shelf, ids) == []
    [(noted,)] = run_sql(url, "select count(*) from messages where header_told is not null")
    assert noted == len(ids)
    assert [[email[name] for email in some] for name, some in zip(TOLD, alone, strict=True)] == [
        [email[name] for email in told(shelf, ids)] for name in TOLD
    ]


def test_a_message_is_sent_at_the_hour_its_writer_saw(shelf: Shelf) -> None:
    """A date keeps its offset; null for keywords is none of them, as it is where they are left out."""
    place = {"mailboxIds": {shelf.roles["inbox"]: True}, "keywords": None}
    said = "2025-07-01T09:30:00+02:00"
    create = {"a": {**place, "sentAt": said}, "b": {**place, "header:Date:asDate": said}}
    made = shelf.set(create=create)["created"]
    for one in made.values():
        email = shelf.email(one["id"], "sentAt", "keywords", "header:Date")
        assert (email["sentAt"], email["keywords"]) == (said, {})
        assert email["header:Date"] == " Tue, 01 Jul 2025 09:30:00 +0200"


def test_long_values_may_come_back_as_they_were_told(shelf: Shelf) -> None:
    """A patch may name what nobody can set, as it is: however long it is."""
    fields = "\r\n".join(f"X-Lang-{n}: {'wort ' * 20}" for n in range(200))
    [id_] = shelf.bring(f"{fields}\r\nReferences: {MANY_IDS}\r\n\r\nText\r\n".encode())
    email = shelf.email(id_, "headers", "references", "header:References", "bodyStructure")
    assert len(str(email["headers"])) > 20_000 and len(email["references"]) == 1_200
    done = shelf.set(update={id_: email | {"keywords/$seen": True}})
    assert done["updated"] == {id_: None}, done["notUpdated"]
    for name in ("headers", "references"):
        refused = shelf.set(update={id_: {name: email[name][1:]}})["notUpdated"][id_]
        assert (refused["type"], refused["properties"]) == ("invalidProperties", [name])


def test_what_a_header_says_goes_along_with_a_copy(shelf: Shelf) -> None:
    """A message that is changed, or copied into another internal mailbox, is told as before."""
    [id_] = shelf.bring(b"Date: Tue, 1 Jul 2025 09:30:00 +0200\r\nTo:\r\n\r\nText\r\n")
    done = shelf.set(update={id_: {"keywords/$seen": True, "sentAt": "2025-07-01T09:30:00+02:00", "to": []}})
    assert done["notUpdated"] is None, done
    other = new_shelf(shelf.office)
    copied = shelf.anna.call(
        "Email/copy",
        fromAccountId=shelf.account,
        accountId=other.account,
        create={"k": {"id": id_, "mailboxIds": {other.roles["inbox"]: True}}},
    )
    for mailbox, message in ((shelf, id_), (other, copied["created"]["k"]["id"])):
        email = mailbox.email(message, "sentAt", "subject", "to", "cc")
        assert (email["sentAt"], email["subject"]) == ("2025-07-01T09:30:00+02:00", None)
        assert (email["to"], email["cc"]) == ([], None)


def test_without_its_octets_a_message_is_still_listed(shelf: Shelf, url: str) -> None:
    """One from before that has lost its octets is told as far as is known, and keeps out no others."""
    lost, kept = shelf.bring(
        b"Subject: verloren\r\nDate: Tue, 1 Jul 2025 09:30:00 +0200\r\n\r\nText\r\n",
        b"Subject: da\r\nDate: Tue, 1 Jul 2025 09:30:00 +0200\r\n\r\nText\r\n",
    )
    run_sql(url, "update messages set header_told = null")
    with shelf.office.server.without_octets(holding=b"verloren"):
        emails = told(shelf, [lost, kept], "subject", "sentAt")
        assert [(e["subject"], e["sentAt"]) for e in emails] == [
            ("verloren", "2025-07-01T07:30:00Z"),
            ("da", "2025-07-01T09:30:00+02:00"),
        ]
    assert shelf.email(lost, "sentAt")["sentAt"] == "2025-07-01T09:30:00+02:00"
