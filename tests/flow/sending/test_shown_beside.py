"""A letter whose draft a pull shows beside it: what people do to either while its making is not known."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import QUICK, Outbox, outbox
from tests.flow.sending.test_copies import _copy
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_making_in_doubt import (
    _filed_and_shown_beside,
    _look_every_5_s,
    _made_unanswered,
    _Searched,
    _until_known_as,
)
from tests.flow.sending.test_sending import arrived
from tests.flow.sending.test_whose_copy import _let_pass
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, truth

from poststelle.mail import organise
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId
from poststelle.model.message import Message
from poststelle.model.submission import SubmissionState
from poststelle.providers.base import RemoteOutcome
from poststelle.providers.errors import Refused
from poststelle.store import folders, writeback_ops
from poststelle.writeback import drain
from poststelle.writeback.draft_writer import DraftWriter

pytestmark = pytest.mark.anyio

Meanwhile = Callable[[], Awaitable[None]]


class _Slow:
    """The provider. Something happens ``meanwhile``, before the first answer to ``method`` is heard."""

    def __init__(self, box: Outbox, method: str, meanwhile: Meanwhile) -> None:
        self._remote, self._method, self._meanwhile = box.mirror.remote, method, meanwhile
        self._is_over = False

    def under(self, _: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._remote, name)
        if name != self._method or self._is_over:
            return asked

        async def answer(*given: Any) -> Any:
            self._is_over = True
            heard = await asked(*given)
            await self._meanwhile()
            return heard

        return answer


async def _write_slowly(box: Outbox, method: str, meanwhile: Meanwhile) -> None:
    remote = _Slow(box, method, meanwhile)

    async def open_remote(_: AccountId) -> Any:
        return remote

    args = (box.mirror.store, box.blobs, open_remote, box.mirror.clock, "test/drafts")
    await DraftWriter(*args, settle_s=QUICK.settle_s, patience_s=20).run_due()


async def _throw_away(box: Outbox, shown: Message, how: str) -> None:
    if how.startswith("for good"):
        await box.destroy(shown)
    else:
        await box.mirror.move(shown.remote_id, Role.TRASH)
    if how.endswith("written back"):
        await box.mirror.drain.run_due()


HOW = ["to the trash", "to the trash, written back", "for good", "for good, written back"]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("answer", ["create_draft", "written"])
async def test_what_is_thrown_away_while_an_answer_is_awaited_takes_the_letter_along_nowhere(
    m365: Simulator, tmp_path: Path, clock: SetClock, answer: str, how: str
) -> None:
    """To its making, or to the search for it: what that tells of is not there any more."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        if answer == "written":
            letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
            shown = await _filed_and_shown_beside(box, letter, draft)
            await box.pass_time(5)
        else:
            letter = await box.write([second], [await box.file("Plan.txt", b"Grundriss")])

        async def meanwhile() -> None:
            beside = shown if answer == "written" else await _file(box, letter)
            await _throw_away(box, beside, how)

        await _write_slowly(box, answer, meanwhile)
        await _let_pass(box, 400)

        [anew] = box.at_microsoft("archive")
        assert [file["name"] for file in anew["attachments"]] == ["Plan.txt"]
        ours = await box.message(letter.id)
        assert ours and ours.remote_id == anew["id"]
        assert len(box.at_microsoft("deleteditems")) == how.startswith("to the trash")
        assert await box.mirror.notices() == []
        assert await box.mirror.local() == truth(m365, box.address)


async def _file(box: Outbox, letter: Message) -> Message:
    [there] = box.at_microsoft("drafts")
    return await _filed_and_shown_beside(box, letter, there["id"])


