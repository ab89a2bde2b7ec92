"""The seeded office, with everything odd that is in it, arrives whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.sim import Simulator, running_simulator
from tests.flow.sync.mirror import folder_truth, mirrored, truth

from poststelle.lib.clock import SystemClock
from poststelle.store import attachments

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A simulator with the estate agent's office in it."""
    with running_simulator(tmp_path_factory.mktemp("office"), seed="office") as simulator:
        yield simulator


@pytest.mark.parametrize("address", ["info@buero-lindner.example", "emily.carter@outlook.example"])
async def test_the_office_arrives_whole(office: Simulator, tmp_path: Path, address: str) -> None:
    """Nested and oddly named folders, umlauts, emoji, right-to-left text, a personal account: all of it."""
    [password] = [a["password"] for a in office.facts["accounts"] if a["address"] == address]
    async with mirrored(office, address, tmp_path, password=password) as mirror:
        assert await mirror.remote.verify(address) == address
        await mirror.pull()

        assert await mirror.local() == truth(office, address)
        assert await mirror.folder_paths() == folder_truth(office, address)
        for _ in range(4):  # attachment lists come a few hundred a pull
            await mirror.pull()
        now = SystemClock().now()
        assert await mirror.store.read(attachments.without_attachments, mirror.account, now, 1) == []
        await mirror.check()
