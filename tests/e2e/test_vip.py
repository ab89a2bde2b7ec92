"""A VIP mailbox: its option says what it does, and across mailboxes only one's own time is seen."""

import os
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.prepared import SHARED, Prepared
from tests.e2e.several import is_held
from tests.e2e.test_access import obstacles_in_both_themes, wear
from tests.e2e.visitor import DEMO_PASSWORD, MAILBOX, PHONE, WIDE, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

BEFORE, SINCE = "Vertrauliches von früher", "Vertrauliches von heute"
EFFECT = (
    "In the mailbox itself everybody assigned still reads everything. Mail from before the first assignment"
    " is shown to nobody outside it."
)
NOTE = "VIP: only mail of the time when you were assigned is shown here."


def _shots(page: Page, name: str) -> None:
    """Wide and on a phone, light and dark, for somebody who looks at them."""
    if folder := os.environ.get("VIP_SHOTS"):
        for theme, size in (("light", WIDE), ("dark", PHONE)):
            wear(page, theme)
            page.set_viewport_size(size)
            page.wait_for_timeout(600)
            page.screenshot(path=Path(folder) / f"{name}-{theme}.png")
        wear(page, "light")
        page.set_viewport_size(WIDE)


def _receive(prepared: Prepared, subject: str, at: datetime) -> None:
    letter = {"from": "Jana Vogt <jana@vogt.example>", "receivedAt": at.isoformat()}
    prepared.control.receive(MAILBOX, subject=subject, text="Bitte nicht weitergeben.", **letter)
    held = partial(is_held, prepared.anna, prepared.accounts[MAILBOX], subject)
    eventually(held, every_s=0.3)


@pytest.fixture(scope="module")
def vera(prepared: Prepared) -> str:
    """The login of somebody who was assigned between two letters."""
    admin, login = prepared.admin, "vera"
    _receive(prepared, BEFORE, datetime.now(UTC) - timedelta(minutes=5))
    said = {"login": login, "name": "Vera Winter", "password": DEMO_PASSWORD}
    user = admin.ok("POST", "/api/users", said)["id"]
    for address in (MAILBOX, SHARED):
        path = f"/api/accounts/{prepared.accounts[address]}/users/{user}"
        admin.ok("PUT", path, {"level": "send", "confirm": True})
    _receive(prepared, SINCE, datetime.now(UTC) + timedelta(seconds=5))
    return login


def test_vip_is_turned_on_and_seen(browser: Browser, prepared: Prepared, vera: str) -> None:
    """In words where it is turned on, and where something is left out because of it."""
    words, account = Words("de"), prepared.accounts[MAILBOX]
    with (
        visiting(browser, prepared.demo.url, words) as sabine,
        visiting(browser, prepared.demo.url, words) as late,
    ):
        late.let_in(vera)
        late.go("/mail/all")
        expect(late.message(SINCE)).to_be_visible()
        expect(late.message(BEFORE)).to_be_visible()

        sabine.let_in("sabine")
        sabine.go(f"/settings/basic/email/external/{account}")
        option = sabine.page.get_by_role("switch", name=re.compile("^VIP"))
        option.click()
        expect(option).to_be_checked()
        sabine.sees_part(EFFECT)
        option.scroll_into_view_if_needed()
        assert obstacles_in_both_themes(sabine.page) == []
        _shots(sabine.page, "option")

        # An open window follows by itself.
        expect(late.page.get_by_text(words(NOTE))).to_be_visible()
        expect(late.message(BEFORE)).to_be_hidden()
        expect(late.message(SINCE)).to_be_visible()
        assert obstacles_in_both_themes(late.page) == []
        _shots(late.page, "all")
        search = late.page.get_by_role("combobox", name=words("Search"), exact=True)
        search.fill("Vertrauliches")
        expect(late.rows).to_have_count(1)
        late.go(f"/mail/{account}")
        expect(late.message(BEFORE)).to_be_visible()
        late.go("/settings/records")
        late.sees(
            "VIP: of {addresses} you see and export only activities of the time when you were assigned.",
            addresses=MAILBOX,
        )
        assert obstacles_in_both_themes(late.page) == []
        _shots(late.page, "records")

        option.click()
        expect(option).not_to_be_checked()
        late.go("/mail/all")
        expect(late.message(BEFORE)).to_be_visible()


def test_the_archive_of_a_vip_mailbox_that_has_gone(browser: Browser, prepared: Prepared) -> None:
    """It shows an administrator who was never assigned nothing, says why, and is opened by them for good."""
    admin, words, address = prepared.admin, Words("de"), "vorstand@buero-lindner.example"
    users = {user["login"]: user["id"] for user in admin.ok("GET", "/api/users")["users"]}
    made = {"address": address, "confirm": True, "type": "internal", "users": [{"id": users["anna"]}]}
    account = admin.ok("POST", "/api/accounts", made)["id"]
    admin.ok("PUT", f"/api/archives/{account}", {"is_on": True})
    letter = f"From: Eva <eva@else.example>\r\nTo: {address}\r\nSubject: {SINCE}\r\n\r\nStreng geheim\r\n"
    assert prepared.anna.post(f"/api/mailboxes/{account}/import", letter.encode()).json["messages"] == 1
    admin.ok("PATCH", f"/api/accounts/{account}", {"is_vip": True})
    eventually(lambda: admin.ok("GET", f"/api/archives/{account}")["messages"] == 1)
    admin.ok("DELETE", f"/api/accounts/{account}", {"address": address, "proof": {"password": DEMO_PASSWORD}})
    with visiting(browser, prepared.demo.url, words) as sabine:
        page = sabine.page
        sabine.let_in("sabine")
        sabine.go(f"/settings/basic/archive?of={account}")
        sabine.sees("No message fits")
        assert obstacles_in_both_themes(page) == []
        _shots(page, "archive")
        sabine.press("End VIP for this archive …")
        assert obstacles_in_both_themes(page) == []
        _shots(page, "archive-end")
        sabine.press("Show it to all administrators")
        expect(sabine.dialog).to_be_hidden()
        expect(page.get_by_text(SINCE)).to_be_visible()
        expect(sabine.button("End VIP for this archive …")).to_have_count(0)
