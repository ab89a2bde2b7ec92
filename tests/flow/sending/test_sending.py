"""Sending: never twice, never silently not at all, and what became of it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from tests.flow.sending.outbox import QUICK, Outbox, in_folder, outbox
from tests.flow.sim import DOMAIN, Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, truth

from poststelle.mail import folders as use_folders
from poststelle.mail import ingest, organise
from poststelle.model.account import AccountState
from poststelle.model.check import CheckState
from poststelle.model.errors import Conflict, Invalid, NotAllowed
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId
from poststelle.model.message import Address, Message
from poststelle.model.rights import Grant, Level
from poststelle.model.submission import SendStep, SubmissionState
from poststelle.model.writeback import OpKind
from poststelle.providers.base import DeltaPage, RemoteMessage
from poststelle.store import accounts, cursors, folders, grants, messages
from poststelle.store.tx import Tx
from poststelle.writeback.sender import Sender

pytestmark = pytest.mark.anyio

SEND = {"method": "POST", "path": "*/send"}
NOTHING: dict[str, tuple[int, ...]] = {"created": (), "updated": (), "destroyed": ()}


def arrived(m365: Simulator, address: str) -> list[str]:
    """The subjects in an inbox."""
    return sorted(one["subject"] for one in in_folder(m365, address, "inbox"))


async def test_a_message_is_held_then_sent_once(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """After ten seconds it goes; the draft is the sent copy then, under the same id."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        submission = await box.submit(message)
        await box.pass_time(9)
        await box.settle(rounds=1, seconds=0)
        assert (await box.state(submission)).state is SubmissionState.PENDING
        assert arrived(m365, customer) == []
        await box.pass_time(1.5)
        await box.settle()

        done = await box.state(submission)
        assert done.state is SubmissionState.FINAL
        assert {to: told.delivered for to, told in done.delivery.items()} == {customer: "unknown"}
        assert arrived(m365, customer) == ["Angebot"]
        [copy] = box.at_microsoft("sentitems")
        kept = await box.message(message.id)
        assert kept and (kept.remote_id, kept.mutable.is_draft) == (copy["id"], False)
        assert box.at_microsoft("drafts") == []
        since = await box.now()
        await box.mirror.pull()
        assert await box.seen_changes(since) == NOTHING
        assert [one["folder"] for one in (await box.mirror.local()).values()] == ["Gesendete Elemente"]
        await box.mirror.check()


