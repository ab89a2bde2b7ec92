"""Activity records: what came from whom and went to whom, kept when the message itself has gone."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.model.archive import Direction
from poststelle.model.ids import AccountId, FolderId, MessageId, ThreadId
from poststelle.model.message import Address


@dataclass(frozen=True, slots=True)
class Activity:
    """One message. ``contacts``: those at the other side. ``folder_id``: where the message still is; None:
    it has gone.
    """

    account_id: AccountId
    message_id: MessageId
    thread_id: ThreadId
    direction: Direction
    at: datetime
    subject: str
    preview: str
    contacts: tuple[Address, ...]
    folder_id: FolderId | None = None
