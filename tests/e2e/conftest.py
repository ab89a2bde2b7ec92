"""A real browser against the demonstration as people start it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.e2e.demo import Demo, running_demo
from tests.e2e.prepared import Prepared, prepare

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run by themselves: Playwright's loop would be in the way of other tests' own."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser(chromium_browser: Browser) -> Browser:
    """Headless Chromium of the system, shared with every other browser test."""
    return chromium_browser


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
