"""How long a change waits after a failure, and when it is given up."""

from datetime import timedelta

from poststelle.lib.backoff import backoff_s
from poststelle.model.writeback import Failure, Queued
from poststelle.providers.errors import ProviderError, RemoteConflict, RetryLater, SignInNeeded

_RESEND_S = 30.0
_OWN_FAILURES_AT_MOST = 50  # about three hours
_CONFLICTS_AT_MOST, _CONFLICT_S = 5, 2.0  # about a minute


def wait(op: Queued, error: ProviderError) -> timedelta:
    """The time until the next attempt: as long as the provider asks, else longer each time."""
    if _is_passing(error):
        return timedelta(seconds=backoff_s(op.conflicts + 1, first_s=_CONFLICT_S))
    if isinstance(error, RetryLater):
        return timedelta(seconds=backoff_s(op.attempts + 1) if error.after_s is None else error.after_s)
    return timedelta(seconds=_RESEND_S)


def failure(error: ProviderError) -> Failure:
    """Over what the attempt failed. Each kind is counted, and borne with, for itself."""
    if _is_passing(error):
        return Failure.CONFLICT
    is_own = isinstance(error, RetryLater) and error.is_local
    return Failure.OWN if is_own else Failure.GENERAL


def _is_passing(error: Exception) -> bool:
    """Whether somebody else, or the provider itself, was at the same thing in that moment.

    Exchange touches an item for some seconds after it was made or moved, and answers 409 or 412 then.
    """
    return isinstance(error, RemoteConflict) and not (error.is_gone or error.is_overtaken)


def may_yet_work(op: Queued, error: Exception) -> bool:
    """Whether to send it again: unless it is this change that the provider has failed over long enough."""
    if _is_passing(error):
        return op.conflicts < _CONFLICTS_AT_MOST
    if not isinstance(error, RetryLater | SignInNeeded):
        return False
    return failure(error) is Failure.GENERAL or op.own_failures < _OWN_FAILURES_AT_MOST
