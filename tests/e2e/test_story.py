"""The whole story, as people live it: start, create, assign, sign in once, read and file together, stop."""

import base64
import signal
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Route, expect
from tests.e2e.by_make import Terminal
from tests.e2e.visitor import MAILBOX, MICROSOFT_PASSWORD, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

from m365sim.control.client import ControlClient

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TRACKER = "https://tracker.example/pixel.png"
NEWSLETTER = "Gefährlich und schön"
OFFER = "Angebot mit Anhang"
FILE = "Grüße an alle".encode()
HTML = f"""<p>Guten Tag</p><img src="cid:logo@office" alt="Logo"><img src="{TRACKER}" alt="outside">
<script>parent.document.title = "stolen"; document.body.innerHTML = "stolen"</script>
<p onclick="alert(1)">klick</p><a href="javascript:alert(1)">link</a>
<form action="/x"><input name="a"></form>"""


def put_letters(control: ControlClient) -> None:
    """Two letters that the story opens; they are the newest."""
    logo = {
        "name": "logo.png",
        "contentType": "image/png",
        "contentId": "logo@office",
        "isInline": True,
        "contentBase64": base64.b64encode(PIXEL).decode(),
    }
    note = {
        "name": "Notiz.txt",
        "contentType": "text/plain",
        "contentBase64": base64.b64encode(FILE).decode(),
    }
    control.receive(
        MAILBOX, subject=OFFER, text="Siehe Anhang.", attachments=[note], **{"from": "Ida <ida@x.example>"}
    )
    control.receive(
        MAILBOX, subject=NEWSLETTER, html=HTML, attachments=[logo], **{"from": "Ole <ole@x.example>"}
    )


def at_microsoft(control: ControlClient, subject: str) -> dict[str, object]:
    """How a message stands at Microsoft, with its folder's well-known name or path."""
    folders, messages = control.snapshot(MAILBOX)
    names = {f["id"]: f["wellKnownName"] or "/".join(f["path"]) for f in folders}
    found = next(m for m in messages.values() if m["subject"] == subject)
    return {**found, "folder": names[found["folderId"]]}


def becomes(control: ControlClient, subject: str, is_so: Callable[[dict[str, object]], bool]) -> None:
    eventually(lambda: is_so(at_microsoft(control, subject)), every_s=0.2)


def test_the_whole_story(browser: Browser, terminal: Terminal, tmp_path: Path) -> None:
    """From ``make run`` and the import of the mailbox to the end of Anna's assignment and Ctrl-C.

    The administrator's pages are in German, Anna's in English.
    """
    control = ControlClient(terminal.pages_url)
    put_letters(control)
    with (
        visiting(browser, terminal.url, Words("de"), has_worker=True) as sabine,
        visiting(browser, terminal.url, Words("en"), has_worker=True) as anna,
    ):
        the_administrator_connects_a_mailbox(sabine)
        anna_signs_in_once(anna)
        reading_is_safe(anna)
        an_attachment_is_saved(anna, tmp_path)
        what_anna_does_reaches_microsoft(anna, control)
        new_mail_comes_by_itself(anna, control)
        the_assignment_ends(sabine, anna)
        everything_stops(terminal)


def the_administrator_connects_a_mailbox(sabine: Visitor) -> None:
    """Settings by menu and by address; wrong forms are refused; warnings come before deeds."""
    sabine.log_in("sabine")
    sabine.open_mail_settings()
    assert sabine.page.url.endswith("/settings/basic/email/external")
    sabine.go("/settings/basic/email/internal")
    sabine.sees("There are no internal mailboxes yet")
    sabine.go("/settings/basic/email/external")
    sabine.sees("No mailbox has been connected yet")

    sabine.field("E-mail address").fill("info@")
    sabine.press("Import Office 365")
    expect(sabine.page.get_by_role("textbox", name=sabine.words("E-mail address"))).to_have_attribute(
        "aria-invalid", "true"
    )
    expect(sabine.dialog).to_be_hidden()

    sabine.import_mailbox(f"  {MAILBOX.replace('buero', 'BUERO')} ")
    expect(sabine.row(MAILBOX)).to_contain_text(sabine.words("Waiting for sign-in"))
    sabine.import_mailbox(MAILBOX)
    sabine.sees_part("This mailbox has already been added.")
    expect(sabine.page.get_by_role("row").filter(has_text=MAILBOX)).to_have_count(1)

    sabine.open_row(MAILBOX)
    sabine.assign("Anna Berger")


def anna_signs_in_once(anna: Visitor) -> None:
    """From the drop-down to Microsoft's page and back to the same mailbox; messages appear."""
    anna.log_in("anna")
    anna.choose_identity(MAILBOX)
    anna.sees("These people can read the whole mailbox afterwards")
    expect(anna.page.get_by_text("Anna Berger", exact=True).first).to_be_visible()
    here = anna.page.url

    anna.press("Sign in at Microsoft")
    anna.sees("Please confirm this first.")
    anna.go_to_microsoft()
    expect(anna.page.locator("#displayName")).to_have_text(MAILBOX)
    anna.type_password("wrong")
    expect(anna.page.locator("#message")).to_be_visible()
    anna.type_password(MICROSOFT_PASSWORD)
    expect(anna.page.locator("#app")).to_have_text("Poststelle")
    anna.accept()

    expect(anna.message(NEWSLETTER)).to_be_visible()
    assert anna.page.url.startswith(here.split("?")[0])


