"""Writing: new messages, answers and forwards, drafts that outlast a crash, files, taking back, sending."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.prepared import Prepared
from tests.e2e.test_access import obstacles
from tests.e2e.visitor import MAILBOX, PHONE, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually
from tests.flow.jmap.test_sending import USING

QUESTION = "Frage nach dem Stellplatz"
PLAN = "Grundriss zur Ansicht"
GUEST = "Zoe Ziegler <zoe.ziegler@zimmer.example>"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)
DROP = """(name, text) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, {type: 'text/plain'}));
  document.querySelector('[role=dialog]').dispatchEvent(
    new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true}));
}"""
PASTE = """(octets) => {
  const carried = new DataTransfer();
  carried.items.add(new File([Uint8Array.from(octets)], 'Bild.png', {type: 'image/png'}));
  document.querySelector('.letter').dispatchEvent(
    new ClipboardEvent('paste', {clipboardData: carried, bubbles: true, cancelable: true}));
}"""


@pytest.fixture(scope="module")
def letters(prepared: Prepared) -> Iterator[None]:
    """Two letters to answer and to forward; what is sent can be taken back for four seconds."""
    control, account = prepared.control, prepared.accounts[MAILBOX]
    prepared.admin.ok("PUT", "/api/settings/sending", {"hold_s": 4})
    plan = {"name": "Plan.txt", "contentType": "text/plain", "text": "Plan"}
    html = (
        '<style>p.x{color:#008000}</style><style media="screen">p.x{margin-top:7px}</style>'
        "<style>@supports (display:block){@media all{p.x{letter-spacing:1px}}}"
        "@layer a{p.x{color:#ff0000}}</style>"
        '<style media="print">p.x{color:#ff0000}</style>'
        '<style media="only screen and (max-width:480px)">p.x{font-size:30px}</style>'
        '<style media="(prefers-color-scheme:dark)">p.x{background-color:#000}</style>'
        '<p class="x">Ist einer <b>frei</b>?</p><script>bad()</script>'
    )
    control.receive(MAILBOX, subject=QUESTION, html=html, **{"from": GUEST})
    control.receive(MAILBOX, subject=PLAN, text="Siehe Plan", attachments=[plan], **{"from": GUEST})
    found = {"operator": "OR", "conditions": [{"subject": "Stellplatz"}, {"subject": "Grundriss"}]}
    before = len(prepared.anna.query_all(account, filter=found))
    eventually(lambda: len(prepared.anna.query_all(account, filter=found)) >= max(2, before))
    yield
    prepared.admin.ok("PUT", "/api/settings/sending", {"hold_s": 10})


@pytest.fixture
def signature(prepared: Prepared) -> Iterator[str]:
    """Anna has one in the mailbox."""
    words = "Ihre Anna Berger"
    sign(prepared, f"<p>{words}</p>")
    yield words
    sign(prepared, "")


@pytest.fixture
def writer(browser: Browser, prepared: Prepared, letters: None) -> Iterator[Visitor]:
    with visiting(browser, prepared.demo.url, Words("de")) as anna:
        arrive(anna, prepared)
        yield anna


def arrive(visitor: Visitor, prepared: Prepared, login: str = "anna") -> None:
    visitor.let_in(login)
    visitor.go(f"/mail/{prepared.accounts[MAILBOX]}")
    expect(visitor.rows.first).to_be_visible()


def people(visitor: Visitor, english: str = "To") -> Locator:
    return visitor.dialog.get_by_role("combobox", name=visitor.words(english), exact=True)


def text(visitor: Visitor) -> Locator:
    return visitor.dialog.get_by_role("textbox", name=visitor.words("Text"), exact=True)


def subject(visitor: Visitor) -> Locator:
    return visitor.dialog.get_by_role("textbox", name=visitor.words("Subject"), exact=True)


def is_saved(visitor: Visitor) -> None:
    told = re.compile("^" + visitor.words("Saved {0}").replace("{0}", r"\d\d:\d\d") + "$")
    expect(visitor.dialog.get_by_role("status").filter(has_text=told)).to_be_visible()


def letter_outside(prepared: Prepared, called: str) -> dict[str, Any]:
    """The letter as it left the simulated world."""

    def found() -> list[dict[str, Any]]:
        return [each for each in prepared.control.outside() if each["subject"] == called]

    return eventually(found, every_s=0.3)[-1]


def drafts(prepared: Prepared, called: str) -> list[str]:
    account = prepared.accounts[MAILBOX]
    folder = prepared.anna.folder(account, "drafts")["id"]
    ids = prepared.anna.query_all(account, filter={"inMailbox": folder})
    return [e["id"] for e in prepared.anna.emails(account, ids, "subject") if e["subject"] == called]


def sign(prepared: Prepared, html: str) -> None:
    """Give Anna a signature in the mailbox."""
    account = {"accountId": prepared.accounts[MAILBOX]}
    told = prepared.anna.request(("Identity/get", account, "0"), using=USING)["methodResponses"][0][1]
    change = account | {"update": {told["list"][0]["id"]: {"htmlSignature": html}}}
    prepared.anna.request(("Identity/set", change, "0"), using=USING)


@pytest.mark.usefixtures("letters")
def test_a_message_is_written_and_arrives(browser: Browser, prepared: Prepared) -> None:
    """With a proposed recipient, formatted text, a dropped file and a pasted picture, as Outlook wants it."""
    called = "Angebot, wie Outlook es will"
    with visiting(browser, prepared.demo.url, Words("en")) as anna:
        arrive(anna, prepared)
        anna.page.keyboard.type("czoe")  # what is typed before the letter is there stands in it
        expect(people(anna)).to_be_focused()
        expect(people(anna)).to_have_value("zoe")
        expect(anna.page.get_by_role("option")).to_have_count(1)
        people(anna).press("Enter")
        people(anna).fill("Tom Taler <tom@taler.example>; kaputt;")
        subject(anna).fill(called)
        text(anna).click()
        anna.page.keyboard.type("Guten Tag,\n\n")
        anna.page.keyboard.press("Control+b")
        anna.page.keyboard.type("wichtig")
        anna.page.keyboard.press("Control+b")
        anna.page.keyboard.type(" ist\n- eins\nzwei\n\nsiehe https://www.example.org/a bitte")
        anna.page.evaluate(f"({DROP})('Notiz.txt', 'eins zwei drei')")
        anna.page.evaluate(PASTE, list(PNG))
        expect(text(anna).get_by_role("img", name="Bild.png")).to_have_attribute("src", re.compile("^blob:"))
        anna.press("Send")
        anna.sees("An address is not complete.")
        anna.button("Remove {name}", name="kaputt").click()
        is_saved(anna)
        assert obstacles(anna.page) == []

        anna.page.keyboard.press("Control+Enter")
        expect(anna.dialog).to_be_hidden()
        expect(
            anna.page.get_by_text(re.compile(anna.words("Sending in {left} s", left=r"\d"))).first
        ).to_be_visible()
        sent = letter_outside(prepared, called)
        assert [to["address"] for to in sent["to"]] == ["zoe.ziegler@zimmer.example", "tom@taler.example"]
        assert sent["from"]["address"] == MAILBOX
        for part in ("<b>wichtig</b>", "<li>", 'href="https://www.example.org/a"', 'src="cid:'):
            assert part in sent["html"], sent["html"]
        assert "<p " in sent["html"] and not re.search(r"<p[^>]*></p>|class=", sent["html"])
        assert sorted(sent["attachments"]) == ["Bild.png", "Notiz.txt"]
        eventually(lambda: drafts(prepared, called) == [], every_s=0.3)


def test_a_reply_keeps_its_thread_and_comes_back_by_undo(
    writer: Visitor, prepared: Prepared, signature: str
) -> None:
    """Quoted safely below the signature; taken back once, then sent; the question counts as answered."""
    writer.message(QUESTION).click()
    question = writer.letter().locator("p.x")
    expect(question).to_be_visible()
    expect(question).to_have_css("color", "rgb(0, 128, 0)")
    expect(question).to_have_css("margin-top", "7px")
    writer.page.keyboard.type("rJa, einer.")
    expect(text(writer)).to_contain_text("Ja, einer.")
    expect(writer.dialog).to_contain_text("Zoe Ziegler")
    expect(subject(writer)).to_have_value(f"AW: {QUESTION}")
    writer.press("Show quoted text")
    expect(writer.dialog.frame_locator("iframe").get_by_text("Ist einer")).to_be_visible()
    writer.press("Send")
    expect(writer.dialog).to_be_hidden()
    writer.press("Undo")
    expect(text(writer)).to_contain_text("Ja, einer.")

    writer.press("Send")
    sent = letter_outside(prepared, f"AW: {QUESTION}")
    assert re.search(f"Ja, einer.*{signature}.*Ist einer", sent["html"])
    assert "Ja, einer." in sent["html"] and "script" not in sent["html"] and "<style" not in sent["html"]
    assert re.search(
        r'<blockquote[^>]*><p class="x" style="[^"]*color: ?(#008000|rgb\(0, 128, 0\))', sent["html"]
    )
    [look] = re.findall(r'<p class="x" style="([^"]*)"', sent["html"])
    assert "margin-top" in look and "letter-spacing" in look
    assert not re.search(r"font-size: ?30px|background-color", look)
    assert not re.search(r"(#ff0000|rgb\(255)(?!.*(#008000|rgb\(0, 128))", look)
    assert "Zoe Ziegler &lt;zoe.ziegler@zimmer.example&gt;:" in sent["html"]
    _, held = prepared.control.snapshot(MAILBOX)
    [question] = [each for each in held.values() if each["subject"] == QUESTION]
    [answer] = [each for each in held.values() if each["subject"] == f"AW: {QUESTION}"]
    assert answer["inReplyTo"] == [question["internetMessageId"]]
    assert answer["conversationId"] == question["conversationId"]
    expect(writer.message(QUESTION).get_by_label(writer.words("Answered"))).to_be_visible()
    assert [e["subject"] for e in prepared.control.outside()].count(f"AW: {QUESTION}") == 1


def test_letters_put_away_leave_the_answers_free(writer: Visitor) -> None:
    """Three tabs at the lower edge reach far below the message: a mouse answers it all the same."""
    writer.message(PLAN).click()
    expect(writer.page.get_by_role("article")).to_contain_text("Siehe Plan")
    for _ in range(3):
        writer.press("Write")
        writer.press("Minimise")
        expect(writer.dialog).to_be_hidden()
    answers = writer.page.get_by_role("toolbar", name=writer.words("Answer"), exact=True)
    answers.get_by_role("button", name=writer.words("Forward"), exact=True).click(trial=True, timeout=5_000)
    answers.get_by_role("button", name=writer.words("Reply"), exact=True).click(timeout=5_000)
    expect(subject(writer)).to_have_value(f"AW: {PLAN}")


def test_a_forward_takes_the_files_along(writer: Visitor, prepared: Prepared) -> None:
    """Without bringing them again; who it was from stands above the text; one unwanted file stays here."""
    writer.message(PLAN).click()
    expect(writer.page.get_by_role("article")).to_contain_text("Plan.txt")
    writer.press("Forward")
    expect(writer.dialog.get_by_role("list", name=writer.words("Attachments"))).to_contain_text("Plan.txt")
    people(writer).fill("ziel@extern.example")
    people(writer).press("Enter")
    writer.press("Send")
    sent = letter_outside(prepared, f"WG: {PLAN}")
    assert sent["attachments"] == ["Plan.txt"]
    assert "<b>Von:</b> Zoe Ziegler" in sent["html"] and "Siehe Plan" in sent["html"]
    account = prepared.accounts[MAILBOX]
    [original] = prepared.anna.query_all(account, filter={"subject": "Grundriss", "from": "zoe"})
    eventually(
        lambda: "$forwarded" in prepared.anna.emails(account, [original], "keywords")[0]["keywords"],
        every_s=0.3,
    )  # fmt: skip


def test_a_draft_outlasts_a_crash_and_is_never_there_twice(writer: Visitor, prepared: Prepared) -> None:
    """Not saved for want of a line, it is offered after a reload; saved again and again it is one draft."""
    called = "Unterbrochen"
    writer.press("Write")
    subject(writer).fill(called)
    text(writer).click()
    writer.page.keyboard.type("Erster Satz.")
    is_saved(writer)
    writer.page.route("**/jmap/api", lambda route: route.abort())
    writer.page.keyboard.type(" Zweiter Satz.")
    told = writer.words("Not saved: no connection, it will be tried again")
    expect(writer.dialog.get_by_role("status").filter(has_text=told)).to_be_visible()
    writer.page.unroute("**/jmap/api")
    writer.page.reload()
    writer.sees("“{subject}”", subject=called)
    writer.press("Continue writing")
    expect(text(writer)).to_have_text("Erster Satz. Zweiter Satz.")
    is_saved(writer)
    assert len(drafts(prepared, called)) == 1

    writer.press("Save and close")
    expect(writer.dialog).to_be_hidden()
    writer.folder("Entwürfe").click()
    writer.message(called).click()
    expect(text(writer)).to_have_text("Erster Satz. Zweiter Satz.")
    text(writer).press("Control+End")
    writer.page.keyboard.type(" Dritter.")
    writer.page.keyboard.press("Escape")
    expect(writer.dialog).to_be_hidden()
    eventually(lambda: len(drafts(prepared, called)) == 1, every_s=0.3)
    writer.button("Continue writing “{title}”", title=called).click()
    is_saved(writer)
    writer.press("Delete draft")
    writer.dialog.last.get_by_role("button", name=writer.words("Delete draft"), exact=True).click()
    expect(writer.button("Undo")).to_be_visible()
    writer.looks_away()
    eventually(lambda: drafts(prepared, called) == [], every_s=0.3)
    writer.press("Undo")
    expect(text(writer)).to_have_text("Erster Satz. Zweiter Satz. Dritter.")
    is_saved(writer)
    assert len(drafts(prepared, called)) == 1


def test_a_message_waits_for_its_time(writer: Visitor, prepared: Prepared) -> None:
    """What may be forgotten is asked; until it goes it lies in the drafts, where it is taken back."""
    called = "Erst morgen"
    writer.press("Write")
    writer.press("Send")
    writer.sees("There is no recipient yet.")
    people(writer).fill("morgen@extern.example")
    text(writer).click()
    writer.page.keyboard.type("Anbei der Plan.")
    writer.press("Send")
    writer.sees("Send without a subject?")
    writer.dialog.last.get_by_role("button", name=writer.words("Continue writing")).click()
    subject(writer).fill(called)
    writer.press("Send later")
    writer.page.get_by_role("menuitem", name=re.compile(writer.words("Tomorrow morning"))).click()
    writer.sees("Nothing is attached")
    writer.press("Send without attachment")
    expect(writer.dialog).to_be_hidden()
    writer.folder("Entwürfe").click()
    writer.message(called).click()
    expect(writer.page.get_by_role("article")).to_contain_text(re.compile("Wird gesendet: .*08:00"))
    expect(writer.button("Continue writing")).to_be_hidden()
    writer.press("Don't send it, continue writing")
    expect(writer.button("Undo")).to_be_hidden()
    expect(text(writer)).to_have_text("Anbei der Plan.")
    assert all(each["subject"] != called for each in prepared.control.outside())


def test_an_answer_waits_for_its_time_in_its_conversation(writer: Visitor) -> None:
    """There it is taken back above its text, and nothing offers to write on meanwhile."""
    writer.message(PLAN).click()
    writer.press("Reply")
    text(writer).click()
    writer.page.keyboard.type("Bis morgen.")
    writer.press("Send later")
    writer.page.get_by_role("menuitem", name=re.compile(writer.words("Tomorrow morning"))).click()
    expect(writer.dialog).to_be_hidden()
    writer.page.get_by_role("button", name=re.compile("Bis morgen")).click()
    expect(writer.button("Don't send it, continue writing")).to_be_visible()
    expect(writer.button("Continue writing")).to_be_hidden()
    writer.press("Don't send it, continue writing")
    expect(text(writer)).to_contain_text("Bis morgen.")
    writer.press("Delete draft")
    writer.dialog.last.get_by_role("button", name=writer.words("Delete draft"), exact=True).click()
    expect(writer.dialog).to_be_hidden()


def test_who_may_not_send_is_not_offered_it(browser: Browser, prepared: Prepared, letters: None) -> None:
    """With the right to write there are drafts, with the right to read not even these."""
    account = prepared.accounts[MAILBOX]
    [thomas] = [u["id"] for u in prepared.admin.ok("GET", "/api/users")["users"] if u["login"] == "thomas"]
    path = f"/api/accounts/{account}/users/{thomas}"
    try:
        prepared.admin.ok("PUT", path, {"level": "write", "confirm": True})
        with visiting(browser, prepared.demo.url, Words("de")) as visitor:
            arrive(visitor, prepared, "thomas")
            visitor.press("Write")
            visitor.sees("You may write drafts here, but not send them. Please ask your administrator.")
            expect(visitor.button("Send")).to_be_hidden()
            prepared.admin.ok("PUT", path, {"level": "read", "confirm": True})
            visitor.page.reload()
            expect(visitor.rows.first).to_be_visible()
            expect(visitor.button("Write")).to_be_hidden()
    finally:
        prepared.admin.ok("PUT", path, {"level": "send", "confirm": True})


@pytest.mark.usefixtures("letters")
def test_writing_on_a_phone(browser: Browser, prepared: Prepared) -> None:
    """The letter is the page; the way back leads out of it and leaves it at hand."""
    with visiting(browser, prepared.demo.url, Words("en"), PHONE, "dark") as anna:
        arrive(anna, prepared)
        anna.button("Folders").tap()
        anna.page.get_by_role("treeitem", name=re.compile("Inbox")).tap()
        expect(anna.rows.first).to_be_visible()
        anna.button("Write").tap()
        box = anna.dialog.bounding_box()
        assert box and (box["x"], box["y"], box["width"]) == (0, 0, PHONE["width"])
        assert anna.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        subject(anna).fill("From the train")
        text(anna).tap()
        anna.page.keyboard.type("Hello")
        assert obstacles(anna.page) == []
        anna.page.go_back()
        expect(anna.dialog).to_be_hidden()
        expect(anna.rows.first).to_be_visible()
        anna.button("Continue writing “{title}”", title="From the train").tap()
        expect(text(anna)).to_have_text("Hello")
        anna.button("Write as plain text").or_(anna.dialog.get_by_role("button", name="More")).first.tap()
        anna.page.get_by_role("menuitem", name=anna.words("Write as plain text")).tap()
        expect(text(anna)).to_have_value("Hello")
        is_saved(anna)
