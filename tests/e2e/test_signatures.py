"""Signatures and templates: kept for a mailbox and for oneself, put into letters, sent with their picture."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.test_composing import PNG, arrive, letter_outside, people, subject, text
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words

GREETING = "Mit freundlichen Grüßen"


@pytest.fixture
def tidy(prepared: Prepared) -> Iterator[None]:
    """Nothing is chosen when it begins, and what is kept here ends with it: other letters are not signed."""
    account = prepared.accounts[MAILBOX]
    choice = {"email": MAILBOX, "signature": None, "answer_signature": None}
    prepared.anna.ok("PUT", f"/api/mailboxes/{account}/signing", choice)
    for one in prepared.anna.ok("GET", "/api/me/boilerplate")["boilerplate"]:
        prepared.anna.ok("DELETE", f"/api/boilerplate/{one['id']}")
    yield
    of_mailbox = prepared.admin.ok("GET", f"/api/mailboxes/{account}/boilerplate")["boilerplate"]
    for person, some in (
        (prepared.admin, of_mailbox),
        (prepared.anna, prepared.anna.ok("GET", "/api/me/boilerplate")["boilerplate"]),
    ):
        for one in some:
            person.ok("DELETE", f"/api/boilerplate/{one['id']}")
    prepared.anna.ok("PUT", f"/api/mailboxes/{account}/signing", choice)


def editor(visitor: Visitor) -> Locator:
    return visitor.dialog.get_by_role("textbox", name=visitor.words("Text"), exact=True)


def placeholder(visitor: Visitor, english: str) -> None:
    visitor.dialog.get_by_role("button", name=visitor.words("Placeholder"), exact=True).click()
    visitor.page.get_by_role("menuitem", name=re.compile("^" + visitor.words(english))).click()
    expect(editor(visitor)).to_be_focused()


def keep_the_mailboxs(sabine: Visitor, account: str) -> None:
    """By way of the mailbox's page: with a placeholder from the menu and a picture."""
    sabine.let_in("sabine")
    sabine.go(f"/settings/basic/email/external/{account}")
    sabine.link("Signatures of this mailbox").click()
    sabine.sees("No signature yet")
    sabine.press("Add signature")
    sabine.dialog.get_by_label(sabine.words("Name"), exact=True).fill("Das Büro")
    editor(sabine).click()
    sabine.page.keyboard.type(f"{GREETING}\n")
    placeholder(sabine, "Your name")
    sabine.page.keyboard.type("\nTel. ")
    placeholder(sabine, "Your phone number")
    sabine.page.keyboard.press("Enter")
    sabine.dialog.locator("input[type=file]").set_input_files(
        {"name": "Logo.png", "mimeType": "image/png", "buffer": PNG}
    )
    expect(editor(sabine).get_by_role("img", name="Logo.png")).to_have_attribute("src", re.compile("^blob:"))
    preview = sabine.dialog.frame_locator("iframe")
    expect(preview.get_by_text("Sabine Lindner")).to_be_visible()
    sabine.sees_part("Your phone number is not entered, so its line is left out.")
    assert obstacles(sabine.page) == []
    sabine.page.keyboard.press("Escape")
    sabine.sees("Discard your changes?")
    sabine.press("Continue writing")
    sabine.press("Save signature")
    expect(sabine.page.get_by_role("heading", name="Das Büro")).to_be_visible()


def keep_ones_own(anna: Visitor) -> None:
    """A phone number in the profile, a short signature, a template."""
    anna.let_in("anna")
    anna.go("/settings/me")
    anna.field("Phone").fill("030 1234-56")
    anna.field("Phone").press("Enter")
    anna.sees("Saved")
    settings = anna.page.get_by_role("navigation", name=anna.words("Settings"), exact=True)
    settings.get_by_role("link", name=anna.words("Signatures"), exact=True).click()
    anna.press("Add signature")
    anna.dialog.get_by_label(anna.words("Name"), exact=True).fill("Kurz")
    editor(anna).click()
    anna.page.keyboard.type("Gruß, ")
    placeholder(anna, "Your name")
    anna.press("Save signature")
    expect(anna.page.get_by_role("heading", name="Kurz")).to_be_visible()
    settings.get_by_role("link", name=anna.words("Templates"), exact=True).click()
    anna.press("Add template")
    anna.dialog.get_by_label(anna.words("Name"), exact=True).fill("Besichtigung")
    anna.dialog.get_by_label(anna.words("Subject"), exact=True).fill("Ihr Termin")
    editor(anna).click()
    anna.page.keyboard.type("Guten Tag ")
    placeholder(anna, "Name of the first recipient")
    anna.press("Save template")
    expect(anna.page.get_by_role("heading", name="Besichtigung")).to_be_visible()
    assert obstacles(anna.page) == []


def choose_signature(anna: Visitor, name: str) -> None:
    anna.dialog.get_by_role("button", name=anna.words("Signature"), exact=True).click()
    anna.page.get_by_role("menuitemradio", name=name, exact=True).click()


