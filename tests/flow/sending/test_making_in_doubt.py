"""Drafts whose making was not answered, while people make other letters of them: which is which."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import QUICK, Outbox, outbox
from tests.flow.sending.test_copies import _copy
from tests.flow.sending.test_edited_there import _outlook
from tests.flow.sending.test_sending import arrived
from tests.flow.sending.test_whose_copy import _let_pass
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.errors import Conflict
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId
from poststelle.model.message import Message
from poststelle.model.submission import Submission, SubmissionState
from poststelle.providers.base import RemoteMessage
from poststelle.store import bodies
from poststelle.writeback.draft_writer import DraftWriter

pytestmark = pytest.mark.anyio

Found = list[RemoteMessage]


class _Searched:
    """The provider. ``shows``: what each of its first searches shows of what is there; later ones all."""

    def __init__(self, box: Outbox, *shows: Callable[[Found], Found]) -> None:
        self._remote, self._shows = box.mirror.remote, list(shows)

    def under(self, _: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    async def written(self, *given: Any) -> Found:
        found = list(await self._remote.written(*given))
        return self._shows.pop(0)(found) if self._shows else found


async def _look_every_5_s(box: Outbox, remote: _Searched, times: int = 4) -> None:
    """By a loop that looks on for 20 seconds."""

    async def open_remote(_: AccountId) -> Any:
        return remote

    store, clock = box.mirror.store, box.mirror.clock
    args = (store, box.blobs, open_remote, clock, "test/drafts")
    writer = DraftWriter(*args, settle_s=QUICK.settle_s, patience_s=20)
    for _ in range(times):
        await box.pass_time(5)
        await writer.run_due()


async def _made_unanswered(
    box: Outbox, to: str, *, is_to_be_sent: bool
) -> tuple[Message, Submission | None, str]:
    """A letter with a file, its submission, and its draft's id at Microsoft, of which nobody here knows."""
    box.simulator.control.fail_next("POST", "*/messages", kind="lost")
    letter = await box.write([to], [await box.file("Plan.txt", b"Grundriss")])
    submission = await box.submit(letter) if is_to_be_sent else None
    await box.writer.run_due()
    [there] = box.at_microsoft("drafts")
    return letter, submission, str(there["id"])


def _nothing(_: Found) -> Found:
    return []


def _sent_ones(found: Found) -> Found:
    return [one for one in found if one.is_draft is False]


