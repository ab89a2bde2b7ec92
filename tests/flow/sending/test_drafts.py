"""Drafts: there at once, at Microsoft once, and the same message when the pull meets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.flow.sending.outbox import outbox
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import truth

from poststelle.model.ids import is_local
from poststelle.model.message import Address
from poststelle.model.submission import SubmissionState
from poststelle.model.writeback import OpKind
from poststelle.store import attachments, drafts

pytestmark = pytest.mark.anyio

NOTHING: dict[str, tuple[int, ...]] = {"created": (), "updated": (), "destroyed": ()}
CREATE = {"method": "POST", "path": "*/messages"}


async def test_a_draft_shows_at_once_and_reaches_microsoft(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Under its id from the first moment; the pull that meets it there changes nothing clients see."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write(["kunde@extern.example"], cc=(Address("Chef", "chef@buero.example"),))
        shown = await box.message(message.id)
        assert shown and is_local(shown.remote_id) and shown.preview == "Guten Tag"

        since = await box.now()
        await box.writer.run_due()
        [there] = box.at_microsoft("drafts")
        assert there["subject"] == "Angebot" and there["isDraft"]
        assert there["internetMessageId"] == message.internet_message_id
        assert await box.mirror.pending() == 0
        await box.mirror.pull()
        assert await box.seen_changes(since) == NOTHING
        kept = await box.message(message.id)
        assert kept and kept.remote_id == there["id"]
        assert len(await box.mirror.local()) == 1
        await box.mirror.check()


FAULTS: list[dict[str, Any]] = [
    {"kind": "lost"},
    {"kind": "reset"},
    {"kind": "garble"},
    {"status": 500},
    {"status": 503},
    {"status": 429},
]


@pytest.mark.parametrize("is_met_by_pull", [False, True])
async def test_a_draft_is_made_once_whatever_happens(
    m365: Simulator, tmp_path: Path, clock: SetClock, is_met_by_pull: bool
) -> None:
    """Whether the unanswered request was heard or not, and whoever finds that out first."""
    async with outbox(m365, tmp_path, clock) as box:
        made = []
        for fault in FAULTS:
            m365.control.fail_next(**CREATE, **fault)
            made.append(await box.write(["kunde@extern.example"], subject=str(fault)))
            since = await box.now()
            await box.writer.run_due()
            assert await box.mirror.pending() == 1, fault
            if is_met_by_pull:
                await box.mirror.pull()
            await box.settle(rounds=3)
            await box.mirror.pull()
            assert await box.seen_changes(since) == NOTHING, fault

        assert sorted(one["subject"] for one in box.at_microsoft("drafts")) == sorted(map(str, FAULTS))
        kept = [await box.message(message.id) for message in made]
        assert {one.remote_id for one in kept if one} == {one["id"] for one in box.at_microsoft("drafts")}
        assert (await box.mirror.pending(), await box.mirror.notices()) == (0, [])
        await box.mirror.check()


async def test_an_unanswered_request_is_not_repeated_at_once(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Microsoft may still be at work on it: for a while it is not even looked for."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next(**CREATE, kind="reset")
        await box.write()
        await box.writer.run_due()
        m365.control.clear_calls()
        await box.pass_time(0.9)
        await box.writer.run_due()

        assert m365.control.calls(mailbox=box.address) == []


async def test_a_draft_replaced_before_it_was_made_never_reaches_microsoft(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Saved twice in a second: only the last one is made."""
    async with outbox(m365, tmp_path, clock) as box:
        first = await box.write(subject="Angeb")
        await box.destroy(first)
        second = await box.write(subject="Angebot")
        m365.control.clear_calls()
        await box.settle()

        assert [one["subject"] for one in box.at_microsoft("drafts")] == ["Angebot"]
        assert sum(call["method"] == "POST" and call["path"].endswith("/messages")
                   for call in m365.control.calls()) == 1  # fmt: skip
        assert await box.message(first.id) is None and await box.message(second.id)
        await box.mirror.check()


