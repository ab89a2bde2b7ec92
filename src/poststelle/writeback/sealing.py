"""Giving a draft a key of its own just before it is asked for: the last look at it, too.

Source: docs/decisions/0017-a-draft-is-sealed-before-it-is-sent.md.
"""

import structlog

from poststelle.model.submission import Claimed
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater
from poststelle.store import submissions
from poststelle.store.tx import Store
from poststelle.writeback import finding, send_steps
from poststelle.writeback.send_steps import Seal

log = structlog.get_logger()

_TRIED = 4  # attempts: then it goes as it is


class NotSealed(Exception):
    """The request for the seal came to nothing, and may do better later; ``error`` says how."""

    def __init__(self, error: ProviderError) -> None:
        super().__init__(error.code)
        self.error = error


async def seal(store: Store, remote: RemoteMail, counted: Claimed) -> Seal:
    """Give the draft its next key, and a Message-ID of its own where it needs one.

    Raises RemoteConflict when there is no such draft, or none where drafts are sent from, NotSealed, and
    ProviderError where it can't be looked at.
    """
    done, told = await _sealed(store, remote, counted)
    if told is None:
        told = await _by_id(remote, counted)
    place = await finding.place_of(store, remote, counted, told)
    if told.is_draft is False or place.is_trash or not place.is_shown:
        raise RemoteConflict("no_draft")
    return done


async def _sealed(store: Store, remote: RemoteMail, counted: Claimed) -> tuple[Seal, RemoteMessage | None]:
    """What it was given, and what it is now, if the provider tells.

    A name that is refused it does without.
    """
    if not counted.key:
        return Seal(is_set=False), None
    name, may_be_set = await store.read(send_steps.new_name, counted), False
    for wanted in dict.fromkeys([name, None]):
        try:
            told = await remote.seal_draft(counted.remote_id, counted.seal(counted.submission.seals), wanted)
        except ProviderError as error:
            if not isinstance(error, Refused) and not _is_lasting(counted, error):
                is_throttled = isinstance(error, RetryLater) and error.is_throttled
                if is_throttled and not may_be_set:  # nothing has this seal
                    await store.write(submissions.return_seal, counted)
                raise _sorted(error) from error
            may_be_set |= isinstance(error, RetryLater)
            log.warning("send.unsealed", account=counted.submission.account_id, reason=error.code)
        else:
            if wanted is not None:
                await store.write(send_steps.named, counted, wanted)
            return Seal(is_set=True, name=wanted), told
    return Seal(is_set=False), None


async def _by_id(remote: RemoteMail, counted: Claimed) -> RemoteMessage:
    found = await finding.by_id(remote, counted.remote_id)
    if found is None:
        raise RemoteConflict("no_draft", is_gone=True)
    return found


def _sorted(error: ProviderError) -> Exception:
    """What tells of the draft, as it is; all else only of the request."""
    return error if isinstance(error, RemoteConflict) else NotSealed(error)


def _is_lasting(counted: Claimed, error: ProviderError) -> bool:
    """Whether it is no use to wait until this is over."""
    submission = counted.submission
    if isinstance(error, RetryLater):
        is_passing = error.is_throttled
    else:
        is_passing = not isinstance(error, RemoteConflict) or error.is_gone
    return not is_passing and submission.seals - submission.asked_seals >= _TRIED