async def test_sending_can_be_taken_back_while_it_is_held(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Canceled in time nothing is sent and the draft stays; a moment later it is too late."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        first = await box.submit(message)
        await box.cancel(first)
        await box.pass_time(20)
        await box.settle()
        assert (await box.state(first)).state is SubmissionState.CANCELED
        assert (arrived(m365, customer), len(box.at_microsoft("drafts"))) == ([], 1)

        second = await box.send_now(message)
        await box.sender.run_due()
        with pytest.raises(Conflict, match="is being sent"):
            await box.cancel(second)
        await box.settle()
        assert arrived(m365, customer) == ["Angebot"]
        await box.mirror.check()


async def test_a_message_that_is_not_kept_goes_when_it_is_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Not before, and then at Microsoft too; when it is not sent it stays, and clients look for it again."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        stays, goes = await box.write([customer], subject="Bleibt"), await box.write([customer])
        first = await box.submit(stays, is_kept=False)
        since = await box.now()
        await box.cancel(first)
        assert (await box.seen_changes(since))["updated"] == (stays.id,)
        second = await box.submit(goes, is_kept=False)
        await box.settle(rounds=1, seconds=0)
        assert await box.message(goes.id) is not None
        await box.pass_time(10)
        await box.settle()

        assert (await box.state(second)).state is SubmissionState.FINAL
        assert (arrived(m365, customer), box.at_microsoft("sentitems")) == (["Angebot"], [])
        assert (await box.message(goes.id), await box.message(stays.id) is not None) == (None, True)
        await box.mirror.pull()
        await box.mirror.check()


FAULTS: list[dict[str, Any]] = [
    {"kind": "lost"},
    {"kind": "lost", "times": 3},
    {"kind": "reset"},
    {"kind": "reset", "times": 3},
    {"status": 500},
    {"status": 500, "times": 3},
    {"status": 503, "headers": {"Retry-After": "2"}},
    {"status": 504},
    *({"kind": "gateway", "status": status} for status in (500, 508, 520, 522, 524, 529, 599)),
    {"status": 429},
    {"status": 401, "times": 1},
]


async def test_an_outage_of_hours_is_no_reason_to_give_up(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Asked for once without an answer, then nothing is heard for hours: afterwards it is sent, once."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        m365.control.fail_next("*", "*", status=503, times=10_000)
        submission = await box.send_now(message)
        for _ in range(100):
            await box.sender.run_due()
            await box.pass_time(120)
        m365.control.clear_faults()
        await box.settle(rounds=6, seconds=60)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert (arrived(m365, customer), await box.mirror.notices()) == (["Angebot"], [])


@pytest.mark.parametrize("behaviour", [{}, {"sentCopyDelayS": 3}, {"sentIds": "kept"}], ids=str)
async def test_after_any_failure_exactly_one_copy_arrives(
    m365: Simulator, tmp_path: Path, clock: SetClock, behaviour: dict[str, Any]
) -> None:
    """Whether Microsoft heard the request or not; whatever ids the copy has, and however late it comes."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(**behaviour)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            sent = {}
            for fault in FAULTS:
                message = await box.write([customer], subject=str(fault))
                await box.writer.run_due()
                m365.control.fail_next(**SEND, **fault)
                sent[str(fault)] = message, await box.send_now(message)
                await box.settle(rounds=1, seconds=2)
                await box.mirror.pull()
                if behaviour.get("sentCopyDelayS"):
                    m365.control.advance(4)
                await box.settle(rounds=6, seconds=5)
            await box.mirror.pull()

            assert arrived(m365, customer) == sorted(sent)
            assert sorted(one["subject"] for one in box.at_microsoft("sentitems")) == sorted(sent)
            for fault_name, (message, submission) in sent.items():
                assert (await box.state(submission)).state is SubmissionState.FINAL, fault_name
                assert await box.message(message.id), fault_name
            assert len(await box.mirror.local()) == len(sent)
            assert (await box.mirror.notices(), await box.mirror.pending()) == ([], 0)
            await box.mirror.check()
    finally:
        m365.control.set_behaviour(sentCopyDelayS=0, sentIds="new")


async def test_what_only_has_our_message_id_is_not_taken_for_the_sent_copy(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """An archive's import into Sent between two attempts: ours is sent all the same, and both are kept."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        m365.control.fail_next(**SEND, status=503)
        submission = await box.send_now(message)
        await box.sender.run_due()
        imported = {"subject": "Angebot", "messageId": message.internet_message_id}
        [foreign] = m365.control.receive_many(box.address, [imported], "sentitems")
        await box.mirror.pull()
        await box.settle()
        await box.mirror.pull()

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, customer) == ["Angebot"]
        kept = await box.message(message.id)
        assert kept and kept.remote_id != foreign
        assert set(await box.mirror.local()) == {foreign, kept.remote_id}
        await box.mirror.check()


async def test_a_copy_that_was_met_as_another_message_becomes_the_one_that_was_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Reports of rounds begun by an older version don't say our key. What was done to the copy holds."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([m365.new_mailbox("kunde")])
        await box.writer.run_due()
        m365.control.fail_next(**SEND, kind="lost")
        submission = await box.send_now(message)
        await box.sender.run_due()
        delta = box.mirror.remote.message_delta

        async def keyless(*args: Any, **options: Any) -> DeltaPage:
            page = await delta(*args, **options)
            return replace(
                page, messages=tuple(structs.replace(item, draft_key=None) for item in page.messages)
            )

        box.mirror.remote.message_delta = keyless
        await box.mirror.pull()
        [copy] = box.at_microsoft("sentitems")
        assert (await box.state(submission)).state is SubmissionState.SENDING
        await box.mirror.keywords(copy["id"], flagged=True)
        await box.settle()

        kept = await box.message(message.id)
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert kept and (kept.remote_id, kept.mutable.is_flagged) == (copy["id"], True)
        assert [one["flag"] for one in box.at_microsoft("sentitems")] == ["flagged"]
        assert len(await box.mirror.local()) == 1
        await box.mirror.check()


async def test_the_pull_may_meet_the_copy_first(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """Before the sender has looked: the copy becomes the same message, and the submission is final."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        submission = await box.send_now(message)
        await box.sender.run_due()
        since = await box.now()
        await box.mirror.pull()

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert await box.seen_changes(since) == {"created": (), "updated": (message.id,), "destroyed": ()}
        await box.settle()
        assert arrived(m365, customer) == ["Angebot"]
        await box.mirror.check()


async def test_while_a_message_is_nowhere_it_stays_here(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Between draft and copy Microsoft shows neither: clients see no gap."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentCopyDelayS=20)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            message = await box.write([customer])
            await box.writer.run_due()
            await box.mirror.pull()
            submission = await box.send_now(message)
            await box.settle(rounds=3)
            await box.mirror.pull()
            assert await box.message(message.id)
            assert (await box.state(submission)).state is SubmissionState.SENDING
            with pytest.raises(Conflict, match="just being sent"):
                await box.destroy(message)
            m365.control.advance(25)
            await box.settle(rounds=4, seconds=10)
            assert (await box.state(submission)).state is SubmissionState.FINAL
            assert await box.message(message.id)
            await box.mirror.check()
    finally:
        m365.control.set_behaviour(sentCopyDelayS=0)


async def test_mail_to_oneself_is_two_messages(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """The copy in Sent is the draft; what arrives in the inbox under the same Message-ID is new."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([box.address])
        await box.send_now(message)
        await box.settle()
        await box.mirror.pull()

        kept = await box.message(message.id)
        assert kept and kept.remote_id == box.at_microsoft("sentitems")[0]["id"]
        assert sorted(one["folder"] for one in (await box.mirror.local()).values()) == [
            "Gesendete Elemente",
            "Posteingang",
        ]
        await box.mirror.check()


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ({"status": 403, "code": "ErrorSendAsDenied"}, "ErrorSendAsDenied"),
        ({"status": 413, "code": "ErrorMessageSizeExceeded"}, "ErrorMessageSizeExceeded"),
        ({"status": 400, "code": "ErrorInvalidRecipients"}, "ErrorInvalidRecipients"),
    ],
)
async def test_what_microsoft_refuses_to_send_is_told_and_stays_a_draft(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: dict[str, Any], detail: str
) -> None:
    """A notice with Microsoft's code; corrected, the same draft can be sent."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        m365.control.fail_next(**SEND, **fault)
        submission = await box.send_now(message)
        await box.settle()

        failed = await box.state(submission)
        assert (failed.state, failed.code, failed.detail) == (SubmissionState.FAILED, "refused", detail)
        [notice] = await box.mirror.notices()
        assert (notice.kind, notice.detail, notice.message_id) == (OpKind.SEND, detail, message.id)
        assert len(box.at_microsoft("drafts")) == 1
        await box.send_now(message)
        await box.settle()
        assert arrived(m365, customer) == ["Angebot"]
        await box.mirror.check()


async def test_a_draft_that_cannot_be_made_fails_its_sending(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """What waits for a draft that Microsoft refuses does not wait for ever."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next("POST", "*/messages", status=403, code="ErrorAccessDenied")
        message = await box.write(["kunde@extern.example"])
        submission = await box.send_now(message)
        await box.settle()

        assert (await box.state(submission)).detail == "ErrorAccessDenied"
        assert {notice.kind for notice in await box.mirror.notices()} == {OpKind.CREATE, OpKind.SEND}
        assert await box.message(message.id)


