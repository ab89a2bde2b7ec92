"""Pulling: the local copy becomes what Microsoft holds, and stays so."""

from pathlib import Path

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import mirrored, truth

pytestmark = pytest.mark.anyio


async def test_the_first_synchronisation_copies_the_whole_mailbox(m365: Simulator, tmp_path: Path) -> None:
    """Every message of every folder arrives, with its flags and its folder."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 700)
    m365.control.create_folder(address, "Objekte")
    m365.control.create_folder(address, "Lindenallee / 3", "Objekte")
    m365.control.receive_count(address, 130, ["Objekte", "Lindenallee / 3"])
    m365.control.receive(address, "sentitems", subject="Angebot", isRead=True, categories=["Verkauf"])

    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()

        assert await mirror.local() == truth(m365, address)
        await mirror.check()
