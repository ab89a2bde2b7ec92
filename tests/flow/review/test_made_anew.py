"""An answer begun in Outlook, or copied there, that is made anew: it stays an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("is_ours", [True, False])
async def test_an_answer_that_is_made_anew_stays_in_its_thread(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_ours: bool
) -> None:
    """Deleted there for good while it was held here: the new draft answers what the old one answered."""
    async with outbox(m365, tmp_path, clock) as box:
        [asked] = m365.control.receive(
            box.address, subject="Anfrage", messageId="<frage@kunde.example>", **{"from": "k@extern.example"}
        )
        await box.mirror.pull()
        if is_ours:
            names = ("frage@kunde.example",)
            answer = await box.write(["k@extern.example"], in_reply_to=names, references=names)
            await box.settle()
        else:
            made = await _outlook(box, "POST", f"/{asked}/createReply")
            await box.mirror.pull()
            found = await box.message(await box.mirror.message_id(made["id"]))
            assert found
            answer = found
        await box.mirror.pull()
        assert await box.mirror.local() == truth(m365, box.address)
        await box.submit(answer)
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/permanentDelete")
        for _ in range(5):
            await box.mirror.pull()
            await box.settle(4, 30)
        await box.mirror.pull()
        [anew] = box.at_microsoft("drafts")
        assert anew["inReplyTo"] == ["<frage@kunde.example>"]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_copied_draft_of_another_conversation_is_in_its_own_thread(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """What is forwarded begins a conversation at Microsoft, and its answers lie there, not with ours."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        [asked] = m365.control.receive(
            box.address, subject="Anfrage", messageId="<frage@kunde.example>", **{"from": customer}
        )
        await box.mirror.pull()
        original = await box.mirror.message_id(asked)
        forward = await box.write([customer], subject="WG: Anfrage", answers=original)
        await box.send_now(forward)
        for _ in range(3):
            await box.settle(4, 10)
            await box.mirror.pull()
        sent = await box.message(forward.id)
        assert sent
        m365.control.post(
            box.address, subject="AW: WG: Anfrage", inReplyTo=sent.internet_message_id, **{"from": customer}
        )
        await box.mirror.pull()
        [reply] = [one for one in box.at_microsoft("inbox") if one["subject"].startswith("AW:")]
        answered = await box.message(await box.mirror.message_id(reply["id"]))
        assert answered and answered.thread_id == sent.thread_id
