"""Writing back: what people do here happens at Microsoft, in order, or is taken back and explained."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest
from msgspec import structs
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import FAST, USER, folder_truth, mirrored, truth
from tests.flow.sync.tree import Tree

from poststelle.mail import organise
from poststelle.model.change import ChangeType
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, MessageId, RemoteId
from poststelle.model.writeback import FiledAs
from poststelle.providers.base import DeltaPage, FolderPage, RemoteMail, RemoteOp, RemoteOutcome, Window
from poststelle.store import changes, folders, messages, writeback_ops
from poststelle.store.tx import Tx
from poststelle.sync.engine import SyncEngine
from poststelle.writeback.drain import note_outcomes

pytestmark = pytest.mark.anyio


def changes_made(simulator: Simulator) -> list[tuple[str, int]]:
    """The changes asked of the simulator so far: method and status, in order."""
    calls = simulator.control.calls(limit=10_000)
    parts: list[dict[str, Any]] = [part for call in calls for part in call["parts"]]
    return [(part["method"], part["status"]) for part in parts if part["method"] != "GET"]


async def test_flags_moves_and_removals_reach_microsoft(m365: Simulator, url: str) -> None:
    """Every kind of change is made there, and the mirror agrees before and after the next pull."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"Anfrage {n}"} for n in range(6)])
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        await mirror.keywords(ids[0], seen=True)
        await mirror.keywords(ids[1], flagged=True)
        await mirror.move(ids[2], Role.ARCHIVE)
        await mirror.move(ids[3], Role.TRASH)
        await mirror.destroy(ids[4])
        await mirror.drain.run_due()

        world = truth(m365, address)
        assert (world[ids[0]]["is_read"], world[ids[1]]["is_flagged"]) == (True, True)
        assert (world[ids[2]]["folder"], ids[4] in world) == ("Archiv", False)
        assert (await mirror.local(), await mirror.pending()) == (world, 0)
        await mirror.pull()
        assert await mirror.local() == world
        await mirror.check()


async def test_changes_of_one_message_arrive_in_order(m365: Simulator, url: str) -> None:
    """Read, moved, then removed: three requests in this order, although a batch has no order."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        m365.control.clear_calls()
        await mirror.keywords(message, seen=True)
        await mirror.move(message, Role.ARCHIVE)
        await mirror.destroy(message)
        await mirror.drain.run_due()

        assert changes_made(m365) == [("PATCH", 200), ("POST", 201), ("POST", 204)]
        assert truth(m365, address) == await mirror.local() == {}


async def test_a_pull_never_undoes_a_change_that_is_pending(m365: Simulator, url: str) -> None:
    """While Microsoft still says unread and inbox, the local read and archived stay."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        await mirror.keywords(message, seen=True)
        await mirror.move(message, Role.ARCHIVE)
        m365.control.update(address, [message], categories=["Dringend"])
        m365.control.forget_tokens(address)
        await mirror.pull()

        local = (await mirror.local())[message]
        assert (local["is_read"], local["folder"], local["categories"]) == (True, "Archiv", ["Dringend"])
        await mirror.drain.run_due()
        await mirror.pull()
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_a_refused_change_is_taken_back_with_a_reason(m365: Simulator, url: str) -> None:
    """Microsoft says no: the message lies where it was, and a notice says what happened to whom."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        m365.control.fail_next("POST", "*/move", status=403, code="ErrorAccessDenied")
        await mirror.move(message, Role.ARCHIVE)
        await mirror.drain.run_due()

        [notice] = await mirror.notices()
        assert (notice.kind, notice.code, notice.detail) == (FiledAs.ARCHIVE, "refused", "ErrorAccessDenied")
        assert (await mirror.local()) == truth(m365, address)
        assert await mirror.pending() == 0
        await mirror.check()


async def test_a_change_to_a_message_that_is_gone_ends_quietly(m365: Simulator, url: str) -> None:
    """Somebody deleted it for good meanwhile: a notice, and the message goes here too."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        m365.control.delete(address, [message], permanently=True)
        await mirror.move(message, Role.ARCHIVE)
        await mirror.drain.run_due()
        await mirror.pull()

        assert [notice.code for notice in await mirror.notices()] == ["gone"]
        assert await mirror.local() == {}
        await mirror.check()


