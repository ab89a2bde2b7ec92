"""Lists of messages: sorted, filtered, collapsed, and their changes, always as the plain rule says."""

import random
from datetime import timedelta

import pytest
from tests.store.mailbox import NOW, Mailbox, item, page
from tests.store.reading import VOCABULARY, fits, some_filter

from poststelle.mail import ingest, organise, query
from poststelle.mail.listing import Window
from poststelle.model.change import ChangeType
from poststelle.model.errors import Invalid, NotFound
from poststelle.model.ids import AccountId, MessageId, RemoteId, UserId
from poststelle.model.message import DRAFT, FLAGGED, SEEN, Message
from poststelle.store import messages
from poststelle.store.lists import Filter
from poststelle.store.tx import ReadTx

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned]

FILTERS = [
    {},
    {"not_keywords": frozenset({SEEN})},
    {"has_keywords": frozenset({FLAGGED})},
    {"has_keywords": frozenset({SEEN}), "not_keywords": frozenset({FLAGGED})},
    {"has_keywords": frozenset({DRAFT})},
    {"before": NOW + timedelta(minutes=12), "after": NOW + timedelta(minutes=3)},
    {"has_attachment": True},
    {"has_keywords": frozenset({SEEN}), "not_keywords": frozenset({SEEN})},
    {"has_keywords": frozenset({"$unheard"})},
]


async def fill(mailbox: Mailbox, seed: int) -> None:
    """Forty messages, some with the same arrival, in a dozen threads over two folders."""
    chance = random.Random(seed)
    for folder in ("Inbox", "Objects"):
        items = [
            item(
                f"{folder}{n}",
                folder,
                minutes=chance.randrange(15),
                thread_key=f"T{chance.randrange(12)}",
                is_seen=chance.random() < 0.6,
                is_flagged=chance.random() < 0.3,
                is_draft=chance.random() < 0.2,
                has_attachment=chance.random() < 0.3,
            )
            for n in range(20)
        ]
        await mailbox.pull(folder, page(*items))


def expected(all_: list[Message], where: Filter, *, ascending: bool, collapsed: bool) -> list[MessageId]:
    found = sorted(
        (m for m in all_ if fits(m, where)), key=lambda m: (m.received_at, m.id), reverse=not ascending
    )
    if collapsed:
        met: set[int] = set()
        found = [m for m in found if not (m.thread_id in met or met.add(m.thread_id))]  # type: ignore[func-returns-value]  # add returns None: false
    return [m.id for m in found]


def everything(tx: ReadTx, account: AccountId) -> list[Message]:
    remote_ids = [RemoteId(row["remote_id"]) for row in tx.all("list_remote_ids", account=account)]
    return [m for m in messages.by_remote(tx, account, remote_ids).values() if m.folder_ids]


@pytest.mark.parametrize("collapsed", [False, True])
@pytest.mark.parametrize("ascending", [False, True])
async def test_a_list_is_what_its_filter_says(mailbox: Mailbox, ascending: bool, collapsed: bool) -> None:
    """Every filter, in a folder and in the whole account, equals sorting everything by hand."""
    await fill(mailbox, seed=1)
    all_ = await mailbox.store.read(everything, mailbox.account)
    inbox = mailbox.folder_ids["Inbox"]
    for scope in ({"in_folder": inbox}, {}, {"not_in_folders": frozenset({inbox})}):
        for conditions in FILTERS:
            where = Filter(**scope, **conditions)  # type: ignore[arg-type]  # tables of keyword arguments
            wanted = expected(all_, where, ascending=ascending, collapsed=collapsed)
            for start, limit in ((0, 5), (3, 100)):
                found = await mailbox.store.read(
                    query.email_query,
                    mailbox.user,
                    mailbox.account,
                    where,
                    Window(position=start, limit=limit),
                    is_ascending=ascending,
                    is_collapsed=collapsed,
                    is_total_wanted=True,
                )
                assert list(found.ids) == wanted[start : start + limit], (scope, conditions)
                assert found.total == len(wanted), (scope, conditions)


