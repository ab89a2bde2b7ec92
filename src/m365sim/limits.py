"""How much one program may ask of one mailbox before it is told to wait.

Source: Graph v1.0, "Microsoft Graph service-specific throttling limits" (Outlook), read autumn 2026.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field

from m365sim.sending_pace import SendingPace

CONCURRENT_REQUESTS = 4
REQUESTS_PER_WINDOW = 10_000
WINDOW_S = 600
UPLOAD_OCTETS = 150 * 1024 * 1024
UPLOAD_WINDOW_S = 300
DEFAULT_LATENCY_S = 0.002
RECIPIENTS_PER_MESSAGE = 500


@dataclass(frozen=True, slots=True)
class Throttled:
    """A refusal: Exchange's words, and the seconds to wait (a decimal, as Exchange sends)."""

    code: str
    message: str
    retry_after_s: float


class Limits:
    """Counts requests by app and mailbox. None switches a limit off.

    A request takes at least ``latency_s``, so that requests made at once really overlap.
    """

    def __init__(self) -> None:
        self.concurrent: int | None = CONCURRENT_REQUESTS
        self.per_window: int | None = REQUESTS_PER_WINDOW
        self.upload_octets: int | None = UPLOAD_OCTETS
        self.retry_after_s = 1.128
        self.latency_s = DEFAULT_LATENCY_S
        self.recipients_per_message: int | None = RECIPIENTS_PER_MESSAGE
        self.messages_per_minute: int | None = None
        self.recipients_per_day: int | None = None
        self._sending: dict[str, SendingPace] = {}
        self._running: Counter[tuple[str, str]] = Counter()
        self._made: dict[tuple[str, str], deque[float]] = {}
        self._sent: dict[tuple[str, str], _Sent] = {}

    def enter(self, app_id: str, mailbox_id: str, now_s: float) -> Throttled | None:
        """Begin a request, or say why not. After None the caller must call ``leave``.

        Refused requests count against the window, as they do at Microsoft.
        """
        key = (app_id, mailbox_id)
        if over := self._over_window(key, now_s):
            return over
        if self.concurrent is not None and self._running[key] >= self.concurrent:
            message = "Application is over its MailboxConcurrency limit."
            return Throttled("ApplicationThrottled", message, self.retry_after_s)
        self._running[key] += 1
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

    def _over_window(self, key: tuple[str, str], now_s: float) -> Throttled | None:
        if self.per_window is None:
            return None
        made = self._made.setdefault(key, deque())
        while made and made[0] <= now_s - WINDOW_S:
            made.popleft()
        if len(made) >= self.per_window:
            wait = round(made[0] + WINDOW_S - now_s + 0.001, 3)
            return Throttled("TooManyRequests", "Application is over its request limit.", wait)
        made.append(now_s)
        return None

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
            return Throttled("ApplicationThrottled", "Application is over its MailboxUpload limit.", wait)
        sent.pieces.append((now_s, octets))
        sent.octets += octets
        return None


@dataclass(slots=True)
class _Sent:
    """What was sent of late: ``(instant, octets)`` in order, and their sum."""

    pieces: deque[tuple[float, int]] = field(default_factory=deque)
    octets: int = 0

    def forget(self, until_s: float) -> None:
        while self.pieces and self.pieces[0][0] <= until_s:
            self.octets -= self.pieces.popleft()[1]
