"""One mirror's folders, by path, as a person handles them."""

from tests.flow.sync.mirror import USER, Mirror

from poststelle.mail import folders as use
from poststelle.mail import organise
from poststelle.mail.known_folders import Most
from poststelle.model.ids import FolderId
from poststelle.store import folders
from poststelle.store.tx import Tx


class Tree:
    """What a user does to folders."""

    def __init__(self, mirror: Mirror) -> None:
        self.mirror, self.clock = mirror, mirror.clock

    async def id_of(self, path: str) -> FolderId:
        found = await self.mirror.store.read(folders.list_all, self.mirror.account)
        names = {f.id: f for f in found}

        def path_of(folder: FolderId) -> str:
            here = names[folder]
            return (f"{path_of(here.parent_id)}/" if here.parent_id else "") + here.name

        return next(f.id for f in found if path_of(f.id) == path)

    async def create(self, name: str, parent: str | None = None) -> FolderId:
        above = None if parent is None else await self.id_of(parent)
        args = (USER, self.mirror.account, name, above, self.clock.now())
        return await self.mirror.store.write(use.create, *args)

    async def rename(self, path: str, name: str) -> None:
        folder, now = await self.id_of(path), self.clock.now()
        await self.mirror.store.write(use.change, USER, self.mirror.account, folder, now, name=name)

    async def move(self, path: str, parent: str | None) -> None:
        above = None if parent is None else await self.id_of(parent)
        folder, now = await self.id_of(path), self.clock.now()
        await self.mirror.store.write(use.change, USER, self.mirror.account, folder, now, parent=above)

    async def change(self, path: str, parent: str | None, name: str) -> None:
        """Move and rename it at once."""
        above = None if parent is None else await self.id_of(parent)
        args = (USER, self.mirror.account, await self.id_of(path), self.clock.now())
        await self.mirror.store.write(use.change, *args, name=name, parent=above)

    async def destroy(self, path: str, *, with_messages: bool = True) -> None:
        args = (USER, self.mirror.account, await self.id_of(path), self.clock.now())
        await self.mirror.store.write(use.destroy, *args, with_messages=with_messages)

    async def begin_to_destroy(self, path: str) -> None:
        """The first of several transactions, in which one message goes; the next one never comes."""
        account, folder, now = self.mirror.account, await self.id_of(path), self.clock.now()

        def first(tx: Tx) -> bool:
            known = use.read_all(tx, USER, account, Most(rows=1))
            return use.destroy(tx, USER, account, folder, now, with_messages=True, known=known)

        assert not await self.mirror.store.write(first)

    async def put(self, remote_id: str, path: str) -> None:
        message, folder = await self.mirror.message_id(remote_id), await self.id_of(path)
        args = (USER, self.mirror.account, message, folder, self.clock.now())
        await self.mirror.store.write(organise.move, *args)
