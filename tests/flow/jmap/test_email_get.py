"""Email/get: every property, bodies, attachments; Thread/get; SyncState/get."""

from datetime import datetime

import pytest
from tests.flow.jmap.client import Json
from tests.flow.jmap.conftest import BEGAN, PNG, Desk, attachment, letters, new_desk
from tests.flow.jmap.office import Office

LETTER = "letter.35@kunden.example"


@pytest.fixture(scope="module")
def letter(desk: Desk) -> Json:
    """Letter 35: in a thread, with an attachment, flagged, unread."""
    [found] = desk.anna.call(
        "Email/get",
        accountId=desk.account,
        ids=[desk.id_of(LETTER)],
        properties=[
            "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt", "messageId",
            "inReplyTo", "references", "sender", "from", "to", "cc", "bcc", "replyTo", "subject", "sentAt",
            "hasAttachment",
            "preview", "bodyValues", "textBody", "htmlBody", "attachments", "bodyStructure",
            "poststelle:categories", "poststelle:importance", "poststelle:dueAt", "poststelle:isComplete",
        ],
        fetchHTMLBodyValues=True,
    )["list"]  # fmt: skip
    return dict(found)


def test_header_facts_are_those_of_the_letter(letter: Json, desk: Desk) -> None:
    """Addresses, subject, dates and ids as they were sent."""
    assert letter["messageId"] == [LETTER]
    assert letter["subject"] == "Re: Anfrage 33 – Größe, “Preis” 🏠"
    assert letter["from"] == [{"name": "Person 35", "email": "person35@kunden.example"}]
    assert [a["email"] for a in letter["to"]] == [desk.address]
    assert datetime.fromisoformat(letter["receivedAt"]) == BEGAN.replace(day=3, hour=19)
    assert letter["receivedAt"].endswith("Z")
    assert letter["inReplyTo"] == ["letter.34@kunden.example"]
    assert letter["references"] == ["letter.33@kunden.example", "letter.34@kunden.example"]


def test_marks_are_those_of_the_letter(letter: Json, desk: Desk) -> None:
    """Unread and flagged; our own properties carry Outlook's categories and importance."""
    assert letter["keywords"] == {"$flagged": True}
    assert letter["mailboxIds"] == {desk.anna.folder(desk.account, "inbox")["id"]: True}
    assert letter["poststelle:categories"] == []
    assert letter["poststelle:importance"] == "normal"
    [fourth] = desk.anna.emails(
        desk.account,
        [desk.id_of("letter.12@kunden.example")],
        "poststelle:categories",
        "poststelle:importance",
    )
    assert fourth["poststelle:categories"] == ["Rote Kategorie"]
    assert fourth["poststelle:importance"] == "high"


def test_the_text_comes_as_a_part_with_its_value(letter: Json) -> None:
    """One HTML part, named by textBody and htmlBody, its value where asked for."""
    [part] = letter["htmlBody"]

    assert part["type"] == "text/html"
    assert letter["textBody"] == letter["htmlBody"]
    assert "Brief Nummer <b>35</b> äöü" in letter["bodyValues"][part["partId"]]["value"]
    assert letter["preview"].startswith("Brief Nummer 35")


def test_attachments_are_listed_with_names_types_and_sizes(letter: Json) -> None:
    """Name, type and a blob id to get it by."""
    [part] = letter["attachments"]

    assert (part["name"], part["type"], part["disposition"]) == ("Notiz 35.txt", "text/plain", "attachment")
    assert letter["hasAttachment"] is True
    assert letter["poststelle:isComplete"] is True
    assert [p["type"] for p in letter["bodyStructure"]["subParts"]] == ["text/html", "text/plain"]


def test_an_inline_picture_carries_its_content_id(office: Office) -> None:
    """The page finds the picture that ``cid:`` in the HTML means."""
    picture = attachment("logo.png", "image/png", PNG, contentId="logo@1", isInline=True)
    own = new_desk(office, {"subject": "Logo", "html": '<img src="cid:logo@1">', "attachments": [picture]})
    [message] = own.anna.emails(own.account, own.anna.query_all(own.account), "attachments", "hasAttachment")
    [part] = message["attachments"]

    assert (part["cid"], part["disposition"], part["type"]) == ("logo@1", "inline", "image/png")
    answer = own.anna.download(own.account, part["blobId"], "logo.png", inline="1")
    assert (answer.body, answer.headers["content-type"]) == (PNG, "image/png")


