"""Subscriptions as they are kept: who looks after them, which are due, and what a notification makes due."""

from datetime import datetime, timedelta

import pytest
from tests.store.mailbox import NOW, Mailbox

from poststelle.model.account import AccountState
from poststelle.model.change import ChangeType
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId
from poststelle.store import accounts, changes, folders, subscriptions, sync_states

pytestmark = pytest.mark.anyio

URL = "https://hooks.example.org/webhooks/microsoft/notifications"


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def claim(mailbox: Mailbox, seconds: float = 0) -> int | None:
    return await mailbox.store.write(subscriptions.claim, mailbox.account, after(seconds), 60)


async def keep(mailbox: Mailbox, fence: int, seconds: float = 0, remote_id: str = "s1") -> bool:
    """Made or renewed, good for an hour, due in half an hour."""
    return await mailbox.store.write(
        subscriptions.keep,
        mailbox.account,
        fence,
        remote_id=remote_id,
        secret_hash="5e",
        url=URL,
        expires_at=after(seconds + 3600),
        due_at=after(seconds + 1800),
        now=after(seconds),
    )


async def due(mailbox: Mailbox, seconds: float = 0, *, is_wanted: bool = True) -> list[AccountId]:
    return await mailbox.store.read(subscriptions.due, after(seconds), 10, is_wanted=is_wanted)


async def is_alive(mailbox: Mailbox, seconds: float) -> bool:
    return await mailbox.store.read(subscriptions.is_alive, mailbox.account, after(seconds))


async def alive(mailbox: Mailbox) -> None:
    """The account has one."""
    fence = await claim(mailbox)
    assert fence is not None
    assert await keep(mailbox, fence)


async def test_a_connected_account_is_due_until_it_has_one(mailbox: Mailbox) -> None:
    """Then again when it is to be renewed; not at all where none is wanted."""
    await mailbox.store.write(subscriptions.set_due, mailbox.account, NOW)
    assert await due(mailbox, is_wanted=False) == []
    assert await due(mailbox) == [mailbox.account]
    await alive(mailbox)

    assert await due(mailbox, 1799) == []
    assert await due(mailbox, 1800) == [mailbox.account]
    assert await is_alive(mailbox, 3599)
    assert not await is_alive(mailbox, 3600)


async def test_an_account_of_which_nothing_is_kept_is_found(mailbox: Mailbox) -> None:
    """A program of before has connected it; what is kept of others stays as it is."""
    assert await mailbox.store.write_by_rows(subscriptions.add_missing, NOW) == 1
    assert await due(mailbox) == [mailbox.account]
    await alive(mailbox)
    assert await mailbox.store.write_by_rows(subscriptions.add_missing, after(5)) == 0
    assert await due(mailbox, 5) == []


async def test_one_looks_after_it_at_a_time(mailbox: Mailbox) -> None:
    """Who was away too long is refused by the fence; a claim that was given back is free at once."""
    first = await claim(mailbox)
    assert first is not None
    assert await claim(mailbox, 59) is None
    assert await due(mailbox, 59) == []
    second = await claim(mailbox, 60)
    assert second is not None

    assert not await keep(mailbox, first, 61)
    await mailbox.store.write(subscriptions.release, mailbox.account, second)
    assert not await keep(mailbox, second, 61)
    assert await claim(mailbox, 61) is not None


async def test_an_account_that_is_gone_cannot_be_claimed(mailbox: Mailbox) -> None:
    """Deleted with its subscription: nothing to look after, nothing to keep."""
    fence = await claim(mailbox)
    assert fence is not None
    await mailbox.store.write(accounts.destroy, mailbox.account)

    assert not await keep(mailbox, fence)
    assert await claim(mailbox, 61) is None
    assert await mailbox.store.read(subscriptions.by_remote, ["s1"]) == {}


async def test_an_inactive_account_is_due_while_it_has_one(mailbox: Mailbox) -> None:
    """To be given back; without one, and while nobody is signed in, there is nothing to do."""
    await mailbox.store.write(accounts.set_options, mailbox.account, name="", is_active=False)
    assert await due(mailbox) == []
    await mailbox.store.write(accounts.set_options, mailbox.account, name="", is_active=True)
    await alive(mailbox)
    await mailbox.store.write(accounts.set_options, mailbox.account, name="", is_active=False)
    await mailbox.store.write(subscriptions.set_due, mailbox.account, after(5))
    assert await due(mailbox, 5, is_wanted=False) == [mailbox.account]
    await mailbox.store.write(accounts.set_state, mailbox.account, AccountState.SIGN_IN_NEEDED, "x")

    assert await due(mailbox, 5) == []


