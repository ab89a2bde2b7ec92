"""Accounts as an administrator sees them: add, options, disconnect, delete.

Adding needs no contact with Microsoft: the account waits for its sign-in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from poststelle.access import share_notifications, vip
from poststelle.access.grants import assign
from poststelle.access.rights import Asker, has_settings, require, require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.account import Account, AccountState, AccountType, SyncState
from poststelle.model.errors import Conflict, Invalid, NotAllowed, NotFound
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.model.rights import Grant, Level
from poststelle.model.team import Team
from poststelle.model.user import SignIn, SignInState, User
from poststelle.settings import alerts, approvals, archive
from poststelle.settings.address import check_address, is_same_address
from poststelle.settings.sign_ins import SignInView, Wish, require_wish, views_of
from poststelle.store import (
    accounts,
    audit,
    folders,
    grants,
    sign_ins,
    submissions,
    subscriptions,
    sync_states,
    teams,
    users,
    writeback_ops,
)
from poststelle.store.approvals import Approval
from poststelle.store.tx import ReadTx, Tx

MAX_NAME = 100
EXTERNAL = frozenset({AccountType.GRAPH, AccountType.IMAP})
INTERNAL = frozenset({AccountType.LOCAL})
_FOLDERS = {
    "en": {
        Role.INBOX: "Inbox",
        Role.DRAFTS: "Drafts",
        Role.SENT: "Sent",
        Role.ARCHIVE: "Archive",
        Role.JUNK: "Junk",
        Role.TRASH: "Trash",
    },
    "de": {
        Role.INBOX: "Posteingang",
        Role.DRAFTS: "Entwürfe",
        Role.SENT: "Gesendet",
        Role.ARCHIVE: "Archiv",
        Role.JUNK: "Spam",
        Role.TRASH: "Papierkorb",
    },
}


@dataclass(frozen=True, slots=True)
class Assigned:
    """A user and their level in one account. ``own`` was given to them alone; ``teams`` give them theirs."""

    user: User
    level: Level
    own: Level | None
    teams: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountSheet:
    """All that the settings pages show of one account; ``signed_in_by`` None: that user is gone.

    ``approval``: what its organisation is waited for. ``sign_in`` is the one in use; where none works, the
    first by rank.
    """

    account: Account
    sync: SyncState
    assigned: tuple[Assigned, ...]
    teams: tuple[tuple[Team, Level], ...]
    sign_in: SignIn | None
    signed_in_by: User | None
    sign_ins: tuple[SignInView, ...]
    approval: Approval | None = None


@dataclass(frozen=True, slots=True)
class MyAccount:
    """An account in its user's drop-down. ``readers`` are the names of all who can read it.

    ``lost`` are those of its sign-ins that no longer work. ``sees_all``: also outside it the user sees what
    all of its messages leave behind (``access.vip``).
    """

    account: Account
    level: Level
    sync: SyncState
    readers: tuple[str, ...]
    may_sign_in: bool
    lost: tuple[SignInView, ...]
    sees_all: bool
    approval: Approval | None = None


def add(tx: Tx, by: UserId, address: str, *, is_confirmed: bool, now: datetime) -> Account:
    """Add a Microsoft 365 account by its address; it waits for its sign-in.

    Invalid ``invalid_address``; Invalid ``confirmation_needed`` unless the
    warning was confirmed that everybody assigned can read all of its mail;
    Conflict ``duplicate_address``, whatever the letter case.
    """
    require_settings(tx, by)
    checked = check_address(address)
    _require_confirmation(is_confirmed=is_confirmed)
    account = accounts.insert(
        tx, type_=AccountType.GRAPH, address=checked, state=AccountState.WAITING_FOR_SIGN_IN, at=now, by=by
    )
    if account is None:
        raise Conflict("duplicate_address", "This mailbox is there already.", field="address")
    audit.record(tx, now, by, "account.created", account.id, subject=checked, confirmed=True)
    return account


def add_internal(
    tx: Tx,
    by: UserId,
    address: str,
    assigned: Sequence[tuple[UserId, Level]],
    *,
    language: str,
    is_confirmed: bool,
    now: datetime,
) -> Account:
    """Add an internal mailbox with its users and its folders, named in this language; it is ready at once.

    Raises as ``add``, and NotFound ``no_such_user``.
    """
    require_settings(tx, by)
    checked = check_address(address)
    _require_confirmation(is_confirmed=is_confirmed)
    account = accounts.insert(
        tx, type_=AccountType.LOCAL, address=checked, state=AccountState.CONNECTED, at=now, by=by
    )
    if account is None:
        raise Conflict("duplicate_address", "This mailbox is there already.", field="address")
    folders.create_with_roles(tx, account.id, _FOLDERS[language])
    audit.record(tx, now, by, "account.created", account.id, subject=checked, confirmed=True, internal=True)
    for user, level in assigned:
        assign(tx, by, Grant(account.id, user, level), is_confirmed=is_confirmed, now=now)
    return account


def _require_confirmation(*, is_confirmed: bool) -> None:
    if not is_confirmed:
        raise Invalid(
            "confirm",
            "confirmation_needed",
            "Confirm that everybody assigned to this mailbox may read all of its mail.",
        )


def sheets(tx: ReadTx, by: UserId, types: frozenset[AccountType]) -> list[AccountSheet]:
    """All accounts of these types, by address."""
    require_settings(tx, by)
    people, sources = {user.id: user for user in users.list_all(tx)}, _sources(tx)
    by_account: dict[AccountId, list[Grant]] = {}
    for grant in grants.list_all(tx):
        by_account.setdefault(grant.account_id, []).append(grant)
    return [
        _sheet(tx, by, account, by_account.get(account.id, []), people, sources)
        for account in accounts.list_all(tx)
        if account.type in types
    ]


def sheet(tx: ReadTx, by: UserId, account_id: AccountId) -> AccountSheet:
    require_settings(tx, by)
    account = _existing(tx, account_id)
    people = {user.id: user for user in users.list_all(tx)}
    return _sheet(tx, by, account, grants.users_of(tx, account_id), people, _sources(tx))


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where levels come from."""

    own: dict[tuple[AccountId, UserId], Level]
    teams: list[Team]

    def of(self, user: User, grant: Grant) -> Assigned:
        account = grant.account_id
        names = [team.name for team in self.teams if account in team.grants and user.id in team.members]
        return Assigned(user, grant.level, self.own.get((account, user.id)), tuple(names))


