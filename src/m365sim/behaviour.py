"""How this Microsoft 365 behaves where the real one differs from day to day, or from one report to another.

Each field is a switch of the control API (``/control/behaviour``, names in camelCase); its default is the
least comfortable thing seen in practice that does not need luck to show.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Chance = Annotated[float, msgspec.Meta(ge=0, le=1)]
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
    sensitive_updates: Literal["by_date", "need_scope"] = "by_date"
    """Whether subject, body, recipients of mail that is no draft need ``Mail-Advanced.ReadWrite``: from 31
    December 2026 on, or always."""
    shared_uploads_refused: bool = True
    """A delegated program may not upload large files into another's mailbox (a known issue)."""
    uploads_lose_inline: bool = False
    """A large file that was to be inline comes as an ordinary one without its content id (older reports)."""
    uploads_take_bearer: bool = False
    """Whether the host of uploads overlooks a token, which some libraries send along; else it refuses."""
    upload_answers: Literal["pascal", "camel"] = "pascal"
    """How the host of uploads spells ``NextExpectedRanges``: as the older guide does, or as was seen in
    the global cloud in 2023."""
    upload_piece_limit: int | None = None
    """Octets of the largest piece of an upload; null takes any. The guide gives 4 MB as an upper limit, and
    speed as the reason for it."""
    upload_session_s: int = 3600
    """How long an upload session stays open."""
    blocks_external_forwarding: bool = True
    """Mail that a rule would send out of the organisation comes back instead, as new tenants have it."""

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

    # -- deleting, delta, filters, batches, described in docs/m365sim/control.md --
    seed: int = 1
    """From which everything that depends on chance is drawn."""

    recoverable_items: bool = True
    """Whether what is deleted from Deleted Items can be recovered until it is deleted there as well."""

    removed_reason: Literal["deleted", "changed"] = "deleted"
    """What delta says of messages that can still be recovered; of all others it says ``deleted``."""

    delta_blind_spot: bool = True
    """Whether, under immutable ids, what left and came back between two rounds is told as removed alone.
    Without it a program that follows delta and asks nothing else can equal the mailbox."""

    delta_repeats: Chance = 0
    """The probability with which a delta item is given again: in its page, the next page, the next round."""

    delta_empty_pages: Chance = 0
    """The probability with which an empty page comes before a page of delta."""

    delta_any_order: bool = False
    """Whether the items of a delta page are shuffled."""

    delta_late_s: Seconds = 0
    """How long after it was made a change shows in delta, at the earliest."""

    next_link_life_s: Seconds | None = None
    """After how long delta forgets the middle of a round, so that its nextLink answers like a lost state."""

    resync_code: Literal["SyncStateNotFound", "resyncRequired"] = "SyncStateNotFound"
    """How delta says that it has forgotten a state."""

    resync_status: Literal[410, 400, 404] = 410
    """And with which status; only 410 comes with the ``Location`` to start anew."""

    wide_filters: bool = False
    """Whether ``$filter`` takes ``endswith`` and lambdas over recipients, which the mail service refuses."""

    folder_action_status: Literal[200, 201] = 200
    """What ``move`` and ``copy`` of a folder answer: the guide says 200, 201 has been told of."""

    search_life_s: Seconds = 300
    """How long the pages of a ``$search`` can be followed before it must be made anew."""

    batch_order: Literal["sent", "shuffled"] = "shuffled"
    """In which order the answers of a ``$batch`` come: Graph promises none."""

    batch_loss: Chance = 0
    """The probability with which the answer of a part of a ``$batch`` is missing, though it was done."""

    date_skew_s: float = 0
    """How far the ``Date`` of answers is ahead of the simulator's clock (negative: behind)."""
