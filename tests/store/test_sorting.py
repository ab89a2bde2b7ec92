"""Lists in any order: as the plain rule says, on both databases."""

import random
from datetime import timedelta
from typing import Any

import pytest
from tests.store.counting import Counting
from tests.store.mailbox import NOW, Mailbox, item, page
from tests.store.test_lists import everything

from poststelle.mail import query
from poststelle.mail.listing import AnchorNotFound, Window
from poststelle.mail.sorting import base_subject, sorted_ids
from poststelle.model.ids import MessageId
from poststelle.model.message import FLAGGED, SEEN, Address, Message
from poststelle.model.order import SortKey
from poststelle.store.lists import Filter
from poststelle.store.tx import Tx

pytestmark = pytest.mark.anyio

NAMES = ("Zoe", "anna", "Émil", "", "ben")


async def fill(mailbox: Mailbox, minutes: int = 40) -> list[Message]:
    """Thirty messages that differ in all that is sorted by, some of them alike."""
    chance = random.Random(5)
    items = [
        item(
            f"M{n}",
            "Inbox",
            minutes=chance.randrange(minutes),
            thread_key=f"T{chance.randrange(9)}",
            is_seen=chance.random() < 0.6,
            is_flagged=chance.random() < 0.3,
            size=chance.randrange(5) * 1_000,
            subject=chance.choice(("Re: ", "AW: Fwd: ", "")) + chance.choice(("angebot", "Brief", "Zahlung")),
            sent_at=None if n % 5 == 0 else NOW + timedelta(minutes=chance.randrange(9)),
            from_=(Address(chance.choice(NAMES), f"p{n % 3}@x.example"),),
            categories=() if n % 3 else ("Brief", "x, y")[: n % 4],
            to=() if n % 7 == 0 else (Address(chance.choice(NAMES), f"q{n % 4}@x.example"),),
        )
        for n in range(30)
    ]
    await mailbox.pull("Inbox", page(*items))
    return await mailbox.store.read(everything, mailbox.account)


def shown(people: tuple[Address, ...]) -> str:
    return (people[0].name or people[0].email).casefold() if people else ""


def keywords(message: Message) -> set[str]:
    flags = {SEEN: message.mutable.is_seen, FLAGGED: message.mutable.is_flagged}
    return {name for name, is_set in flags.items() if is_set} | set(
        map(str.lower, message.mutable.categories)
    )


def value(key: SortKey, message: Message, all_: list[Message]) -> Any:
    """What the RFC says a message is sorted by, said plainly."""
    thread = [keywords(m) for m in all_ if m.thread_id == message.thread_id]
    return {
        "receivedAt": message.received_at,
        "sentAt": (message.sent_at is not None, message.sent_at),  # what has none is before all others
        "size": message.size,
        "from": shown(message.from_),
        "to": shown(message.to),
        "subject": message.subject.rpartition(": ")[2].casefold(),
        "hasKeyword": key.keyword in keywords(message),
        "allInThreadHaveKeyword": all(key.keyword in one for one in thread),
        "someInThreadHaveKeyword": any(key.keyword in one for one in thread),
    }[key.property]


ORDERS = [
    [SortKey("size"), SortKey("subject", is_ascending=False)],
    [SortKey("sentAt", is_ascending=False)],
    [SortKey("from"), SortKey("to", is_ascending=False)],
    [SortKey("subject"), SortKey("receivedAt")],
    [SortKey("hasKeyword", is_ascending=False, keyword=FLAGGED), SortKey("size")],
    [SortKey("someInThreadHaveKeyword", is_ascending=False, keyword=FLAGGED)],
    [SortKey("allInThreadHaveKeyword", keyword=SEEN), SortKey("from")],
    [SortKey("hasKeyword", keyword="brief"), SortKey("someInThreadHaveKeyword", keyword="brief")],
    [SortKey("allInThreadHaveKeyword", is_ascending=False, keyword="brief")],
]