async def test_a_throttled_change_waits_as_long_as_asked(m365: Simulator, tmp_path: Path) -> None:
    """One part of a batch gets a 429 with seven seconds: it alone waits, and is sent once more."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"Anfrage {n}"} for n in range(3)])
    clock = SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.fail_next(
            "PATCH",
            f"*{quote(ids[1], safe='')}",
            status=429,
            code="ApplicationThrottled",
            headers={"Retry-After": "7"},
        )
        for message in ids:
            await mirror.keywords(message, seen=True)
        pending = []
        for seconds in (0, 6, 1.1):
            clock.advance(seconds)
            await mirror.drain.run_due()
            pending.append(await mirror.pending())

        assert pending == [1, 1, 0]
        assert await mirror.local() == truth(m365, address)


async def test_a_batch_whose_answer_got_lost_is_sent_again_and_finds_itself_done(
    m365: Simulator, url: str
) -> None:
    """Moves and removals that already happened are confirmed, not taken back."""
    address = m365.new_mailbox()
    ids = m365.control.receive_many(address, [{"subject": f"Anfrage {n}"} for n in range(4)])
    clock = SetClock()
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        await mirror.move(ids[0], Role.ARCHIVE)
        await mirror.destroy(ids[1])
        await mirror.keywords(ids[2], flagged=True)
        m365.control.fail_next("POST", "*/$batch", kind="lost")
        await mirror.drain.run_due()
        pending = await mirror.pending()
        clock.advance(10)
        await mirror.drain.run_due()

        assert (pending, await mirror.pending(), await mirror.notices()) == (3, 0, [])
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_message_rescued_elsewhere_is_not_destroyed(
    m365: Simulator, url: str, *, is_told: bool
) -> None:
    """Destroyed here, moved by somebody at Microsoft before that was sent: it stays there, and is told of."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        await mirror.destroy(message)
        m365.control.move(address, [message], "archive")
        if is_told:
            await mirror.pull()
        await mirror.drain.run_due()
        await mirror.pull()

        assert truth(m365, address)[message]["folder"] == "Archiv"
        assert await mirror.local() == truth(m365, address)
        assert [(notice.kind, notice.code) for notice in await mirror.notices()] == [("destroy", "overtaken")]
        assert await mirror.pending() == 0
        await mirror.check()


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_move_sent_again_does_not_fetch_a_message_back(
    m365: Simulator, url: str, *, is_done: bool
) -> None:
    """Its answer was lost, or the service busy; whoever moved the message on since has the last word."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url, clock) as mirror:
        await mirror.pull()
        await mirror.move(message, Role.ARCHIVE)
        fault = {"kind": "lost"} if is_done else {"status": 503, "code": "ErrorServerBusy"}
        m365.control.fail_next("POST", "*/move", **fault)
        await mirror.drain.run_due()
        m365.control.move(address, [message], "junkemail")
        clock.advance(400)
        await mirror.drain.run_due()
        await mirror.pull()

        assert truth(m365, address)[message]["folder"] == "Junk-E-Mail"
        assert await mirror.local() == truth(m365, address)
        assert [notice.code for notice in await mirror.notices()] == ["overtaken"]
        await mirror.check()


async def test_a_removal_after_a_refused_move_is_made_where_the_message_is(m365: Simulator, url: str) -> None:
    """Moved and destroyed here; Microsoft refuses the move alone: the message is destroyed all the same."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        await mirror.move(message, Role.TRASH)
        await mirror.destroy(message)
        m365.control.fail_next("POST", "*/move", status=403, code="ErrorAccessDenied")
        await mirror.drain.run_due()

        assert truth(m365, address) == await mirror.local() == {}
        assert [notice.code for notice in await mirror.notices()] == ["refused"]
        await mirror.check()


