"""Somebody keeps the right to the settings who can come in, on both databases."""

import pytest
from tests.store.conftest import NOW
from tests.store.test_people_users import new_user

from poststelle.access import passkeys, second_factor
from poststelle.auth.crypto import KeyRing
from poststelle.model.errors import Conflict
from poststelle.model.second_factor import Passkey
from poststelle.model.user import User
from poststelle.store import second_factors, users
from poststelle.store.tx import Store, Tx

pytestmark = pytest.mark.anyio
RING = KeyRing([bytes(32)])


def by_passkey_alone(tx: Tx, login: str) -> tuple[User, Passkey]:
    """An administrator whose password is forgotten, as on the console."""
    user = new_user(tx, login, may_settings=True)
    users.set_password(tx, user.id, None)
    id_ = second_factors.reserve_passkey_id(tx)
    key = Passkey(id_, user.id, f"credential-{login}", b"key", 0, (), "Key", NOW, None)
    assert second_factors.insert_passkey(tx, key)
    return user, key


async def test_the_only_way_in_of_the_last_administrator_stays(store: Store) -> None:
    """Their passkey, whether they or a reset would take it. With another administrator it may go."""
    user, key = await store.write(by_passkey_alone, "zoe")
    with pytest.raises(Conflict) as removed:
        await store.write(passkeys.remove, RING, user, key.id, NOW)
    with pytest.raises(Conflict) as reset:
        await store.write(second_factor.reset_by, user.id, user.id, NOW)
    assert [refused.value.code for refused in (removed, reset)] == ["last_administrator"] * 2
    assert (await store.read(second_factors.of, user.id)).passkeys
    other = await store.write(new_user, "ben", may_settings=True)
    await store.write(second_factor.reset_by, other.id, user.id, NOW)
    assert not (await store.read(second_factors.of, user.id)).has_any