@pytest.mark.parametrize("collapsed", [False, True])
async def test_an_anchor_is_found_at_its_place(mailbox: Mailbox, collapsed: bool) -> None:
    """Each message of each list is its own anchor; with an offset the window begins beside it."""
    await fill(mailbox, seed=2)
    for conditions in FILTERS:
        where = Filter(in_folder=mailbox.folder_ids["Inbox"], **conditions)  # type: ignore[arg-type]
        whole = await ask(mailbox, where, Window(), is_collapsed=collapsed)
        for index, message in enumerate(whole.ids):
            found = await ask(
                mailbox, where, Window(anchor=message, anchor_offset=-2, limit=3), is_collapsed=collapsed
            )
            assert found.position == max(0, index - 2)
            assert found.ids == whole.ids[found.position : found.position + 3]


async def test_an_anchor_outside_the_list_is_refused(mailbox: Mailbox) -> None:
    """A message of another folder can't be an anchor."""
    await fill(mailbox, seed=3)
    stranger = await mailbox.id_of("Objects0")
    with pytest.raises(query.AnchorNotFound):
        await ask(mailbox, Filter(in_folder=mailbox.folder_ids["Inbox"]), Window(anchor=stranger))


async def test_a_negative_position_counts_from_the_end(mailbox: Mailbox) -> None:
    """-3 begins with the third to last; before the beginning is the beginning."""
    await fill(mailbox, seed=4)
    where = Filter(in_folder=mailbox.folder_ids["Inbox"])
    whole = await ask(mailbox, where, Window())
    assert (await ask(mailbox, where, Window(position=-3))).ids == whole.ids[-3:]
    assert (await ask(mailbox, where, Window(position=-300))).position == 0


@pytest.mark.parametrize("collapsed", [False, True])
@pytest.mark.parametrize("seed", range(4))
async def test_applying_query_changes_gives_the_new_list(
    mailbox: Mailbox, seed: int, collapsed: bool
) -> None:
    """Removing and adding as told turns the old list into the new one, whatever happened between."""
    await fill(mailbox, seed=seed)
    filters = [Filter(in_folder=mailbox.folder_ids["Inbox"], **c) for c in FILTERS]  # type: ignore[arg-type]
    old = [await ask(mailbox, where, Window(limit=999), is_collapsed=collapsed) for where in filters]
    await disturb(mailbox, random.Random(seed))
    for where, before in zip(filters, old, strict=True):
        changed = await mailbox.store.read(
            query.email_query_changes,
            mailbox.user,
            mailbox.account,
            where,
            before.state,
            is_collapsed=collapsed,
            is_total_wanted=True,
        )
        assert changed is not None
        now = await ask(mailbox, where, Window(limit=999), is_collapsed=collapsed)
        assert applied(before.ids, changed) == now.ids
        assert changed.total == len(now.ids)


@pytest.mark.parametrize("seed", range(2))
async def test_query_changes_are_right_or_not_told(mailbox: Mailbox, seed: int) -> None:
    """Any filter, also of threads and within operators, either way round, collapsed or not: what is told
    makes the new list of the old one, again and again. What can't be told is what depends on words."""
    chance = random.Random(seed)
    await fill(mailbox, seed)
    keys = [f"{folder}{n}" for folder in ("Inbox", "Objects") for n in range(20)]
    for _ in range(5):
        await bring(mailbox, chance, keys, thread=f"new{len(keys)}")
        wanted = [some_list(chance, mailbox) for _ in range(16)]
        old = [await ask(mailbox, where, Window(limit=999), **how) for where, how in wanted]
        for _ in range(chance.randint(1, 3)):
            await write_something(mailbox, chance, keys)
        for (where, how), before in zip(wanted, old, strict=True):
            changed = await mailbox.store.read(
                query.email_query_changes,
                mailbox.user,
                mailbox.account,
                where,
                before.state,
                is_total_wanted=True,
                up_to=before.ids[0] if before.ids else None,
                **how,
            )
            assert (changed is None) == where.has_words
            if changed is not None:
                now = await ask(mailbox, where, Window(limit=999), **how)
                assert (applied(before.ids, changed), changed.total) == (now.ids, len(now.ids)), (where, how)


def some_list(chance: random.Random, mailbox: Mailbox) -> tuple[Filter, dict[str, bool]]:
    """A filter, one in eight with words, and how the list is made of what it finds."""
    where = some_filter(chance, mailbox)
    while where.has_words and chance.random() < 0.95:
        where = some_filter(chance, mailbox)
    return where, {"is_collapsed": chance.random() < 0.5, "is_ascending": chance.random() < 0.4}


