"""``poststelle accounts``: the mailboxes, who is assigned to them, and whether new mail is fetched.

What needs an administrator is done in the name of one (``--by``): the audit trail says who confirmed it. A
server may run beside it, and goes by what was changed from its next question on, within a minute.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from poststelle import main as wiring
from poststelle.access import grants
from poststelle.access.login import credentials_of
from poststelle.cli.console import prepare, print_table
from poststelle.config import Config
from poststelle.model.account import Account, AccountState
from poststelle.model.errors import NotFound, UseCaseError
from poststelle.model.ids import UserId
from poststelle.model.rights import Grant
from poststelle.settings import accounts as settings
from poststelle.store import accounts, sync_states
from poststelle.store import grants as stored_grants
from poststelle.store.tx import ReadTx, Tx

DONE, REFUSED = 0, 1
_VIP = (
    "VIP. What its messages leave behind outside it (activity records, search across mailboxes, exports, the"
    " archive) is for those alone who were assigned when the message arrived or was sent."
)
_NOT_VIP = "not VIP. What its messages leave behind outside it is for all who are assigned now."
_STATES = {
    AccountState.WAITING_FOR_SIGN_IN: "waits for its sign-in",
    AccountState.CONNECTED: "connected",
    AccountState.SIGN_IN_NEEDED: "SIGN-IN NEEDED",
}


def show(config: Config) -> int:
    """A table of all mailboxes; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    print_table(console, asyncio.run(_read(config)))
    return DONE


def add(config: Config, address: str, *, by: str, is_confirmed: bool) -> int:
    """Add a mailbox at Microsoft; return the code to end with. Raises ConfigError."""

    def work(tx: Tx, now: datetime) -> str:
        made = settings.add(tx, _user(tx, by), address, is_confirmed=is_confirmed, now=now)
        return f"{made.address} is there and waits for its sign-in: assign the person who is to sign in."

    return _say(config, work)


def assign(config: Config, address: str, login: str, level: str, *, by: str, is_confirmed: bool) -> int:
    """Give somebody a level in a mailbox; return the code to end with. Raises ConfigError."""

    def work(tx: Tx, now: datetime) -> str:
        grant = Grant(_account(tx, address).id, _user(tx, login), grants.parse_level(level))
        grants.assign(tx, _user(tx, by), grant, is_confirmed=is_confirmed, now=now)
        return f"{login} has the level {grant.level.name.lower()} in {address}."

    return _say(config, work)


def withdraw(config: Config, address: str, login: str, *, by: str) -> int:
    """End somebody's own level in a mailbox; return the code to end with. Raises ConfigError."""

    def work(tx: Tx, now: datetime) -> str:
        account, user = _account(tx, address), _user(tx, login)
        grants.withdraw(tx, _user(tx, by), user, account.id, now)
        left = stored_grants.level(tx, user, account.id)
        if left is None:
            return f"{login} is not assigned to {address} any more."
        return f"{login} has the level {left.name.lower()} in {address} by a group."

    return _say(config, work)


def set_active(config: Config, address: str, *, by: str, is_active: bool) -> int:
    """Have new mail fetched, or not; return the code to end with. Raises ConfigError."""

    def work(tx: Tx, now: datetime) -> str:
        account = _account(tx, address)
        settings.set_options(tx, _user(tx, by), account.id, is_active=is_active, now=now)
        return f"{account.address} is {'active' if is_active else 'inactive: nothing is fetched'}."

    return _say(config, work)


def set_vip(config: Config, address: str, *, by: str, is_vip: bool) -> int:
    """Make a mailbox VIP, or no more; return the code to end with. Raises ConfigError."""

    def work(tx: Tx, now: datetime) -> str:
        account = _account(tx, address)
        settings.set_options(tx, _user(tx, by), account.id, is_vip=is_vip, now=now)
        return f"{account.address}: {_VIP if is_vip else _NOT_VIP}"

    return _say(config, work)


def _say(config: Config, work: Callable[[Tx, datetime], str]) -> int:
    """Do it and say so, or why not."""
    console = prepare(config)
    try:
        console.print(asyncio.run(_write(config, work)))
    except UseCaseError as problem:
        told = f"{problem.message} (--confirm)" if problem.code == "confirmation_needed" else problem.message
        console.print(told)
        return REFUSED
    return DONE


async def _write(config: Config, work: Callable[[Tx, datetime], str]) -> str:
    """Running servers look whether those who listen there still may."""
    async with wiring.build(config) as built:
        done = await built.services.store.write(work, built.services.clock.now())
        built.line.doubt()
        return done


async def _read(config: Config) -> list[tuple[str, ...]]:
    async with wiring.build(config) as built:
        return await built.services.store.read(_rows, built.services.clock.now())


def _rows(tx: ReadTx, now: datetime) -> list[tuple[str, ...]]:
    heads = ("address", "kind", "state", "people", "messages", "waiting", "last synchronised")
    rows: list[tuple[str, ...]] = [heads]
    for account in accounts.list_all(tx):
        sync, people = sync_states.get(tx, account.id), len(stored_grants.users_of(tx, account.id))
        kind, state = ("internal", "-") if account.is_internal else ("Microsoft 365", _STATES[account.state])
        rows.append(
            (
                account.address,
                kind,
                state if account.is_active else "inactive",
                str(people),
                str(sync.held),
                str(sync.pending),
                _ago(sync.last_synced_at, now),
            )
        )
    return rows


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "-"
    minutes = max(0, int((now - at).total_seconds() // 60))
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC ({minutes} min ago)"


def _account(tx: ReadTx, address: str) -> Account:
    key = accounts.key_of(address.strip())
    found = next((one for one in accounts.list_all(tx) if accounts.key_of(one.address) == key), None)
    if found is None:
        raise NotFound("no_such_account", f"There is no mailbox {address}.")
    return found


def _user(tx: ReadTx, login: str) -> UserId:
    known = credentials_of(tx, login)
    if known is None:
        raise NotFound("no_such_user", f"Nobody logs in as {login}.")
    return known.user_id
