"""How long a change waits after a failure, and when it is given up."""

from datetime import timedelta

from poststelle.lib.backoff import backoff_s
from poststelle.model.writeback import Queued
from poststelle.providers.errors import ProviderError, RetryLater, SignInNeeded

_RESEND_S = 30.0
_OWN_FAILURES_AT_MOST = 50  # about three hours


def wait(op: Queued, error: ProviderError) -> timedelta:
    """The time until the next attempt: as long as the provider asks, else longer each time."""
    if isinstance(error, RetryLater):
        return timedelta(seconds=backoff_s(op.attempts + 1) if error.after_s is None else error.after_s)
    return timedelta(seconds=_RESEND_S)


def is_own(error: ProviderError) -> bool:
    """Whether the provider failed over this change, and not over everything."""
    return isinstance(error, RetryLater) and error.is_local


def may_yet_work(op: Queued, error: Exception) -> bool:
    """Whether to send it again: unless it is this change that the provider has failed over long enough."""
    if not isinstance(error, RetryLater | SignInNeeded):
        return False
    return not is_own(error) or op.own_failures < _OWN_FAILURES_AT_MOST
