"""Less history takes away nothing that is still to be sent, nor what that will mark as answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from tests.flow.sending.outbox import Outbox, in_folder, outbox
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock

from poststelle.model.ids import RemoteId
from poststelle.model.submission import SubmissionState
from poststelle.store import history
from poststelle.sync.housekeeping import Housekeeper

pytestmark = pytest.mark.anyio


async def _subjects(box: Outbox) -> list[str]:
    return sorted(message["subject"] for message in (await box.mirror.local()).values())


async def test_what_is_still_to_be_sent_outlives_less_history(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """A letter held for weeks, the message it answers, and a draft that is not at Microsoft yet."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.receive(box.address, subject="Alt", **{"from": customer})
        [asked] = m365.control.receive(
            box.address, subject="Anfrage", messageId="<frage@kunde.example>", **{"from": customer}
        )
        mirror = box.mirror
        await mirror.pull()
        answer = await box.write([customer], subject="Antwort", in_reply_to=("frage@kunde.example",))
        await box.writer.run_due()
        held = await box.submit(answer, send_at=clock.now() + timedelta(days=1))
        await box.write([customer], subject="Entwurf")
        begins = clock.now() + timedelta(hours=1)
        keeper = Housekeeper(mirror.store, box.blobs, clock)

        await mirror.store.write(history.set_depth, mirror.account, 1, begins, clock.now(), is_longer=False)
        await keeper.forget_older_mail()
        kept = await _subjects(box)
        clock.advance(86_400)
        await box.settle()
        await keeper.forget_older_mail()

        assert kept == ["Anfrage", "Antwort", "Entwurf"]
        assert (await box.state(held)).state is SubmissionState.FINAL
        assert [one["subject"] for one in in_folder(m365, customer, "inbox")] == ["Antwort"]
        assert sorted(one["subject"] for one in box.at_microsoft("inbox")) == ["Alt", "Anfrage"]
        assert [one["subject"] for one in box.at_microsoft("drafts")] == ["Entwurf"]
        original = (await mirror.remote.fetch([RemoteId(asked)]))[RemoteId(asked)]
        assert original and original.is_answered
        assert "Anfrage" not in await _subjects(box)
        await mirror.check()
