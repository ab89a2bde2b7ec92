"""Pages that only hint at a message: it is asked for, never guessed and never missed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import mirrored, truth

from poststelle.model.ids import RemoteId
from poststelle.providers.base import DeltaPage, RemoteMessage

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


async def test_a_hint_at_a_message_of_the_page_before_is_no_stranger(m365: Simulator, url: str) -> None:
    """Both pages wait to be stored together: the hint is looked up when the first of them is there."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 400, "archive")
    async with mirrored(m365, address, url) as mirror:
        ask, have_come = mirror.remote.message_delta, asyncio.Event()
        pages: list[DeltaPage] = []
        strangers: list[RemoteId] = []

        async def hinting(folder: str, cursor: str | None, **options: Any) -> DeltaPage:
            page = await ask(folder, cursor, **{**options, "page_size": 50})
            if not page.messages:
                return page
            pages.append(page)
            if len(pages) == 1:
                return replace(page, left=frozenset({RemoteId("unknown")}))
            if len(pages) != 3:
                return page
            have_come.set()
            return replace(page, left=frozenset({pages[1].messages[0].remote_id}))

        async def patient(ids: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
            strangers.extend(ids)
            await have_come.wait()
            return dict.fromkeys(ids)

        mirror.remote.message_delta, mirror.remote.fetch = hinting, patient
        await mirror.pull()

        assert strangers == ["unknown"]
        assert await mirror.local() == truth(m365, address)
        await mirror.check()
