"""Giving a draft a key of its own just before it is asked for: the last look at it, too.

Source: docs/decisions/0017-a-draft-is-sealed-before-it-is-sent.md.
"""

import structlog

from poststelle.model.submission import Claimed
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater
from poststelle.store.tx import Store
from poststelle.writeback import send_steps, sightings
from poststelle.writeback.finding import is_shown

log = structlog.get_logger()

_TRIED = 4  # attempts: then it goes as it is


async def seal(store: Store, remote: RemoteMail, counted: Claimed) -> tuple[int, str | None]:
    """Give the draft its next key, and a Message-ID of its own where it needs one: the seal's number and
    that name.

    0: it goes without a seal. Raises RemoteConflict when there is no such draft, or none where drafts are
    sent from, and whatever may be over soon.
    """
    is_sealed, told = await _sealed(remote, counted)
    if told is None:
        told = await _located(remote, counted)
    if told is not None and not await _may_go(store, remote, counted, told):
        raise RemoteConflict("no_draft")
    return (counted.submission.seals, await _named(store, remote, counted)) if is_sealed else (0, None)


async def _sealed(remote: RemoteMail, counted: Claimed) -> tuple[bool, RemoteMessage | None]:
    """Whether it has its key, and what it is now, if the provider tells."""
    if not counted.key:
        return False, None
    try:
        return True, await remote.seal_draft(counted.remote_id, counted.seal(counted.submission.seals))
    except ProviderError as error:
        if not _is_lasting(counted, error):
            raise
        log.warning("send.unsealed", account=counted.submission.account_id, reason=error.code)
        return False, None


async def _named(store: Store, remote: RemoteMail, counted: Claimed) -> str | None:
    """The other Message-ID that it has now; None: it goes under the one it had."""
    name = await store.read(send_steps.new_name, counted)
    if name is None:
        return None
    try:
        await remote.name_draft(counted.remote_id, name)
    except ProviderError as error:
        if not _is_lasting(counted, error):
            raise
        log.warning("send.unnamed", account=counted.submission.account_id, reason=error.code)
        return None
    return name


async def _located(remote: RemoteMail, counted: Claimed) -> RemoteMessage | None:
    """Where it lies; None: nobody can tell. Raises RemoteConflict when there is none."""
    found = await remote.locate([counted.remote_id])
    if counted.remote_id in found and found[counted.remote_id] is None:
        raise RemoteConflict("no_draft", is_gone=True)
    return found.get(counted.remote_id)


async def _may_go(store: Store, remote: RemoteMail, counted: Claimed, told: RemoteMessage) -> bool:
    """Whether it is a draft, and nobody has deleted it since the last pull."""
    if told.is_draft is False:
        return False
    where = await store.read(sightings.places, counted.submission.account_id)
    return told.folder_id not in where.trash and await is_shown(store, remote, counted, told)


def _is_lasting(counted: Claimed, error: ProviderError) -> bool:
    """Whether it is no use to wait until this is over."""
    submission = counted.submission
    if isinstance(error, RetryLater):
        is_passing = error.is_throttled
    elif isinstance(error, RemoteConflict):
        is_passing = error.is_gone
    else:
        return isinstance(error, Refused)
    return not is_passing and submission.seals - submission.sealed >= _TRIED