@pytest.mark.parametrize(
    ("is_permanent", "seen_by"), [(True, "pull"), (True, "nobody"), (False, "pull"), (True, "proof")]
)
async def test_a_draft_deleted_elsewhere_is_not_sent_and_that_is_told(
    m365: Simulator, tmp_path: Path, clock: SetClock, is_permanent: bool, seen_by: str
) -> None:
    """Somebody removed it in Outlook while it was held, for good or into the trash; it can be sent again."""
    m365.control.clear_outside()
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write(["kunde@extern.example"])
        await box.writer.run_due()
        submission = await box.submit(message)
        [draft] = box.at_microsoft("drafts")
        m365.control.delete(box.address, [draft["id"]], permanently=is_permanent)
        if seen_by == "pull":
            await box.mirror.pull()
        if seen_by == "proof":
            found = await box.mirror.prove()
            assert (found.state, await box.mirror.notices()) == (CheckState.DONE, [])
        await box.pass_time(11)
        await box.settle(rounds=12, seconds=20)

        ended = await box.state(submission)
        assert (ended.state, ended.code) == (SubmissionState.FAILED, "gone")
        assert [notice.code for notice in await box.mirror.notices()] == ["gone"]
        assert m365.control.outside() == []
        await box.mirror.pull()
        await box.mirror.check()

        again = await box.send_now(message)
        await box.settle(rounds=5)
        assert (await box.state(again)).state is SubmissionState.FINAL
        assert len(m365.control.outside()) == 1
        await box.mirror.pull()
        assert await box.mirror.local() == truth(m365, box.address)


