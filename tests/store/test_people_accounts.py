"""Accounts, sign-ins, flows, settings and the audit trail as stored, on both databases."""

import asyncio
from datetime import timedelta

import pytest
from tests.store.conftest import NOW
from tests.store.test_people_users import new_account, new_user

from poststelle.model.account import Account, AccountState, AccountType
from poststelle.model.change import ChangeType
from poststelle.model.ids import AccountId, SignInId
from poststelle.model.rights import Grant, Level
from poststelle.model.user import SignIn, SignInState
from poststelle.store import (
    accounts,
    addresses,
    app_troubles,
    audit,
    changes,
    grants,
    search,
    settings,
    sign_in_flows,
    sign_ins,
)
from poststelle.store.audit import Filter
from poststelle.store.sign_in_flows import SignInFlow
from poststelle.store.tx import Store, Tx

pytestmark = pytest.mark.anyio


def add(tx: Tx, address: str) -> Account | None:
    return accounts.insert(
        tx, type_=AccountType.GRAPH, address=address, state=AccountState.WAITING_FOR_SIGN_IN, at=NOW, by=None
    )


def new_sign_in(tx: Tx, account: AccountId, cache: bytes, rank: int = 0) -> SignInId:
    id_ = sign_ins.reserve_id(tx)
    user = ("oid", "tid", "info@example.test", "https://x")
    sign_in = SignIn(id_, account, None, *user, cache, NOW, NOW, rank=rank)
    sign_ins.insert(tx, sign_in, renew_at=NOW + timedelta(hours=rank))
    return id_


async def test_an_address_is_there_once_in_any_letter_case(store: Store) -> None:
    """The same address in capitals is refused, also when ten arrive at one moment."""
    spellings = ["info@example.test", "INFO@example.test", "Info@Example.Test"] * 4

    added = await asyncio.gather(*(store.write(add, spelling) for spelling in spellings))

    assert len([account for account in added if account is not None]) == 1
    assert len(await store.read(accounts.list_all)) == 1


async def test_an_address_is_known_as_a_mailboxs_own_or_one_of_its_others(store: Store) -> None:
    """In any letter case."""
    account = await store.write(new_account, "info@example.test")
    await store.write(addresses.set_all, account, ["info@example.test", "Buero@example.test"], NOW)

    known = [
        await store.read(accounts.has_address, one)
        for one in ("INFO@example.test", "buero@Example.test", "privat@example.test", "")
    ]

    assert known == [True, True, False, False]


async def test_a_change_of_state_is_told_to_clients(store: Store) -> None:
    """Losing the sign-in is logged as a change of the account's SyncState."""
    account = await store.write(new_account, "info@example.test")
    before = await store.read(changes.latest, account, ChangeType.SYNC)

    await store.write(accounts.set_state, account, AccountState.SIGN_IN_NEEDED, "AADSTS50173")

    found = await store.read(accounts.get, account)
    assert found is not None
    assert (found.state, found.state_reason) == (AccountState.SIGN_IN_NEEDED, "AADSTS50173")
    assert await store.read(changes.latest, account, ChangeType.SYNC) > before


async def test_a_deleted_account_leaves_only_the_audit_trail(store: Store) -> None:
    """Grants and sign-ins go with the account; what was recorded about it stays."""
    account = await store.write(new_account, "info@example.test")
    user = await store.write(new_user, "anna")
    await store.write(grants.upsert, Grant(account, user.id, Level.SEND), at=NOW, by=None)
    await store.write(new_sign_in, account, b"sealed")
    await store.write(audit.record, NOW, user.id, "account.created", account, subject="info@example.test")

    assert await store.write(accounts.destroy, account)

    assert await store.read(grants.accounts_of, user.id) == []
    assert await store.read(sign_ins.get, account) is None
    assert [e.account_id for e in await store.read(audit.find, Filter(account))] == [account]


async def test_the_first_sign_in_that_works_is_in_use(store: Store) -> None:
    """By rank; a lost one keeps its place and is passed over, a removed one's tokens are no longer stored."""
    account = await store.write(new_account, "info@example.test")
    later = await store.write(new_sign_in, account, b"later", 1)
    first = await store.write(new_sign_in, account, b"first", 0)
    found = await store.read(sign_ins.list_of, account)
    assert [s.id for s in found] == [first, later]
    assert await store.read(sign_ins.list_all) == found

    lost = SignInState.LOST
    assert await store.write(sign_ins.set_state, found[0], lost, "AADSTS50173", NOW, renew_at=NOW)
    assert not await store.write(sign_ins.set_state, found[0], lost, "AADSTS70000", NOW, renew_at=NOW)
    assert await store.read(sign_ins.id_of, account) == later
    [dead, _] = await store.read(sign_ins.list_of, account)
    assert (dead.id, dead.state, dead.reason, dead.lost_at) == (first, lost, "AADSTS50173", NOW)

    await store.write(sign_ins.set_order, account, [later, first])
    assert [s.rank for s in await store.read(sign_ins.list_of, account)] == [0, 1]
    assert await store.write(sign_ins.destroy, dead)
    assert not await store.write(sign_ins.set_token_cache, first, b"late", NOW, renew_at=NOW)
    rolled_at = NOW + timedelta(hours=1)
    assert await store.write(sign_ins.set_token_cache, later, b"rolled", rolled_at, renew_at=rolled_at)
    [kept] = await store.read(sign_ins.list_of, account)
    assert (kept.token_cache, kept.refreshed_at) == (b"rolled", rolled_at)


