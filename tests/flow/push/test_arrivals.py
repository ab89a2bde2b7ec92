"""A device is woken for the new mail its person asked for, and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from tests.flow.jmap.client import Client, Json
from tests.flow.push.conftest import Place
from tests.flow.push.service import Device

DELIVERY = "EmailDelivery"


@dataclass
class Desk:
    """An internal mailbox of Anna's, where mail arrives by import; no provider is needed."""

    place: Place
    anna: Client
    account: str
    made: int = 0

    def arrives(self, role: str = "inbox", *, keywords: tuple[str, ...] = ()) -> str:
        """A message comes into this folder; its id."""
        self.made += 1
        octets = f"Subject: Offer {self.made}\r\nFrom: b@example.org\r\n\r\nText {self.made}\r\n".encode()
        headers = {"Content-Type": "message/rfc822"}
        blob = self.anna.post(f"/jmap/upload/{self.account}/", octets, **headers).json["blobId"]
        folder = self.anna.folder(self.account, role)["id"]
        one = {"blobId": blob, "mailboxIds": {folder: True}, "keywords": dict.fromkeys(keywords, True)}
        done = self.anna.call("Email/import", accountId=self.account, emails={"k": one})
        assert done["created"], done["notCreated"]
        return str(done["created"]["k"]["id"])

    def mark(self, id_: str, **patch: Any) -> None:
        self.anna.call("Email/set", accountId=self.account, update={id_: patch})


@pytest.fixture
def desks(place: Place, anna: Client) -> tuple[Desk, Desk]:
    """Two of them."""
    return new_desk(place, anna), new_desk(place, anna)


def new_desk(place: Place, anna: Client) -> Desk:
    place.made += 1
    users = [{"id": place.user_id("anna"), "level": "send"}]
    body: Json = {"type": "internal", "address": f"desk{place.made}@buero.example", "users": users}
    account = place.admin.ok("POST", "/api/accounts", {**body, "language": "en", "confirm": True})["id"]
    return Desk(place, anna, account)


@dataclass
class Witness:
    """Hears of everything in an account of its own. Who was due with it has been told when it was."""

    place: Place
    account: str
    device: Device

    def rounds(self, count: int = 2) -> None:
        """The second round begins when the first is through."""
        for _ in range(count):
            self.place.change(self.account)
            self.place.advance(10)
            self.device.until(self.account, "Email")


@pytest.fixture(scope="module")
def witness(place: Place) -> Witness:
    found = Witness(place, place.account("sabine"), place.device())
    found.device.confirmed(place.admin)
    return found


def told(witness: Witness, device: Device) -> list[Json]:
    """What has been told by now."""
    witness.rounds()
    found, box = [], device.service.box(device.path)
    while not box.empty():
        found.append(device.open(box.get())["changed"])
    return found


def until_told(place: Place, device: Device) -> Json:
    place.advance(10)
    return dict(device.read()["changed"])


def test_a_delivery_is_a_message_that_was_added(desks: tuple[Desk, Desk], witness: Witness) -> None:
    """Marks and removals move no EmailDelivery; a message that is put anywhere does. RFC 8621 §1.5."""
    desk, _ = desks
    place, device = desk.place, desk.place.device()
    device.confirmed(desk.anna, types=[DELIVERY])
    id_ = desk.arrives("archive", keywords=("$seen",))
    first = until_told(place, device)[desk.account]
    desk.mark(id_, **{"keywords/$flagged": True})
    desk.anna.call("Email/set", accountId=desk.account, destroy=[id_])
    quiet = told(witness, device)
    desk.arrives()
    second = until_told(place, device)[desk.account]

    assert (set(first), set(second), quiet) == ({DELIVERY}, {DELIVERY}, [])
    assert first[DELIVERY] != second[DELIVERY]


def test_only_unread_mail_in_the_inbox_of_a_chosen_mailbox_wakes_it(
    desks: tuple[Desk, Desk], witness: Witness
) -> None:
    """Not what colleagues write or file, not what is read already, and not another mailbox's mail."""
    desk, other = desks
    place, device = desk.place, desk.place.device()
    wish = {desk.account: "inbox", "a0": "inbox"}
    id_ = device.confirmed(desk.anna, types=[DELIVERY], **{"poststelle:arrivals": wish})
    other.arrives()
    desk.arrives("drafts", keywords=("$draft", "$seen"))
    desk.arrives("junk")
    desk.arrives(keywords=("$seen",))
    quiet = told(witness, device)
    desk.arrives()
    woken = until_told(place, device)
    desk.anna.call("PushSubscription/set", update={id_: {"poststelle:arrivals": {other.account: "inbox"}}})
    desk.arrives()
    unchosen = told(witness, device)
    other.arrives()
    chosen = until_told(place, device)

    assert (quiet, unchosen) == ([], [])
    assert ({a: set(s) for a, s in woken.items()}, set(chosen)) == (
        {desk.account: {DELIVERY}},
        {other.account},
    )


def test_what_is_not_focused_wakes_nobody_who_asked_for_the_important(
    desks: tuple[Desk, Desk], witness: Witness
) -> None:
    """A message that was sorted out before it is told stays untold; one that was not is."""
    desk, _ = desks
    place, device = desk.place, desk.place.device()
    device.confirmed(desk.anna, types=[DELIVERY], **{"poststelle:arrivals": {desk.account: "focused"}})
    desk.arrives()
    until_told(place, device)
    # While the device rests after a message, what comes is gathered; it is sorted out meanwhile.
    desk.mark(desk.arrives(), **{"poststelle:isOther": True})
    quiet = told(witness, device)
    desk.arrives()

    assert quiet == []
    assert set(until_told(place, device)) == {desk.account}


@pytest.mark.parametrize("wrong", [["a1"], {"a1": "all"}, {"a1": ["inbox"]}, {"x1": "inbox"}])
def test_a_wish_that_cannot_be_understood_is_refused(place: Place, anna: Client, wrong: object) -> None:
    device = place.device()
    whole = {"deviceClientId": "d", "url": device.url, "keys": device.keys, "poststelle:arrivals": wrong}
    answer = anna.call("PushSubscription/set", create={"k": whole})
    assert answer["notCreated"]["k"]["properties"] == ["poststelle:arrivals"]
