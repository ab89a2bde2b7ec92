"""What was done with one message, as the audit trail has it: for everybody who may read its mailbox.

Of readings, people are told their own and those of colleagues who show what they read. Whose choice is not
known, because they have gone, has not chosen to show it. Administrators read all of it in the trail itself.
"""

from dataclasses import dataclass
from datetime import datetime

from poststelle.access.rights import require
from poststelle.model.audit import AuditEntry
from poststelle.model.errors import NotFound
from poststelle.model.ids import AccountId, MessageId, UserId
from poststelle.model.rights import Level
from poststelle.store import audit, messages
from poststelle.store.tx import ReadTx

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Deed:
    """``action`` as in the trail. ``user_id`` None: nobody of us; ``name`` None: it has been erased since.

    ``folder``: where it was moved or copied to; None of a copy in another mailbox, for not everybody here may
    know of that. ``added`` and ``removed`` are names of categories.
    """

    at: datetime
    action: str
    user_id: UserId | None
    name: str | None
    folder: str | None
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deeds:
    """The newest first. ``next``: what to ask below of for older ones; None: there are none."""

    deeds: tuple[Deed, ...]
    next: int | None


def of_message(
    tx: ReadTx, user: UserId, account: AccountId, message: MessageId, *, below: int | None, limit: int
) -> Deeds:
    """What was done with a message that is there, at most 100 at once; ``below``: what ``next`` said.

    Raises NotFound of the account or the message.
    """
    require(tx, user, account, Level.READ)
    if messages.get(tx, account, message) is None:
        raise NotFound("no_such_message", "This message is not there any more.")
    most = max(1, min(limit, MOST_AT_ONCE))
    found = audit.find_told(tx, account, message, user, below=below, limit=most + 1)
    told = found[:most]  # by what is told alone, or how it is paged would tell what is not
    return Deeds(tuple(_deed(one) for one in told), told[-1].number if len(found) > most else None)


def _deed(entry: AuditEntry) -> Deed:
    is_placed = entry.action in {"mail.moved", "mail.copied", "mail.deleted"}
    is_elsewhere = "to_account" in entry.detail
    return Deed(
        at=entry.at,
        action=entry.action,
        user_id=entry.user_id,
        name=entry.said.user_name,
        folder=entry.said.subject or None if is_placed and not is_elsewhere else None,
        added=tuple(entry.detail.get("added", ())),
        removed=tuple(entry.detail.get("removed", ())),
    )
