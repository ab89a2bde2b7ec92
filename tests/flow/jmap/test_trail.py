"""What people do with mail is in the audit trail: who read, sent, moved, deleted which message."""

from __future__ import annotations

from typing import Any

from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.conftest import letters, new_desk
from tests.flow.jmap.office import Office
from tests.flow.jmap.test_internal import add_internal


def _deeds(office: Office, account: str, query: str = "kind=mail") -> list[tuple[str, str, list[str], str]]:
    """Action, who, which messages, and what is said; the oldest first."""
    found: list[dict[str, Any]] = office.admin.ok("GET", f"/api/audit?account={account}&{query}")["entries"]
    return [
        (one["action"], one["user"]["login"], one["detail"].get("message_ids", []), one["subject"])
        for one in reversed(found)
    ]


def _read(anna: Client, account: str, messages: list[str]) -> None:
    told = anna.call(
        "Email/get", accountId=account, ids=messages, properties=["bodyValues"], fetchAllBodyValues=True
    )
    assert len(told["list"]) == len(messages)


def test_what_was_done_with_mail_is_told(office: Office) -> None:
    """Lists read nobody's mail; a text does, once; so does a file."""
    desk = new_desk(office, *letters(6))
    account, anna = desk.account, desk.anna
    messages = anna.query_all(account)
    before = _deeds(office, account)
    anna.emails(account, messages, "subject", "preview", "bodyStructure")
    first, second, third, fourth = messages[:4]
    _read(anna, account, [first, second])
    _read(anna, account, [second])
    with_file = next(m for m in anna.emails(account, messages, "attachments") if m["attachments"])
    anna.download(account, with_file["attachments"][0]["blobId"])
    reading = eventually(lambda: [d for d in _deeds(office, account) if with_file["id"] in d[2]])
    read = [message for action, login, ids, _ in _deeds(office, account) for message in ids]
    assert before == [] and reading[0][:2] == ("mail.read", "anna")
    assert sorted(read) == sorted({first, second, with_file["id"]})

    folders = {folder["role"]: folder["id"] for folder in anna.folders(account) if folder["role"]}
    moves = {third: folders["archive"], fourth: folders["trash"]}
    patches = {message: {"mailboxIds": {folder: True}} for message, folder in moves.items()}
    anna.call("Email/set", accountId=account, update=patches)
    anna.call("Email/set", accountId=account, destroy=[second])
    assert [deed for deed in _deeds(office, account) if deed[0] != "mail.read"] == [
        ("mail.moved", "anna", [third], "Archiv"),
        ("mail.deleted", "anna", [fourth], "Gelöschte Elemente"),
        ("mail.destroyed", "anna", [second], ""),
    ]
    assert {deed[0] for deed in _deeds(office, account, f"message={second}")} == {
        "mail.read",
        "mail.destroyed",
    }
    assert office.admin.ok("POST", "/api/audit/verify", {})["broken"] == []


def _sought(anna: Client, account: str, message: str, word: str) -> str:
    wanted = {"filter": {"body": word}, "emailIds": [message]}
    found: str = anna.call("SearchSnippet/get", accountId=account, **wanted)["list"][0]["preview"]
    assert word in found
    return found


def _words(count: int) -> str:
    return " ".join(f"wort{number} satz{number * 13}" for number in range(count))


def _noted(office: Office, account: str, mark: str, anna: Client) -> list[str]:
    """The messages that the trail names as read, once a reading that comes after all others is in it."""
    _read(anna, account, [mark])

    def read() -> list[str]:
        return [message for action, _, ids, _ in _deeds(office, account) for message in ids]

    eventually(lambda: mark in read())
    return [message for message in read() if message != mark]


def _by_subject(anna: Client, account: str) -> dict[str, dict[str, Any]]:
    asked = ("subject", "blobId", "attachments")
    return {one["subject"]: one for one in anna.emails(account, anna.query_all(account), *asked)}


def test_who_is_shown_a_text_in_passages_has_read_it(office: Office) -> None:
    """Searches that hit the same message are none, also at several places; most of a text in passages is."""
    desk = new_desk(
        office, {"subject": "Vertraulich", "text": _words(180)}, {"subject": "Zeichen", "text": "ende"}
    )
    account, anna = desk.account, desk.anna
    messages = _by_subject(anna, account)
    secret, mark = messages["Vertraulich"]["id"], messages["Zeichen"]["id"]

    first = _sought(anna, account, secret, "wort40")
    for _ in range(9):
        assert _sought(anna, account, secret, "wort40") == first
    assert _sought(anna, account, secret, "wort80") != first
    assert _noted(office, account, mark, anna) == []
    for number in (60, 100):
        _sought(anna, account, secret, f"wort{number}")
    assert eventually(lambda: any(secret in ids for _, _, ids, _ in _deeds(office, account)))


