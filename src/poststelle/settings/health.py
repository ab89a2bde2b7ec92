"""How everything is doing, for administrators: each mailbox, the program, and what needs a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.account import Account, AccountState, SyncState
from poststelle.model.check import Check, Counters
from poststelle.model.health import Machine, Process
from poststelle.model.ids import AccountId, UserId
from poststelle.model.user import SignIn, SignInKind, SignInState
from poststelle.model.webhook import Backlog
from poststelle.settings import integrity, warnings
from poststelle.settings.integrity import Integrity
from poststelle.settings.microsoft import Preset
from poststelle.settings.warnings import DIES_AFTER, Warned
from poststelle.store import (
    accounts,
    backups,
    checks,
    counters,
    holders,
    sign_ins,
    sync_states,
    troubles,
    webhooks,
)
from poststelle.store.troubles import Queue
from poststelle.store.tx import ReadTx


class Grade(StrEnum):
    """``attention``: something waits or will end, nothing is lost. ``off``: nobody wants it to work."""

    GOOD = "good"
    ATTENTION = "attention"
    BAD = "bad"
    OFF = "off"


_RANK = {Grade.BAD: 0, Grade.ATTENTION: 1, Grade.GOOD: 2, Grade.OFF: 3}
_ATTENTION = frozenset(
    {
        "sign_in_idle",
        "sign_in_lost",
        "changes_wait",
        "check_overdue",
        "forwarding_refused",
        "archive_behind",
        "archive_broken",
    }
)


@dataclass(frozen=True, slots=True)
class AccountHealth:
    """``kinds`` of what needs a person.

    ``signs_in_until``: when the sign-in in use ends unless it is renewed, which happens by itself; None: it
    has no end, or there is none. ``reserves`` stand by behind it.
    """

    account: Account
    grade: Grade
    kinds: tuple[str, ...]
    sync: SyncState
    queue: Queue | None
    counters: Counters
    last_check: Check | None
    signs_in_until: datetime | None
    reserves: int


@dataclass(frozen=True, slots=True)
class Health:
    """``processes``: all that run, the eldest first; ``machine`` is the one that was asked.

    ``webhooks``: of records, by name. ``backed_up_at``: when the newest backup was whole; None: none was
    ever made with our command. ``integrity``: whether the audit trail and the archives are what they were.
    """

    machine: Machine
    processes: tuple[Process, ...]
    accounts: tuple[AccountHealth, ...]
    warned: tuple[Warned, ...]
    webhooks: tuple[Backlog, ...]
    backed_up_at: datetime | None
    integrity: Integrity


def look(tx: ReadTx, by: UserId, *, ring: KeyRing, preset: Preset, machine: Machine, now: datetime) -> Health:
    """Raises NotAllowed without the right to the settings."""
    require_settings(tx, by)
    return take(tx, ring=ring, preset=preset, machine=machine, now=now)


def take(tx: ReadTx, *, ring: KeyRing, preset: Preset, machine: Machine, now: datetime) -> Health:
    """As ``look``, for our own program; the worst mailboxes first, then by address."""
    warned = warnings.found(tx, ring=ring, preset=preset, machine=machine, now=now)
    kinds: dict[AccountId | None, list[str]] = {}
    for one in warned:
        kinds.setdefault(one.account, []).append(one.kind)
    queues = troubles.queues(tx, now)
    found = [
        _account(tx, account, kinds.get(account.id, []), queues.get(account.id))
        for account in accounts.list_all(tx)
        if not account.is_internal
    ]
    processes = tuple(holders.list_all(tx))
    ordered, whole = tuple(sorted(found, key=_order)), integrity.look(tx, ring, now)
    return Health(
        machine, processes, ordered, tuple(warned), tuple(webhooks.backlogs(tx)), backups.last(tx), whole
    )


def _account(tx: ReadTx, account: Account, kinds: list[str], queue: Queue | None) -> AccountHealth:
    working = [s for s in sign_ins.list_of(tx, account.id) if s.state is SignInState.ACTIVE]
    return AccountHealth(
        account=account,
        grade=_grade(account, kinds),
        kinds=tuple(kinds),
        sync=sync_states.get(tx, account.id),
        queue=queue,
        counters=counters.compare(tx, account.id),
        last_check=checks.last_of(tx, account.id),
        signs_in_until=_until(working[:1]),
        reserves=max(0, len(working) - 1),
    )


def _grade(account: Account, kinds: list[str]) -> Grade:
    if not account.is_active or account.state is AccountState.WAITING_FOR_SIGN_IN:
        return Grade.OFF
    if not kinds:
        return Grade.GOOD
    return Grade.ATTENTION if set(kinds) <= _ATTENTION else Grade.BAD


def _until(in_use: Iterable[SignIn]) -> datetime | None:
    """A refresh token's life without use; an application needs none."""
    ends = [s.refreshed_at + DIES_AFTER for s in in_use if s.kind is not SignInKind.APPLICATION]
    return ends[0] if ends else None


def _order(health: AccountHealth) -> tuple[int, str]:
    return _RANK[health.grade], health.account.address.casefold()
