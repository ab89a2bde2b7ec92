"""Categories, and the menu of a row, by which they are set."""

from playwright.sync_api import Browser, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import MAILBOX, visiting
from tests.e2e.words import Words

SUBJECT, NAME = "Wer nimmt das?", "Anna übernimmt"


def test_a_row_s_menu_sets_a_category_by_which_it_is_found(browser: Browser, prepared: Prepared) -> None:
    """Right click, a new category, undo; the menu key, the same; its chip looks for it; the bar archives."""
    prepared.control.receive(MAILBOX, subject=SUBJECT, text="Heizung tropft")
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        row = anna.message(SUBJECT)
        chip = row.locator("[data-part=category]")
        categories = anna.page.get_by_role("menuitem", name=anna.words("Categories"))
        row.click(button="right")
        categories.click()
        anna.page.get_by_role("textbox", name=anna.words("Category"), exact=True).fill(NAME)
        anna.page.keyboard.press("Enter")
        expect(anna.dialog.get_by_role("checkbox", name=NAME)).to_be_checked()
        anna.press("Done")
        expect(chip).to_have_text(NAME)
        anna.press("Undo")
        expect(chip).to_be_hidden()

        row.click()
        anna.page.keyboard.press("Shift+F10")
        categories.click()
        anna.page.get_by_role("textbox", name=anna.words("Category"), exact=True).fill(NAME)
        anna.page.keyboard.press("Enter")
        anna.press("Done")
        chip.click()
        expect(anna.rows).to_have_count(1)
        expect(anna.page.get_by_role("combobox").first).to_have_value(f'kategorie:"{NAME}" ')

        row.get_by_role("checkbox").check()
        bar = anna.page.get_by_role("toolbar", name=anna.words("Selected messages"))
        bar.get_by_role("button", name=anna.words("Archive"), exact=True).click()
        expect(row).to_be_hidden()
