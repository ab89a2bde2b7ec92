"""Whether a mailbox's messages become activity records and how long those are kept, as those who manage it
choose; and the erasing of all records of one contact, by administrators.
"""

from datetime import datetime
from typing import Any

from poststelle.access.rights import require_or_settings, require_settings
from poststelle.lib.clock import months_earlier
from poststelle.mail import forgetting, recording
from poststelle.mail.forgetting import Forgotten
from poststelle.model.account import Account
from poststelle.model.errors import Invalid
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.settings.schema import MOST_MONTHS
from poststelle.store import accounts, activities, audit, erasures, webhooks
from poststelle.store.activities import Recording
from poststelle.store.tx import ReadTx, Store, Tx

_AT_ONCE = 200
_LONGEST_ADDRESS = 320


def get(tx: ReadTx, by: UserId, account: AccountId) -> Recording | None:
    """None: it was never turned on. For all assigned to the mailbox."""
    require_or_settings(tx, by, account, Level.READ)
    return activities.recording(tx, account)


def told_to(tx: ReadTx, by: UserId, account: AccountId) -> list[str]:
    """The names of the webhooks that the mailbox's records are passed on to, for all assigned to it."""
    require_or_settings(tx, by, account, Level.READ)
    told = set(webhooks.of_account(tx, account))
    return [one.name for one in webhooks.list_all(tx) if one.id in told and one.paused_at is None]


def may_change(tx: ReadTx, by: UserId, account: AccountId) -> None:
    """Raises unless they manage the mailbox or may the settings."""
    require_or_settings(tx, by, account, Level.MANAGE)


def turn(tx: Tx, by: UserId, account: AccountId, *, is_on: bool, now: datetime) -> None:
    """From now on messages become records, or no more; records that there are stay. Needs level manage."""
    held = _managed(tx, by, account)
    before = activities.recording(tx, account)
    if held is None or (before is not None and before.is_on) == is_on:
        return
    activities.set_recording(tx, account, is_on=is_on, at=now)
    action = "recording.turned_on" if is_on else "recording.turned_off"
    audit.record(tx, now, by, action, account, subject=held.address)


def set_months(
    tx: Tx, by: UserId, account: AccountId, months: int | None, *, is_confirmed: bool, now: datetime
) -> None:
    """Keep each record so long, counted from when its message came or went; None: for ever.

    Needs level manage. Invalid ``invalid_months``, and ``removal_not_confirmed`` (with ``removes``) where
    records go and nobody has said that they may; ``not_recorded`` where none were ever made.
    """
    held, found = _managed(tx, by, account), activities.recording(tx, account)
    if months is not None and not 1 <= months <= MOST_MONTHS:
        raise Invalid("keep_months", "invalid_months", f"From 1 to {MOST_MONTHS} months, or for ever.")
    if held is None or months == (None if found is None else found.keep_months):
        return
    if found is None:
        message = "This mailbox has no activity records: have its messages recorded first."
        raise Invalid("keep_months", "not_recorded", message)
    removes = 0 if months is None else erasures.count_before(tx, account, months_earlier(now, months))
    if removes and not is_confirmed:
        message = "Confirm that records that are older are removed for good."
        raise Invalid("confirm", "removal_not_confirmed", message, removes=removes)
    activities.set_months(tx, account, months)
    changed: dict[str, Any] = {"before": found.keep_months, "after": months, "removes": removes}
    audit.record(tx, now, by, "recording.keeping_changed", account, subject=held.address, **changed)


async def erase_contact(store: Store, by: UserId, email: str, now: datetime) -> Forgotten:
    """Erase the records of everything that came from this address or went to it, in all mailboxes.

    A record of several contacts stays for the others, without this one. The messages themselves stay; those
    that were recorded become no records again, later ones do. Webhooks are told. Cut off, it goes on when it
    is asked for again. Raises NotAllowed without the right to the settings, Invalid ``invalid_address``.
    """
    key = await store.read(_key_to_erase, by, email)
    while await store.write(recording.take_down, _AT_ONCE, now):
        pass  # what waits names people, too
    erased = changed = 0
    for account in await store.read(_recorded):
        while sum(some := await store.write(_erase_some, by, account, key, now)):
            erased, changed = erased + some.erased, changed + some.changed
    await store.write(_note_erasing, by, erased, changed, now)
    return Forgotten(erased, changed)


def _erase_some(tx: Tx, by: UserId, account: AccountId, key: str, now: datetime) -> Forgotten:
    """A portion, with its entry in the mailbox's chain: so none goes without one, whatever happens then."""
    require_settings(tx, by)
    some = forgetting.forget_contact(tx, account, key, now, _AT_ONCE)
    if sum(some):
        audit.record(tx, now, by, "records.erased", account, erased=some.erased, changed=some.changed)
    return some


def _note_erasing(tx: Tx, by: UserId, erased: int, changed: int, now: datetime) -> None:
    audit.record(tx, now, by, "records.contact_erased", erased=erased, changed=changed)


def _key_to_erase(tx: ReadTx, by: UserId, email: str) -> str:
    """Mail comes from more addresses than may be entered elsewhere: what has an @ is one."""
    require_settings(tx, by)
    address = email.strip()
    if "@" not in address or len(address) > _LONGEST_ADDRESS:
        message = "Enter the complete address, for example anna@example.org."
        raise Invalid("email", "invalid_address", message, reason="missing_at" if address else "empty")
    return accounts.key_of(address)


def _recorded(tx: ReadTx) -> list[AccountId]:
    return list(activities.recordings(tx))


def _managed(tx: ReadTx, by: UserId, account: AccountId) -> Account | None:
    """None: it has just been deleted."""
    require_or_settings(tx, by, account, Level.MANAGE)
    return accounts.get(tx, account)
