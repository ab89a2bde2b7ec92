"""One subscription as it is kept.

Source: Graph v1.0, "subscription resource type".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

REMIND_EVERY_S = 900
_REMINDERS = (3, 2, 1, 0)
"""Every fifteen minutes of the last hour before the token or the subscription ends.

Source: Graph v1.0, "Reduce missing subscriptions and change notifications" (its illustration).
"""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The public key that seals resource data: the app's own name for it, and base64 as it was given."""

    id: str
    text: str


@dataclass(slots=True)
class Tally:
    """What became of a subscription's notifications. ``last_status`` 0: no answer."""

    delivered: int = 0
    failed: int = 0
    dropped: int = 0
    last_status: int | None = None


@dataclass(slots=True)
class Subscription:
    """Who is told what, where and until when; instants in seconds since 1970.

    ``folder`` None means every message of the mailbox. ``authorized_until_s`` is the end of the token that
    last created, renewed or reauthorised it (None: unknown, never). ``has_lost`` says that something was not
    delivered and nobody has been told yet. ``root`` is Graph's address as the app knows it.
    """

    id: str
    app_id: str
    creator_id: str
    tenant_id: str
    mailbox_id: str
    is_app_only: bool
    resource: str
    changes: tuple[str, ...]
    notification_url: str
    expires_s: float
    authorized_s: float
    root: str
    folder: int | None = None
    filter: str | None = None
    select: tuple[str, ...] | None = None
    lifecycle_url: str | None = None
    client_state: str | None = None
    tls_version: str = "v1_2"
    includes_data: bool | None = None
    certificate: Certificate | None = None
    is_immutable: bool = False
    authorized_until_s: float | None = None
    reminded_s: float = 0.0
    has_lost: bool = False
    tally: Tally = field(default_factory=Tally)

    def is_authorized(self, now_s: float) -> bool:
        """Whether the token behind it is still good."""
        return self.authorized_until_s is None or now_s < self.authorized_until_s

    def next_reminder_s(self) -> float | None:
        """When the app is next to be asked to reauthorise; None when it will not be."""
        if self.lifecycle_url is None:
            return None
        token_ends = self.authorized_until_s
        ends_first = token_ends is None or self.expires_s <= token_ends
        end = self.expires_s if token_ends is None or ends_first else token_ends
        times = (end - n * REMIND_EVERY_S for n in _REMINDERS if n or not ends_first)
        return next((t for t in times if t > self.reminded_s), None)


def instant(seconds: float) -> str:
    """The instant as subscriptions write it: with fractions of a second when there are any."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00") + "Z"
