"""Instants, numbers, sizes and long paths as people read them, in their language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

from m365sim.pages.words import Language

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG = re.compile(r"[A-Za-z0-9_=%-]{25,}")
"""An id, a token: of no use to a reader in full."""


def shown_when(language: Language, now_s: int) -> Callable[[float], str]:
    """From seconds since 1970 to words in UTC; of today only the time."""
    today = datetime.fromtimestamp(now_s, UTC).date()

    def when(seconds: float) -> str:
        at = datetime.fromtimestamp(seconds, UTC)
        if at.date() == today:
            return f"{at:%H:%M:%S}"
        if language == "de":
            return f"{at:%d.%m.%Y %H:%M}"
        return f"{at.day} {_MONTHS[at.month - 1]} {at:%Y %H:%M}"

    return when


def shown_number(language: Language) -> Callable[[int], str]:
    """From a number to its digits in groups."""
    mark = "." if language == "de" else ","
    return lambda value: f"{value:,}".replace(",", mark)


def shown_amount(language: Language) -> Callable[[int], str]:
    """From octets to kB or MB."""

    def amount(octets: int) -> str:
        for unit, size in (("MB", 1_000_000), ("kB", 1_000)):
            if octets >= size:
                figure = f"{octets / size:.1f}"
                return f"{figure.replace('.', ',') if language == 'de' else figure} {unit}"
        return f"{octets} B"

    return amount


def shown_span(language: Language) -> Callable[[float], str]:
    """From seconds to days, hours, minutes and seconds, the two largest."""
    words = ("Tg.", "Std.", "Min.", "Sek.") if language == "de" else ("d", "h", "min", "s")

    def span(seconds: float) -> str:
        rest, parts = int(seconds), []
        for word, size in zip(words, (86_400, 3600, 60, 1), strict=True):
            count, rest = divmod(rest, size)
            if count:
                parts.append(f"{count}\u00a0{word}")
        return " ".join(parts[:2])

    return span


def short_path(path: str) -> str:
    """A path in which ids are cut to their ends."""
    return _LONG.sub(lambda found: f"{found[0][:4]}…{found[0][-5:]}", path)
