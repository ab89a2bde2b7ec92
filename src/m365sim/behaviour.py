"""How this Microsoft 365 behaves where the real one differs from day to day, or from one report to another.

Each field is a switch of the control API (``/control/behaviour``, names in camelCase); its default is the
least comfortable thing seen in practice that does not need luck to show.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Duration = Annotated[float, msgspec.Meta(ge=0)]
Timeout = Annotated[float, msgspec.Meta(gt=0)]


class Behaviour(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """The switches. Durations are in seconds of the simulator's clock, unless their name says ``real``."""

    # -- change notifications, described in docs/m365sim/notifications.md --
    subscription_minutes: Positive = 4230
    subscription_http_localhost: bool = False
    subscription_needs_token: bool = True
    validation_real_s: Timeout = 10
    notification_real_s: Timeout = 10
    notification_sample: Positive = 100
    notifications_per_post: Positive = 30
    notification_delay_s: Duration = 0
    notifications_lost_percent: Percent = 0
    notifications_doubled_percent: Percent = 0
    notifications_shuffled: bool = False
    notification_seed: int = 0

    # -- batches and answers, described in docs/m365sim/control.md --
    seed: int = 1
    """From which everything that depends on chance is drawn."""

    batch_order: Literal["sent", "shuffled"] = "shuffled"
    """In which order the answers of a ``$batch`` come: Graph promises none."""

    batch_loss: float = 0
    """The probability with which the answer of a part of a ``$batch`` is missing, though it was done."""

    date_skew_s: float = 0
    """How far the ``Date`` of answers is ahead of the simulator's clock (negative: behind)."""
