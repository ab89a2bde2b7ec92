"""Who has answered a message: what counts as an answer, and what only looks like one."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.store.mailbox import NOW, Mailbox, item, page

from poststelle.mail import answers
from poststelle.mail.answers import Answer, Origin
from poststelle.model.errors import NotFound
from poststelle.model.ids import UserId
from poststelle.model.message import Address

pytestmark = pytest.mark.anyio
DESK = Address("Desk", "desk@office.example")
CUSTOMER = Address("Zoe", "zoe@customers.example")


def letter(key: str, minutes: int, author: Address, to: Address, answered: str | None, **said: Any) -> Any:
    """One message of the thread; ``answered`` None: the provider does not tell what it answers."""
    facts = {
        "from_": (author,), "to": (to,), "thread_key": "T", "internet_message_id": f"<{key}@x>",
        "in_reply_to": None if answered is None else tuple(filter(None, [answered])),
    }  # fmt: skip
    return item(key, minutes=minutes, **(facts | said))


def question(**said: Any) -> Any:
    return letter("q", 0, CUSTOMER, DESK, "", **said)


async def found(mailbox: Mailbox, now: datetime = NOW + timedelta(hours=9)) -> list[Answer]:
    q = await mailbox.id_of("q")
    args = (mailbox.user, mailbox.account, [q], now)
    _, told = await mailbox.store.read(answers.of, *args)
    return told[q]


async def test_answers_are_the_mailboxs_own_messages_that_name_it(mailbox: Mailbox) -> None:
    """The latest first; neither the customer's second message, nor an answer to that, nor a draft is one."""
    await mailbox.pull(
        "Inbox",
        page(
            question(),
            letter("again", 1, CUSTOMER, DESK, "q@x"),
            letter("to-again", 2, DESK, CUSTOMER, "again@x"),
            letter("draft", 3, DESK, CUSTOMER, "q@x", is_draft=True),
            letter("first", 4, DESK, CUSTOMER, "q@x"),
            letter("second", 5, DESK, CUSTOMER, "q@x"),
        ),
    )

    told = await found(mailbox)

    assert [one.message_id for one in told] == [await mailbox.id_of(k) for k in ("second", "first")]
    assert {(one.origin, one.name, one.is_sent) for one in told} == {(Origin.ELSEWHERE, None, True)}


async def test_an_answer_that_lies_in_the_mailbox_twice_is_one(mailbox: Mailbox) -> None:
    """Addressed to the mailbox too, it is in the inbox beside its copy in Sent."""
    twice = {"internet_message_id": "<same@x>"}
    copies = [letter(k, 1, DESK, CUSTOMER, "q@x", **twice) for k in ("sent", "inbox")]
    await mailbox.pull("Inbox", page(question(), *copies))

    assert len(await found(mailbox)) == 1


@pytest.mark.parametrize(
    ("subject", "to", "count"),
    [
        ("WG: Frage", "boss@office.example", 0),
        ("Fwd: Frage", "boss@office.example", 0),
        ("WG: Frage", CUSTOMER.email, 1),
        ("AW: Frage", "other@customers.example", 1),
    ],
)
async def test_a_forward_is_no_answer(mailbox: Mailbox, subject: str, to: str, count: int) -> None:
    """Outlook names what it forwards; sent to who wrote it, it is an answer whatever it is called."""
    sent = letter("sent", 1, DESK, Address("", to), "q@x", subject=subject)
    await mailbox.pull("Inbox", page(question(), sent))

    assert len(await found(mailbox)) == count


async def test_where_nobody_tells_the_next_own_message_answers_it(mailbox: Mailbox) -> None:
    """As long as nothing of others came between, and it did not come before."""
    await mailbox.pull(
        "Inbox",
        page(
            letter("before", -5, DESK, CUSTOMER, None),
            question(),
            letter("answer", 1, DESK, CUSTOMER, None),
            letter("again", 2, CUSTOMER, DESK, "q@x"),
            letter("to-again", 3, DESK, CUSTOMER, None),
        ),
    )

    assert [one.message_id for one in await found(mailbox)] == [await mailbox.id_of("answer")]


async def test_after_a_month_nobody_knows_where_it_was_sent(mailbox: Mailbox) -> None:
    """Submissions are forgotten by then: it may have been one of us."""
    await mailbox.pull("Inbox", page(question(), letter("answer", 1, DESK, CUSTOMER, "q@x")))

    [one] = await found(mailbox, NOW + timedelta(days=31))

    assert (one.origin, one.name) == (None, None)


async def test_the_mark_alone_is_an_answer_of_which_nothing_else_is_known(mailbox: Mailbox) -> None:
    """Until the answer itself is here."""
    await mailbox.pull("Inbox", page(question(is_answered=True)))
    assert await found(mailbox) == [Answer(None, None, None, None, None, is_sent=True)]

    await mailbox.pull("Sent", page(letter("answer", 1, DESK, CUSTOMER, "q@x", folder="Sent")))

    assert [one.message_id for one in await found(mailbox)] == [await mailbox.id_of("answer")]


async def test_strangers_are_told_nothing(mailbox: Mailbox) -> None:
    """As if there were no such account."""
    await mailbox.pull("Inbox", page(question()))
    with pytest.raises(NotFound):
        await mailbox.store.read(answers.of, UserId(99), mailbox.account, [], NOW)