def test_a_short_text_is_read_in_fewer_passages(office: Office) -> None:
    """Half of it will do, with what lists show; and all of it at once, where one passage completes it."""
    texts = {"Halb": _words(55), "Kurz": _words(23), "Knapp": "wort0 satz0", "Zeichen": "ende"}
    desk = new_desk(office, *({"subject": subject, "text": text} for subject, text in texts.items()))
    account, anna = desk.account, desk.anna
    messages = {subject: one["id"] for subject, one in _by_subject(anna, account).items()}
    for _ in range(3):
        _sought(anna, account, messages["Halb"], "wort30")
        _sought(anna, account, messages["Knapp"], "satz0")
    assert _noted(office, account, messages["Zeichen"], anna) == []
    _sought(anna, account, messages["Halb"], "wort50")
    _sought(anna, account, messages["Kurz"], "wort21")
    read = {messages["Halb"], messages["Kurz"]}
    assert eventually(lambda: read <= {i for _, _, ids, _ in _deeds(office, account) for i in ids})
    assert all(messages["Knapp"] not in ids for _, _, ids, _ in _deeds(office, account))


def test_what_is_copied_into_another_mailbox_stands_in_the_trail_it_was_taken_from(office: Office) -> None:
    """By who may only read, who destroys the copies afterwards; a copy that is refused is none."""
    desk = new_desk(office, *letters(3))
    account, ben = desk.account, office.person("ben")
    office.assign(account, "ben", "read")
    own = add_internal(office, "ben")
    inbox = next(folder["id"] for folder in ben.folders(own) if folder["role"] == "inbox")
    first, second, third = ben.query_all(account)
    wanted = {
        "a": {"id": first, "mailboxIds": {inbox: True}},
        "b": {"id": second, "mailboxIds": {inbox: True}},
        "c": {"id": third, "mailboxIds": {"f999999": True}},
    }
    told = ben.call("Email/copy", fromAccountId=account, accountId=own, create=wanted)
    copies = [told["created"][key]["id"] for key in ("a", "b")]
    assert list(told["notCreated"]) == ["c"]
    ben.call("Email/set", accountId=own, destroy=copies)

    name = office.admin.ok("GET", f"/api/accounts/{own}")["address"]
    [entry] = office.admin.ok("GET", f"/api/audit?account={account}&kind=mail")["entries"]
    assert (entry["action"], entry["user"]["login"], entry["subject"]) == ("mail.copied", "ben", name)
    assert entry["detail"] == {"to_account": own, "copies": copies, "message_ids": [first, second]}
    assert office.admin.ok("GET", f"/api/audit?account={account}&message={first}")["entries"] == [entry]
    [deed] = desk.anna.ok("GET", f"/api/mailboxes/{account}/messages/{first}/history")["deeds"]
    assert (deed["action"], deed["folder"]) == ("mail.copied", None)


def test_what_is_taken_along_into_a_new_message_has_been_read(office: Office) -> None:
    """A whole letter that is imported, a file that is attached; not one's own letter, saved again with its
    files, and not what one has brought oneself."""
    desk = new_desk(
        office, *letters(6), {"subject": "Ganz", "text": "a"}, {"subject": "Zeichen", "text": "b"}
    )
    account, anna = desk.account, desk.anna
    messages = _by_subject(anna, account)
    with_file = next(one for one in messages.values() if one["attachments"])
    whole, mark = messages["Ganz"], messages["Zeichen"]["id"]
    drafts = anna.folder(account, "drafts")["id"]
    brought = anna.post(f"/jmap/upload/{account}/", b"Subject: Eigenes\r\n\r\nText").json["blobId"]

    def draft(*blobs: str, replaced: str | None = None) -> dict[str, Any]:
        files = [{"blobId": blob, "type": "application/pdf", "name": "a.pdf"} for blob in blobs]
        written = {"mailboxIds": {drafts: True}, "keywords": {"$draft": True}, "subject": "Notiz"}
        gone = [] if replaced is None else [replaced]
        told = anna.call(
            "Email/set", accountId=account, create={"d": written | {"attachments": files}}, destroy=gone
        )
        made: str = told["created"]["d"]["id"]
        [kept] = anna.emails(account, [made], "attachments")
        return {"id": made, "blobs": [one["blobId"] for one in kept["attachments"]]}

    saved = draft(brought)
    again = draft(*saved["blobs"], replaced=saved["id"])
    anna.call(
        "Email/import",
        accountId=account,
        emails={"i": {"blobId": brought, "mailboxIds": {drafts: True}, "keywords": {"$seen": True}}},
    )
    assert _noted(office, account, mark, anna) == []

    file = with_file["attachments"][0]["blobId"]
    taken = draft(file, *again["blobs"], replaced=again["id"])
    draft(file, *taken["blobs"])
    anna.call(
        "Email/import",
        accountId=account,
        emails={"i": {"blobId": whole["blobId"], "mailboxIds": {drafts: True}, "keywords": {"$seen": True}}},
    )
    read = eventually(lambda: len(found := _read_by_trail(office, account, mark)) > 1 and found)
    assert sorted(read) == sorted([with_file["id"], whole["id"]])


def _read_by_trail(office: Office, account: str, mark: str) -> list[str]:
    deeds = [deed for deed in _deeds(office, account) if deed[0] == "mail.read"]
    return [message for _, _, ids, _ in deeds for message in ids if message != mark]