@pytest.mark.parametrize("is_to_be_sent", [True, False])
async def test_another_letter_that_has_gone_and_is_seen_first_is_not_the_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_to_be_sent: bool
) -> None:
    """The draft is seen some seconds later."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=is_to_be_sent)
        await box.send_in_outlook(await _copy(box, draft, first))
        await _look_every_5_s(box, _Searched(box, _sent_ones))
        await _let_pass(box, 200)

        ours = await box.message(letter.id)
        assert ours and (ours.subject, ours.mutable.is_draft) == ("Angebot", not is_to_be_sent)
        assert arrived(m365, first) == ["Kopie"]
        assert arrived(m365, second) == (["Angebot"] if is_to_be_sent else [])
        assert submission is None or (await box.state(submission)).state is SubmissionState.FINAL
        assert await box.mirror.notices() == []
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_to_be_sent", [True, False])
async def test_a_letter_whose_draft_was_deleted_is_kept_though_another_made_of_it_has_gone(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_to_be_sent: bool
) -> None:
    """It lies in the drafts again. It does not go by itself: who deleted it may not have wanted it sent."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=is_to_be_sent)
        await box.send_in_outlook(await _copy(box, draft, first))
        await _outlook(box, "POST", f"/{draft}/permanentDelete")
        await _let_pass(box, 200)

        ours = await box.message(letter.id)
        assert ours and (ours.subject, ours.mutable.is_draft) == ("Angebot", True)
        [anew] = box.at_microsoft("drafts")
        assert (anew["subject"], [a["name"] for a in anew["attachments"]]) == ("Angebot", ["Plan.txt"])
        assert arrived(m365, second) == []
        assert submission is None or (await box.state(submission)).code == "gone"
        assert [told.code for told in await box.mirror.notices()] == (["gone"] if submission else [])
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_to_be_sent", [True, False])
@pytest.mark.parametrize("edit", [{"subject": "Angebot 2"}, {"importance": "high"}], ids=str)
async def test_what_outlook_has_sent_to_its_people_is_the_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock, edit: dict[str, str], *, is_to_be_sent: bool
) -> None:
    """Whatever its subject is by then: they have it, and get it once."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=is_to_be_sent)
        await _outlook(box, "PATCH", f"/{draft}", edit)
        await box.send_in_outlook(draft)
        await _let_pass(box, 200)

        subject = edit.get("subject", "Angebot")
        ours = await box.message(letter.id)
        assert ours and (ours.subject, ours.mutable.is_draft) == (subject, False)
        assert arrived(m365, second) == [subject]
        assert submission is None or (await box.state(submission)).state is SubmissionState.FINAL
        assert await box.mirror.local() == truth(m365, box.address)


async def test_what_was_removed_here_takes_nothing_along_that_was_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Neither its own words, which its people have, nor another letter that was made of it."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await box.send_in_outlook(await _copy(box, draft, first))
        await box.send_in_outlook(draft)
        await box.destroy(letter)
        await _let_pass(box, 200)

        assert sorted(one["subject"] for one in box.at_microsoft("sentitems")) == ["Angebot", "Kopie"]
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_copy_first", [True, False])
@pytest.mark.parametrize("edit", ["subject", "people added", "text"])
async def test_of_a_draft_that_outlook_has_changed_and_another_letter_the_draft_goes(
    m365: Simulator, tmp_path: Path, clock: SetClock, edit: str, *, is_copy_first: bool
) -> None:
    """None of them says what was written; in whatever order they are seen."""
    first, second, third = (m365.new_mailbox(name) for name in ("erster", "zweiter", "dritter"))
    edits: dict[str, dict[str, Any]] = {
        "subject": {"subject": "Angebot 2"},
        "people added": {"toRecipients": [{"emailAddress": {"address": one}} for one in (second, third)]},
        "text": {"body": {"contentType": "html", "content": "<p>Noch eins</p>"}},
    }
    async with outbox(m365, tmp_path, clock) as box:
        _, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        copy = await _copy(box, draft, first)
        await _outlook(box, "PATCH", f"/{draft}", edits[edit])

        def in_order(found: Found) -> Found:
            return sorted(found, key=lambda one: (one.remote_id == copy) != is_copy_first)

        await _look_every_5_s(box, _Searched(box, *[in_order] * 6), 6)
        await _let_pass(box, 200)

        assert submission and (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, first) == []
        assert arrived(m365, second) == ["Angebot 2" if edit == "subject" else "Angebot"]
        assert copy in [one["id"] for one in box.at_microsoft("drafts")]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_of_two_drafts_that_say_something_else_the_one_that_differs_least_goes(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Both go to its people."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        _, _, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        copy = await _copy(box, draft, second)
        other = {"body": {"contentType": "html", "content": "<p>Ganz anderes</p>"}}
        await _outlook(box, "PATCH", f"/{copy}", other)
        await _outlook(box, "PATCH", f"/{draft}", {"subject": "Angebot 2"})

        def copy_first(found: Found) -> Found:
            return sorted(found, key=lambda one: one.remote_id != copy)

        await _look_every_5_s(box, _Searched(box, *[copy_first] * 6), 6)
        await _let_pass(box, 200)

        assert [went["draft"] for went in m365.control.sent(box.address)] == [draft]


@pytest.mark.parametrize("is_copy_sent", [True, False])
async def test_another_letter_that_is_seen_long_after_nothing_was_is_not_the_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_copy_sent: bool
) -> None:
    """Nothing is found for almost as long as it is looked for; then the copy is, and the draft after that."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        copy = await _copy(box, draft, first)
        if is_copy_sent:
            await box.send_in_outlook(copy)

        def without_the_draft(found: Found) -> Found:
            return [one for one in found if one.remote_id != draft]

        await _look_every_5_s(box, _Searched(box, *[_nothing] * 4, *[without_the_draft] * 2), 12)
        await _let_pass(box, 200)

        ours = await box.message(letter.id)
        assert ours and (ours.subject, ours.mutable.is_draft) == ("Angebot", False)
        assert submission and (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, first) == (["Kopie"] if is_copy_sent else [])
        assert arrived(m365, second) == ["Angebot"]
        assert [went["draft"] for went in m365.control.sent(box.address)][-1] == draft
        assert await box.mirror.notices() == []
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_replaced", [True, False])
async def test_a_draft_that_was_removed_here_before_it_is_seen_does_not_come_back(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_replaced: bool
) -> None:
    """Whether somebody has deleted it or it was saved again."""
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, _ = await _made_unanswered(box, "kunde@extern.example", is_to_be_sent=False)
        await (box.make_place(letter) if is_replaced else box.destroy(letter))
        await _look_every_5_s(box, _Searched(box, _nothing), 2)
        await _let_pass(box, 100)

        assert (box.at_microsoft("drafts"), await box.mirror.local()) == ([], {})
        assert await box.mirror.pending() == 0
        assert await box.mirror.notices() == []


