"""Who is at a message, told by WebSocket; with a clock in the test's hand."""

from __future__ import annotations

import pytest
from tests.flow.jmap.client import Client, Json
from tests.flow.push.conftest import Place
from tests.flow.push.test_websocket import opened

from poststelle.model.presence import LIVES


@pytest.fixture(scope="module")
def room(place: Place) -> tuple[str, str, Client, Client]:
    """An internal mailbox of two people, and a message in it."""
    ida, otto = place.person("ida"), place.person("otto")
    users = [{"id": place.user_id(login), "level": "write"} for login in ("ida", "otto")]
    address = "raum@buero.example"
    body = {"type": "internal", "address": address, "users": users, "language": "en", "confirm": True}
    account = str(place.admin.ok("POST", "/api/accounts", body)["id"])
    letter = b"From: zoe@zimmer.example\r\nSubject: Frage\r\n\r\nNoch frei?\r\n"
    sent = ida.send("POST", f"/jmap/upload/{account}/", letter, {"Content-Type": "message/rfc822"}).json
    inbox = ida.folder(account, "inbox")["id"]
    wanted = {"k": {"blobId": sent["blobId"], "mailboxIds": {inbox: True}}}
    made = ida.call("Email/import", accountId=account, emails=wanted)
    return account, made["created"]["k"]["id"], ida, otto


def say(client: Client, account: str, **what: list[str]) -> Json:
    return client.call("Presence/announce", accountId=account, clientId="tab", **what)


def seen(client: Client, account: str) -> list[tuple[str, str]]:
    return [(p["name"], p["activity"]) for p in client.call("Presence/get", accountId=account)["list"]]


def test_an_open_socket_tells_who_comes_and_whose_time_is_over(
    place: Place, room: tuple[str, str, Client, Client]
) -> None:
    """Also when nobody says a word at the end: sixty seconds after the last one."""
    account, email, ida, otto = room
    with opened(ida) as socket:
        socket.say(type_="WebSocketPushEnable", dataTypes=["Presence"])
        assert socket.echo()
        say(otto, account, answering=[email])
        came = socket.next()
        assert seen(ida, account) == [("Otto", "answering")]
        place.server.clock.advance(LIVES.total_seconds() - 1)
        assert seen(ida, account) == [("Otto", "answering")]
        place.server.clock.advance(1)
        assert seen(ida, account) == []
        went = socket.next()

    assert set(came["changed"][account]) == set(went["changed"][account]) == {"Presence"}
    assert came["changed"][account] != went["changed"][account]


def test_said_again_it_goes_on_and_nobody_is_told(
    place: Place, room: tuple[str, str, Client, Client]
) -> None:
    """Three minutes of a letter are one change at its beginning and one at its end."""
    account, email, ida, otto = room
    say(otto, account, answering=[email])
    before = ida.call("Presence/get", accountId=account)
    for _ in range(9):
        place.server.clock.advance(20)
        say(otto, account, answering=[email])
    after = ida.call("Presence/get", accountId=account)
    say(otto, account)

    assert after["state"] == before["state"]
    assert [p["since"] for p in after["list"]] == [p["since"] for p in before["list"]]
    assert ida.call("Presence/get", accountId=account)["state"] != after["state"]