async def test_people_hear_of_a_change_and_not_of_a_renewal(mailbox: Mailbox) -> None:
    """Made, lost, failed: told on the event stream. Renewed: nothing new."""

    async def modseq() -> int:
        return await mailbox.store.read(changes.latest, mailbox.account, ChangeType.SYNC)

    await mailbox.store.write(sync_states.start, mailbox.account, NOW)
    told = [await modseq()]
    await alive(mailbox)
    told.append(await modseq())
    fence = await claim(mailbox, 10)
    assert fence is not None and await keep(mailbox, fence, 10)
    assert await modseq() == told[-1]
    fence = await claim(mailbox, 20)
    assert fence is not None
    await mailbox.store.write(subscriptions.put_off, mailbox.account, fence, "quota", after(99))
    told.append(await modseq())
    state = await mailbox.store.read(sync_states.get, mailbox.account)
    await mailbox.store.write(subscriptions.lose, mailbox.account)
    told.append(await modseq())

    assert told == sorted(set(told))
    assert state.notify_problem == "quota"
    assert not await is_alive(mailbox, 21)


async def test_another_address_retires_it(mailbox: Mailbox) -> None:
    """What tells an old address is due and counts no more; our own goes on."""
    await alive(mailbox)
    assert await mailbox.store.write(subscriptions.retire_others, URL, after(5)) == 0
    assert await is_alive(mailbox, 5)
    assert await mailbox.store.write(subscriptions.retire_others, "", after(5)) == 1

    assert not await is_alive(mailbox, 5)
    assert await due(mailbox, 5, is_wanted=False) == [mailbox.account]


async def test_a_hint_brings_a_pull_forward_and_never_back(mailbox: Mailbox) -> None:
    """``wake_soon``: sooner if it was later; a wait that the provider asked for stays."""
    await mailbox.store.write(sync_states.start, mailbox.account, NOW)
    lease = await mailbox.store.write(sync_states.claim, "one", NOW, 30)
    assert lease is not None
    await mailbox.store.write(sync_states.finish, lease, after(3600), after(1))
    for at in (10, 20):
        await mailbox.store.write(sync_states.wake_soon, mailbox.account, after(at))
    assert await mailbox.store.write(sync_states.claim, "one", after(9), 30) is None
    lease = await mailbox.store.write(sync_states.claim, "one", after(10), 30)
    assert lease is not None
    await mailbox.store.write(sync_states.set_problem, lease, "throttled", "TooMany", after(60))
    await mailbox.store.write(sync_states.wake_soon, mailbox.account, after(11))

    assert await mailbox.store.write(sync_states.claim, "one", after(59), 30) is None
    assert await mailbox.store.write(sync_states.claim, "one", after(60), 30) is not None


async def test_a_folder_named_during_its_round_stays_due(mailbox: Mailbox) -> None:
    """The answer may be older than the hint: only a hint from before the question is answered by it.

    Also where whoever gave the hint has a clock that is behind.
    """
    inbox = await mailbox.store.read(folders.by_role, mailbox.account, Role.INBOX)
    assert inbox is not None
    args = (mailbox.account, inbox.id)

    async def is_due(seconds: float) -> bool:
        found = await mailbox.store.read(folders.due, mailbox.account, after(seconds), 100)
        return inbox.id in found

    await mailbox.store.write(folders.set_due, *args, after(10))
    await mailbox.store.write(folders.end_round, *args, after(50), after(99), after(10))
    assert not await is_due(98)
    for hinted in (12, 7):
        await mailbox.store.write(folders.set_due, *args, after(10))
        await mailbox.store.write(folders.set_due, *args, after(hinted))
        await mailbox.store.write(folders.end_round, *args, after(50), after(99), after(10))
        assert await is_due(hinted)


async def test_all_folders_can_be_made_due(mailbox: Mailbox) -> None:
    """But for one that is refused: that keeps its wait."""
    known = await mailbox.store.read(folders.list_all, mailbox.account)
    for folder in known:
        await mailbox.store.write(folders.set_due, mailbox.account, folder.id, after(500))
    refused = known[-1].id
    await mailbox.store.write(folders.put_off, mailbox.account, refused, "broken", after(500))
    await mailbox.store.write(folders.set_all_due, mailbox.account, after(5))

    found = await mailbox.store.read(folders.due, mailbox.account, after(5), 100)
    assert set(found) == {folder.id for folder in known} - {refused}
