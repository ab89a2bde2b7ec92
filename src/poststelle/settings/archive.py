"""The archive of a mailbox as administrators turn it on and off, and how long it keeps what it holds.

Everything here needs the right for the settings: an archive holds all of a mailbox's mail, and nobody reads
it by being assigned to the mailbox.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import months_earlier
from poststelle.mail import archiving
from poststelle.model.account import Account
from poststelle.model.archive import EntryKind
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.settings.address import is_same_address
from poststelle.store import accounts, archive, assignments, audit
from poststelle.store.archive import Archive, Reach
from poststelle.store.tx import ReadTx, Tx

MOST_MONTHS = 1200


@dataclass(frozen=True, slots=True)
class ArchiveSheet:
    """What the settings pages show of an archive. ``is_there``: its mailbox is.
    ``is_vip``: it shows nobody what came while they were not assigned.

    ``archive`` None: the mailbox has none.
    """

    account_id: AccountId
    address: str
    is_there: bool
    is_vip: bool
    archive: Archive | None
    reach: Reach | None


def sheets(tx: ReadTx, by: UserId) -> list[ArchiveSheet]:
    """All archives, also of mailboxes that were deleted here, by address."""
    require_settings(tx, by)
    there = {account.id: account for account in accounts.list_all(tx)}
    found = [_sheet(tx, one.account_id, there.get(one.account_id), one) for one in archive.list_all(tx)]
    return sorted(found, key=lambda one: (one.address.casefold(), one.account_id))


def sheet(tx: ReadTx, by: UserId, account_id: AccountId) -> ArchiveSheet:
    """Of a mailbox, or of one that was. Raises NotFound."""
    require_settings(tx, by)
    account, found = accounts.get(tx, account_id), archive.get(tx, account_id)
    if account is None and found is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    return _sheet(tx, account_id, account, found)


def turn_on(
    tx: Tx, by: UserId, account_id: AccountId, *, with_old: bool, ring: KeyRing, now: datetime
) -> None:
    """Archive what comes from now on; ``with_old``: and all that is here already.

    Where it is on, ``with_old`` begins going through what is here anew; what is in it already is not put in
    twice.
    """
    require_settings(tx, by)
    account = _existing(tx, account_id)
    found = archive.get(tx, account_id)
    is_on = found is not None and found.is_on
    if is_on and not with_old:
        return
    if not is_on:
        archive.turn_on(tx, account_id, account.address, now)
        archiving.begin(tx, ring, account_id, now)
    if with_old:
        archive.begin_fill(tx, account_id)
    audit.record(tx, now, by, "archive.turned_on", account_id, subject=account.address, with_old=with_old)


def turn_off(tx: Tx, by: UserId, account_id: AccountId, *, ring: KeyRing, now: datetime) -> None:
    """Archive nothing more; what it holds stays, and what was noted before is still put in."""
    require_settings(tx, by)
    account = _existing(tx, account_id)
    found = archive.get(tx, account_id)
    if found is None or not found.is_on:
        return
    archive.turn_off(tx, account_id, account.address, now)
    archiving.note(tx, ring, account_id, EntryKind.OFF, now)
    audit.record(tx, now, by, "archive.turned_off", account_id, subject=account.address)


def set_months(
    tx: Tx,
    by: UserId,
    account_id: AccountId,
    months: int | None,
    *,
    is_confirmed: bool,
    ring: KeyRing,
    now: datetime,
) -> None:
    """Keep each entry so long, counted from when it was put in; None: for ever.

    Invalid ``invalid_months``, and ``removal_not_confirmed`` (with ``removes``) where entries go and nobody
    has said that they may.
    """
    require_settings(tx, by)
    found = _archive(tx, account_id)
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise Invalid("keep_months", "invalid_months", f"From 1 to {MOST_MONTHS} months, or for ever.")
    if months == found.keep_months:
        return
    removes = 0 if months is None else archive.count_before(tx, account_id, months_earlier(now, months))
    if removes and not is_confirmed:
        raise Invalid(
            "confirm",
            "removal_not_confirmed",
            "Confirm that what is older is removed from the archive for good.",
            removes=removes,
        )
    archive.set_months(tx, account_id, months)
    archiving.keep_months(tx, ring, account_id, months, now)
    changed: dict[str, Any] = {"before": found.keep_months, "after": months, "removes": removes}
    audit.record(tx, now, by, "archive.keeping_changed", account_id, subject=found.address, **changed)


def end_with_account(
    tx: Tx, by: UserId, account: Account, *, deletes: bool, ring: KeyRing, now: datetime
) -> None:
    """The mailbox is about to be deleted here: its archive stays, or is deleted, too.

    What waits is put in later, as far as it is known here; what was never noted goes with the mailbox. Who
    was assigned when stays known beside an archive: that of a VIP mailbox is for those alone.
    """
    found = archive.get(tx, account.id)
    if found is None:
        assignments.forget(tx, account.id)
        return
    if deletes:
        _destroy(tx, by, found, ring, now)
        return
    assignments.end_with_account(tx, account.id, now)
    archive.set_vip(tx, account.id, was_vip=account.is_vip)
    archive.keep_all(tx, account.id)
    archive.turn_off(tx, account.id, account.address, now)
    left = found.fill_total - found.fill_passed if found.fill_below is not None else 0
    archiving.note(tx, ring, account.id, EntryKind.OFF, now, why="mailbox_deleted", never_noted=max(left, 0))


def destroy(tx: Tx, by: UserId, account_id: AccountId, typed: str, *, ring: KeyRing, now: datetime) -> None:
    """Delete the archive of a mailbox that was deleted here. ``typed`` must be its address.

    Invalid ``address_mismatch``; Conflict ``mailbox_is_there``.
    """
    require_settings(tx, by)
    found = _archive(tx, account_id)
    if accounts.get(tx, account_id) is not None:
        raise Conflict("mailbox_is_there", "The archive of a mailbox is deleted together with the mailbox.")
    if not is_same_address(typed, found.address):
        raise Invalid("address", "address_mismatch", "The address typed is not this mailbox's.")
    _destroy(tx, by, found, ring, now)


def end_vip(tx: Tx, by: UserId, account_id: AccountId, now: datetime) -> None:
    """From now on an archive is for all administrators, though its mailbox was VIP when it was deleted here.

    While the mailbox is there, its option decides: Conflict ``mailbox_is_there``.
    """
    require_settings(tx, by)
    found = _archive(tx, account_id)
    if accounts.get(tx, account_id) is not None:
        raise Conflict("mailbox_is_there", "While the mailbox is there, its option VIP decides.")
    if archive.was_vip(tx, account_id):
        archive.set_vip(tx, account_id, was_vip=False)
        audit.record(tx, now, by, "archive.vip_ended", account_id, subject=found.address)


def _destroy(tx: Tx, by: UserId, found: Archive, ring: KeyRing, now: datetime) -> None:
    archiving.destroy(tx, ring, found.account_id, now)
    assignments.forget(tx, found.account_id)
    last = "" if found.hash is None else found.hash.hex()
    told: dict[str, Any] = {"messages": found.messages, "entries": found.length, "hash": last}
    audit.record(tx, now, by, "archive.deleted", found.account_id, subject=found.address, **told)


def _sheet(tx: ReadTx, account_id: AccountId, account: Account | None, found: Archive | None) -> ArchiveSheet:
    address = account.address if account is not None else found.address if found is not None else ""
    reach = None if found is None else archive.reach(tx, account_id)
    is_vip = archive.was_vip(tx, account_id) if account is None else account.is_vip
    return ArchiveSheet(account_id, address, account is not None, is_vip, found, reach)


def _existing(tx: ReadTx, account_id: AccountId) -> Account:
    account = accounts.get(tx, account_id)
    if account is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    return account


def _archive(tx: ReadTx, account_id: AccountId) -> Archive:
    found = archive.get(tx, account_id)
    if found is None:
        raise NotFound("no_such_archive", "This mailbox has no archive.")
    return found
