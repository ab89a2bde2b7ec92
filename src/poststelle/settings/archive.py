"""The archive of a mailbox as administrators turn it on and off, and how long it keeps what it holds.

Everything here needs the right for the settings: an archive holds all of a mailbox's mail, and nobody reads
it by being assigned to the mailbox.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from poststelle.access.rights import Asker, require_proof, require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.lib.clock import months_earlier
from poststelle.mail import archiving
from poststelle.model.account import Account
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.settings import integrity, seals
from poststelle.settings.address import is_same_address
from poststelle.settings.integrity import Integrity, Proven
from poststelle.store import accounts, archive, assignments, audit
from poststelle.store.archive import Archive, Reach
from poststelle.store.proofs import Fault
from poststelle.store.tx import ReadTx, Tx

MOST_MONTHS = 1200


@dataclass(frozen=True, slots=True)
class ArchiveSheet:
    """What the settings pages show of an archive. ``is_there``: its mailbox is.
    ``is_vip``: it shows nobody what came while they were not assigned.

    ``archive`` None: the mailbox has none, or it is missing (``is_gone``). ``broken``: what is known to be
    wrong with it; ``proven``: what the last proof of all of it came to.
    """

    account_id: AccountId
    address: str
    is_there: bool
    is_vip: bool
    archive: Archive | None
    reach: Reach | None
    broken: tuple[Fault, ...] = ()
    proven: Proven | None = None

    @property
    def is_gone(self) -> bool:
        """Whether there must be an archive, and is none."""
        return self.archive is None and bool(self.broken)


def sheets(tx: ReadTx, by: UserId, *, ring: KeyRing, now: datetime) -> list[ArchiveSheet]:
    """All archives, also of mailboxes that were deleted here, and those that are missing; by address."""
    require_settings(tx, by)
    there = {account.id: account for account in accounts.list_all(tx)}
    held = {one.account_id: one for one in archive.list_all(tx)}
    seen = integrity.look(tx, ring, now)
    found = [_sheet(tx, one, there.get(one), held.get(one), seen) for one in {*held, *seen.archives}]
    return sorted(found, key=lambda one: (one.address.casefold(), one.account_id))


def sheet(tx: ReadTx, by: UserId, account_id: AccountId, *, ring: KeyRing, now: datetime) -> ArchiveSheet:
    """Of a mailbox, or of one that was. Raises NotFound."""
    require_settings(tx, by)
    account, found = accounts.get(tx, account_id), archive.get(tx, account_id)
    seen = integrity.look(tx, ring, now)
    if account is None and found is None and account_id not in seen.archives:
        raise NotFound("no_such_account", "There is no such mailbox.")
    return _sheet(tx, account_id, account, found, seen)


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


def turn_off(tx: Tx, by: Asker, account_id: AccountId, *, ring: KeyRing, now: datetime) -> None:
    """Archive nothing more; what it holds stays, and what was noted before is still put in.

    Raises as ``require_proof``: what is not archived leaves no trace to be missed by.
    """
    require_settings(tx, by.user)
    account = _existing(tx, account_id)
    found = archive.get(tx, account_id)
    if found is None or not found.is_on:
        return
    require_proof(by)
    archive.turn_off(tx, account_id, account.address, now)
    archiving.end(tx, ring, account_id, now)
    audit.record(tx, now, by.user, "archive.turned_off", account_id, subject=account.address)


def set_months(
    tx: Tx,
    by: Asker,
    account_id: AccountId,
    months: int | None,
    *,
    is_confirmed: bool,
    ring: KeyRing,
    now: datetime,
) -> None:
    """Keep each entry so long, counted from when it was put in; None: for ever.

    Invalid ``invalid_months``, and ``removal_not_confirmed`` (with ``removes``) where entries go and nobody
    has said that they may; as ``require_proof`` for a shorter time than people have said so far.
    """
    require_settings(tx, by.user)
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
    if seals.is_shorter(months, archiving.said_months(tx, ring, account_id)):
        require_proof(by)
    archive.set_months(tx, account_id, months)
    archiving.keep_months(tx, ring, account_id, months, now)
    changed: dict[str, Any] = {"before": found.keep_months, "after": months, "removes": removes}
    audit.record(tx, now, by.user, "archive.keeping_changed", account_id, subject=found.address, **changed)


def require_standing(tx: ReadTx, by: Asker, account: AccountId, *, deletes: bool, ring: KeyRing) -> None:
    """Raises as ``require_proof`` where an archive goes with its mailbox, or one that is on ends with it: who
    deletes the mailbox and adds it anew would have turned it off.
    """
    found = archive.get(tx, account)
    if (found is not None and (deletes or found.is_on)) or (deletes and _is_gone(tx, ring, account)):
        require_proof(by)


def end_with_account(
    tx: Tx, by: Asker, account: Account, *, deletes: bool, ring: KeyRing, now: datetime
) -> None:
    """The mailbox is about to be deleted here: its archive stays, or is deleted, too.

    What waits is put in later, as far as it is known here; what was never noted goes with the mailbox. Who
    was assigned when stays known beside an archive: that of a VIP mailbox is for those alone. Raises as
    ``require_standing``.
    """
    found = archive.get(tx, account.id)
    require_standing(tx, by, account.id, deletes=deletes, ring=ring)
    if deletes and (found is not None or _is_gone(tx, ring, account.id)):
        _destroy(tx, by.user, account.id, account.address, ring, now)
        return
    if found is None:
        assignments.forget(tx, account.id)
        return
    assignments.end_with_account(tx, account.id, now)
    archive.set_vip(tx, account.id, was_vip=account.is_vip)
    archive.keep_all(tx, account.id)
    archive.turn_off(tx, account.id, account.address, now)
    left = found.fill_total - found.fill_passed if found.fill_below is not None else 0
    archiving.end(tx, ring, account.id, now, why="mailbox_deleted", never_noted=max(left, 0))


def destroy(tx: Tx, by: Asker, account_id: AccountId, typed: str, *, ring: KeyRing, now: datetime) -> None:
    """Delete the archive of a mailbox that was deleted here; of one that is missing, that there must be one.
    ``typed`` must be its address.

    Invalid ``address_mismatch``; Conflict ``mailbox_is_there``; as ``require_proof``.
    """
    require_settings(tx, by.user)
    found = archive.get(tx, account_id)
    if found is None and not _is_gone(tx, ring, account_id):
        raise NotFound("no_such_archive", "This mailbox has no archive.")
    address = integrity.address_of_gone(tx, account_id) if found is None else found.address
    if accounts.get(tx, account_id) is not None:
        raise Conflict("mailbox_is_there", "The archive of a mailbox is deleted together with the mailbox.")
    if not is_same_address(typed, address):
        raise Invalid("address", "address_mismatch", "The address typed is not this mailbox's.")
    require_proof(by)
    _destroy(tx, by.user, account_id, address, ring, now)


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


def _destroy(tx: Tx, by: UserId, account_id: AccountId, address: str, ring: KeyRing, now: datetime) -> None:
    found = archive.get(tx, account_id)
    archiving.destroy(tx, ring, account_id, now)
    assignments.forget(tx, account_id)
    told: dict[str, Any] = {"missing": True}
    if found is not None:
        last = "" if found.hash is None else found.hash.hex()
        told = {"messages": found.messages, "entries": found.length, "hash": last}
    audit.record(tx, now, by, "archive.deleted", account_id, subject=address, **told)


def _is_gone(tx: ReadTx, ring: KeyRing, account_id: AccountId) -> bool:
    sealed = archiving.known(tx, ring)
    return sealed is not None and account_id in archiving.gone(tx, sealed)


def _sheet(
    tx: ReadTx, account_id: AccountId, account: Account | None, found: Archive | None, seen: Integrity
) -> ArchiveSheet:
    if account is not None:
        address = account.address
    else:
        address = integrity.address_of_gone(tx, account_id) if found is None else found.address
    return ArchiveSheet(
        account_id=account_id,
        address=address,
        is_there=account is not None,
        is_vip=archive.was_vip(tx, account_id) if account is None else account.is_vip,
        archive=found,
        reach=None if found is None else archive.reach(tx, account_id),
        broken=seen.archives.get(account_id, ()),
        proven=seen.archives_proven.get(account_id),
    )


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
