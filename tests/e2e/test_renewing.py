"""Two web processes with two builds of the page behind one address, as while they are renewed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from playwright.sync_api import Browser, Page, Response, Route, expect
from tests.builds import another_build, built
from tests.flow.roles.fleet import Fleet, asked, running_fleet
from tests.flow.sim import Simulator
from tests.pg import Cluster

SCRIPT = "**/assets/*index-*.js"
PEOPLE = 8


@pytest.fixture(scope="module")
def fleet(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Each connection goes to the next of them. Nothing here asks Microsoft."""
    folder = tmp_path_factory.mktemp("renewed")
    with ThreadPoolExecutor(1) as beside:  # a schema is made by an event loop, and Playwright has one here
        postgres.drop_database(beside.submit(postgres.new_database).result())
    nobody = cast(Simulator, SimpleNamespace(settings={}))
    with running_fleet(nobody, postgres, Path(folder), []) as fleet:
        fleet.start("web", UI=str(built()))
        fleet.start("web", UI=str(another_build(folder / "ui")))
        yield fleet


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Of somebody who has never been here."""
    with browser.new_context(service_workers="block") as context:
        yield context.new_page()


def shows_the_login(page: Page) -> None:
    expect(page.locator("input[type=password]")).to_be_visible()


def note_missing(found: list[str], answer: Response) -> None:
    if "/assets/" in answer.url and not answer.ok:
        found.append(answer.url)


def test_whoever_comes_sees_the_page(browser: Browser, fleet: Fleet) -> None:
    """Whichever build their page is of, and whichever process is asked for its parts: none is missing, and
    nothing had to be loaded twice."""
    builds = set()
    for number in range(PEOPLE):
        if number % 2:  # however many connections a page needs, both are asked first
            asked(fleet.proxy.port, "/healthz")
        with browser.new_context(service_workers="block") as context:
            page = context.new_page()
            missing: list[str] = []
            page.on("response", partial(note_missing, missing))
            page.goto(f"{fleet.url}/login")
            shows_the_login(page)
            builds.add(page.locator("script[type=module]").first.get_attribute("src"))
            assert missing == []
    assert len(builds) == 2


def test_a_script_that_cannot_be_had_is_asked_for_again(page: Page, fleet: Fleet) -> None:
    """The page loads itself anew until it is there; whoever waits longer is told why. Then all is well."""
    refused: list[str] = []

    def refuse(route: Route) -> None:
        if len(refused) == 3:
            route.continue_()
            return
        refused.append(route.request.url)
        route.fulfill(status=404, body="")

    page.route(SCRIPT, refuse)
    page.goto(f"{fleet.url}/login")
    expect(page.locator("body")).to_contain_text(
        "wird gerade erneuert",
    )
    shows_the_login(page)
    assert len(refused) == 3
    expect(page.locator("body")).not_to_contain_text("wird gerade erneuert")
    assert page.evaluate("sessionStorage.getItem('poststelle.recovering')") is None