async def test_every_order_is_that_of_the_plain_rule(mailbox: Mailbox) -> None:
    """In windows, from an anchor, in threads and counted; what is equal comes newest first."""
    all_ = await fill(mailbox)
    for keys in ORDERS:
        expected = sorted(all_, key=lambda m: (m.received_at, m.id), reverse=True)
        for key in reversed(keys):
            expected.sort(key=lambda m, key=key: value(key, m, all_), reverse=not key.is_ascending)
        ids = [m.id for m in expected]
        whole = await asked(mailbox, keys, Window(limit=100))
        assert whole.ids == tuple(ids), keys
        assert whole.total == len(ids)
        assert (await asked(mailbox, keys, Window(position=-7, limit=3))).ids == tuple(ids[-7:-4])
        anchored = await asked(mailbox, keys, Window(anchor=ids[9], anchor_offset=-2, limit=4))
        assert (anchored.position, anchored.ids) == (7, tuple(ids[7:11]))
        threads = list({m.thread_id: m.id for m in reversed(expected)}.items())
        first = {message for _, message in threads}
        collapsed = await asked(mailbox, keys, Window(limit=100), is_collapsed=True)
        assert collapsed.ids == tuple(i for i in ids if i in first)
        assert collapsed.total == len(first)


async def asked(mailbox: Mailbox, keys: list[SortKey], window: Window, **more: bool) -> query.QueryResult:
    user, account = mailbox.user, mailbox.account
    return await mailbox.store.read(
        query.email_query_sorted, user, account, Filter(), window, keys, is_total_wanted=True, **more
    )


async def test_what_arrived_at_the_same_instant_is_sorted_by_what_comes_next(mailbox: Mailbox) -> None:
    """Windows, anchors and threads of a list by arrival are those of the list that is sorted whole."""
    await fill(mailbox, minutes=4)
    where, user, account = Filter(has_keywords=frozenset({SEEN})), mailbox.user, mailbox.account
    for n, further in enumerate(ORDERS):
        is_ascending, is_collapsed = n % 2 == 0, n % 3 > 0
        keys = [SortKey("receivedAt", is_ascending), *further]

        def by_arrival(window: Window, how: dict[str, Any]) -> Any:
            return mailbox.store.read(query.email_query, user, account, where, window, **how)

        whole = await mailbox.store.read(
            query.email_query_sorted, user, account, where, Window(), keys, is_collapsed=is_collapsed
        )
        how = {"is_ascending": is_ascending, "is_collapsed": is_collapsed, "further": further}
        for position, limit in ((0, 100), (0, 3), (5, 4), (2, 0), (200, 3)):
            found = await by_arrival(Window(position=position, limit=limit), how)
            assert found.ids == whole.ids[position : position + limit], keys
        at = len(whole.ids) // 2
        found = await by_arrival(Window(anchor=whole.ids[at], anchor_offset=-1, limit=3), how)
        assert (found.position, found.ids) == (at - 1, whole.ids[at - 1 : at + 2])


async def test_sorting_asks_at_each_message_whether_it_is_to_end(mailbox: Mailbox) -> None:
    """A hundred thousand long texts take longer than any read may, between two statements."""
    await fill(mailbox)
    asked_often = []

    def look(tx: Tx) -> None:
        counting = Counting(tx)
        keys = [SortKey("subject"), SortKey("from")]
        found = sorted_ids(counting, mailbox.account, Filter(), keys, is_collapsed=False)
        asked_often.append(counting.checks >= len(keys) * len(found) > 0)

    await mailbox.store.write(look)
    assert asked_often == [True]


async def test_an_anchor_that_is_not_in_the_list_is_not_found(mailbox: Mailbox) -> None:
    await fill(mailbox)
    with pytest.raises(AnchorNotFound):
        await asked(mailbox, ORDERS[0], Window(anchor=MessageId(99_999)))


@pytest.mark.parametrize(
    ("subject", "base"),
    [
        ("Re: Angebot", "angebot"),
        ("AW: RE[2]: Fwd:  Angebot (fwd)", "angebot"),
        ("[Liste] Re: Angebot", "angebot"),
        ("[Angebot]", "[angebot]"),
        ("Regarding: x", "regarding: x"),
        ("", ""),
        ("Re: " * 40 + "x", "x"),
        ("x" * 1_000 + "y", "x" * 1_000),
        ("Angebot (FWD) (fwd) ", "angebot"),
    ],
)
async def test_what_answers_put_before_a_subject_does_not_count(subject: str, base: str) -> None:
    """Source: RFC 5256 §2.1."""
    assert base_subject(subject) == base
