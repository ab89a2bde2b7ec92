"""The world as lines of a page. Only what is shown is loaded: a mailbox may hold a million messages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from m365sim.world.content import Address
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.messages import Message, number_of
from m365sim.world.wellknown import RECOVERABLE
from m365sim.world.world import World

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """One mailbox in figures; ``last_s`` is None while it is empty."""

    address: str
    folders: int
    messages: int
    unread: int
    last_s: int | None


@dataclass(frozen=True, slots=True)
class FolderRow:
    """One folder of the tree; ``depth`` counts from 0."""

    id: str
    name: str
    depth: int
    total: int
    unread: int
    is_hidden: bool
    is_search: bool
    is_beyond: bool


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message of a list."""

    id: str
    number: int
    subject: str
    author: str
    received_s: int
    is_read: bool
    is_draft: bool
    flag: str
    importance: str
    has_attachments: bool
    categories: tuple[str, ...]
    is_poisoned: bool


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Part of a folder, newest first; ``older`` asks for what comes next, None at the end."""

    rows: list[MessageRow]
    older: str | None


def mailbox_rows(world: World) -> list[MailboxRow]:
    """Every mailbox in figures, by address."""
    return sorted((_mailbox_row(mailbox) for mailbox in world), key=lambda row: row.address)


def _mailbox_row(mailbox: Mailbox) -> MailboxRow:
    folders = mailbox.visible_folders()
    unread = sum(folder.unread for folder in folders)
    last_s = max((folder.order[-1] >> 32 for folder in folders if folder.order), default=None)
    return MailboxRow(mailbox.address, len(folders) - 1, mailbox.message_count(), unread, last_s)


def likely_recipient(rows: list[MailboxRow]) -> str:
    """The mailbox with the most mail, where a new message is most likely to be wanted; "" without any."""
    return max(rows, key=lambda row: row.messages).address if rows else ""


def folder_rows(mailbox: Mailbox) -> list[FolderRow]:
    """The tree, parents first, and after it what can be recovered."""
    tree = [_folder_row(mailbox, folder, depth) for folder, depth in _below(mailbox.root, 0)]
    return [*tree, _folder_row(mailbox, mailbox.named[RECOVERABLE], 0)]


def _below(folder: Folder, depth: int) -> Iterator[tuple[Folder, int]]:
    for child in folder.children:
        yield child, depth
        yield from _below(child, depth + 1)


def _folder_row(mailbox: Mailbox, folder: Folder, depth: int) -> FolderRow:
    return FolderRow(
        mailbox.ids.folder(folder.number),
        folder.name,
        depth,
        folder.total,
        folder.unread,
        folder.is_hidden,
        folder.search is not None,
        folder.is_beyond,
    )


def message_page(mailbox: Mailbox, folder: Folder, below: int | None) -> MessagePage:
    """The newest messages of a folder, or those under a key."""
    keys = list(islice(folder.newest(below), PAGE_SIZE + 1))
    rows = [_message_row(mailbox, mailbox.messages[number_of(key)]) for key in keys[:PAGE_SIZE]]
    return MessagePage(rows, str(keys[PAGE_SIZE - 1]) if len(keys) > PAGE_SIZE else None)


def _message_row(mailbox: Mailbox, message: Message) -> MessageRow:
    content = message.source.load()
    return MessageRow(
        id=mailbox.ids.immutable(message.number),
        number=message.number,
        subject=content.subject,
        author=named(content.from_ or content.sender),
        received_s=message.received_s,
        is_read=message.is_read,
        is_draft=message.is_draft,
        flag=message.flag.status,
        importance=message.importance,
        has_attachments=content.has_attachments,
        categories=message.categories,
        is_poisoned=message.number in mailbox.poisoned,
    )


def named(address: Address | None) -> str:
    """The person's name, or the address of one without."""
    return (address.name or address.address) if address else ""


def in_full(address: Address | None) -> str:
    """Name and address."""
    if address is None:
        return ""
    return f"{address.name} <{address.address}>" if address.name else address.address