@pytest.mark.parametrize("wait_s", [0, 3600])
async def test_what_is_sent_while_its_making_is_awaited_goes_as_what_it_is(
    m365: Simulator, tmp_path: Path, clock: SetClock, wait_s: int
) -> None:
    """The letter that was filed stays a draft."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, sent = await box.write([second]), []

        async def meanwhile() -> None:
            shown = await _file(box, letter)
            sent.append(await box.submit(shown, send_at=clock.now() + timedelta(seconds=wait_s)))

        await _write_slowly(box, "create_draft", meanwhile)
        await _let_pass(box, wait_s + 400)

        assert arrived(m365, second) == ["Angebot"]
        assert (await box.state(sent[0])).state is SubmissionState.FINAL
        [kept] = box.at_microsoft("archive")
        ours = await box.message(letter.id)
        assert ours and (ours.remote_id, ours.mutable.is_draft) == (kept["id"], True)
        assert await box.mirror.notices() == []
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("deed", ["flag", "category", "move"])
async def test_marks_of_what_is_made_anew_wait_for_that(
    m365: Simulator, tmp_path: Path, clock: SetClock, deed: str
) -> None:
    """People are told once, that it lies in the drafts; where it was to go before is no matter."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        if deed == "flag":
            await box.mark(letter, {"$flagged": True})
        elif deed == "category":
            await box.categorise(letter, "Neubau")
        else:
            await box.move(letter, Role.ARCHIVE)
        submission = await box.submit(letter)
        await box.send_in_outlook(await _copy(box, draft, first))
        await _outlook(box, "POST", f"/{draft}/permanentDelete")
        await _let_pass(box, 400)

        [anew] = box.at_microsoft("drafts")
        assert (anew["flag"] == "flagged") == (deed == "flag")
        assert anew["categories"] == (["Neubau"] if deed == "category" else [])
        assert (await box.state(submission)).code == "gone"
        assert [(one.kind.value, one.code) for one in await box.mirror.notices()] == [("send", "gone")]
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_written_back", [True, False])
async def test_of_two_changes_of_the_same_thing_the_later_one_holds(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_written_back: bool
) -> None:
    """The letter's own wait for its making; those of what is shown beside it reach Microsoft at once."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        shown = await _filed_and_shown_beside(box, letter, draft)
        await box.categorise(letter, "Erst")
        await box.categorise(shown, "Dann")
        await box.mirror.move(draft, Role.INBOX)
        if is_written_back:
            await box.mirror.drain.run_due()
        ours = await _until_known_as(box, letter, draft)
        assert ours.mutable.categories == ("Dann",)
        await _let_pass(box, 400)

        [there] = box.at_microsoft("inbox")
        assert (there["id"], there["categories"]) == (draft, ["Dann"])
        assert (await box.mirror.pending(), await box.mirror.notices()) == (0, [])
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_written_back", [True, False])
@pytest.mark.parametrize("last", [Role.JUNK, Role.TRASH])
async def test_what_was_done_to_the_letter_last_holds_though_it_was_changed_before_too(
    m365: Simulator, tmp_path: Path, clock: SetClock, last: Role, *, is_written_back: bool
) -> None:
    """Marked and filed before what is shown beside it, and once more after that."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        shown = await _filed_and_shown_beside(box, letter, draft)
        await box.categorise(letter, "Erst")
        await box.categorise(shown, "Dann")
        await box.mirror.move(draft, Role.INBOX)
        if is_written_back:
            await box.mirror.drain.run_due()
        await box.categorise(letter, "Zuletzt")
        await box.move(letter, last)
        await _let_pass(box, 400)

        name = {Role.JUNK: "junkemail", Role.TRASH: "deleteditems"}[last]
        [there] = box.at_microsoft(name)
        assert there["categories"] == ["Zuletzt"]
        ours = await box.message(letter.id)
        assert ours and ours.remote_id == there["id"]
        assert len(box.at_microsoft("inbox")) == (last is Role.TRASH)  # one of both was thrown away
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("how", ["to the trash", "for good"])
@pytest.mark.parametrize("is_kept_one_filed", [True, False])
async def test_throwing_away_the_letter_leaves_what_is_shown_beside_it(
    m365: Simulator, tmp_path: Path, clock: SetClock, how: str, *, is_kept_one_filed: bool
) -> None:
    """People see it twice, and keep the other."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await _filed_and_shown_beside(box, letter, draft)
        await box.mirror.keywords(draft, flagged=True)
        if is_kept_one_filed:
            await box.mirror.move(draft, Role.INBOX)
            await box.mirror.drain.run_due()
        if how == "for good":
            await box.destroy(letter)
        else:
            await box.move(letter, Role.TRASH)
        await _let_pass(box, 400)

        [kept] = box.at_microsoft("inbox" if is_kept_one_filed else "drafts")
        assert (kept["id"], kept["flag"]) == (draft, "flagged")
        assert len(box.at_microsoft("deleteditems")) == (how == "to the trash")
        assert await box.mirror.notices() == []
        assert await box.mirror.local() == truth(m365, box.address)


async def test_what_is_scheduled_beside_it_has_the_letter_made_once_more_and_no_more(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """However often Microsoft does not answer: what was made then is found, though it says the same."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        shown = await _filed_and_shown_beside(box, letter, draft)
        await box.submit(shown, send_at=clock.now() + timedelta(hours=5))
        m365.control.fail_next("POST", "*/messages", kind="lost", times=3)
        await _let_pass(box, 400)
        m365.control.clear_faults()
        await _let_pass(box, 2000)

        _, there = m365.control.snapshot(box.address)
        ours = await box.message(letter.id)
        assert ours and set(there) == {draft, ours.remote_id}
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_letter_first", [True, False])
async def test_where_both_are_to_be_sent_its_people_have_it_once(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_letter_first: bool
) -> None:
    """The answer to the making comes when the other one is about to go; the letter ends as a draft."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, sent = await box.write([second]), []

        async def meanwhile() -> None:
            shown = await _file(box, letter)
            for message in (letter, shown) if is_letter_first else (shown, letter):
                wait_s = 100 if message is letter else 0
                sent.append(await box.submit(message, send_at=clock.now() + timedelta(seconds=wait_s)))

        await _write_slowly(box, "create_draft", meanwhile)
        await _let_pass(box, 800)

        assert arrived(m365, second) == ["Angebot"]
        states = {(await box.state(one)).code or "sent" for one in sent}
        assert states == {"sent", "gone"}
        assert [one.code for one in await box.mirror.notices()] == ["gone"]
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("when", ["answered late", "unanswered", "unanswered often", "saved again"])
async def test_a_draft_that_was_discarded_before_it_was_shown_beside_is_discarded(
    m365: Simulator, tmp_path: Path, clock: SetClock, when: str
) -> None:
    """People have seen it once, and thrown that away."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        if when == "answered late":
            letter = await box.write([second])

            async def meanwhile() -> None:
                await box.move(letter, Role.TRASH)
                await box.mirror.pull()

            await _write_slowly(box, "create_draft", meanwhile)
        else:
            letter, _, _ = await _made_unanswered(box, second, is_to_be_sent=False)
            if when == "unanswered often":
                m365.control.fail_next("POST", "*/messages", kind="lost", times=3)
            if when == "saved again":
                await box.make_place(letter)
                letter = await box.write([second], subject="Angebot neu")
            await box.move(letter, Role.TRASH)
            for _ in range(20):
                await box.mirror.pull()
                await box.settle(1, 10)
        await _let_pass(box, 600)

        assert box.at_microsoft("drafts") == []
        assert len(box.at_microsoft("deleteditems")) == 1
        assert await box.mirror.notices() == []
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("deed", ["sent", "destroyed", "discarded"])
async def test_a_colleagues_copy_is_not_taken_in_place_of_what_people_work_with(
    m365: Simulator, tmp_path: Path, clock: SetClock, deed: str
) -> None:
    """It was made in Outlook, and no pull has met it: it would be sent, or thrown away."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        shown = await _filed_and_shown_beside(box, letter, draft)
        copy = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": "drafts"})
        if deed == "sent":
            await box.submit(shown, send_at=clock.now() + timedelta(seconds=900))
            await box.submit(letter, send_at=clock.now() + timedelta(seconds=20))
        elif deed == "destroyed":
            await box.destroy(letter)
        else:
            await box.move(letter, Role.TRASH)
        await _look_every_5_s(box, _Searched(box), 1)
        await _let_pass(box, 400)
        await _let_pass(box, 1000)

        there = {one["id"] for one in box.at_microsoft("drafts")}
        assert copy["id"] in there
        assert (draft in there) == (deed != "sent")
        assert arrived(m365, second) == (["Angebot"] if deed == "sent" else [])
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("deed", ["sent", "destroyed", "discarded"])
async def test_nor_does_a_pull_take_a_colleagues_copy_for_it(
    m365: Simulator, tmp_path: Path, clock: SetClock, deed: str
) -> None:
    """It lies where the letter lies, and nobody has found out yet which is which."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock, patience_s=120) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        shown = await _filed_and_shown_beside(box, letter, draft)
        if deed == "sent":
            await box.move(letter, Role.DRAFTS)
            await box.submit(shown, send_at=clock.now() + timedelta(seconds=900))
            await box.submit(letter, send_at=clock.now() + timedelta(seconds=20))
        elif deed == "destroyed":
            await box.destroy(letter)
        else:
            await box.move(letter, Role.TRASH)
        place = "deleteditems" if deed == "discarded" else "drafts"
        copy = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": place})
        await box.mirror.pull()
        for _ in range(40):
            await box.settle(1, 5)
        await _let_pass(box, 1400)

        _, there = m365.control.snapshot(box.address)
        assert there[copy["id"]]["isDraft"]
        assert (draft in there and there[draft]["isDraft"]) == (deed != "sent")
        assert arrived(m365, second) == (["Angebot"] if deed == "sent" else [])
        assert await box.mirror.local() == truth(m365, box.address)


