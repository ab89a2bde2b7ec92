"""Two people at one mailbox: who reads, who answers, and a warning before the second answer."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

PARKING, BALCONY = "Stellplatz im Hof", "Balkon nach Süden"
GUEST = "Zoe Ziegler <zoe.ziegler@zimmer.example>"
THOMAS, ANNA = "Thomas Maier", "Anna Berger"
GONE_MS = 75_000


@pytest.fixture(scope="module")
def questions(prepared: Prepared) -> Iterator[None]:
    """Two letters to answer; what is sent leaves at once."""
    control, account = prepared.control, prepared.accounts[MAILBOX]
    prepared.admin.ok("PUT", "/api/settings/sending", {"hold_s": 0})
    for subject in (PARKING, BALCONY):
        control.receive(
            MAILBOX, subject=subject, text="Noch frei?", messageId=name(subject), **{"from": GUEST}
        )
    found = {"operator": "OR", "conditions": [{"subject": "Stellplatz im Hof"}, {"subject": "Balkon Süden"}]}
    eventually(lambda: len(prepared.anna.query_all(account, filter=found)) >= 2)
    yield
    prepared.admin.ok("PUT", "/api/settings/sending", {"hold_s": 10})


def name(subject: str) -> str:
    """The Message-ID of a letter."""
    return f"<{subject.split(maxsplit=1)[0].lower()}.1@zimmer.example>"


def arrive(visitor: Visitor, prepared: Prepared, login: str, subject: str) -> None:
    visitor.let_in(login)
    visitor.go(f"/mail/{prepared.accounts[MAILBOX]}")
    visitor.open_message(subject)


def company(visitor: Visitor) -> Locator:
    """Who else is at the open message, as a screen reader is told."""
    return visitor.page.get_by_role("status", name=visitor.words("Colleagues at this message"))


def says(visitor: Visitor, english: str, **values: str) -> re.Pattern[str]:
    """The words with any time of day."""
    return re.compile(re.escape(visitor.words(english, **values)).replace("TIME", r"\d\d:\d\d"))


def write(visitor: Visitor, words: str) -> None:
    text = visitor.dialog.get_by_role("textbox", name=visitor.words("Text"), exact=True)
    expect(text).to_be_focused()
    visitor.page.keyboard.type(words)


def test_two_people_do_not_answer_twice(browser: Browser, prepared: Prepared, questions: None) -> None:
    """Anna sees Thomas read and write; his answer warns her in her letter, and so does one by Outlook."""
    url = prepared.demo.url
    with visiting(browser, url, Words("de"), theme="dark") as anna:
        arrive(anna, prepared, "anna", PARKING)
        expect(company(anna)).to_be_empty()
        with visiting(browser, url, Words("en"), PHONE) as thomas:
            arrive(thomas, prepared, "thomas", PARKING)
            thomas_is_seen_and_sees(anna, thomas)
            both_begin_to_answer(anna, thomas)
            the_first_answer_warns_the_second(anna, thomas)
            thomas.page.goto("about:blank")  # a context that is closed says no farewell
        # With the answers the question has become a conversation; he is at none of its messages.
        # His farewell may be overtaken by what his page had just said: then a minute has to pass.
        expect(company(anna).filter(has_text=THOMAS)).to_have_count(0, timeout=GONE_MS)
        an_answer_by_outlook_warns_too(anna, prepared)


def thomas_is_seen_and_sees(anna: Visitor, thomas: Visitor) -> None:
    expect(company(anna)).to_contain_text(anna.words("{name} is looking at this", name=THOMAS))
    expect(company(thomas)).to_contain_text(thomas.words("{name} is looking at this", name=ANNA))


def both_begin_to_answer(anna: Visitor, thomas: Visitor) -> None:
    """At the message, in the list, and in the letter of who begins later."""
    thomas.press("Reply")
    writing = anna.words("{name} is writing an answer", name=THOMAS)
    expect(company(anna)).to_contain_text(re.compile(re.escape(writing) + r", seit \d\d:\d\d"))
    expect(anna.message(PARKING).get_by_role("img", name=writing)).to_be_visible()

    anna.page.keyboard.press("r")

    expect(anna.dialog.get_by_role("status").filter(has_text=writing)).to_be_visible()
    write(anna, "Ja, einer ist frei.")
    also = thomas.words("{name} is writing an answer", name=ANNA)
    expect(thomas.dialog.get_by_role("status").filter(has_text=also)).to_be_visible()


def the_first_answer_warns_the_second(anna: Visitor, thomas: Visitor) -> None:
    write(thomas, "Yes, one is free.")
    thomas.dialog.get_by_role("button", name=thomas.words("Send"), exact=True).click()
    when = anna.words("at {0}").replace("{0}", "TIME")
    answered = says(anna, "{name} has answered this {when}", name=THOMAS, when=when)
    letter = anna.page.get_by_role("dialog", name=re.compile(re.escape(PARKING)))
    expect(letter.get_by_role("status").filter(has_text=answered)).to_be_visible()
    assert obstacles(anna.page) == []

    letter.get_by_role("button", name=anna.words("Send"), exact=True).click()
    question = anna.page.get_by_role("dialog", name=answered)
    question.get_by_role("button", name=anna.words("Don't send"), exact=True).click()
    letter.get_by_role("button", name=anna.words("Read the answer"), exact=True).click()

    article = anna.page.get_by_role("article")
    expect(article.frame_locator("iframe").get_by_text("Yes, one is free.")).to_be_visible()
    expect(letter.get_by_text("Ja, einer ist frei.")).to_be_visible()
    letter.get_by_role("button", name=anna.words("Send"), exact=True).click()
    question.get_by_role("button", name=anna.words("Send anyway"), exact=True).click()
    expect(letter).to_be_hidden()


def an_answer_by_outlook_warns_too(anna: Visitor, prepared: Prepared) -> None:
    """Somebody in the office uses Outlook: the mark comes first, then the answer; nobody here knows who."""
    account = prepared.accounts[MAILBOX]
    anna.go(f"/mail/{account}")
    anna.open_message(BALCONY)
    anna.page.keyboard.press("r")
    write(anna, "Er liegt nach Süden.")
    when = anna.words("at {0}").replace("{0}", "TIME")
    answered = says(anna, "Somebody has answered this in another program {when}", when=when)
    read = anna.dialog.get_by_role("button", name=anna.words("Read the answer"), exact=True)
    [question] = prepared.anna.query_all(account, filter={"subject": "Balkon Süden"})

    marked = {question: {"keywords/$answered": True}}
    prepared.anna.call("Email/set", accountId=account, update=marked)
    expect(anna.dialog.get_by_role("status").filter(has_text=answered)).to_be_visible()
    expect(read).to_be_hidden()
    asked = name(BALCONY)
    reply = {
        "folder": "sentitems",
        "subject": f"AW: {BALCONY}",
        "from": f"Büro <{MAILBOX}>",
        "text": "Nach Westen.",
        "inReplyTo": asked,
        "references": [asked],
    }
    prepared.control.receive(MAILBOX, **reply)

    expect(read).to_be_visible()
    anna.page.keyboard.press("Control+Enter")
    expect(anna.page.get_by_role("dialog", name=answered)).to_be_visible()
    anna.page.keyboard.press("Escape")
    expect(anna.dialog).to_have_count(1)
