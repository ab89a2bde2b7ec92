"""Favourite folders: in a person's own order, over all their accounts, gone with the folder or the right."""

import pytest
from tests.store.mailbox import NOW, create

from poststelle.mail import favourites, query
from poststelle.mail import folders as mail_folders
from poststelle.model.errors import NotAllowed, NotFound
from poststelle.model.ids import FolderId
from poststelle.model.mail_page import Favourite
from poststelle.model.rights import Grant, Level, Scope
from poststelle.store import folders, grants, users
from poststelle.store.scoped import ScopedStore
from poststelle.store.tx import ReadTx, Store

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
    await store.write(grants.destroy, user, sales, at=NOW)
    assert await store.read(favourites.list_all, user) == []
    for strange in (Favourite(sales, others["Inbox"]), Favourite(desk, FolderId(99_999))):
        with pytest.raises(NotFound):
            await store.write(favourites.put, user, strange, None)


async def test_what_one_wishes_of_a_folder_goes_with_it_and_with_the_user(store: Store) -> None:
    """It is told its user alone; a token for reading alone says nothing."""
    desk, user, there = await store.write(create)
    inbox, objects = there["Inbox"], there["Objects"]

    def wishes(tx: ReadTx) -> dict[FolderId, bool]:
        _, _, found = query.folders(tx, user, desk)
        return {one.id: one.is_subscribed for one in found if one.is_wanted is not None}

    for folder in (inbox, objects):
        await store.write(mail_folders.subscribe, user, desk, folder, is_subscribed=False)
    await store.write(mail_folders.subscribe, user, desk, there["Sent"], is_subscribed=True)  # as it is
    reading = ScopedStore(store, Scope(Level.READ, None))
    with pytest.raises(NotAllowed):
        await reading.write(mail_folders.subscribe, user, desk, inbox, is_subscribed=True)
    assert await store.read(wishes) == {inbox: False, objects: False}
    await store.write(folders.destroy, desk, objects)
    assert await store.read(wishes) == {inbox: False}
    await store.write(lambda tx: users.destroy(tx, user))
    assert not await store.read(lambda tx: tx.all("list_folder_wishes", user_id=user, account=desk))
