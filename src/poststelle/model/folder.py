"""A folder: one container inside an account (JMAP Mailbox, Graph mailFolder)."""

from dataclasses import dataclass
from enum import StrEnum

from poststelle.model.ids import AccountId, FolderId, RemoteId


class Role(StrEnum):
    """Well-known purposes. Source: RFC 8621 §2, IANA "IMAP Mailbox Name Attributes"."""

    INBOX = "inbox"
    DRAFTS = "drafts"
    SENT = "sent"
    ARCHIVE = "archive"
    JUNK = "junk"
    TRASH = "trash"


@dataclass(frozen=True, slots=True)
class Folder:
    """A stored folder. Counters are ours and equal the rows; ``remote_total`` is the provider's count.

    ``sort_order``: where people have put it in lists; None: nowhere yet.
    ``is_hidden``: by the provider; ``is_wanted``: whether the user for whom it is read wants to see it, None
    where they have not said so. ``is_new``: made here and not at the provider yet, so ``remote_id`` is none
    of its ids.
    """

    account_id: AccountId
    id: FolderId
    remote_id: RemoteId
    parent_id: FolderId | None
    name: str
    role: Role | None
    is_hidden: bool
    total: int
    unread: int
    total_threads: int
    unread_threads: int
    remote_total: int
    remote_unread: int
    is_new: bool = False
    sort_order: int | None = None
    is_wanted: bool | None = None

    @property
    def is_subscribed(self) -> bool:
        """Whether the user is to see it: as they wish, else as the provider has it."""
        return not self.is_hidden if self.is_wanted is None else self.is_wanted
