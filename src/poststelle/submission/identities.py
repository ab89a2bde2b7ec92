"""From which addresses a user may send in an account, and under which name. Source: RFC 8621 §6."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from poststelle.access.rights import require
from poststelle.lib.clock import Clock
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Level
from poststelle.model.submission import Identity
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, Refused
from poststelle.store import accounts, addresses, users
from poststelle.store.tx import ReadTx, Store, Tx

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
_ASK_AGAIN = timedelta(days=1)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def list_all(tx: ReadTx, user: UserId, account: AccountId) -> list[Identity]:
    """The account's addresses, its own first.

    The mailbox's e-mail name goes before the user's own.
    """
    require(tx, user, account, Level.READ)
    return known(tx, user, account)


def known(tx: ReadTx, user: UserId, account: AccountId) -> list[Identity]:
    """As ``list_all``, for a right that has been checked."""
    held, person = accounts.get(tx, account), users.get(tx, user)
    name = (held.name if held else "") or (person.name if person else "")
    return [Identity(one.id, name, one.email) for one in addresses.list_all(tx, account)]


async def refresh(
    store: Store, open_remote: OpenRemote, clock: Clock, user: UserId, account: AccountId
) -> None:
    """Ask the provider for the addresses when they were not told for a day.

    It is no reason to refuse anything when it can't answer: then the account's own address is known. Where it
    does not tell (a delegate may not read the aliases of a shared mailbox) what is known stays for a day.
    """
    if not await store.read(_is_stale, user, account, clock.now()):
        return
    try:
        remote = await open_remote(account)
        told, at = await remote.addresses(), clock.now()
    except Refused:
        told, at = await store.read(_known_emails, account), clock.now()
    except ProviderError:
        told, at = [], _NEVER
    await store.write(_keep, account, told, at)


def _known_emails(tx: ReadTx, account: AccountId) -> list[str]:
    return [one.email for one in addresses.list_all(tx, account)]


def _is_stale(tx: ReadTx, user: UserId, account: AccountId, now: datetime) -> bool:
    require(tx, user, account, Level.READ)
    held = addresses.list_all(tx, account)
    return not held or held[0].told_at < now - _ASK_AGAIN


def _keep(tx: Tx, account: AccountId, told: Sequence[str], at: datetime) -> None:
    found = accounts.get(tx, account)
    if found is None or (at == _NEVER and addresses.list_all(tx, account)):
        return
    addresses.set_all(tx, account, [found.address, *told], at)