def _sources(tx: ReadTx) -> _Sources:
    return _Sources(grants.own_levels(tx), teams.list_all(tx))


def _sheet(
    tx: ReadTx,
    by: UserId,
    account: Account,
    given: list[Grant],
    people: dict[UserId, User],
    sources: _Sources,
) -> AccountSheet:
    assigned = [sources.of(people[g.user_id], g) for g in given if g.user_id in people]
    found = views_of(tx, by, account.id, {user.id: user.name for user in people.values()})
    first = next((v for v in found if v.is_in_use), found[0] if found else None)
    sign_in = first.sign_in if first else None
    return AccountSheet(
        account=account,
        sync=sync_states.get(tx, account.id),
        assigned=tuple(sorted(assigned, key=lambda a: (a.user.name.casefold(), a.user.id))),
        teams=tuple((team, team.grants[account.id]) for team in sources.teams if account.id in team.grants),
        sign_in=sign_in,
        signed_in_by=people.get(sign_in.user_id) if sign_in and sign_in.user_id else None,
        sign_ins=tuple(found),
        approval=approvals.waiting(tx).get(account.id),
    )


def set_options(
    tx: Tx,
    by: UserId,
    account_id: AccountId,
    *,
    name: str | None = None,
    is_active: bool | None = None,
    is_vip: bool | None = None,
    now: datetime,
) -> None:
    """Change the e-mail name, whether new mail is fetched, and whether the mailbox is VIP (``access.vip``);
    None leaves as it is.
    """
    require_settings(tx, by)
    old = _existing(tx, account_id)
    new_name = old.name if name is None else _check_name(name)
    new_active = old.is_active if is_active is None else is_active
    if old.is_internal and not new_active:
        raise Invalid("is_active", "not_external", "Nothing is fetched for an internal mailbox.")
    new_vip = old.is_vip if is_vip is None else is_vip
    if (new_name, new_active, new_vip) == (old.name, old.is_active, old.is_vip):
        return
    accounts.set_options(tx, account_id, name=new_name, is_active=new_active)
    accounts.set_vip(tx, account_id, is_vip=new_vip)
    if new_active != old.is_active:
        subscriptions.set_due(tx, account_id, now)
    if new_active and not old.is_active and old.state is AccountState.CONNECTED:
        sync_states.wake(tx, account_id, now)
    told: list[tuple[str, Any, Any]] = [
        ("name", old.name, new_name),
        ("is_active", old.is_active, new_active),
        ("is_vip", old.is_vip, new_vip),
    ]
    before = {option: was for option, was, becomes in told if was != becomes}
    changed = {option: becomes for option, _, becomes in told if option in before}
    audit.record(
        tx, now, by, "account.changed", account_id, subject=old.address, changed=changed, before=before
    )


