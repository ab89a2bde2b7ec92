"""The settings, where people stumble: wrong addresses, gone mailboxes, long names, one's own choices."""

import re

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.prepared import SHARED, Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.visitor import DEMO_PASSWORD, MAILBOX, PHONE, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import Client, eventually

EXTERNAL = "/settings/basic/email/external"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ('"Info" <info@…>', "The part after the @ is not a complete domain. It looks like example.org."),
        (
            "ä@bü.de",
            "The part before the @ may have letters without accents, digits,"
            " and signs such as dots, hyphens and + only.",
        ),
        ("x" * 70 + "@example.org", "The part before the @ is too long. It may have up to 64 characters."),
    ],
)
def test_a_wrong_address_is_refused_before_the_warning(
    browser: Browser, prepared: Prepared, typed: str, reason: str
) -> None:
    """What the server would refuse is told beside the field, and nothing is asked."""
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        sabine.let_in("sabine")
        sabine.go(EXTERNAL)
        sabine.field("E-mail address").fill(typed)
        sabine.press("Import Office 365")
        sabine.sees(reason)
        expect(sabine.dialog).to_be_hidden()


def test_a_deleted_mailbox_is_no_place_to_come_back_to(browser: Browser, prepared: Prepared) -> None:
    """Back leads past it; who still has its address is told, and led to the list."""
    address = "geloescht@buero-lindner.example"
    words = Words("de")
    account = prepared.admin.ok("POST", "/api/accounts", {"address": address, "confirm": True})["id"]
    with visiting(browser, prepared.demo.url, words) as sabine:
        page = sabine.page
        sabine.let_in("sabine")
        sabine.go("/settings/basic/users")
        sabine.open_mail_settings()
        sabine.open_row(address)
        sabine.press("Delete mailbox …")
        sabine.dialog.get_by_role("textbox").fill(address)
        sabine.press("Delete mailbox for good")
        expect(sabine.dialog).to_be_hidden()
        expect(sabine.row(MAILBOX)).to_be_visible()
        page.go_back()
        expect(page).not_to_have_url(re.compile(account))
        page.wait_for_timeout(400)
        assert account not in page.url

        sabine.go(f"{EXTERNAL}/{account}")
        sabine.sees("This mailbox no longer exists.")
        sabine.link("To the mailboxes").click()
        expect(sabine.row(MAILBOX)).to_be_visible()


def test_a_page_opens_at_its_top(browser: Browser, prepared: Prepared) -> None:
    """However far the page before was scrolled."""
    with visiting(browser, prepared.demo.url, Words("de"), {"width": 1200, "height": 500}) as sabine:
        page = sabine.page
        sabine.let_in("sabine")
        sabine.go(f"{EXTERNAL}/{prepared.accounts[MAILBOX]}")
        expect(sabine.button("Add user")).to_be_visible()
        main = page.get_by_role("main")
        main.evaluate("main => { main.scrollTop = 400 }")
        eventually(lambda: main.evaluate("main => main.scrollTop") > 0)
        sabine.link("My profile").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(sabine.words("My profile"))
        eventually(lambda: main.evaluate("main => main.scrollTop") == 0)
        page.wait_for_timeout(300)
        assert main.evaluate("main => main.scrollTop") == 0


def test_a_name_is_shown_whole_on_a_phone(browser: Browser, prepared: Prepared) -> None:
    """Beside the choice of the level there is room for a name, on two lines if need be."""
    with visiting(browser, prepared.demo.url, Words("de"), PHONE) as sabine:
        sabine.let_in("sabine")
        sabine.go(f"{EXTERNAL}/{prepared.accounts[MAILBOX]}")
        for name in ("Anna Berger", "Thomas Maier"):
            shown = sabine.page.get_by_role("listitem").get_by_text(name, exact=True)
            expect(shown).to_be_visible()
            assert shown.evaluate("it => it.scrollWidth <= it.clientWidth || it.clientWidth === 0")


