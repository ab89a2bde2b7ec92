"""Texts that could not be read when their messages were stored, a few at a time.

A folder with a message that breaks every page is read with the texts apart (``providers.graph.messages``).
A text that cannot be read then, in an outage say, comes later; that of a message broken for good is asked
for in vain.
"""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from poststelle.jobs.inline import Failed, tried
from poststelle.lib.log import place_of
from poststelle.mail import ingest
from poststelle.model.ids import MessageId
from poststelle.providers.base import RemoteMail
from poststelle.store import changes, missing_texts
from poststelle.store.missing_texts import Textless
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
    for item in told:  # one at a time: they are few, and an error of ours costs that one alone
        done = await tried(
            leased.write(ingest.settle, {item.remote_id: item}, now=leased.now(), as_of=as_of),
            passing=EXPECTED,
        )
        if isinstance(done, Failed):
            log.error("pull.text_failed", account=leased.account, **place_of(done.error))
    asked = [message.id for message in waiting]
    await leased.write(missing_texts.settle, asked, leased.now() + _AGAIN)
    return {message.id for message in waiting if found.get(message.remote_id, True) is None}
