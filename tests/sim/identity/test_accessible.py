"""Each page in a real browser, judged by axe-core, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, expect
from tests.browser import chromium
from tests.sim.identity.app import PASSWORD, App
from tests.sim.identity.browser import Browser
from tests.sim.identity.test_page_steering import subscribe

from m365sim.journal import CallRecord
from m365sim.server import Running
from m365sim.world import organise
from m365sim.world.compose import Written
from m365sim.world.content import Address
from m365sim.world.organise import Marks
from m365sim.world.post import Letter, post

ANNA = "anna@lindner.example"
AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"
COLOURS = ["color-contrast", "link-in-text-block"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not AXE.exists(), reason="the web packages are not installed"),
]


@pytest.fixture
def page(chromium_browser: Chromium) -> Iterator[Page]:
    """A fresh browser window; scripts of the test may run in it."""
    context = chromium_browser.new_context(color_scheme="light", bypass_csp=True)
    yield context.new_page()
    context.close()


def _complaints(page: Page) -> list[str]:
    """What axe finds as the page stands in light; in dark nothing but colours is another."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")["violations"]
    page.emulate_media(color_scheme="dark")
    found += page.evaluate("rules => axe.run({runOnly: rules})", COLOURS)["violations"]
    page.emulate_media(color_scheme="light")
    return [str(v["id"]) for v in found]


def test_no_page_has_an_accessibility_fault(sim: Running, app: App, page: Page) -> None:
    """Account, password, refusal, approval, request, consent, picker and error pages."""
    found: dict[str, list[str]] = {}

    def judge(name: str) -> None:
        found[name] = _complaints(page)

    page.goto(app.authorize_url())
    judge("account")
    page.fill("input[name=loginfmt]", "max@strict.example")
    page.click("#next")
    judge("password")
    page.fill("input[name=passwd]", "wrong")
    page.click("#signin")
    judge("refused password")
    _give_password(page)
    judge("approval needed")
    page.goto(app.authorize_url(login_hint="kim@asking.example"))
    _give_password(page)
    judge("approval form")
    page.goto(app.authorize_url(login_hint="chef@lindner.example"))
    _give_password(page)
    judge("consent")
    page.goto(app.authorize_url(prompt="select_account"))
    judge("picker")
    page.goto(app.authorize_url(client_id="nobody"))
    judge("error")

    assert {name: ids for name, ids in found.items() if ids} == {}


def test_no_page_of_the_office_has_one(sim: Running, app: App, page: Page) -> None:
    """Each of them with something to show, a refused form included; none is wider than a phone."""
    urls = _furnished(app)
    found: dict[str, object] = {}

    for url in urls:
        page.goto(f"{sim.pages_url}{url}")
        for summary in page.locator("summary").all():
            summary.click()
        complaints = _complaints(page)
        page.set_viewport_size({"width": 390, "height": 900})
        found[url] = complaints, page.evaluate("document.documentElement.scrollWidth") <= 390
        page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{sim.pages_url}/")
    page.fill("#sender", "otto")
    page.click("#deliver")
    found["refused"] = _complaints(page), page.locator("[role=alert]").is_visible()

    assert found == dict.fromkeys([*urls, "refused"], ([], True))


def _furnished(app: App) -> list[str]:
    """Give every page of the office something to show; their addresses."""
    simulation = app.sim.simulation
    token = app.tokens(Browser(app.sim.pages_url), ANNA)["access_token"]
    mailbox = simulation.world.mailbox(ANNA)
    html = Written("<1@x.example>", "Angebot", "<p>Guten Tag</p>", True, 0, from_=Address("otto@x.example"))
    message = simulation.world.receive(mailbox, mailbox.named["inbox"], html, is_read=False)
    message.extended = {"Integer 0x1081": "102"}
    simulation.world.bulk(mailbox, mailbox.named["inbox"], 60, seed=1)
    post(simulation.world, Letter(html, ANNA, ("kunde@anderswo.example",)))
    post(simulation.world, Letter(html, ANNA, (ANNA,)), not_before_s=simulation.clock.now_s() + 900)
    app.graph(token, "/v1.0/me/messages")
    app.graph(token, "/v1.0/me/nonsense")
    simulation.faults.add(path="*/messages/delta*", status=429, headers={"Retry-After": "10"})
    simulation.behaviour.delta_any_order = True
    subscribe(app, "http://localhost:9/life")
    here = f"/office/mailboxes/{ANNA}"
    pages = ("letters", "calls", "subscriptions", "trouble", "switches", "sign-ins")
    shown = [
        here,
        f"{here}/messages/{mailbox.ids.immutable(message.number)}",
        "/office/mailboxes/nobody@x.example",
    ]
    return ["/", *shown, *(f"/office/{name}" for name in pages)]


