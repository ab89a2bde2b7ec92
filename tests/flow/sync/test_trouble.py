"""Throttling, outages and lost sign-ins: nothing is lost, and people are told."""

import asyncio
from pathlib import Path

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import folder_truth, mirrored, truth

from poststelle.model.account import AccountState, SyncPhase
from poststelle.model.ids import FolderId, SignInId
from poststelle.model.user import SignIn
from poststelle.providers.errors import SignInNeeded
from poststelle.store import accounts, cursors, folders, sign_ins, sync_states, writeback_ops
from poststelle.store.tx import Tx
from poststelle.sync.leased import LeasedAccount, LeaseLost
from poststelle.sync.outcome import note_error
from poststelle.writeback.drain import put_off

pytestmark = pytest.mark.anyio


async def test_pull_waits_as_long_as_graph_asks(m365: Simulator, tmp_path: Path) -> None:
    """A 429 with Retry-After 7 holds the next pull back for seven seconds, not six."""
    address = m365.new_mailbox()
    clock = SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.control.receive(address, subject="Angebot")
        m365.control.fail_next(
            "GET", "*/delta", status=429, code="ApplicationThrottled", headers={"Retry-After": "7"}
        )
        await mirror.pull()
        state = await mirror.store.read(sync_states.get, mirror.account)
        seen = []
        for seconds in (0, 6, 1):
            clock.advance(seconds)
            await mirror.pull()
            seen.append(len(await mirror.local()))

        assert (state.problem, seen) == ("throttled", [0, 0, 1])
        assert (await mirror.store.read(sync_states.get, mirror.account)).problem is None


async def test_answers_left_out_of_batches_hold_up_nothing(m365: Simulator, tmp_path: Path) -> None:
    """One in ten, of sixty that were deleted: those alone are asked for again, and the pull ends."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 60)
    clock = SetClock()
    try:
        async with mirrored(m365, address, tmp_path, clock) as mirror:
            await mirror.pull()
            m365.control.delete(address, list(truth(m365, address)), permanently=True)
            m365.control.set_behaviour(batchLoss=0.1)
            for _ in range(3):  # one of them is left out three times in a row now and then
                await mirror.pull()
                clock.advance(60)

            assert (await mirror.store.read(sync_states.get, mirror.account)).problem is None
            assert await mirror.local() == truth(m365, address)
    finally:
        m365.control.set_behaviour(batchLoss=0)


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "truncate"},
        {"status": 503, "code": "serviceNotAvailable"},
        {"status": 200, "body": "not a page"},
    ],
    ids=lambda fault: str(fault.get("kind") or fault["status"]),
)
async def test_an_outage_in_the_middle_of_a_pull_loses_nothing(
    m365: Simulator, tmp_path: Path, fault: dict[str, object]
) -> None:
    """Whatever happens to the third page, the next pull goes on from the second."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 400)
    clock = SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        m365.control.fail_next("GET", "*/messages/delta", skip=2, **fault)
        await mirror.pull()
        state = await mirror.store.read(sync_states.get, mirror.account)
        held = len(await mirror.local())
        clock.advance(5)
        await mirror.pull()

        assert (state.problem, state.phase) == ("unreachable", SyncPhase.FIRST)
        assert 0 < held < 400
        assert await mirror.local() == truth(m365, address)
        await mirror.check()


@pytest.mark.parametrize("path", ["*/mailFolders/delta*", "*/messages/delta*"])
async def test_a_page_that_leads_nowhere_is_asked_for_again(
    m365: Simulator, tmp_path: Path, path: str
) -> None:
    """Without a link to what follows it is a broken answer, of which nothing is stored: no error of ours."""
    address, clock = m365.new_mailbox(), SetClock()
    m365.control.receive_count(address, 120)
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        m365.control.fail_next("GET", path, kind="no_next_link")
        m365.control.set_behaviour(deltaEmptyPages=0.99)  # so that more follows, also of a short list
        await mirror.pull()
        m365.control.set_behaviour(deltaEmptyPages=0)
        state = await mirror.store.read(sync_states.get, mirror.account)
        clock.advance(60)
        await mirror.pull()

        assert state.problem == "unreachable"
        assert await mirror.local() == truth(m365, address)
        assert await mirror.folder_paths() == folder_truth(m365, address)


