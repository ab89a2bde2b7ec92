"""What readers leave on a message: read, flags, categories, importance.

New mail has rarely been touched, old mail nearly always.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TypedDict

from m365sim.seed.stories import Story
from m365sim.seed.times import to_utc, working_day
from m365sim.world.seedtypes import FlagStatus, Importance, SeedCategory

CATEGORIES = (
    SeedCategory("Dringend", "preset0"),
    SeedCategory("Vermietung", "preset7"),
    SeedCategory("Verkauf", "preset4"),
    SeedCategory("Handwerker", "preset1"),
    SeedCategory("Nebenkosten", "preset3"),
    SeedCategory("Rückruf", "preset8"),
)
_UNREAD = ((1, 0.7), (3, 0.45), (10, 0.2), (45, 0.08))  # up to so many days old: this likely
_UNREAD_LATER = 0.03


class Marks(TypedDict):
    """The fields of a message that its readers set."""

    is_read: bool
    flag_status: FlagStatus
    due_at: datetime | None
    categories: tuple[str, ...]
    importance: Importance


def marks(rng: Random, at: datetime, now: datetime, story: Story | None = None) -> Marks:
    """Marks for mail received at ``at``; stories bring their categories and their urgency."""
    age = (now - at) / timedelta(days=1)
    likely = next((chance for days, chance in _UNREAD if age < days), _UNREAD_LATER)
    flag, due = _flag(rng, at, age)
    return {
        "is_read": rng.random() >= likely,
        "flag_status": flag,
        "due_at": due,
        "categories": _categories(rng, story),
        "importance": _importance(rng, story),
    }


def seen() -> Marks:
    """Marks of what the office wrote itself."""
    return {
        "is_read": True,
        "flag_status": "notFlagged",
        "due_at": None,
        "categories": (),
        "importance": "normal",
    }


def _flag(rng: Random, at: datetime, age: float) -> tuple[FlagStatus, datetime | None]:
    chance = rng.random()
    if chance > (0.12 if age < 45 else 0.03):
        return "notFlagged", None
    if age > 40 and rng.random() < 0.7:
        return "complete", None
    return "flagged", to_utc(working_day(rng, at)) if rng.random() < 0.5 else None


def _categories(rng: Random, story: Story | None) -> tuple[str, ...]:
    if story is None or rng.random() > 0.38:
        return ()
    extra = ("Dringend",) if rng.random() < story.urgency and "Dringend" not in story.categories else ()
    return story.categories + extra


def _importance(rng: Random, story: Story | None) -> Importance:
    chance = rng.random()
    if story and chance < story.urgency:
        return "high"
    return "low" if chance > 0.985 else "normal"
