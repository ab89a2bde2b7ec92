"""Poststelle on a device: read without a connection, opened by other programs, told of new mail."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.visitor import MAILBOX, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

KEPT = "Poststelle behält das"
MAILTO = "mailto:bewerber@example.org?subject=Ihre%20Anfrage&body=Guten%20Tag"
IS_IN_CHARGE = "navigator.serviceWorker.ready.then(() => true)"
KEPT_SUBJECTS = """new Promise(async (resolve, reject) => {
    const all = await indexedDB.databases()
    const name = all.map((each) => each.name).find((each) => each.startsWith("poststelle.kept."))
    if (!name) return resolve(null)
    const request = indexedDB.open(name)
    request.onerror = reject
    request.onsuccess = () => {
        const transaction = request.result.transaction(["rows", "bodies"])
        const rows = transaction.objectStore("rows").getAll()
        const bodies = transaction.objectStore("bodies").getAllKeys()
        transaction.oncomplete = () => {
            request.result.close()
            const read = new Set(bodies.result.map((key) => key.split(" ")[1]))
            resolve(rows.result.filter(({ id }) => read.has(id)).map(({ subject }) => subject))
        }
    }
})"""
NOTIFICATIONS = """navigator.serviceWorker.ready.then((it) => it.getNotifications())
    .then((all) => all.map(({ title, body, data }) => [title, body, data.path]))"""
MANIFEST = """fetch(document.querySelector("link[rel=manifest]").href).then(async (answer) => {
    const manifest = await answer.json()
    const icons = await Promise.all(manifest.icons.map(async ({ src, sizes }) => {
        const picture = await createImageBitmap(await (await fetch(src)).blob())
        return sizes === `${picture.width}x${picture.height}`
    }))
    return { ...manifest, type: answer.headers.get("content-type"), icons }
})"""


COUNT_MISSING = """() => {
    window.missing = 0
    window.addEventListener("vite:preloadError", () => { window.missing += 1 })
}"""


@pytest.fixture
def anna(browser: Browser, prepared: Prepared) -> Iterator[Visitor]:
    with visiting(browser, prepared.demo.url, Words("de"), has_worker=True) as visitor:
        visitor.page.context.grant_permissions(["notifications"], origin=prepared.demo.url)
        visitor.log_in("anna")
        yield visitor


def test_recent_mail_is_read_without_a_connection(anna: Visitor, prepared: Prepared) -> None:
    """The page opens with list and messages as they were kept; with the login all of it goes."""
    account, page, context = prepared.accounts[MAILBOX], anna.page, anna.page.context
    prepared.control.receive(MAILBOX, subject=KEPT, text="Auch im Tunnel zu lesen")
    anna.go("/settings/device")
    page.evaluate(IS_IN_CHARGE)
    page.get_by_role("switch", name=anna.words("Keep recent mail on this device")).click()
    anna.go(f"/mail/{account}")
    expect(anna.message(KEPT)).to_be_visible()
    eventually(lambda: KEPT in (page.evaluate(KEPT_SUBJECTS) or []), every_s=0.5)

    context.set_offline(True)
    expect(page.get_by_text(anna.words("Offline – as of {asOf}", asOf=""))).to_be_visible()
    anna.go("/mail")
    anna.message(KEPT).click()
    expect(page.get_by_role("article").get_by_text("Auch im Tunnel zu lesen")).to_be_visible()
    expect(page.get_by_text(anna.words("Offline – as of {asOf}", asOf=""))).to_be_visible()
    anna.folder("Archiv").click()
    anna.sees("Not loaded yet. It appears as soon as the server answers.")

    context.set_offline(False)
    expect(page.get_by_text(anna.words("Offline – as of {asOf}", asOf=""))).to_be_hidden()
    expect(
        page.get_by_text(anna.words("Not loaded yet. It appears as soon as the server answers."))
    ).to_be_hidden()
    anna.log_out("Anna")
    eventually(lambda: page.evaluate(KEPT_SUBJECTS) is None)


def test_a_line_that_is_cut_while_parts_are_fetched_leaves_the_page_as_it_is(
    browser: Browser, prepared: Prepared
) -> None:
    """What is fetched ahead is missing then, and nothing else: whoever reads goes on."""
    prepared.control.receive(MAILBOX, subject="Noch zu sehen")
    with visiting(browser, prepared.demo.url, Words("de")) as visitor:
        page = visitor.page
        visitor.log_in("anna")
        visitor.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(visitor.message("Noch zu sehen")).to_be_visible()
        page.evaluate(COUNT_MISSING)
        page.context.set_offline(True)
        eventually(lambda: page.evaluate("window.missing") > 0)
        expect(page.get_by_text(visitor.words("Offline – as of {asOf}", asOf=""))).to_be_visible()
        expect(visitor.message("Noch zu sehen")).to_be_visible()
        page.context.set_offline(False)
        expect(page.get_by_text(visitor.words("Offline – as of {asOf}", asOf=""))).to_be_hidden()


def test_a_page_that_is_opened_without_a_line_comes_with_it(browser: Browser, prepared: Prepared) -> None:
    """Until then it says so, and what was there before is there to go back to."""
    prepared.control.receive(MAILBOX, subject="Noch da")
    with visiting(browser, prepared.demo.url, Words("de")) as visitor:
        page = visitor.page
        visitor.log_in("anna")
        visitor.go(f"/mail/{prepared.accounts[MAILBOX]}")
        visitor.message("Noch da").click()
        expect(page.get_by_role("article").get_by_role("heading", name="Noch da")).to_be_visible()
        page.context.set_offline(True)
        visitor.link("Settings").click()
        visitor.sees("This page has not been loaded yet")
        visitor.press("Try again")
        visitor.sees("The server does not answer yet.")
        assert obstacles(page) == []
        visitor.link("Mail").click()
        expect(visitor.message("Noch da")).to_be_visible()
        visitor.link("Settings").click()
        visitor.sees("This page has not been loaded yet")
        page.context.set_offline(False)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_text(visitor.words("This page has not been loaded yet"))).to_be_hidden()


def test_other_programs_open_it(anna: Visitor, prepared: Prepared) -> None:
    """A browser finds all it wants of a program to be installed; a mailto link begins a letter."""
    page = anna.page
    manifest = page.evaluate(MANIFEST)
    assert (manifest["lang"], manifest["type"]) == ("de", "application/manifest+json")
    assert manifest["icons"] == [True] * 4
    anna.go(f"/mail?write={quote(MAILTO, safe='')}")
    letter = anna.dialog
    expect(letter).to_contain_text("Guten Tag")
    expect(letter).to_contain_text("bewerber@example.org")
    assert "write" not in page.url


def test_new_mail_is_shown_once_and_goes_when_it_was_read(anna: Visitor, prepared: Prepared) -> None:
    """By the page that is open and by a push at the same time; not after the login has ended."""
    account, page, subject = prepared.accounts[MAILBOX], anna.page, "Besichtigung am Montag"
    page.evaluate(IS_IN_CHARGE)
    if page.evaluate("Notification.permission") != "granted":
        pytest.skip("This browser shows no notifications: Chromium's headless shell has none.")
    anna.go("/settings/device")
    anna.press("Turn on notifications")
    anna.sees("only while Poststelle is open: this browser reaches no push service")
    (number,) = prepared.control.receive(MAILBOX, subject=subject, text="Guten Tag")
    inbox = prepared.anna.folder(account, "inbox")["id"]
    eventually(lambda: len(page.evaluate(NOTIFICATIONS)) == 1, every_s=0.3)
    push(page, prepared.demo.url, {"@type": "StateChange", "changed": {account: {"EmailDelivery": "1.1"}}})
    [[title, body, path]] = page.evaluate(NOTIFICATIONS)
    assert (title, body) == ("Sender", f"{subject}\n{MAILBOX}")
    assert path.startswith(f"/mail/{account}/{inbox}/")

    prepared.control.update(MAILBOX, [number], isRead=True)
    eventually(lambda: page.evaluate(NOTIFICATIONS) == [], every_s=0.3)
    prepared.control.receive(MAILBOX, subject=subject, text="Noch einmal")
    eventually(lambda: len(page.evaluate(NOTIFICATIONS)) == 1, every_s=0.3)
    anna.log_out("Anna")
    eventually(lambda: page.evaluate(NOTIFICATIONS) == [])


def push(page: Page, origin: str, message: dict[str, Any]) -> None:
    """Have the browser bring a push message to the page's service worker."""
    session, found = page.context.new_cdp_session(page), list[str]()
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
    )
    session.send("ServiceWorker.enable")

    def is_told() -> bool:
        page.wait_for_timeout(20)  # events come only while Playwright waits
        return bool(found)

    eventually(is_told)
    wish = {"origin": f"{origin}/", "registrationId": found[0], "data": json.dumps(message)}
    session.send("ServiceWorker.deliverPushMessage", wish)
    session.detach()
