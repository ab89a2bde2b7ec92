"""The text of every message we hold: it is here, or the provider can give it to nobody.

A list of ids says nothing of texts, so what is looked for is what we ourselves lack.
"""

from collections.abc import Awaitable, Callable, Sequence

from poststelle.model.check import Finding, Kind
from poststelle.model.ids import AccountId, MessageId
from poststelle.providers.base import RemoteMail
from poststelle.store import checks, folders, messages, missing_texts
from poststelle.store.checks import CheckLease
from poststelle.store.missing_texts import Textless
from poststelle.store.tx import Tx
from poststelle.sync.check_lease import Hold, LeasedCheck
from poststelle.sync.pull_texts import AT_ONCE, read_texts

Spend = Callable[[int], Awaitable[None]]
"""Counts requests, and waits until the next may be made."""


async def check_texts(leased: LeasedCheck, remote: RemoteMail, hold: Hold, spend: Spend) -> None:
    """Ask for every text that is not here, the newest first. May be run again. Raises ProviderError, Busy."""
    await leased.write(_note)
    newest = MessageId(await leased.read(checks.newest_id))
    while waiting := await leased.read(missing_texts.up_to, newest, AT_ONCE):
        async with hold() as account:
            gone = await read_texts(account, remote, waiting)
        await leased.write(_record, [message for message in waiting if message.id not in gone])
        await spend(len(waiting))
        newest = MessageId(waiting[-1].id - 1)


def _note(tx: Tx, account: AccountId, _: CheckLease) -> None:
    missing_texts.note_all(tx, account)


def _record(tx: Tx, account: AccountId, lease: CheckLease, asked: Sequence[Textless]) -> None:
    """What has come was missing; the rest can't be read, which may have been found already."""
    ids = [message.id for message in asked]
    still = set(missing_texts.still(tx, account, ids))
    known = {found.message_id for found in checks.findings(tx, account, lease.check_id)}
    paths = folders.paths(tx, account)
    checks.record(
        tx,
        lease,
        [
            Finding(
                kind=Kind.UNREADABLE if message.id in still else Kind.MISSING,
                folder=paths.get(message.folder_ids[0], ""),
                subject=message.subject[:200],
                is_repaired=message.id not in still,
                remote_id=message.remote_id,
                message_id=message.id,
            )
            for message in messages.get_many(tx, account, ids)
            if message.folder_ids and message.id not in known
        ],
    )
