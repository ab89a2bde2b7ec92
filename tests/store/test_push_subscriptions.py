"""Push subscriptions as they are kept: which are due, who sends, what each was told, what ends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest
from tests.store.mailbox import NOW, Mailbox

from poststelle.auth.crypto import KeyRing
from poststelle.lib.ids import encode_id
from poststelle.mail import push_subscriptions as pushes
from poststelle.mail import quiet_hours
from poststelle.mail.push_subscriptions import Delivery, Patch, Wanted
from poststelle.mail.quiet_hours import Pause
from poststelle.model.account import AccountState, AccountType
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import ACCOUNT, AccountId
from poststelle.model.push import Arrivals, Credential, PushSubscription
from poststelle.model.rights import Grant, Level, Scope
from poststelle.model.user import Login
from poststelle.push.encryption import MOST_OCTETS
from poststelle.store import accounts, api_tokens, grants, holders, logins, push_subscriptions
from poststelle.store.tx import Tx

pytestmark = pytest.mark.anyio

RING = KeyRing([b"k" * 32])
WANTED = Wanted("phone", "https://push.example/1", None, None, None)
MANY = 60


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def by_login(tx: Tx, mailbox: Mailbox) -> Credential:
    logins.insert(tx, Login("login", mailbox.user, NOW, NOW, after(1e6), ""))
    return Credential(mailbox.user, "login", is_token=False)


def by_token(tx: Tx, mailbox: Mailbox, *scope: AccountId) -> Credential:
    only = Scope(Level.READ, frozenset(scope) or None)
    api_tokens.insert(tx, mailbox.user, "token", "Phone", only, NOW, None)
    return Credential(mailbox.user, "token", is_token=True)


def more_accounts(tx: Tx, mailbox: Mailbox, count: int) -> list[AccountId]:
    """Others of the same user."""
    made = [
        accounts.insert(
            tx, type_=AccountType.GRAPH, address=f"box{n}@office.example",
            state=AccountState.CONNECTED, at=NOW, by=None,
        )
        for n in range(count)
    ]  # fmt: skip
    for account in made:
        assert account is not None
        grants.upsert(tx, Grant(account.id, mailbox.user, Level.READ), at=NOW, by=None)
    return [account.id for account in made if account is not None]


def claimed(tx: Tx, seconds: float = 0, holder: str | None = None) -> list[Delivery]:
    """Of all that are due."""
    now = after(seconds)
    ids = push_subscriptions.due(tx, now, 10)
    return pushes.claim_due(tx, RING, now, ids, 60, holder)


def confirmed(tx: Tx, who: Credential) -> PushSubscription:
    """Its code was sent and told back."""
    made = pushes.create(tx, RING, who, WANTED, NOW)
    [delivery] = claimed(tx)
    pushes.sent(tx, delivery, NOW)
    patch = Patch(frozenset({"code"}), code=pushes.target(RING, made).code)
    return pushes.change(tx, RING, who, made.id, patch, NOW)


def touch(tx: Tx, *touched: AccountId) -> None:
    for account in touched:
        for type_ in (ChangeType.EMAIL, ChangeType.MAILBOX, ChangeType.THREAD):
            tx.changed(account, type_, 1, ChangeOp.DESTROYED)  # of what is not there: as it should be


async def due(mailbox: Mailbox, seconds: float = 0) -> list[Delivery]:
    return await mailbox.store.write(claimed, seconds)


async def subscribed(mailbox: Mailbox) -> PushSubscription:
    return await mailbox.store.write(lambda tx: confirmed(tx, by_login(tx, mailbox)))


async def test_what_is_claimed_is_sent_by_nobody_else(mailbox: Mailbox) -> None:
    """Until the claim ends; a late sender changes nothing any more."""
    await subscribed(mailbox)
    await mailbox.store.write(touch, mailbox.account)
    [late] = await due(mailbox)
    meanwhile = await due(mailbox, 59)
    [second] = await due(mailbox, 61)
    await mailbox.store.write(pushes.sent, late, after(62))
    told = await mailbox.store.read(push_subscriptions.told, late.subscription.id)
    await mailbox.store.write(pushes.sent, second, after(62))

    assert meanwhile == []
    assert told[mailbox.account] < second.told[mailbox.account]
    assert await due(mailbox, 3_600) == []


async def test_what_a_killed_program_was_sending_is_due_once_it_is_missed(mailbox: Mailbox) -> None:
    """Nobody waits for the end of its claim; should it live after all, what it says comes too late."""
    await subscribed(mailbox)
    await mailbox.store.write(touch, mailbox.account)
    await mailbox.store.write(holders.beat, "killed")
    [late] = await mailbox.store.write(claimed, 0, "killed")
    assert await due(mailbox, 1) == []
    assert await mailbox.store.write(holders.bury, "killed", 1) == 1
    [second] = await due(mailbox, 1)
    await mailbox.store.write(pushes.sent, late, after(2))
    told = await mailbox.store.read(push_subscriptions.told, late.subscription.id)
    assert told[mailbox.account] < second.told[mailbox.account]
    await mailbox.store.write(pushes.sent, second, after(2))
    assert await mailbox.store.write(push_subscriptions.release_holder, "killed") == 0


async def test_one_message_holds_so_many_accounts_and_the_next_the_others(mailbox: Mailbox) -> None:
    """Each account once, all together, none longer than push services take."""
    others = await mailbox.store.write(lambda tx: more_accounts(tx, mailbox, MANY))
    await subscribed(mailbox)
    await mailbox.store.write(touch, *others)
    seen: list[str] = []
    sizes = []
    while found := await due(mailbox):
        [delivery] = found
        sizes.append(len(delivery.octets))
        seen += msgspec.json.decode(delivery.octets)["changed"]
        await mailbox.store.write(pushes.sent, delivery, NOW)

    assert sorted(seen) == sorted(encode_id(ACCOUNT, account) for account in others)
    assert len(sizes) > 1 and max(sizes) <= MOST_OCTETS


async def test_what_a_token_is_not_for_makes_nothing_due(mailbox: Mailbox) -> None:
    """Nor is it told together with something else."""
    [other] = await mailbox.store.write(lambda tx: more_accounts(tx, mailbox, 1))
    await mailbox.store.write(lambda tx: confirmed(tx, by_token(tx, mailbox, mailbox.account)))
    await mailbox.store.write(touch, other)
    is_due = await mailbox.store.read(push_subscriptions.due, NOW, 1)
    await mailbox.store.write(touch, other, mailbox.account)
    [delivery] = await due(mailbox)

    assert not is_due
    assert set(delivery.told) == {mailbox.account}


async def test_types_that_nobody_wants_count_as_told(mailbox: Mailbox) -> None:
    await subscribed(mailbox)
    await mailbox.store.write(lambda tx: tx.changed(mailbox.account, ChangeType.SYNC, 0, ChangeOp.UPDATED))

    assert await mailbox.store.read(push_subscriptions.due, NOW, 1)
    assert await due(mailbox) == []
    assert not await mailbox.store.read(push_subscriptions.due, NOW, 1)


@pytest.mark.parametrize("end", ["login", "token"])
async def test_it_goes_with_what_made_it(mailbox: Mailbox, end: str) -> None:
    """In the same transaction, whoever ends it; and where it has expired, with the next look."""

    def make(tx: Tx) -> PushSubscription:
        return confirmed(tx, by_login(tx, mailbox) if end == "login" else by_token(tx, mailbox))

    made = await mailbox.store.write(make)
    await mailbox.store.write(logins.destroy_of if end == "login" else api_tokens.destroy_of, mailbox.user)

    assert await mailbox.store.read(push_subscriptions.get, made.id) is None


async def test_an_expired_login_is_told_nothing(mailbox: Mailbox) -> None:
    """Also before anybody has swept it."""
    made = await subscribed(mailbox)
    await mailbox.store.write(logins.touch, "login", NOW, NOW)
    await mailbox.store.write(touch, mailbox.account)

    assert await due(mailbox, 1) == []
    assert await mailbox.store.read(push_subscriptions.get, made.id) is None


async def test_one_that_does_not_open_holds_up_no_other(mailbox: Mailbox) -> None:
    """Damaged, or sealed with a key that this program has not: it stays for one that has, or for its own."""
    made = await subscribed(mailbox)
    other = await mailbox.store.write(lambda tx: confirmed(tx, Credential(mailbox.user, "login", False)))
    await mailbox.store.write(touch, mailbox.account)
    spoiled = KeyRing([b"x" * 32]).seal(b"?", f"push_subscriptions/{made.id}")
    await mailbox.store.write(lambda tx: _reseal(tx, made, spoiled))
    found = await due(mailbox)

    assert [delivery.subscription.id for delivery in found] == [other.id]
    assert await mailbox.store.read(push_subscriptions.get, made.id) is not None


def _reseal(tx: Tx, one: PushSubscription, sealed: bytes) -> None:
    push_subscriptions.destroy(tx, one.id)
    push_subscriptions.insert(tx, replace(one, sealed=sealed))


async def test_quiet_hours_hold_what_shows_new_mail_and_nothing_else(mailbox: Mailbox) -> None:
    """Until they end, or are ended: then what came meanwhile is told. Other programs hear at any hour."""
    shows = await subscribed(mailbox)
    other = await mailbox.store.write(lambda tx: confirmed(tx, Credential(mailbox.user, "login", False)))
    arrivals = {mailbox.account: Arrivals.INBOX}
    patch = Patch(frozenset({"arrivals"}), arrivals=arrivals)
    await mailbox.store.write(pushes.change, RING, shows.credential, shows.id, patch, NOW)
    await mailbox.store.write(quiet_hours.pause, mailbox.user, Pause.HOUR, "Europe/Berlin", NOW)
    await mailbox.store.write(touch, mailbox.account)

    assert [one.subscription.id for one in await due(mailbox)] == [other.id]
    assert not await mailbox.store.read(push_subscriptions.due, after(59), 1)
    assert shows.id in [one.subscription.id for one in await due(mailbox, 3_601)]

    await mailbox.store.write(quiet_hours.pause, mailbox.user, Pause.TOMORROW, "Europe/Berlin", after(7_200))
    await mailbox.store.write(touch, mailbox.account)
    held = [one.subscription.id for one in await due(mailbox, 7_200)]
    await mailbox.store.write(quiet_hours.resume, mailbox.user, after(7_200))
    told = [one.subscription.id for one in await due(mailbox, 7_200)]
    assert (held, told) == ([other.id], [shows.id])


async def test_the_sweep_takes_what_has_expired(mailbox: Mailbox) -> None:
    made = await subscribed(mailbox)
    assert await mailbox.store.write(pushes.forget_expired, made.expires_at - timedelta(seconds=1)) == 0
    assert await mailbox.store.write(pushes.forget_expired, made.expires_at) == 1


async def test_what_another_key_sealed_waits_for_it(mailbox: Mailbox) -> None:
    """A program that has not that key destroys nothing and holds nobody up; one that has sends soon after."""
    made = await subscribed(mailbox)
    await mailbox.store.write(touch, mailbox.account)
    blind = KeyRing([b"o" * 32])
    assert await mailbox.store.write(pushes.claim_due, blind, NOW, [made.id], 60) == []
    assert await mailbox.store.read(push_subscriptions.due, after(1), 10) == []
    [delivery] = await due(mailbox, 31)
    assert delivery.subscription.id == made.id


async def test_what_no_key_opens_is_seen_and_ended_by_its_program(mailbox: Mailbox) -> None:
    """Or by the end of its login, which needs no key."""
    made = await subscribed(mailbox)
    blind = KeyRing([b"o" * 32])
    [seen] = await mailbox.store.read(pushes.list_mine, made.credential, NOW)
    assert pushes.code_of(blind, seen) is None
    await mailbox.store.write(pushes.destroy, made.credential, made.id, NOW)
    assert await mailbox.store.read(pushes.list_mine, made.credential, NOW) == []
