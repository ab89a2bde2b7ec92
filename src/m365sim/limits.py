"""How much one program may ask before it is told to wait: of one mailbox, of all of them, of Graph itself.

Source: Graph v1.0, "Microsoft Graph service-specific throttling limits" (Outlook, global), read autumn 2026;
"Microsoft Graph throttling guidance" (throttled requests count).
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import Literal

CONCURRENT_REQUESTS = 4
REQUESTS_PER_WINDOW = 10_000
WINDOW_S = 600
REQUESTS_PER_SECOND = 2_000
DEFAULT_LATENCY_S = 0.002

ConcurrencyScope = Literal["mailbox", "app"]
RefusalMode = Literal["429", "503", "500"]

_EVERYWHERE = ""
"""Stands for all mailboxes where a key has a mailbox's id."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """A refusal: status, code and message, and the seconds to wait (a decimal; None: no word about it)."""

    code: str
    message: str
    retry_after_s: float | None
    status: int = 429


class Limits:
    """Counts requests by app and mailbox. None switches a limit off.

    A request takes at least ``latency_s``, so that requests made at once really overlap. The guides disagree
    whether four at once hold per mailbox or for an app over all mailboxes: ``concurrency_scope`` chooses.
    ``refusal`` is how a busy service says no: properly, as unavailable, or by breaking down.
    """

    def __init__(self) -> None:
        self.concurrent: int | None = CONCURRENT_REQUESTS
        self.per_window: int | None = REQUESTS_PER_WINDOW
        self.per_second: int | None = REQUESTS_PER_SECOND
        self.concurrency_scope: ConcurrencyScope = "mailbox"
        self.refusal: RefusalMode = "429"
        self.retry_after_s = 1.128
        self.latency_s = DEFAULT_LATENCY_S
        self._running: Counter[tuple[str, str]] = Counter()
        self._in_window: dict[tuple[str, str], deque[float]] = {}
        self._in_second: dict[str, deque[float]] = {}

    def knock(self, app_id: str, now_s: float) -> Throttled | None:
        """Count a request at Graph's front door, whatever it is about, or say why it may not come in."""
        made = self._in_second.setdefault(app_id, deque())
        wait_s = _counted(made, self.per_second, 1.0, now_s)
        if wait_s is None:
            return None
        return self._refused("TooManyRequests", "Too many requests.", wait_s)

    def enter(self, app_id: str, mailbox_id: str, now_s: float) -> Throttled | None:
        """Begin a request to a mailbox, or say why not. After None the caller must call ``leave``.

        Refused requests count against the window, as they do at Microsoft.
        """
        made = self._in_window.setdefault((app_id, mailbox_id), deque())
        wait_s = _counted(made, self.per_window, WINDOW_S, now_s)
        if wait_s is not None:
            return self._refused("TooManyRequests", "Application is over its request limit.", wait_s)
        if self.concurrent is not None and self._at_work(app_id, mailbox_id) >= self.concurrent:
            message = "Application is over its MailboxConcurrency limit."
            return self._refused("ApplicationThrottled", message, self.retry_after_s)
        self._running[app_id, mailbox_id] += 1
        self._running[app_id, _EVERYWHERE] += 1
        return None

    def leave(self, app_id: str, mailbox_id: str) -> None:
        """End a request that was begun."""
        self._running[app_id, mailbox_id] -= 1
        self._running[app_id, _EVERYWHERE] -= 1

    def _at_work(self, app_id: str, mailbox_id: str) -> int:
        return self._running[app_id, mailbox_id if self.concurrency_scope == "mailbox" else _EVERYWHERE]

    def _refused(self, code: str, message: str, wait_s: float) -> Throttled:
        match self.refusal:
            case "429":
                return Throttled(code, message, wait_s)
            case "503":
                return Throttled("serviceNotAvailable", "The service is unavailable.", wait_s, 503)
        return Throttled("UnknownError", "", None, 500)


def _counted(made: deque[float], limit: int | None, window_s: float, now_s: float) -> float | None:
    """Count one more request; None when it is within the limit, else the seconds until one would be.

    ``made`` keeps no more instants than the limit, the newest: the oldest of them says when there is room.
    """
    if limit is None:
        return None
    while made and (made[0] <= now_s - window_s or len(made) > limit):
        made.popleft()
    made.append(now_s)
    if len(made) <= limit:
        return None
    made.popleft()
    oldest = made[0] if made else now_s
    return round(oldest + window_s - now_s + 0.001, 3)
