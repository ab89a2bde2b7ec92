"""How this Microsoft 365 behaves where the real one differs from day to day, or from one report to another.

Each field is a switch of the control API (``/control/behaviour``, names in camelCase); its default is the
least comfortable thing seen in practice that does not need luck to show.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Behaviour(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """The switches. Durations are in seconds of the simulator's clock."""

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