async def test_a_renewal_that_is_due_is_told_once(store: Store) -> None:
    """The soonest first; who asks next hears of it only when the first one has had its time."""
    account = await store.write(new_account, "info@example.test")
    first = await store.write(new_sign_in, account, b"first", 0)
    later = await store.write(new_sign_in, account, b"later", 1)
    soon, then = NOW + timedelta(minutes=5), NOW + timedelta(hours=2)

    assert await store.write(sign_ins.claim_due, NOW, soon, 10) == [first]
    assert await store.write(sign_ins.claim_due, NOW, soon, 10) == []
    assert await store.write(sign_ins.claim_due, soon, then, 1) == [first]
    assert await store.write(sign_ins.claim_due, then, then + timedelta(hours=1), 10) == [later, first]


async def test_trouble_with_the_app_is_noted_once(store: Store) -> None:
    """The same refusal again is no news, another one is."""
    assert await store.write(app_troubles.note, "app", "AADSTS7000222", NOW)
    assert not await store.write(app_troubles.note, "app", "AADSTS7000222", NOW + timedelta(days=1))
    assert await store.read(app_troubles.get, "app") == app_troubles.AppTrouble("AADSTS7000222", NOW)
    assert await store.write(app_troubles.note, "app", "AADSTS7000215", NOW)
    assert await store.write(app_troubles.forget, "app")
    assert not await store.write(app_troubles.forget, "app")


async def test_a_flow_is_used_once_and_ends_by_time(store: Store) -> None:
    """A flow is found until it is used or its ten minutes are over."""
    account = await store.write(new_account, "info@example.test")
    user = await store.write(new_user, "anna")
    for state in ("s1", "s2"):
        flow = SignInFlow(state, account, user.id, b"sealed")
        await store.write(sign_in_flows.insert, flow, now=NOW, expires_at=NOW + timedelta(minutes=10))

    assert (await store.read(sign_in_flows.get, "s1", NOW)) == SignInFlow("s1", account, user.id, b"sealed")
    used = [await store.write(sign_in_flows.destroy, "s1") for _ in range(2)]
    assert used == [True, False]
    assert await store.read(sign_in_flows.get, "s2", NOW + timedelta(minutes=10)) is None


async def test_settings_keep_values_and_sealed_octets(store: Store) -> None:
    """A value comes back as it was, a secret as sealed octets; both can be forgotten."""
    await store.write(settings.upsert, "a", value={"x": [1, "ä"]}, at=NOW, by=None)
    await store.write(settings.upsert, "b", sealed=b"\x00\xff", at=NOW, by=None)
    await store.write(settings.upsert, "a", value="later", at=NOW, by=None)

    found = await store.read(settings.list_all)

    assert (found["a"].value, found["a"].sealed) == ("later", None)
    assert (found["b"].value, found["b"].sealed) == (None, b"\x00\xff")
    assert await store.write(settings.destroy, "a")
    assert await store.read(settings.get, "a") is None


async def test_the_audit_trail_is_read_in_pages(store: Store) -> None:
    """Entries come newest first, and ``before`` goes on where a page ended."""
    for number in range(5):
        await store.write(audit.record, NOW, None, f"deed.{number}", whom="u1")

    first = await store.read(audit.find, Filter(), limit=2)
    rest = await store.read(audit.find, Filter(), before=(first[-1].chain, first[-1].number), limit=10)

    assert [e.action for e in first + rest] == [f"deed.{n}" for n in (4, 3, 2, 1, 0)]
    assert first[0].detail == {"whom": "u1"}


async def test_a_number_that_the_search_index_can_not_hold_is_refused(store: Store) -> None:
    """And a mailbox that has one from before can be removed."""

    def impossible(tx: Tx) -> None:
        for _ in range(30):
            tx.run("jump_sequences", jump=1, of_accounts=100_000)
        new_account(tx, "zu-hoch@example.test")

    await store.write(new_account, "eins@example.test")
    with pytest.raises(OverflowError, match="no number left"):
        await store.write(impossible)
    await store.write(search.go, AccountId(100_000_004))
