"""Pages that only hint at a message: it is asked for, never guessed and never missed."""

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import mirrored, truth

pytestmark = pytest.mark.anyio


async def test_a_new_message_that_left_and_came_back_is_not_missed(m365: Simulator, url: str) -> None:
    """Arrived, moved away and moved back between two rounds: told only as a removal of something unknown."""
    address = m365.new_mailbox()
    m365.control.create_folder(address, "B")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        [travelling] = m365.control.receive(address, subject="Kaum da, schon unterwegs")
        m365.control.move(address, [travelling], to="B")
        m365.control.move(address, [travelling], to="inbox")
        await mirror.pull()

        local = await mirror.local()
        assert travelling in local
        assert local == truth(m365, address)
        await mirror.check()


async def test_a_new_message_that_has_gone_for_good_leaves_no_trace(m365: Simulator, url: str) -> None:
    """Arrived and removed for good between two rounds: nothing is stored, nothing fails."""
    address = m365.new_mailbox()
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        arrived = m365.control.receive(address, subject="Zu spät")
        m365.control.delete(address, arrived, permanently=True)
        await mirror.pull()

        assert await mirror.local() == truth(m365, address)
        await mirror.check()