@pytest.mark.parametrize("kind", ["reset", "lost"])
async def test_broken_connections_are_bridged(m365: Simulator, tmp_path: Path, kind: str) -> None:
    """Connections that break before or after the work was done cost time, never mail."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 400)
    clock = SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        m365.control.fail_next("GET", "*/messages/delta", skip=2, kind=kind, times=5)
        for _ in range(6):
            await mirror.pull()
            clock.advance(60)

        assert await mirror.local() == truth(m365, address)
        await mirror.check()


@pytest.mark.parametrize(
    "where", [("POST", "*/oauth2/v2.0/token"), ("GET", "*openid-configuration*")], ids=str
)
async def test_a_broken_answer_about_tokens_is_waited_out(
    m365: Simulator, tmp_path: Path, where: tuple[str, str]
) -> None:
    """It is no error of ours, nor remembered: the next attempt gets new tokens."""
    address = m365.new_mailbox()
    clock = SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        m365.control.receive(address, subject="Angebot")
        m365.identity("POST", f"/users/{address}/drop-access-tokens")
        m365.control.fail_next(*where, kind="garble")
        await mirror.pull()
        state = await mirror.store.read(sync_states.get, mirror.account)
        clock.advance(60)
        await mirror.pull()

        assert state.problem == "unreachable"
        assert await mirror.local() == truth(m365, address)


async def test_a_lost_sign_in_becomes_the_accounts_state(m365: Simulator, tmp_path: Path) -> None:
    """Revoked tokens are noticed with the next pull; the account says so, with Microsoft's number."""
    address = m365.new_mailbox()
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        m365.identity("POST", f"/users/{address}/revoke", {"drop_access_tokens": True})
        await mirror.pull()

        account = await mirror.store.read(accounts.get, mirror.account)
        assert account
        assert (account.state, account.state_reason) == (AccountState.SIGN_IN_NEEDED, "AADSTS50173")


async def test_an_expired_access_token_is_renewed_in_passing(m365: Simulator, tmp_path: Path) -> None:
    """A 401 leads to one refresh, and the pull goes on as if nothing had been."""
    address = m365.new_mailbox()
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()
        m365.control.receive(address, subject="Angebot")
        m365.identity("POST", f"/users/{address}/drop-access-tokens")
        await mirror.pull()

        assert await mirror.local() == truth(m365, address)


async def test_a_wrong_app_secret_is_a_problem_that_heals_by_itself(m365: Simulator, tmp_path: Path) -> None:
    """The administrator's mistake does not cost the sign-in: corrected, the mailbox goes on."""
    address = m365.new_mailbox()
    clock = SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        m365.identity("POST", f"/users/{address}/drop-access-tokens")
        m365.identity("POST", "/fail-next", {"token": [7000222]})
        await mirror.pull()
        state = await mirror.store.read(sync_states.get, mirror.account)
        account = await mirror.store.read(accounts.get, mirror.account)
        clock.advance(301)
        await mirror.pull()

        assert (state.problem, account and account.state) == ("failed", AccountState.CONNECTED)
        assert (await mirror.store.read(sync_states.get, mirror.account)).problem is None


async def test_no_more_than_four_requests_run_at_once(m365: Simulator, tmp_path: Path) -> None:
    """A large mailbox with many folders is read without being throttled once."""
    address = m365.new_mailbox()
    for number in range(12):
        m365.control.create_folder(address, f"Ordner {number}")
        m365.control.receive_count(address, 60, f"Ordner {number}")
    m365.control.clear_calls()
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()

        calls = m365.control.calls(limit=10_000)
        statuses = {part["status"] for call in calls for part in (call, *call["parts"])}
        assert 429 not in statuses
        assert await mirror.local() == truth(m365, address)


async def test_every_request_asks_for_immutable_ids(m365: Simulator, tmp_path: Path) -> None:
    """Continuation links and the parts of batches included."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 200)
    m365.control.clear_calls()
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()

        calls = m365.control.calls(limit=10_000)
        graph = [call for call in calls if call["path"].startswith("/v1.0/")]
        everything = [part for call in graph for part in (call["parts"] or [call])]
        assert len(everything) > len(graph) > 0
        assert all('IdType="ImmutableId"' in call["prefer"] for call in everything)


async def test_an_account_deleted_during_a_pull_ends_it_quietly(m365: Simulator, url: str) -> None:
    """Nothing is stored for it any more, and nothing else is disturbed."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 2000)
    async with mirrored(m365, address, url) as mirror:
        pulling = asyncio.create_task(mirror.pull())
        async with asyncio.timeout(60):
            while not await mirror.local():  # noqa: ASYNC110 - what happens is in another process
                await asyncio.sleep(0.01)
        await mirror.store.write(accounts.destroy, mirror.account)
        await pulling

        assert await mirror.local() == {}
        await mirror.check()


