"""How this Microsoft 365 behaves where the real one differs from day to day, or from one report to another.

Each field is a switch of the control API (``/control/behaviour``, names in camelCase); its default is the
least comfortable thing seen in practice that does not need luck to show.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Timeout = Annotated[float, msgspec.Meta(gt=0)]
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Positive = Annotated[int, msgspec.Meta(ge=1)]


class Behaviour(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """The switches. Durations are in seconds of the simulator's clock, unless their name says ``real``."""

    sent_ids: Literal["new", "kept"] = "new"
    """The copy in Sent Items has ids of its own, or the draft's immutable one. The reports differ."""
    outbox_interlude: bool = True
    """What is sent lies in the Outbox for a moment: told of, and gone before anybody can look."""
    sent_copy_delay_s: Seconds = 0.0
    """How long what was sent is nowhere, before its copy lies in Sent Items."""
    delivery_delay_s: Seconds = 0.0
    """How long mail is on its way."""
    sensitive_updates: Literal["need_scope", "by_date"] = "need_scope"
    """Whether subject, body, recipients of mail that is no draft need ``Mail-Advanced.ReadWrite``: always, or
    from 31 December 2026 on."""
    shared_uploads_refused: bool = True
    """A delegated program may not upload large files into another's mailbox (a known issue)."""
    uploads_lose_inline: bool = False
    """A large file that was to be inline comes as an ordinary one without its content id (older reports)."""
    upload_answers: Literal["pascal", "camel"] = "pascal"
    """How the host of uploads spells ``NextExpectedRanges``: as the older guide does, or as was seen in
    the global cloud in 2023."""
    upload_piece_limit: int | None = 4 * 1024 * 1024
    """Octets of the largest piece of an upload; null takes any. The guide gives 4 MB as an upper limit, and
    speed as the reason for it."""
    upload_session_s: int = 3600
    """How long an upload session stays open."""

    # -- change notifications, described in docs/m365sim/notifications.md --
    subscription_minutes: Positive = 4230
    subscription_http_localhost: bool = False
    subscription_needs_token: bool = True
    validation_real_s: Timeout = 10
    notification_real_s: Timeout = 10
    notification_sample: Positive = 100
    notifications_per_post: Positive = 30
    notification_delay_s: Seconds = 0
    notifications_lost_percent: Percent = 0
    notifications_doubled_percent: Percent = 0
    notifications_shuffled: bool = False
    notification_seed: int = 0
