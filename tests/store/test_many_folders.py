"""Very many folders: changing many at once costs what each costs, and there is an end to them."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.store.conftest import NOW
from tests.store.counting import Counting
from tests.store.mailbox import create
from tests.store.test_arrivals import arrival, octets
from tests.store.test_arrivals import make as make_internal

from poststelle.http.jmap import mailbox_set
from poststelle.http.jmap.ids import folder_number
from poststelle.http.jmap.setting import Asked, Outcome
from poststelle.mail import arrivals
from poststelle.mail.known_folders import Most
from poststelle.model.ids import AccountId, UserId
from poststelle.store import accounts
from poststelle.store import folders as stored
from poststelle.store.tx import Store, Tx

pytestmark = pytest.mark.anyio
Answer = Outcome[dict[str, Any]]
_MOST = Most()


def internal(tx: Tx) -> tuple[AccountId, UserId]:
    account, user, _ = make_internal(tx)
    return account, user


def at_microsoft(tx: Tx) -> tuple[AccountId, UserId]:
    account, user, _ = create(tx)
    return account, user


def set_folders(
    tx: Tx,
    user: UserId,
    account: AccountId,
    create: Any = None,
    update: Any = None,
    destroy: Any = (),
    most: Most = _MOST,
) -> tuple[Answer, int]:
    """What Mailbox/set does in its transaction, and in how many steps."""
    counting: Any = Counting(tx)
    work = mailbox_set.Work(user, account, NOW, {}, removes_emails=True, uses_sharing=True, most=most)
    done = mailbox_set.set_all(counting, work, Asked(create or {}, update or {}, list(destroy), None))
    return done.outcome, counting.steps


def steps_of(tx: Tx, user: UserId, account: AccountId, count: int) -> list[int]:
    """Steps of making so many folders, half of them in one another, of renaming and of removing them.

    At Microsoft they go when it has made them: that is done step by step there.
    """
    create = {
        f"{n}": {"name": f"{count} {n}", "parentId": f"#{n - 1}" if 0 < n < count // 2 else None}
        for n in range(count)
    }
    made, making = set_folders(tx, user, account, create)
    ids = [one["id"] for one in made.created.values()]
    changes = {id_: {"name": f"{count} new {id_}", "parentId": None} for id_ in ids}
    renamed, renaming = set_folders(tx, user, account, update=changes)
    assert (len(ids), list(renamed.updated)) == (count, ids)
    if not accounts.is_internal(tx, account):
        return [making, renaming]
    gone, removing = set_folders(tx, user, account, destroy=ids)
    assert gone.destroyed == ids
    return [making, renaming, removing]


@pytest.mark.parametrize("make", [internal, at_microsoft])
async def test_many_folders_cost_what_each_of_them_costs(
    store: Store, make: Callable[[Tx], tuple[AccountId, UserId]]
) -> None:
    """Not each a look at all the others: nobody else writes meanwhile."""

    def both(tx: Tx) -> tuple[list[int], list[int]]:
        account, user = make(tx)
        return steps_of(tx, user, account, 15), steps_of(tx, user, account, 60)

    few, many = await store.write(both)
    assert all(large < 6 * small for large, small in zip(many, few, strict=True)), (few, many)


async def test_folders_may_lie_deeper_than_programs_call(store: Store) -> None:
    def nested(tx: Tx) -> str:
        account, user = internal(tx)
        create = {f"{n}": {"name": "a", "parentId": f"#{n - 1}" if n else None} for n in range(1_200)}
        made, _ = set_folders(tx, user, account, create)
        deepest = folder_number(made.created["1199"]["id"])
        assert deepest is not None
        return stored.paths(tx, account)[deepest]

    assert await store.write(nested) == "/".join(["a"] * 1_200)


async def test_a_mailbox_has_an_end_of_folders(store: Store) -> None:
    """The others of the call are made; those that are there can be changed."""
    most = Most(folders=8)

    def full(tx: Tx) -> tuple[Answer, Answer]:
        account, user = internal(tx)
        made, _ = set_folders(tx, user, account, {f"{n}": {"name": f"{n}"} for n in range(4)}, most=most)
        [*_, last] = [one["id"] for one in made.created.values()]
        return made, set_folders(tx, user, account, update={last: {"name": "other"}}, most=most)[0]

    made, changed = await store.write(full)
    assert (list(made.created), list(made.not_created)) == (["0", "1"], ["2", "3"])
    assert made.not_created["2"]["type"] == "overQuota"
    assert made.not_created["2"]["description"] == "A mailbox has up to 8 folders."
    assert len(changed.updated) == 1


async def test_messages_that_go_with_folders_have_an_end(store: Store) -> None:
    """Of one call, not of each folder: the rest goes with the next call."""
    most = Most(messages=2)

    def removed(tx: Tx) -> tuple[list[str], Answer, Answer]:
        account, user = internal(tx)
        made, _ = set_folders(tx, user, account, {f"{n}": {"name": f"{n}"} for n in range(3)})
        ids = [one["id"] for one in made.created.values()]
        places = [folder for id_ in ids if (folder := folder_number(id_)) is not None]
        brought = [arrival(octets(n, "a"), place) for n, place in enumerate(places)]
        arrivals.insert(tx, user, account, brought, NOW)
        first, _ = set_folders(tx, user, account, destroy=ids, most=most)
        again = list(first.not_destroyed)
        return ids, first, set_folders(tx, user, account, destroy=again, most=most)[0]

    ids, first, second = await store.write(removed)
    assert (first.destroyed, list(first.not_destroyed), second.destroyed) == (ids[:2], ids[2:], ids[2:])


def test_creations_come_after_what_they_refer_to() -> None:
    """In any order, and rings at the end, where each is refused."""
    names = {"c": "#b", "ring": "#loop", "b": "#a", "loop": "#ring", "a": None, "d": "#nobody"}
    wanted = {key: {"parentId": parent} for key, parent in names.items()}
    assert [key for key, _ in mailbox_set.parents_first(wanted)] == ["a", "d", "b", "c", "ring", "loop"]


@pytest.mark.parametrize("make", [internal, at_microsoft])
async def test_a_name_that_comes_out_otherwise_is_told(
    store: Store, make: Callable[[Tx], tuple[AccountId, UserId]]
) -> None:
    """Without the blanks around it, say; of one that is as it was asked for nothing is told."""

    def named(tx: Tx) -> list[Any]:
        account, user = make(tx)
        made, _ = set_folders(tx, user, account, {"a": {"name": "  Offers "}, "b": {"name": "Bills"}})
        first, second = made.created["a"], made.created["b"]
        update = {first["id"]: {"name": "x\0y "}, second["id"]: {"name": "Paid"}}
        changed, _ = set_folders(tx, user, account, update=update)
        again, _ = set_folders(tx, user, account, update={second["id"]: {"sortOrder": 7}})
        return [first.get("name"), second.get("name"), *changed.updated.values(), *again.updated.values()]

    assert await store.write(named) == ["Offers", None, {"name": "x\ufffdy"}, None, None]
