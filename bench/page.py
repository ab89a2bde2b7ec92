"""The web page in headless Chromium: its first load, scrolling, opening, and how soon a press shows.

One internal mailbox as ``bench.jmap`` makes it. Times begin with the input event's own time stamp and
end with the frame after the one in which the page shows the result (``page_probe.js``).
"""

import argparse
import itertools
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from tests.browser import QUIET, chromium
from tests.e2e.visitor import Visitor, visiting
from tests.e2e.words import Words
from tests.flow.jmap.office import ADMIN, SECRET, Server, running_server
from tests.flow.sim import running_simulator
from tests.programs import start_anew

from bench.jmap import Wanted, at_rest, filled, load
from bench.sample import percentile
from bench.tools import TOOLS, require

PROBE = Path(__file__).with_name("page_probe.js").read_text(encoding="utf-8")
FRAME_MS = 1000 / 60
_LATE_MS = FRAME_MS * 1.5  # a frame that comes later has left one out
_TIMES = 30
_SPEEDS = {"a wheel": 2_000, "a thrown finger": 10_000, "a dragged scrollbar": 200_000}  # px a second
_SCROLL_S = 5
_PAUSE_MS = 150  # whoever reads takes longer


@dataclass(frozen=True, slots=True)
class Loaded:
    """``script``: octets of script as they came over the line, until the list could be used."""

    script: int
    everything: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pressed:
    """How long presses took to show, in ms, shortest first; ``cpu_ms``: all that the page did for each.

    That hardly depends on what else the machine does.
    """

    times: list[float]
    cpu_ms: float


def main(messages: int, data: Path | None, tools: Path) -> None:
    """Measure once and print."""
    require(tools, "gen_mail.py")
    with ExitStack() as closing:
        folder = data or Path(closing.enter_context(tempfile.TemporaryDirectory()))
        simulator = closing.enter_context(running_simulator(folder / "m365", start=start_anew))
        url = f"sqlite:///{folder / 'server' / 'poststelle.db'}"
        filled(folder, simulator, url, Wanted(messages, 1, tools, data, is_postgres=False, cyrus=None))
        server = closing.enter_context(
            running_server(folder / "server", simulator, POSTSTELLE_DATABASE=url, start=start_anew)
        )
        at_rest(server)
        playwright = closing.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        print(f"{messages:,} messages in one folder, {load()}\n", flush=True)
        _first_load(browser, server)
        with at_mailbox(browser, server) as visitor:
            _scrolling(visitor.page, "")
        with at_mailbox(browser, server, layout="table", density="compact", preview="off") as visitor:
            _scrolling(visitor.page, " a compact table")
        with at_mailbox(browser, server) as visitor:
            _opening(visitor.page)
            _acting(visitor.page)
        print(f"\n{load()}", flush=True)
        browser.close()


@contextmanager
def at_mailbox(browser: Browser, server: Server, **look: str) -> Iterator[Visitor]:
    """Logged in, the mailbox's inbox on screen, the probe in place; the page as chosen."""
    with visiting(browser, server.url, Words("en")) as visitor:
        visitor.page.add_init_script(PROBE)
        visitor.log_in(ADMIN, SECRET)
        if look:
            token = {"X-Poststelle": "1"}
            visitor.page.request.patch(f"{server.url}/api/me", data={"mail_page": look}, headers=token)
        visitor.go("/mail")
        visitor.page.locator("[role=grid] [role=row] time").first.wait_for()
        yield visitor


def _first_load(browser: Browser, server: Server) -> None:
    """With an empty cache, logged in already: until the first rows can be pressed."""
    with visiting(browser, server.url, Words("en")) as visitor:
        visitor.log_in(ADMIN, SECRET)
        devtools = visitor.page.context.new_cdp_session(visitor.page)
        devtools.send("Network.clearBrowserCache")
        loaded = _load(visitor, devtools)
    print(
        f"first load: {loaded.script / 1024:.0f} KiB of compressed script "
        f"({loaded.everything / 1024:.0f} KiB in all) until the list stands there, {loaded.seconds:.2f} s"
    )


