"""Favourite folders: in a person's own order, over all their accounts, gone with the folder or the right."""

import pytest
from tests.store.mailbox import NOW, create

from poststelle.mail import favourites
from poststelle.model.errors import NotFound
from poststelle.model.ids import FolderId
from poststelle.model.mail_page import Favourite
from poststelle.model.rights import Grant, Level
from poststelle.store import folders, grants
from poststelle.store.tx import Store

pytestmark = pytest.mark.anyio


async def test_favourites_stand_in_the_order_they_were_put_in(store: Store) -> None:
    """Over two accounts; put again they move, in front of another one or to the end."""
    desk, user, there = await store.write(create)
    sales, _, others = await store.write(create, "sales@office.example")
    await store.write(lambda tx: grants.upsert(tx, Grant(sales, user, Level.READ), at=NOW, by=None))
    inbox, objects = Favourite(desk, there["Inbox"]), Favourite(desk, there["Objects"])
    sent = Favourite(sales, others["Sent"])

    seen = [await store.write(favourites.put, user, one, None) for one in (inbox, objects, sent)]
    seen.append(await store.write(favourites.put, user, sent, inbox))
    seen.append(await store.write(favourites.put, user, sent, inbox))
    seen.append(await store.write(favourites.put, user, inbox, None))
    seen.append(await store.write(favourites.remove, user, objects))

    assert seen[2:] == [
        [inbox, objects, sent],
        [sent, inbox, objects],
        [sent, inbox, objects],
        [sent, objects, inbox],
        [sent, inbox],
    ]
    assert await store.read(favourites.list_all, user) == [sent, inbox]


async def test_a_favourite_goes_with_its_folder_and_with_the_right(store: Store) -> None:
    """It stays through a new name; what a person may not read is neither told nor taken."""
    desk, user, there = await store.write(create)
    sales, _, others = await store.write(create, "sales@office.example")
    await store.write(lambda tx: grants.upsert(tx, Grant(sales, user, Level.READ), at=NOW, by=None))
    kept, gone = Favourite(sales, others["Sent"]), Favourite(desk, there["Objects"])
    for one in (kept, gone):
        await store.write(favourites.put, user, one, None)

    await store.write(folders.destroy, desk, there["Objects"])
    assert await store.read(favourites.list_all, user) == [kept]
    await store.write(grants.destroy, user, sales)
    assert await store.read(favourites.list_all, user) == []
    for strange in (Favourite(sales, others["Inbox"]), Favourite(desk, FolderId(99_999))):
        with pytest.raises(NotFound):
            await store.write(favourites.put, user, strange, None)
