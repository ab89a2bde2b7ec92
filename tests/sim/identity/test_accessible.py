"""Each page in a real browser, judged by axe-core, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from tests.browser import chromium
from tests.sim.identity.app import PASSWORD, App

from m365sim.server import Running

AXE = Path(__file__).parents[3] / "web" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(chromium() is None, reason="no Chromium is installed"),
    pytest.mark.skipif(not AXE.exists(), reason="the web packages are not installed"),
]


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, chromium_browser: Browser) -> Iterator[Page]:
    """A fresh browser window in one colour scheme; scripts of the test may run in it."""
    context = chromium_browser.new_context(color_scheme=request.param, bypass_csp=True)
    yield context.new_page()
    context.close()


def _complaints(page: Page) -> list[str]:
    page.evaluate(AXE.read_text())
    return [str(v["id"]) for v in page.evaluate("axe.run()")["violations"]]


def test_no_page_has_an_accessibility_fault(sim: Running, app: App, page: Page) -> None:
    """Account, password, refusal, approval, request, consent, picker, error and overview pages."""
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
    page.goto(f"{sim.pages_url}/")
    judge("overview")

    assert {name: ids for name, ids in found.items() if ids} == {}


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

    assert page.locator("#approved").is_visible()
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

    assert page.locator(".done").is_visible()
    assert len(sim.simulation.world.mailbox("anna@lindner.example").messages) == 1
