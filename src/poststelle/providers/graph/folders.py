"""Folders: the ones with a role, and what changed in the tree.

Source: Graph v1.0, "mailFolder resource type", "mailFolder: delta", "List mailFolders" (read 2026-09).
"""

from collections.abc import Sequence

from poststelle.model.folder import Role
from poststelle.model.ids import RemoteId
from poststelle.providers.base import FolderPage, RemoteFolder
from poststelle.providers.errors import RemoteConflict, RetryLater
from poststelle.providers.graph.batch import Part, send_batch
from poststelle.providers.graph.client import GraphClient, segment
from poststelle.providers.graph.errors import GraphAnswer, graph_error
from poststelle.providers.graph.wire import WireFolder, decode_item, decode_page, remote_folder

# v1.0 does not tell a folder's purpose: the well-known names have to be asked for.
WELL_KNOWN = {
    "inbox": Role.INBOX,
    "drafts": Role.DRAFTS,
    "sentitems": Role.SENT,
    "deleteditems": Role.TRASH,
    "junkemail": Role.JUNK,
    "archive": Role.ARCHIVE,
}
_ROOT = "msgfolderroot"
_PAGE_SIZE = 200
_SEARCH_FOLDER = "mailsearchfolder"


class GraphFolders:
    """Folder reads of one mailbox; remembers which ids have a role."""

    def __init__(self, client: GraphClient, mailbox: str) -> None:
        self._client = client
        self._path = f"/{mailbox}/mailFolders"
        self._roles: dict[str, Role] = {}
        self._root: str | None = None

    async def well_known(self) -> Sequence[RemoteFolder]:
        """The folders with a role, the inbox first. A mailbox may lack some (archive)."""
        names = [*WELL_KNOWN, _ROOT]
        answers = await send_batch(self._client, [Part("GET", f"{self._path}/{name}") for name in names])
        found = dict(zip(names, map(_folder, answers), strict=True))
        root = found.pop(_ROOT)
        self._root = root.id if root else None
        self._roles = {wire.id: WELL_KNOWN[name] for name, wire in found.items() if wire}
        return [self._remote(wire) for wire in found.values() if wire]

    async def delta(self, cursor: str | None) -> FolderPage:
        """One page of folder changes; None starts from nothing."""
        if not self._roles:
            await self.well_known()
        prefer = (f"odata.maxpagesize={_PAGE_SIZE}",)
        body = await self._client.get(cursor or f"{self._path}/delta", prefer=prefer)
        page = decode_page(body, WireFolder)
        left = {RemoteId(item.id) for item in page.items if item.is_removed}
        present, gone = await self._completed([item for item in page.items if not item.is_removed])
        folders = tuple(self._remote(item) for item in present if self._is_mail_folder(item))
        return FolderPage(folders, frozenset(left | gone), page.next_link, page.delta_link)

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
    if isinstance(answer, RetryLater):
        raise answer
    error = graph_error(answer)
    if isinstance(error, RemoteConflict):
        return None
    if error:
        raise error
    return decode_item(answer.body, WireFolder)
