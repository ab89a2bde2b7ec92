"""Folders as people handle them: made, renamed, moved, emptied, deleted, with undo, and at Microsoft too."""

import re
from collections.abc import Callable

from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually


def paths(prepared: Prepared) -> set[str]:
    """The folders at Microsoft."""
    folders, _ = prepared.control.snapshot(MAILBOX)
    return {"/".join(folder["path"]) for folder in folders}


def comes_about(prepared: Prepared, is_so: Callable[[set[str]], bool]) -> None:
    eventually(lambda: is_so(paths(prepared)), every_s=0.3)


def menu(visitor: Visitor, folder: str, deed: str) -> None:
    """A deed from a folder's own menu, opened as a right click does."""
    visitor.folder(folder).click(button="right")
    visitor.page.get_by_role("menuitem", name=re.compile("^" + re.escape(visitor.words(deed)))).click()


def name_field(visitor: Visitor) -> Locator:
    return visitor.dialog.get_by_label(visitor.words("Name"), exact=True)


def test_a_folder_is_made_renamed_moved_and_deleted(browser: Browser, prepared: Prepared) -> None:
    """Each step shows at once, reaches Microsoft, and can be taken back."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first).to_be_visible()
        anna.press("New folder")
        name_field(anna).fill("Objekte")
        anna.press("Create folder")
        anna.sees("There is a folder of this name already.")
        name_field(anna).fill("Hausakten")
        anna.press("Create folder")
        expect(anna.page.get_by_role("heading", level=1)).to_contain_text("Hausakten")
        comes_about(prepared, lambda there: "Hausakten" in there)

        menu(anna, "Hausakten", "Rename")
        name_field(anna).fill("Akten")
        anna.dialog.get_by_role("button", name=words("Rename"), exact=True).click()
        expect(anna.folder("Akten")).to_be_visible()
        anna.looks_away()
        comes_about(prepared, lambda there: "Akten" in there and "Hausakten" not in there)
        anna.press("Undo")
        expect(anna.folder("Hausakten")).to_be_visible()
        comes_about(prepared, lambda there: "Hausakten" in there)

        anna.folder("Hausakten").drag_to(anna.folder("Wiedervorlage"))
        comes_about(prepared, lambda there: "Wiedervorlage/Hausakten" in there)
        menu(anna, "Hausakten", "Move")
        anna.dialog.get_by_role("combobox").fill(words("At the top"))
        anna.page.keyboard.press("Enter")
        comes_about(prepared, lambda there: "Hausakten" in there)

        anna.folder("Hausakten").focus()
        anna.page.keyboard.press("Delete")
        comes_about(prepared, lambda there: "Gelöschte Elemente/Hausakten" in there)
        menu(anna, "Hausakten", "Delete")
        anna.dialog.get_by_role("button", name=words("Delete for good"), exact=True).click()
        expect(anna.folder("Hausakten")).to_have_count(0)
        comes_about(prepared, lambda there: not any("Hausakten" in path for path in there))


def test_a_folder_is_emptied_and_read(browser: Browser, prepared: Prepared) -> None:
    """All is read, then deleted, and both are taken back; a folder with a purpose can't be renamed."""
    words = Words("en")
    control = prepared.control
    folder = control.create_folder(MAILBOX, "Altes")["id"]
    control.receive_many(MAILBOX, [{"subject": f"Alt {n}"} for n in range(3)], folder)
    account = prepared.accounts[MAILBOX]
    eventually(
        lambda: any(f["name"] == "Altes" and f["totalEmails"] == 3 for f in prepared.anna.folders(account)),
        every_s=0.3,
    )
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{account}")
        expect(anna.folder("Altes")).to_contain_text("3")
        menu(anna, "Altes", "Mark all as read")
        expect(anna.folder("Altes")).not_to_contain_text("3")
        anna.press("Undo")
        expect(anna.folder("Altes")).to_contain_text("3")
        menu(anna, "Altes", "Mark all as read")
        expect(anna.folder("Altes")).not_to_contain_text("3")
        anna.folder("Altes").click()
        expect(anna.rows).to_have_count(3)
        menu(anna, "Altes", "Empty")
        expect(anna.dialog).to_contain_text("3")
        anna.dialog.get_by_role("button", name=words("Empty"), exact=True).click()
        anna.sees("This folder is empty")
        expect(anna.button("Undo")).to_be_visible()
        anna.page.keyboard.press("z")
        expect(anna.rows).to_have_count(3)
        in_altes = {
            "inMailbox": next(f["id"] for f in prepared.anna.folders(account) if f["name"] == "Altes")
        }
        eventually(lambda: len(prepared.anna.query_all(account, filter=in_altes)) == 3, every_s=0.3)

        anna.folder("Inbox").click(button="right")  # the mailbox calls it Posteingang
        expect(anna.page.get_by_role("menuitem", name=re.compile(words("New folder in it")))).to_be_visible()
        expect(anna.page.get_by_role("menuitem", name=re.compile("^" + words("Rename")))).to_have_count(0)
        anna.page.keyboard.press("Escape")


def test_a_message_is_moved_to_a_folder_made_for_it(browser: Browser, prepared: Prepared) -> None:
    """By keys alone; what is taken back takes the folder with it."""
    words = Words("en")
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        subject = "Baugenehmigung 61/2"  # no letter of the demo is called so
        prepared.control.receive(MAILBOX, subject=subject, html="<p>Sie ist da.</p>")
        anna.message(subject).click()
        anna.page.keyboard.press("v")
        anna.dialog.get_by_role("combobox").fill("Neubau Ost")
        expect(anna.dialog.get_by_role("option", selected=True)).to_contain_text("Neubau Ost")
        anna.page.keyboard.press("Enter")
        expect(name_field(anna)).to_have_value("Neubau Ost")
        expect(name_field(anna)).to_be_focused()
        anna.page.keyboard.press("Enter")
        expect(anna.folder("Neubau Ost")).to_be_visible()
        expect(anna.dialog).to_have_count(0)
        expect(anna.message(subject)).to_have_count(0)
        comes_about(prepared, lambda there: "Neubau Ost" in there)
        anna.page.keyboard.press("z")
        expect(anna.message(subject)).to_be_visible()
        expect(anna.folder("Neubau Ost")).to_have_count(0)
        comes_about(prepared, lambda there: "Neubau Ost" not in there)


def test_folders_on_a_phone(browser: Browser, prepared: Prepared) -> None:
    """The menu stands beside each folder."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words, PHONE) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first).to_be_visible()
        anna.press("Folders")
        anna.folder("Wiedervorlage").get_by_role("button", name=words("Folder actions")).tap()
        anna.page.get_by_role("menuitem", name=re.compile(words("New folder in it"))).tap()
        name_field(anna).fill("Mobil")
        anna.press("Create folder")
        expect(anna.page.get_by_role("heading", level=1)).to_contain_text("Mobil")
        comes_about(prepared, lambda there: "Wiedervorlage/Mobil" in there)
