"""Which office a simulator starts with, and the day it was made.

Asked only when the data folder keeps no world (`kept`). The day is kept there too: the same
seed and day make the same mail with the same ids, should the world itself be unreadable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from m365sim.world.seedtypes import SeedOffice, SeedRun

REMAKE_AFTER = timedelta(days=14)
MAX_COUNT = 1_000_000
"""The most derived messages that one command makes."""


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


def runs_of(texts: Sequence[str]) -> tuple[SeedRun, ...]:
    """What ``ADDRESS:COUNT`` asks for; ValueError for anything else."""
    runs = []
    for text in texts:
        address, _, number = text.rpartition(":")
        is_count = number.isascii() and number.isdecimal() and 1 <= int(number) <= MAX_COUNT
        if not address or not is_count:
            raise ValueError(f"--bulk '{text}' is not ADDRESS:COUNT with a count from 1 to {MAX_COUNT:,}.")
        runs.append(SeedRun(address, int(number)))
    return tuple(runs)


def with_runs(office: SeedOffice, runs: Sequence[SeedRun]) -> SeedOffice:
    """The office with more mail in some inboxes; ValueError for the address of nobody who has a mailbox."""
    known = {user.upn.lower() for user in office.users if user.has_mailbox}
    if unknown := [run.address for run in runs if run.address.lower() not in known]:
        raise ValueError(f"--bulk: nobody of this office has the mailbox {unknown[0]}.")
    return replace(office, runs=tuple(runs))


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