def reading_is_safe(anna: Visitor) -> None:
    """Scripts and forms are gone, the inline picture shows; the server is asked for the tracker's after a
    press, and for all of a sender's messages after another one. The browser never asks the tracker."""
    asked: list[str] = []
    by_server: list[str] = []

    def brought(route: Route) -> None:
        """As the server would, which reaches no tracker here (``test_outside_pictures``)."""
        by_server.append(route.request.post_data_json["url"])
        route.fulfill(body=PIXEL, content_type="image/png")

    anna.page.on("request", lambda request: asked.append(request.url) if "tracker" in request.url else None)
    anna.page.route("**/api/mailboxes/*/pictures", brought)
    anna.open_message(NEWSLETTER)
    letter = anna.letter()
    expect(letter.get_by_text("Guten Tag")).to_be_visible()
    expect(letter.locator("script, form, input, [onclick], [href^='javascript']")).to_have_count(0)
    expect(letter.get_by_alt_text("Logo")).to_have_js_property("naturalWidth", 1)
    assert "stolen" not in anna.page.title()
    assert by_server == []

    anna.press("Show pictures")
    expect(anna.letter().get_by_alt_text("outside")).to_have_js_property("naturalWidth", 1)
    assert by_server == [TRACKER]

    anna.page.reload()
    anna.press("Always show from {sender}", sender="ole@x.example")
    expect(anna.letter().get_by_alt_text("outside")).to_have_js_property("naturalWidth", 1)
    anna.page.reload()
    expect(anna.letter().get_by_alt_text("outside")).to_have_js_property("naturalWidth", 1)
    expect(anna.button("Show pictures")).to_be_hidden()
    assert asked == []


def an_attachment_is_saved(anna: Visitor, folder: Path) -> None:
    """Opened it is shown, saved it is the file that was sent."""
    anna.open_message(OFFER)
    files = anna.page.get_by_role("region", name=anna.words("Attachments"))
    with anna.page.expect_download() as waiting:
        files.get_by_role("button", name=anna.words("Download {name}", name="Notiz.txt")).last.click()
    target = folder / "saved.txt"
    waiting.value.save_as(target)

    assert waiting.value.suggested_filename == "Notiz.txt"
    assert target.read_bytes() == FILE


def what_anna_does_reaches_microsoft(anna: Visitor, control: ControlClient) -> None:
    """Read, unread, flagged, moved by keyboard and by drag and drop, deleted with undo."""
    becomes(control, OFFER, lambda m: m["isRead"] is True)
    anna.toolbar("Mark as unread").click()
    becomes(control, OFFER, lambda m: m["isRead"] is False)
    anna.toolbar("Flag").click()
    becomes(control, OFFER, lambda m: m["flag"] == "flagged")

    anna.page.keyboard.press("v")
    anna.page.keyboard.type("neubau")
    anna.page.keyboard.press("Enter")
    expect(anna.message(OFFER)).to_be_hidden()
    becomes(control, OFFER, lambda m: m["folder"] == "🏠 Neubau")

    anna.message(NEWSLETTER).drag_to(anna.folder("Objekte"))
    expect(anna.message(NEWSLETTER)).to_be_hidden()
    becomes(control, NEWSLETTER, lambda m: m["folder"] == "Objekte")

    anna.folder("🏠 Neubau").click()
    anna.open_message(OFFER)
    anna.page.keyboard.press("#")
    expect(anna.message(OFFER)).to_be_hidden()
    anna.looks_away()
    becomes(control, OFFER, lambda m: m["folder"] == "deleteditems")
    anna.button("Undo").last.click()
    expect(anna.message(OFFER)).to_be_visible()
    becomes(control, OFFER, lambda m: m["folder"] == "🏠 Neubau")


def new_mail_comes_by_itself(anna: Visitor, control: ControlClient) -> None:
    """Nobody presses anything: the message slides in, the counter counts it."""
    anna.page.get_by_role("treeitem").first.click()
    expect(anna.message("Brandneu")).to_be_hidden()
    control.receive(MAILBOX, subject="Brandneu", text="Gerade gesendet")

    expect(anna.message("Brandneu")).to_be_visible()


def the_assignment_ends(sabine: Visitor, anna: Visitor) -> None:
    """One press at the administrator's, and the open window leaves the mailbox by itself."""
    gone = anna.page.get_by_text(anna.words("You are not assigned to this mailbox"))
    remove = sabine.button("Take access away from {0}", **{"0": "Anna Berger"})
    with sabine.page.expect_response(lambda r: "/users/" in r.url and r.request.method == "DELETE"):
        remove.click()

    expect(gone).to_be_visible()
    expect(anna.message("Brandneu")).to_be_hidden()


def everything_stops(terminal: Terminal) -> None:
    """Ctrl-C, with browsers still open: no word of complaint, and nothing goes on running."""
    assert terminal.left_over() != []
    status, said = terminal.press_ctrl_c()

    assert (status, said.strip()) == (-signal.SIGINT, "")
    assert "***" not in (terminal.tree / "stderr.log").read_text()
    assert terminal.left_over() == []
