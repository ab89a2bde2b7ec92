"""What waits to be sent: seen in the list, kept from being sent, and where toasts stand meanwhile."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Route, expect
from tests.e2e.prepared import Prepared
from tests.e2e.staged import API
from tests.e2e.test_access import obstacles
from tests.e2e.test_composing import arrive, drafts, is_saved, people, subject, text
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually
from tests.flow.jmap.test_sending import USING

DELETED = {"de": "Nicht gesendet, sondern gelöscht", "en": "Not sent, and deleted"}


@pytest.fixture(autouse=True)
def nothing_waits(prepared: Prepared) -> Iterator[None]:
    """What waits to be sent when a test ends is not sent, and waits no more."""
    yield
    canceled = {each["id"]: {"undoStatus": "canceled"} for each in waiting(prepared)}
    change = {"accountId": prepared.accounts[MAILBOX], "update": canceled}
    prepared.anna.request(("EmailSubmission/set", change, "0"), using=USING)


@pytest.fixture
def long_hold(prepared: Prepared) -> Iterator[None]:
    """What is sent can be taken back for a minute."""
    prepared.admin.ok("PUT", "/api/settings/sending", {"hold_s": 60})
    yield
    prepared.admin.ok("PUT", "/api/settings/sending", {"hold_s": 10})


def write(visitor: Visitor, called: str) -> None:
    visitor.press("Write")
    people(visitor).fill("morgen@extern.example")
    subject(visitor).fill(called)
    text(visitor).click()
    visitor.page.keyboard.type("Bis morgen.")


def send_tomorrow(visitor: Visitor, called: str) -> None:
    write(visitor, called)
    visitor.press("Send later")
    visitor.page.get_by_role("menuitem", name=re.compile(visitor.words("Tomorrow morning"))).click()
    expect(visitor.dialog).to_be_hidden()


def waiting(prepared: Prepared) -> list[dict[str, Any]]:
    """The submissions that have not begun to be sent."""
    account = {"accountId": prepared.accounts[MAILBOX]}
    calls = (
        ("EmailSubmission/query", account | {"filter": {"undoStatus": "pending"}}, "0"),
        (
            "EmailSubmission/get",
            account | {"#ids": {"resultOf": "0", "name": "EmailSubmission/query", "path": "/ids"}},
            "1",
        ),
    )
    answers = prepared.anna.request(*calls, using=USING)["methodResponses"]
    found: list[dict[str, Any]] = answers[1][1]["list"]
    return found


def draft_of(prepared: Prepared, called: str) -> str:
    (draft,) = eventually(lambda: drafts(prepared, called), every_s=0.3)
    return draft


def refuse_once(visitor: Visitor) -> None:
    """The next wish to keep something from being sent fails at the server."""
    refused: list[bool] = []

    def handle(route: Route) -> None:
        calls = json.loads(route.request.post_data or "{}")["methodCalls"]
        if refused or not any(name == "EmailSubmission/set" and "update" in args for name, args, _ in calls):
            route.continue_()
            return
        refused.append(True)
        ((name, args, number),) = calls
        no = {"newState": "0", "updated": None, "notUpdated": {key: {"type": "x"} for key in args["update"]}}
        route.fulfill(json={"methodResponses": [[name, no, number]], "sessionState": "0"})

    visitor.page.route(API, handle)


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_waits_for_its_time_says_so_and_can_be_deleted(
    browser: Browser, prepared: Prepared, language: Any
) -> None:
    """Deleted it is not sent; with the way back it is a draft that goes at its time again."""
    called = f"Erst morgen {language}"
    with visiting(browser, prepared.demo.url, Words(language)) as anna:
        arrive(anna, prepared)
        send_tomorrow(anna, called)
        anna.folder(anna.words("Drafts")).click()
        mark = re.compile(anna.words("Scheduled: {when}", when=r"\w+ 08:00"))
        expect(anna.message(called)).to_contain_text(mark)
        sent_at = [
            each["sendAt"] for each in waiting(prepared) if each["emailId"] == draft_of(prepared, called)
        ]

        anna.message(called).click()
        assert obstacles(anna.page) == []
        anna.button("Don't send it, delete it").press("Enter")
        expect(anna.page.get_by_text(DELETED[language], exact=True)).to_be_visible()
        anna.looks_away()
        expect(anna.message(called)).to_be_hidden()
        expect(anna.page.get_by_role("grid")).to_be_focused()
        eventually(lambda: drafts(prepared, called) == [], every_s=0.3)
        assert waiting(prepared) == []

        anna.press("Undo")
        expect(anna.message(called)).to_contain_text(mark)
        back = draft_of(prepared, called)
        assert [(each["emailId"], each["sendAt"]) for each in waiting(prepared)] == [(back, sent_at[0])]

        anna.message(called).click()
        anna.page.keyboard.press("#")
        expect(anna.message(called)).to_be_hidden()
        eventually(lambda: waiting(prepared) == [], every_s=0.3)


def test_what_could_not_be_taken_back_is_not_called_unsent(browser: Browser, prepared: Prepared) -> None:
    """The page says that it still waits, and another try takes it back."""
    called = "Noch nicht zurück"
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        arrive(anna, prepared)
        send_tomorrow(anna, called)
        anna.folder("Drafts").click()
        anna.message(called).click()
        refuse_once(anna)
        anna.press("Don't send it, continue writing")
        anna.sees("It could not be taken back.")
        anna.sees_part("It still waits to be sent. Please try again.")
        anna.press("Don't send it, continue writing")
        expect(text(anna)).to_have_text("Bis morgen.")
        expect(anna.message(called)).to_contain_text(anna.words("Draft"))
        assert waiting(prepared) == []


@pytest.mark.usefixtures("long_hold")
def test_deleting_what_was_just_sent_ends_its_countdown(browser: Browser, prepared: Prepared) -> None:
    called = "Gleich wieder weg"
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        arrive(anna, prepared)
        write(anna, called)
        anna.press("Send")
        countdown = anna.page.get_by_text(re.compile(anna.words("Sending in {left} s", left=r"\d+") + "$"))
        expect(countdown).to_be_visible()
        anna.folder("Entwürfe").click()
        expect(anna.message(called)).to_contain_text(anna.words("Waits to be sent"))
        anna.message(called).click()
        anna.page.keyboard.press("#")
        expect(anna.message(called)).to_be_hidden()
        expect(countdown).to_be_hidden()
        assert waiting(prepared) == []


def bar(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("toolbar", name=visitor.words("Answer"), exact=True)


def box_of(element: Locator) -> FloatRect:
    box = element.bounding_box()
    assert box is not None
    return box


def lies_over(one: FloatRect, other: FloatRect) -> bool:
    is_beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    is_apart = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    return not (is_beside or is_apart)


def toast(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("region").get_by_role("listitem").filter(has=visitor.button("Undo"))


@pytest.mark.parametrize("preview", ["right", "below"])
def test_a_toast_lies_over_no_buttons_of_reader_or_letter(
    browser: Browser, prepared: Prepared, preview: str
) -> None:
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        anna.let_in("anna")
        if preview == "below":
            anna.page.context.request.patch(
                f"{prepared.demo.url}/api/me",
                data={"mail_page": {"preview": "bottom"}},
                headers={"X-Poststelle": "1"},
            )
        arrive(anna, prepared)
        anna.rows.nth(2).click()
        expect(bar(anna)).to_be_visible()
        anna.page.keyboard.press("e")
        expect(toast(anna)).to_be_visible()
        anna.looks_away()
        assert not lies_over(box_of(toast(anna)), box_of(bar(anna)))
        anna.press("Reply")
        expect(text(anna)).to_be_focused()
        assert not lies_over(box_of(toast(anna)), box_of(anna.dialog.locator("footer")))
        anna.press("Undo")
        expect(toast(anna)).to_be_hidden()


def test_a_toast_lies_over_no_buttons_on_a_phone(browser: Browser, prepared: Prepared) -> None:
    """It moves up where a bar comes below it."""
    with visiting(browser, prepared.demo.url, Words("en"), PHONE) as anna:
        arrive(anna, prepared)
        write(anna, "Unterwegs")
        is_saved(anna)
        anna.press("Delete draft")
        anna.dialog.last.get_by_role("button", name=anna.words("Delete draft"), exact=True).click()
        expect(toast(anna)).to_be_visible()
        anna.looks_away()
        assert not lies_over(box_of(toast(anna)), box_of(anna.button("Write")))
        anna.rows.nth(1).tap()
        expect(bar(anna)).to_be_visible()
        expect(toast(anna)).to_be_visible()
        assert not lies_over(box_of(toast(anna)), box_of(bar(anna)))


def test_a_toast_and_its_way_back_stay_for_somebody_who_looks_elsewhere(
    browser: Browser, prepared: Prepared
) -> None:
    """As it does under the pointer. The next one has its eight seconds again."""
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        anna.page.clock.install()
        arrive(anna, prepared)
        anna.rows.nth(2).click()
        anna.page.keyboard.press("e")
        expect(toast(anna)).to_be_visible()
        anna.looks_away()
        anna.page.clock.fast_forward(60_000)
        anna.press("Undo")
        expect(toast(anna)).to_be_hidden()

        anna.rows.nth(2).click()
        anna.page.keyboard.press("e")
        expect(toast(anna)).to_be_visible()
        anna.page.mouse.move(700, 400)
        anna.page.clock.fast_forward(9_000)
        expect(toast(anna)).to_be_hidden()
