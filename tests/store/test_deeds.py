"""What was done with a message is told to those who may read its mailbox."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.store.mailbox import NOW, Mailbox, item, page
from tests.store.test_people_users import new_user

from poststelle.mail import deeds, organise
from poststelle.mail.deeds import Deeds
from poststelle.mail.organise import Change, Marks
from poststelle.model.errors import NotFound
from poststelle.model.ids import MessageId, UserId
from poststelle.model.message import FLAGGED
from poststelle.model.rights import Grant, Level
from poststelle.store import audit, grants, messages, users
from poststelle.store.tx import Tx

pytestmark = pytest.mark.anyio


async def told(mailbox: Mailbox, who: UserId, message: MessageId, **asked: Any) -> Deeds:
    asked = {"below": None, "limit": 99} | asked
    return await mailbox.store.read(deeds.of_message, who, mailbox.account, message, **asked)


@pytest.fixture
async def eva(mailbox: Mailbox) -> UserId:
    """A colleague with a message, "a", to look at."""
    await mailbox.pull("Inbox", page(item("a"), item("b")))
    user = await mailbox.store.write(new_user, "eva")
    grant = Grant(mailbox.account, user.id, Level.READ)
    await mailbox.store.write(grants.upsert, grant, at=NOW, by=None)
    return user.id


async def test_each_deed_is_told_once(mailbox: Mailbox, eva: UserId) -> None:
    """The newest first, with who, where to and what with; what was there already is no deed."""
    message, other = await mailbox.id_of("a"), await mailbox.id_of("b")
    objects, trash = (mailbox.folder_ids[name] for name in ("Objects", "Trash"))
    several = [
        Change(keywords={FLAGGED: True}),
        Change(keywords={FLAGGED: True}, marks=Marks(categories=("Notar", "Eilig"))),
        Change(frozenset({objects}), marks=Marks(categories=("eilig", "Miete"))),
        Change(frozenset({trash}), keywords={FLAGGED: False}),
    ]
    for minute, change in enumerate(several):
        wanted = {message: change, other: change} if minute == 0 else {message: change}
        at = NOW + timedelta(minutes=minute)
        await mailbox.store.write(organise.change_many, mailbox.user, mailbox.account, wanted, at)
    found = await told(mailbox, eva, message)
    assert [(one.action, one.folder, one.added, one.removed) for one in found.deeds] == [
        ("mail.unflagged", None, (), ()),
        ("mail.deleted", "Trash", (), ()),
        ("mail.labelled", None, ("Miete",), ("Notar",)),
        ("mail.moved", "Objects", (), ()),
        ("mail.labelled", None, ("Notar", "Eilig"), ()),
        ("mail.flagged", None, (), ()),
    ]
    assert {(one.name, one.user_id) for one in found.deeds} == {("Anna", mailbox.user)}
    assert [one.action for one in (await told(mailbox, eva, other)).deeds] == ["mail.flagged"]
    first = await told(mailbox, eva, message, limit=4)
    rest = await told(mailbox, eva, message, below=first.next, limit=4)
    assert ([*first.deeds, *rest.deeds], rest.next) == ([*found.deeds], None)


async def test_readings_are_told_of_those_who_show_them(mailbox: Mailbox, eva: UserId) -> None:
    """And one's own; also where that changes later, and not of those who have gone."""
    message = await mailbox.id_of("a")
    gone = (await mailbox.store.write(new_user, "gone")).id
    for reader in (mailbox.user, eva, gone):
        note = {"message_ids": [message]}
        await mailbox.store.write(audit.record, NOW, reader, "mail.read", mailbox.account, **note)

    def leave(tx: Tx) -> None:
        shy = users.get(tx, mailbox.user)
        assert shy is not None
        users.update(tx, replace(shy, shows_reading=False))
        users.destroy(tx, gone)

    assert [one.user_id for one in (await told(mailbox, eva, message)).deeds] == [gone, eva, mailbox.user]
    await mailbox.store.write(leave)
    assert [one.user_id for one in (await told(mailbox, eva, message)).deeds] == [eva]
    assert [one.user_id for one in (await told(mailbox, mailbox.user, message)).deeds] == [eva, mailbox.user]


async def test_only_who_may_read_the_mailbox_is_told(mailbox: Mailbox, eva: UserId) -> None:
    """The right to the settings tells nothing here; nor is there anything of a message that is not."""
    message = await mailbox.id_of("a")
    admin = await mailbox.store.write(new_user, "sabine", may_settings=True)
    with pytest.raises(NotFound):
        await told(mailbox, admin.id, message)
    await mailbox.store.write(messages.destroy, mailbox.account, message)
    with pytest.raises(NotFound):
        await told(mailbox, eva, message)


async def test_what_is_not_told_is_not_told_by_the_pages_either(mailbox: Mailbox, eva: UserId) -> None:
    """Somebody who does not show what they read has read it; whoever asks for one deed at a time learns
    nothing of that."""
    message = await mailbox.id_of("a")

    def read_shyly(tx: Tx) -> None:
        user = users.get(tx, mailbox.user)
        assert user is not None
        users.update(tx, replace(user, shows_reading=False))
        audit.record(tx, NOW, mailbox.user, "mail.read", mailbox.account, message_ids=[message])

    await mailbox.store.write(read_shyly)
    assert await told(mailbox, eva, message, limit=1) == Deeds((), None)
    await mailbox.store.write(audit.record, NOW, eva, "mail.read", mailbox.account, message_ids=[message])
    await mailbox.store.write(read_shyly)
    found = await told(mailbox, eva, message, limit=1)
    assert ([one.user_id for one in found.deeds], found.next) == ([eva], None)
