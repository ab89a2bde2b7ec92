"""Deleted Items, where ``permanentDelete`` does not exist: a removal for good takes two steps then.

The first DELETE moves to Deleted Items, the second removes from there, to what can be recovered. What lies in
Deleted Items already takes one: another would remove it from what can be recovered.

Source: Graph v1.0, "Delete message", "message: permanentDelete" (national cloud deployments), "Delete
mailFolder" (read 2026-09).
"""

from poststelle.model.ids import RemoteId
from poststelle.providers.errors import Refused, RemoteConflict
from poststelle.providers.graph.client import GraphClient, query
from poststelle.providers.graph.folders import GraphFolders
from poststelle.providers.graph.wire import WireFolder, decode_item


class GraphTrash:
    """Deleted Items of one mailbox, and what lies in it."""

    def __init__(self, client: GraphClient, mailbox: str, folders: GraphFolders) -> None:
        self._client, self._folders = client, folders
        self._path = f"/{mailbox}/mailFolders/deleteditems?{query({'$select': 'id'})}"
        self._id: RemoteId | None = None

    async def folder(self) -> RemoteId | None:
        """Deleted Items; None where it is not shown to us. Raises ProviderError."""
        if self._id is None:
            try:
                found = decode_item(await self._client.get(self._path), WireFolder)
            except (Refused, RemoteConflict):
                return None
            self._id = None if found is None else RemoteId(found.id)
        return self._id

    async def holds(self, folder: RemoteId) -> bool:
        """Whether the folder is Deleted Items, or lies in it, as far as we are told. Raises ProviderError."""
        trash = await self.folder()
        if trash is None or folder == trash:
            return trash is not None
        try:
            return trash in (await self._folders.path_of(folder) or ())
        except (Refused, RemoteConflict):
            return False
