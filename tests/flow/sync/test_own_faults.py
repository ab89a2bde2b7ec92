"""An error of our own over one message costs that message, is told, and is made good once it can be."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, mirrored, truth

from poststelle.model.check import Check, Kind
from poststelle.model.folder import Role
from poststelle.providers.base import DeltaPage, RemoteMessage
from poststelle.store import checks, counters, cursors, folders, sync_states
from poststelle.sync.completed import PATIENCE

pytestmark = pytest.mark.anyio
LONG_S = 400
BEYOND = 10**30  # octets: no database holds such a number


async def _pulls(mirror: Mirror, clock: SetClock, times: int) -> None:
    for _ in range(times):
        await mirror.pull()
        clock.advance(LONG_S)


def _spoil(mirror: Mirror, *broken: str) -> Callable[[], None]:
    """Have the provider tell these messages with a size that can't be stored, until the answer is called."""
    spoilt = set(broken)
    delta, fetch, locate = mirror.remote.message_delta, mirror.remote.fetch, mirror.remote.locate

    def told(item: RemoteMessage) -> RemoteMessage:
        # What we hold is asked for without its size; PostgreSQL holds no NUL.
        unstorable = {"size": BEYOND, "preview": BEYOND, "subject": "A\0", "cc": (None,)}
        return structs.replace(item, **unstorable) if item.remote_id in spoilt else item

    async def message_delta(*args: Any, **options: Any) -> DeltaPage:
        page = await delta(*args, **options)
        return replace(page, messages=tuple(map(told, page.messages)))

    async def fetched(*args: Any) -> Any:
        return {key: item and told(item) for key, item in (await fetch(*args)).items()}

    async def located(*args: Any) -> Any:
        return {key: item and told(item) for key, item in (await locate(*args)).items()}

    mirror.remote.message_delta = message_delta
    mirror.remote.fetch, mirror.remote.locate = fetched, located
    return spoilt.clear


async def _findings(mirror: Mirror, check: Check) -> set[tuple[Any, ...]]:
    found = await mirror.store.read(checks.findings, mirror.account, check.id)
    return {(f.kind, f.remote_id, f.is_repaired) for f in found}


async def test_a_message_that_cant_be_stored_keeps_no_other_away(m365: Simulator, url: str) -> None:
    """It is missing, and named by the proof; new mail comes; the first check after the mend brings it."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(12)])
    async with mirrored(m365, address, url, clock) as mirror:
        mend = _spoil(mirror, ids[7])
        await _pulls(mirror, clock, PATIENCE + 1)
        ids += m365.control.receive(address, subject="Neu")
        await _pulls(mirror, clock, 1)
        held = set(await mirror.local())
        problem = (await mirror.store.read(sync_states.get, mirror.account)).problem
        told = await mirror.store.read(counters.compare, mirror.account)
        named = await _findings(mirror, await mirror.prove())
        mend()
        mended = await _findings(mirror, await mirror.prove())

        assert held == set(ids) - {ids[7]}
        assert problem is None
        assert (told.expected, told.held, told.differences) == (13, 12, 1)
        assert named == {(Kind.MISSING, ids[7], False)}
        assert mended == {(Kind.MISSING, ids[7], True)}
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_a_change_that_cant_be_stored_is_no_reason_to_lose_the_message(
    m365: Simulator, tmp_path: Path
) -> None:
    """Not in a sweep, nor when it is asked for by its id; what is with it there goes on."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(9)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        inbox = await mirror.store.read(folders.by_role, mirror.account, Role.INBOX)
        assert inbox
        mend = _spoil(mirror, ids[3], ids[4])
        m365.control.move(address, [ids[4], ids[5]], "archive")
        m365.control.delete(address, [ids[6]], permanently=True)
        m365.control.update(address, [ids[2], ids[3]], isRead=True)
        await mirror.store.write(cursors.destroy, mirror.account, inbox.id)
        await _pulls(mirror, clock, 2 * PATIENCE)
        held = await mirror.local()
        mend()
        await _pulls(mirror, clock, 1)
        await mirror.prove()

        assert held.keys() == set(ids) - {ids[6]}
        assert held[ids[2]]["is_read"] and not held[ids[3]]["is_read"]
        assert held[ids[5]]["folder"] == truth(m365, address)[ids[5]]["folder"]
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_an_attachment_list_that_cant_be_stored_keeps_no_other_away(
    m365: Simulator, tmp_path: Path
) -> None:
    """It is asked for again later; the account's pulls end well meanwhile."""
    address, clock = m365.new_mailbox(), SetClock()
    attached = {"attachments": [{"name": "plan.txt", "contentType": "text/plain", "text": "Plan"}]}
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} | attached for n in range(5)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        ask, spoilt = mirror.remote.attachments_many, {ids[2]}

        async def listed(wanted: Any) -> Any:
            found = await ask(wanted)
            return {
                key: [replace(one, size=BEYOND if key in spoilt else one.size) for one in files]
                for key, files in found.items()
            }

        mirror.remote.attachments_many = listed
        await _pulls(mirror, clock, 1)
        lists = [await mirror.attachments(message) for message in ids]
        problem = (await mirror.store.read(sync_states.get, mirror.account)).problem
        spoilt.clear()
        await _pulls(mirror, clock, 4)

        assert [None if found is None else len(found) for found in lists] == [1, 1, None, 1, 1]
        assert problem is None
        assert await mirror.attachments(ids[2])
