"""Logging out while something that was written is not at the server."""

from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.staged import API, edit_sets
from tests.e2e.test_access import obstacles
from tests.e2e.test_composing import arrive, drafts, is_saved, subject, text
from tests.e2e.visitor import DEMO_PASSWORD, Visitor, visiting
from tests.e2e.words import Words


def refuse_drafts(visitor: Visitor) -> None:
    """The mailbox is full."""
    no = {"type": "overQuota"}
    edit_sets(
        visitor, lambda args: {"created": None, "notCreated": dict.fromkeys(args.get("create", {}), no)}
    )


def ask_to_leave(visitor: Visitor) -> Locator:
    """The question that comes where something is unsaved."""
    visitor.page.get_by_role("navigation", name=visitor.words("Areas")).get_by_role("button").last.click()
    visitor.page.get_by_role("menuitem", name=visitor.words("Log out")).click()
    asked = visitor.words("Log out although not everything is saved?")
    return visitor.page.get_by_role("dialog", name=asked)


def begin(visitor: Visitor, called: str) -> None:
    visitor.press("Write")
    subject(visitor).fill(called)
    text(visitor).click()
    visitor.page.keyboard.type("Nur hier.")


def test_who_logs_out_with_unsaved_words_is_asked(browser: Browser, prepared: Prepared) -> None:
    """Who stays can try again; once it is saved nothing is asked."""
    called = "Postfach voll"
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        arrive(anna, prepared)
        refuse_drafts(anna)
        begin(anna, called)
        question = ask_to_leave(anna)
        expect(question).to_be_visible()
        expect(anna.button("Stay logged in")).to_be_focused()
        assert obstacles(anna.page) == []
        anna.press("Stay logged in")
        expect(question).to_be_hidden()

        anna.sees("The draft is not saved.")
        anna.sees_part("The mailbox is full.")
        anna.page.unroute(API)
        anna.press("Try again")
        is_saved(anna)
        expect(anna.page.get_by_text(anna.words("The draft is not saved."))).to_be_hidden()
        assert len(drafts(prepared, called)) == 1
        ask_to_leave(anna)
        expect(anna.field("Login name")).to_be_visible()


def test_what_is_left_unsaved_is_offered_at_the_next_login(browser: Browser, prepared: Prepared) -> None:
    called = "Trotzdem gegangen"
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        arrive(anna, prepared)
        refuse_drafts(anna)
        begin(anna, called)
        question = ask_to_leave(anna)
        question.get_by_role("button", name=anna.words("Log out"), exact=True).click()
        expect(anna.field("Login name")).to_be_visible()
        assert drafts(prepared, called) == []

        anna.page.unroute(API)
        anna.field("Login name").fill("anna")
        anna.field("Password").fill(DEMO_PASSWORD)
        anna.press("Log in")
        anna.press("Continue writing")
        expect(text(anna)).to_have_text("Nur hier.")
        is_saved(anna)
        assert len(drafts(prepared, called)) == 1
