"""What anybody on the internet can send to the webhooks: the handshake, and things nobody should believe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.flow.admin.client import Answer, Client
from tests.flow.admin.running import RunningServer, running_server

NOTIFICATIONS = "/webhooks/microsoft/notifications"
LIFECYCLE = "/webhooks/microsoft/lifecycle"
TOKEN = "Validation: Testing client application reachability for subscription Request-Id: 1a2b"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that is told at a name of its own; these tests change nothing in it."""
    data: Path = tmp_path_factory.mktemp("webhooks")
    with running_server(data, NOTIFICATION_URL="https://hooks.example.org") as running:
        yield running


@pytest.fixture(scope="module")
def stranger(server: RunningServer) -> Client:
    """Somebody without login, cookie or our header."""
    return server.client


def tell(who: Client, path: str, body: object = None, **headers: str) -> Answer:
    sent = {"X-Poststelle": "", "Content-Type": "application/json", **headers}
    return who.send("POST", path, body, sent)


def change(**more: object) -> dict[str, object]:
    return {"subscriptionId": "5522bd62-7c96-4530-85b0-00b916c5d4fc", "changeType": "created", **more}


@pytest.mark.parametrize("path", [NOTIFICATIONS, LIFECYCLE])
def test_the_handshake_gives_the_token_back(stranger: Client, path: str) -> None:
    """200, the token decoded, as plain text that nobody sniffs at."""
    answer = tell(stranger, f"{path}?validationToken={quote(TOKEN)}")

    assert (answer.status, answer.body.decode()) == (200, TOKEN)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_token_made_of_markup_comes_back_harmless(stranger: Client) -> None:
    """Nobody can make this server say a script."""
    answer = tell(stranger, f"{NOTIFICATIONS}?validationToken={quote('<script>alert(1)</script>')}")

    assert answer.status == 200
    assert b"<" not in answer.body


@pytest.mark.parametrize("token", ["x" * 1001, "a\r\nb", "a\x00b"])
def test_a_token_that_is_none_is_not_repeated(stranger: Client, token: str) -> None:
    """Too long, or not one line of text."""
    answer = tell(stranger, f"{NOTIFICATIONS}?validationToken={quote(token)}")

    assert (answer.status, answer.body) == (400, b"")


@pytest.mark.parametrize(
    "body",
    [
        {"value": []},
        {"value": [change(clientState="guess")]},
        {"value": [change()]},
        {"value": [change(clientState=None, resourceData={"id": None})]},
        {"value": [change(clientState="ä" * 500, resourceData={"id": "AAMk", "more": 1})]},
        {"value": [{"subscriptionId": "\x00' or 1=1"}]},
        {"value": [{"subscriptionId": "x", "lifecycleEvent": "missed"}]},
        {"value": [{"subscriptionId": "x", "lifecycleEvent": "somethingNew"}]},
        {"value": [change(clientState="guess")] * 2000},
        {"value": [], "validationTokens": ["eyJ"]},
        {"value": [3, {"subscriptionId": None}, {"subscriptionId": ["x"]}, change()]},
    ],
)
@pytest.mark.parametrize("path", [NOTIFICATIONS, LIFECYCLE])
def test_what_is_not_believed_is_answered_like_everything(stranger: Client, path: str, body: object) -> None:
    """202 without a word: whether a subscription is known is nobody's business."""
    answer = tell(stranger, path, body)

    assert (answer.status, answer.body) == (202, b"")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"{",
        b'{"value": 3}',
        b'{"value": "\xff"}',
        b'{"\xff": []}',
        b"\x00",
        b'{"value": [' + b"[" * 5000 + b"]" * 5000 + b"]}",
    ],
    ids=str,
)
def test_what_is_no_notification_is_refused(stranger: Client, body: bytes) -> None:
    """400, and nothing about why."""
    answer = tell(stranger, NOTIFICATIONS, body)

    assert (answer.status, answer.body) == (400, b"")


def test_octets_that_are_no_text_cost_the_item_in_which_they_are(stranger: Client) -> None:
    answer = tell(stranger, NOTIFICATIONS, b'{"value": [{"subscriptionId": "\xff"}]}')

    assert (answer.status, answer.body) == (202, b"")


def test_too_much_is_not_read(stranger: Client) -> None:
    """A body over half a megabyte."""
    body = json.dumps({"value": [change(clientState="x" * 600_000)]}).encode()

    assert tell(stranger, NOTIFICATIONS, body).status == 413


def test_it_can_only_be_told(stranger: Client) -> None:
    """Nothing can be read there, also not by a link in a message."""
    answer = stranger.send("GET", f"{NOTIFICATIONS}?validationToken=x", headers={"X-Poststelle": ""})

    assert answer.status == 404


def test_its_own_name_leads_to_the_webhooks_and_nowhere_else(stranger: Client) -> None:
    """The name given for notifications is no second address for people."""
    known = {"Host": "hooks.example.org"}
    assert tell(stranger, NOTIFICATIONS, {"value": []}, **known).status == 202
    assert stranger.send("GET", "/api/start", headers=known).status == 421
    assert tell(stranger, NOTIFICATIONS, {"value": []}, Host="elsewhere.example.org").status == 421