def require_disconnectable(tx: ReadTx, by: Asker, account_id: AccountId) -> Account:
    """The account, if ``disconnect`` would disconnect it; raises as that does."""
    require_settings(tx, by.user)
    account = _existing(tx, account_id)
    if account.is_internal:
        raise Conflict("not_external", "An internal mailbox has no sign-in.")
    alerts.require_sender_kept(tx, by, account_id)
    return account


def require_standing(
    tx: ReadTx, by: Asker, account_id: AccountId, *, deletes_archive: bool, ring: KeyRing
) -> None:
    """Raises as ``require_proof`` where traces or alerts end with the account."""
    alerts.require_sender_kept(tx, by, account_id)
    archive.require_standing(tx, by, account_id, deletes=deletes_archive, ring=ring)


def require_deletable(
    tx: ReadTx, by: UserId, account_id: AccountId, typed: str, *, discards_waiting: bool
) -> Account:
    """The account, if ``delete`` would delete it; raises as that does."""
    require_settings(tx, by)
    account = _existing(tx, account_id)
    if not is_same_address(typed, account.address):
        raise Invalid("address", "address_mismatch", "The address typed is not this mailbox's.")
    waiting = _waiting(tx, account_id)
    if waiting and not discards_waiting:
        raise Conflict(
            "still_waiting", "Letters or changes of this mailbox are still to go to Microsoft.", **waiting
        )
    return account


def _waiting(tx: ReadTx, account: AccountId) -> dict[str, Any]:
    """What would be lost with the account here: ``letters``, the names of their ``writers``, ``changes``."""
    letters, changes = submissions.active_by(tx, account), writeback_ops.pending_count(tx, account)
    if not letters and not changes:
        return {}
    found = [users.get(tx, user) for user in letters if user is not None]
    writers = sorted(user.name for user in found if user is not None)
    return {"letters": sum(letters.values()), "writers": writers, "changes": changes}


def disconnect(tx: Tx, by: Asker, account_id: AccountId, now: datetime) -> None:
    """Forget the tokens, keep the mail: the account waits for a sign-in. Twice is the same as once.

    Conflict ``not_external``; as ``require_proof`` where alerts come from it.
    """
    account = require_disconnectable(tx, by, account_id)
    forgotten = sign_ins.destroy_of(tx, account_id)
    if not forgotten and account.state is AccountState.WAITING_FOR_SIGN_IN:
        return
    accounts.set_state(tx, account_id, AccountState.WAITING_FOR_SIGN_IN)
    audit.record(tx, now, by.user, "account.disconnected", account_id, subject=account.address)


def delete(
    tx: Tx,
    by: Asker,
    account_id: AccountId,
    typed: str,
    *,
    deletes_archive: bool,
    discards_waiting: bool,
    ring: KeyRing,
    now: datetime,
) -> list[UserId]:
    """Delete an account with all we hold of it, but for its archive; return whose access ended.

    ``typed`` must be its address (Invalid ``address_mismatch``), so that nobody
    deletes the wrong one by a slip. Nothing changes at Microsoft; an internal
    mailbox's mail is nowhere else. ``deletes_archive``: its archive goes, too. ``discards_waiting``: so do
    letters and changes that are still to go, of which Conflict ``still_waiting`` tells otherwise.
    Raises as ``require_proof`` where an archive goes, or one that is on ends, and where alerts come from it.
    """
    account = require_deletable(tx, by.user, account_id, typed, discards_waiting=discards_waiting)
    waiting = _waiting(tx, account_id)
    lost = {name: waiting[name] for name in ("letters", "changes") if waiting.get(name)}
    alerts.require_sender_kept(tx, by, account_id)
    archive.end_with_account(tx, by, account, deletes=deletes_archive, ring=ring, now=now)
    assigned, about = grants.users_of(tx, account_id), share_notifications.shared(tx, account)
    accounts.destroy(tx, account_id)
    audit.record(tx, now, by.user, "account.deleted", account_id, subject=account.address, **lost)
    for grant in assigned:
        share_notifications.note(tx, by.user, grant.user_id, about, grant.level, None, now)
    return [grant.user_id for grant in assigned]


