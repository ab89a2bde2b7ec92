"""The gate before every account, on both databases."""

import pytest
from tests.store.conftest import NOW
from tests.store.test_people_users import new_account, new_user

from poststelle.access.rights import require, require_settings
from poststelle.model.errors import NotAllowed, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Grant, Level
from poststelle.store import grants
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio


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
