"""What people do with mail is in the audit trail: who read, sent, moved, deleted which message."""

from __future__ import annotations

from typing import Any

from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.conftest import letters, new_desk
from tests.flow.jmap.office import Office


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


def test_who_is_shown_a_text_in_passages_has_read_it(office: Office) -> None:
    """Searches that hit the same message are none, also at several places; most of a text in passages is."""
    words = " ".join(f"wort{number} satz{number * 13}" for number in range(120))
    desk = new_desk(office, {"subject": "Vertraulich", "text": words}, {"subject": "Zeichen", "text": "ende"})
    account, anna = desk.account, desk.anna
    messages = {one["subject"]: one["id"] for one in anna.emails(account, anna.query_all(account), "subject")}
    secret, mark = messages["Vertraulich"], messages["Zeichen"]

    def sought(word: str) -> str:
        wanted = {"filter": {"body": word}, "emailIds": [secret]}
        found: str = anna.call("SearchSnippet/get", accountId=account, **wanted)["list"][0]["preview"]
        assert word in found
        return found

    def read() -> set[str]:
        return {message for action, _, ids, _ in _deeds(office, account) for message in ids}

    first = sought("wort40")
    for _ in range(9):
        assert sought("wort40") == first
    assert sought("wort80") != first
    sought("wort20")
    _read(anna, account, [mark])
    assert eventually(read) == {mark}
    for number in (0, 60, 100):
        sought(f"wort{number}")
    assert eventually(lambda: secret in read())
