"""How much one program may ask before it is told to wait: of one mailbox, of all of them, of Graph itself.

Source: Graph v1.0, "Microsoft Graph service-specific throttling limits" (Outlook, global), read autumn 2026;
"Microsoft Graph throttling guidance" (throttled requests count).
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Literal

from m365sim.sending_pace import SendingPace

CONCURRENT_REQUESTS = 4
REQUESTS_PER_WINDOW = 10_000
WINDOW_S = 600
REQUESTS_PER_SECOND = 2_000
UPLOAD_OCTETS = 150 * 1024 * 1024
UPLOAD_WINDOW_S = 300
DEFAULT_LATENCY_S = 0.002
RECIPIENTS_PER_MESSAGE = 500

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
        self.upload_octets: int | None = UPLOAD_OCTETS
        self.retry_after_s = 1.128
        self.latency_s = DEFAULT_LATENCY_S
        self.recipients_per_message: int | None = RECIPIENTS_PER_MESSAGE
        self.messages_per_minute: int | None = None
        self.recipients_per_day: int | None = None
        self._sending: dict[str, SendingPace] = {}
        self._running: Counter[tuple[str, str]] = Counter()
        self._in_window: dict[tuple[str, str], deque[float]] = {}
        self._in_second: dict[str, deque[float]] = {}
        self._sent: dict[tuple[str, str], _Sent] = {}

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

    def delivery_at(self, mailbox_id: str, recipients: int, now_s: float) -> float:
        """When mail that a mailbox sends now may be delivered: at once, or when there is room again.

        Source: Exchange Online limits (30 messages a minute, 10,000 recipients a day; mail is queued).
        """
        return self._sending.setdefault(mailbox_id, SendingPace()).next_at(
            now_s, recipients, self.messages_per_minute, self.recipients_per_day
        )

    def leave(self, app_id: str, mailbox_id: str) -> None:
        """End a request that was begun."""
        self._running[app_id, mailbox_id] -= 1
        self._running[app_id, _EVERYWHERE] -= 1

    def upload(self, app_id: str, mailbox_id: str, octets: int, now_s: float) -> Throttled | None:
        """Count octets sent to a mailbox, or say why there are too many; what is refused does not count.

        Source: Graph v1.0, "Outlook service limits" (150 MB of PATCH, POST and PUT in five minutes).
        """
        if self.upload_octets is None or not octets:
            return None
        sent = self._sent.setdefault((app_id, mailbox_id), _Sent())
        sent.forget(now_s - UPLOAD_WINDOW_S)
        if sent.octets + octets > self.upload_octets:
            oldest = sent.pieces[0][0] if sent.pieces else now_s
            wait = round(oldest + UPLOAD_WINDOW_S - now_s + 0.001, 3)
            message = "Application is over its MailboxUpload limit."
            return self._refused("ApplicationThrottled", message, wait)
        sent.pieces.append((now_s, octets))
        sent.octets += octets
        return None

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


@dataclass(slots=True)
class _Sent:
    """What was sent of late: ``(instant, octets)`` in order, and their sum."""

    pieces: deque[tuple[float, int]] = field(default_factory=deque)
    octets: int = 0

    def forget(self, until_s: float) -> None:
        while self.pieces and self.pieces[0][0] <= until_s:
            self.octets -= self.pieces.popleft()[1]
