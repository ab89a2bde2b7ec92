"""Letters that others copy, move, rename, delete and send at Microsoft while they are sent from here."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import QUICK, Outbox, outbox
from tests.flow.sending.test_copies import BUSY, _copy, _written
from tests.flow.sending.test_deleted_for_good import PATCH, RECOVERABLE, _moved, _told
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_seals import REFUSED, _unchanged_copy
from tests.flow.sending.test_seals_again import _other_text
from tests.flow.sending.test_sending import SEND, arrived
from tests.flow.sending.test_whose_copy import _let_pass
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.submission import SubmissionState
from poststelle.writeback.sender import Sender

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _as_it_was(m365: Simulator) -> Iterator[None]:
    yield
    m365.control.clear_faults()
    m365.control.set_behaviour(sentIds="new", sentCopyDelayS=0)


def _copy_of(box: Outbox, draft: str) -> str:
    """What lies in Sent of a draft."""
    [line] = [one for one in box.simulator.control.sent(box.address) if one["draft"] == draft]
    return str(line["copy"])


def _in_sent(box: Outbox) -> list[str]:
    return [one["id"] for one in box.at_microsoft("sentitems")]


class _Quick:
    """The provider, with a colleague who sends a changed copy of what was just sealed."""

    def __init__(self, box: Outbox) -> None:
        self._box, self._remote = box, box.mirror.remote
        self.copies: list[str] = []

    def under(self, _: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    async def seal_draft(self, message: Any, *given: Any) -> Any:
        told = await self._remote.seal_draft(message, *given)
        self.copies.append(await _other_text(self._box, message))
        await self._box.send_in_outlook(self.copies[-1])
        return told


async def _looked_at(box: Outbox, times: int, every_s: float) -> None:
    """The sender goes on, and nothing is pulled."""
    for _ in range(times):
        await box.sender.run_due()
        box.mirror.clock.advance(every_s)  # type: ignore[attr-defined]


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("is_asked", [True, False])
async def test_a_letter_whose_folder_was_thrown_away_does_not_go(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_known: bool, is_asked: bool
) -> None:
    """No pull has told of that, nor perhaps of the folder."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        folder = m365.control.create_folder(box.address, "Vorlagen")
        await _moved(box, message.remote_id, folder["id"])
        if is_known:
            await box.mirror.pull()
        if is_asked:
            m365.control.fail_next(**SEND, **BUSY)
        at = clock.now() + timedelta(minutes=0 if is_asked else 10)
        submission = await box.submit(message, send_at=at)
        await box.sender.run_due()
        m365.control.delete_folder(box.address, "Vorlagen")
        clock.advance(700)
        await _looked_at(box, 60, 20)

        assert arrived(m365, second) == []
        assert (await box.state(submission)).code == "gone" and await _told(box) == ["gone"]


