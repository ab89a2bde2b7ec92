"""Copies that people make of drafts, and sent copies that have lost our key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.flow.sending.outbox import QUICK, outbox
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock

from poststelle.model.ids import AccountId
from poststelle.model.submission import SubmissionState
from poststelle.writeback.sender import Sender

pytestmark = pytest.mark.anyio


async def test_a_copy_left_in_drafts_is_not_sent_in_place_of_what_was_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Made without an answer; a colleague copies it in Outlook and sends it: it is sent, once."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock, patience_s=120) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await box.submit(await box.write([customer], subject="Angebot"))
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/copy", {"destinationId": "drafts"})
        await _outlook(box, "POST", f"/{there['id']}/send")
        for _ in range(4):
            await box.settle(4, 30)
            await box.mirror.pull()
        assert arrived(m365, customer) == ["Angebot"]


class _Keyless:
    """A provider whose sent copies have lost the property that names them."""

    def __init__(self, remote: Any) -> None:
        self._remote = remote

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    async def written(self, key: str, internet_message_id: str) -> Any:
        found = await self._remote.written(key, internet_message_id)
        return [one if one.is_draft else structs.replace(one, draft_key=None) for one in found]


@pytest.mark.parametrize("said", [{}, {"message_id": "brief-1@desk.example"}], ids=["ours", "as the page"])
async def test_a_copy_without_our_key_is_known_by_its_message_id(
    m365: Simulator, tmp_path: Path, clock: SetClock, said: Mapping[str, Any]
) -> None:
    """The page names the Message-ID of all that is written in it. Nothing else has that."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer], **said)
        await box.settle()
        remote = _Keyless(box.mirror.remote)

        async def open_remote(_: AccountId) -> Any:
            return remote

        sender = Sender(box.mirror.store, open_remote, clock, "test/keyless", pace=QUICK)
        m365.control.fail_next(**SEND, kind="lost")
        submission = await box.send_now(message)
        for _ in range(20):
            await sender.run_due()
            clock.advance(10)
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, customer) == ["Angebot"]
