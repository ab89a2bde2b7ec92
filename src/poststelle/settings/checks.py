"""Checks as people see and start them, and when the night's are made.

Who may read an account sees its proof, and so does who has the right to the
settings, without any mail in it; to start one needs the right to manage the account, or to the settings.
"""

from dataclasses import dataclass, replace
from datetime import datetime, time

from poststelle.access.rights import may_or_settings, require_or_settings, require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.account import AccountState
from poststelle.model.check import Check, CheckReason, Counters, Finding
from poststelle.model.errors import Conflict, NotAllowed, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.settings import change
from poststelle.settings.schema import CHECK_RATE, CHECK_TIME, Setting
from poststelle.store import accounts, audit, checks, counters, grants, settings, sync_states
from poststelle.store import history as store_history
from poststelle.store.tx import ReadTx, Tx

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of an account's completeness. ``as_of``: when all that was due had last been read.

    Mail received before ``history_from`` is meant on neither side (None: all is).
    """

    as_of: datetime | None
    history_from: datetime | None
    counters: Counters
    under_way: Check | None
    last: Check | None
    may_check: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """When the night's checks begin, by the server's clock, and how many requests a minute each may make."""

    time: time
    requests_a_minute: int


def proof(tx: ReadTx, user: UserId, account: AccountId) -> Proof:
    require_or_settings(tx, user, account, Level.READ)
    return Proof(
        as_of=sync_states.get(tx, account).last_synced_at,
        history_from=store_history.since(tx, account),
        counters=counters.compare(tx, account),
        under_way=checks.open_of(tx, account),
        last=checks.last_of(tx, account),
        may_check=may_or_settings(tx, user, account, Level.MANAGE),
    )


def history(tx: ReadTx, user: UserId, account: AccountId) -> list[Check]:
    """The account's checks, the newest first."""
    require_or_settings(tx, user, account, Level.READ)
    return checks.list_all(tx, account, SHOWN)


def findings(tx: ReadTx, user: UserId, account: AccountId, check: int) -> list[Finding]:
    """What one check found, one by one; [] for one so old that only its sums are kept.

    Who isn't assigned learns of each only what it is: folders and subjects are mail.
    """
    require_or_settings(tx, user, account, Level.READ)
    if checks.get(tx, account, check) is None:
        raise NotFound("no_such_check", "There is no such check.")
    found = checks.findings(tx, account, check)
    if grants.level(tx, user, account) is None:
        return [replace(f, folder="", subject="", remote_id=None, message_id=None) for f in found]
    return found


def start(tx: Tx, user: UserId, account: AccountId, now: datetime) -> Check:
    """Have the account checked now; the check that is under way where there is one.

    Conflict ``not_connected`` while there is no sign-in, and for a mailbox that is inactive or internal.
    """
    require_or_settings(tx, user, account, Level.READ)
    if not may_or_settings(tx, user, account, Level.MANAGE):
        held = grants.level(tx, user, account) or Level.READ
        raise NotAllowed(
            "needs_level",
            "Checking a mailbox needs the right to manage it, or to the basic settings.",
            needed=Level.MANAGE.name.lower(),
            held=held.name.lower(),
        )
    found = accounts.get(tx, account)
    is_compared = found is not None and found.is_active and not found.is_internal
    if found is None or not is_compared or found.state is not AccountState.CONNECTED:
        raise Conflict("not_connected", "This mailbox is not connected: there is nothing to compare it with.")
    if checks.open_of(tx, account) is None:
        audit.record(tx, now, user, "check.asked", account, subject=found.address)
    return checks.want(tx, account, CheckReason.ASKED, user, now)


def plan(tx: ReadTx) -> Plan:
    """The plan as it is set."""
    return Plan(time.fromisoformat(_text(tx, CHECK_TIME)), int(_text(tx, CHECK_RATE)))


def show_plan(tx: ReadTx, by: UserId) -> Plan:
    require_settings(tx, by)
    return plan(tx)


def save_plan(
    tx: Tx, by: UserId, ring: KeyRing, *, time: str | None, requests_a_minute: int | None, now: datetime
) -> Plan:
    """Change the plan; None leaves as it is. Invalid ``invalid_time``, ``invalid_rate``."""
    require_settings(tx, by)
    wanted = {CHECK_TIME: time, CHECK_RATE: None if requests_a_minute is None else str(requests_a_minute)}
    checked = {setting: setting.check(text.strip()) for setting, text in wanted.items() if text is not None}
    for setting, text in checked.items():
        change.write(tx, ring, setting, text, by=by, now=now)
    return plan(tx)


def _text(tx: ReadTx, setting: Setting) -> str:
    stored = settings.get(tx, setting.key)
    return str(setting.default if stored is None else stored.value)
