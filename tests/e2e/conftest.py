"""A real browser against the demonstration, as people start it and some way into the story."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.e2e.by_make import Terminal, checked_out, running_make
from tests.e2e.demo import running_demo
from tests.e2e.prepared import SETTINGS, Prepared, identity, prepare

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


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as somebody has checked it out."""
    return checked_out(tmp_path_factory.mktemp("checked-out") / "poststelle")


@pytest.fixture
def terminal(tree: Path) -> Iterator[Terminal]:
    """``make run`` on a day when nothing is there yet."""
    with running_make(tree) as terminal:
        yield terminal


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """A demonstration in which Anna's mailbox is connected and others wait for a sign-in."""
    with running_demo(tmp_path_factory.mktemp("prepared") / "demo") as demo:
        yield prepare(demo)


@pytest.fixture
def restored(prepared: Prepared) -> Iterator[tuple[ExitStack, str]]:
    """Whatever a test changes of the app registration that all share is as it was afterwards."""
    client_id = prepared.admin.ok("GET", SETTINGS)["client_id"]
    [app] = [a for a in identity(prepared, "GET", "")["apps"] if a["client_id"] == client_id]
    secrets = [{"value": value, "expires_at": "2099-01-01T00:00:00Z"} for value, _ in app["secrets"]]
    before = {"certificates": [], "secrets": secrets}
    with ExitStack() as later:
        later.callback(prepared.admin.ok, "PUT", SETTINGS, {"certificate": "", "app_tenant": ""})
        later.callback(identity, prepared, "PUT", f"/apps/{client_id}", before)
        yield later, client_id
