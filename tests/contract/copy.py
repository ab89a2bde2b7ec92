"""A mailbox's copy as a program keeps it, made and followed by delta queries alone through the SDK."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgraph.generated.models.message import Message
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.users.item.mail_folders.delta.delta_request_builder import (
    DeltaRequestBuilder as FoldersDelta,
)
from msgraph.generated.users.item.mail_folders.item.messages.delta.delta_request_builder import (
    DeltaRequestBuilder as MessagesDelta,
)
from tests.contract.sdk import Desk, query

IMMUTABLE = 'IdType="ImmutableId", odata.maxpagesize=20'


@dataclass
class Folder:
    """One folder: what lies in it, by immutable id, and where its delta goes on."""

    link: str | None = None
    messages: dict[str, Message] = field(default_factory=dict)


@dataclass
class Copy:
    """All folders and messages; ``follow`` brings it up to date."""

    desk: Desk
    folders: dict[str, Folder] = field(default_factory=dict)
    link: str | None = None

    async def follow(self) -> None:
        """A round over the tree of folders, one over each folder, and a look for what is in none any more."""
        await self._follow_tree()
        left: set[str] = set()
        for folder_id, folder in self.folders.items():
            left |= await self._follow_folder(folder_id, folder)
        for message_id in left - {i for f in self.folders.values() for i in f.messages}:
            await self._look_for(message_id)

    async def _follow_tree(self) -> None:
        first = self.desk.client.me.mail_folders.delta
        items, self.link = await self._round(first, FoldersDelta, self.link)
        for item in items:
            if "@removed" in item.additional_data:
                self.folders.pop(item.id, None)
            else:
                self.folders.setdefault(item.id, Folder())

    async def _look_for(self, message_id: str) -> None:
        """Where a message is that left a folder and came nowhere.

        With immutable ids a message that was moved away and back between two rounds is told of as removed
        only. One that can still be recovered is found in a folder that the tree does not show.
        """
        item = self.desk.client.me.messages.by_message_id(message_id)
        try:
            found = await item.get(query(item, prefer=IMMUTABLE))
        except ODataError as error:
            assert error.response_status_code == 404, error
            return
        if found.parent_folder_id in self.folders:
            self.folders[found.parent_folder_id].messages[found.id] = found

    async def _follow_folder(self, folder_id: str, folder: Folder) -> set[str]:
        first = self.desk.client.me.mail_folders.by_mail_folder_id(folder_id).messages.delta
        items, folder.link = await self._round(first, MessagesDelta, folder.link)
        left = set()
        for item in items:
            if "@removed" in item.additional_data:
                folder.messages.pop(item.id, None)
                left.add(item.id)
            elif item.id in folder.messages and item.subject is None:
                _merge(folder.messages[item.id], item)
            else:
                folder.messages[item.id] = item
        return left

    async def _round(self, first: Any, kind: Any, link: str | None) -> tuple[list[Any], str | None]:
        """Every item of a round and the link of the next; by the SDK's ``with_url``, as its guide says."""
        adapter = self.desk.client.request_adapter
        builder, items = first if link is None else kind(adapter, link), []
        while True:
            page = await builder.get(query(builder, prefer=IMMUTABLE))
            items += page.value or []
            if page.odata_delta_link:
                return items, page.odata_delta_link
            builder = kind(adapter, page.odata_next_link)

    def state(self) -> dict[str, tuple[Any, ...]]:
        """What is believed of each message."""
        return {
            message.id: (
                folder_id,
                message.subject,
                message.is_read,
                message.flag.flag_status.value if message.flag else None,
                tuple(message.categories or ()),
                message.importance.value,
            )
            for folder_id, folder in self.folders.items()
            for message in folder.messages.values()
        }


def _merge(known: Message, partial: Message) -> None:
    """An item that names only what has changed."""
    for name in ("is_read", "flag", "categories", "importance"):
        value = getattr(partial, name)
        if value is not None:
            setattr(known, name, value)