@pytest.mark.parametrize("is_kept", [True, False])
@pytest.mark.parametrize("how", ["recoverable", "for good"])
@pytest.mark.parametrize("fault", [BUSY, {"status": 202}], ids=str)
async def test_another_text_under_the_seal_is_no_sending_of_ours(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: dict[str, Any], how: str, *, is_kept: bool
) -> None:
    """A colleague sends it to the same person and removes ours: theirs stays, and what ours said is kept."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**SEND, **fault)
        await box.submit(message, send_at=clock.now(), is_kept=is_kept)
        await box.sender.run_due()
        await box.send_in_outlook(await _other_text(box, message.remote_id))
        [theirs] = _in_sent(box)
        if how == "recoverable":
            await _moved(box, message.remote_id, RECOVERABLE)
        else:
            await _outlook(box, "POST", f"/{message.remote_id}/permanentDelete")
        await _let_pass(box, 1_200)

        assert theirs in _in_sent(box)
        if how == "recoverable":  # it says itself that it was not sent
            ours = await box.message(message.id)
            assert ours and ours.mutable.is_draft and await _told(box) == ["unknown"]


async def test_a_pull_takes_no_copy_while_the_draft_is_there(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Accepted, and not sent for a while; a copy made under the seal goes to somebody else."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**SEND, status=202)
        submission = await box.send_now(message)
        await box.sender.run_due()
        await box.send_in_outlook(await _copy(box, message.remote_id, first))
        await box.mirror.pull()
        await _let_pass(box, 2_400)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, second) == ["Angebot"] and await _told(box) == []
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("how", ["a changed copy went", "seen in the trash"])
async def test_what_was_accepted_and_deleted_unsent_is_not_told_as_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, how: str
) -> None:
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**SEND, status=202)
        submission = await box.send_now(message)
        await box.sender.run_due()
        if how == "a changed copy went":
            await box.send_in_outlook(await _copy(box, message.remote_id, first))
            await _moved(box, message.remote_id, RECOVERABLE)
        else:
            await _moved(box, message.remote_id, "deleteditems")
            clock.advance(5)
            await box.sender.run_due()
            await _outlook(box, "POST", f"/{message.remote_id}/permanentDelete")
        await _let_pass(box, 2_400)

        assert (await box.state(submission)).code == "unknown"
        ours = await box.message(message.id)
        assert ours and ours.mutable.is_draft


async def test_the_first_of_many_seals_is_searched_for(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Its answer was lost; what was throttled since counts no seal, so that it is found."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, "outlook")
        m365.control.fail_next(**PATCH, kind="lost")
        submission = await box.send_now(message)
        await box.sender.run_due()
        m365.control.fail_next(**PATCH, status=429, times=20)
        await _looked_at(box, 10, 61)
        assert (await box.state(submission)).seals == 1
        m365.control.clear_faults()
        await box.send_in_outlook(message.remote_id)
        await _let_pass(box, 1_200)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert box.at_microsoft("drafts") == []


async def test_a_name_that_others_have_given_it_is_searched_for(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """While it waited; then they send it."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second, "outlook")
        submission = await box.submit(message, send_at=clock.now() + timedelta(minutes=10))
        await _outlook(box, "PATCH", f"/{message.remote_id}", {"internetMessageId": "<neu@desk.example>"})
        await box.mirror.pull()
        await box.send_in_outlook(message.remote_id)
        await _let_pass(box, 1_200)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert box.at_microsoft("drafts") == []


@pytest.mark.parametrize("is_pulled", [True, False])
async def test_what_nothing_can_be_searched_for_is_kept_when_its_draft_is_gone(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_pulled: bool
) -> None:
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example")
        m365.control.fail_next("GET", "*/messages", **REFUSED, times=100_000)
        await box.send_now(message)
        await _outlook(box, "POST", f"/{message.remote_id}/permanentDelete")
        await box.sender.run_due()
        if is_pulled:
            await box.mirror.pull()
        await _looked_at(box, 20, 60)
        await _let_pass(box, 120)

        ours = await box.message(message.id)
        assert ours and ours.mutable.is_draft and len(box.at_microsoft("drafts")) == 1


@pytest.mark.parametrize("fault", [{"status": 500}, REFUSED, {"status": 409}], ids=str)
async def test_nothing_goes_without_a_look(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: dict[str, Any]
) -> None:
    """It may not be sealed, and the request for its place fails."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await box.submit(message, send_at=clock.now() + timedelta(minutes=10))
        await _moved(box, message.remote_id, RECOVERABLE)
        m365.control.fail_next(**PATCH, **REFUSED, times=1000)
        m365.control.fail_next("GET", "*/messages/*", **fault)
        clock.advance(700)
        await _looked_at(box, 10, 60)

        assert arrived(m365, second) == []


async def test_who_may_not_see_folders_is_told(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """Nobody can tell whether it is deleted: it does not wait for ever."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example")
        folder = m365.control.create_folder(box.address, "Neu")
        await _moved(box, message.remote_id, folder["id"])
        m365.control.fail_next("GET", "*/mailFolders/*", **REFUSED, times=100_000)
        submission = await box.send_now(message)
        await _looked_at(box, 40, 60)

        assert (await box.state(submission)).code == "unknown" and await _told(box) == ["unknown"]