async def test_changes_wait_for_a_new_sign_in(m365: Simulator, tmp_path: Path) -> None:
    """A lost sign-in keeps the change queued and shown."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        m365.identity("POST", f"/users/{address}/revoke", {"drop_access_tokens": True})
        await mirror.keywords(message, seen=True)
        await mirror.drain.run_due()

        assert await mirror.pending() == 1
        assert (await mirror.local())[message]["is_read"] is True
        assert await mirror.notices() == []


class Slow:
    """The provider, but something happens while the next page of messages is on its way."""

    def __init__(self, remote: RemoteMail, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._remote, self._meanwhile = remote, [meanwhile]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._remote, name)

    async def message_delta(
        self, folder: RemoteId, cursor: str | None, *, page_size: int, window: Window | None = None
    ) -> DeltaPage:
        page = await self._remote.message_delta(folder, cursor, page_size=page_size, window=window)
        if page.messages and self._meanwhile:
            await self._meanwhile.pop()()
        return page


@pytest.mark.parametrize("what", ["move", "seen", "destroy"])
async def test_an_older_page_never_undoes_what_microsoft_has_confirmed(
    m365: Simulator, url: str, what: str
) -> None:
    """A change made and confirmed while a page was on its way stays, and does not flip in between."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        m365.control.update(address, [message], categories=["Dringend"])

        async def change() -> None:
            match what:
                case "move":
                    await mirror.move(message, Role.ARCHIVE)
                case "seen":
                    await mirror.keywords(message, seen=True)
                case _:
                    await mirror.destroy(message)
            await mirror.drain.run_due()
            seen.append((await mirror.local()).get(message))

        async def open_slow(_: AccountId) -> RemoteMail:
            return cast(RemoteMail, Slow(mirror.remote, change))

        seen: list[Any] = []
        slow = SyncEngine(mirror.store, open_slow, mirror.clock, "slow", pace=FAST)
        await mirror.make_due()
        await slow.run_due()

        assert len(seen) == 1
        assert await mirror.local() == truth(m365, address)
        emails = await mirror.store.read(changes.since, mirror.account, ChangeType.EMAIL, 0, 100)
        assert emails
        assert len(emails.updated + emails.created) == (0 if what == "destroy" else 1)
        await mirror.check()


async def test_who_changed_last_elsewhere_wins_over_a_confirmed_change(m365: Simulator, url: str) -> None:
    """Read here and confirmed, then unread elsewhere, told by a page that was on its way: unread."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        await mirror.keywords(message, seen=True)
        [op] = await mirror.store.write(writeback_ops.claim, mirror.account, "test", mirror.clock.now(), 20)
        await mirror.remote.apply([RemoteOp(op.id, op.kind, op.remote_id, op.payload)])
        m365.control.update(address, [message], isRead=False)

        async def confirm() -> None:
            outcome = RemoteOutcome(op.id, None)
            await mirror.store.write(
                note_outcomes, mirror.account, [op], [outcome], set(), mirror.clock.now()
            )

        async def open_slow(_: AccountId) -> RemoteMail:
            return cast(RemoteMail, Slow(mirror.remote, confirm))

        await mirror.make_due()
        await SyncEngine(mirror.store, open_slow, mirror.clock, "slow", pace=FAST).run_due()
        await mirror.pull()

        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_a_change_waits_for_a_message_moved_into_a_new_folder(m365: Simulator, tmp_path: Path) -> None:
    """The folder was made after our list was read: the message keeps its id and gets its flag."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        known = await mirror.message_id(message)
        await mirror.keywords(message, flagged=True)
        read_list, is_made = mirror.remote.folder_delta, False

        async def then_a_new_folder(link: str | None) -> FolderPage:
            nonlocal is_made
            page = await read_list(link)
            if not is_made and page.delta_link:
                is_made = True
                m365.control.create_folder(address, "Neu")
                m365.control.move(address, [message], "Neu")
            return page

        mirror.remote.folder_delta = then_a_new_folder
        await mirror.pull()
        await mirror.drain.run_due()
        await mirror.pull()

        assert is_made
        assert await mirror.message_id(message) == known
        assert (await mirror.pending(), await mirror.notices()) == (0, [])
        assert truth(m365, address)[message]["is_flagged"]


async def test_a_change_to_a_message_gone_meanwhile_is_told_as_lost(m365: Simulator, tmp_path: Path) -> None:
    """Removed for good by another program before the flag was sent: a notice says so."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.keywords(message, flagged=True)
        m365.control.delete(address, [message], permanently=True)
        await mirror.pull()

        assert await mirror.pending() == 0
        assert [notice.code for notice in await mirror.notices()] == ["gone"]


async def test_a_change_microsoft_fails_over_for_hours_is_taken_back(m365: Simulator, tmp_path: Path) -> None:
    """A quarter of an hour is no reason, an evening is; other changes get through meanwhile."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(2)])
    path = f"*/messages/{ids[0].replace('=', '*')}"
    m365.control.fail_next("PATCH", path, status=500, code="ErrorInternalServerError", times=1000)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        for message in ids:
            await mirror.keywords(message, flagged=True)
        left = []
        for _ in range(60):
            await mirror.drain.run_due()
            left.append(await mirror.pending())
            clock.advance(300)

        assert (left[0], left[3], left[-1]) == (1, 1, 0)
        [notice] = await mirror.notices()
        assert (notice.code, notice.detail) == ("failed", "ErrorInternalServerError")
        assert await mirror.local() == truth(m365, address)