def _load(visitor: Visitor, devtools: CDPSession) -> Loaded:
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    devtools.send("Network.enable")
    devtools.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    devtools.on(
        "Network.loadingFinished",
        lambda event: sizes.update({event["requestId"]: int(event["encodedDataLength"])}),
    )
    visitor.go("/mail")
    row = visitor.page.locator("[role=grid] [role=row] time").first
    row.wait_for()
    seconds = visitor.page.evaluate("performance.now()") / 1000
    script = sum(size for request, size in sizes.items() if kinds.get(request) == "Script")
    return Loaded(script, sum(sizes.values()), seconds)


def _scrolling(page: Page, what: str) -> None:
    """Real gestures, sent to the browser's compositor."""
    devtools = page.context.new_cdp_session(page)
    box = page.get_by_role("grid").bounding_box()
    assert box is not None
    for name, speed in _SPEEDS.items():
        page.evaluate("__probe.watch()")
        gesture = {
            "x": box["x"] + box["width"] / 2,
            "y": box["y"] + box["height"] / 2,
            "yDistance": -speed * _SCROLL_S,
            "speed": speed,
            "gestureSourceType": "mouse",
        }
        devtools.send("Input.synthesizeScrollGesture", gesture)
        print(
            f"scrolling{what}, {name} ({speed:,} px/s): {_frames(page.evaluate('__probe.stop()'))}",
            flush=True,
        )


def _frames(found: dict[str, Any]) -> str:
    gaps = [after - before for before, after in zip(found["frames"], found["frames"][1:], strict=False)]
    in_time = sum(gap <= _LATE_MS for gap in gaps) / len(gaps)
    rate = 1000 * len(gaps) / sum(gaps)
    blank = found["blank"] / max(1, found["rows"])
    return (
        f"{rate:.1f} frames/s, {in_time:.1%} in time, longest gap {max(gaps):.0f} ms, "
        f"longest task {max(found['long'], default=0):.0f} ms, rows still blank {blank:.1%}"
    )


def _opening(page: Page) -> None:
    """Down the list for the first time, then up again over the same messages."""
    page.keyboard.press("j")
    page.locator("article").wait_for()
    _say("opening, first time", _times(page, "message", lambda: page.keyboard.press("j")))
    _say("opening, held", _times(page, "message", lambda: page.keyboard.press("k"), times=_TIMES - 2))


def _acting(page: Page) -> None:
    """Flag, mark unread, delete; and the way to another folder and back."""
    page.keyboard.press("j")
    for name, keys in {"flag": "s", "unread, read": "UI", "delete": "#"}.items():
        turns = itertools.cycle(keys)
        _say(name, _times(page, "list", lambda turns=turns: page.keyboard.press(next(turns)), times=10))  # type: ignore[misc]


def _times(page: Page, kind: str, press: Callable[[], None], times: int = _TIMES) -> Pressed:
    found = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    used = _main_thread(devtools)
    for _ in range(times):
        page.evaluate(f"__probe.arm('{kind}', 'keydown')")
        press()
        found.append(_taken(page))
        page.wait_for_timeout(_PAUSE_MS)
    return Pressed(sorted(found), 1000 * (_main_thread(devtools) - used) / times)


def _main_thread(devtools: CDPSession) -> float:
    """The processor time of the page's main thread so far, in seconds."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


def _taken(page: Page) -> float:
    """Asked again and again: the page's content security policy lets nothing wait inside it."""
    while (took := page.evaluate("__probe.took")) is None:
        page.wait_for_timeout(20)
    assert took > 0, "what was pressed did not show"
    return float(took)


def _say(name: str, pressed: Pressed) -> None:
    times = pressed.times
    median, late = statistics.median(times), percentile(times, 0.95)
    print(
        f"{name}: median {median:.0f} ms, p95 {late:.0f} ms, longest {times[-1]:.0f} ms; "
        f"{pressed.cpu_ms:.0f} ms of the main thread's processor time each",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.page", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument(
        "--data", type=Path, help="keep the mailbox here, and take it from here the next time"
    )
    parser.add_argument("--tools", type=Path, default=TOOLS, help="where gen_mail.py is (%(default)s)")
    given = parser.parse_args()
    main(given.messages, given.data, given.tools)
