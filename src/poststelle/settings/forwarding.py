"""Forwarding of a mailbox, which the provider keeps and does. What is stored here is that it was refused.

Set or not, an organisation may forbid it: the provider then returns each message to the mailbox, and
``submission.reports`` notes that until forwarding is set again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from poststelle.access.rights import Gate, may_or_settings
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.providers.errors import ProviderError
from poststelle.providers.forwarding import Forwarding, Forwards
from poststelle.settings.address import check_address
from poststelle.settings.at_provider import ProviderDesk, told
from poststelle.store import accounts, audit, forwarding_refusals
from poststelle.store.tx import ReadTx, Tx

MOST_ADDRESSES = 20
_WHAT = "forwarding"


@dataclass(frozen=True, slots=True)
class ForwardsView:
    """``outside``: those of ``ours`` that are not of the mailbox's domain. ``refused_at``: when the provider
    last returned mail because the organisation lets none be sent on to others."""

    forwards: Forwards
    outside: Sequence[str]
    refused_at: datetime | None
    may_change: bool


@dataclass(frozen=True, slots=True)
class _Known:
    address: str
    refused_at: datetime | None
    may_change: bool


async def get(desk: ProviderDesk, user: UserId, account: AccountId) -> ForwardsView:
    """As the provider has it now, for who reads the mailbox and for administrators.

    Raises NotFound as ever, Conflict as ``at_provider.told`` says.
    """
    known = await desk.store.read(_look, desk.gate, user, account)
    try:
        forwards = await (await desk.open_remote(account)).forwards()
    except ProviderError as error:
        raise told(error, _WHAT) from error
    to = forwards.ours.to if forwards.ours else ()
    outside = [address for address in to if _domain(address) != _domain(known.address)]
    return ForwardsView(forwards, outside, known.refused_at, known.may_change)


async def change(desk: ProviderDesk, user: UserId, account: AccountId, wanted: Forwarding) -> ForwardsView:
    """Set it at the provider. Who manages the mailbox may, and administrators.

    Raises as ``get`` does, NotAllowed, and Invalid for ``to``: ``invalid_address``, ``too_many_people``,
    ``own_address`` (it would go round), ``members_missing`` where it is on and leads nowhere.
    """
    own = await desk.store.read(_require_change, desk.gate, user, account)
    wanted = _checked(wanted, own)
    try:
        remote = await desk.open_remote(account)
        before = (await remote.forwards()).ours
        if before != wanted:
            await remote.set_forwarding(wanted)
    except ProviderError as error:
        raise told(error, _WHAT) from error
    await desk.store.write(_record, user, account, own, before, wanted, desk.clock.now())
    return await get(desk, user, account)


def _look(tx: ReadTx, gate: Gate, user: UserId, account: AccountId) -> _Known:
    gate(tx, user, account, Level.READ)
    may_change = may_or_settings(tx, user, account, Level.MANAGE)
    return _Known(_address(tx, account), forwarding_refusals.get(tx, account), may_change)


def _require_change(tx: ReadTx, gate: Gate, user: UserId, account: AccountId) -> str:
    """The mailbox's address."""
    gate(tx, user, account, Level.MANAGE)
    return _address(tx, account)


def _address(tx: ReadTx, account: AccountId) -> str:
    found = accounts.get(tx, account)
    if found is None:
        raise NotFound("no_such_account", "There is no such mailbox.")
    return found.address


def _checked(wanted: Forwarding, own: str) -> Forwarding:
    by_key = {accounts.key_of(a): a for a in (check_address(text, "to") for text in wanted.to)}
    if accounts.key_of(own) in by_key:
        raise Invalid("to", "own_address", "A mailbox cannot forward to itself.")
    if len(by_key) > MOST_ADDRESSES:
        raise Invalid("to", "too_many_people", f"At most {MOST_ADDRESSES} addresses.", limit=MOST_ADDRESSES)
    if wanted.is_enabled and not by_key:
        raise Invalid("to", "members_missing", "Enter an address that mail is forwarded to.")
    return Forwarding(wanted.is_enabled, tuple(by_key.values()), wanted.keeps_copy, wanted.manner)


def _record(
    tx: Tx,
    user: UserId,
    account: AccountId,
    address: str,
    before: Forwarding | None,
    after: Forwarding,
    now: datetime,
) -> None:
    """Also what was there already is noted: somebody wanted it so, and a refusal is to be seen anew."""
    forwarding_refusals.destroy(tx, account)
    audit.record(
        tx,
        now,
        user,
        "account.forwarding_changed",
        account,
        subject=address,
        before=_said(before),
        after=_said(after),
    )


def _said(forwarding: Forwarding | None) -> dict[str, Any] | None:
    if forwarding is None or not forwarding.to:
        return None
    return {
        "is_enabled": forwarding.is_enabled,
        "to": forwarding.to,
        "keeps_copy": forwarding.keeps_copy,
        "manner": forwarding.manner.value,
    }


def _domain(address: str) -> str:
    return address.rpartition("@")[2].casefold()