async def test_one_refused_folder_does_not_hold_up_the_others(m365: Simulator, tmp_path: Path) -> None:
    """The rest is read, the state says what is refused, and the folder is tried again within seconds."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 30)
    m365.control.receive(address, "archive", subject="Abgelegt")
    clock = SetClock()
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        m365.control.fail_next("GET", "*/messages/delta", status=403, code="ErrorAccessDenied")
        await mirror.pull()
        state = await mirror.store.read(sync_states.get, mirror.account)
        held = len(await mirror.local())
        clock.advance(11)
        await mirror.sync.run_due()

        assert 0 < held < 31
        assert (state.problem, state.problem_detail) == ("failed", "ErrorAccessDenied")
        assert await mirror.local() == truth(m365, address)
        assert (await mirror.store.read(sync_states.get, mirror.account)).problem is None


@pytest.mark.parametrize("what", ["disconnected", "inactive", "new sign-in"])
async def test_an_old_pull_writes_nothing_more(m365: Simulator, url: str, what: str) -> None:
    """Disconnected, switched off or signed in anew: the pull under way loses its lease at once."""
    async with mirrored(m365, m365.new_mailbox(), url) as mirror:
        now = mirror.clock.now()
        lease = await mirror.store.write(sync_states.claim, "old", now, 15)
        assert lease
        if what == "disconnected":
            await mirror.store.write(accounts.set_state, mirror.account, AccountState.WAITING_FOR_SIGN_IN)
        elif what == "inactive":
            await mirror.store.write(accounts.set_options, mirror.account, name="", is_active=False)
        else:
            await mirror.store.write(sync_states.start, mirror.account, now)
        with pytest.raises(LeaseLost):
            await LeasedAccount(mirror.store, lease, mirror.clock).write(folders.destroy, FolderId(1))
        await mirror.store.write(note_error, lease, SignInNeeded("invalid_grant"), now)
        account = await mirror.store.read(accounts.get, mirror.account)
        assert account
        assert account.state is not AccountState.SIGN_IN_NEEDED


async def test_an_old_write_back_does_not_throw_away_a_new_sign_in(m365: Simulator, url: str) -> None:
    """A refusal of tokens that were replaced meanwhile says nothing about the new ones."""
    address = m365.new_mailbox()
    [message] = m365.control.receive(address, subject="Anfrage")
    async with mirrored(m365, address, url) as mirror:
        await mirror.pull()
        await mirror.keywords(message, seen=True)
        now = mirror.clock.now()
        renewed = SignIn(SignInId(1), mirror.account, None, "", "", address, "", b"", now, now)
        await mirror.store.write(sign_ins.insert, renewed, renew_at=now)
        ops = await mirror.store.write(writeback_ops.claim, mirror.account, "test", now, 20)
        await mirror.store.write(put_off, ops, SignInNeeded("invalid_grant"), now, SignInId(99))
        account = await mirror.store.read(accounts.get, mirror.account)
        assert account
        assert account.state is AccountState.CONNECTED


async def test_a_cursor_of_a_service_that_has_moved_is_read_anew(m365: Simulator, tmp_path: Path) -> None:
    """The simulator on another port, another cloud: a sweep, no lasting problem, nothing lost."""
    address = m365.new_mailbox()
    m365.control.receive_count(address, 3)
    async with mirrored(m365, address, tmp_path) as mirror:
        await mirror.pull()

        def move_service(tx: Tx) -> None:
            for folder in (FolderId(0), *(f.id for f in folders.list_all(tx, mirror.account))):
                link = "https://127.0.0.1:1/v1.0/me/old"
                cursors.upsert(
                    tx, mirror.account, folder, link, is_complete=True, is_sweep=False, at=mirror.clock.now()
                )

        await mirror.store.write(move_service)
        m365.control.receive(address, subject="Neu")
        await mirror.pull()

        assert (await mirror.store.read(sync_states.get, mirror.account)).problem is None
        assert await mirror.local() == truth(m365, address)
        await mirror.check()
