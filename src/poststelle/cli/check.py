"""``poststelle check``: the proof of completeness on the command line, beside a running server or alone.

It carries the checks out itself; one that the server has in hand is waited for.
"""

import asyncio
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from poststelle import main as wiring
from poststelle.cli.console import prepare
from poststelle.config import Config
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock, SystemClock
from poststelle.model.account import Account, AccountState, AccountType
from poststelle.model.check import Check, CheckReason, CheckState, Counters
from poststelle.providers.errors import ProviderError, RetryLater
from poststelle.store import accounts, checks, counters
from poststelle.store.tx import Store
from poststelle.sync.check_lease import POLLS_TO_REST, Resting
from poststelle.sync.checker import Checker
from poststelle.sync.leased import Busy, LeaseLost

COMPLETE, DIFFERENT, UNCHECKED = 0, 1, 2
_AT_ONCE = 4
_LOOK_EVERY_S = 0.5
_PLAIN_WIDTH = 200

_REASONS = {
    "no_such_mailbox": "there is no such mailbox",
    "inactive": "switched off: nothing is fetched",
    "internal": "internal: there is nothing to compare it with",
    AccountState.WAITING_FOR_SIGN_IN.value: "waiting for its sign-in at Microsoft",
    AccountState.SIGN_IN_NEEDED.value: "somebody must sign in at Microsoft again",
    "gone": "deleted meanwhile",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mailbox's check; without ``check`` it could not be made, for this ``reason``."""

    address: str
    check: Check | None = None
    counters: Counters | None = None
    reason: str = ""

    @property
    def code(self) -> int:
        """How the program would end if this were the only mailbox."""
        if self.check is None or self.counters is None:
            return UNCHECKED
        if self.check.differences or self.counters.differences:
            return DIFFERENT
        return UNCHECKED if self.check.folders_left or self.check.undecided else COMPLETE


def run(config: Config, addresses: Sequence[str], *, patience_s: float) -> int:
    """Check the mailboxes, print a table; return the code to end with. Raises ConfigError."""
    prepare(config)
    outcomes = asyncio.run(_check_all(config, addresses, patience_s))
    console = Console(highlight=False)
    if not console.is_terminal:  # a log or another program: every mailbox in one line
        console = Console(highlight=False, width=_PLAIN_WIDTH)
    if not outcomes:
        console.print("There is no active mailbox to check.")
    else:
        console.print(_table(outcomes, SystemClock().now()))
    codes = {outcome.code for outcome in outcomes}
    return next((code for code in (DIFFERENT, UNCHECKED) if code in codes), COMPLETE)


async def _check_all(config: Config, addresses: Sequence[str], patience_s: float) -> list[Outcome]:
    async with wiring.build(config) as built:
        services = built.services
        # Not the server's name: its next start would take for its own what we have in hand.
        holder = f"{socket.gethostname()}:check:{os.getpid()}"
        rest_s = POLLS_TO_REST * config.poll_s
        checker = Checker(services.store, services.open_remote, services.clock, holder, rest_s=rest_s)
        one = _One(services.store, checker, services.clock, patience_s)
        turns = asyncio.Semaphore(_AT_ONCE)

        async def check(address: str, account: Account | None) -> Outcome:
            async with turns:
                return await one.check(address, account)

        wanted = await _wanted(services.store, addresses)
        return list(await asyncio.gather(*(check(address, account) for address, account in wanted)))


async def _wanted(store: Store, addresses: Sequence[str]) -> list[tuple[str, Account | None]]:
    """The mailboxes by address; None for an address that none has."""
    known = await store.read(accounts.list_all)
    if not addresses:
        return [(a.address, a) for a in known if a.type is AccountType.GRAPH and a.is_active]
    by_key = {accounts.key_of(account.address): account for account in known}
    return [(address, by_key.get(accounts.key_of(address.strip()))) for address in addresses]


class _One:
    """Checks one mailbox after the other."""

    def __init__(self, store: Store, checker: Checker, clock: Clock, patience_s: float) -> None:
        self._store, self._checker, self._clock, self._patience_s = store, checker, clock, patience_s

    async def check(self, address: str, account: Account | None) -> Outcome:
        """The whole check, waits included."""
        reason = _why_not(account)
        if account is None or reason:
            return Outcome(address, reason=reason)
        now = self._clock.now()
        wanted = await self._store.write(checks.want, account.id, CheckReason.ASKED, None, now)
        give_up_at = now + timedelta(seconds=self._patience_s)
        failures = 0
        while True:
            try:
                if not await self._checker.check(account.id, wanted.id):
                    await self._clock.sleep(_LOOK_EVERY_S)  # the server has it in hand
            except Resting as rest:
                await self._clock.sleep(max(0.0, (rest.until - self._clock.now()).total_seconds()))
            except LeaseLost:
                await self._clock.sleep(_LOOK_EVERY_S)
            except (Busy, ProviderError) as error:
                failures += 1
                wait_s = _wait_s(error, failures)
                if wait_s is None or self._clock.now() + timedelta(seconds=wait_s) > give_up_at:
                    return Outcome(account.address, reason=_words(error))
                await self._clock.sleep(wait_s)
            done = await self._store.read(checks.get, account.id, wanted.id)
            if done is None:
                return Outcome(account.address, reason=_REASONS["gone"])
            if done.state is CheckState.DONE:
                told = await self._store.read(counters.compare, account.id)
                return Outcome(account.address, done, told)
            if done.problem and self._clock.now() > give_up_at:
                return Outcome(account.address, reason=done.problem)


def _why_not(account: Account | None) -> str:
    """Why a mailbox can't be checked at all; empty when it can."""
    if account is None:
        return _REASONS["no_such_mailbox"]
    if not account.is_active:
        return _REASONS["inactive"]
    if account.is_internal:
        return _REASONS["internal"]
    return "" if account.state is AccountState.CONNECTED else _REASONS[account.state.value]


def _wait_s(error: Exception, failures: int) -> float | None:
    """How long to wait; None: waiting helps nothing."""
    if isinstance(error, RetryLater) and error.after_s is not None:
        return error.after_s
    return backoff_s(failures) if isinstance(error, RetryLater | Busy) else None


def _words(error: Exception) -> str:
    return error.code if isinstance(error, ProviderError) else "the server is busy with it"


def _table(outcomes: Sequence[Outcome], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Mailbox", no_wrap=True)
    table.add_column("As of")
    for title in ("Held", "At Microsoft", "Differences", "Mended", "Unreadable"):
        table.add_column(title, justify="right")
    table.add_column("Result")
    for outcome in outcomes:
        table.add_row(*_row(outcome, now))
    return table


def _row(outcome: Outcome, now: datetime) -> tuple[str, ...]:
    check, told = outcome.check, outcome.counters
    if check is None or told is None:
        return outcome.address, "", "", "", "", "", "", f"could not be checked: {outcome.reason}"
    at = f"{(check.ended_at or now).astimezone(UTC):%H:%M} UTC"
    differences = max(check.differences, told.differences)
    numbers = (told.held, told.expected, differences, check.repaired, check.unreadable)
    return outcome.address, at, *(f"{number:,}" for number in numbers), _result(outcome, check)


def _result(outcome: Outcome, check: Check) -> str:
    if outcome.code == DIFFERENT:
        return (
            "differed" if check.repaired < check.differences or not check.differences else "differed, mended"
        )
    if check.folders_left:
        return f"still being read: {check.folders_left} folders"
    if check.undecided:
        return f"{check.undecided} messages change all the time"
    return "complete" if check.history_from is None else f"complete from {check.history_from:%Y-%m-%d} on"