async def test_of_two_that_one_pull_meets_the_copy_outlives_what_was_destroyed(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock, patience_s=120) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        copy = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": "drafts"})
        await box.destroy(letter)
        await box.mirror.pull()
        await _let_pass(box, 600)

        assert copy["id"] in {one["id"] for one in box.at_microsoft("drafts")}
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("deed", ["filed", "flagged"])
@pytest.mark.parametrize("end", ["discarded", "trash emptied", "saved again"])
async def test_what_came_back_after_a_discard_and_people_work_with_stays(
    m365: Simulator, tmp_path: Path, clock: SetClock, end: str, deed: str
) -> None:
    """The letter was thrown away before, or another took its place after that."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await box.move(letter, Role.ARCHIVE if end == "saved again" else Role.TRASH)
        await box.mirror.pull()
        assert await box.mirror.message_id(draft) != letter.id
        if deed == "filed":
            await box.mirror.move(draft, Role.INBOX)
        else:
            await box.mirror.keywords(draft, flagged=True)
        await box.mirror.drain.run_due()
        if end == "trash emptied":
            await box.destroy(letter)
        elif end == "saved again":
            await box.make_place(letter)
        await _let_pass(box, 400)

        [kept] = box.at_microsoft("inbox" if deed == "filed" else "drafts")
        assert (kept["id"], kept["flag"] == "flagged") == (draft, deed == "flagged")
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_refused_mark_of_the_letter_puts_back_what_its_draft_has(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Somebody has given it a category in Outlook, and filed it."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await _outlook(box, "PATCH", f"/{draft}", {"categories": ["Dort"]})
        await _outlook(box, "POST", f"/{draft}/move", {"destinationId": "archive"})
        await box.mirror.pull()
        assert await box.mirror.message_id(draft) != letter.id
        await box.categorise(letter, "Hier")
        assert (await _until_known_as(box, letter, draft)).mutable.categories == ("Hier",)
        m365.control.fail_next("PATCH", "*/messages/*", status=403, code="ErrorAccessDenied")
        await box.mirror.drain.run_due()

        ours = await box.message(letter.id)
        assert ours and ours.mutable.categories == ("Dort",)
        await _let_pass(box, 400)
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_copy_of_what_is_made_anew_is_made_once(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Its answer is lost: it is looked for by the name that the letter has by then."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        archive = await box.mirror.store.read(folders.by_role, box.account, Role.ARCHIVE)
        assert archive
        await box.mirror.store.write(organise.copy, USER, box.account, letter.id, archive.id, clock.now())
        await box.submit(letter)
        await box.send_in_outlook(await _copy(box, draft, first))
        await _outlook(box, "POST", f"/{draft}/permanentDelete")
        m365.control.fail_next("POST", "*/copy", kind="lost")
        await _let_pass(box, 800)

        assert len(box.at_microsoft("archive")) == 1
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_refused_move_of_the_letter_puts_it_where_its_draft_lies(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await _filed_and_shown_beside(box, letter, draft)
        await _outlook(box, "POST", f"/{draft}/move", {"destinationId": "inbox"})
        await box.mirror.pull()
        await _until_known_as(box, letter, draft)
        m365.control.fail_next("POST", "*/move", status=403, code="ErrorAccessDenied")
        await box.mirror.drain.run_due()

        inbox = await box.mirror.store.read(folders.by_role, box.account, Role.INBOX)
        ours = await box.message(letter.id)
        assert ours and inbox and ours.folder_ids == (inbox.id,)
        await _let_pass(box, 400)
        assert [one["id"] for one in box.at_microsoft("inbox")] == [draft]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_mark_that_is_refused_after_the_two_became_one_is_taken_back(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """It was on its way meanwhile; the notice is about the letter."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        shown = await _filed_and_shown_beside(box, letter, draft)
        store, account = box.mirror.store, box.account
        await box.mark(shown, {"$flagged": True})
        held = await store.write(writeback_ops.claim, account, "another", clock.now(), 20)
        assert (await _until_known_as(box, letter, draft)).mutable.is_flagged
        refused = [RemoteOutcome(op.id, Refused("ErrorAccessDenied", 403)) for op in held]
        await store.write(drain.note_outcomes, account, held, refused, (), clock.now())

        ours = await box.message(letter.id)
        assert ours and not ours.mutable.is_flagged
        assert [one.message_id for one in await box.mirror.notices()] == [letter.id]
        await _let_pass(box, 400)
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("deed", ["sent", "destroyed", "discarded"])
@pytest.mark.parametrize("is_met_by", ["a pull", "a search"])
async def test_what_was_made_anew_is_the_letter_though_the_first_one_lies_in_the_trash(
    m365: Simulator, tmp_path: Path, clock: SetClock, is_met_by: str, deed: str
) -> None:
    """Neither making was answered, and people have thrown away what the first one was shown as."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, first = await _made_unanswered(box, second, is_to_be_sent=False)
        await _filed_and_shown_beside(box, letter, first)
        await box.mirror.move(first, Role.TRASH)
        await box.mirror.drain.run_due()
        m365.control.fail_next("POST", "*/messages", kind="lost")
        await _look_every_5_s(box, _Searched(box), 8)
        [anew] = box.at_microsoft("drafts")

        await box.move(letter, Role.DRAFTS)
        if deed == "sent":
            await box.submit(letter)
        elif deed == "destroyed":
            await box.destroy(letter)
        else:
            await box.move(letter, Role.TRASH)
        if is_met_by == "a pull":
            await box.mirror.pull()
        await _let_pass(box, 1400)

        trash = {one["id"] for one in box.at_microsoft("deleteditems")}
        assert trash == ({first, anew["id"]} if deed == "discarded" else {first})
        assert box.at_microsoft("archive") == box.at_microsoft("drafts") == []
        assert arrived(m365, second) == (["Angebot"] if deed == "sent" else [])
        assert await box.mirror.notices() == []
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_copy_outlives_the_letter_though_a_colleague_has_renamed_what_is_shown_beside(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The colleague has copied the draft, and goes on with the draft itself."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock, patience_s=120) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await _outlook(box, "PATCH", f"/{draft}", {"subject": "Angebot 2"})
        await box.mirror.pull()
        assert await box.mirror.message_id(draft) != letter.id
        await box.destroy(letter)
        copy = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": "drafts"})
        await _outlook(box, "PATCH", f"/{copy['id']}", {"subject": "Angebot"})
        await box.mirror.pull()
        await _let_pass(box, 600)

        assert {one["id"] for one in box.at_microsoft("drafts")} == {draft, copy["id"]}


@pytest.mark.parametrize("making_anew", ["lost", "reset"])
async def test_a_copy_that_was_there_when_it_was_made_anew_is_not_thrown_away_for_it(
    m365: Simulator, tmp_path: Path, clock: SetClock, making_anew: str
) -> None:
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await _filed_and_shown_beside(box, letter, draft)
        copy = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": "drafts"})
        await box.move(letter, Role.TRASH)
        m365.control.fail_next("POST", "*/messages", kind=making_anew)
        await _look_every_5_s(box, _Searched(box), 8)
        await _let_pass(box, 1400)

        assert {one["id"] for one in box.at_microsoft("drafts")} == {draft, copy["id"]}
        assert await box.mirror.local() == truth(m365, box.address)
