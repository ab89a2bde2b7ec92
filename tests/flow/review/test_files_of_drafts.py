"""Files of drafts that Outlook changes, where their names alone do not tell."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flow.sending.outbox import Outbox, outbox
from tests.flow.sending.test_edited_there import _draft_with_two_files, _file, _outlook, _shown
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock

from poststelle.model.ids import is_local
from poststelle.model.message import Body

pytestmark = pytest.mark.anyio


async def _worked_on(box: Outbox, there: str) -> str:
    """As who opens a.txt out of the draft, changes it and saves: another file of the same name."""
    listed = (await _outlook(box, "GET", f"/{there}/attachments"))["value"]
    [old] = [one["id"] for one in listed if one["name"] == "a.txt"]
    await _outlook(box, "DELETE", f"/{there}/attachments/{old}")
    made = await _outlook(box, "POST", f"/{there}/attachments", _file("a.txt", 700))
    return str(made["id"])


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_file_that_outlook_has_worked_on_is_shown(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_ours: bool
) -> None:
    """Its size is another, and so are its octets: ours are those of before."""
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, "kunde@extern.example", is_ours=is_ours)
        await _worked_on(box, there)
        await box.mirror.pull()
        await box.mirror.pull()
        found = {one.name: one.size for one in await box.mirror.attachments(there) or ()}
        assert found["a.txt"] > 600


@pytest.mark.parametrize("is_pulled", [True, False])
@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_file_that_outlook_has_worked_on_is_not_destroyed_unseen(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_ours: bool, is_pulled: bool
) -> None:
    """Saving here replaces the draft, with the octets of before: what was written there must not go."""
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, "kunde@extern.example", is_ours=is_ours)
        before = await box.message(await box.mirror.message_id(there))
        assert before
        await _worked_on(box, there)
        if is_pulled:
            await box.mirror.pull()
        message = await box.message(await box.mirror.message_id(there))
        assert message
        if message.id == before.id:  # nobody here was told of anything
            await box.destroy(message)
            await box.settle()
            assert len(box.at_microsoft("drafts")) == 1


async def test_a_draft_saved_again_while_its_files_go_does_not_come_back(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The page saves every few seconds, and the second, large file of the first version is not there yet."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/attachments", status=503, code="ErrorServerBusy")
        files = [await box.file("a.txt", b"x" * 50), await box.file("b.bin", b"x" * 2_500_000)]
        first = await box.write(["kunde@extern.example"], files, subject="Angeb")
        await box.writer.run_due()
        await box.destroy(first)
        await box.write(["kunde@extern.example"], files, subject="Angebot")
        await box.settle(8, 5)
        await box.mirror.pull()

        assert [one["subject"] for one in box.at_microsoft("drafts")] == ["Angebot"]
        assert [n.code for n in await box.mirror.notices()] == []
        assert len(await box.mirror.local()) == 1


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_sent_message_shows_no_file_that_did_not_go(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_ours: bool
) -> None:
    """Outlook has removed them all, and nobody here has heard of it before it was sent from here."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, customer, is_ours=is_ours)
        for one in (await _outlook(box, "GET", f"/{there}/attachments"))["value"]:
            await _outlook(box, "DELETE", f"/{there}/attachments/{one['id']}")
        message = await box.message(await box.mirror.message_id(there))
        assert message
        await box.send_now(message)
        for _ in range(4):
            await box.settle(4, 10)
            await box.mirror.pull()
        await box.mirror.prove()
        await box.mirror.pull()

        [copy] = box.at_microsoft("sentitems")
        assert not copy["hasAttachments"]
        assert await _shown(box, copy["id"]) == []