@pytest.mark.usefixtures("tidy")
def test_a_letter_ends_as_the_office_wants_it(browser: Browser, prepared: Prepared) -> None:
    """The mailbox's signature stands in the letter, gives way to one's own and back, and arrives whole."""
    account = prepared.accounts[MAILBOX]
    with visiting(browser, prepared.demo.url, Words("de")) as sabine:
        keep_the_mailboxs(sabine, account)
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        keep_ones_own(anna)
        anna.go(f"/mail/{account}")
        expect(anna.rows.first).to_be_visible()
        anna.page.keyboard.press("c")
        expect(text(anna)).to_contain_text(f"{GREETING}Anna BergerTel. 030 1234-56")
        people(anna).fill("Zoe Ziegler <zoe.ziegler@zimmer.example>;")
        text(anna).click()
        anna.page.keyboard.press("Control+Home")
        anna.page.keyboard.type("/bes")
        expect(anna.page.get_by_role("option", name="Besichtigung")).to_be_visible()
        assert obstacles(anna.page) == []
        anna.page.keyboard.press("Enter")
        expect(text(anna)).to_contain_text("Guten Tag Zoe Ziegler")
        expect(subject(anna)).to_have_value("Ihr Termin")
        anna.page.keyboard.type(", bis morgen.")

        choose_signature(anna, "Kurz")
        expect(text(anna)).to_contain_text(re.compile("Zoe Ziegler, bis morgen\\.\\s*Gruß, Anna Berger$"))
        choose_signature(anna, anna.words("No signature"))
        expect(text(anna)).not_to_contain_text("Gruß")
        choose_signature(anna, "Das Büro")
        expect(text(anna).get_by_role("img", name="Logo.png")).to_have_attribute("src", re.compile("^blob:"))
        anna.dialog.get_by_role("button", name=anna.words("More"), exact=True).click()
        anna.page.get_by_role("menuitemcheckbox", name=anna.words("Ask for a read receipt")).click()
        expect(anna.button("Ask for no read receipt")).to_be_visible()
        anna.press("Send")
        sent = letter_outside(prepared, "Ihr Termin")
        said = rf"Guten Tag Zoe Ziegler, bis morgen\..*{GREETING}.*Anna Berger.*Tel\. 030 1234-56.*src=\"cid:"
        assert re.search(said, sent["html"]), sent["html"]
        assert ("{{" in sent["html"], "data:" in sent["html"]) == (False, False)
        assert len(sent["attachments"]) == 1

        signed = {"body": "Gruß", "inMailbox": drafts_of(prepared)}
        before = set(prepared.anna.query_all(account, filter=signed))  # those of other tests
        anna.page.keyboard.press("c")
        expect(text(anna)).to_contain_text("Anna Berger")
        anna.press("Save and close")
        expect(anna.dialog).to_be_hidden()
    assert set(prepared.anna.query_all(account, filter=signed)) <= before


def drafts_of(prepared: Prepared) -> str:
    return str(prepared.anna.folder(prepared.accounts[MAILBOX], "drafts")["id"])


@pytest.mark.usefixtures("tidy")
def test_on_a_phone_in_english_a_signature_is_changed_too(browser: Browser, prepared: Prepared) -> None:
    """From the letter's one menu, in plain text as well; deleting one can be taken back."""
    for name in ("Long", "Short"):
        body = {"kind": "signature", "name": name, "plain": f"{name} regards", "is_default": name == "Long"}
        prepared.anna.ok("POST", "/api/me/boilerplate", body)
    with visiting(browser, prepared.demo.url, Words("en"), PHONE) as anna:
        anna.let_in("anna")
        anna.go("/settings/me/signatures")
        anna.page.get_by_role("button", name="More of “Short”").click()
        anna.page.get_by_role("menuitem", name="Delete").click()
        expect(anna.page.get_by_role("heading", name="Short")).to_be_hidden()
        anna.press("Undo")
        expect(anna.page.get_by_role("heading", name="Short")).to_be_visible()
        assert obstacles(anna.page) == []
        anna.go(f"/mail/{prepared.accounts[MAILBOX]}")
        expect(anna.rows.first).to_be_visible()
        anna.press("Write")
        expect(text(anna)).to_contain_text("Long regards")
        anna.dialog.get_by_role("button", name="More", exact=True).click()
        anna.page.get_by_role("menuitem", name="Write as plain text").click()
        expect(text(anna)).to_have_value(re.compile("Long regards"))
        anna.dialog.get_by_role("button", name="More", exact=True).click()
        anna.page.get_by_role("menuitemradio", name="Short").click()
        expect(text(anna)).to_have_value(re.compile("^\\s*Short regards\\s*$"))
        anna.press("Delete draft")


def test_a_read_receipt_is_sent_when_somebody_says_so(browser: Browser, prepared: Prepared) -> None:
    """Asked about above the text, once for all who share the mailbox; a "no" can be taken back."""
    account, called = prepared.accounts[MAILBOX], "Kündigung mit Empfangsbestätigung"
    prepared.control.receive(
        MAILBOX, subject=called, text="Hiermit kündige ich.", isReadReceiptRequested=True,
        **{"from": "Zoe Ziegler <zoe.ziegler@zimmer.example>"},
    )  # fmt: skip
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        arrive(anna, prepared)
        anna.message(called).click()
        asked = anna.page.get_by_role("group", name=anna.words("Read receipt"))
        expect(asked).to_contain_text(anna.words("{who} asks for a read receipt.", who="Zoe Ziegler"))
        assert obstacles(anna.page) == []
        anna.press("Don't send")
        expect(asked).to_be_hidden()
        anna.press("Undo")
        expect(asked).to_be_visible()
        anna.press("Send receipt")
        expect(asked).to_be_hidden()
        receipt = letter_outside(prepared, f"Read: {called}")
        assert [to["address"] for to in receipt["to"]] == ["zoe.ziegler@zimmer.example"]
        anna.page.reload()
        expect(anna.page.get_by_role("article")).to_contain_text("Hiermit kündige ich.")
        expect(asked).to_be_hidden()
    [stored] = prepared.anna.query_all(account, filter={"subject": "Empfangsbestätigung", "from": "zoe"})
    assert prepared.anna.emails(account, [stored], "poststelle:receipt")[0]["poststelle:receipt"] == "sent"
