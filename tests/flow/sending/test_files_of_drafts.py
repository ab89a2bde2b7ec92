"""Files of drafts that Outlook changes where names do not tell, while they are made, and before they go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.flow.sending.outbox import QUICK, Outbox, outbox
from tests.flow.sending.test_edited_there import EDIT, _draft_with_two_files, _file, _outlook, _shown
from tests.flow.sending.test_whose_copy import _let_pass
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.ids import AccountId, is_local
from poststelle.model.message import Body
from poststelle.store import attachments, checks
from poststelle.writeback.draft_writer import DraftWriter

pytestmark = pytest.mark.anyio

PICTURE = {"isInline": True, "contentId": "b@x", "contentType": "image/png"}
WITH_PICTURE = "<p>Bild <img src='cid:b@x'></p>"
BUSY = {"status": 503, "code": "ErrorServerBusy"}
ABSENT = {"status": 404, "code": "ErrorItemNotFound"}


@pytest.mark.parametrize(("is_ours", "is_pulled"), [(True, True), (True, False), (False, False)])
async def test_a_file_that_outlook_has_worked_on_is_not_destroyed_unseen(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_ours: bool, is_pulled: bool
) -> None:
    """It has the name of before. Saving here replaces the draft with the octets of before."""
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, "kunde@extern.example", is_ours=is_ours)
        before = await box.message(await box.mirror.message_id(there))
        assert before
        listed = (await _outlook(box, "GET", f"/{there}/attachments"))["value"]
        [old] = [one["id"] for one in listed if one["name"] == "a.txt"]
        await _outlook(box, "DELETE", f"/{there}/attachments/{old}")
        await _outlook(box, "POST", f"/{there}/attachments", _file("a.txt", 700))
        if is_pulled:
            await box.mirror.pull()
        else:
            await box.destroy(before)
            await box.settle()
            assert [notice.detail for notice in await box.mirror.notices()] == ["edited_elsewhere"]

        after = await box.message(await box.mirror.message_id(there))
        sizes = {file.name: file.size for file in await box.mirror.attachments(there) or ()}
        assert after and after.id != before.id
        assert sizes["a.txt"] >= 700
        await box.destroy(after)
        await box.settle()
        assert box.at_microsoft("drafts") == []


async def test_a_picture_that_outlook_exchanges_is_shown(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Microsoft does not count it among the attachments, and the text is not changed: the proof sees it."""
    async with outbox(m365, tmp_path, clock) as box:
        ours = await box.file("b.png", b"x" * 50, content_id="b@x", is_inline=True, content_type="image/png")
        await box.write([], [ours], body=Body("text/html", WITH_PICTURE))
        await box.settle()
        await box.mirror.pull()
        [there] = box.at_microsoft("drafts")
        [old] = (await _outlook(box, "GET", f"/{there['id']}/attachments"))["value"]
        await _outlook(box, "DELETE", f"/{there['id']}/attachments/{old['id']}")
        await _outlook(box, "POST", f"/{there['id']}/attachments", _file("neu.png") | PICTURE)
        await box.mirror.pull()
        await box.mirror.prove()

        assert await _shown(box, there["id"]) == ["neu.png"]


async def test_a_draft_saved_again_while_its_files_go_does_not_come_back(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The page saves every few seconds, and the second, large file of the first version is not there yet."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/attachments", **BUSY)
        files = [await box.file("a.txt", b"x" * 50), await box.file("b.bin", b"x" * 2_500_000)]
        first = await box.write(["kunde@extern.example"], files, subject="Angeb")
        await box.writer.run_due()
        await box.destroy(first)
        await box.write(["kunde@extern.example"], files, subject="Angebot")
        await box.settle(8, 5)
        await box.mirror.pull()

        assert [one["subject"] for one in box.at_microsoft("drafts")] == ["Angebot"]
        assert await box.mirror.notices() == []
        assert len(await box.mirror.local()) == 1


async def test_a_refused_draft_that_is_destroyed_stays_destroyed(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Its second file was refused, and lacks there."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/attachments", status=413, code="ErrorMessageSizeExceeded", times=9)
        files = [await box.file("a.txt", b"x" * 50), await box.file("b.bin", b"x" * 2_500_000)]
        message = await box.write(["kunde@extern.example"], files)
        await box.settle(2, 5)
        await box.destroy(message)
        for _ in range(3):
            await box.settle(3, 1300)
            await box.mirror.pull()
        m365.control.clear_faults()

        assert [notice.detail for notice in await box.mirror.notices()] == ["ErrorMessageSizeExceeded"]
        assert box.at_microsoft("drafts") == []
        assert await box.mirror.local() == {}