async def test_what_was_done_stays_done_when_a_conflict_cannot_be_looked_into(
    m365: Simulator, tmp_path: Path
) -> None:
    """One change of a batch met a conflict and the question about it failed: only that one is sent again."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(2)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        for message in ids:
            await mirror.keywords(message, flagged=True)
        one = f"*/messages/{ids[0].replace('=', '*')}*"
        m365.control.fail_next("PATCH", one, status=404, code="ErrorItemNotFound", times=1)
        m365.control.fail_next("GET", one, status=503, code="ErrorServerBusy", times=1)
        await mirror.drain.run_due()
        after_trouble = await mirror.pending()
        clock.advance(60)
        await mirror.drain.run_due()

        assert (after_trouble, await mirror.pending()) == (1, 0)
        assert await mirror.notices() == []
        assert all(truth(m365, address)[message]["is_flagged"] for message in ids)


async def test_a_conflict_that_passes_undoes_nothing(m365: Simulator, tmp_path: Path) -> None:
    """Exchange was at it itself in that moment: sent again. Where it goes on for minutes it is taken back."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(3)])
    m365.control.create_folder(address, "Alt")
    marked, moved, stuck = (f"*/messages/{one.replace('=', '*')}*" for one in ids)
    conflict = {"code": "ErrorIrresolvableConflict"}
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.keywords(ids[0], flagged=True)
        await mirror.move(ids[1], Role.ARCHIVE)
        await mirror.keywords(ids[2], flagged=True)
        await Tree(mirror).rename("Alt", "Neu")
        m365.control.fail_next("PATCH", marked, status=412, times=2, **conflict)
        m365.control.fail_next("POST", moved, status=409, times=2, **conflict)
        m365.control.fail_next("PATCH", stuck, status=412, times=1000, **conflict)
        m365.control.fail_next("PATCH", "*/mailFolders/*", status=409, times=2, **conflict)
        shown = await mirror.local()
        left = []
        for _ in range(8):
            await mirror.drain.run_due()
            left.append(await mirror.pending())
            clock.advance(32)
        await mirror.pull()

        assert (left[0], left[2], left[4], left[5]) == (4, 1, 1, 0)
        assert [(n.message_id, n.code) for n in await mirror.notices()] == [
            (await mirror.message_id(ids[2]), "refused")
        ]
        local = await mirror.local()
        assert (local[ids[0]], local[ids[1]]) == (shown[ids[0]], shown[ids[1]])
        assert "Neu" in await mirror.folder_paths()
        assert local == truth(m365, address)


async def test_a_conflict_counts_for_itself(m365: Simulator, tmp_path: Path) -> None:
    """After an hour in which the provider failed over a change, the first conflict takes nothing back."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    m365.control.create_folder(address, "Alt")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.keywords(message, flagged=True)
        await Tree(mirror).rename("Alt", "Neu")
        for status, times in ((500, 9), (409, 1)):
            m365.control.fail_next("PATCH", "*", status=status, code="ErrorBusy", times=2 * times)
        for _ in range(12):
            await mirror.drain.run_due()
            clock.advance(300)
        await mirror.pull()

        assert (await mirror.pending(), await mirror.notices()) == (0, [])
        assert truth(m365, address)[message]["is_flagged"]
        assert await mirror.folder_paths() == folder_truth(m365, address)
        assert "Neu" in await mirror.folder_paths()


async def test_what_is_hidden_for_a_moment_is_not_gone(m365: Simulator, tmp_path: Path) -> None:
    """A message that has just come may be denied to a change while it is there for whoever looks."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(3)])
    marked, moved, stuck = (f"*/messages/{one.replace('=', '*')}*" for one in ids)
    absent = {"status": 404, "code": "ErrorItemNotFound"}
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.keywords(ids[0], flagged=True)
        await mirror.move(ids[1], Role.ARCHIVE)
        await mirror.keywords(ids[2], flagged=True)
        m365.control.fail_next("PATCH", marked, **absent, times=2)
        m365.control.fail_next("POST", moved, **absent, times=2)
        m365.control.fail_next("PATCH", stuck, **absent, times=1000)
        left = []
        for _ in range(7):
            await mirror.drain.run_due()
            left.append(await mirror.pending())
            clock.advance(32)
        await mirror.pull()

        assert (left[0], left[2], left[4], left[5]) == (3, 1, 1, 0)
        [notice] = await mirror.notices()
        assert (notice.message_id, notice.code) == (await mirror.message_id(ids[2]), "refused")
        assert await mirror.local() == truth(m365, address)
        there = truth(m365, address)
        assert (there[ids[0]]["is_flagged"], there[ids[1]]["folder"]) == (True, "Archiv")


