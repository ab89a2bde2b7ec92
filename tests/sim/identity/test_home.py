"""The page of the simulated office: who may see it, mail by hand, what administrators decide."""

from __future__ import annotations

import http.client
import urllib.parse

import pytest
from tests.sim.identity.app import App
from tests.sim.identity.browser import Browser

from m365sim.server import Running

PATHS = (
    "/",
    "/office/mailboxes/anna@lindner.example",
    "/office/letters",
    "/office/calls",
    "/office/subscriptions",
    "/office/trouble",
    "/office/switches",
    "/office/sign-ins",
    "/office/mailboxes/nobody@lindner.example",
)
MESSAGE = {
    "address": "anna@lindner.example",
    "sender": "otto@kunde.example",
    "subject": "Schlüssel",
    "body": "Ja.",
}


def test_the_sign_ins_page_shows_people_passwords_and_apps(sim: Running, browser: Browser) -> None:
    """Whoever tries the simulator finds everything a sign-in takes on one page."""
    text = browser.open(f"{sim.pages_url}/office/sign-ins").text()

    assert "anna@lindner.example" in text
    assert "Tulpe-2026!" in text
    assert "5a1e0b7c-4f7d-4c1e-9d6a-7f0c3b2e1d55" in text
    assert sim.base_url in text


def test_a_message_can_be_delivered_by_hand(sim: Running, browser: Browser) -> None:
    """The form puts a new unread message into the inbox of the mailbox."""
    browser.open(f"{sim.pages_url}/").press("deliver", **MESSAGE)

    assert "has been delivered" in browser.text()
    mailbox = sim.simulation.world.mailbox("anna@lindner.example")
    [message] = mailbox.messages.values()
    assert (message.source.load().subject, message.is_read) == ("Schlüssel", False)
    assert message.folder.well_known == "inbox"


def test_the_mailbox_with_the_most_mail_is_chosen_already(sim: Running, browser: Browser) -> None:
    """A new message goes where people look: into the fullest mailbox, unless another is chosen."""
    browser.open(f"{sim.pages_url}/").press("deliver", **{**MESSAGE, "address": "max@strict.example"})

    browser.open(f"{sim.pages_url}/")

    assert "<option selected>max@strict.example</option>" in browser.html
    assert browser.html.count("<option selected>") == 1


def test_a_bad_form_delivers_nothing_and_says_why(sim: Running, browser: Browser) -> None:
    """An unknown mailbox and a half sender address are told on the page."""
    browser.open(f"{sim.pages_url}/").press("deliver", **{**MESSAGE, "address": "nobody@x.example"})
    assert (browser.status, "no mailbox of this name" in browser.text()) == (400, True)

    browser.open(f"{sim.pages_url}/").press("deliver", **{**MESSAGE, "sender": "otto"})

    assert browser.status == 400
    assert not sim.simulation.world.mailbox("anna@lindner.example").messages


def test_a_form_of_another_site_is_refused(sim: Running) -> None:
    """A page elsewhere cannot deliver mail through the visitor's browser."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(sim.pages_url).netloc, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}

    connection.request("POST", "/office/receive", urllib.parse.urlencode(MESSAGE), headers)
    status = connection.getresponse().status
    connection.close()

    assert status == 403
    assert not sim.simulation.world.mailbox("anna@lindner.example").messages


def test_a_foreign_host_name_is_refused(sim: Running) -> None:
    """A name that somebody points at this machine shows nothing."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(sim.pages_url).netloc, timeout=60)

    connection.request("GET", "/", headers={"Host": "evil.example"})
    status = connection.getresponse().status
    connection.close()

    assert status == 403


def test_a_policy_can_be_changed_on_the_page(sim: Running, app: App, browser: Browser) -> None:
    """A strict organisation becomes one whose users may consent."""
    browser.open(f"{sim.pages_url}/office/sign-ins")

    browser.press_first(
        "form[action$='7b2d8e61-0a4f-4b7e-8c15-2b3c4d5e6f70'] button", policy="users_may_consent"
    )

    assert app.code(Browser(sim.pages_url), "max@strict.example")


def test_sign_ins_can_be_revoked_on_the_page(sim: Running, app: App, browser: Browser) -> None:
    """The button appears with the first sign-in, ends it, and is gone."""
    assert not browser.open(f"{sim.pages_url}/office/sign-ins").has("button.revoke")
    tokens = app.tokens(Browser(sim.pages_url), "anna@lindner.example")

    browser.open(f"{sim.pages_url}/office/sign-ins").press_first("button.revoke")

    assert not browser.has("button.revoke")
    assert app.refresh(tokens["refresh_token"])[1]["error_codes"] == [50173]


def test_a_request_is_decided_once(sim: Running, browser: Browser) -> None:
    """What is decided already, and what was never asked, is told in words."""
    url = f"{sim.pages_url}/office/approvals/nothing"

    browser.send(url, decision="approve")

    assert (browser.status, "decided already" in browser.text()) == (404, True)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_says_that_it_is_a_simulation(sim: Running, browser: Browser, path: str) -> None:
    """No page may be mistaken for Microsoft's, in either language."""
    assert "Simulation – not Microsoft" in browser.open(f"{sim.pages_url}{path}").text()

    browser.language = "de"
    browser.open(f"{sim.pages_url}{path}")

    assert "Simulation – nicht Microsoft" in browser.text()
    assert browser.node("html").attributes["lang"] == "de"


@pytest.mark.parametrize("path", PATHS)
def test_pages_allow_nothing_from_elsewhere(sim: Running, browser: Browser, path: str) -> None:
    """Each page forbids foreign scripts, styles and frames, and names no other host."""
    browser.open(f"{sim.pages_url}{path}")

    assert "default-src 'none'" in browser.headers["content-security-policy"]
    assert "form-action 'self'" in browser.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in browser.headers["content-security-policy"]
    loaded = [
        node.attributes.get(name) or ""
        for name in ("src", "href", "action")
        for node in browser.nodes(f"[{name}]")
    ]
    assert loaded
    assert [url for url in loaded if not url.startswith(("/", "#", "data:,")) or url.startswith("//")] == []
