"""An hour in a busy mailbox, followed with Microsoft's own SDK: the copy ends equal to the world."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from tests.contract.copy import Copy
from tests.contract.sdk import Desk, query

from m365sim.testing import M365

pytestmark = pytest.mark.anyio


class Office:
    """Other programs and people at work in one mailbox; the same seed does the same."""

    def __init__(self, m365: M365, address: str, seed: int) -> None:
        self._control, self._address = m365.control, address
        self._m365, self._dice, self._folders = m365, Random(seed), ["inbox", "archive", "junkemail"]

    def minute(self, number: int) -> None:
        """One minute passes, with one to three changes in it."""
        for _ in range(self._dice.randint(1, 3)):
            self._dice.choice(self._acts)(self, number)
        self._m365.clock.advance(seconds=60)

    def _some(self) -> list[str]:
        ids = sorted(self._control.snapshot(self._address)[1])
        return self._dice.sample(ids, min(len(ids), self._dice.randint(1, 3)))

    def _receive(self, number: int) -> None:
        self._control.receive(self._address, self._dice.choice(self._folders), subject=f"At {number}")

    def _update(self, number: int) -> None:
        flag = self._dice.choice(["flagged", "complete", "notFlagged"])
        fields = {"isRead": bool(number % 2), "flag": flag, "categories": [f"C{number % 4}"]}
        self._control.update(self._address, self._some(), **fields)

    def _move(self, number: int) -> None:
        self._control.move(self._address, self._some(), to=self._dice.choice(self._folders))

    def _delete(self, number: int) -> None:
        self._control.delete(self._address, self._some()[:1], permanently=number % 3 == 0)

    def _folder(self, number: int) -> None:
        made = self._control.create_folder(self._address, f"Folder {number}.{self._dice.random()}")
        self._folders.append(made["id"])

    _acts = (_receive, _receive, _receive, _update, _update, _move, _move, _delete, _folder)


def _truth(control: M365, address: str) -> dict[str, tuple[Any, ...]]:
    _, messages = control.control.snapshot(address)
    names = ("folderId", "subject", "isRead", "flag")
    return {
        m["id"]: (*(m[n] for n in names), tuple(m["categories"]), m["importance"]) for m in messages.values()
    }


@pytest.fixture
def lasting_tokens(control: M365) -> Iterator[None]:
    """By chance a token may live hardly longer than the hour that passes here."""
    path = "/access-token-lifetime"
    control.control.identity("PUT", path, {"seconds": 86_400})
    yield
    control.control.identity("PUT", path, {"seconds": None})


@pytest.mark.usefixtures("lasting_tokens")
async def test_after_an_hour_of_changes_the_copy_equals_the_world(desk: Desk, control: M365) -> None:
    """Sixty minutes of seeded changes, followed every tenth by nextLinks and deltaLinks over everything."""
    address = desk.place.person
    office, copy = Office(control, address, seed=365), Copy(desk)
    control.account(address).folder("inbox").receive_count(50)
    await copy.follow()
    assert copy.state() == _truth(control, address)

    for minute in range(60):
        office.minute(minute)
        if minute % 10 == 9:
            await copy.follow()
            assert copy.state() == _truth(control, address)

    assert len(copy.folders) > 10


async def test_drafts_made_by_the_person_come_in_the_next_round(desk: Desk) -> None:
    """A draft created and deleted through Graph shows in the folder's delta; at a real tenant too."""
    copy = Copy(desk)
    drafts = await desk.client.me.mail_folders.by_mail_folder_id("drafts").get()
    await copy.follow()
    made = await desk.client.me.messages.post(desk.message("Followed"), query_of_immutable(desk))

    await copy.follow()
    there = made.id in copy.folders[drafts.id].messages
    await desk.client.me.messages.by_message_id(made.id).permanent_delete.post()
    await copy.follow()

    assert there
    assert made.id not in copy.folders[drafts.id].messages


def query_of_immutable(desk: Desk) -> Any:
    """A request configuration that asks for lasting ids."""
    return query(desk.client.me.messages, prefer='IdType="ImmutableId"')
