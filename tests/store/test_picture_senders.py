"""Senders whose pictures a person sees without being asked: their own, each once, not without end."""

from datetime import timedelta

import pytest
from tests.store.mailbox import NOW, create

from poststelle.mail import picture_senders
from poststelle.model.errors import Conflict, Invalid
from poststelle.model.ids import UserId
from poststelle.store import picture_senders as rows
from poststelle.store import users
from poststelle.store.tx import Store, Tx

pytestmark = pytest.mark.anyio


async def test_a_sender_is_allowed_once_and_asked_again_for(store: Store) -> None:
    """Whatever its capitals; the first time counts. What is no address is refused."""
    _, anna, _ = await store.write(create)
    later = NOW + timedelta(days=1)
    for address, at in (("News@Shop.example", NOW), ("a@b.example", NOW), ("news@shop.EXAMPLE", later)):
        found = await store.write(picture_senders.allow, anna, address, at)

    assert [(one.address, one.allowed_at) for one in found] == [
        ("a@b.example", NOW),
        ("News@Shop.example", NOW),
    ]
    for wrong in ("", "shop.example", "a@b c@d", "a@b@c", f"{'x' * 320}@b.example", "a\x00@b.example"):
        with pytest.raises(Invalid):
            await store.write(picture_senders.allow, anna, wrong, NOW)
    left = await store.write(picture_senders.ask_again, anna, "NEWS@shop.example")
    assert [one.address for one in left] == ["a@b.example"]


async def test_what_one_person_allows_is_theirs_and_has_an_end(store: Store) -> None:
    """Others are asked as before; with the five hundredth it is enough, and with the person it goes."""
    _, anna, _ = await store.write(create)
    _, ben, _ = await store.write(create, "sales@office.example")
    await store.write(_allow_as_many_as_one_may, anna)

    with pytest.raises(Conflict, match="500"):
        await store.write(picture_senders.allow, anna, "more@shop.example", NOW)
    assert len(await store.write(picture_senders.allow, anna, "N7@shop.example", NOW)) == picture_senders.MOST
    assert await store.read(picture_senders.list_all, ben) == []
    await store.write(users.destroy, anna)
    assert await store.read(picture_senders.list_all, anna) == []


def _allow_as_many_as_one_may(tx: Tx, user: UserId) -> None:
    for number in range(picture_senders.MOST):
        rows.put(tx, user, f"n{number}@shop.example", NOW)