def test_an_address_is_shown_whole_above_the_folders(browser: Browser, prepared: Prepared) -> None:
    """As wide as the folders are at first, a usual address has room; what has none is told in a tooltip."""
    is_whole = "it => it.scrollWidth <= it.clientWidth && it.scrollHeight <= it.clientHeight"
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        anna.let_in("anna")
        anna.go(f"/mail/{prepared.accounts[SHARED]}")
        shown = anna.identity.get_by_text(SHARED, exact=True)
        assert shown.evaluate(is_whole)

        shown.evaluate("it => { it.textContent = 'sehr.lange.'.repeat(9) + it.textContent }")
        anna.identity.hover()
        expect(anna.identity).to_have_attribute("title", re.compile(f"^sehr.*{SHARED}$"))


def test_language_and_appearance_stand_in_the_profile_too(browser: Browser, prepared: Prepared) -> None:
    """One setting in two places: chosen in the profile it is chosen in the menu, and can be taken back."""
    german, english = Words("de"), Words("en")
    with visiting(browser, prepared.demo.url, german) as thomas:
        page = thomas.page
        thomas.let_in("thomas")
        thomas.go("/settings/me")
        page.get_by_role("combobox", name=german("Language")).click()
        page.get_by_role("option", name="English").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(english("My profile"))
        page.get_by_role("combobox", name=english("Appearance")).click()
        page.get_by_role("option", name=english("Dark")).click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")

        page.get_by_role("button", name=english("Profile and preferences")).click()
        for chosen in ("English", english("Dark")):
            expect(page.get_by_role("menuitemradio", name=chosen)).to_be_checked()
        page.keyboard.press("Escape")
        page.get_by_role("button", name=english("Undo")).click()
        expect(page.locator("html")).to_have_attribute("data-theme", "light")
        page.get_by_role("combobox", name=english("Language")).click()
        page.get_by_role("option", name=re.compile(english("Like the browser"))).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(german("My profile"))


def test_an_empty_field_says_so_itself(browser: Browser, prepared: Prepared) -> None:
    """Not the browser's bubble in the browser's language, but the page beside the field."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as sabine:
        sabine.let_in("sabine")
        sabine.go("/settings/basic/users")
        sabine.press("Add user")
        sabine.dialog.get_by_role("button", name=words("Add user")).click()
        expect(sabine.dialog.get_by_text(words("Please fill in this field."))).to_have_count(2)
        expect(sabine.dialog.get_by_role("textbox", name=words("Name"), exact=True)).to_be_focused()


def test_the_audit_trail_is_searched_proven_and_taken_away(browser: Browser, prepared: Prepared) -> None:
    """By person and kind; what does not fit is said; the file is that of what is shown."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as sabine:
        page = sabine.page
        sabine.let_in("sabine")
        sabine.go("/settings/basic/audit")
        sabine.press("Check the trail")
        sabine.sees("The trail holds: nothing was changed or taken out.")
        for field, choice in (("Person", "Anna Berger"), ("Kind", words("Sign-ins at Microsoft"))):
            page.get_by_role("combobox", name=words(field)).click()
            page.get_by_role("option", name=choice).click()
        entries = page.get_by_role("listitem").filter(has_text="info@buero-lindner.example")
        expect(entries.first).to_contain_text("Anna Berger")
        assert obstacles(page) == []
        with page.expect_download() as taken:
            page.get_by_role("button", name=words("Export")).click()
            page.get_by_role("menuitem", name=words("Table (CSV)")).click()
        lines = taken.value.path().read_text().splitlines()
        assert lines[0].startswith("id,at,user,") and all(",sign_in." in line for line in lines[1:])

        page.get_by_label(words("Until"), exact=True).fill("2020-01-31")
        sabine.sees("No entry fits")
        page.get_by_role("combobox", name=words("Entries are kept")).click()
        page.get_by_role("option", name=words("For ever")).click()


