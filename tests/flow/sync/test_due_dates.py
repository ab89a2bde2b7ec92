"""Flag and due date are one at Microsoft, and two things to people: neither takes the other along."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import USER, Mirror, mirrored, truth

from poststelle.mail import organise
from poststelle.mail.organise import Marks
from poststelle.model.message import Mutable
from poststelle.store import messages

pytestmark = pytest.mark.anyio
DAY = {"dateTime": "2027-01-05T00:00:00", "timeZone": "UTC"}


async def mark(mirror: Mirror, remote_id: str, **said: Any) -> None:
    message = await mirror.message_id(remote_id)
    wanted = (USER, mirror.account, message, Marks(**said), mirror.clock.now())
    await mirror.store.write(organise.set_marks, *wanted)


async def held(mirror: Mirror, remote_id: str) -> Mutable:
    found = await mirror.store.read(messages.get, mirror.account, await mirror.message_id(remote_id))
    assert found
    return found.mutable


async def flag_there(mirror: Mirror, message: str) -> dict[str, Any]:
    assert mirror.outlook
    answer = await mirror.outlook.send("GET", f"/me/messages/{message}?$select=flag")
    found: dict[str, Any] = msgspec.json.decode(answer.body)["flag"]
    return found


async def test_each_is_changed_without_the_other(m365: Simulator, tmp_path: Path) -> None:
    """The date goes and the flag stays; a flag that is taken and given back in time stays one."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        await mark(mirror, message, due_at=mirror.clock.now() + timedelta(days=2))
        await mirror.drain.run_due()
        await mirror.pull()
        await mirror.keywords(message, flagged=False)
        await mirror.keywords(message, flagged=True)
        await mirror.drain.run_due()
        again = await flag_there(mirror, message)
        await mark(mirror, message, due_at=mirror.clock.now() + timedelta(days=3))
        await mark(mirror, message, due_at=None)
        await mirror.drain.run_due()
        await mirror.pull()

        assert (again["flagStatus"], "dueDateTime" in again) == ("flagged", False)
        assert truth(m365, address)[message]["is_flagged"]
        kept = await held(mirror, message)
        assert (kept.is_flagged, kept.due_at) == (True, None)


async def test_a_date_set_back_before_it_went_leaves_the_one_at_microsoft(
    m365: Simulator, tmp_path: Path
) -> None:
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        first = mirror.clock.now() + timedelta(days=2)
        await mark(mirror, message, due_at=first)
        await mirror.drain.run_due()
        before = await flag_there(mirror, message)
        await mirror.pull()
        due = (await held(mirror, message)).due_at
        await mark(mirror, message, due_at=first + timedelta(days=9))
        await mark(mirror, message, due_at=due)
        waiting = await mirror.pending()
        await mirror.drain.run_due()

        assert waiting == 0
        assert await flag_there(mirror, message) == before


async def test_a_date_that_is_taken_away_in_outlook_goes_here(m365: Simulator, tmp_path: Path) -> None:
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        assert mirror.outlook
        for flag in ({"startDateTime": DAY, "dueDateTime": DAY}, {}):
            body = {"flag": {"flagStatus": "flagged"} | flag}
            await mirror.outlook.send("PATCH", f"/me/messages/{message}", body=body)
            await mirror.pull()
            found = await held(mirror, message)
            assert (found.is_flagged, found.due_at is None) == (True, not flag)
