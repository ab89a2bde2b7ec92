"""Rounds that brought nothing are kept together, and never against somebody who wants a folder read anew."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from tests.store.mailbox import NOW, Mailbox, item, page

from poststelle.model.ids import AccountId, FolderId
from poststelle.store import cursors, folders
from poststelle.store.tx import Tx
from poststelle.sync.round_end import QuietRound, RoundEnd, is_quiet, keep_quiet

pytestmark = pytest.mark.anyio


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def quiet(folder: FolderId, link: str | None, then: str) -> QuietRound:
    """A round of a folder that was due at 5 when its turn began, and is looked at each minute."""
    return QuietRound(folder, link, then, RoundEnd(after(5), lambda now: now + timedelta(minutes=1)))


async def keep(mailbox: Mailbox, *rounds: QuietRound) -> None:
    """All that are kept are so at 20."""
    await mailbox.store.write_by_rows(keep_quiet, mailbox.account, rounds, after(20))


async def link_of(mailbox: Mailbox, name: str) -> tuple[str, bool] | None:
    cursor = await mailbox.store.read(cursors.get, mailbox.account, mailbox.folder_ids[name])
    return None if cursor is None else (cursor.link, cursor.is_complete)


async def due(mailbox: Mailbox, seconds: float) -> set[FolderId]:
    return set(await mailbox.store.read(folders.due, mailbox.account, after(seconds), 100))


async def test_a_quiet_round_moves_its_folder_on(mailbox: Mailbox) -> None:
    """It goes on from the new link, and is due a minute after that was kept; also where it had none."""
    inbox, objects = mailbox.folder_ids["Inbox"], mailbox.folder_ids["Objects"]
    await mailbox.pull("Inbox", page(item("a"), link="d1"))
    await mailbox.store.write(folders.set_all_due, mailbox.account, after(5))
    await keep(mailbox, quiet(inbox, "d1", "d2"), quiet(objects, None, "e1"))
    assert await link_of(mailbox, "Inbox") == ("d2", True)
    assert await link_of(mailbox, "Objects") == ("e1", True)
    assert not {inbox, objects} & await due(mailbox, 79)
    assert {inbox, objects} <= await due(mailbox, 80)


@pytest.mark.parametrize(
    "ask", [folders.set_all_due, folders.set_hot_due, folders.look_at_hot, folders.look_at_inbox]
)
async def test_a_look_that_is_asked_for_in_a_turn_is_not_forgotten(
    mailbox: Mailbox, ask: Callable[[Tx, AccountId, datetime], None]
) -> None:
    """Also of a folder that was due already: the answer may be older than the question."""
    inbox = mailbox.folder_ids["Inbox"]
    await mailbox.pull("Inbox", page(item("a"), link="d1"))
    await mailbox.store.write(folders.set_due, mailbox.account, inbox, after(5))
    await mailbox.store.write(ask, mailbox.account, after(15))
    await keep(mailbox, quiet(inbox, "d1", "d2"))
    assert inbox in await due(mailbox, 20)


async def test_a_folder_that_is_gone_keeps_no_link(mailbox: Mailbox) -> None:
    gone = FolderId(999)
    await keep(mailbox, quiet(gone, None, "d1"))
    assert await mailbox.store.read(cursors.get, mailbox.account, gone) is None


async def test_a_folder_to_be_read_anew_is_not_moved_on(mailbox: Mailbox) -> None:
    """Its link was forgotten, or another round has kept one, meanwhile: what is older changes nothing."""
    inbox, objects = mailbox.folder_ids["Inbox"], mailbox.folder_ids["Objects"]
    await mailbox.pull("Inbox", page(item("a"), link="d1"))
    await mailbox.store.write(cursors.destroy, mailbox.account, inbox)
    await mailbox.pull("Objects", page(link="e1"))
    await keep(mailbox, quiet(inbox, "d1", "d2"), quiet(objects, None, "e0"))
    assert await link_of(mailbox, "Inbox") is None
    assert await link_of(mailbox, "Objects") == ("e1", True)
    assert {inbox, objects} <= await due(mailbox, 20)


async def test_who_asked_since_the_turn_began_is_not_forgotten(mailbox: Mailbox) -> None:
    """The round's answer may be older than the wish."""
    inbox = mailbox.folder_ids["Inbox"]
    await mailbox.pull("Inbox", page(item("a"), link="d1"))
    await mailbox.store.write(folders.set_due, mailbox.account, inbox, after(11))
    await keep(mailbox, quiet(inbox, "d1", "d2"))
    assert await link_of(mailbox, "Inbox") == ("d2", True)
    assert inbox in await due(mailbox, 20)


def test_only_a_last_page_without_news_is_quiet() -> None:
    """Not one that more pages follow, nor one from which something has left."""
    assert is_quiet(page())
    assert not is_quiet(page(more=True))
    assert not is_quiet(page(left=("a",)))
    assert not is_quiet(page(item("a")))
