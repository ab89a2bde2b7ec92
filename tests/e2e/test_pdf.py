"""PDFs in the reader: page by page above the mail, whatever somebody has put into them."""

from base64 import b64encode

from playwright.sync_api import Browser, expect
from tests.e2e import pdfs
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.visitor import MAILBOX, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

SUBJECT = "Unterlagen zur Lindenallee"
PAGES = [f"Lindenallee, Blatt {n}" for n in range(1, 13)]
FILES = {
    "Expose.pdf": pdfs.scripted(PAGES),
    "Weit.pdf": pdfs.boundless(),
    "Geheim.pdf": pdfs.locked(),
    "Kaputt.pdf": b"%PDF-1.4 und dann nichts",
}
IS_DRAWN = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some((octet, at) => at % 4 === 2 && octet > 150 && data[at - 2] < 100);
}"""


def test_a_pdf_is_read_and_does_nothing(browser: Browser, prepared: Prepared) -> None:
    """Pages are drawn as they come on screen; what is locked or broken says so; its threads end."""
    files = [
        {"name": n, "contentType": "application/pdf", "contentBase64": b64encode(octets).decode()}
        for n, octets in FILES.items()
    ]
    prepared.control.receive(MAILBOX, subject=SUBJECT, text="Anbei", attachments=files)
    account = prepared.accounts[MAILBOX]
    eventually(lambda: prepared.anna.query_all(account, filter={"subject": SUBJECT}))
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{account}")
        anna.open_message(SUBJECT)
        page, dialog = anna.page, anna.dialog
        page.get_by_role("button", name="Expose.pdf").first.click()
        first = dialog.get_by_role(
            "region", name=anna.words("Page {number}").replace("{number}", "1"), exact=True
        )
        expect(first.get_by_text(PAGES[0])).to_be_attached()
        assert first.locator("canvas").evaluate(IS_DRAWN)
        drawn = dialog.locator("canvas")
        assert drawn.count() < 5
        assert obstacles(page) == []

        width = first.evaluate("page => page.clientWidth")
        page.keyboard.press("+")
        expect(first).not_to_have_js_property("clientWidth", width)
        assert first.evaluate("page => page.clientWidth") > width
        page.keyboard.press("0")
        expect(first).to_have_js_property("clientWidth", width)
        field = dialog.get_by_label(anna.words("Page, of {pages}").replace("{pages}", "12"))
        field.fill("12")
        field.press("Enter")
        expect(dialog.get_by_text(PAGES[-1])).to_be_attached()
        expect(first.locator("canvas")).to_have_count(0)
        expect(field).to_have_value("12")

        step = dialog.get_by_role("button", name=anna.words("Next file"))
        step.click()
        expect(dialog.get_by_text("Weit")).to_be_attached()
        step.click()
        anna.sees("This PDF is protected by a password.")
        step.click()
        anna.sees("This PDF can't be shown.")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        eventually(lambda: not page.workers)
