"""The one browser of a test run: Playwright's loop can be started only once in a thread."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

# Generous, for a machine with other work: what never comes still fails.
PATIENCE_MS = 60_000

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


def chromium() -> str | None:
    """The system's Chromium; `make browser` brings it on Debian.

    CHROMIUM names another one. The shell without windows comes first: it does the same with two thirds
    of the work, but shows no notifications.
    """
    if given := os.environ.get("CHROMIUM"):
        return given
    names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"]
    return next(filter(None, map(shutil.which, names)), None)


def headless(executable: str) -> list[str]:
    """What makes it do without windows: the shell has none, the whole Chromium has two ways."""
    return [] if "headless-shell" in executable else ["--headless=new"]


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    """Headless Chromium."""
    executable = chromium()
    if executable is None:
        pytest.fail("The browser tests need Chromium: run `make browser` or install your system's package.")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=QUIET + headless(executable))
        yield browser
        browser.close()
