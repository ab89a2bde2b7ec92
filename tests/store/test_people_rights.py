"""The gate before every account, on both databases."""

from datetime import datetime, timedelta

import pytest
from tests.store.conftest import NOW
from tests.store.test_people_users import new_account, new_user

from poststelle.access.rights import require, require_settings
from poststelle.model.errors import NotAllowed, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Grant, Level, Scope
from poststelle.store import accounts, api_tokens, grants, users
from poststelle.store.scoped import ScopedStore
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("held", list(Level))
async def test_a_level_contains_the_ones_before_it(store: Store, held: Level) -> None:
    """A grant opens its level and all below, and names what is missing above."""
    user = await store.write(new_user, "anna")
    account = await store.write(new_account, "info@example.test")
    await store.write(grants.upsert, Grant(account, user.id, held), at=NOW, by=None)

    for needed in Level:
        if needed <= held:
            await store.read(require, user.id, account, needed)
            continue
        with pytest.raises(NotAllowed) as refused:
            await store.read(require, user.id, account, needed)
        assert refused.value.params == {"needed": needed.name.lower(), "held": held.name.lower()}


async def test_unknown_unassigned_and_deactivated_look_alike(store: Store) -> None:
    """Nobody learns from a refusal whether an account or a user exists."""
    anna = await store.write(new_user, "anna")
    gone = await store.write(new_user, "gone", is_active=False)
    account = await store.write(new_account, "info@example.test")
    await store.write(grants.upsert, Grant(account, gone.id, Level.MANAGE), at=NOW, by=None)
    told = set()
    for user, asked in (
        (anna.id, account),
        (anna.id, AccountId(999)),
        (gone.id, account),
        (UserId(999), account),
    ):
        with pytest.raises(NotFound) as refused:
            await store.read(require, user, asked, Level.READ)
        told.add((refused.value.code, refused.value.message, str(refused.value.params)))
    assert len(told) == 1


async def test_the_settings_name_whom_to_ask(store: Store) -> None:
    """Only active administrators are named; a deactivated one has no right any more."""
    await store.write(new_user, "zoe", may_settings=True)
    await store.write(new_user, "ben", may_settings=True)
    former = await store.write(new_user, "former", may_settings=True, is_active=False)
    for user in (former.id, UserId(999)):
        with pytest.raises(NotAllowed) as refused:
            await store.read(require_settings, user)
        assert [a["name"] for a in refused.value.params["administrators"]] == ["Ben", "Zoe"]


@pytest.mark.parametrize("limit", list(Level))
@pytest.mark.parametrize("held", list(Level))
async def test_within_a_scope_the_lesser_right_counts(store: Store, held: Level, limit: Level) -> None:
    """A caller's scope never adds to the grant, in a read or a write, and ends with the transaction."""
    user = await store.write(new_user, "anna")
    account = await store.write(new_account, "info@example.test")
    await store.write(grants.upsert, Grant(account, user.id, held), at=NOW, by=None)
    scoped = ScopedStore(store, Scope(limit, None))

    assert await scoped.read(grants.level, user.id, account) == min(held, limit)
    assert await scoped.write(grants.level, user.id, account) == min(held, limit)
    assert [g.level for g in await scoped.read(grants.accounts_of, user.id)] == [min(held, limit)]
    assert await store.read(grants.level, user.id, account) == held


async def test_out_of_scope_is_as_unassigned(store: Store) -> None:
    user = await store.write(new_user, "anna")
    inside = await store.write(new_account, "info@example.test")
    outside = await store.write(new_account, "chef@example.test")
    for account in (inside, outside):
        await store.write(grants.upsert, Grant(account, user.id, Level.SEND), at=NOW, by=None)
    scoped = ScopedStore(store, Scope(Level.MANAGE, frozenset({inside})))

    assert [g.account_id for g in await scoped.read(grants.accounts_of, user.id)] == [inside]
    with pytest.raises(NotFound):
        await scoped.read(require, user.id, outside, Level.READ)
    await scoped.read(require, user.id, inside, Level.SEND)


async def test_a_token_keeps_its_scope(store: Store) -> None:
    """One for some mailboxes is never one for all, also when these mailboxes are gone."""
    user = await store.write(new_user, "anna")
    account = await store.write(new_account, "info@example.test")
    narrow = Scope(Level.READ, frozenset({account}))
    wide = Scope(Level.SEND, None)
    made = [
        await store.write(api_tokens.insert, user.id, name, name, scope, NOW, None)
        for name, scope in (("narrow", narrow), ("wide", wide))
    ]

    assert [await store.read(api_tokens.get, one.token_hash, NOW) for one in made] == made
    await store.write(accounts.destroy, account)
    left = await store.read(api_tokens.get, "narrow", NOW)
    assert left is not None and left.scope == Scope(Level.READ, frozenset())
    await store.write(users.destroy, user.id)
    assert await store.read(api_tokens.get, "wide", NOW) is None


@pytest.mark.parametrize(("expires_at", "is_valid"), [(None, True), (NOW, False), (NOW + SECOND, True)])
async def test_a_token_expires(store: Store, expires_at: datetime | None, is_valid: bool) -> None:
    user = await store.write(new_user, "anna")
    scope = Scope(Level.READ, None)
    made = await store.write(api_tokens.insert, user.id, "hash", "Skript", scope, NOW, expires_at)

    assert (await store.read(api_tokens.get, "hash", NOW) is not None) == is_valid
    assert await store.read(api_tokens.list_of, user.id) == [made]
