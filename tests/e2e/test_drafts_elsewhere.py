"""Drafts that lie on the desk here while others have them in hands too: Outlook, and another window."""

import re
from typing import Any

from playwright.sync_api import expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_composing import DROP, drafts, is_saved, letters, people, subject, text, writer
from tests.e2e.visitor import MAILBOX, Visitor
from tests.flow.jmap.client import eventually

__all__ = ["letters", "writer"]

CALLED = "Angebot zu zweit"
AGAIN = "Angebot noch einmal"
CONTRACT = "Vertrag anbei"


def at_microsoft(prepared: Prepared, called: str) -> list[tuple[str, dict[str, Any]]]:
    """The drafts of this subject there, once nothing waits here to be brought there."""
    account = prepared.accounts[MAILBOX]
    eventually(lambda: prepared.anna.sync_state(account)["pending"] == 0, every_s=0.3)
    _, held = prepared.control.snapshot(MAILBOX)
    return [(id_, each) for id_, each in held.items() if each["subject"] == called and each["isDraft"]]


def files(prepared: Prepared, called: str) -> list[list[str]]:
    return sorted([a["name"] for a in each["attachments"]] for _, each in at_microsoft(prepared, called))


def test_nothing_is_lost_or_sent_twice_where_others_work_on_a_draft_too(
    writer: Visitor, prepared: Prepared
) -> None:
    """Changed in another window, changed in Outlook, sent in Outlook: each is told, and a person decides."""
    writer.press("Write")
    people(writer).fill("ziel@extern.example")
    people(writer).press("Enter")
    subject(writer).fill(CALLED)
    text(writer).click()
    writer.page.keyboard.type("Erster Satz.")
    writer.page.evaluate(f"({DROP})('Notiz.txt', 'eins zwei drei')")
    is_saved(writer)
    eventually(lambda: files(prepared, CALLED) == [["Notiz.txt"]], every_s=0.3)

    other = Visitor(writer.page.context.new_page(), writer.words, writer.base, writer.problems)
    other.go(f"/mail/{prepared.accounts[MAILBOX]}")
    other.folder("Entwürfe").click()
    other.message(CALLED).click()
    subject(other).fill(AGAIN)
    is_saved(other)
    writer.sees("This draft was changed elsewhere")
    writer.press("Take the other version")
    expect(subject(writer)).to_have_value(AGAIN)
    other.page.close()

    [(theirs, _)] = eventually(lambda: at_microsoft(prepared, AGAIN), every_s=0.3)
    assert files(prepared, CALLED) == files(prepared, AGAIN) == [["Notiz.txt"]]
    prepared.control.change(MAILBOX, [{"op": "write", "ids": [theirs], "html": "<p>Berichtigt</p>"}])
    writer.sees("This draft was changed elsewhere")
    text(writer).press("Control+End")
    writer.page.keyboard.type(" Zweiter Satz.")
    writer.press("Keep mine")
    is_saved(writer)
    eventually(lambda: files(prepared, AGAIN) == [["Notiz.txt"]] * 2, every_s=0.3)

    [mine] = [id_ for id_, _ in at_microsoft(prepared, AGAIN) if id_ != theirs]
    prepared.control.change(MAILBOX, [{"op": "send", "ids": [mine]}])
    told = re.escape(writer.words("This message was sent {when} in another program, such as Outlook"))
    expect(writer.dialog).to_contain_text(re.compile(told.replace(r"\{when\}", r"um \d\d:\d\d")))
    writer.press("Send")
    writer.sees("Its recipients would get it twice: what was sent, and what you send now.")
    writer.press("Don't send")
    writer.dialog.get_by_role("status").get_by_role("button", name=writer.words("Close")).click()
    expect(writer.dialog).to_be_hidden()
    assert [e["attachments"] for e in prepared.control.outside() if e["subject"] == AGAIN] == [["Notiz.txt"]]
    assert len(drafts(prepared, AGAIN)) == 1


def test_a_draft_of_outlooks_keeps_its_files(writer: Visitor, prepared: Prepared) -> None:
    """Until Microsoft lists them nothing takes the draft's place; what was written is saved then."""
    control = prepared.control
    control.fail_next("GET", "*/attachments*", status=503, code="ErrorServerBusy", times=100)
    attached = {"name": "Vertrag.txt", "contentType": "text/plain", "text": "Vertrag"}
    item = {
        "subject": CONTRACT,
        "to": ["ziel@extern.example"],
        "isDraft": True,
        "html": "<p>Anbei der Vertrag.</p>",
    }
    control.receive_many(MAILBOX, [item | {"attachments": [attached]}], "drafts")
    eventually(lambda: drafts(prepared, CONTRACT), every_s=0.3)
    writer.folder("Entwürfe").click()
    writer.message(CONTRACT).click()
    writer.sees("The attachments of this draft are still being fetched")
    text(writer).press("Control+End")
    writer.page.keyboard.type(" Gruß")
    writer.press("Send")
    writer.sees("Not sent.")

    control.clear_faults()
    is_saved(writer)
    expect(writer.dialog.get_by_role("list", name=writer.words("Attachments"))).to_contain_text("Vertrag.txt")
    assert files(prepared, CONTRACT) == [["Vertrag.txt"]]