def my_accounts(tx: ReadTx, user: UserId) -> list[MyAccount]:
    """The accounts the user is assigned to, by address."""
    names = {u.id: u.name for u in users.list_all(tx) if u.is_active}
    waiting = approvals.waiting(tx)
    mine = [
        MyAccount(
            account=account,
            level=grant.level,
            sync=sync_states.get(tx, account.id),
            readers=readers(tx, account.id, names),
            may_sign_in=may_sign_in(tx, user, account, grant.level),
            lost=tuple(
                found
                for found in views_of(tx, user, account.id, names)
                if found.sign_in.state is SignInState.LOST
            ),
            sees_all=vip.sees_all(vip.reach(tx, user, account.id)),
            approval=waiting.get(account.id),
        )
        for grant in grants.accounts_of(tx, user)
        if (account := accounts.get(tx, grant.account_id)) is not None
    ]
    return sorted(mine, key=lambda m: m.account.address.casefold())


def readers(tx: ReadTx, account: AccountId, names: dict[UserId, str] | None = None) -> tuple[str, ...]:
    """The names of all active users who can read the account, in order."""
    known = names or {u.id: u.name for u in users.list_all(tx) if u.is_active}
    found = [known[g.user_id] for g in grants.users_of(tx, account) if g.user_id in known]
    return tuple(sorted(found, key=str.casefold))


def labels(tx: ReadTx) -> dict[UserId, str]:
    """What the audit trail calls the active users."""
    return {user.id: user.label for user in users.list_all(tx) if user.is_active}


def require_confirmed(tx: ReadTx, account: AccountId, *, is_confirmed: bool) -> None:
    """Refuse until somebody has confirmed who will be able to read the account, naming them."""
    if not is_confirmed:
        raise Invalid(
            "confirm",
            "confirmation_needed",
            "Confirm that these people will be able to read all mail of this mailbox.",
            names=list(readers(tx, account)),
        )


def require_reader(tx: ReadTx, user: UserId, account_id: AccountId) -> Account:
    """The account, if the user is assigned to it."""
    require(tx, user, account_id, Level.READ)
    return _existing(tx, account_id)


def may_sign_in(tx: ReadTx, user: UserId, account: Account, level: Level) -> bool:
    """Whether a user with this level may sign in at Microsoft for the account.

    While it isn't connected, everybody assigned may. A sign-in that works is
    replaced only by who manages the mailbox or has the right to the settings.
    """
    if account.type is not AccountType.GRAPH:
        return False
    if account.state is not AccountState.CONNECTED or level >= Level.MANAGE:
        return True
    return has_settings(tx, user)


def require_may_sign_in(tx: ReadTx, user: UserId, account_id: AccountId, wish: Wish) -> Account:
    """The account; NotAllowed ``needs_level`` where ``may_sign_in`` says no. Other types are let through.

    A reserve, or a lost sign-in in its place, replaces nothing that works: others may give these.
    """
    account = require_reader(tx, user, account_id)
    require_wish(tx, user, account, wish)
    if wish.is_reserve or wish.renews is not None:
        return account
    held = grants.level(tx, user, account_id)
    assert held is not None  # a reader has one
    if account.type is AccountType.GRAPH and not may_sign_in(tx, user, account, held):
        raise NotAllowed(
            "needs_level",
            "This mailbox is connected. Replacing its sign-in needs the right to manage it.",
            needed=Level.MANAGE.name.lower(),
            held=held.name.lower(),
        )
    return account


def require_folder(tx: ReadTx, user: UserId, account_id: AccountId, folder_id: FolderId | None) -> FolderId:
    """The folder, if it is one of this account, to which the user is assigned."""
    require_reader(tx, user, account_id)
    if folder_id is None or folders.get(tx, account_id, folder_id) is None:
        raise NotFound("no_such_folder", "There is no such folder.")
    return folder_id


def wake(tx: Tx, user: UserId, account_id: AccountId, now: datetime) -> None:
    """The refresh button: the next pull is due now. Nothing happens while there is no sign-in."""
    account = require_reader(tx, user, account_id)
    if account.state is AccountState.CONNECTED and account.is_active and not account.is_internal:
        sync_states.wake(tx, account_id, now)


def _existing(tx: ReadTx, account_id: AccountId) -> Account:
    account = accounts.get(tx, account_id)
    if account is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    return account


def _check_name(text: str) -> str:
    name = text.strip()
    if len(name) > MAX_NAME or (name and not name.isprintable()):
        raise Invalid("name", "invalid_name", f"A name has at most {MAX_NAME} characters in one line.")
    return name