async def test_a_draft_that_was_removed_here_and_never_made_is_forgotten_in_the_end(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, "kunde@extern.example", is_to_be_sent=False)
        await _outlook(box, "POST", f"/{draft}/permanentDelete")
        await box.destroy(letter)
        await _look_every_5_s(box, _Searched(box), 3)
        assert await box.mirror.pending() > 0
        await _look_every_5_s(box, _Searched(box), 3)

        assert await box.mirror.pending() == 0
        assert await box.mirror.notices() == []


@pytest.mark.parametrize("is_to_be_sent", [True, False])
async def test_another_letter_that_lies_there_is_not_sent_in_place_of_what_has_gone(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_to_be_sent: bool
) -> None:
    """Outlook has renamed the draft and sent it; what it made of it for others is not finished."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=is_to_be_sent)
        copy = await _copy(box, draft, first)
        await _outlook(box, "PATCH", f"/{draft}", {"subject": "Angebot 2"})
        await box.send_in_outlook(draft)
        await _let_pass(box, 200)

        assert (arrived(m365, first), arrived(m365, second)) == ([], ["Angebot 2"])
        assert [one["id"] for one in box.at_microsoft("drafts")] == [copy]
        ours = await box.message(letter.id)
        assert ours and (ours.subject, ours.mutable.is_draft) == ("Angebot 2", False)
        assert await box.mirror.local() == truth(m365, box.address)


async def _end_in_doubt(
    box: Outbox, letter: Message, submission: Submission | None, *, is_pulled_first: bool
) -> None:
    """It lies in the drafts as it was written, whoever sends it is told, and nothing goes by itself."""
    if is_pulled_first:
        await box.mirror.pull()
    await _let_pass(box, 200)
    ours = await box.message(letter.id)
    assert ours and (ours.subject, ours.mutable.is_draft) == ("Angebot", True)
    assert submission and (await box.state(submission)).code == "gone"
    told = [(one.code, one.detail) for one in await box.mirror.notices()]
    assert told == [("gone", "in_drafts_among_others")]
    assert await box.mirror.local() == truth(box.simulator, box.address)


@pytest.mark.parametrize("is_pulled_first", [True, False])
@pytest.mark.parametrize("copy", ["as it was", "begun"])
async def test_where_its_people_have_had_one_of_two_letters_the_other_does_not_go_by_itself(
    m365: Simulator, tmp_path: Path, clock: SetClock, copy: str, *, is_pulled_first: bool
) -> None:
    """Outlook has renamed one of them and sent it. Which of them was the draft nobody can tell."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        there = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": "drafts"})
        if copy == "begun":
            await _outlook(box, "PATCH", f"/{there['id']}", {"subject": "Noch eine Frage"})
        await _outlook(box, "PATCH", f"/{draft}", {"subject": "Angebot 2"})
        await box.send_in_outlook(draft)

        await _end_in_doubt(box, letter, submission, is_pulled_first=is_pulled_first)
        assert arrived(m365, second) == ["Angebot 2"]
        assert there["id"] in [one["id"] for one in box.at_microsoft("drafts")]


