"""Searching: by words and operators, in all folders or one, with the keyboard, and back again."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

RARE = "Zuckerrübensirup"
# Rows with hits of which none is within what cuts its line off.
HIDDEN_HITS = """() => [...document.querySelectorAll("[role=row]")].filter((row) => {
  const hits = [...row.querySelectorAll("mark")];
  const end = (element) => element.getBoundingClientRect().right;
  const shown = (hit) => end(hit) <= end(hit.closest(".truncate")) + 1;
  return hits.length > 0 && !hits.some(shown);
}).map((row) => row.innerText)"""


@pytest.fixture(scope="module")
def letters(prepared: Prepared) -> Iterator[None]:
    """A word that stands in three letters: one read in the archive, two in the inbox, one with a file."""
    control = prepared.control
    note = {"name": "Plan.txt", "contentType": "text/plain", "text": "Plan"}
    sender = {"from": "Käthe Möller <kaethe@moeller.example>"}
    control.receive(
        MAILBOX,
        "archive",
        subject="Alte Rechnung",
        text=f"Anbei noch einmal die Rechnung über unsere letzte Lieferung von {RARE}",
        categories=["Vermietung"],
        isRead=True,
        **sender,
    )
    control.receive(MAILBOX, subject=f"{RARE} bestellt", text="Bitte zwei Gläser", attachments=[note])
    control.receive(
        MAILBOX, subject="Frühstück", text=f"Wir hätten gern {RARE} am Buffet. <b>fett</b>", **sender
    )
    account = prepared.accounts[MAILBOX]
    eventually(lambda: len(prepared.anna.query_all(account, filter={"text": RARE})) == 3, every_s=0.3)
    yield


def field(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("combobox", name=visitor.words("Search"), exact=True)


def found(visitor: Visitor, number: int) -> None:
    expect(visitor.page.get_by_role("search").or_(visitor.page.locator("body")).first).to_be_visible()
    expect(visitor.page.get_by_text(visitor.words("{number} found", number=str(number)))).to_be_visible()


@pytest.mark.usefixtures("letters")
def test_what_is_looked_for_is_found_and_marked(browser: Browser, prepared: Prepared) -> None:
    """By a beginning of a word, in every folder, with the folder's name; Back leads to the folder again."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first).to_be_visible()
        anna.page.keyboard.press("/")
        expect(field(anna)).to_be_focused()
        field(anna).press_sequentially("zuckerrueb")
        found(anna, 3)
        expect(anna.rows).to_have_count(3)
        expect(anna.rows.locator("mark").first).to_have_text(re.compile(RARE))
        assert anna.page.evaluate(HIDDEN_HITS) == []
        expect(anna.message("Alte Rechnung")).to_contain_text("Archiv")
        expect(anna.message("Frühstück")).to_contain_text("<b>fett</b>")

        anna.page.keyboard.press("Enter")
        anna.page.keyboard.press("j")
        expect(anna.page.get_by_role("article").get_by_role("heading").first).to_be_visible()
        expect(anna.page.get_by_role("article").get_by_label(words("Loading"))).to_be_hidden()
        assert "q=zuckerrueb" in anna.page.url
        marked = "[...(CSS.highlights.get('found') ?? [])].map(String)"
        eventually(lambda: RARE in anna.page.evaluate(marked) or anna.page.keyboard.press("j"), every_s=0.3)
        anna.page.go_back()
        anna.page.go_back()
        expect(anna.page.get_by_role("heading", level=1)).to_contain_text("Posteingang")
        assert "q=" not in anna.page.url
        expect(field(anna)).to_have_value("")


@pytest.mark.usefixtures("letters")
def test_operators_narrow_a_search(browser: Browser, prepared: Prepared) -> None:
    """Of whom, in which folder, with a file, not yet read; a proposal is taken with the keyboard."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first).to_be_visible()
        for text, number in (
            (f"{RARE} von:moeller", 2),
            (f"{RARE} in:archiv", 1),
            (f"{RARE} mit:anhang", 1),
            (f"{RARE} -frühstück", 2),
            (f'"{RARE} am Buffet"', 1),
            (f"{RARE} vor:2001", 0),
        ):
            field(anna).fill(text)
            if number:
                found(anna, number)
                expect(anna.rows).to_have_count(number)
            else:
                anna.sees("Nothing found")
        field(anna).fill(f"{RARE} in:nirgendwo")
        anna.sees(
            "There is no folder called “{value}”. Names with blanks stand in quotation marks.",
            value="nirgendwo",
        )

        field(anna).fill("")
        field(anna).press_sequentially(f"{RARE} in:arch")
        option = anna.page.get_by_role("option", name=re.compile("Archiv"))
        expect(option.first).to_be_visible()
        anna.page.keyboard.press("ArrowDown")
        anna.page.keyboard.press("Enter")
        expect(field(anna)).to_have_value(re.compile("in:Archiv $"))
        found(anna, 1)

        field(anna).fill(RARE)
        found(anna, 3)
        anna.page.get_by_role("radio", name="Posteingang").click()
        found(anna, 2)
        anna.press("End the search")
        expect(anna.page.get_by_role("heading", level=1)).to_contain_text("Posteingang")


@pytest.mark.usefixtures("letters")
def test_what_is_found_can_be_filed(browser: Browser, prepared: Prepared) -> None:
    """A message read from a search stays in it; deleted it goes, and comes back with undo."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}?q={RARE}+betreff:bestellt+ist:ungelesen")  # in no folder
        expect(field(anna)).to_have_value(f"{RARE} betreff:bestellt ist:ungelesen")
        expect(anna.rows).to_have_count(1)
        anna.rows.first.click()
        expect(anna.rows.first.get_by_label(words("Unread"))).to_be_hidden()
        expect(anna.rows).to_have_count(1)

        field(anna).fill(RARE)
        expect(anna.rows).to_have_count(3)
        anna.message("bestellt").click()
        anna.page.keyboard.press("e")
        expect(anna.message("bestellt")).to_contain_text("Archiv")
        anna.page.keyboard.press("z")
        expect(anna.message("bestellt")).to_contain_text("Posteingang")


@pytest.mark.usefixtures("letters")
def test_searching_on_a_phone(browser: Browser, prepared: Prepared) -> None:
    """The field stands above the list; what is found opens, and the way back leads to what was found."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words, PHONE) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first).to_be_visible()
        field(anna).fill(RARE)
        field(anna).press("Enter")
        found(anna, 3)
        anna.message("Frühstück").tap()
        expect(anna.page.get_by_role("article")).to_be_visible()
        anna.press("Back to the list")
        found(anna, 3)
        expect(field(anna)).to_have_value(RARE)
