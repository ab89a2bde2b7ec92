"""Groups of recipients: one's own, and those that a mailbox's managers keep for all who write in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from poststelle.access.rights import require
from poststelle.mime.text import clean
from poststelle.model.boilerplate import Owner
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import AccountId, GroupId, UserId
from poststelle.model.recipient_group import RecipientGroup
from poststelle.model.rights import Level
from poststelle.store import audit, recipient_groups
from poststelle.store.tx import ReadTx, Tx
from poststelle.submission.belongings import check_name, owner_of_new, require_change, require_look
from poststelle.submission.people import checked

MOST = 100
"""Of one owner."""
MOST_MEMBERS = 500
"""No message goes to more people either."""
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """What a mailbox has, and whether the one who asks may change it."""

    groups: list[RecipientGroup]
    may_change: bool


def own(tx: ReadTx, user: UserId) -> list[RecipientGroup]:
    """One's own, by name."""
    return recipient_groups.of_user(tx, user)


def of_mailbox(tx: ReadTx, user: UserId, account: AccountId) -> Kept:
    """What belongs to the mailbox, for whoever reads it and for administrators."""
    may_change = require_look(tx, user, account)
    return Kept(recipient_groups.of_account(tx, account), may_change)


def usable(tx: ReadTx, user: UserId, account: AccountId) -> list[RecipientGroup]:
    """Those that letters from this mailbox can go to: its own, then the user's. For whoever writes there."""
    require(tx, user, account, Level.WRITE)
    return [*recipient_groups.of_account(tx, account), *recipient_groups.of_user(tx, user)]


def create(
    tx: Tx, user: UserId, account: AccountId | None, said: Mapping[str, Any], now: datetime
) -> RecipientGroup:
    """Keep a new one, oneself's or (``account``) a mailbox's. ``said``: ``name``, and ``members`` as pairs
    of name and address.

    Raises NotFound, NotAllowed, Invalid, or Conflict ``too_many_groups``.
    """
    owner = owner_of_new(tx, user, account)
    held = _of(tx, owner)
    if len(held) >= MOST:
        raise Conflict("too_many_groups", f"There are {MOST} already; delete one first.", most=MOST)
    made = recipient_groups.insert(tx, _with(RecipientGroup(GroupId(0), owner, "", ()), said, held))
    _record(tx, user, made, "created", now)
    return made


def change(tx: Tx, user: UserId, id_: GroupId, said: Mapping[str, Any], now: datetime) -> RecipientGroup:
    """Another name, other members, or both. Letters that have been written keep theirs."""
    old = _changeable(tx, user, id_)
    new = _with(old, said, [one for one in _of(tx, old.owner) if one.id != id_])
    if new != old:
        recipient_groups.update(tx, new)
        _record(tx, user, new, "changed", now)
    return new


def remove(tx: Tx, user: UserId, id_: GroupId, now: datetime) -> None:
    """Forget one. Letters that have been written keep whom they go to."""
    old = _changeable(tx, user, id_)
    recipient_groups.destroy(tx, id_)
    _record(tx, user, old, "removed", now)


def _changeable(tx: ReadTx, user: UserId, id_: GroupId) -> RecipientGroup:
    """The one, if it is theirs to change; somebody else's looks as if there were none."""
    found = recipient_groups.get(tx, id_)
    missing = NotFound("no_such_group", "This group is not there any more.")
    if found is None:
        raise missing
    require_change(tx, user, found.owner, missing)
    return found


def _of(tx: ReadTx, owner: Owner) -> list[RecipientGroup]:
    if owner.user is not None:
        return recipient_groups.of_user(tx, owner.user)
    return [] if owner.account is None else recipient_groups.of_account(tx, owner.account)


def _with(one: RecipientGroup, said: Mapping[str, Any], others: Sequence[RecipientGroup]) -> RecipientGroup:
    name = _name(said["name"], others) if "name" in said else one.name
    members = checked("members", said["members"], MOST_MEMBERS) if "members" in said else one.members
    if not members:
        raise Invalid("members", "members_missing", "A group has at least one address.")
    return replace(one, name=name, members=members)


def _name(text: str, others: Sequence[RecipientGroup]) -> str:
    name = " ".join(clean(text).split())
    check_name(name, [one.name for one in others])
    if len(name) > LONGEST_NAME:
        raise Invalid("name", "too_long", "This is too long.", most=LONGEST_NAME)
    return name


def _record(tx: Tx, user: UserId, one: RecipientGroup, deed: str, now: datetime) -> None:
    """A mailbox's group decides where everybody's letters go: who changed it is kept."""
    if one.owner.user is None:
        audit.record(
            tx, now, user, f"group.{deed}", one.owner.account, subject=one.name, members=len(one.members)
        )
