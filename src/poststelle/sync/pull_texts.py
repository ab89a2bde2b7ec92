"""Texts that could not be read when their messages were stored, a few at a time.

A folder with a message that breaks every page is read with the texts apart (``providers.graph.messages``).
A text that cannot be read then, in an outage say, comes later; that of a message broken for good is asked
for in vain.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from poststelle.jobs.inline import Failed, tried
from poststelle.lib.log import place_of
from poststelle.mail import ingest
from poststelle.model.ids import AccountId, MessageId
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.store import changes, messages, missing_texts
from poststelle.store.missing_texts import Textless
from poststelle.store.tx import Tx
from poststelle.sync.leased import LeasedAccount
from poststelle.sync.storing import EXPECTED

log = structlog.get_logger()

AT_ONCE = 20  # one batch
_AGAIN = timedelta(minutes=15)


async def pull_texts(leased: LeasedAccount, remote: RemoteMail) -> None:
    """Ask for the texts of up to twenty messages; those that don't come wait for a quarter of an hour."""
    waiting = await leased.read(missing_texts.due, leased.now(), AT_ONCE)
    if waiting:
        await read_texts(leased, remote, waiting)


async def read_texts(
    leased: LeasedAccount, remote: RemoteMail, waiting: Sequence[Textless]
) -> set[MessageId]:
    """Ask for the texts of these messages, and store what comes; those the provider holds no more.

    Raises ProviderError, LeaseLost.
    """
    as_of = await leased.read(changes.modseq)
    found = await remote.fetch([message.remote_id for message in waiting])
    told = [item for item in found.values() if item is not None and item.body is not None]
    came = set()
    for item in told:  # one at a time: they are few, and an error of ours costs that one alone
        done = await tried(
            leased.write(_keep, item, leased.now(), as_of),
            passing=EXPECTED,
        )
        if isinstance(done, Failed):
            log.error("pull.text_failed", account=leased.account, **place_of(done.error))
        else:
            came.add(item.remote_id)
    missing = [message.id for message in waiting if message.remote_id not in came]
    await leased.write(missing_texts.put_off, missing, leased.now() + _AGAIN)
    return {message.id for message in waiting if found.get(message.remote_id, True) is None}


def _keep(tx: Tx, account: AccountId, item: RemoteMessage, now: datetime, as_of: int) -> None:
    """Its text is not asked for again, unless this one may be old, too."""
    found = messages.by_remote(tx, account, [item.remote_id]).values()
    missing_texts.came(tx, account, [message.id for message in found])
    ingest.settle(tx, account, {item.remote_id: item}, now=now, as_of=as_of)