@pytest.mark.parametrize("is_met_by_pull", [False, True])
async def test_a_finished_message_is_made_once_whatever_happens(
    m365: Simulator, tmp_path: Path, clock: SetClock, is_met_by_pull: bool
) -> None:
    """It is known by its key, whoever meets it first; as Microsoft tells it nothing changes for clients."""
    async with outbox(m365, tmp_path, clock) as box:
        made = []
        for fault in FAULTS:
            m365.control.fail_next("POST", "*/mailFolders/*/messages", **fault)
            made.append(await box.bring(str(fault)))
            since = await box.now()
            await box.writer.run_due()
            assert await box.mirror.pending() == 1, fault
            if is_met_by_pull:
                await box.mirror.pull()
            await box.settle(rounds=3)
            await box.mirror.pull()
            assert await box.seen_changes(since) == NOTHING, fault

        there = box.at_microsoft("archive")
        assert sorted(one["subject"] for one in there) == sorted(map(str, FAULTS))
        kept = [await box.message(message.id) for message in made]
        assert {one.remote_id for one in kept if one} == {one["id"] for one in there}
        assert not any(one["isDraft"] for one in there)
        assert (await box.mirror.pending(), await box.mirror.notices()) == (0, [])
        await box.mirror.check()


@pytest.mark.parametrize(
    ("ids", "is_pulled", "is_submitted"),
    [
        ("new", True, False),
        ("kept", True, False),
        ("new", False, False),
        ("new", False, True),
        ("kept", True, True),
    ],
)
async def test_what_was_made_without_an_answer_and_sent_in_outlook_is_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock, ids: str, is_pulled: bool, is_submitted: bool
) -> None:
    """Whether a pull has met its copy or not: it is the same message here, and no draft any more."""
    m365.control.set_behaviour(sentIds=ids)
    try:
        async with outbox(m365, tmp_path, clock) as box:
            m365.control.fail_next(**CREATE, kind="lost")
            message = await box.write([m365.new_mailbox("kunde")])
            await box.writer.run_due()
            [draft] = box.at_microsoft("drafts")
            await box.send_in_outlook(draft["id"])
            if is_pulled:
                await box.mirror.pull()
            submission = await box.submit(message) if is_submitted else None
            await box.settle(rounds=3, seconds=10)
            await box.mirror.pull()

            kept = await box.message(message.id)
            assert kept and not kept.mutable.is_draft
            assert await box.mirror.local() == truth(m365, box.address)
            assert (len(await box.mirror.local()), await box.mirror.pending()) == (1, 0)
            told = [notice.code for notice in await box.mirror.notices()]
            assert told == (["sent_elsewhere"] if is_submitted else [])
            assert submission is None or (await box.state(submission)).state is SubmissionState.FINAL
            await box.mirror.check()
    finally:
        m365.control.set_behaviour(sentIds="new")