@pytest.mark.parametrize("change", ["added", "removed"])
async def test_whether_it_has_files_is_told_right(
    m365: Simulator, tmp_path: Path, clock: SetClock, change: str
) -> None:
    """Outlook changes them between its making and its reading back."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/$batch", **BUSY)
        m365.control.fail_next("GET", "*/messages/*", **BUSY)
        files = [await box.file("a.txt", b"x" * 50)] if change == "removed" else []
        await box.write(["kunde@extern.example"], files)
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        assert await box.mirror.pending() == 1
        m365.control.clear_faults()
        if change == "added":
            await _outlook(box, "POST", f"/{there['id']}/attachments", _file("b.txt", 500))
        else:
            [one] = (await _outlook(box, "GET", f"/{there['id']}/attachments"))["value"]
            await _outlook(box, "DELETE", f"/{there['id']}/attachments/{one['id']}")
        await box.settle(8, 60)
        await box.mirror.pull()

        assert await _shown(box, there["id"]) == (["b.txt"] if change == "added" else [])
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_file_of_the_same_name_added_there_replaces_none_of_ours(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Ours is still to go when Outlook adds one of the same name: both are there in the end."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/attachments", **BUSY)
        await box.write(["kunde@extern.example"], [await box.file("image.png", b"x" * 2_500_000)])
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/attachments", _file("image.png", 90))
        await box.settle(8, 5)
        await box.mirror.pull()

        assert await _shown(box, there["id"]) == ["image.png", "image.png"]


async def test_a_sent_message_shows_the_files_that_went(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Outlook has removed them, or put a picture into the text, and nobody here heard of it before."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, customer, is_ours=True)
        bare = await box.write([customer], subject="Bild")
        await box.settle()
        for one in (await _outlook(box, "GET", f"/{there}/attachments"))["value"]:
            await _outlook(box, "DELETE", f"/{there}/attachments/{one['id']}")
        now = await box.message(bare.id)
        assert now
        await _outlook(box, "POST", f"/{now.remote_id}/attachments", _file("b.png") | PICTURE)
        text = {"body": {"contentType": "html", "content": WITH_PICTURE}}
        await _outlook(box, "PATCH", f"/{now.remote_id}", text)
        for message in (now, await box.message(await box.mirror.message_id(there))):
            assert message
            await box.send_now(message)
        for _ in range(3):
            await box.settle(4, 10)
            await box.mirror.pull()

        shown = {copy["subject"]: await _shown(box, copy["id"]) for copy in box.at_microsoft("sentitems")}
        assert shown == {"Angebot": [], "Bild": ["b.png"]}


@pytest.mark.parametrize("ids", ["new", "kept"])
async def test_what_was_sent_there_before_its_files_had_come_has_none(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str
) -> None:
    """Its large file was still on its way: it is not shown, nor added to what was sent."""
    m365.control.set_behaviour(sentIds=ids)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            m365.control.fail_next("POST", "*/attachments", **BUSY)
            file = await box.file("a.bin", b"x" * 2_500_000)
            await box.submit(await box.write([m365.new_mailbox("kunde")], [file]))
            await box.writer.run_due()
            [draft] = box.at_microsoft("drafts")
            await box.send_in_outlook(draft["id"])
            for _ in range(3):
                await box.settle(4, 20)
                await box.mirror.pull()

            [copy] = box.at_microsoft("sentitems")
            assert await _shown(box, copy["id"]) == []
            assert await box.mirror.local() == truth(m365, box.address)
    finally:
        m365.control.set_behaviour(sentIds="new")


async def test_a_draft_deleted_for_good_is_made_anew_with_the_files_that_are_here(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """What was to be sent is not lost. What Outlook had added is here as a name alone, and that is told."""
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, "kunde@extern.example", is_ours=True)
        await _outlook(box, "POST", f"/{there}/attachments", _file("b.txt", 500))
        await _outlook(box, "PATCH", f"/{there}", EDIT)
        await box.mirror.pull()
        message = await box.message(await box.mirror.message_id(there))
        assert message
        await box.submit(message)
        await _outlook(box, "POST", f"/{there}/permanentDelete")
        for _ in range(4):
            await box.mirror.pull()
            await box.settle(4, 30)
        await box.mirror.pull()

        found = await box.message(message.id)
        assert found and not is_local(found.remote_id)
        assert await _shown(box, found.remote_id) == ["a.txt", "c.txt"]
        assert sorted(notice.code for notice in await box.mirror.notices()) == ["gone", "refused"]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_an_error_of_ours_over_one_draft_costs_the_check_that_draft_alone(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """It stays a difference that is told; what else differs is mended."""
    async with outbox(m365, tmp_path, clock) as box:
        for subject in ("Erste", "Zweite"):
            await box.write([], subject=subject)
        await box.settle()
        await box.mirror.pull()
        drafts = {one["subject"]: one["id"] for one in box.at_microsoft("drafts")}
        for there in drafts.values():
            await _outlook(box, "PATCH", f"/{there}", EDIT)
        fetch = box.mirror.remote.fetch

        async def spoilt(*args: Any) -> Any:
            told = await fetch(*args)
            ours = drafts["Erste"]
            return told | {ours: structs.replace(told[ours], cc=(None,))} if ours in told else told

        box.mirror.remote.fetch = spoilt  # type: ignore[method-assign]
        m365.control.fail_next("GET", "*/messages/delta*", status=400, code="ErrorInvalidRequest", times=50)
        check = await box.mirror.prove()
        m365.control.clear_faults()

        found = await box.mirror.store.read(checks.findings, box.account, check.id)
        told = {one.remote_id: one.is_repaired for one in found}
        assert told == {drafts["Erste"]: False, drafts["Zweite"]: True}


@pytest.mark.parametrize("begun", ["being made", "here", "in Outlook"])
async def test_files_that_are_said_to_be_missing_for_a_moment_stay(
    m365: Simulator, tmp_path: Path, clock: SetClock, begun: str
) -> None:
    """One 404 for the list, as for what was made just now: neither its files nor our octets of them go."""
    async with outbox(m365, tmp_path, clock) as box:
        if begun == "being made":
            files = [await box.file(name, b"x" * 50) for name in ("a.txt", "c.txt")]
            await box.write([], files)
        else:
            there = await _draft_with_two_files(box, "kunde@extern.example", is_ours=begun == "here")
            await _outlook(box, "PATCH", f"/{there}", {"subject": "Von Outlook"})
        m365.control.fail_next("GET", "*/attachments*", status=404, code="ErrorItemNotFound", times=2)
        await box.settle(1, 1)
        await box.mirror.pull()
        m365.control.clear_faults()
        clock.advance(1000)
        await box.mirror.pull()

        [draft] = box.at_microsoft("drafts")
        message = await box.mirror.message_id(draft["id"])
        assert await _shown(box, draft["id"]) == ["a.txt", "c.txt"]
        if begun != "in Outlook":
            for position in (0, 1):
                args = (attachments.kept, box.account, message, attachments.part_name(position))
                assert await box.mirror.store.read(*args)


@pytest.mark.parametrize("times", [3, 1000])
async def test_a_draft_whose_files_nobody_here_has_seen_is_not_replaced(
    m365: Simulator, tmp_path: Path, clock: SetClock, times: int
) -> None:
    """Its list could not be had when a page saved it again: it comes back, and it is told why."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("GET", "*/attachments*", **BUSY, times=times)
        letter = {"subject": "Angebot", "attachments": [_file("Vertrag.pdf", 5000)]}
        made = await _outlook(box, "POST", "", letter)
        await box.mirror.pull()
        before = await box.message(await box.mirror.message_id(made["id"]))
        assert before and await box.mirror.attachments(made["id"]) is None
        await box.write([], subject="Angebot")
        await box.make_place(before)
        for _ in range(4):
            await box.settle(4, 30)
            await box.mirror.pull()
        m365.control.clear_faults()
        clock.advance(1000)
        await box.mirror.pull()

        told = [(notice.code, notice.detail) for notice in await box.mirror.notices()]
        assert told == [("overtaken", "files_unseen")]
        assert await _shown(box, made["id"]) == ["Vertrag.pdf"]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_draft_whose_files_nobody_can_read_can_be_deleted(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Whoever deletes it has asked for that: after some hours of looking it goes, and nothing is told."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("GET", "*/attachments*", status=500, code="ErrorItemCorrupt", times=1000)
        made = await _outlook(box, "POST", "", {"subject": "Angebot", "attachments": [_file("a.pdf", 5000)]})
        await box.mirror.pull()
        before = await box.message(await box.mirror.message_id(made["id"]))
        assert before
        await box.destroy(before)
        await box.settle()
        at_first = len(box.at_microsoft("drafts"))
        await box.settle(45, 600)

        assert (at_first, box.at_microsoft("drafts"), await box.mirror.notices()) == (1, [], [])


@pytest.mark.parametrize("what", ["files", "draft"])
async def test_a_check_tells_of_drafts_that_it_could_not_read(
    m365: Simulator, tmp_path: Path, clock: SetClock, what: str
) -> None:
    """Nobody knows whether they are as they are shown: that is no proof."""
    async with outbox(m365, tmp_path, clock) as box:
        there = await _draft_with_two_files(box, "kunde@extern.example", is_ours=True)
        if what == "files":
            m365.control.fail_next("GET", "*/attachments*", status=500, times=50)
        else:
            m365.control.poison(box.address, [there])
        try:
            found = await box.mirror.prove()
        finally:
            m365.control.clear_faults()
            m365.control.poison(box.address, [there], is_poisoned=False)

        assert (found.differences, found.unreadable) == (0, 1)
        assert (await box.mirror.prove()).unreadable == 0


class _Met:
    """The provider. Before a draft's making is answered a pull meets what is there of it.

    ``place``: where somebody has copied the draft to by then; empty: nobody has. ``is_unseen``: the search
    shows nothing so far of what was made before.
    """

    def __init__(self, box: Outbox, place: str = "", *, is_unseen: bool = False) -> None:
        self._box, self._remote, self._place, self._is_unseen = box, box.mirror.remote, place, is_unseen

    def under(self, _: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    async def written(self, *given: Any) -> Any:
        return [] if self._is_unseen else await self._remote.written(*given)

    async def create_draft(self, *given: Any) -> Any:
        if not self._place:
            await self._box.mirror.pull()
        answer = await self._remote.create_draft(*given)
        if self._place:
            [there] = self._box.at_microsoft("drafts")
            await _outlook(self._box, "POST", f"/{there['id']}/copy", {"destinationId": self._place})
            await self._box.mirror.pull()
        return answer


def _writer(box: Outbox, remote: _Met, clock: SetClock) -> DraftWriter:
    async def open_remote(_: AccountId) -> Any:
        return remote

    args = (box.mirror.store, box.blobs, open_remote, clock, "test/drafts")
    return DraftWriter(*args, settle_s=QUICK.settle_s, patience_s=2)


@pytest.mark.parametrize("place", ["drafts", "inbox"])
async def test_a_copy_that_is_met_before_the_answer_has_each_file_once(
    m365: Simulator, tmp_path: Path, clock: SetClock, place: str
) -> None:
    """It says the same and has the files that went along; it may be what is sent then."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer], [await box.file("Plan.txt", b"Grundriss")])
        await _writer(box, _Met(box, place), clock).run_due()
        await box.send_now(message)
        await _let_pass(box, 100)

        _, found = m365.control.snapshot(customer)
        assert [[a["name"] for a in one["attachments"]] for one in found.values()] == [["Plan.txt"]]


async def test_a_draft_of_an_earlier_request_that_is_met_before_the_answer_has_each_file_once(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The first request was not answered, and what it made shows late: a second one is under way by then."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await box.write(["kunde@extern.example"], [await box.file("Plan.txt", b"Grundriss")])
        await box.writer.run_due()
        writer = _writer(box, _Met(box, is_unseen=True), clock)
        for _ in range(2):
            clock.advance(5)
            await writer.run_due()
        await _let_pass(box, 100)

        files = [[a["name"] for a in draft["attachments"]] for draft in box.at_microsoft("drafts")]
        assert files == [["Plan.txt"], ["Plan.txt"]]


@pytest.mark.parametrize("earlier", [0, 2])
async def test_a_draft_that_is_hidden_for_a_moment_keeps_its_large_file(
    m365: Simulator, tmp_path: Path, clock: SetClock, earlier: int
) -> None:
    """What was just made is not found by the next request, nor by a pull that asks for it then.

    ``earlier``: how often it could not be made before, which says nothing of that.
    """
    async with outbox(m365, tmp_path, clock) as box:
        file = await box.file("Plan.bin", b"x" * 3_200_000)
        message = await box.write(["kunde@extern.example"], [file])
        for _ in range(earlier):
            m365.control.fail_next("POST", "*/messages", **ABSENT)
            await box.writer.run_due()
            await box.pass_time(30)
        m365.control.fail_next("POST", "*/attachments/*", **ABSENT)
        await box.writer.run_due()
        m365.control.fail_next("GET", "*/messages/*", **ABSENT)
        await box.mirror.pull()
        m365.control.clear_faults()
        for _ in range(3):
            await box.settle(2, 30)
            await box.mirror.pull()

        [there] = box.at_microsoft("drafts")
        assert [a["name"] for a in there["attachments"]] == ["Plan.bin"]
        assert await box.message(message.id) and await box.mirror.notices() == []


async def test_a_draft_that_was_deleted_there_while_its_files_go_goes_here(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """No pull has ever told of it: after some attempts it is asked for, and it is told."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/attachments/*", **BUSY)
        message = await box.write([], [await box.file("Plan.bin", b"x" * 3_200_000)])
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        await _outlook(box, "POST", f"/{there['id']}/permanentDelete")
        for _ in range(4):
            await box.settle(2, 60)
            await box.mirror.pull()

        assert await box.message(message.id) is None
        assert [notice.code for notice in await box.mirror.notices()] == ["gone"]
        assert await box.mirror.pending() == 0
