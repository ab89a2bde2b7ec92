"""What a browser with an empty cache fetches before somebody can read the list."""

from playwright.sync_api import Browser, Response, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import MAILBOX, visiting
from tests.e2e.words import Words

MOST_SCRIPT = 250_000
LATER = ("Composer", "settings", "PreviewPane", "Palette-", "ColumnsDialog", "AllView")

# When the first row stood there, by the page's own clock: a test that asks over and over would see it later.
NOTE_THE_LIST = """
new MutationObserver((_, observer) => {
  if (!document.querySelector("[data-index] time")) return;
  window.listStoodAt = performance.now();
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
ASKED_BEFORE = """
() => performance.getEntriesByType("resource")
  .filter(({ startTime }) => startTime <= window.listStoodAt).map(({ name }) => name)
"""


def test_the_list_needs_less_than_250_kilobytes_of_script(browser: Browser, prepared: Prepared) -> None:
    """All of it compressed; the reader, the composer, the settings and the help come when they are wanted."""
    scripts: list[Response] = []

    def note(answer: Response) -> None:
        if answer.request.resource_type == "script":
            scripts.append(answer)

    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        anna.log_in("anna")
        anna.page.context.new_cdp_session(anna.page).send("Network.clearBrowserCache")
        anna.page.add_init_script(NOTE_THE_LIST)
        anna.page.on("response", note)
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first.get_by_role("time")).to_be_visible()
        before = set(anna.page.evaluate(ASKED_BEFORE))
        needed = [answer for answer in scripts if answer.url in before]
        sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in needed}

        assert 100 * 1024 < sum(sizes.values()) < MOST_SCRIPT, (sum(sizes.values()), sizes)
        assert {answer.headers.get("content-encoding") for answer in needed} == {"br"}
        assert not [url for url in sizes if any(part in url for part in LATER)], sizes
