"""Users, logins and grants as stored, on both databases."""

from datetime import timedelta

import pytest
from tests.store.conftest import NOW

from poststelle.model.account import AccountState, AccountType
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Grant, Level
from poststelle.model.user import Login, Theme, User
from poststelle.store import accounts, grants, logins, users
from poststelle.store.tx import Store, Tx

pytestmark = pytest.mark.anyio


def new_user(tx: Tx, login: str, *, may_settings: bool = False, is_active: bool = True) -> User:
    user = User(
        id=users.reserve_id(tx),
        login=login,
        name=login.title(),
        email="",
        is_active=is_active,
        may_settings=may_settings,
        language=None,
        theme=Theme.SYSTEM,
        created_at=NOW,
        has_password=True,
    )
    assert users.insert(tx, user, "hash")
    return user


def new_account(tx: Tx, address: str) -> AccountId:
    account = accounts.insert(
        tx, type_=AccountType.GRAPH, address=address, state=AccountState.CONNECTED, at=NOW, by=None
    )
    assert account is not None
    return account.id


def new_login(tx: Tx, user: UserId, token_hash: str) -> None:
    logins.insert(tx, Login(token_hash, user, NOW, NOW, NOW + timedelta(days=1), "Browser"))


async def test_a_user_comes_back_as_stored(store: Store) -> None:
    """What goes in comes out, found by id; its credentials by login in any letter case."""
    user = await store.write(new_user, "Änne", may_settings=True)

    assert await store.read(users.get, user.id) == user
    known = await store.read(users.credentials, " äNNE ")
    assert known is not None
    assert known.user_id == user.id


async def test_a_login_is_taken_in_any_letter_case(store: Store) -> None:
    """A second user with the same login in capitals is refused, and nothing is changed."""
    await store.write(new_user, "anna")

    def again(tx: Tx) -> bool:
        other = User(users.reserve_id(tx), "ANNA", "X", "", True, False, None, Theme.DARK, NOW)
        return users.insert(tx, other, None)

    assert not await store.write(again)
    assert [u.login for u in await store.read(users.list_all)] == ["anna"]


async def test_failures_are_remembered_until_the_password_is_set(store: Store) -> None:
    """Counted failures and the lock stay; a new password clears both."""
    user = await store.write(new_user, "anna")
    await store.write(users.set_failures, user.id, 5, NOW)
    locked = await store.read(users.credentials, "Anna")

    await store.write(users.set_password, user.id, "other")

    fresh = await store.read(users.credentials, "anna")
    assert locked is not None
    assert fresh is not None
    assert (locked.failed_logins, locked.locked_until) == (5, NOW)
    assert (fresh.failed_logins, fresh.locked_until, fresh.password_hash) == (0, None, "other")


async def test_a_login_ends_by_time_and_by_deactivation(store: Store) -> None:
    """A login isn't found after its end, nor once its user is no longer active."""
    user = await store.write(new_user, "anna")
    await store.write(new_login, user.id, "t1")
    assert await store.read(logins.get, "t1", NOW) is not None

    assert await store.read(logins.get, "t1", NOW + timedelta(days=1)) is None
    await store.write(users.update, User(user.id, "anna", "A", "", False, False, None, Theme.SYSTEM, NOW))
    assert await store.read(logins.get, "t1", NOW) is None


async def test_other_logins_end_and_one_is_kept(store: Store) -> None:
    """Ending a user's logins spares the one named, and other users' logins."""
    anna, thomas = await store.write(new_user, "anna"), await store.write(new_user, "thomas")
    for token, who in (("a1", anna), ("a2", anna), ("t1", thomas)):
        await store.write(new_login, who.id, token)

    assert await store.write(logins.destroy_of, anna.id, "a2") == 1

    found = [await store.read(logins.get, token, NOW) for token in ("a1", "a2", "t1")]
    assert [login is not None for login in found] == [False, True, True]


async def test_a_grant_of_a_deactivated_user_is_none(store: Store) -> None:
    """Grants of a deactivated user give no level, and count again when the user returns."""
    user = await store.write(new_user, "anna")
    account = await store.write(new_account, "info@example.test")
    await store.write(grants.upsert, Grant(account, user.id, Level.WRITE), at=NOW, by=None)
    assert await store.read(grants.level, user.id, account) is Level.WRITE

    await store.write(users.update, User(user.id, "anna", "A", "", False, False, None, Theme.SYSTEM, NOW))

    assert await store.read(grants.level, user.id, account) is None
    assert await store.read(grants.accounts_of, user.id) == []
    assert [g.user_id for g in await store.read(grants.users_of, account)] == [user.id]


async def test_a_removed_user_leaves_no_login_and_no_grant(store: Store) -> None:
    """Logins and grants go with their user."""
    user = await store.write(new_user, "anna")
    account = await store.write(new_account, "info@example.test")
    await store.write(new_login, user.id, "t1")
    await store.write(grants.upsert, Grant(account, user.id, Level.SEND), at=NOW, by=None)

    assert await store.write(users.destroy, user.id)

    assert await store.read(logins.get, "t1", NOW) is None
    assert await store.read(grants.users_of, account) == []
    assert not await store.write(users.destroy, user.id)
