"""What a user is told of a change of their own rights."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.model.ids import AccountId, FolderId, SharingId, UserId
from poststelle.model.rights import Level


@dataclass(frozen=True, slots=True)
class ShareNotification:
    """The level of ``user_id`` in the account ``about`` was changed; None stands for no rights.

    It is told in ``account_id``. ``changed_by_name`` and ``name`` (of the account)
    are as they were then; ``folder`` is the account's inbox, if it had one.
    Source: RFC 9670 §3.
    """

    account_id: AccountId
    id: SharingId
    user_id: UserId
    created_at: datetime
    changed_by: UserId | None
    changed_by_name: str
    about: AccountId
    folder: FolderId | None
    is_internal: bool
    name: str
    old: Level | None
    new: Level | None
