"""What guards the audit trail and the archives, as an administrator sees it: what takes traces away asks who
they are, and what somebody has done to the database is told where they look.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.databases import run_sql
from tests.e2e.demo import running_demo, server_folder
from tests.e2e.test_access import obstacles_in_both_themes, wear
from tests.e2e.visitor import DEMO_PASSWORD, PHONE, WIDE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import Client, eventually
from tests.kept import database_of

ADDRESS = "ablage@buero-lindner.example"
LETTER = f"From: Eva <eva@else.example>\r\nTo: {ADDRESS}\r\nSubject: Besichtigung\r\n\r\nUm neun\r\n"
AUDIT, ARCHIVE, HEALTH = (f"/settings/basic/{name}" for name in ("audit", "archive", "health"))


def _shots(page: Page, name: str) -> None:
    """Wide and on a phone, light and dark, for somebody who looks at them."""
    if folder := os.environ.get("TRACES_SHOTS"):
        for theme, size in (("light", WIDE), ("dark", PHONE)):
            wear(page, theme)
            page.set_viewport_size(size)
            page.wait_for_timeout(600)
            page.screenshot(path=Path(folder) / f"{name}-{theme}.png", full_page=True)
        wear(page, "light")
        page.set_viewport_size(WIDE)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str, Client]]:
    """An address, a database, an internal mailbox whose archive holds a message, and an administrator."""
    data = tmp_path_factory.mktemp("traces") / "demo"
    with running_demo(data) as demo:
        admin = Client(demo.url).log_in("sabine", DEMO_PASSWORD)
        me = next(one["id"] for one in admin.ok("GET", "/api/users")["users"] if one["login"] == "sabine")
        made = {"address": ADDRESS, "confirm": True, "type": "internal", "users": [{"id": me}]}
        account = admin.ok("POST", "/api/accounts", made)["id"]
        admin.ok("PUT", f"/api/archives/{account}", {"is_on": True})
        assert admin.post(f"/api/mailboxes/{account}/import", LETTER.encode()).json["messages"] == 1
        eventually(lambda: admin.ok("GET", f"/api/archives/{account}")["messages"] == 1)
        yield demo.url, database_of(server_folder(data)), account, admin


def _prove(sabine: Visitor, button: str) -> None:
    """A wrong password first: it is told at its field, and nothing has happened."""
    sabine.field("Your password").fill("not it")
    sabine.press(button)
    expect(sabine.dialog).to_contain_text(sabine.words("The present password is not right."))
    assert obstacles_in_both_themes(sabine.page) == []
    sabine.field("Your password").fill(DEMO_PASSWORD)
    sabine.press(button)
    expect(sabine.dialog).to_be_hidden()


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_takes_traces_away_asks_who_one_is(
    browser: Browser, office: tuple[str, str, str, Client], language: str
) -> None:
    """And keeping for longer does not."""
    url, _, account, admin = office
    words = Words(language)
    with visiting(browser, url, words) as sabine:
        page = sabine.page
        sabine.let_in("sabine")
        sabine.go(AUDIT)
        kept = page.get_by_role("combobox", name=words("Entries are kept"))
        kept.click()
        page.get_by_role("option", name=re.compile("^12 ")).click()
        sabine.sees("Keep entries for a shorter time?")
        _shots(page, f"audit-shorter-{language}")
        _prove(sabine, "Remove older entries")
        assert admin.ok("GET", "/api/settings/audit") == {"keep_months": 12}
        kept.click()
        page.get_by_role("option", name=words("For ever")).click()
        eventually(lambda: admin.ok("GET", "/api/settings/audit") == {"keep_months": None})

        sabine.go(f"{ARCHIVE}?of={account}")
        sabine.sees("Not checked so far; that happens each night.")
        page.get_by_role("combobox", name=words("Messages are kept")).click()
        page.get_by_role("option", name=re.compile("^10 ")).click()
        sabine.sees("Keep messages for a shorter time?")
        _shots(page, f"archive-shorter-{language}")
        _prove(sabine, "Keep them for a shorter time")
        assert admin.ok("GET", f"/api/archives/{account}")["keep_months"] == 120
        admin.ok("PUT", f"/api/archives/{account}", {"keep_months": None})

        sabine.go(f"/settings/basic/email/internal/{account}")
        sabine.press("Turn the archive off …")
        _prove(sabine, "Turn the archive off")
        assert admin.ok("GET", f"/api/archives/{account}")["state"] == "off"
        admin.ok("PUT", f"/api/archives/{account}", {"is_on": True})


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_somebody_did_to_the_database_is_told(
    browser: Browser, office: tuple[str, str, str, Client], language: str
) -> None:
    """On every settings page, on the pages of trail, archives and health; each with its remedy."""
    url, database, account, _ = office
    words = Words(language)
    run_sql(database, "delete from archive_entries")
    run_sql(database, "delete from archives")
    run_sql(database, "update audit_chains set anchored = anchored + 900 where chain = 0 and anchored < 900")
    with visiting(browser, url, words) as sabine:
        page = sabine.page
        sabine.let_in("sabine")
        sabine.go(HEALTH)
        sabine.sees("The audit trail was changed or shortened past Poststelle")
        sabine.sees("{address}: the archive is missing, or is not what it was", address=ADDRESS)
        sabine.sees("does not hold")
        assert obstacles_in_both_themes(page) == []
        _shots(page, f"health-{language}")

        sabine.link("To the audit trail").first.click()
        sabine.sees("The trail does not hold: somebody has changed it past Poststelle.")
        assert obstacles_in_both_themes(page) == []
        _shots(page, f"audit-{language}")

        sabine.link("To the archive").first.click()
        sabine.sees("The archive is missing, and nobody here has deleted it.")
        assert obstacles_in_both_themes(page) == []
        _shots(page, f"archive-gone-{language}")
        sabine.go(f"/settings/basic/email/internal/{account}")
        sabine.sees("The archive is missing, and nobody here has deleted it")


def test_that_a_missing_archive_is_given_up_is_said_by_name(
    browser: Browser, office: tuple[str, str, str, Client]
) -> None:
    """Once its mailbox has gone; with the password."""
    url, _, account, admin = office
    with visiting(browser, url, Words("de")) as sabine:
        sabine.let_in("sabine")
        admin.ok("DELETE", f"/api/accounts/{account}", {"address": ADDRESS})
        sabine.go(ARCHIVE)
        sabine.press("Delete the archive …")
        sabine.dialog.get_by_role("textbox").first.fill(ADDRESS)
        _shots(sabine.page, "archive-give-up")
        _prove(sabine, "Delete the archive for good")
        sabine.sees("No mailbox is archived")
        assert admin.ok("GET", "/api/archives")["archives"] == []
