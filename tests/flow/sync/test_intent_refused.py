"""What people decided, and something in its way is refused or gone: nothing waits for ever or is lost."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import Outbox, outbox
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, Mirror, folder_truth, mirrored, truth
from tests.flow.sync.tree import Tree

from poststelle.mail import organise, queue
from poststelle.store import folder_ops

pytestmark = pytest.mark.anyio
LONG_S = 900
OUTLOOK = {"subject": "Von Outlook", "body": {"contentType": "text", "content": "Arbeit"}}
REFUSED: dict[str, Any] = {"status": 400, "code": "ErrorInvalidRequest"}


async def _rounds(box: Outbox, clock: SetClock, count: int) -> None:
    for _ in range(count):
        clock.advance(LONG_S)
        await box.writer.run_due()
        await box.mirror.drain.run_due()
        await box.mirror.pull()


async def _hinder(m365: Simulator, mirror: Mirror, how: str) -> None:
    """See to it that the oldest folder that is to be made is not made: it is given up, or refused."""
    if how == "given up":
        [oldest, *_] = await mirror.store.read(folder_ops.list_all, mirror.account)
        await mirror.store.write(queue.give_up, USER, mirror.account, oldest.id, mirror.clock.now())
    else:
        m365.control.fail_next("POST", "*/mailFolders", **REFUSED)


def _subjects(m365: Simulator, box: Outbox) -> list[str]:
    return sorted(message["subject"] for message in truth(m365, box.address).values())


@pytest.mark.parametrize("how", ["given up", "refused"])
async def test_a_folder_that_is_not_made_leaves_no_ring_of_waiting(
    m365: Simulator, tmp_path: Path, how: str
) -> None:
    """Moved out of a folder that goes into a new one, and on into a newer one: the first is not made."""
    address, clock = m365.new_mailbox(), SetClock()
    folder = m365.control.create_folder(address, "Alt")["id"]
    [one] = m365.control.receive(address, folder, subject="Wichtig")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        tree = Tree(mirror)
        await tree.create("Neu")
        await tree.put(one, "Neu")
        await tree.destroy("Alt", with_messages=False)
        await tree.create("Neuer")
        await tree.put(one, "Neuer")
        await _hinder(m365, mirror, how)
        for _ in range(5):
            clock.advance(LONG_S)
            await mirror.drain.run_due()
            await mirror.pull()

        assert await mirror.pending() == 0
        assert truth(m365, address)[one]["folder"] == "Neuer"
        assert "Neu" not in folder_truth(m365, address)
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


@pytest.mark.parametrize("how", ["given up", "refused", "parent gone"])
@pytest.mark.parametrize("kind", ["import", "draft"])
async def test_what_was_written_into_a_folder_that_is_not_made_is_made_elsewhere(
    m365: Simulator, tmp_path: Path, kind: str, how: str
) -> None:
    """In the inbox, or the drafts; and no other change of the account waits for it."""
    clock = SetClock()
    async with outbox(m365, tmp_path, clock) as box:
        parent = m365.control.create_folder(box.address, "Oben")["id"]
        [other] = m365.control.receive(box.address, subject="Anderes")
        await box.mirror.pull()
        new = await Tree(box.mirror).create("Neu", "Oben" if how == "parent gone" else None)
        if kind == "import":
            await box.bring("Geschrieben", new)
        else:
            draft = await box.write(["kunde@extern.example"], subject="Geschrieben")
            await box.mirror.store.write(organise.move, USER, box.account, draft.id, new, clock.now())
        if how == "parent gone":
            m365.control.delete_folder(box.address, parent, permanently=True)
        else:
            await _hinder(m365, box.mirror, how)
        await box.mirror.keywords(other, seen=True)
        await _rounds(box, clock, 8)

        assert await box.mirror.pending() == 0
        assert truth(m365, box.address)[other]["is_read"]
        assert _subjects(m365, box) == ["Anderes", "Geschrieben"]
        assert len(box.at_microsoft("inbox" if kind == "import" else "drafts")) == (
            2 if kind == "import" else 1
        )
        assert await box.mirror.local() == truth(m365, box.address)
        await box.mirror.check()


@pytest.mark.parametrize("is_pulled", [True, False])
async def test_an_import_into_a_folder_that_was_destroyed_there_goes_to_the_inbox(
    m365: Simulator, tmp_path: Path, *, is_pulled: bool
) -> None:
    """After a few attempts, for a folder may be younger than what answers; and it is told, once."""
    clock = SetClock()
    async with outbox(m365, tmp_path, clock) as box:
        there = m365.control.create_folder(box.address, "Weg")["id"]
        await box.mirror.pull()
        folder = await Tree(box.mirror).id_of("Weg")
        m365.control.delete_folder(box.address, there, permanently=True)
        await box.bring("Geschrieben", folder)
        await box.bring("Auch geschrieben", folder)
        if is_pulled:
            await box.mirror.pull()
        await _rounds(box, clock, 8)

        assert await box.mirror.pending() == 0
        assert sorted(message["subject"] for message in box.at_microsoft("inbox")) == [
            "Auch geschrieben",
            "Geschrieben",
        ]
        assert [notice.detail for notice in await box.mirror.notices()] == ["brought_home"]
        assert await box.mirror.folder_paths() == folder_truth(m365, box.address)
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_ours", [True, False])
@pytest.mark.parametrize(
    "steps",
    [
        ("edit", "destroy", "pull"),
        ("destroy", "edit", "pull"),
        ("destroy", "pull", "edit", "pull"),
        ("destroy", "edit"),
    ],
    ids=" ".join,
)
async def test_an_edit_elsewhere_is_kept_whatever_is_pulled_meanwhile(
    m365: Simulator, tmp_path: Path, steps: Sequence[str], *, is_ours: bool
) -> None:
    """Destroyed here and edited in Outlook before that is sent: it comes back, as it is there."""
    async with outbox(m365, tmp_path, SetClock()) as box:
        outlook = box.mirror.outlook
        assert outlook
        if is_ours:
            await box.write(["kunde@extern.example"], subject="Angebot")
            await box.settle()
        else:
            await outlook.send("POST", "/me/messages", body={"subject": "Angebot"})
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        for step in steps:
            if step == "edit":
                await outlook.send("PATCH", f"/me/messages/{there['id']}", body=OUTLOOK)
            elif step == "destroy":
                await box.mirror.destroy(there["id"])
            else:
                await box.mirror.pull()
        await box.settle()
        await box.mirror.pull()

        assert [message["subject"] for message in box.at_microsoft("drafts")] == ["Von Outlook"]
        assert [notice.detail for notice in await box.mirror.notices()] == ["edited_elsewhere"]
        assert await box.mirror.local() == truth(m365, box.address)
        await box.mirror.check()


@pytest.mark.parametrize("status", [500, 504])
async def test_an_outage_of_reading_destroys_nothing_unseen(
    m365: Simulator, tmp_path: Path, status: int
) -> None:
    """Edited in Outlook, destroyed here, and for an hour nothing can be read there."""
    m365.be_kind()
    clock = SetClock()
    async with outbox(m365, tmp_path, clock) as box:
        first = await box.write(["kunde@extern.example"], subject="Angebot")
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        assert box.mirror.outlook
        await box.mirror.outlook.send("PATCH", f"/me/messages/{there['id']}", body=OUTLOOK)
        await box.destroy(first)
        m365.control.fail_next("GET", "*/messages/*", times=10_000, status=status, code="ErrorInternal")
        for _ in range(60):
            clock.advance(60)
            await box.mirror.drain.run_due()
        meanwhile = box.at_microsoft("drafts")
        m365.control.clear_faults()
        await _rounds(box, clock, 3)

        assert [m["subject"] for m in meanwhile] == ["Von Outlook"]
        assert [m["subject"] for m in box.at_microsoft("drafts")] == ["Von Outlook"]
        assert [notice.detail for notice in await box.mirror.notices()] == ["edited_elsewhere"]
