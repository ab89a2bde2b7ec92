"""Folders: the ones with a role, and what changed in the tree.

Source: Graph v1.0, "mailFolder resource type", "mailFolder: delta", "List mailFolders",
"List childFolders" (read 2026-09).
"""

from collections.abc import Sequence

from poststelle.model.folder import Role
from poststelle.model.ids import RemoteId
from poststelle.providers.base import PLACE_UNKNOWN, FolderPage, RemoteFolder
from poststelle.providers.errors import CursorExpired, Refused, RetryLater
from poststelle.providers.graph.batch import Part, send_batch
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import MAILBOX_FULL, GraphAnswer, body_or_gone, refused_link
from poststelle.providers.graph.wire import Page, WireFolder, decode_item, decode_page, remote_folder
from poststelle.providers.links import LinksMet

# v1.0 does not tell a folder's purpose: the well-known names have to be asked for.
WELL_KNOWN = {
    "inbox": Role.INBOX,
    "drafts": Role.DRAFTS,
    "sentitems": Role.SENT,
    "deleteditems": Role.TRASH,
    "junkemail": Role.JUNK,
    "archive": Role.ARCHIVE,
}
_ROOT, _RECOVERABLE = "msgfolderroot", "recoverableitemsdeletions"
_PAGE_SIZE = 200
_SEARCH_FOLDER = "mailsearchfolder"
_LISTED = "listed"  # the cursor after a list that stood in for a delta round
_ABOVE = query({"$select": "id,parentFolderId"})
_DEEPEST = 300  # folders in one another, as Exchange has them at most
_CHILDREN = query({"includeHiddenFolders": "true", "$top": str(_PAGE_SIZE)})


