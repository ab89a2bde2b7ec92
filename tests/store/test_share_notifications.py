"""What users are told of their rights: where, for how long, and within which scope."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.store.conftest import NOW, FakeClock
from tests.store.mailbox import create
from tests.store.test_people_users import new_user

from poststelle.access import grants as assigning
from poststelle.access import share_notifications
from poststelle.access import users as people
from poststelle.access.rights import Asker
from poststelle.access.share_notifications import LIVES
from poststelle.auth.crypto import KeyRing
from poststelle.model.account import AccountState, AccountType
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, UserId
from poststelle.model.rights import Grant, Level, Scope
from poststelle.store import accounts, changes, grants
from poststelle.store import share_notifications as stored
from poststelle.store.tx import ReadTx, Store, Tx

pytestmark = pytest.mark.anyio
RING = KeyRing([bytes(32)])


def take(tx: Tx, user: UserId, account: AccountId, clock: FakeClock) -> None:
    """A right that goes, and nothing else."""
    about = accounts.get(tx, account)
    assert about is not None
    grants.destroy(tx, user, account, at=NOW)
    share_notifications.note(
        tx, user, user, share_notifications.shared(tx, about), Level.READ, None, clock.now()
    )


def kept(tx: ReadTx, user: UserId, account: AccountId) -> tuple[int, int]:
    """How many there are, and how many are remembered."""
    return len(stored.list_of(tx, user, account)), len(stored.ever_of(tx, user, account))


async def two_accounts(store: Store, clock: FakeClock) -> tuple[AccountId, AccountId, UserId]:
    """A user's two mailboxes."""

    def add(tx: Tx, user: UserId) -> AccountId:
        made = accounts.insert(
            tx, type_=AccountType.LOCAL, address="zweites@office.example", state=AccountState.CONNECTED,
            at=clock.now(), by=user,
        )  # fmt: skip
        assert made is not None
        grants.upsert(tx, Grant(made.id, user, Level.SEND), at=clock.now(), by=None)
        return made.id

    first, user, _ = await store.write(create)
    return first, await store.write(add, user), user


async def test_they_go_after_a_while(store: Store, clock: FakeClock) -> None:
    """Ninety days later they are destroyed, in the log too; what is forgotten there is forgotten here."""
    first, second, user = await two_accounts(store, clock)
    await store.write(take, user, second, clock)
    state = await store.read(changes.state, first, ChangeType.SHARING)
    assert await store.read(kept, user, first) == (1, 1)
    assert await store.write(stored.destroy_before, clock.now() - LIVES, 10, clock.now()) == 0
    clock.advance(LIVES.total_seconds() + 1)

    assert await store.write(stored.destroy_before, clock.now() - LIVES, 10, clock.now()) == 1

    assert await store.read(kept, user, first) == (0, 1)
    news = await store.read(share_notifications.changes_of_mine, user, first, state, 10)
    assert news is not None and len(news[0].destroyed) == 1
    assert await store.write(stored.forget_before, clock.now() + timedelta(days=1)) == 1
    assert await store.read(kept, user, first) == (0, 0)


async def test_a_token_hears_of_its_mailboxes_alone(store: Store, clock: FakeClock) -> None:
    """What was taken is told in another mailbox, but not to a program that never had it."""
    first, second, user = await two_accounts(store, clock)
    await store.write(take, user, second, clock)

    def found(tx: ReadTx, scope: Scope | None) -> int:
        tx.scope = scope
        try:
            return len(share_notifications.mine(tx, user, first).found)
        finally:
            tx.scope = None

    assert await store.read(found, None) == 1
    assert await store.read(found, Scope(Level.SEND, frozenset({first}))) == 0
    assert await store.read(found, Scope(Level.SEND, frozenset({first, second}))) == 1


async def test_who_has_no_mailbox_left_is_not_told(store: Store, clock: FakeClock) -> None:
    """There is no place for it, and it is no error."""
    first, second, user = await two_accounts(store, clock)
    await store.write(take, user, second, clock)
    await store.write(take, user, first, clock)
    assert await store.read(kept, user, first) == (1, 1)
    assert await store.read(kept, user, second) == (0, 0)


async def test_folders_tell_of_rights_in_them(store: Store) -> None:
    """Rights are properties of theirs: an assignment, another level, the end of it or of the user."""
    account, _, folders = await store.write(create)
    admin, anna = [
        await store.write(new_user, name, may_settings=name == "chef") for name in ("chef", "anna")
    ]

    def assign(level: Level) -> Callable[[Tx], object]:
        grant = Grant(account, anna.id, level)
        return lambda tx: assigning.assign(tx, admin.id, grant, is_confirmed=True, now=NOW)

    def change(is_active: bool) -> Callable[[Tx], object]:
        patch = people.UserPatch(is_active=is_active)
        return lambda tx: people.change(tx, Asker(admin.id), anna.id, patch, NOW, ring=RING)

    deeds: list[tuple[Callable[[Tx], object], bool]] = [
        (assign(Level.READ), True),
        (assign(Level.READ), False),
        (assign(Level.SEND), True),
        (change(is_active=False), True),
        (change(is_active=True), True),
        (lambda tx: assigning.withdraw(tx, admin.id, anna.id, account, NOW), True),
        (change(is_active=False), False),
    ]
    for deed, is_told in deeds:
        before = await store.read(changes.latest, account, ChangeType.MAILBOX)
        await store.write(deed)
        told = await store.read(changes.since, account, ChangeType.MAILBOX, before, 100)
        assert told and set(told.updated) == (set(folders.values()) if is_told else set())


async def test_who_shares_a_mailbox_comes_goes_and_is_renamed(store: Store) -> None:
    """Each in the log as it is seen there: by others only while they are active."""
    account, _, _ = await store.write(create)
    admin, anna = [
        await store.write(new_user, name, may_settings=name == "chef") for name in ("chef", "anna")
    ]
    grant = Grant(account, anna.id, Level.READ)

    def change(**said: Any) -> Callable[[Tx], object]:
        return lambda tx: people.change(
            tx, Asker(admin.id), anna.id, people.UserPatch(**said), NOW, ring=RING
        )

    came, renamed, went = ((anna.id,), (), ()), ((), (anna.id,), ()), ((), (), (anna.id,))
    deeds: list[tuple[Callable[[Tx], object], Any]] = [
        (lambda tx: assigning.assign(tx, admin.id, grant, is_confirmed=True, now=NOW), came),
        (change(name="Anna B."), renamed),
        (lambda tx: people.change_oneself(tx, anna.id, name="Anna C.", now=NOW), renamed),
        (change(is_active=False, name="Anna D."), went),
        (change(name="Anna E."), ((), (), ())),
        (change(is_active=True, name="Anna F."), came),
        (lambda tx: people.remove(tx, Asker(admin.id), anna.id, NOW, ring=RING), went),
    ]
    for deed, expected in deeds:
        before = await store.read(changes.latest, account, ChangeType.PRINCIPAL)
        await store.write(deed)
        told = await store.read(changes.since, account, ChangeType.PRINCIPAL, before, 100)
        assert told and (told.created, told.updated, told.destroyed) == expected
