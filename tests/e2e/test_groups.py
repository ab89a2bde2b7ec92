"""One letter to many: a group and a template with files; messages attached to a message; quiet hours."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.test_composing import arrive, letter_outside, people, subject, text
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

GUEST = "Zoe Ziegler <zoe.ziegler@zimmer.example>"
OWNERS, TEMPLATE, RULES = "Eigentümer Lindenallee", "Versammlung", "Hausordnung.pdf"
PASTED = 'Name\tE-Mail\nTom Taler\ttom@taler.example\n"Ziegler, Zoe" <zoe.ziegler@zimmer.example>; kein@'
FILE: FilePayload = {"name": RULES, "mimeType": "application/pdf", "buffer": b"%PDF-1.4 Regeln"}
PHOTO = '<p>Siehe Bild <img src="https://outside.example/1.png" alt="Heizung"></p>'


@pytest.fixture
def tidy(prepared: Prepared) -> Iterator[None]:
    """What is kept here ends with it; sent letters leave soon."""
    account = prepared.accounts[MAILBOX]
    prepared.admin.ok("PUT", "/api/settings/sending", {"hold_s": 1})
    yield
    prepared.admin.ok("PUT", "/api/settings/sending", {"hold_s": 10})
    prepared.anna.ok("DELETE", "/api/me/quiet/pause")
    for group in prepared.admin.ok("GET", f"/api/mailboxes/{account}/groups")["groups"]:
        prepared.admin.ok("DELETE", f"/api/groups/{group['id']}")
    for one in prepared.anna.ok("GET", "/api/me/boilerplate")["boilerplate"]:
        prepared.anna.ok("DELETE", f"/api/boilerplate/{one['id']}")


def named(visitor: Visitor) -> Locator:
    return visitor.dialog.get_by_label(visitor.words("Name"), exact=True)


def paste_a_group(sabine: Visitor, account: str) -> None:
    """Out of a table and a mail's recipients; what is no address is said and left out."""
    sabine.let_in("sabine")
    sabine.go(f"/settings/basic/email/external/{account}")
    sabine.link("Recipient groups of this mailbox").click()
    sabine.sees("No groups yet")
    sabine.press("Add group")
    named(sabine).fill(OWNERS)
    sabine.press("Paste addresses …")
    sabine.dialog.get_by_label(sabine.words("Addresses to add")).fill(PASTED)
    sabine.press("Add these addresses")
    expect(sabine.dialog).to_contain_text("kein@")
    expect(sabine.dialog.get_by_role("button", name=re.compile("tom@taler"))).to_be_visible()
    assert obstacles(sabine.page) == []
    sabine.press("Save group")
    expect(sabine.page.get_by_role("heading", name=re.compile(OWNERS))).to_be_visible()


def keep_a_template(anna: Visitor) -> None:
    """With somebody in copy and a file."""
    anna.go("/settings/me/templates")
    anna.press("Add template")
    named(anna).fill(TEMPLATE)
    subject(anna).fill("Einladung zur Versammlung")
    anna.press("Cc and Bcc")
    anna.dialog.get_by_role("combobox", name="Cc", exact=True).fill("verwaltung@haus.example;")
    anna.dialog.locator("input[type=file]").last.set_input_files(FILE)
    text(anna).click()
    anna.page.keyboard.type("Wir laden Sie herzlich ein.")
    assert obstacles(anna.page) == []
    anna.press("Save template")
    expect(anna.page.get_by_role("listitem").filter(has_text=TEMPLATE)).to_contain_text(RULES)


