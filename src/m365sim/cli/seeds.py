"""Which office a simulator starts with, and the day it was made.

Asked only when the data folder keeps no world (`kept`). The day is kept there too: the same
seed and day make the same mail with the same ids, should the world itself be unreadable.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from m365sim.world.seedtypes import SeedOffice

REMAKE_AFTER = timedelta(days=14)


class MadeOn(msgspec.Struct):
    """When, and from which words, the kept office was made."""

    seed: str
    at: datetime


def seeded_office(seed: str, messages: int, data_dir: Path, now: datetime) -> SeedOffice:
    """The office of ``office``, ``office:N`` or ``empty``; ValueError for other words.

    An office made more than 14 days ago is made anew, so that its mail stays fresh.
    """
    if seed == "empty":
        return SeedOffice((), ())
    name, _, number = seed.partition(":")
    if name != "office" or not (number or "1").isdecimal():
        raise ValueError(f"The seed '{seed}' is not known. Use 'office', 'office:N' or 'empty'.")
    from m365sim.seed import office  # making an office is rare: most starts take up the kept one

    made_at = _made_at(seed, data_dir / "seed.json", now)
    return office(int(number or "1"), now=made_at, messages=messages)


def _made_at(seed: str, path: Path, now: datetime) -> datetime:
    today = datetime(now.year, now.month, now.day, now.hour, tzinfo=UTC)
    if path.exists():
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=MadeOn)
        except msgspec.MsgspecError as error:
            raise ValueError(f"{path} is not readable. Delete it to have the office made anew.") from error
        if kept.seed == seed and now - kept.at < REMAKE_AFTER:
            return kept.at
    path.write_bytes(msgspec.json.encode(MadeOn(seed, today)))
    return today