def applied(ids: tuple[MessageId, ...], changed: query.QueryChanges) -> tuple[MessageId, ...]:
    kept = [i for i in ids if i not in changed.removed]
    for index, message in changed.added:
        kept.insert(index, message)
    return tuple(kept)


async def bring(mailbox: Mailbox, chance: random.Random, keys: list[str], thread: str) -> None:
    """Two messages of one thread, whose keys are the last ones from then on."""
    new = [f"{thread}-{len(keys) + n}" for n in range(2)]
    items = [
        item(
            key,
            minutes=chance.randrange(15),
            thread_key=thread,
            subject=chance.choice(VOCABULARY),
            is_seen=chance.random() < 0.5,
        )
        for key in new
    ]
    await mailbox.pull("Inbox", page(*items))
    keys += new


async def write_something(mailbox: Mailbox, chance: random.Random, keys: list[str]) -> None:
    """New mail, marks, a move, or mail that goes for good: every second time what came last."""
    key = chance.choice(keys[-2:] if chance.random() < 0.5 else keys)
    who = (mailbox.user, mailbox.account, await mailbox.id_of(key))
    match chance.choice(("bring", "mark", "move", "remove", "remove")):
        case "bring":
            await bring(mailbox, chance, keys, thread=f"T{chance.randrange(12)}")
        case "mark":
            marks = {SEEN: chance.random() < 0.5, FLAGGED: chance.random() < 0.5}
            await mailbox.store.write(organise.set_keywords, *who, marks, NOW)
        case "move":
            target = mailbox.folder_ids[chance.choice(("Inbox", "Objects"))]
            await mailbox.store.write(organise.move, *who, target, NOW)
        case _:
            keys.remove(key)
            await mailbox.store.write(ingest.settle, mailbox.account, {RemoteId(key): None}, now=NOW)


async def test_too_many_changes_are_said_so(mailbox: Mailbox) -> None:
    """Over the caller's limit nothing is worked out; a foreign state can't be."""
    where = Filter(in_folder=mailbox.folder_ids["Inbox"])
    before = await mailbox.store.read(query.state, mailbox.user, mailbox.account, ChangeType.EMAIL)
    await fill(mailbox, seed=5)
    ask_changes = query.email_query_changes
    with pytest.raises(Invalid):
        await mailbox.store.read(ask_changes, mailbox.user, mailbox.account, where, before, limit=5)
    for foreign in ("1.0", "x", "", f"{before.partition('.')[0]}.99999999999999999999"):
        assert await mailbox.store.read(ask_changes, mailbox.user, mailbox.account, where, foreign) is None


async def test_nobody_reads_without_a_grant(mailbox: Mailbox) -> None:
    """An unassigned user and an unknown account look the same."""
    stranger = UserId(mailbox.user + 1)
    for user, account in ((stranger, mailbox.account), (mailbox.user, AccountId(999))):
        with pytest.raises(NotFound, match="no such mailbox"):
            await mailbox.store.read(query.email_query, user, account, Filter(), Window())
        with pytest.raises(NotFound, match="no such mailbox"):
            await mailbox.store.read(query.bodies, user, account, [])


async def ask(mailbox: Mailbox, where: Filter, window: Window, **how: bool) -> query.QueryResult:
    return await mailbox.store.read(query.email_query, mailbox.user, mailbox.account, where, window, **how)


async def disturb(mailbox: Mailbox, chance: random.Random) -> None:
    """New mail, moves both ways, keywords, and two that are gone."""
    await mailbox.pull(
        "Inbox", page(*(item(f"new{n}", minutes=chance.randrange(20), thread_key=f"T{n}") for n in range(4)))
    )
    for n in chance.sample(range(20), 6):
        message = await mailbox.id_of(f"Inbox{n}")
        await mailbox.store.write(
            organise.set_keywords,
            mailbox.user,
            mailbox.account,
            message,
            {SEEN: n % 2 == 0, FLAGGED: n % 3 == 0},
            NOW,
        )
    for key, target in (("Inbox1", "Objects"), ("Objects1", "Inbox"), ("Objects2", "Inbox")):
        await mailbox.store.write(
            organise.move,
            mailbox.user,
            mailbox.account,
            await mailbox.id_of(key),
            mailbox.folder_ids[target],
            NOW,
        )
    gone = {RemoteId("Inbox3"): None, RemoteId("Inbox4"): None}
    await mailbox.store.write(ingest.settle, mailbox.account, gone, now=NOW)
