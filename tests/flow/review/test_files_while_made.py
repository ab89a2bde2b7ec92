"""Files that Outlook adds or removes while a draft is made: whether it has some is told right afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sending.test_edited_there import _file, _outlook, _shown
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.writeback import OpKind

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("change", ["added", "removed"])
async def test_whether_it_has_files_is_told_right(
    m365: Simulator, tmp_path: Path, clock: SetClock, change: str
) -> None:
    """Between its making and its reading back; neither rounds nor the proof mend what is wrong then."""
    async with outbox(m365, tmp_path, clock) as box:
        busy = {"status": 503, "code": "ErrorServerBusy"}
        m365.control.fail_next("POST", "*/$batch", **busy)
        m365.control.fail_next("GET", "*/messages/*", **busy)
        files = [await box.file("a.txt", b"x" * 50)] if change == "removed" else []
        await box.write(["kunde@extern.example"], files, subject="Angebot")
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        assert await box.mirror.pending() == 1
        m365.control.clear_faults()
        if change == "added":
            await _outlook(box, "POST", f"/{there['id']}/attachments", _file("b.txt", 500))
        else:
            [one] = (await _outlook(box, "GET", f"/{there['id']}/attachments"))["value"]
            await _outlook(box, "DELETE", f"/{there['id']}/attachments/{one['id']}")
        await box.settle(8, 60)
        for _ in range(3):
            await box.mirror.pull()
        await box.mirror.prove()
        await box.mirror.pull()

        assert await _shown(box, there["id"]) == (["b.txt"] if change == "added" else [])
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_refused_draft_that_is_destroyed_stays_destroyed(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Its second file was refused; somebody throws the draft away."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/attachments", status=413, code="ErrorMessageSizeExceeded", times=9)
        files = [await box.file("a.txt", b"x" * 50), await box.file("b.bin", b"x" * 2_500_000)]
        message = await box.write(["kunde@extern.example"], files)
        await box.settle(2, 5)
        assert [n.detail for n in await box.mirror.notices()] == ["ErrorMessageSizeExceeded"]
        await box.destroy(message)
        for _ in range(3):
            await box.settle(3, 1300)
            await box.mirror.pull()
        told = [(n.kind, n.code, n.detail) for n in await box.mirror.notices()]
        assert ([one for one in told if one[0] is not OpKind.CREATE], await box.mirror.local()) == ([], {})
        assert box.at_microsoft("drafts") == []
