"""The categories that a mailbox is known to have."""

import pytest
from tests.store.mailbox import NOW, Mailbox, item, page

from poststelle.mail import categories, organise
from poststelle.mail.organise import Marks
from poststelle.model.errors import NotFound
from poststelle.model.ids import UserId

pytestmark = pytest.mark.anyio


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
    with pytest.raises(NotFound):
        await mailbox.store.read(categories.of_account, UserId(999), mailbox.account)
