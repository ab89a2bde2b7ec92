"""What the proof says of drafts that nobody could read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sending.test_edited_there import EDIT, _outlook
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

pytestmark = pytest.mark.anyio


async def test_a_draft_that_cannot_be_read_is_no_agreement(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """It says something else there; the list shows it, reading it fails: that is told."""
    async with outbox(m365, tmp_path, clock) as box:
        await box.write(["kunde@extern.example"], subject="Angebot")
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "PATCH", f"/{there['id']}", EDIT)
        m365.control.poison(box.address, [there["id"]])
        found = await box.mirror.prove()
        m365.control.poison(box.address, [there["id"]], is_poisoned=False)
        assert await box.mirror.local() != truth(m365, box.address)
        assert (found.differences, found.unreadable) != (0, 0)
