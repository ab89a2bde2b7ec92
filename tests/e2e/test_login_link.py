"""A login link leads to our own pages and nowhere else."""

from urllib.parse import quote

from playwright.sync_api import Browser, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import DEMO_PASSWORD, Visitor, visiting
from tests.e2e.words import Words

FOREIGN = (
    "{pages}/phish",
    "//evil.example/mail",
    "/\\evil.example",
    "/\t/evil.example",
    "/mail/..//evil.example",
    "javascript:alert(1)",
    "data:text/html,hello",
    "/api/logout",
)


def test_after_login_nobody_is_led_astray(browser: Browser, prepared: Prepared) -> None:
    """Whatever foreign address a link names, it ends in the mail, before and after the login."""
    with visiting(browser, prepared.demo.url, Words("en"), has_worker=True) as anna:
        first, *others = (one.format(pages=prepared.demo.pages_url) for one in FOREIGN)
        follow(anna, first)
        anna.field("Login name").fill("anna")
        anna.field("Password").fill(DEMO_PASSWORD)
        anna.press("Log in")
        lands_in_mail(anna)
        for foreign in (first, *others):
            follow(anna, foreign)
            lands_in_mail(anna)


def test_a_link_to_a_page_of_ours_survives_the_login(browser: Browser, prepared: Prepared) -> None:
    """The address asked for first is the one shown after the login."""
    with visiting(browser, prepared.demo.url, Words("en"), has_worker=True) as anna:
        anna.go("/settings/me")
        expect(anna.page).to_have_url(f"{anna.base}/login?next=%2Fsettings%2Fme")
        anna.field("Login name").fill("anna")
        anna.field("Password").fill(DEMO_PASSWORD)
        anna.press("Log in")
        expect(anna.page).to_have_url(f"{anna.base}/settings/me")


def follow(visitor: Visitor, target: str) -> None:
    visitor.go(f"/login?next={quote(target, safe='')}")


def lands_in_mail(visitor: Visitor) -> None:
    """The address is ours and the mail module is really there, not an empty page."""
    visitor.page.wait_for_url(f"{visitor.base}/mail/**")
    expect(visitor.identity).to_be_visible()
