"""The second factor in the browser: a passkey of a virtual device, an app, recovery codes."""

import os
import re
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Page, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles, obstacles_in_both_themes
from tests.e2e.visitor import DEMO_PASSWORD, PHONE, WIDE, Visitor, visiting
from tests.e2e.words import Words

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def plug_in_device(page: Page) -> None:
    """A device whose finger is always right. Source: Chrome DevTools Protocol, "WebAuthn"."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def give_password(visitor: Visitor) -> None:
    visitor.field("Login name").fill("eva")
    visitor.field("Password").fill(DEMO_PASSWORD)
    visitor.press("Log in")


def is_in(visitor: Visitor) -> None:
    expect(visitor.page.get_by_role("navigation", name=visitor.words("Areas"))).to_be_visible()


def rename(visitor: Visitor) -> None:
    """Call the passkey otherwise, by keyboard; the focus comes back."""
    kept = visitor.page.get_by_role("list", name=visitor.words("Passkeys"), exact=True)
    pencil = kept.get_by_role("button", name=re.compile("umbenennen"))
    pencil.press("Enter")
    visitor.field("Name").fill("")
    visitor.page.keyboard.press("Enter")
    visitor.sees("Please fill in this field.")
    assert obstacles_in_both_themes(visitor.page) == []
    if folder := os.environ.get("PASSKEY_SHOTS"):
        visitor.page.screenshot(path=Path(folder) / "passkey-dialog.png")
    visitor.field("Name").fill("Handy im Büro")
    visitor.page.keyboard.press("Enter")
    expect(visitor.dialog).to_be_hidden()
    expect(kept).to_contain_text("Handy im Büro")
    expect(pencil).to_be_focused()
    if folder := os.environ.get("PASSKEY_SHOTS"):
        visitor.page.screenshot(path=Path(folder) / "passkey-list.png")
        visitor.page.set_viewport_size(PHONE)
        kept.scroll_into_view_if_needed()
        visitor.page.screenshot(path=Path(folder) / "passkey-phone.png")
        visitor.page.set_viewport_size(WIDE)


def test_a_passkey_an_app_and_recovery_codes(browser: Browser, prepared: Prepared) -> None:
    """Set up one after the other, each proven by the one before; each lets in, in its way."""
    eva_body = {"login": "eva", "name": "Eva Ernst", "password": DEMO_PASSWORD}
    prepared.admin.ok("POST", "/api/users", eva_body)
    with visiting(browser, prepared.demo.url, Words("de")) as eva:
        plug_in_device(eva.page)
        eva.log_in("eva")
        eva.go("/settings/me/security")
        eva.press("Add passkey")
        eva.field("Your password").fill(DEMO_PASSWORD)
        eva.dialog.get_by_role("button", name=eva.words("Add passkey")).click()
        codes = eva.dialog.get_by_role("list", name=eva.words("Recovery codes")).get_by_role("listitem")
        expect(codes).to_have_count(10)
        recovery = codes.first.inner_text()
        assert obstacles(eva.page) == []
        eva.press("I have kept them")
        rename(eva)

        eva.press("Set up app")
        eva.field("Your password").fill(DEMO_PASSWORD)
        eva.press("Continue")
        eva.dialog.get_by_text(eva.words("It cannot be scanned?")).click()
        secret = eva.dialog.locator("code").inner_text().replace(" ", "")
        assert obstacles(eva.page) == []
        eva.field("Code from your app").fill(pyotp.TOTP(secret).now())
        eva.press("Check code")
        expect(eva.dialog).to_be_hidden()
        expect(eva.button("Remove the app")).to_be_visible()

        eva.log_out("Eva Ernst")
        eva.press("Log in with a passkey")
        is_in(eva)
        eva.log_out("Eva Ernst")
        give_password(eva)
        eva.press("Use a passkey")
        is_in(eva)
        eva.log_out("Eva Ernst")
        give_password(eva)
        eva.press("Phone not at hand? Use a recovery code")
        assert obstacles(eva.page) == []
        eva.field("Recovery code").fill("1234")
        eva.press("Log in")
        eva.sees_part("This code is not right, or was used already.")
        eva.field("Recovery code").fill(recovery)
        eva.press("Log in")
        is_in(eva)