async def test_a_removal_that_is_denied_for_a_moment_is_made(m365: Simulator, tmp_path: Path) -> None:
    """It was there when it was looked for just before: else it would lie there and be shown nowhere here."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.destroy(message)
        m365.control.fail_next("POST", "*/permanentDelete", status=404, code="ErrorItemNotFound")
        for _ in range(3):
            await mirror.drain.run_due()
            clock.advance(32)
        await mirror.pull()

        assert message not in truth(m365, address)
        assert (await mirror.pending(), await mirror.notices()) == (0, [])


async def test_what_cannot_go_where_nothing_is_comes_back_at_once(m365: Simulator, tmp_path: Path) -> None:
    """The folder was removed a moment ago, and no pull has told so: that is no moment that passes."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    there = m365.control.create_folder(address, "Objekte")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await Tree(mirror).put(message, "Objekte")
        await Tree(mirror).rename("Objekte", "Häuser")
        m365.control.delete_folder(address, there["id"], permanently=True)
        await mirror.drain.run_due()

        assert await mirror.pending() == 0
        assert {notice.code for notice in await mirror.notices()} == {"gone", "refused"}
        await mirror.pull()
        assert await mirror.local() == truth(m365, address)


async def test_an_outage_counts_against_no_single_change(m365: Simulator, tmp_path: Path) -> None:
    """After an evening of failing requests the first failure of a change of its own takes nothing back."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        await mirror.keywords(message, flagged=True)
        m365.control.fail_next("POST", "*/$batch", status=502, code="BadGateway", times=60)
        for _ in range(60):
            await mirror.drain.run_due()
            clock.advance(300)
        m365.control.fail_next("PATCH", "*/messages/*", status=504, code="ErrorTimeoutExpired")
        await mirror.drain.run_due()
        clock.advance(300)
        await mirror.drain.run_due()

        assert (await mirror.pending(), await mirror.notices()) == (0, [])
        assert truth(m365, address)[message]["is_flagged"]


def _forget_name(tx: Tx, account: AccountId, message: MessageId) -> None:
    before = messages.get(tx, account, message)
    assert before
    messages.replace(tx, account, [(before, structs.replace(before, internet_message_id=None))])


@pytest.mark.parametrize("place", [Role.ARCHIVE, Role.INBOX, "nameless"])
@pytest.mark.parametrize("fault", [None, {"kind": "lost"}, {"status": 503, "code": "ErrorServerBusy"}])
async def test_a_copy_is_made_once(
    m365: Simulator, tmp_path: Path, fault: dict[str, Any] | None, place: Role | str
) -> None:
    """Also when the answer was lost or the service busy, and beside the original; it shows when it is met."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        role = place if isinstance(place, Role) else Role.ARCHIVE
        target = await mirror.store.read(folders.by_role, mirror.account, role)
        assert target
        if place == "nameless":
            await mirror.store.write(_forget_name, mirror.account, await mirror.message_id(message))
        args = (USER, mirror.account, await mirror.message_id(message), target.id, clock.now())
        await mirror.store.write(organise.copy, *args)
        if fault:
            m365.control.fail_next("POST", "*/copy", **fault)
        for _ in range(3):
            await mirror.drain.run_due()
            clock.advance(400)
        await mirror.pull()

        assert sorted(m["folder"] for m in truth(m365, address).values()) == sorted(
            ["Posteingang", target.name]
        )
        assert await mirror.local() == truth(m365, address)
        assert (await mirror.pending(), await mirror.notices()) == (0, [])


