"""What must hold when two people press at the same moment, on both databases."""

import asyncio

import pytest
from tests.store.conftest import NOW

from poststelle.access import users as people
from poststelle.access.rights import Asker
from poststelle.access.users import NewUser, UserPatch
from poststelle.auth.crypto import KeyRing
from poststelle.model.errors import Conflict, UseCaseError
from poststelle.model.ids import UserId
from poststelle.store import users
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio
RING = KeyRing([bytes(32)])


def admin(login: str) -> NewUser:
    return NewUser(login, login.title(), "", True)


async def test_one_of_many_set_ups_wins(store: Store) -> None:
    """Ten set-ups at one moment leave one administrator."""
    attempts = (
        store.write(people.set_up, admin(f"admin{number}"), "hash", NOW, "Browser") for number in range(10)
    )
    results = await asyncio.gather(*attempts, return_exceptions=True)
    refused = [r for r in results if isinstance(r, Conflict)]
    assert len(refused) == 9
    assert [u.login for u in await store.read(users.list_all)] == [
        r.user.login for r in results if not isinstance(r, BaseException)
    ]


async def test_two_administrators_cannot_shut_each_other_out(store: Store) -> None:
    """Each takes the other's right at the same moment: one of them is refused."""
    first = await store.write(people.set_up, admin("anna"), "hash", NOW, "")
    second = await store.write(people.add, Asker(first.user.id, is_proven=True), admin("thomas"), "hash", NOW)

    async def demote(by: UserId, whom: UserId) -> bool:
        try:
            await store.write(
                people.change, Asker(by, is_proven=True), whom, UserPatch(may_settings=False), NOW, ring=RING
            )
        except UseCaseError:  # as the last administrator, or no longer one
            return False
        return True

    done = await asyncio.gather(demote(first.user.id, second.id), demote(second.id, first.user.id))

    assert sorted(done) == [False, True]
    assert len(await store.read(users.administrators)) == 1
