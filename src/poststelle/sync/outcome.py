"""What becomes of a pull: facts people are shown, and when to try again."""

from datetime import datetime, timedelta

from poststelle.lib.backoff import backoff_s
from poststelle.providers.errors import ProviderError, RetryLater, SignInNeeded
from poststelle.store import folders, sync_states
from poststelle.store.sync_states import SyncLease
from poststelle.store.tx import Tx

# App settings to be corrected, a mailbox without a licence: not soon, but by itself.
_REFUSED_WAIT_S = 300.0


def note_success(tx: Tx, lease: SyncLease, next_due_at: datetime, now: datetime) -> datetime | None:
    """What was due was read to its end; problems are forgotten, but for a folder that is refused.

    As ``sync_states.finish``.
    """
    return sync_states.finish(tx, lease, next_due_at, now, refused=folders.refused(tx, lease.account_id))


def note_error(tx: Tx, lease: SyncLease, error: ProviderError, now: datetime) -> None:
    """A provider error ended the pull: show it, and say when we try again.

    A lost sign-in is the account's state (``settings.guardian``), not a problem that time heals.
    """
    if isinstance(error, SignInNeeded):
        sync_states.set_problem(tx, lease, None, error.code, now)
        return
    problem, wait_s = "failed", _REFUSED_WAIT_S
    if isinstance(error, RetryLater):
        problem = "throttled" if error.is_throttled else "unreachable"
        wait_s = error.after_s if error.after_s is not None else _backoff_s(tx, lease, 1.0)
    sync_states.set_problem(tx, lease, problem, error.code, now + timedelta(seconds=wait_s))


def note_bug(tx: Tx, lease: SyncLease, now: datetime) -> None:
    """Our own error ended the pull; it is in the log."""
    at = now + timedelta(seconds=_backoff_s(tx, lease, 5.0))
    sync_states.set_problem(tx, lease, "failed", "internal", at)


def _backoff_s(tx: Tx, lease: SyncLease, first_s: float) -> float:
    return backoff_s(sync_states.failures(tx, lease.account_id) + 1, first_s=first_s)