class GraphFolders:
    """Folder reads of one mailbox; remembers which ids have a role."""

    def __init__(self, client: GraphClient, mailbox: str) -> None:
        self._client = client
        self._path = f"/{mailbox}/mailFolders"
        self._roles: dict[str, Role] = {}
        self._root: str | None = None
        self._beyond: str | None = None
        self._met: set[str] = set()

    async def well_known(self) -> Sequence[RemoteFolder]:
        """The folders with a role, the inbox first. A mailbox may lack some (archive)."""
        found = await self._by_names([*WELL_KNOWN, _ROOT])
        root = found.pop(_ROOT)
        self._root = root.id if root else None
        self._roles = {wire.id: WELL_KNOWN[name] for name, wire in found.items() if wire}
        return [self._remote(wire) for wire in found.values() if wire]

    async def delta(self, cursor: str | None) -> FolderPage:
        """One page of folder changes; None starts from nothing.

        A full mailbox refuses delta: then it is one page with all folders.
        """
        if not self._roles:
            await self.well_known()
        try:
            page = await self._first_or_next(cursor)
        except Refused as error:
            if error.code != MAILBOX_FULL:
                raise
            return await self._list_all()
        if cursor == _LISTED:
            raise CursorExpired("delta_works_again")
        if (page.next_link is None) == (page.delta_link is None):
            raise RetryLater("page_without_link")
        told_last = {item.id: item for item in page.items}  # one may have gone and come back since
        left = {RemoteId(key) for key, item in told_last.items() if item.is_removed}
        present, gone = await self._completed([item for item in told_last.values() if not item.is_removed])
        present += await self._late_well_known(present)
        return FolderPage(self._shown(present), frozenset(left | gone), page.next_link, page.delta_link)

    async def _first_or_next(self, cursor: str | None) -> Page:
        if cursor is None or cursor == _LISTED:
            return await self._read(f"{self._path}/delta")
        with refused_link(cursor, is_gone_too=True):
            return await self._read(cursor)

    async def path_of(self, folder: RemoteId) -> Sequence[RemoteId] | None:
        """The folder and those above it, up to the root that people see; None where that is not above it.

        What can be recovered lies beside that root. Exchange answers 404 also for what one may not see, so a
        path that ends so tells nothing: Refused ``PLACE_UNKNOWN``, unless it is known where recoverable items
        lie, and that is elsewhere. Refused with another code where the folder itself is not there.
        """
        root, beyond = await self._tops()
        path: list[RemoteId] = []
        above: str | None = folder
        while above is not None and above != root:
            if above == beyond or above in path or len(path) == _DEEPEST:
                return None
            path.append(RemoteId(above))
            part = Part("GET", f"{self._path}/{segment(above)}?{_ABOVE}")
            [wire] = map(_folder, await send_batch(self._client, [part]))
            if wire is None and len(path) == 1:
                raise Refused("ErrorItemNotFound", status=404)
            if wire is None and beyond is None:
                raise Refused(PLACE_UNKNOWN, status=404)
            above = wire.parent_folder_id if wire is not None else root
        if above is None and root is None and beyond is None:
            raise Refused(PLACE_UNKNOWN, status=404)
        return None if above is None and root is not None else tuple(path)

    async def _tops(self) -> tuple[str | None, str | None]:
        """The root that people see, and where what was deleted for good can be recovered; None: not told."""
        if self._root is None or self._beyond is None:
            found = await self._by_names([_ROOT, _RECOVERABLE])
            root, beyond = found[_ROOT], found[_RECOVERABLE]
            self._root = root.id if root else self._root
            self._beyond = beyond.id if beyond else None
        return self._root, self._beyond

    async def _late_well_known(self, items: Sequence[WireFolder]) -> list[WireFolder]:
        """Folders with a role that were not there before: one met for the first time may be such."""
        new = {item.id for item in items} - self._met
        self._met |= new
        missing = [name for name, role in WELL_KNOWN.items() if role not in self._roles.values()]
        if not missing or new <= self._roles.keys():
            return []
        found = {name: wire for name, wire in (await self._by_names(missing)).items() if wire}
        self._roles |= {wire.id: WELL_KNOWN[name] for name, wire in found.items()}
        return list(found.values())

    async def _list_all(self) -> FolderPage:
        """The whole tree, level by level."""
        level = await self._whole(await self._read(f"{self._path}?{_CHILDREN}"))
        items = list(level)
        while parents := [item.id for item in level if item.child_folder_count]:
            level = await self._children(
                [f"{self._path}/{segment(parent)}/childFolders?{_CHILDREN}" for parent in parents]
            )
            items += level
        items += await self._late_well_known(items)
        return FolderPage(self._shown(items), frozenset(), None, _LISTED, is_listing=True)

    async def _children(self, paths: Sequence[str]) -> list[WireFolder]:
        """The folders behind some lists, pages that follow included; none below what is gone meanwhile."""
        found: list[WireFolder] = []
        for answer in await send_batch(self._client, [Part("GET", path) for path in paths]):
            if (body := body_or_gone(answer)) is not None:
                found += await self._whole(decode_page(body, WireFolder))
        return found

    async def _whole(self, page: Page) -> list[WireFolder]:
        """The items of a list from its first page on."""
        found, met = list(page.items), LinksMet()
        while page.next_link:
            met.note(page.next_link)
            page = await self._read(page.next_link)
            found += page.items
        return found

    async def _by_names(self, names: Sequence[str]) -> dict[str, WireFolder | None]:
        answers = await send_batch(self._client, [Part("GET", f"{self._path}/{name}") for name in names])
        return dict(zip(names, map(_folder, answers), strict=True))

    async def _read(self, target: str) -> Page:
        prefer = (f"odata.maxpagesize={_PAGE_SIZE}",)
        return decode_page(await self._client.get(target, prefer=prefer), WireFolder)

    def _shown(self, items: Sequence[WireFolder]) -> tuple[RemoteFolder, ...]:
        return tuple(self._remote(item) for item in items if self._is_mail_folder(item))

    async def _completed(self, items: Sequence[WireFolder]) -> tuple[list[WireFolder], set[RemoteId]]:
        """The items with all they lack read again; and the ids of those that are gone meanwhile."""
        partial = [item.id for item in items if item.display_name is None or item.total_item_count is None]
        if not partial:
            return list(items), set()
        parts = [Part("GET", f"{self._path}/{segment(id_)}") for id_ in partial]
        read = dict(zip(partial, map(_folder, await send_batch(self._client, parts)), strict=True))
        whole = [read.get(item.id, item) for item in items]
        return [item for item in whole if item], {RemoteId(id_) for id_, item in read.items() if item is None}

    def _is_mail_folder(self, wire: WireFolder) -> bool:
        return wire.id != self._root and _SEARCH_FOLDER not in (wire.type or "").lower()

    def _remote(self, wire: WireFolder) -> RemoteFolder:
        return remote_folder(wire, root=self._root, role=self._roles.get(wire.id))


def _folder(answer: GraphAnswer | RetryLater) -> WireFolder | None:
    """The folder of one answer, None when there is none. Raises ProviderError."""
    body = body_or_gone(answer)
    return None if body is None else decode_item(body, WireFolder)
