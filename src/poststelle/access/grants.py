"""Assigning people to accounts. A grant counts from the commit on; the caller then cuts open streams."""

from datetime import datetime

from poststelle.access import share_notifications, sharing
from poststelle.access.rights import require_settings
from poststelle.lib.ids import encode_id
from poststelle.mail import presence
from poststelle.model.change import ChangeOp
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import USER, AccountId, UserId
from poststelle.model.rights import Grant, Level
from poststelle.store import accounts, audit, grants, users
from poststelle.store.tx import Tx


def assign(
    tx: Tx,
    by: UserId,
    grant: Grant,
    *,
    is_confirmed: bool,
    now: datetime,
) -> None:
    """Give a user a level in an account, or another level.

    Everybody assigned can read all of its mail without a Microsoft account of
    their own; the warning that says so must be confirmed (Invalid
    ``confirmation_needed``), and the audit trail keeps who did.
    """
    require_settings(tx, by)
    account = accounts.get(tx, grant.account_id)
    if account is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    user = users.get(tx, grant.user_id)
    if user is None or not user.is_active:
        raise NotFound("no_such_user", "There is no such user, or they are not active.")
    if not is_confirmed:
        raise Invalid(
            "confirm",
            "confirmation_needed",
            "Confirm that this person may read all mail of this mailbox.",
            names=[user.name],
        )
    own = grants.own_level(tx, grant.user_id, grant.account_id)
    if own == grant.level:
        return
    before = grants.level(tx, grant.user_id, grant.account_id)
    grants.upsert(tx, grant, at=now, by=by)
    after = grants.level(tx, grant.user_id, grant.account_id)
    if after != before:
        about = share_notifications.shared(tx, account)
        sharing.note_rights(tx, user.id, [account.id], ChangeOp.CREATED if before is None else None)
        share_notifications.note(tx, by, user.id, about, before, after, now)
    audit.record(
        tx,
        now,
        by,
        "grant.added" if own is None else "grant.changed",
        account.id,
        subject=user.label,
        whom=encode_id(USER, user.id),
        level=grant.level.name.lower(),
        confirmed=True,
    )


def withdraw(tx: Tx, by: UserId, user_id: UserId, account_id: AccountId, now: datetime) -> None:
    """End what a user was given alone; what their teams have stays. NotFound when it was nothing."""
    require_settings(tx, by)
    user, account = users.get(tx, user_id), accounts.get(tx, account_id)
    before = grants.level(tx, user_id, account_id)
    if user is None or account is None or not grants.destroy(tx, user_id, account_id, at=now):
        raise NotFound("no_such_grant", "This user is not assigned to this mailbox.")
    presence.sweep(tx, now)
    after = grants.level(tx, user_id, account_id)
    if after != before or not user.is_active:
        is_out = user.is_active and after is None
        sharing.note_rights(tx, user_id, [account_id], ChangeOp.DESTROYED if is_out else None)
        about = share_notifications.shared(tx, account)
        share_notifications.note(tx, by, user_id, about, before, after, now)
    audit.record(tx, now, by, "grant.removed", account_id, subject=user.label, whom=encode_id(USER, user_id))


def parse_level(text: str) -> Level:
    """The level called ``text``; Invalid when there is none."""
    try:
        return Level[text.upper()]
    except KeyError as problem:
        names = [level.name.lower() for level in Level]
        raise Invalid("level", "invalid_level", f"A level is one of {', '.join(names)}.") from problem
