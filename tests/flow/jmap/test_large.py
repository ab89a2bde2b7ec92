"""A hundred thousand messages: the newest fifty are there at once, the rest comes behind with progress."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from tests.flow.jmap.client import Client, eventually
from tests.flow.jmap.conftest import BEGAN, letters
from tests.flow.jmap.office import Office, running_office

MESSAGES = 100_000
GENEROUS_S = 40.0  # the promise is two seconds; `python -m bench` measures it, noise must not fail a test
NEWEST = [f"letter.{n}@kunden.example" for n in reversed(range(50))]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office of its own, so that nobody else pays for so much mail."""
    with running_office(tmp_path_factory.mktemp("large")) as it:
        yield it


def test_the_newest_fifty_come_first_however_much_there_is(large: Office) -> None:
    """Right after the sign-in the inbox shows its newest fifty; the first page asked for was the inbox's."""
    control = large.simulator.control
    address = large.simulator.new_mailbox("large")
    inbox = next(f["id"] for f in control.snapshot(address)[0] if f["wellKnownName"] == "inbox")
    newest_at = (BEGAN - timedelta(hours=1)).isoformat()
    control.receive_count(address, MESSAGES - 50, newestAt=newest_at, stepS=60)
    control.receive_many(address, letters(50))
    account = large.add(address)
    large.assign(account, "anna")
    anna = large.person("anna")
    control.clear_calls()

    large.sign_in(anna, account)
    began = time.monotonic()
    eventually(lambda: _shown(anna, account) == NEWEST)
    took_s = time.monotonic() - began

    pages = [unquote(c["path"]) for c in control.calls(path="messages/delta")]
    assert inbox in pages[0]
    assert took_s < GENEROUS_S
    state = eventually(lambda: _told_all(anna, account))
    assert state["phase"] == "first"
    assert 50 <= state["held"] < MESSAGES


def _shown(anna: Client, account: str) -> list[str]:
    """The first fifty of the inbox, as the page asks for them."""
    inbox = next((f["id"] for f in anna.folders(account) if f["role"] == "inbox"), None)
    if inbox is None:
        return []
    ids = anna.call("Email/query", accountId=account, filter={"inMailbox": inbox}, limit=50)["ids"]
    return [e["messageId"][0] for e in anna.emails(account, ids, "messageId")]


def _told_all(anna: Client, account: str) -> dict[str, Any]:
    """The sync state once it tells how many messages there are."""
    state = anna.sync_state(account)
    return state if state["expected"] == MESSAGES else {}
