"""Groups of recipients: whose they are, and what fits."""

import pytest
from tests.store.mailbox import NOW
from tests.store.test_boilerplate import office

from poststelle.model.errors import Conflict, Invalid, NotAllowed, NotFound
from poststelle.model.ids import AccountId, UserId
from poststelle.model.message import Address
from poststelle.model.recipient_group import RecipientGroup
from poststelle.model.rights import Grant, Level
from poststelle.store import grants
from poststelle.store.tx import Store, Tx
from poststelle.submission import groups

pytestmark = pytest.mark.anyio


def keep(tx: Tx, /, user: UserId, account: AccountId | None, name: str, *emails: str) -> RecipientGroup:
    members = [("", email) for email in emails or ("a@office.example",)]
    return groups.create(tx, user, account, {"name": name, "members": members}, NOW)


async def test_letters_go_to_ones_own_groups_and_the_mailboxs(store: Store) -> None:
    """Its managers keep the mailbox's; who only reads there writes nobody, and others learn of nothing."""
    account, user, chief = await office(store)
    house = await store.write(keep, chief, account, "Haus")
    own = await store.write(keep, user, None, "Eigene")
    assert [one.name for one in await store.read(groups.usable, user, account)] == ["Haus", "Eigene"]
    kept = await store.read(groups.of_mailbox, user, account)
    assert ([one.name for one in kept.groups], kept.may_change) == (["Haus"], False)
    for who, id_, refusal in ((user, house.id, NotAllowed), (chief, own.id, NotFound)):
        with pytest.raises(refusal):
            await store.write(groups.change, who, id_, {"name": "Neu"}, NOW)
        with pytest.raises(refusal):
            await store.write(groups.remove, who, id_, NOW)
    with pytest.raises(NotAllowed):
        await store.write(keep, user, account, "Meine")
    with pytest.raises(NotFound):
        await store.read(groups.usable, UserId(99), account)
    await store.write(lambda tx: grants.upsert(tx, Grant(account, user, Level.READ), at=NOW, by=None))
    with pytest.raises(NotAllowed):
        await store.read(groups.usable, user, account)
    await store.write(groups.remove, user, own.id, NOW)
    assert await store.read(groups.own, user) == []


async def test_addresses_are_complete_and_each_once(store: Store) -> None:
    """As first named; signs that turn or hide text are no part of a name."""
    _, user, _ = await office(store)
    members = [
        ("Anna\u202e  Berger", "Anna@Office.EXAMPLE"),
        ("", "anna@office.example"),
        ("", "b@büro.example"),
    ]
    made = await store.write(groups.create, user, None, {"name": " Team  Süd ", "members": members}, NOW)
    assert (made.name, made.members) == (
        "Team Süd",
        (Address("Anna Berger", "Anna@office.example"), Address("", "b@büro.example")),
    )
    with pytest.raises(Invalid) as wrong:
        await store.write(
            groups.change, user, made.id, {"members": [("", "a@b.example"), ("", "a b@c")]}, NOW
        )
    assert (wrong.value.code, wrong.value.params["at"]) == ("invalid_address", 1)


async def test_what_does_not_fit_is_refused(store: Store) -> None:
    """Names are there and differ; groups, members and their number have an end."""
    _, user, _ = await office(store)
    await store.write(keep, user, None, "Eins")
    many = [("", f"n{number}@office.example") for number in range(groups.MOST_MEMBERS + 1)]
    for said in (
        {"name": "EINS", "members": many[:1]},
        {"name": "\n", "members": many[:1]},
        {"name": "x" * 101, "members": many[:1]},
        {"name": "Leer", "members": []},
        {"name": "Viele", "members": many},
    ):
        with pytest.raises(Invalid):
            await store.write(groups.create, user, None, said, NOW)

    def fill(tx: Tx) -> None:
        for number in range(groups.MOST - 1):
            keep(tx, user, None, f"n{number}")

    await store.write(fill)
    with pytest.raises(Conflict):
        await store.write(keep, user, None, "Eine zu viel")