def warned_of(prepared: Prepared) -> set[str]:
    """What administrators are warned of, by kind."""
    return {warning["kind"] for warning in prepared.admin.ok("GET", "/api/warnings")["warnings"]}


def test_absence_and_forwarding_act_at_microsoft(browser: Browser, prepared: Prepared) -> None:
    """Who writes gets the answer; what may not go outside is told; a press undoes it."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words) as sabine:
        page = sabine.page
        sabine.let_in("sabine")
        sabine.go(f"{EXTERNAL}/{prepared.accounts[MAILBOX]}")
        sabine.link("Out-of-office note and forwarding of this mailbox").click()
        page.get_by_role("switch", name=words("Answer automatically")).click()
        page.get_by_role("textbox", name=words("Text"), exact=True).fill("Wir sind im Januar zurück.")
        sabine.press("Save the note")
        sabine.sees("Out-of-office note saved")
        page.get_by_role("switch", name=words("Forward everything that comes")).click()
        page.get_by_role("textbox", name=words("To"), exact=True).fill("chef@privat")
        sabine.press("Save the forwarding")
        sabine.sees("“{0}” is no complete e-mail address.", **{"0": "chef@privat"})
        page.get_by_role("textbox", name=words("To"), exact=True).fill("chef@privat.example")
        sabine.press("Save the forwarding")
        sabine.sees("Outside your organisation: {names}", names="chef@privat.example")
        assert obstacles(page) == []
        prepared.control.clear_outside()
        prepared.control.post(MAILBOX, **{"from": "abwesend@kunden.example"}, subject="Sind Sie da?")
        eventually(lambda: any("Januar" in one["mime"] for one in prepared.control.outside()))
        # The page looks once a minute.
        eventually(lambda: "forwarding_refused" in warned_of(prepared), timeout_s=90, every_s=0.2)
        sabine.go("/settings/basic/health")
        door = page.get_by_role("link", name=words("To the forwarding"))
        expect(door).to_be_visible()
        sabine.sees("Needs attention")
        assert obstacles(page) == []
        door.click()
        page.get_by_role("switch", name=words("Forward everything that comes")).click()
        sabine.press("Save the forwarding")
        sabine.sees("Forwarding is off")
        page.get_by_role("switch", name=words("Answer automatically")).click()
        sabine.press("Save the note")
        sabine.sees("Out-of-office note is off")
        sabine.button("Undo").last.click()
        expect(page.get_by_text(words("On"), exact=True)).to_be_visible()
        page.get_by_role("switch", name=words("Answer automatically")).click()
        sabine.press("Save the note")


def test_a_program_gets_an_access_of_its_own(browser: Browser, prepared: Prepared) -> None:
    """Made on one's own page for one mailbox; its secret opens that mailbox alone, until it is revoked."""
    words = Words("de")
    with visiting(browser, prepared.demo.url, words, PHONE) as anna:
        anna.let_in("anna")
        anna.go("/settings/me")
        anna.press("Add program")
        anna.field("Name of the program").fill("Handy")
        anna.dialog.get_by_label(words("All my mailboxes")).uncheck()
        anna.dialog.get_by_label(MAILBOX).check()
        anna.field("Your password").fill(DEMO_PASSWORD)
        anna.press("Create access")
        secret = anna.field("Password or token").input_value()
        program = Client(prepared.demo.url, authorization=f"Bearer {secret}")
        accounts = program.ok("GET", "/jmap/session")["accounts"]
        anna.press("Done")
        leave = words("Revoke the access of {0}").replace("{0}", "Handy")
        anna.page.get_by_role("button", name=leave).click()
        anna.press("Revoke access")
        expect(anna.page.get_by_role("button", name=leave)).to_have_count(0)
        expect(anna.dialog).to_be_hidden()

    assert [account["name"] for account in accounts.values()] == [MAILBOX]
    assert program.get("/jmap/session").status == 401
