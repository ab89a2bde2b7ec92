"""How this Microsoft 365 behaves where the real one differs from day to day, or from one report to another.

Each field is a switch of the control API (``/control/behaviour``, names in camelCase); its default is the
least comfortable thing seen in practice that does not need luck to show.
"""

from __future__ import annotations

import msgspec


class Behaviour(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """The switches. Durations are in seconds of the simulator's clock."""
