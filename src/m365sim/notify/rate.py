"""How often one app may call the subscription service of one tenant.

Source: Graph v1.0, "Microsoft Graph service-specific throttling limits" (subscription), read autumn 2026.
"""

from __future__ import annotations

from collections import deque

CALLS = 5_000
WINDOW_S = 20


class Rate:
    """Calls by app and tenant within a window that slides."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], deque[float]] = {}

    def wait_s(self, app_id: str, tenant_id: str, now_s: float) -> float | None:
        """Count one call; None when it may be answered, else the seconds to wait."""
        made = self._made.setdefault((app_id, tenant_id), deque())
        while made and made[0] <= now_s - WINDOW_S:
            made.popleft()
        if len(made) >= CALLS:
            return round(made[0] + WINDOW_S - now_s + 0.001, 3)
        made.append(now_s)
        return None