def test_calls_show_by_themselves(sim: Running, page: Page) -> None:
    """A new call comes in above; what is open stays open, what is typed stays, the place in view as well."""
    journal = sim.simulation.journal
    for number in range(60):
        journal.add(CallRecord("GET", f"/v1.0/call{number}", "", 200, 1_770_000_000.0))
    page.goto(f"{sim.pages_url}/office/calls")
    page.locator("#call-30 summary").click()
    page.fill("#path", "half typed")
    page.locator("#call-30").scroll_into_view_if_needed()
    page.evaluate("window.scrollBy(0, 60)")
    before = _top(page, "#call-30")

    journal.add(CallRecord("GET", "/v1.0/newcomer", "", 200, 1_770_000_000.0))

    page.locator("#call-61").wait_for()
    assert page.locator("#calls > li").first.get_attribute("id") == "call-61"
    assert page.locator("#call-30 details").get_attribute("open") is not None
    assert page.input_value("#path") == "half typed"
    assert abs(_top(page, "#call-30") - before) < 2


def _top(page: Page, selector: str) -> float:
    """How far below the window's upper edge an element is."""
    return float(page.locator(selector).evaluate("one => one.getBoundingClientRect().top"))


def test_mail_shows_by_itself(sim: Running, page: Page) -> None:
    """A message appears in the list, is shown as read once a program has read it, and goes when it does."""
    mailbox = sim.simulation.world.mailbox(ANNA)
    page.goto(f"{sim.pages_url}/office/mailboxes/{ANNA}")
    html = Written("<1@x.example>", "Angebot", "Guten Tag", False, 0, from_=Address("otto@x.example"))

    message = sim.simulation.world.receive(mailbox, mailbox.named["inbox"], html)
    page.locator("#messages .unread", has_text="Angebot").wait_for()
    organise.mark(mailbox, message, Marks(is_read=True))
    page.locator("#messages li:not(.unread)", has_text="Angebot").wait_for()
    mailbox.remove(message)
    page.locator("#none").wait_for()


def test_the_second_factor_and_the_device_pages_have_none_either(sim: Running, app: App, page: Page) -> None:
    """Expired password, registration, approval and its refusal, the device's code, question and end."""
    found: dict[str, list[str]] = {}
    app.control("PUT", "/users/anna@lindner.example", {"conditions": ["mfa"], "has_mfa": False})
    app.control("POST", "/users/anna@lindner.example/events", {"event": "password_expires"})
    form = {"client_id": app.client_id, "scope": "Mail.Read"}
    _, codes = app.post("/common/oauth2/v2.0/devicecode", form)

    def judge(name: str) -> None:
        found[name] = _complaints(page)

    page.goto(codes["verification_uri"])
    judge("device code")
    page.fill("#otc", "nonsense")
    page.click("#next")
    judge("refused device code")
    page.fill("#otc", codes["user_code"])
    page.click("#next")
    page.fill("input[name=loginfmt]", "anna@lindner.example")
    page.click("#next")
    _give_password(page)
    judge("expired password")
    page.fill("#passwd", PASSWORD)
    page.fill("#newpasswd", "short")
    page.fill("#confirmpasswd", "short")
    page.click("#change")
    judge("refused new password")
    page.fill("#passwd", PASSWORD)
    page.fill("#newpasswd", "Dahlie-2026!")
    page.fill("#confirmpasswd", "Dahlie-2026!")
    page.click("#change")
    judge("registration")
    page.click("#register")
    judge("approval")
    page.click("#deny")
    judge("denied approval")
    page.click("#approve")
    judge("device question")
    page.click("#continue")
    page.click("#accept")
    judge("device done")

    expect(page.locator("#approved")).to_be_visible()
    assert len(found) == 9
    assert {name: ids for name, ids in found.items() if ids} == {}


def _give_password(page: Page) -> None:
    page.fill("input[name=passwd]", PASSWORD)
    page.click("#signin")


def test_a_message_is_delivered_from_a_real_browser(sim: Running, page: Page) -> None:
    """The overview's form passes the guard against foreign sites when it is sent from our own page."""
    page.goto(f"{sim.pages_url}/")
    page.select_option("#address", "anna@lindner.example")
    page.click("#deliver")

    expect(page.locator(".done")).to_be_visible()
    assert len(sim.simulation.world.mailbox("anna@lindner.example").messages) == 1