@pytest.mark.parametrize(
    ("ids", "delay_s", "is_pulled"),
    [("new", 0, True), ("new", 40, True), ("kept", 0, True), ("kept", 40, False), ("new", 40, False)],
)
async def test_what_somebody_sends_in_outlook_while_it_is_held_is_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str, delay_s: int, is_pulled: bool
) -> None:
    """However late its copy shows, nobody is told that it was deleted, and it is not sent once more."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentIds=ids, sentCopyDelayS=delay_s)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            message = await box.write([customer])
            await box.writer.run_due()
            submission = await box.submit(message)
            [draft] = box.at_microsoft("drafts")
            await box.send_in_outlook(draft["id"])
            if is_pulled:
                await box.mirror.pull()
            await box.settle(rounds=5, seconds=10)
            if delay_s:
                assert (await box.state(submission)).state is SubmissionState.SENDING
                assert await box.message(message.id) and not await box.mirror.notices()
            m365.control.advance(delay_s + 1)
            await box.settle(rounds=4, seconds=10)
            await box.mirror.pull()

            assert (await box.state(submission)).state is SubmissionState.FINAL
            kept, [notice] = await box.message(message.id), await box.mirror.notices()
            assert kept and kept.sent_at and not kept.mutable.is_draft
            assert (notice.code, notice.detail) == ("sent_elsewhere", kept.sent_at.isoformat())
            assert arrived(m365, customer) == ["Angebot"]
            assert await box.mirror.local() == truth(m365, box.address)
            await box.mirror.check()
    finally:
        m365.control.set_behaviour(sentIds="new", sentCopyDelayS=0)


async def test_what_was_missing_and_is_there_again_goes_at_its_time(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Microsoft hid the draft for a moment: it waits as before, and is sent when it is due."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        submission = await box.submit(message, send_at=clock.now() + timedelta(hours=1))
        due_at = (await box.state(submission)).due_at
        kept = await box.message(message.id)
        assert kept
        await box.mirror.store.write(ingest.settle, box.account, {kept.remote_id: None}, now=clock.now())
        assert (await box.state(submission)).step is SendStep.MISSING
        await box.settle(rounds=2)
        waiting = await box.state(submission)
        assert (waiting.state, waiting.due_at) == (SubmissionState.PENDING, due_at)
        await box.mirror.pull()
        await box.settle(rounds=6, seconds=1200)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert (arrived(m365, customer), await box.mirror.notices()) == (["Angebot"], [])
        await box.mirror.check()


async def test_what_lies_in_the_trash_is_taken_out_of_it_to_be_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Who sends it wants it after all."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        trash = await box.mirror.store.read(folders.by_role, box.account, Role.TRASH)
        assert trash
        await box.mirror.store.write(organise.move, USER, box.account, message.id, trash.id, clock.now())
        await box.mirror.drain.run_due()
        submission = await box.submit(message)
        await box.settle(rounds=1, seconds=0)
        assert len(box.at_microsoft("drafts")) == 1
        await box.settle(seconds=5)

        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, customer) == ["Angebot"]


async def test_what_waits_to_be_sent_stays_when_its_folder_is_emptied(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """All else goes, and how many stay is said."""
    async with outbox(m365, tmp_path, clock) as box:
        held = await box.write(["kunde@extern.example"])
        other = await box.write(subject="Entwurf")
        await box.writer.run_due()
        await box.submit(held)
        args = (USER, box.account, held.folder_ids[0], clock.now())
        emptied = await box.mirror.store.write(use_folders.empty, *args)

        moved = await box.message(other.id)
        assert (emptied.left, emptied.held) == (0, 1)
        assert moved and moved.folder_ids != held.folder_ids
        await box.settle(seconds=5)
        assert len(box.at_microsoft("sentitems")) == 1


@pytest.mark.parametrize("is_here", [True, False])
async def test_what_was_accepted_is_sent_though_its_draft_is_gone(
    m365: Simulator, tmp_path: Path, clock: SetClock, is_here: bool
) -> None:
    """Removed here, or with its folder at Microsoft, before the copy shows: nobody is told that it failed."""
    customer = m365.new_mailbox("kunde")
    m365.control.set_behaviour(sentCopyDelayS=20)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            m365.control.create_folder(box.address, "Vorlagen")
            await box.mirror.pull()
            message = await box.write([customer])
            await box.writer.run_due()
            await _move(box, message, "Vorlagen")
            submission = await box.send_now(message)
            await box.sender.run_due()
            assert (await box.state(submission)).step is SendStep.ACCEPTED
            if is_here:
                await box.mirror.store.write(_remove, message)
            else:
                m365.control.delete_folder(box.address, "Vorlagen", permanently=True)
                await box.mirror.pull()
            await box.settle(rounds=3)
            m365.control.advance(25)
            await box.settle(rounds=4, seconds=10)

            assert (await box.state(submission)).state is SubmissionState.FINAL
            assert arrived(m365, customer) == ["Angebot"] and not await box.mirror.notices()
            await box.mirror.pull()
            assert [m["folder"] for m in (await box.mirror.local()).values()] == ["Gesendete Elemente"]
            await box.mirror.check()
    finally:
        m365.control.set_behaviour(sentCopyDelayS=0)


@pytest.mark.parametrize("is_left", [True, False])
async def test_what_was_asked_for_and_removed_is_told_as_unknown(
    m365: Simulator, tmp_path: Path, clock: SetClock, is_left: bool
) -> None:
    """No answer, and then the message is gone here: a draft left there may be a copy, and is not sent."""
    m365.control.clear_outside()
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write(["kunde@extern.example"])
        await box.writer.run_due()
        m365.control.fail_next(**SEND, kind="reset")
        submission = await box.send_now(message)
        await box.sender.run_due()
        await box.mirror.store.write(_remove, message)
        if not is_left:
            [draft] = box.at_microsoft("drafts")
            m365.control.delete(box.address, [draft["id"]], permanently=True)
        # The last look before its patience ends may be put off by as much again: twice sixty seconds.
        await box.settle(rounds=26, seconds=5)

        assert (await box.state(submission)).code == "unknown"
        assert [notice.code for notice in await box.mirror.notices()] == ["unknown"]
        assert m365.control.outside() == []


@pytest.mark.parametrize("is_sent", [True, False])
async def test_a_draft_in_the_trash_may_be_sent_all_the_same(
    m365: Simulator, tmp_path: Path, clock: SetClock, is_sent: bool
) -> None:
    """Accepted, then seen in the trash: only when it stays there for long has it not been sent."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        await box.writer.run_due()
        trash = await box.mirror.store.read(folders.by_role, box.account, Role.TRASH)
        [draft] = await box.mirror.remote.written([], message.internet_message_id or "")
        assert trash
        stale = _Stale(box.mirror.remote, [structs.replace(draft, folder_id=trash.remote_id)])

        async def open_remote(_: AccountId) -> Any:
            return stale

        box.sender = Sender(box.mirror.store, open_remote, clock, "test/stale", pace=QUICK)
        submission = await box.send_now(message)
        await box.settle(rounds=4)
        assert (await box.state(submission)).state is SubmissionState.SENDING
        if is_sent:
            stale.shown = None
        await box.settle(rounds=6, seconds=30)

        ended, told = await box.state(submission), [n.code for n in await box.mirror.notices()]
        expected = (
            (SubmissionState.FINAL, None, []) if is_sent else (SubmissionState.FAILED, "gone", ["gone"])
        )
        assert (ended.state, ended.code, told) == expected


