"""The floor that a first synchronisation is measured against writes what the server writes."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bench import bare, floor
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import mirrored

pytestmark = pytest.mark.anyio

OWN = {"id", "account_id", "thread_id", "preview", "attachments_known"}
"""Numbers given here; and what the server cuts or finds out by further requests."""


@pytest.mark.chooses_database
async def test_the_floor_writes_the_rows_of_a_first_synchronisation(m365: Simulator, tmp_path: Path) -> None:
    """Of every column of today's schema."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 30)
    m365.control.clear_calls()
    async with mirrored(m365, address, tmp_path, SetClock()) as mirror:
        await mirror.pull()
        rounds = bare.Rounds.among(m365.control.calls(path="messages/delta", limit=10_000))
        await asyncio.to_thread(floor.fill, m365, address, rounds, tmp_path / "floor.db")
        ours = _messages(tmp_path / "poststelle.db")

        assert len(ours) == 30
        assert _messages(tmp_path / "floor.db") == ours


def _messages(path: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        rows = database.execute("select * from messages order by remote_id").fetchall()
    return [{name: row[name] for name in row.keys() if name not in OWN} for row in rows]  # noqa: SIM118
