"""A real browser against the demonstration as people start it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.e2e.demo import Demo, running_demo
from tests.e2e.prepared import Prepared, prepare

HERE = Path(__file__).parent
# Without these Chromium looks for hosts of its maker at every start.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run by themselves: Playwright's loop would be in the way of other tests' own."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium of the system; `make browser` brings it on Debian."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.fail("The browser tests need Chromium: run `make browser` or install your system's package.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A demonstration with data of its own."""
    with running_demo(tmp_path / "demo") as demo:
        yield demo


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """A demonstration in which Anna's mailbox is connected and others wait for a sign-in."""
    with running_demo(tmp_path_factory.mktemp("prepared") / "demo") as demo:
        yield prepare(demo)
