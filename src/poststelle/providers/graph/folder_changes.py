"""Changes of folders. Each may be repeated: the second time finds it done.

Source: Graph v1.0, "Create MailFolder", "Create child folder", "Update mailFolder", "mailFolder: move",
"Delete mailFolder", "mailFolder: permanentDelete" (read 2026-09).
"""

from typing import Any

from poststelle.model.ids import RemoteId
from poststelle.model.known_ids import KnownIds
from poststelle.model.writeback import FolderOpKind
from poststelle.providers.base import RemoteFolderOp
from poststelle.providers.errors import Refused, RemoteConflict, RetryLater
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.errors import GraphAnswer, error_codes, raise_for_graph
from poststelle.providers.graph.id_list import GraphIdLists
from poststelle.providers.graph.listed import Fields
from poststelle.providers.graph.trash import GraphTrash
from poststelle.providers.graph.wire import WireFolder, decode_item, decode_page

_ROOT = "msgfolderroot"
_TAKEN = "errorfolderexists"


class GraphFolderChanges:
    """Writes to one mailbox's folder tree."""

    def __init__(self, client: GraphClient, mailbox: str, trash: GraphTrash | None) -> None:
        """``trash``: where removals for good take two steps; None: there is a call for them."""
        self._client = client
        self._path = f"/{mailbox}/mailFolders"
        self._lists = GraphIdLists(client, mailbox, Fields("id"))
        self._trash = trash

    async def apply(self, op: RemoteFolderOp) -> RemoteId:
        """Make the change; the folder's id. Raises ProviderError."""
        match op.kind:
            case FolderOpKind.CREATE:
                return await self._create(op.name, op.parent)
            case FolderOpKind.RENAME:
                return await self._rename(_folder_of(op), op.name)
            case FolderOpKind.MOVE:
                return await self._move(_folder_of(op), op.parent)
            case FolderOpKind.DESTROY:
                return await self._destroy(_folder_of(op), op.messages)

    async def _create(self, name: str, parent: RemoteId | None) -> RemoteId:
        place = self._path if parent is None else f"{self._folder(parent)}/childFolders"
        answer = await self._client.send("POST", place, body={"displayName": name})
        if not _is_taken(answer):
            return RemoteId(_decoded(answer).id)
        found = await self._named(place, name)
        if found is None:
            raise Refused("ErrorFolderExists", answer.status)
        return found

    async def _named(self, place: str, name: str) -> RemoteId | None:
        """The folder of this name in a place: perhaps the one that an earlier attempt made."""
        literal = name.replace("'", "''")
        parameters = {"$filter": f"displayName eq '{literal}'", "includeHiddenFolders": "true"}
        page = decode_page(await self._client.get(f"{place}?{query(parameters)}"), WireFolder)
        matching = [f for f in page.items if (f.display_name or "").casefold() == name.casefold()]
        return RemoteId(matching[0].id) if matching else None

    async def _rename(self, folder: RemoteId, name: str) -> RemoteId:
        answer = await self._client.send("PATCH", self._folder(folder), body={"displayName": name})
        if _is_taken(answer):
            raise Refused("ErrorFolderExists", answer.status)
        return RemoteId(_decoded(answer).id)

    async def _move(self, folder: RemoteId, parent: RemoteId | None) -> RemoteId:
        """Asked first where it lies: to move a folder to where it is already may be refused."""
        target = parent or RemoteId((await self._read(_ROOT)).id)
        if (await self._read(folder)).parent_folder_id == target:
            return folder
        body = {"destinationId": target}
        answer = await self._client.send("POST", f"{self._folder(folder)}/move", body=body)
        if _is_taken(answer):
            raise Refused("ErrorFolderExists", answer.status)
        return RemoteId(_decoded(answer).id)

    async def _destroy(self, folder: RemoteId, messages: KnownIds) -> RemoteId:
        """Without a removal for good, the first DELETE moves to Deleted Items and the second removes; one
        that lies there already takes one.

        All goes that lies in it, also what came a moment ago: so it is looked into before. One that was seen
        then and is denied to the removal is no less there than before: that is for another look to tell.
        """
        path = self._folder(folder)
        await self._require_clear(folder, messages)
        calls = [("POST", f"{path}/permanentDelete")]
        if self._trash is not None:
            calls = [("DELETE", path)] * (1 if await self._trash.holds(folder) else 2)
        for method, target in calls:
            try:
                raise_for_graph(await self._client.send(method, target))
            except RemoteConflict as error:
                raise RemoteConflict(error.code) from error
        return folder

    async def _require_clear(self, folder: RemoteId, messages: KnownIds) -> None:
        """Raises Refused for a folder in it, and for a message that is none of these.

        As many may be broken, so that nobody can say which they are, as are not met.
        """
        parameters = query({"includeHiddenFolders": "true", "$top": "1"})
        inner = await self._client.get(f"{self._folder(folder)}/childFolders?{parameters}")
        if decode_page(inner, WireFolder).items:
            raise Refused("folder_has_folders", 409)
        met, broken, cursor = set[RemoteId](), 0, None
        while True:
            page = await self._lists.page(folder, cursor)
            broken += page.unreadable
            met.update(message.remote_id for message in page.messages)
            if any(message.remote_id not in messages for message in page.messages):
                raise Refused("folder_has_messages", 409)
            if page.next is None:
                break
            cursor = page.next
        if broken > len(messages) - len(met):
            raise Refused("folder_has_messages", 409)

    async def _read(self, folder: str) -> WireFolder:
        return _decoded(await self._client.send("GET", self._folder(folder)))

    def _folder(self, folder: str) -> str:
        return f"{self._path}/{segment(folder)}"


def _is_taken(answer: GraphAnswer) -> bool:
    """Whether the name is taken in that place."""
    return answer.status in {400, 409} and _TAKEN in {code.lower() for code in error_codes(answer.body)}


def _decoded(answer: GraphAnswer) -> WireFolder:
    raise_for_graph(answer)
    wire: Any = decode_item(answer.body, WireFolder)
    if not isinstance(wire, WireFolder):
        raise RetryLater("unreadable_answer")
    return wire


def _folder_of(op: RemoteFolderOp) -> RemoteId:
    if op.folder is None:
        raise ValueError(f"{op.kind} needs a folder")
    return op.folder
