"""The categories that a mailbox is known to have."""

import pytest
from tests.store.mailbox import NOW, Mailbox, item, page

from poststelle.mail import categories, organise, query
from poststelle.mail.organise import Marks
from poststelle.model.errors import NotFound
from poststelle.model.filter import Filter
from poststelle.model.ids import MessageId, UserId
from poststelle.model.message import alike

pytestmark = pytest.mark.anyio


async def found(mailbox: Mailbox, category: str) -> list[MessageId]:
    where = Filter(categories=frozenset({category}))
    args = (mailbox.user, mailbox.account, where, query.Window(limit=9))
    return sorted((await mailbox.store.read(query.email_query, *args)).ids)


async def test_what_is_one_category_is_found_as_one(mailbox: Mailbox) -> None:
    """In whatever letters of any alphabet, and what is told as two is found as two: on both databases."""
    several = (
        "\u00c4rger",
        "\u00e4RGER",
        "\u0421\u0440\u043e\u0447\u043d\u043e",
        "\u0441\u0420\u041e\u0427\u041d\u041e",
        "Ma\u00df",
        "MASS",
        "\u0130",
        "i\u0307",
        "\u212a",
        "k",
    )
    await mailbox.pull("Inbox", page(*(item(str(n), categories=(name,)) for n, name in enumerate(several))))
    ids = [await mailbox.id_of(str(n)) for n in range(len(several))]

    told = await mailbox.store.read(categories.of_account, mailbox.user, mailbox.account)

    assert len(told) == 8
    for name in several:
        same = sorted(i for i, other in zip(ids, several, strict=True) if alike(other) == alike(name))
        assert await found(mailbox, name) == same, name
    assert [alike(one) for one in several[:2]] == ["\u00e4rger"] * 2
    assert organise.checked_categories(("\u00c4rger", "\u00e4rger ", "Ma\u00df", "MASS")) == (
        "\u00c4rger",
        "Ma\u00df",
        "MASS",
    )


async def test_each_category_is_told_once_the_most_used_first(mailbox: Mailbox) -> None:
    """In whatever letters, and only to who may read."""
    await mailbox.pull("Inbox", page(item("a"), item("b"), item("c")))
    for key, names in (("a", ("Rot", "Anna")), ("b", ("Anna", 'Mit "Strich"')), ("c", ("anna",))):
        message = await mailbox.id_of(key)
        await mailbox.store.write(
            organise.set_marks, mailbox.user, mailbox.account, message, Marks(categories=names), NOW
        )

    told = await mailbox.store.read(categories.of_account, mailbox.user, mailbox.account)

    assert [told[0].casefold(), *sorted(told[1:])] == ["anna", 'Mit "Strich"', "Rot"]
    assert all([await found(mailbox, name) for name in told])
    with pytest.raises(NotFound):
        await mailbox.store.read(categories.of_account, UserId(999), mailbox.account)
