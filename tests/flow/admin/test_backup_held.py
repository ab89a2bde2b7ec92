"""Octets stay where they are while a backup is made: for hours, though the database is away for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest
from tests.flow.admin.test_backup import Site

from poststelle import main as wiring
from poststelle.backup import manifest, taking
from poststelle.backup.manifest import BackupProblem
from poststelle.backup.taking import Installation
from poststelle.config import load
from poststelle.settings import rotation
from poststelle.store import backups


@dataclass
class LongClock:
    """One whose waits take a moment: a backup of minutes lasts a while of this one."""

    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.01)
        self.at += timedelta(seconds=seconds)


@dataclass
class OftenAway:
    """A store that is away for each second renewal of the hold; the keys are read when some were made."""

    store: Any
    holds: list[datetime] = field(default_factory=list)
    tried: int = 0

    async def write(self, work: Callable[..., Any], *words: Any) -> Any:
        if work is backups.hold:
            self.tried += 1
            if self.tried % 2 == 0:
                raise apsw.BusyError("away")
            self.holds.append(words[1])
        return await self.store.write(work, *words)

    async def read(self, work: Callable[..., Any], *words: Any) -> Any:
        if work is rotation.headers:
            async with asyncio.timeout(60):
                while len(self.holds) < 4:  # noqa: ASYNC110 - what comes is a list
                    await asyncio.sleep(0.01)
        return await self.store.read(work, *words)


def _taken(site: Site, folder: Path, of: Callable[[Any], Installation], tell: Callable[[str], None]) -> None:
    async def back_up() -> None:
        config = load({"POSTSTELLE_DATA": str(site.folder)})
        async with wiring.build(config) as built:
            await taking.take(of(built.services), folder, tell)

    asyncio.run(back_up())


def _of(it: Any, site: Site, store: Any, clock: Any) -> Installation:
    return Installation(
        store, it.ring, clock, f"sqlite:///{site.folder / 'poststelle.db'}", site.folder / "blobs"
    )


def test_a_hold_that_could_not_be_renewed_once_is_renewed_again(tmp_path: Path) -> None:
    """Each time, long before it ends; the backup is made."""
    site, away, clock = Site(tmp_path / "site"), OftenAway(None), LongClock()

    def of(it: Any) -> Installation:
        away.store = it.store
        return _of(it, site, away, clock)

    _taken(site, tmp_path / "backup", of, lambda _: None)
    assert away.tried > len(away.holds) >= 4
    assert max(b - a for a, b in zip(away.holds, away.holds[1:], strict=False)) < timedelta(minutes=10)
    assert manifest.read(tmp_path / "backup").keys


def test_a_backup_whose_hold_has_lapsed_is_none(tmp_path: Path) -> None:
    """The machine slept for an hour meanwhile: octets may be gone. The backup before stays as it was."""
    site, clock, folder = Site(tmp_path / "site"), LongClock(), tmp_path / "backup"
    _taken(site, folder, lambda it: _of(it, site, it.store, clock), lambda _: None)
    before = (folder / manifest.NAME).read_bytes()

    def sleep(told: str) -> None:
        if told.startswith("Copying messages"):
            clock.at += timedelta(hours=1)

    with pytest.raises(BackupProblem, match="may have been removed"):
        _taken(site, folder, lambda it: _of(it, site, it.store, clock), sleep)
    assert (folder / manifest.NAME).read_bytes() == before
    assert taking.verify(folder, lambda _: None) == []