@pytest.mark.parametrize("hidden", ["msgfolderroot", "above"])
async def test_a_folder_that_one_may_not_see_is_no_sign_of_deletion(
    m365: Simulator, tmp_path: Path, clock: SetClock, hidden: str
) -> None:
    """Exchange answers as if it were not there; the draft plainly is, in a folder that is known."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        above = m365.control.create_folder(box.address, "Oben")
        folder = m365.control.create_folder(box.address, "Unten", "Oben")
        await _moved(box, message.remote_id, folder["id"])
        await box.mirror.pull()
        name = hidden if hidden == "msgfolderroot" else above["id"]
        fault = {"status": 404, "code": "ErrorItemNotFound", "times": 10_000}
        m365.control.fail_next("GET", f"*/mailFolders/{name}", **fault)
        await box.send_now(message)
        await _looked_at(box, 20, 120)

        assert arrived(m365, second) == ["Angebot"] and await _told(box) == []
        drafts = [one for one in m365.control.snapshot(box.address)[1].values() if one["isDraft"]]
        assert drafts == []


async def test_drafts_that_have_gone_for_good_are_not_read(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Emptying a trash with many large ones costs their places alone; those moved are read a few at once."""
    async with outbox(m365, tmp_path, clock) as box:
        people = [{"emailAddress": {"address": "zweiter@extern.example"}}]
        made = [
            await _outlook(box, "POST", "", {"subject": str(n), "toRecipients": people}) for n in range(24)
        ]
        await box.mirror.pull()
        for one in made:
            await _moved(box, one["id"], RECOVERABLE)
        m365.control.clear_calls()
        await box.mirror.pull()

        asked = [call["path"] + call["query"] for call in m365.control.calls(mailbox=box.address)]
        assert not [one for one in asked if made[0]["id"] in one and "body" in one]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_what_was_put_back_from_the_trash_before_it_is_due_goes(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The last pull has seen it in the trash."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        await box.submit(message, send_at=clock.now() + timedelta(minutes=10))
        await _moved(box, message.remote_id, "deleteditems")
        await box.mirror.pull()
        await _moved(box, message.remote_id, "drafts")
        clock.advance(700)
        await _looked_at(box, 5, 2)

        assert arrived(m365, second) == ["Angebot"] and await _told(box) == []


async def test_what_is_recovered_into_a_new_folder_is_not_made_anew(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example")
        submission = await box.submit(message, send_at=clock.now() + timedelta(minutes=10))
        await _moved(box, message.remote_id, RECOVERABLE)
        await box.mirror.pull()
        await box.sender.run_due()
        folder = m365.control.create_folder(box.address, "Neu")
        await _moved(box, message.remote_id, folder["id"])
        await _looked_at(box, 40, 30)
        await _let_pass(box, 600)

        drafts = [one for one in m365.control.snapshot(box.address)[1].values() if one["isDraft"]]
        assert drafts == [] and (await box.state(submission)).state is SubmissionState.FINAL


async def test_a_copy_deleted_for_good_leaves_nothing_in_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Outlook has sent it while it waited, and then deleted the copy."""
    m365.control.set_behaviour(sentIds="kept")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example")
        await box.submit(message, send_at=clock.now() + timedelta(minutes=10))
        await box.send_in_outlook(message.remote_id)
        await _moved(box, message.remote_id, RECOVERABLE)
        await _let_pass(box, 2_400)
        await box.mirror.pull()

        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("text", ["same", "other"])
async def test_of_two_that_went_ours_is_the_one_under_the_seal(
    m365: Simulator, tmp_path: Path, clock: SetClock, text: str
) -> None:
    """A colleague's copy has the old key; ours was sealed, throttled, and sent there."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        made = _other_text if text == "other" else _unchanged_copy
        await box.send_in_outlook(await made(box, message.remote_id))
        clock.advance(20)
        m365.control.advance(20)
        m365.control.fail_next(**SEND, status=429)
        await box.send_now(message)
        await box.sender.run_due()
        await box.send_in_outlook(message.remote_id)
        await _let_pass(box, 1_200)

        ours = await box.message(message.id)
        assert ours and ours.remote_id == _copy_of(box, message.remote_id)


async def test_without_a_seal_ours_is_the_one_that_says_the_same(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, m365.new_mailbox("zweiter"))
        theirs = await _other_text(box, message.remote_id)
        m365.control.fail_next(**PATCH, **REFUSED, times=1000)
        await box.submit(message, send_at=clock.now() + timedelta(seconds=60))
        await box.send_in_outlook(theirs)
        clock.advance(120)
        m365.control.advance(120)
        await _let_pass(box, 600)

        ours = await box.message(message.id)
        assert ours and ours.remote_id == _copy_of(box, message.remote_id)


@pytest.mark.parametrize("is_kept", [True, False])
async def test_of_two_under_the_seal_ours_is_the_one_that_says_the_same(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_kept: bool
) -> None:
    """A colleague is quick: copied, changed and sent between the seal and the request that sends."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message, quick = await _written(box, second), _Quick(box)

        async def open_remote(_: AccountId) -> Any:
            return quick

        box.sender = Sender(box.mirror.store, open_remote, clock, "test/quick", pace=QUICK)
        await box.submit(message, send_at=clock.now(), is_kept=is_kept)
        await _let_pass(box, 1_200)

        [copy] = quick.copies
        assert _copy_of(box, copy) in _in_sent(box)
        ours = await box.message(message.id)
        assert (ours is None) is not is_kept
        assert ours is None or ours.remote_id == _copy_of(box, message.remote_id)


@pytest.mark.parametrize("ids", ["new", "kept"])
@pytest.mark.parametrize("is_kept", [True, False])
async def test_what_goes_under_a_seal_without_an_answer_is_ours(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str, *, is_kept: bool
) -> None:
    """Nobody is told that another program has sent it, and no copy stays that is not wanted."""
    m365.control.set_behaviour(sentIds=ids)
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, second)
        m365.control.fail_next(**PATCH, kind="lost", times=4)
        await box.submit(message, send_at=clock.now(), is_kept=is_kept)
        await _looked_at(box, 5, 61)
        await _let_pass(box, 300)

        assert arrived(m365, second) == ["Angebot"] and await _told(box) == []
        assert len(_in_sent(box)) == is_kept


async def test_one_failure_after_throttling_is_no_reason_to_go_without_a_seal(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example")
        m365.control.fail_next(**PATCH, status=429, times=4)
        m365.control.fail_next(**PATCH, status=500)
        submission = await box.send_now(message)
        await _looked_at(box, 10, 61)

        assert (await box.state(submission)).sealed > 0


@pytest.mark.parametrize("begun", ["here", "outlook"])
@pytest.mark.parametrize("how", ["same folder", "away and back"])
async def test_a_draft_that_is_changed_and_moved_back_between_two_pulls_is_read_anew(
    m365: Simulator, tmp_path: Path, clock: SetClock, begun: str, how: str
) -> None:
    """Microsoft tells of it as gone, and of nothing else."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await _written(box, "zweiter@extern.example", begun)
        await _outlook(box, "PATCH", f"/{message.remote_id}", {"subject": "Geändert"})
        if how == "away and back":
            await _moved(box, message.remote_id, "archive")
        await _moved(box, message.remote_id, "drafts")
        await box.mirror.pull()
        await box.mirror.pull()

        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("ids", ["new", "kept"])
async def test_what_was_to_be_done_to_a_draft_moves_no_sent_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str
) -> None:
    """Filed here, and sent in Outlook before that was written back: it lies in Sent, where it went."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentIds=ids)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            message = await box.write([customer])
            await box.settle()
            await box.mirror.pull()
            [there] = box.at_microsoft("drafts")
            await box.mirror.move(RemoteId(there["id"]), Role.ARCHIVE)
            submission = await box.submit(message)
            await box.send_in_outlook(there["id"])
            for _ in range(3):
                await box.mirror.pull()
                await box.pass_time(30)
                await box.sender.run_due()
            await box.mirror.drain.run_due()
            await box.mirror.pull()

            assert (await box.state(submission)).state is SubmissionState.FINAL
            assert len(box.at_microsoft("sentitems")) == 1
            assert await box.mirror.local() == truth(m365, box.address)
    finally:
        m365.control.set_behaviour(sentIds="new")
