"""A hundred thousand messages: the newest fifty are there at once, the rest comes behind with progress."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.flow.jmap.client import eventually
from tests.flow.jmap.office import Office, running_office

MESSAGES = 100_000
GENEROUS_S = 8.0  # the promise is two seconds; `python -m bench` measures it, noise must not fail a test


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office of its own, so that nobody else pays for so much mail."""
    with running_office(tmp_path_factory.mktemp("large")) as it:
        yield it


def test_the_newest_fifty_come_first_however_much_there_is(large: Office) -> None:
    """Right after the sign-in the inbox shows its newest fifty, while little else was asked of Microsoft."""
    control = large.simulator.control
    address = large.simulator.new_mailbox("large")
    control.receive_count(address, MESSAGES - 50, folder="archive")
    control.receive_count(address, 50)
    newest, inbox = _newest(large, address), _inbox(large, address)
    account = large.add(address)
    large.assign(account, "anna")
    anna = large.person("anna")
    control.clear_calls()

    large.sign_in(anna, account)
    began = time.monotonic()
    eventually(lambda: len(_shown(large, account)) == 50, timeout_s=60)
    took_s = time.monotonic() - began

    assert _shown(large, account) == newest
    pages = [c for c in control.calls() if "messages/delta" in c["path"]]
    assert inbox in pages[0]["path"]
    assert took_s < GENEROUS_S
    state = eventually(lambda: _growing(large, account))
    assert state["phase"] == "first"
    assert state["expected"] == MESSAGES
    assert 50 <= state["held"] < MESSAGES


def _newest(office: Office, address: str) -> list[str]:
    """The inbox at Microsoft, newest first."""
    _, messages = office.simulator.control.snapshot(address)
    inbox = _inbox(office, address)
    found = [m for m in messages.values() if m["folderId"] == inbox]
    found.sort(key=lambda m: m["receivedDateTime"], reverse=True)
    return [m["internetMessageId"].strip("<>") for m in found]


def _inbox(office: Office, address: str) -> str:
    folders, _ = office.simulator.control.snapshot(address)
    return next(str(f["id"]) for f in folders if f["wellKnownName"] == "inbox")


def _shown(office: Office, account: str) -> list[str]:
    anna = office.person("anna")
    inbox = [f for f in anna.folders(account) if f["role"] == "inbox"]
    if not inbox:
        return []
    ids = anna.call("Email/query", accountId=account, filter={"inMailbox": inbox[0]["id"]}, limit=50)["ids"]
    return [e["messageId"][0] for e in anna.emails(account, ids, "messageId")]


def _growing(office: Office, account: str) -> dict[str, Any]:
    state = office.person("anna").sync_state(account)
    return state if state["expected"] == MESSAGES else {}