@pytest.mark.parametrize("is_made", [True, False])
async def test_a_copy_is_told_from_those_that_were_there(
    m365: Simulator, tmp_path: Path, is_made: bool
) -> None:
    """Made, its answer lost, and moved on by somebody; or not made, beside an older one: one copy more."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive(address, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        [message] = truth(m365, address)
        target = await mirror.store.read(folders.by_role, mirror.account, Role.ARCHIVE)
        assert target
        args = (USER, mirror.account, await mirror.message_id(message), target.id)
        if not is_made:
            await mirror.store.write(organise.copy, *args, clock.now())
            await mirror.drain.run_due()
        before = truth(m365, address).keys()
        await mirror.store.write(organise.copy, *args, clock.now())
        fault = {"kind": "lost"} if is_made else {"status": 503, "code": "ErrorServerBusy"}
        m365.control.fail_next("POST", "*/copy", **fault)
        await mirror.drain.run_due()
        made = list(truth(m365, address).keys() - before)
        assert len(made) == is_made
        if is_made:
            m365.control.move(address, made, "junkemail")
        for _ in range(3):
            clock.advance(400)
            await mirror.drain.run_due()

        assert len(truth(m365, address)) == len(before) + 1
        assert (await mirror.pending(), await mirror.notices()) == (0, [])


@pytest.mark.parametrize(("is_made", "status"), [(True, 503), (True, 403), (False, 500)])
async def test_what_cannot_be_listed_is_not_taken_for_no_copy(
    m365: Simulator, tmp_path: Path, is_made: bool, status: int
) -> None:
    """Asked what there is, before the first attempt or after it, the service fails: one more at the end."""
    address, clock = m365.new_mailbox(), SetClock()
    [message] = m365.control.receive(address, subject="Angebot")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        target = await mirror.store.read(folders.by_role, mirror.account, Role.ARCHIVE)
        assert target
        args = (USER, mirror.account, await mirror.message_id(message), target.id)
        await mirror.store.write(organise.copy, *args, clock.now())
        if is_made:
            m365.control.fail_next("POST", "*/copy", kind="lost")
        await mirror.drain.run_due()
        if not is_made:  # beside a copy that is there
            await mirror.store.write(organise.copy, *args, clock.now())
            m365.control.fail_next("POST", "*/copy", status=503, code="ErrorServerBusy")
        m365.control.fail_next("GET", "*/messages", status=status, code="ErrorInternalServerError", times=2)
        for _ in range(6):
            clock.advance(400)
            await mirror.drain.run_due()

        assert len(truth(m365, address)) == (2 if is_made else 3)
        assert (await mirror.pending(), await mirror.notices()) == (0, [])


async def test_a_copy_into_a_folder_that_is_gone_holds_up_nothing_else(
    m365: Simulator, tmp_path: Path
) -> None:
    """Put off once, its folder was removed elsewhere: it is taken back and told; the next one goes."""
    address, clock = m365.new_mailbox(), SetClock()
    first, second = m365.control.receive_many(address, [{"subject": "Eins"}, {"subject": "Zwei"}])
    m365.control.create_folder(address, "Objekte")
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        [folder] = [
            f for f in await mirror.store.read(folders.list_all, mirror.account) if f.name == "Objekte"
        ]
        args = (USER, mirror.account, await mirror.message_id(first), folder.id, clock.now())
        await mirror.store.write(organise.copy, *args)
        m365.control.fail_next("POST", "*/$batch", status=503, code="ErrorServerBusy")
        await mirror.drain.run_due()
        m365.control.delete_folder(address, "Objekte", permanently=True)
        await mirror.pull()
        await mirror.keywords(second, flagged=True)
        clock.advance(60)
        await mirror.drain.run_due()
        await mirror.pull()

        assert await mirror.pending() == 0
        assert [notice.detail for notice in await mirror.notices()] == ["ErrorFolderNotFound"]
        assert truth(m365, address)[second]["is_flagged"]
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


async def test_an_error_of_our_own_holds_up_only_the_change_it_befalls(
    m365: Simulator, tmp_path: Path
) -> None:
    """The other changes of its batch are made; it is tried again, and given up and told after hours."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(3)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        apply, asked = mirror.remote.apply, []

        async def fail(ops: list[RemoteOp]) -> Any:
            asked.append([op.message for op in ops])
            if ids[1] in asked[-1]:
                raise TypeError("a mistake of ours")
            return await apply(ops)

        mirror.remote.apply = fail  # type: ignore[assignment,method-assign]
        for message in ids:
            await mirror.keywords(message, flagged=True)
        await mirror.drain.run_due()
        assert asked == [ids, [ids[0]], [ids[1]], [ids[2]]]
        assert [m["is_flagged"] for m in map(truth(m365, address).get, ids) if m] == [True, False, True]
        for _ in range(51):
            clock.advance(3600)
            await mirror.drain.run_due()

        assert await mirror.pending() == 0
        assert [(notice.code, notice.detail) for notice in await mirror.notices()] == [("failed", "internal")]
        assert await mirror.local() == truth(m365, address)
        await mirror.check()