def test_a_body_value_is_cut_where_asked(desk: Desk) -> None:
    """``maxBodyValueBytes`` cuts and says so, never inside a character."""
    args = {"accountId": desk.account, "ids": [desk.id_of(LETTER)], "properties": ["bodyValues"]}
    whole = desk.anna.call("Email/get", **args, fetchAllBodyValues=True)["list"][0]["bodyValues"]
    [value] = whole.values()
    assert value["isTruncated"] is False
    for limit in range(1, len(value["value"].encode()), 7):
        cut = desk.anna.call("Email/get", **args, fetchAllBodyValues=True, maxBodyValueBytes=limit)
        [part] = cut["list"][0]["bodyValues"].values()
        assert part["isTruncated"] is True
        assert value["value"].startswith(part["value"])
        assert len(part["value"].encode()) <= limit


def test_nothing_unknown_is_given_or_ignored(desk: Desk) -> None:
    """Unknown ids are notFound, unknown properties invalidArguments, too many ids requestTooLarge."""
    got = desk.anna.call("Email/get", accountId=desk.account, ids=["m9999999", "x", ""])
    assert (got["list"], got["notFound"]) == ([], ["m9999999", "x", ""])
    for args, type_ in (
        ({"ids": ["m1"], "properties": ["header:X-Mine:asNumber"]}, "invalidArguments"),
        ({"ids": ["m1"], "bodyProperties": ["colour"]}, "invalidArguments"),
        ({"ids": [7]}, "invalidArguments"),
        ({"ids": [f"m{n}" for n in range(1001)]}, "requestTooLarge"),
        ({}, "requestTooLarge"),
        ({"ids": ["m1"], "maxBodyValueBytes": -1}, "invalidArguments"),
    ):
        assert desk.anna.refusal("Email/get", accountId=desk.account, **args) == type_, args


def test_an_id_asked_for_twice_comes_once(desk: Desk) -> None:
    """RFC 8620 §5.1: duplicates are answered once."""
    one = desk.id_of(LETTER)
    got = desk.anna.call("Email/get", accountId=desk.account, ids=[one, one], properties=["id"])

    assert got["list"] == [{"id": one}]


def test_a_thread_holds_its_letters_oldest_first(desk: Desk) -> None:
    """Three letters by References make one thread, in order of arrival."""
    ids = [desk.id_of(f"letter.{n}@kunden.example") for n in (33, 34, 35)]
    threads = {e["threadId"] for e in desk.anna.emails(desk.account, ids, "threadId")}
    got = desk.anna.call("Thread/get", accountId=desk.account, ids=[*threads, "t9999999"])

    assert [t["emailIds"] for t in got["list"]] == [ids]
    assert got["notFound"] == ["t9999999"]


def test_the_sync_state_tells_how_far_we_are(desk: Desk) -> None:
    """Sixty expected, sixty held, nothing pending, no problem."""
    state = desk.anna.sync_state(desk.account)

    assert state["id"] == desk.account
    assert (state["state"], state["phase"] != "first", state["problem"]) == ("connected", True, None)
    assert (state["expected"], state["held"], state["pending"]) == (60, 60, 0)
    assert state["lastSyncedAt"].endswith("Z")


def test_state_moves_when_a_letter_comes_and_stays_when_nothing_happens(office: Office) -> None:
    """A quiet mailbox keeps its state through many looks at Microsoft; a new message moves it."""
    own = new_desk(office, *letters(3))
    before = own.anna.call("Email/get", accountId=own.account, ids=[])["state"]
    looked_at = own.anna.sync_state(own.account)["lastSyncedAt"]
    with own.anna.events("Email") as events:
        own.receive(subject="Neu")
        events.until(own.account, "Email")
    after = own.anna.call("Email/get", accountId=own.account, ids=[])["state"]
    changes = own.anna.call("Email/changes", accountId=own.account, sinceState=before)

    assert looked_at
    assert after != before
    assert (len(changes["created"]), changes["updated"], changes["destroyed"]) == (1, [], [])


def test_no_properties_are_no_properties(desk: Desk) -> None:
    """An empty list asks for the id alone; only null asks for the usual ones. Source: RFC 8620 §5.1."""
    args = {"accountId": desk.account, "ids": [desk.id_of(LETTER)]}

    [bare] = desk.anna.call("Email/get", **args, properties=[])["list"]
    [usual] = desk.anna.call("Email/get", **args, properties=None)["list"]

    assert set(bare) == {"id"}
    assert {"id", "subject", "keywords"} <= set(usual)


def test_a_parts_type_has_no_parameters(office: Office) -> None:
    """The character set that a text's type names stands beside it. Source: RFC 8621 §4.1.4."""
    file = attachment("Notiz.txt", 'Text/Plain; charset="windows-1252"', "Grüße".encode("cp1252"))
    own = new_desk(office, {"subject": "Mit Notiz", "attachments": [file]})
    [email] = own.anna.emails(own.account, own.anna.query_all(own.account), "attachments")
    [part] = email["attachments"]

    assert (part["type"], part["charset"]) == ("text/plain", "windows-1252")