@pytest.mark.parametrize("is_pulled_first", [True, False])
async def test_a_letter_that_outlook_has_sent_goes_once_though_a_copy_that_says_the_same_lies_there(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_pulled_first: bool
) -> None:
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        _, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        there = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": "drafts"})
        await box.send_in_outlook(draft)
        if is_pulled_first:
            await box.mirror.pull()
        await _let_pass(box, 200)

        assert arrived(m365, second) == ["Angebot"]
        assert submission and (await box.state(submission)).state is SubmissionState.FINAL
        assert [one["id"] for one in box.at_microsoft("drafts")] == [there["id"]]
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_pulled_first", [True, False])
@pytest.mark.parametrize("draft_is", ["deleted", "readdressed"])
async def test_what_goes_to_others_only_is_not_sent_in_its_place(
    m365: Simulator, tmp_path: Path, clock: SetClock, draft_is: str, *, is_pulled_first: bool
) -> None:
    """A colleague may have made it of the draft, and nobody wants it sent."""
    first, second, third = (m365.new_mailbox(name) for name in ("erster", "zweiter", "dritter"))
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        copy = await _copy(box, draft, first)
        if draft_is == "deleted":
            await _outlook(box, "POST", f"/{draft}/permanentDelete")
        else:
            people = [{"emailAddress": {"address": third}}]
            await _outlook(box, "PATCH", f"/{draft}", {"toRecipients": people})

        await _end_in_doubt(box, letter, submission, is_pulled_first=is_pulled_first)
        assert [arrived(m365, one) for one in (first, second, third)] == [[], [], []]
        assert copy in [one["id"] for one in box.at_microsoft("drafts")]