async def test_a_picture_that_outlook_adds_before_it_is_sent_is_shown(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """In the text of what was sent."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        picture = _file("b.png") | {"isInline": True, "contentId": "b@x", "contentType": "image/png"}
        await _outlook(box, "POST", f"/{there['id']}/attachments", picture)
        body = {"contentType": "html", "content": "<p>Bild <img src='cid:b@x'></p>"}
        await _outlook(box, "PATCH", f"/{there['id']}", {"body": body})
        await box.send_now(message)
        for _ in range(4):
            await box.settle(4, 10)
            await box.mirror.pull()
        await box.mirror.prove()
        await box.mirror.pull()

        [copy] = box.at_microsoft("sentitems")
        assert await _shown(box, copy["id"]) == ["b.png"]


async def test_a_picture_that_outlook_exchanges_in_a_draft_is_shown(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Microsoft does not count it among the attachments. The text is not changed."""
    async with outbox(m365, tmp_path, clock) as box:
        picture = await box.file(
            "b.png", b"x" * 50, content_id="b@x", is_inline=True, content_type="image/png"
        )
        await box.write([], [picture], body=Body("text/html", "<p>Bild <img src='cid:b@x'></p>"))
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        [old] = (await _outlook(box, "GET", f"/{there['id']}/attachments"))["value"]
        await _outlook(box, "DELETE", f"/{there['id']}/attachments/{old['id']}")
        other = _file("neu.png") | {"isInline": True, "contentId": "b@x", "contentType": "image/png"}
        await _outlook(box, "POST", f"/{there['id']}/attachments", other)
        await box.mirror.pull()
        await box.mirror.pull()
        await box.mirror.prove()
        await box.mirror.pull()
        assert await _shown(box, there["id"]) == ["neu.png"]


async def test_a_file_of_the_same_name_added_there_replaces_none_of_ours(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Ours is still to go when Outlook adds one of the same name: both are there in the end."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/attachments", status=503, code="ErrorServerBusy")
        await box.write(["kunde@extern.example"], [await box.file("image.png", b"x" * 2_500_000)])
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/attachments", _file("image.png", 90))
        await box.settle(8, 5)
        await box.mirror.pull()
        assert await _shown(box, there["id"]) == ["image.png", "image.png"]


async def test_a_draft_deleted_for_good_whose_files_outlook_changed_is_a_draft_again(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """What was to be sent is not lost: its text and our own files go to Microsoft anew."""
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, "kunde@extern.example", is_ours=True)
        await _outlook(box, "POST", f"/{there}/attachments", _file("b.txt", 500))
        await box.mirror.pull()
        message = await box.message(await box.mirror.message_id(there))
        assert message
        await box.submit(message)
        await _outlook(box, "POST", f"/{there}/permanentDelete")
        for _ in range(5):
            await box.mirror.pull()
            await box.settle(4, 30)
        found = await box.message(message.id)
        assert found and not is_local(found.remote_id)


@pytest.mark.parametrize("is_pulled", [True, False])
@pytest.mark.parametrize("is_held", [True, False])
@pytest.mark.parametrize("ids", ["new", "kept"])
async def test_what_was_sent_there_before_its_files_had_come_shows_none(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str, *, is_held: bool, is_pulled: bool
) -> None:
    """Its large file was still on its way when somebody sent the draft in Outlook."""
    m365.control.set_behaviour(sentIds=ids)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            m365.control.fail_next("POST", "*/attachments", status=503)
            file = await box.file("a.bin", b"x" * 2_500_000)
            message = await box.write([m365.new_mailbox("kunde")], [file])
            await box.writer.run_due()
            if is_held:
                await box.submit(message)
            [draft] = box.at_microsoft("drafts")
            await box.send_in_outlook(draft["id"])
            if is_pulled:
                await box.mirror.pull()
            for _ in range(4):
                await box.settle(4, 20)
                await box.mirror.pull()
            await box.mirror.prove()
            await box.mirror.pull()
            [copy] = box.at_microsoft("sentitems")
            assert await _shown(box, copy["id"]) == []
    finally:
        m365.control.set_behaviour(sentIds="new")
