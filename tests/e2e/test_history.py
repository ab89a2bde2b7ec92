"""The history of a message, beside the message: who of the colleagues did what, and when."""

import os
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.prepared import Prepared
from tests.e2e.several import is_held
from tests.e2e.test_access import obstacles_in_both_themes, wear
from tests.e2e.visitor import DEMO_PASSWORD, MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import Client, eventually

BY_THOMAS = {
    "de": [
        "hat gekennzeichnet",
        "hat gelesen",
        "hat nach „Archiv“ verschoben",
        "hat die Kategorie vergeben: eilig",
    ],
    "en": ["flagged it", "read it", "moved it to “Archiv”", "gave the category: eilig"],
}
BY_ANNA = {"de": "Sie haben gelesen", "en": "You read it"}
UNFLAGGED = {"de": "Sie haben die Kennzeichnung entfernt", "en": "You removed the flag"}
FLAGGED = {"de": "Sie haben gekennzeichnet", "en": "You flagged it"}
SUBJECT = "Wer hat sich darum gekümmert?"


def _shots(page: Page, name: str) -> None:
    """In both themes, for somebody who looks at them."""
    if folder := os.environ.get("HISTORY_SHOTS"):
        for theme in ("dark", "light"):
            wear(page, theme)
            page.wait_for_timeout(500)
            page.screenshot(path=Path(folder) / f"{name}-{theme}.png")


def _walking_back_keeps_the_keyboard(anna: Visitor, panel: Locator) -> None:
    """Who goes to the next message and back by arrow keys finds the history open, and goes on by them."""
    row = anna.rows.filter(has_text=SUBJECT).first
    row.click()
    expect(panel).to_be_visible()
    anna.page.keyboard.press("ArrowDown")
    expect(panel).to_be_hidden()
    anna.page.keyboard.press("ArrowUp")
    expect(panel).to_be_visible()
    expect(panel).not_to_be_focused()
    anna.page.keyboard.press("ArrowDown")
    expect(panel).to_be_hidden()
    anna.page.keyboard.press("ArrowUp")
    expect(panel).to_be_visible()


def _panel(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("region", name=visitor.words("Message history"), exact=True)


@pytest.fixture(scope="module")
def letter(prepared: Prepared) -> str:
    """A letter that Thomas has read, flagged, labelled and filed, and taken back."""
    account = prepared.accounts[MAILBOX]
    prepared.control.receive(MAILBOX, subject=SUBJECT, text="Es eilt.")
    eventually(partial(is_held, prepared.anna, account, SUBJECT), every_s=0.3)
    thomas = Client(prepared.demo.url).log_in("thomas", DEMO_PASSWORD)
    [id_] = thomas.query_all(account, filter={"subject": SUBJECT})
    thomas.call("Email/get", accountId=account, ids=[id_], properties=["bodyValues"], fetchAllBodyValues=True)
    folders = {folder["role"]: folder["id"] for folder in thomas.folders(account) if folder["role"]}
    for patch in (
        {"keywords/$flagged": True},
        {"keywords/eilig": True},
        {"mailboxIds": {folders["archive"]: True}},
        {"mailboxIds": {folders["inbox"]: True}},
    ):
        done = thomas.call("Email/set", accountId=account, update={id_: patch})
        assert id_ in done["updated"], done
    path = f"/api/mailboxes/{account}/messages/{id_}/history"
    eventually(lambda: len(thomas.ok("GET", path)["deeds"]) == 5, every_s=0.3)
    return str(id_)


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_history_of_a_message(browser: Browser, prepared: Prepared, letter: str, language: str) -> None:
    """By key and by menu, with what happens while it is open; Esc closes it and not the message."""
    words = Words(language)  # type: ignore[arg-type]  # one of the two
    account = prepared.accounts[MAILBOX]
    with visiting(browser, prepared.demo.url, words) as anna:
        page = anna.page
        anna.let_in("anna")
        anna.go(f"/mail/{account}")
        anna.open_message(SUBJECT)
        expect(page.get_by_role("article")).to_contain_text("Es eilt.")
        page.keyboard.press("h")
        panel = _panel(anna)
        expect(panel).to_be_focused()
        rows = panel.get_by_role("listitem")
        for said in BY_THOMAS[language]:
            expect(rows.filter(has_text=f"Thomas Maier {said}").first).to_be_visible()
        expect(rows.filter(has_text=BY_ANNA[language]).first).to_be_visible()
        assert obstacles_in_both_themes(page) == []
        _shots(page, f"wide-{language}")
        page.keyboard.press("Escape")
        expect(panel).to_be_hidden()
        expect(page.get_by_role("article")).to_contain_text("Es eilt.")

        page.keyboard.press("h")
        expect(panel).to_be_visible()
        page.keyboard.press("s")
        expect(rows.first).to_contain_text(UNFLAGGED[language])
        page.keyboard.press("s")
        expect(rows.first).to_contain_text(FLAGGED[language])
        _walking_back_keeps_the_keyboard(anna, panel)
        page.keyboard.press("h")
        expect(panel).to_be_hidden()
    with visiting(browser, prepared.demo.url, words, PHONE) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{account}")
        anna.open_message(SUBJECT)
        anna.page.get_by_role("toolbar").get_by_role("button", name=words("More"), exact=True).click()
        anna.page.get_by_role("menuitem", name=words("Message history")).click()
        expect(_panel(anna).get_by_role("listitem").filter(has_text="Thomas Maier").first).to_be_visible()
        assert obstacles_in_both_themes(anna.page) == []
        _shots(anna.page, f"phone-{language}")