def take_back_at_second_try(anna: Visitor, called: str, path: str) -> None:
    """The server can't be reached at the first one, which is said."""
    one = anna.page.get_by_role("main").get_by_role("listitem").filter(has_text=called)
    more = one.get_by_role("button", name=anna.words("More of “{0}”").replace("{0}", called))
    if more.count():
        more.click()
        anna.page.get_by_role("menuitem", name=anna.words("Delete"), exact=True).click()
    else:
        one.get_by_role("button", name=anna.words("Delete “{name}”", name=called)).click()
    expect(one).to_be_hidden()
    anna.page.route(
        path, lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    anna.press("Undo")
    expect(anna.dialog).to_contain_text(anna.words("This could not be undone."))
    expect(anna.dialog).to_contain_text(anna.words("The server does not answer."))
    assert obstacles(anna.page) == []
    anna.page.unroute(path)
    anna.dialog.get_by_role("button", name=anna.words("Try again")).click()
    expect(anna.dialog).to_be_hidden()
    expect(one).to_be_visible()


def write_in_red(anna: Visitor) -> None:
    """By the keyboard alone; in the dark it is shown as it can be read there."""
    bar = anna.dialog.get_by_role("toolbar", name=anna.words("Format"))
    text(anna).press("Control+End")
    bar.get_by_role("button", name=anna.words("Colour")).press("Enter")
    expect(anna.page.get_by_role("menu")).to_be_visible()
    assert obstacles(anna.page) == []
    # The pointer, wherever the last press left it, may have marked a line of its own.
    anna.page.keyboard.press("Home")
    anna.page.keyboard.press("ArrowDown")
    expect(anna.page.get_by_role("menuitemradio", name=anna.words("Red"), exact=True)).to_be_focused()
    anna.page.keyboard.press("Enter")
    expect(text(anna)).to_be_focused()
    expect(bar.get_by_role("button", name=anna.words("Colour"))).to_have_attribute("aria-pressed", "true")
    anna.page.keyboard.type(" Rot.")


@pytest.mark.usefixtures("tidy")
def test_a_letter_goes_to_a_group_with_what_a_template_has(browser: Browser, prepared: Prepared) -> None:
    """The mailbox's group stands in it as one, in its draft too, until it is opened."""
    account = prepared.accounts[MAILBOX]
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        paste_a_group(sabine, account)
    with visiting(browser, prepared.demo.url, Words("de"), theme="dark") as anna:
        anna.log_in("anna")
        keep_a_template(anna)
        anna.go(f"/mail/{account}")
        expect(anna.rows.first).to_be_visible()
        anna.page.keyboard.press("c")
        people(anna).press_sequentially("linden")
        expect(anna.page.get_by_role("option").filter(has_text=OWNERS)).to_be_visible()
        people(anna).press("Enter")
        chip = anna.dialog.get_by_role("button", name=re.compile(f"{OWNERS} 2 Adressen"))
        expect(chip).to_be_visible()
        anna.press("Insert template")
        anna.page.get_by_role("option").filter(has_text=TEMPLATE).click()
        expect(text(anna)).to_contain_text("Wir laden Sie herzlich ein.")
        expect(subject(anna)).to_have_value("Einladung zur Versammlung")
        expect(anna.dialog.get_by_role("list", name=anna.words("Attachments"))).to_contain_text(RULES)
        expect(anna.dialog.get_by_role("list", name="Cc", exact=True)).to_contain_text("verwaltung@haus")
        assert obstacles(anna.page) == []
        write_in_red(anna)
        anna.press("Save and close")
        expect(anna.dialog).to_be_hidden()
        anna.folder("Entwürfe").click()
        anna.message("Einladung zur Versammlung").click()
        expect(text(anna)).to_contain_text("Rot.")
        expect(text(anna).locator("span", has_text="Rot")).to_have_css("color", "rgb(255, 138, 128)")
        chip.click()
        expect(anna.dialog.get_by_role("list", name=anna.words("To"), exact=True)).to_contain_text(
            "Tom Taler"
        )
        anna.press("Send")
        sent = letter_outside(prepared, "Einladung zur Versammlung")
    to = [one["address"] for one in sent["to"]]
    assert to == ["tom@taler.example", "zoe.ziegler@zimmer.example"]
    assert [one["address"] for one in sent["cc"]] == ["verwaltung@haus.example"]
    assert sent["attachments"] == [RULES]


@pytest.mark.usefixtures("tidy")
def test_a_message_in_a_message_is_read_where_it_lies(browser: Browser, prepared: Prepared) -> None:
    """On a phone, in English: with its own files, pictures held back, to be saved; notifications rest."""
    called = "WG: Heizung kalt"
    inner = {
        "subject": "Heizung kalt",
        "html": PHOTO,
        "from": GUEST,
        "to": [MAILBOX],
        "attachments": [
            {"name": "Notiz.txt", "contentType": "text/plain", "text": "Seit Montag."},
            {"name": "Ganz innen", "message": {"subject": "Ganz innen", "text": "Der Kern.", "from": GUEST}},
        ],
    }
    files = [{"name": "Heizung kalt", "message": inner}]
    prepared.control.receive(MAILBOX, subject=called, text="Bitte kümmern.", attachments=files)
    account = prepared.accounts[MAILBOX]
    eventually(lambda: prepared.anna.query_all(account, filter={"subject": "kalt"}))
    with visiting(browser, prepared.demo.url, Words("en"), PHONE) as anna:
        arrive(anna, prepared)
        anna.message(called).click()
        anna.page.get_by_role("button", name=re.compile("^Heizung kalt")).click()
        letter = anna.page.get_by_role("dialog", name=re.compile("Heizung kalt"))
        expect(letter.frame_locator("iframe").get_by_text("Siehe Bild")).to_be_visible()
        expect(letter.get_by_role("button", name="Show pictures")).to_be_visible()
        expect(letter).to_contain_text("Zoe Ziegler")
        assert obstacles(anna.page) == []
        letter.get_by_role("button", name=re.compile("^Ganz innen")).click()
        core = anna.page.get_by_role("dialog", name=re.compile("Ganz innen"))
        expect(core.get_by_text("Der Kern.")).to_be_visible()
        with anna.page.expect_download() as saved:
            core.get_by_role("button", name="Download", exact=True).click()
        assert saved.value.suggested_filename == "Ganz innen.eml"
        anna.page.keyboard.press("Escape")
        expect(core).to_be_hidden()
        expect(letter).to_be_visible()
        anna.page.keyboard.press("Escape")
        expect(letter).to_be_hidden()

        anna.go("/settings/device")
        anna.press("Pause for an hour")
        expect(anna.page.get_by_role("status").filter(has_text="Quiet until")).to_be_visible()
        assert prepared.anna.ok("GET", "/api/start")["quiet_until"] is not None
        assert obstacles(anna.page) == []
        anna.press("End the pause")
        anna.sees("You are notified of new mail")


def test_a_way_back_that_fails_says_so_and_can_be_tried_again(browser: Browser, prepared: Prepared) -> None:
    """A deleted group and a deleted template are back with all they had."""
    prepared.anna.ok(
        "POST", "/api/me/groups", {"name": OWNERS, "members": [{"name": "Tom", "email": "tom@taler.example"}]}
    )
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        anna.log_in("anna")
        keep_a_template(anna)
        take_back_at_second_try(anna, TEMPLATE, "**/api/boilerplate/*/files*")
        expect(anna.page.get_by_role("listitem").filter(has_text=TEMPLATE)).to_contain_text(RULES)
        anna.go("/settings/me/groups")
        take_back_at_second_try(anna, OWNERS, "**/api/me/groups")
        expect(anna.page.get_by_role("listitem").filter(has_text=OWNERS)).to_contain_text("1 address")