class _Stale:
    """A provider that shows what was written as it was, while there is something to show."""

    def __init__(self, remote: Any, shown: list[RemoteMessage]) -> None:
        self._remote = remote
        self.shown: list[RemoteMessage] | None = shown

    def under(self, _: Any) -> Any:
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    async def fetch(self, messages: Any) -> Any:
        if self.shown is not None:
            return {one.remote_id: one for one in self.shown}
        return await self._remote.fetch(messages)

    async def written(self, keys: Any, internet_message_id: str) -> Any:
        if self.shown is not None:
            return self.shown
        return await self._remote.written(keys, internet_message_id)


async def _move(box: Outbox, message: Message, folder: str) -> None:
    store, clock = box.mirror.store, box.mirror.clock
    [target] = [f for f in await store.read(folders.list_all, box.account) if f.name == folder]
    await store.write(organise.move, USER, box.account, message.id, target.id, clock.now())
    await box.mirror.drain.run_due()


def _remove(tx: Tx, message: Message) -> None:
    found = messages.get(tx, message.account_id, message.id)
    assert found
    messages.replace(tx, message.account_id, [(found, None)])


async def test_what_is_found_nowhere_is_told_and_kept(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Neither draft nor copy for a long time: the text is a draft again, and nothing is repeated."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write(["kunde@extern.example"], [await box.file("Liste.txt", b"eins")])
        await box.writer.run_due()
        m365.control.fail_next(**SEND, kind="reset")
        submission = await box.send_now(message)
        await box.sender.run_due()
        [draft] = box.at_microsoft("drafts")
        m365.control.delete(box.address, [draft["id"]], permanently=True)
        await box.settle(rounds=30, seconds=5)

        assert (await box.state(submission)).code == "unknown"
        assert [notice.code for notice in await box.mirror.notices()] == ["unknown"]
        [again] = box.at_microsoft("drafts")
        assert again["internetMessageId"] != draft["internetMessageId"] and again["hasAttachments"]
        kept = await box.message(message.id)
        assert kept and kept.remote_id == again["id"]
        await box.mirror.check()


async def test_thirty_a_minute_are_queued_and_shown(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """The limit of Exchange: what is above it waits, says why, and goes a minute later."""
    pace = replace(QUICK, per_minute=3)
    async with outbox(m365, tmp_path, clock, pace) as box:
        m365.control.clear_outside()
        made = [await box.write([f"kunde{n}@extern.example"]) for n in range(5)]
        await box.writer.run_due()
        queue = [await box.send_now(message) for message in made]
        await box.settle(rounds=3)
        states = [await box.state(submission) for submission in queue]
        assert [one.state for one in states].count(SubmissionState.FINAL) == 3
        assert [one.waits_for for one in states if one.state is SubmissionState.PENDING] == ["minute"] * 2
        await box.cancel(states[-1])
        await box.pass_time(60)
        await box.settle()

        assert len(m365.control.outside()) == 4


async def test_ten_thousand_recipients_a_day_are_queued_and_shown(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Recipients of the last day count, repeated ones too."""
    pace = replace(QUICK, recipients_per_day=4)
    async with outbox(m365, tmp_path, clock, pace) as box:
        m365.control.clear_outside()
        people = [f"kunde{n}@extern.example" for n in range(3)]
        first = await box.send_now(await box.write(people))
        await box.settle(rounds=2)
        second = await box.send_now(await box.write(people))
        await box.settle()
        assert (await box.state(first)).state is SubmissionState.FINAL
        assert (await box.state(second)).waits_for == "day"
        await box.pass_time(timedelta(days=1).total_seconds())
        await box.settle()
        assert (await box.state(second)).state is SubmissionState.FINAL


async def test_a_scheduled_message_goes_at_its_time(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """Tomorrow, not before, and after a restart as well: what is due is a fact in a table."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer])
        submission = await box.submit(message, send_at=clock.now() + timedelta(hours=20))
        await box.pass_time(19 * 3600)
        await box.settle()
        assert (await box.state(submission)).state is SubmissionState.PENDING
        await box.pass_time(3600)
        await box.settle()
        assert (await box.state(submission)).state is SubmissionState.FINAL
        assert arrived(m365, customer) == ["Angebot"]


@pytest.mark.parametrize("left", [None, Level.WRITE], ids=["unassigned", "no longer allowed to send"])
async def test_who_may_no_longer_send_does_not(
    m365: Simulator, tmp_path: Path, clock: SetClock, left: Level | None
) -> None:
    """It waits until tomorrow; its sender loses the right today: it stays a draft, and that is told."""
    m365.control.clear_outside()
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write(["kunde@extern.example"])
        submission = await box.submit(message, send_at=clock.now() + timedelta(hours=20))
        await box.settle()
        if left is None:
            await box.mirror.store.write(grants.destroy, USER, box.account, at=box.mirror.clock.now())
        else:
            await box.mirror.store.write(
                grants.upsert, Grant(box.account, USER, left), at=clock.now(), by=None
            )
        await box.pass_time(21 * 3600)
        await box.settle()

        ended = await box.state(submission)
        assert (ended.state, ended.code) == (SubmissionState.FAILED, "not_allowed")
        assert "not_allowed" in [notice.code for notice in await box.mirror.notices()]
        assert m365.control.outside() == []
        assert len(box.at_microsoft("drafts")) == 1


async def test_a_disconnected_mailbox_sends_nothing(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """What was to go waits while nobody is signed in, drafts too; after the next sign-in it goes, once."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        store = box.mirror.store
        before = await box.submit(await box.write([customer], subject="Davor"))
        await store.write(accounts.set_state, box.account, AccountState.WAITING_FOR_SIGN_IN)
        meanwhile = await box.send_now(await box.write([customer], subject="Dabei"))
        await box.pass_time(20)
        await box.settle()
        assert [(await box.state(one)).state for one in (before, meanwhile)] == [SubmissionState.PENDING] * 2
        assert (arrived(m365, customer), box.at_microsoft("drafts")) == ([], [])

        await store.write(accounts.set_state, box.account, AccountState.CONNECTED)
        await box.settle()
        assert arrived(m365, customer) == ["Dabei", "Davor"]


async def test_an_answer_keeps_its_thread_and_marks_the_original(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """In-Reply-To and References arrive; the original is answered here, at Microsoft, and in a new mirror."""
    customer = m365.new_mailbox("kunde")
    async with outbox(m365, tmp_path, clock) as box:
        [remote] = m365.control.receive(
            box.address, subject="Anfrage", messageId="<frage@kunde.example>", **{"from": customer}
        )
        await box.mirror.pull()
        original = await box.mirror.message_id(remote)
        answer = await box.write(
            [customer],
            subject="AW: Anfrage",
            in_reply_to=("frage@kunde.example",),
            references=("frage@kunde.example",),
        )
        asked = await box.message(original)
        assert asked and answer.thread_id == asked.thread_id
        await box.send_now(answer)
        await box.settle()
        await box.mirror.pull()

        marked, sent = await box.message(original), await box.message(answer.id)
        assert marked and sent and marked.mutable.is_answered and sent.thread_id == marked.thread_id
        [there] = in_folder(m365, customer, "inbox")
        fetched = await box.mirror.remote.fetch([marked.remote_id])
        told = fetched[marked.remote_id]
        assert told and told.is_answered
        mime = b"".join([chunk async for chunk in box.mirror.remote.mime(sent.remote_id)])
        assert b"In-Reply-To: <frage@kunde.example>" in mime and there["subject"] == "AW: Anfrage"
        await box.mirror.check()


async def test_what_went_and_came_back_while_its_answer_was_held_is_marked(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """It is another message of ours then. One that is not here when the answer is sent is not marked."""
    async with outbox(m365, tmp_path, clock) as box:
        names = {key: f"<{key}@kunde.example>" for key in ("back", "gone")}
        ids = {key: m365.control.receive(box.address, subject=key, messageId=names[key])[0] for key in names}
        await box.mirror.pull()
        for name in names.values():
            answer = await box.write([m365.new_mailbox("kunde")], in_reply_to=(name.strip("<>"),))
            await box.submit(answer)
        store, account = box.mirror.store, box.account
        before = {key: await box.mirror.message_id(ids[key]) for key in names}
        await store.write(messages.destroy_many, account, list(before.values()))
        inbox = await store.read(folders.by_role, account, Role.INBOX)
        assert inbox
        m365.control.delete(box.address, [ids["gone"]], permanently=True)
        await store.write(cursors.destroy, account, inbox.id)
        await box.mirror.pull()
        await box.pass_time(11)
        await box.settle()

        after = await box.mirror.message_id(ids["back"])
        marked = await box.message(after)
        assert after != before["back"] and marked and marked.mutable.is_answered
        assert await box.mirror.answer_marks() == {ids["back"]: {"$answered"}}
        assert await box.mirror.pending() == 0


async def test_a_bounce_joins_the_thread_and_is_told(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """The report of a failed delivery sets the status of its recipient, and only of that one."""
    customer = m365.new_mailbox("kunde")
    nobody = f"niemand-{customer}"
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write([customer, nobody])
        submission = await box.send_now(message)
        await box.settle()
        await box.mirror.pull()
        await box.bounces.run_due()
        await box.mirror.pull()

        told = (await box.state(submission)).delivery
        assert {to: one.delivered for to, one in told.items()} == {customer: "unknown", nobody: "no"}
        assert told[nobody].smtp_reply.startswith("550 5.1.10 ")
        sent = await box.message(message.id)
        [report] = box.at_microsoft("inbox")
        assert sent and report["subject"].startswith("Unzustellbar")
        bounced = await box.message(await box.mirror.message_id(report["id"]))
        assert bounced and bounced.thread_id == sent.thread_id
        await box.mirror.check()


async def _try(box: Outbox, **said: Any) -> str:
    message = await box.write(**said)
    with pytest.raises(Invalid) as refused:
        await box.submit(message)
    return refused.value.code


async def test_what_cannot_be_sent_is_refused_at_once(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Without recipients, to no address, from somebody else, twice; and without the right to send."""
    async with outbox(m365, tmp_path, clock) as box:
        assert await _try(box) == "no_recipients"
        assert await _try(box, to=["kein-at"]) == "invalid_recipients"
        elsewhere = (Address("Chef", f"chef@{DOMAIN}"),)
        assert await _try(box, to=["a@b.example"], from_=elsewhere) == "forbidden_from"
        message = await box.write(["a@b.example"])
        await box.submit(message)
        with pytest.raises(Conflict, match="already"):
            await box.submit(message)
        with pytest.raises(Conflict, match="cancel that first"):
            await box.destroy(message)
        other = await box.write(["a@b.example"])
        grant = Grant(box.account, USER, Level.WRITE)
        await box.mirror.store.write(grants.upsert, grant, at=box.mirror.clock.now(), by=None)
        with pytest.raises(NotAllowed):
            await box.submit(other)
