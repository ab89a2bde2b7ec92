"""Many messages at once, lost answers, many tabs: what the page says is true, and the way back is whole."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Route, expect
from tests.e2e.prepared import Prepared
from tests.e2e.visitor import MAILBOX, Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.client import eventually

from m365sim.control.client import ControlClient

COUNT = 320  # a hundred rows are loaded when a folder opens
FOLDER, OTHER = "Stapel", "Abgelegt"
API = "**/jmap/api"
MONSTER_S = 4.0


@pytest.fixture(scope="module")
def pile(prepared: Prepared) -> Iterator[Prepared]:
    """A folder of more messages than a page loads, and an empty one."""
    control = prepared.control
    for name in (FOLDER, OTHER):
        control.create_folder(MAILBOX, name)
    control.receive_count(MAILBOX, COUNT, [FOLDER])
    account = prepared.accounts[MAILBOX]

    def is_held() -> bool:
        folders = prepared.anna.folders(account)
        return any(f["name"] == FOLDER and f["totalEmails"] == COUNT for f in folders)

    eventually(is_held, every_s=0.3)
    yield prepared
    control.clear_faults()


def at_microsoft(control: ControlClient, folder: str) -> list[dict[str, object]]:
    """The messages in a folder of the simulated Microsoft, by its name or well-known name."""
    folders, messages = control.snapshot(MAILBOX)
    (id_,) = [f["id"] for f in folders if folder in (f["wellKnownName"], f["path"][-1])]
    return [m for m in messages.values() if m["folderId"] == id_]


def becomes(is_so: Callable[[], bool]) -> None:
    eventually(is_so, every_s=0.3)


def becomes_told(page: Page, is_so: Callable[[], bool]) -> None:
    """Of what the browser tells: it does while it is asked something."""
    becomes(lambda: page.evaluate("true") and is_so())


@pytest.fixture(scope="module")
def anna(browser: Browser, pile: Prepared) -> Iterator[Visitor]:
    """Logged in and at the mailbox, one window for all that happens here."""
    with visiting(browser, pile.demo.url, Words("de"), has_worker=True) as visitor:
        visitor.let_in("anna")
        visitor.go(f"/mail/{pile.accounts[MAILBOX]}")
        yield visitor


def open_folder(visitor: Visitor, name: str) -> None:
    expect(visitor.rows.first).to_be_visible()
    visitor.folder(name).click()
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(name)
    expect(visitor.rows.first).to_be_visible()


def choose_all(visitor: Visitor, count: int) -> None:
    visitor.page.keyboard.press("Control+a")
    expect(visitor.page.get_by_role("status").filter(has_text=re.compile(rf"^{count}\b"))).to_be_visible()


def toast(page: Page) -> Locator:
    return page.locator("ol > li").last


def test_a_move_of_more_than_is_loaded_comes_back_whole(anna: Visitor, pile: Prepared) -> None:
    """Every message of every conversation reaches the other folder at Microsoft, and every one returns."""
    control = pile.control
    open_folder(anna, FOLDER)
    grid = anna.page.get_by_role("grid")
    before = {m["id"] for m in at_microsoft(control, FOLDER)}
    talks = len({m["conversationId"] for m in at_microsoft(control, FOLDER)})
    expect(grid).to_have_attribute("aria-rowcount", str(talks))
    choose_all(anna, talks)
    expect(anna.page.locator("body")).to_contain_text(f"{talks} Unterhaltungen, {COUNT} Nachrichten")
    anna.page.keyboard.press("v")
    anna.page.keyboard.type(OTHER)
    anna.page.keyboard.press("Enter")
    anna.sees("This folder is empty")
    expect(toast(anna.page)).to_contain_text(f"{COUNT} Nachrichten nach „{OTHER}“ verschoben")
    anna.looks_away()
    anna.press("Undo")
    expect(grid).to_have_attribute("aria-rowcount", str(talks))
    becomes(lambda: {m["id"] for m in at_microsoft(control, FOLDER)} == before)
    assert at_microsoft(control, OTHER) == []


def test_marks_reach_what_is_not_loaded(anna: Visitor, pile: Prepared) -> None:
    """Unread, flagged, and no longer flagged: all of them."""
    control, account = pile.control, pile.accounts[MAILBOX]
    folder = next(f["id"] for f in pile.anna.folders(account) if f["name"] == FOLDER)

    def flagged() -> int:
        return len(pile.anna.query_all(account, filter={"inMailbox": folder, "hasKeyword": "$flagged"}))

    open_folder(anna, FOLDER)
    anna.one_by_one()
    choose_all(anna, COUNT)
    anna.page.keyboard.press("s")
    becomes(lambda: flagged() == COUNT)
    anna.page.keyboard.press("s")
    becomes(lambda: flagged() == 0)
    anna.page.keyboard.press("U")
    becomes(lambda: Counter(m["isRead"] for m in at_microsoft(control, FOLDER)) == {False: COUNT})
    anna.page.keyboard.press("Escape")


def test_drafts_are_never_archived(anna: Visitor, pile: Prepared) -> None:
    """Not those on screen, and not those that are not loaded."""
    control = pile.control
    control.receive_count(MAILBOX, 130, "drafts")
    drafts = len(at_microsoft(control, "drafts"))
    archived = len(at_microsoft(control, "archive"))
    open_folder(anna, "Entwürfe")
    grid = anna.page.get_by_role("grid")
    expect(grid).to_have_attribute(
        "aria-rowcount",
        str(drafts),
    )
    choose_all(anna, drafts)
    anna.page.keyboard.press("e")
    with anna.page.expect_response(API):  # whatever would have been sent has been sent before this
        anna.press("Flag")
    expect(toast(anna.page)).to_be_hidden()
    anna.press("Deselect all")
    expect(grid).to_have_attribute("aria-rowcount", str(drafts))
    assert (len(at_microsoft(control, "drafts")), len(at_microsoft(control, "archive"))) == (drafts, archived)


class CutLine:
    """A line that can lose the answer to the next move, and everything after it, until it is mended.

    Laid early: a route laid under a page at work lets its first request through now and then.
    """

    def __init__(self, page: Page) -> None:
        self._next_is_lost = self._is_done = self._is_cut = False
        page.route(API, self._handle)

    def lose_the_next_move(self, *, is_done: bool) -> None:
        """``is_done``: the server carries it out, only the answer is lost."""
        self._next_is_lost, self._is_done = True, is_done

    def mend(self) -> None:
        self._is_cut = False

    def _handle(self, route: Route) -> None:
        if self._next_is_lost and '"mailboxIds":{' in (route.request.post_data or ""):
            self._next_is_lost, self._is_cut = False, True
            if self._is_done:
                route.fetch()
        if self._is_cut:
            route.abort()
        else:
            route.continue_()


@pytest.fixture(scope="module")
def line(anna: Visitor) -> CutLine:
    return CutLine(anna.page)


@pytest.mark.parametrize("is_done", [True, False], ids=["the server did it", "it never arrived"])
def test_a_lost_answer_is_not_called_a_failure(
    anna: Visitor, pile: Prepared, line: CutLine, is_done: bool
) -> None:
    """The page says that it does not know, looks, and goes on; what is missing follows."""
    control, words = pile.control, anna.words
    (moved,) = control.receive(MAILBOX, [FOLDER], subject=f"Antwort verloren {is_done}")
    open_folder(anna, FOLDER)
    row = anna.message(f"Antwort verloren {is_done}")
    row.click()
    expect(anna.page.get_by_role("article")).to_be_visible()
    line.lose_the_next_move(is_done=is_done)
    anna.page.keyboard.press("e")
    anna.sees("The server does not answer. As soon as it does, the page checks what was done and continues.")
    expect(anna.page.get_by_text(words("Everything is back as it was."))).to_be_hidden()
    expect(anna.button("Undo")).to_be_hidden()
    line.mend()
    expect(toast(anna.page)).to_contain_text("Nach „Archiv“ verschoben")
    anna.looks_away()
    expect(row).to_be_hidden()
    becomes(lambda: moved in {m["id"] for m in at_microsoft(control, "archive")})
    anna.press("Undo")
    becomes(lambda: moved in {m["id"] for m in at_microsoft(control, FOLDER)})
    control.delete(MAILBOX, [moved], permanently=True)


def test_stopped_without_an_answer_nothing_is_claimed(anna: Visitor, pile: Prepared, line: CutLine) -> None:
    """It is not known whether it was done; the list tells as soon as the server answers."""
    control, words = pile.control, anna.words
    (moved,) = control.receive(MAILBOX, [FOLDER], subject="Angehalten")
    open_folder(anna, FOLDER)
    anna.message("Angehalten").click()
    expect(anna.page.get_by_role("article")).to_be_visible()
    line.lose_the_next_move(is_done=True)
    anna.page.keyboard.press("e")
    anna.press("Stop")
    unknown = words("Not known yet whether moved to “{folder}”", folder="Archiv")
    expect(anna.page.get_by_text(f"{unknown}: „Angehalten“")).to_be_visible()
    expect(anna.message("Angehalten")).to_be_visible()
    line.mend()
    anna.page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(anna.message("Angehalten")).to_be_hidden()
    becomes(lambda: moved in {m["id"] for m in at_microsoft(control, "archive")})


class Work:
    """What a page's main thread has worked since this was made, in seconds of a processor.

    Source: Chrome DevTools Protocol, Performance.setTimeDomain, ``threadTicks``.
    """

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})
        self._before = self._told()

    def done_s(self) -> float:
        return self._told() - self._before

    def _told(self) -> float:
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


def test_a_monstrous_message_shows_its_words(anna: Visitor, pile: Prepared) -> None:
    """Twenty thousand boxes in boxes and a subject of three thousand letters hold nothing up.

    Measured is the page's own work: beside others a busy machine lets it wait.
    """
    html = f"{'<div>' * 20_000}tief innen{'</div>' * 20_000}"
    pile.control.receive(MAILBOX, subject="Ungetüm " + "S" * 3_000, html=html)
    open_folder(anna, "Posteingang")
    row = anna.message("Ungetüm")
    expect(row).to_be_visible()
    work = Work(anna.page)
    row.click()
    article = anna.page.get_by_role("article")
    expect(article.get_by_text("tief innen", exact=True)).to_be_in_viewport()
    assert work.done_s() < MONSTER_S
    expect(anna.button("Show as sent")).to_be_visible()
    anna.press("Show the whole subject")
    expect(anna.button("Show the whole subject")).to_be_hidden()


class Streams:
    """The event streams that the tabs of a browser hold open, of all begun from now on."""

    def __init__(self, context: BrowserContext) -> None:
        self._held: list[Request] = []
        context.on("request", lambda it: self._held.append(it) if "/eventsource" in it.url else None)
        for end in ("requestfailed", "requestfinished"):
            context.on(end, self._ended)

    def _ended(self, request: Request) -> None:
        if request in self._held:
            self._held.remove(request)

    def tabs(self) -> list[Page]:
        """The tab of each; one that is closed holds nothing any more."""
        pages = [request.frame.page for request in self._held]
        return [page for page in pages if not page.is_closed()]


def test_seven_tabs_share_one_stream(anna: Visitor, pile: Prepared) -> None:
    """The seventh opens messages and gets new mail by itself, also when the first tabs are closed."""
    context = anna.page.context
    streams = Streams(context)
    anna.page.reload()
    expect(anna.rows.first).to_be_visible()
    becomes_told(anna.page, lambda: streams.tabs() == [anna.page])
    for _ in range(6):
        context.new_page().goto(f"{pile.demo.url}/mail/{pile.accounts[MAILBOX]}", wait_until="commit")
        latest = Visitor(context.pages[-1], anna.words, anna.base, anna.problems)
        expect(latest.rows.first).to_be_visible()
    seventh = latest

    pile.control.receive(MAILBOX, subject="Für sieben Fenster", text="Guten Tag")
    expect(seventh.message("Für sieben Fenster")).to_be_visible()
    seventh.open_message("Für sieben Fenster")
    expect(seventh.page.get_by_role("article").get_by_text("Guten Tag")).to_be_visible()
    # On a busy machine another tab may have taken the lead from a slow one, which then ends its own stream.
    becomes_told(seventh.page, lambda: len(streams.tabs()) == 1)

    for other in context.pages[:5]:
        other.close()
    pile.control.receive(MAILBOX, subject="Für zwei Fenster", text="Guten Abend")
    expect(seventh.message("Für zwei Fenster")).to_be_visible()
    becomes_told(seventh.page, lambda: len(streams.tabs()) == 1)