async def test_a_letter_to_others_is_not_taken_for_one_that_is_sent_later(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The draft was deleted before anybody wanted it sent: what goes then is what was written here."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await _copy(box, draft, first)
        await _outlook(box, "POST", f"/{draft}/permanentDelete")
        await _look_every_5_s(box, _Searched(box), 6)
        await box.submit(letter)
        await _let_pass(box, 200)

        assert (arrived(m365, first), arrived(m365, second)) == ([], ["Angebot"])
        assert await box.mirror.notices() == []


async def _rewritten(box: Outbox, draft: str) -> Message:
    """Somebody has written it anew in Outlook: the message that a pull shows beside the letter."""
    text = {"contentType": "html", "content": "<p>Ganz anderes, und zwar sehr viel davon</p>"}
    await _outlook(box, "PATCH", f"/{draft}", {"body": text})
    await box.mirror.pull()
    shown = await box.message(await box.mirror.message_id(draft))
    assert shown
    return shown


@pytest.mark.parametrize("is_letter_removed", [True, False])
async def test_what_people_send_that_is_shown_beside_the_letter_goes_as_what_it_is(
    m365: Simulator, tmp_path: Path, clock: SetClock, *, is_letter_removed: bool
) -> None:
    """It may well be the draft; but people have begun to work with it."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        shown = await _rewritten(box, draft)
        assert shown.id != letter.id
        if is_letter_removed:
            await box.destroy(letter)
        submission = await box.submit(shown, send_at=clock.now() + timedelta(seconds=150))
        await _look_every_5_s(box, _Searched(box), 6)
        await _let_pass(box, 400)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert [went["draft"] for went in m365.control.sent(box.address)] == [draft]
        ours = await box.message(letter.id)
        assert (ours is None) if is_letter_removed else (ours and ours.mutable.is_draft)
        assert await box.mirror.notices() == []
        assert await box.mirror.local() == truth(m365, box.address)


async def test_what_people_change_that_is_shown_beside_the_letter_is_changed(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Microsoft is busy when the change is written, and it is looked for meanwhile."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        _, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await _rewritten(box, draft)
        m365.control.fail_next("POST", "*/$batch", status=503, code="ErrorServerBusy")
        await box.mirror.keywords(draft, flagged=True)
        await box.mirror.drain.run_due()
        await _look_every_5_s(box, _Searched(box), 6)
        await _let_pass(box, 400)

        assert [one["flag"] for one in box.at_microsoft("drafts") if one["id"] == draft] == ["flagged"]
        assert (await box.mirror.pending(), await box.mirror.notices()) == (0, [])
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("is_to_be_sent", [True, False])
@pytest.mark.parametrize("where", ["here", "Outlook"])
async def test_what_was_thrown_away_and_says_something_else_is_not_the_letter(
    m365: Simulator, tmp_path: Path, clock: SetClock, where: str, *, is_to_be_sent: bool
) -> None:
    """What was written is nowhere else."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=is_to_be_sent)
        written = await box.mirror.store.read(bodies.get, box.account, letter.id)
        await _rewritten(box, draft)
        if where == "here":
            await box.mirror.move(draft, Role.TRASH)
            await box.mirror.drain.run_due()
        else:
            await _outlook(box, "POST", f"/{draft}/move", {"destinationId": "deleteditems"})
        await _let_pass(box, 400)

        [anew] = box.at_microsoft("drafts")
        assert anew["id"] != draft
        assert written and await box.mirror.store.read(bodies.get, box.account, letter.id) == written
        assert submission is None or (await box.state(submission)).code == "gone"
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_search_that_is_refused_once_is_made_again(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Nothing is made that was not looked for."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        _, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        m365.control.fail_next("GET", "*/messages", status=403, code="ErrorAccessDenied")
        await _look_every_5_s(box, _Searched(box), 1)
        await box.send_in_outlook(draft)
        await _let_pass(box, 200)

        assert submission and (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, second) == ["Angebot"]


async def test_what_can_not_be_looked_for_is_not_made_a_second_time(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """People are told after a while; once it can be looked for, it is found."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        m365.control.fail_next("GET", "*/messages", status=403, code="ErrorAccessDenied", times=100)
        await _look_every_5_s(box, _Searched(box), 60)
        assert submission and (await box.state(submission)).code == "refused"
        m365.control.clear_faults()
        await _let_pass(box, 2000)

        assert [one["id"] for one in box.at_microsoft("drafts")] == [draft]
        ours = await box.message(letter.id)
        assert ours and ours.remote_id == draft


async def test_a_copy_that_a_pull_has_taken_for_the_letter_does_not_go_after_another_one(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """It says the same, and the draft was renamed by then; that is sent before anybody here looks again."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        copy = await _outlook(box, "POST", f"/{draft}/copy", {"destinationId": "drafts"})
        await _outlook(box, "PATCH", f"/{draft}", {"subject": "Angebot 2"})
        await box.mirror.pull()
        await box.send_in_outlook(draft)
        await _let_pass(box, 200)

        assert arrived(m365, second) == ["Angebot 2"]
        assert submission and (await box.state(submission)).code == "gone"
        ours = await box.message(letter.id)
        assert ours and ours.remote_id == copy["id"]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_letter_that_waits_is_shown_once_however_late_its_making_is_known(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Nobody works in Outlook: whoever sees it in the drafts can't send it a second time."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        await box.mirror.pull()
        assert await box.mirror.message_id(draft) == letter.id
        with pytest.raises(Conflict):
            await box.submit(letter)
        await _let_pass(box, 200)

        assert arrived(m365, second) == ["Angebot"]
        assert submission and (await box.state(submission)).state is SubmissionState.FINAL
        assert await box.mirror.notices() == []


async def test_what_was_seen_and_has_vanished_is_not_made_and_sent_anew(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Whoever removed all of it, or has sent it from elsewhere, may not have wanted it sent from here."""
    first, second = m365.new_mailbox("erster"), m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        copy = await _copy(box, draft, first)
        await _outlook(box, "POST", f"/{draft}/permanentDelete")
        await _look_every_5_s(box, _Searched(box), 1)
        await _outlook(box, "POST", f"/{copy}/permanentDelete")
        await _let_pass(box, 200)

        assert arrived(m365, second) == []
        assert submission and (await box.state(submission)).code == "gone"
        assert [one.detail for one in await box.mirror.notices()] == ["in_drafts_unsure"]
        ours = await box.message(letter.id)
        assert ours and ours.mutable.is_draft


@pytest.mark.parametrize("mark", ["flagged", "seen"])
async def test_a_mark_of_the_draft_that_was_shown_beside_the_letter_holds(
    m365: Simulator, tmp_path: Path, clock: SetClock, mark: str
) -> None:
    """It has reached Microsoft before the two become one."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        _, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await _rewritten(box, draft)
        await box.mirror.keywords(draft, **{mark: mark == "flagged"})
        await box.mirror.drain.run_due()
        await box.mirror.pull()
        await _let_pass(box, 400)

        assert [one["id"] for one in box.at_microsoft("drafts")] == [draft]
        assert await box.mirror.local() == truth(m365, box.address)


async def test_a_draft_that_outlook_sends_after_a_pull_has_met_it_was_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """No pull has told of that when it is looked for: it is not told as unsent."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        _, submission, draft = await _made_unanswered(box, second, is_to_be_sent=True)
        await box.mirror.pull()
        await box.send_in_outlook(draft)
        await _let_pass(box, 200)

        assert arrived(m365, second) == ["Angebot"]
        assert submission and (await box.state(submission)).state is SubmissionState.FINAL
        assert [one.code for one in await box.mirror.notices()] == ["sent_elsewhere"]


async def _filed_and_shown_beside(box: Outbox, letter: Message, draft: str) -> Message:
    """The letter is filed before its making is known; what a pull shows in the drafts, the same again."""
    await box.move(letter, Role.ARCHIVE)
    await box.mirror.pull()
    shown = await box.message(await box.mirror.message_id(draft))
    assert shown and shown.id != letter.id
    return shown


async def _until_known_as(box: Outbox, letter: Message, draft: str) -> Message:
    for _ in range(30):
        await box.pass_time(2)
        await box.writer.run_due()
        ours = await box.message(letter.id)
        if ours and ours.remote_id == draft:
            return ours
    raise AssertionError("it was not taken for it")


@pytest.mark.parametrize("is_marked_last", ["the letter", "the draft beside it"])
async def test_a_mark_and_a_move_of_the_letter_itself_hold_from_the_first_on(
    m365: Simulator, tmp_path: Path, clock: SetClock, is_marked_last: str
) -> None:
    """While it is in doubt, and shown beside; of two marks the later one; what one alone has is kept."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        shown = await _filed_and_shown_beside(box, letter, draft)

        if is_marked_last == "the letter":
            await box.mark(shown, {"$flagged": True, "$seen": False})
            await box.mark(letter, {"$flagged": True})
            await box.mark(letter, {"$answered": True})
        else:
            await box.mark(letter, {"$flagged": True, "$answered": True})
            await box.mark(shown, {"$seen": False})
        as_it_was = await box.message(letter.id)
        ours = await _until_known_as(box, letter, draft)

        marks = ours.mutable
        assert (marks.is_flagged, marks.is_answered, marks.is_seen) == (True, True, False)
        assert as_it_was and ours.folder_ids == as_it_was.folder_ids
        await _let_pass(box, 400)
        [there] = box.at_microsoft("archive")
        assert (there["id"], there["flag"], there["isRead"]) == (draft, "flagged", False)
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize("how", ["to the trash", "to the trash, written back", "for good"])
async def test_what_says_the_same_and_is_thrown_away_takes_the_letter_along_nowhere(
    m365: Simulator, tmp_path: Path, clock: SetClock, how: str
) -> None:
    """People see it twice, and remove one of them."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        shown = await _filed_and_shown_beside(box, letter, draft)
        if how == "for good":
            m365.control.fail_next("POST", "*/$batch", status=503, code="ErrorServerBusy")
            await box.destroy(shown)
        else:
            await box.mirror.move(draft, Role.TRASH)
        if how.endswith("written back"):
            await box.mirror.drain.run_due()
        await _look_every_5_s(box, _Searched(box), 6)
        await _let_pass(box, 400)

        [anew] = box.at_microsoft("archive")
        ours = await box.message(letter.id)
        assert anew["id"] != draft and ours and ours.remote_id == anew["id"]
        assert box.at_microsoft("drafts") == []
        assert len(box.at_microsoft("deleteditems")) == (how != "for good")
        assert await box.mirror.local() == truth(m365, box.address)


async def test_what_is_seen_late_is_not_made_a_second_time(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Nobody sends it, and nothing of it was there when it was looked for first."""
    second = m365.new_mailbox("zweiter")
    async with outbox(m365, tmp_path, clock) as box:
        letter, _, draft = await _made_unanswered(box, second, is_to_be_sent=False)
        await _look_every_5_s(box, _Searched(box, _nothing))
        await _let_pass(box, 400)

        assert [one["id"] for one in box.at_microsoft("drafts")] == [draft]
        ours = await box.message(letter.id)
        assert ours and ours.remote_id == draft