async def test_a_draft_sent_in_outlook_before_its_files_were_there_is_sent(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """What was still to be added to it is not, and nothing waits for it."""
    m365.control.set_behaviour(sentIds="kept")
    try:
        async with outbox(m365, tmp_path, clock) as box:
            m365.control.fail_next("POST", "*/attachments", status=503)
            message = await box.write(
                [m365.new_mailbox("kunde")], [await box.file("a.bin", b"x" * 2_500_000)]
            )
            await box.writer.run_due()
            submission = await box.submit(message)
            [draft] = box.at_microsoft("drafts")
            await box.send_in_outlook(draft["id"])
            await box.mirror.pull()
            await box.settle(rounds=4, seconds=20)

            assert (await box.state(submission)).state is SubmissionState.FINAL
            assert ([n.code for n in await box.mirror.notices()], await box.mirror.pending()) == (
                ["sent_elsewhere"],
                0,
            )
            await box.mirror.check()
    finally:
        m365.control.set_behaviour(sentIds="new")


@pytest.mark.parametrize("fault", ["lost", "reset"])
async def test_a_draft_destroyed_while_it_is_unknown_leaves_nothing(
    m365: Simulator, tmp_path: Path, clock: SetClock, fault: str
) -> None:
    """Made without our knowing, it is found and removed; not made, it never is."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next(**CREATE, kind=fault)
        message = await box.write()
        await box.writer.run_due()
        await box.destroy(message)
        assert await box.message(message.id) is None
        await box.settle()
        await box.mirror.pull()

        assert box.at_microsoft("drafts") == []
        assert (await box.mirror.local(), await box.mirror.pending()) == ({}, 0)
        await box.mirror.check()


async def test_a_draft_that_is_refused_stays_here_and_is_told(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Nothing that was written is taken back; once Microsoft has thought better of it, it is made."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.fail_next(**CREATE, status=403, code="ErrorAccessDenied", times=2)
        message = await box.write()
        await box.writer.run_due()
        await box.pass_time(3700)
        await box.writer.run_due()

        [notice] = await box.mirror.notices()
        assert (notice.kind, notice.code, notice.detail) == (OpKind.CREATE, "refused", "ErrorAccessDenied")
        assert await box.message(message.id)
        await box.pass_time(3700)
        await box.writer.run_due()
        assert len(box.at_microsoft("drafts")) == 1
        await box.mirror.check()


async def test_marks_made_before_the_draft_is_there_follow_it(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """A flag set at once waits for the draft, and reaches Microsoft."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write()
        await box.mirror.keywords(message.remote_id, flagged=True)
        await box.settle()

        assert [one["flag"] for one in box.at_microsoft("drafts")] == ["flagged"]
        assert await box.mirror.pending() == 0
        await box.mirror.check()


async def test_small_files_go_along_with_the_draft(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """One request makes it whole; inline pictures keep their content id, the list stays as it was told."""
    async with outbox(m365, tmp_path, clock) as box:
        files = [
            await box.file("Liste.txt", b"eins zwei"),
            await box.file("logo.png", b"PNG", content_type="image/png", content_id="logo", is_inline=True),
        ]
        message = await box.write(["kunde@extern.example"], files)
        told = await box.mirror.store.read(attachments.get, box.account, message.id)
        await box.writer.run_due()
        m365.control.clear_calls()
        await box.mirror.pull()

        remote_id = box.at_microsoft("drafts")[0]["id"]
        listed = (await box.mirror.remote.attachments_many([remote_id]))[remote_id]
        assert listed is not None
        assert [(f.name, f.content_id, f.is_inline) for f in listed] == [
            ("Liste.txt", None, False),
            ("logo.png", "logo", True),
        ]
        kept = await box.mirror.store.read(attachments.get, box.account, message.id)
        assert told and kept and [a.name for a in kept] == [a.name for a in told]
        assert [a.remote_id for a in kept] == [f.remote_id for f in listed]
        await box.mirror.check()


LARGE = bytes(range(256)) * 4 * 1024 * 9  # 9 MB: three pieces


TROUBLE: list[tuple[str, str, dict[str, Any]]] = [
    ("*", "nothing", {"status": 500}),
    ("PUT", "*", {"kind": "reset", "skip": 1, "times": 2}),  # the HTTP client asks once more by itself
    ("PUT", "*", {"kind": "lost", "skip": 1}),
    ("PUT", "*", {"kind": "lost", "skip": 2}),
    ("PUT", "*", {"status": 503}),
    ("POST", "*/createUploadSession", {"kind": "lost"}),
    ("POST", "*/attachments", {"kind": "lost"}),
    ("POST", "*/attachments", {"status": 500}),
]


async def test_files_of_any_size_arrive_whole_and_once(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Small ones with the draft, middle ones one by one, large ones in pieces; after trouble it goes on."""
    async with outbox(m365, tmp_path, clock) as box:
        octets = {"a.txt": b"klein", "b.bin": LARGE[:2_500_000], "c.bin": LARGE, "d.txt": b"am Ende"}
        files = [await box.file(name, content) for name, content in octets.items()]
        for method, path, fault in TROUBLE:
            m365.control.clear_faults()
            m365.control.fail_next(method, path, **fault)
            subject = f"{method} {path} {fault}"
            message = await box.write(["kunde@extern.example"], files, subject=subject)
            await box.settle(rounds=4, seconds=8)

            [there] = [one for one in box.at_microsoft("drafts") if one["subject"] == subject]
            listed = (await box.mirror.remote.attachments_many([there["id"]]))[there["id"]]
            assert listed is not None and [f.name for f in listed] == list(octets), subject
            sizes = [f.size - 150 for f in listed]  # the simulator counts their properties too
            assert sizes == [len(content) for content in octets.values()], subject
            total = sum(map(len, octets.values()))
            assert await box.mirror.store.read(drafts.uploading, box.account, message.id) == (total, total)
        chunks = box.mirror.remote.attachment_content(there["id"], listed[2].remote_id)
        assert b"".join([chunk async for chunk in chunks]) == LARGE
        assert await box.mirror.pending() == 0
        await box.mirror.check()


async def test_a_large_file_that_a_deputy_may_not_add_is_told_as_such(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Microsoft denies upload sessions in another's mailbox, and nothing else: people are told what to do.

    The draft stays in sight, and is made whole once another sign-in may.
    """
    async with outbox(m365, tmp_path, clock) as box:
        small, large = await box.file("a.txt", b"klein"), await box.file("c.bin", LARGE)
        m365.control.fail_next(
            "POST", "*/attachments/createUploadSession", status=403, code="ErrorAccessDenied"
        )
        message = await box.write(["kunde@extern.example"], [small, large])
        await box.settle()

        [notice] = await box.mirror.notices()
        assert (notice.kind, notice.code, notice.detail) == (OpKind.CREATE, "refused", "large_file_denied")
        assert await box.message(message.id)
        await box.pass_time(3700)
        await box.settle()
        [there] = box.at_microsoft("drafts")
        listed = (await box.mirror.remote.attachments_many([there["id"]]))[there["id"]]
        assert listed is not None and [file.name for file in listed] == ["a.txt", "c.bin"]
        assert await box.mirror.pending() == 0
        await box.mirror.check()


async def test_an_upload_goes_on_where_it_stopped(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """What Microsoft has is kept in a table: after a stop only the rest is brought."""
    async with outbox(m365, tmp_path, clock) as box:
        message = await box.write((), [await box.file("c.bin", LARGE)])
        m365.control.fail_next("PUT", "*", kind="reset", skip=1, times=2)
        await box.writer.run_due()
        sent, total = await box.mirror.store.read(drafts.uploading, box.account, message.id)
        assert (sent, total) == (12 * 320 * 1024, len(LARGE))
        m365.control.clear_calls()
        await box.settle()

        puts = [call for call in m365.control.calls() if call["method"] == "PUT"]
        assert [call["status"] for call in puts] == [200, 201]
        assert await box.mirror.pending() == 0


async def test_a_file_that_is_lost_each_time_is_brought_less_and_less_often(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Each attempt begins anew with all its octets: in an hour there are some, not hundreds."""
    async with outbox(m365, tmp_path, clock) as box:
        file = await box.file("groß.bin", b"x" * 4_000_000)
        m365.control.fail_next("PUT", "*", status=404, times=10_000)
        await box.write([], [file])
        m365.control.clear_calls()
        for _ in range(360):
            await box.writer.run_due()
            await box.pass_time(10)
        m365.control.clear_faults()
        calls = m365.control.calls(path="/createUploadSession", limit=1000)
        assert 10 < len(calls) < 40

        await box.pass_time(300)
        await box.writer.run_due()
        assert await box.mirror.pending() == 0


async def test_a_file_that_is_too_large_is_told(m365: Simulator, tmp_path: Path, clock: SetClock) -> None:
    """Above what the mailbox takes: a notice with Microsoft's code, and the draft stays here."""
    async with outbox(m365, tmp_path, clock) as box:
        m365.control.set_user(box.address, maxMessageSize=5_000_000)
        message = await box.write((), [await box.file("c.bin", LARGE)])
        await box.writer.run_due()

        [notice] = await box.mirror.notices()
        assert (notice.code, notice.detail) == ("refused", "ErrorMessageSizeExceeded")
        assert await box.message(message.id)
        await box.destroy(message)
        await box.pass_time(3700)
        await box.settle()
        assert (box.at_microsoft("drafts"), await box.mirror.pending()) == ([], 0)
        await box.mirror.check()


async def test_a_draft_removed_while_it_is_made_does_not_come_back(
    m365: Simulator, tmp_path: Path, clock: SetClock
) -> None:
    """Said to be gone when its files are brought: its removal still looks for it, and finds it."""
    busy = {"status": 503, "code": "ErrorServerBusy", "times": 9}
    m365.control.fail_next("POST", "*/createUploadSession", **busy)
    async with outbox(m365, tmp_path, clock) as box:
        file = await box.file("Plan.txt", b"x" * 3_200_000)
        letter = await box.write([m365.new_mailbox("erster")], [file])
        await box.writer.run_due()
        assert len(box.at_microsoft("drafts")) == 1
        m365.control.clear_faults()
        await box.make_place(letter)
        m365.control.fail_next("GET", "*/attachments*", status=404, code="ErrorItemNotFound")
        await box.pass_time(120)
        await box.settle(8, 40)
        m365.control.clear_faults()
        await box.mirror.pull()

        assert (box.at_microsoft("drafts"), await box.mirror.pending()) == ([], 0)
        assert await box.mirror.local() == truth(m365, box.address)
