"""A folder with very many messages goes in several transactions; until the last one it is there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.store.conftest import NOW
from tests.store.mailbox import Mailbox, item, page
from tests.store.test_arrivals import Box, arrival, box, octets
from tests.store.test_portions import Watched, all_messages

from poststelle.http.jmap import mailbox_set
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.ids import account_text, folder_text
from poststelle.http.jmap.limits import Limits
from poststelle.mail import folders, query
from poststelle.mail.known_folders import Most
from poststelle.model.change import ChangeType
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, OpId, RemoteId
from poststelle.model.known_ids import KnownIds
from poststelle.model.writeback import FolderOp
from poststelle.providers.errors import RemoteConflict
from poststelle.store import cursors, folder_ops, messages, notices
from poststelle.store import folders as stored
from poststelle.store.tx import ReadTx, Tx
from poststelle.writeback import drain_folders

pytestmark = pytest.mark.anyio
__all__ = ["box"]
_FEW_ROWS = Limits(folders=Most(rows=20))  # three messages


async def removed(watched: Watched, *ids: FolderId) -> Any:
    args = {
        "accountId": account_text(watched.box.account),
        "destroy": [folder_text(id_) for id_ in ids],
        "onDestroyRemoveEmails": True,
    }
    return await mailbox_set.mailbox_set(watched.call(), Args(args))


async def filled(box: Box, count: int) -> FolderId:
    """A folder with so many messages; each third one lies in the inbox too."""
    folder: FolderId = await box.do(folders.create, "Akte", None, NOW)
    inbox = box.roles[Role.INBOX]
    for n in range(count):
        await box.one(octets(n, f"s{n}"), folder, *([inbox] if n % 3 == 0 else []))
    return folder


async def test_a_full_folder_goes_in_portions(box: Box) -> None:
    """Others write between; their message in it goes too, what lies elsewhere stays, and they are told of."""
    folder, inbox = await filled(box, 10), box.roles[Role.INBOX]
    watched = Watched(box, limits=_FEW_ROWS)

    async def other() -> None:
        assert 0 < await box.total(folder) < 10
        await box.put(arrival(octets(20, "late"), folder), arrival(octets(21, "other"), inbox))

    watched.between = other
    done = await removed(watched, folder)
    told = await watched.read(query.changes, box.user, box.account, ChangeType.MAILBOX, done["newState"], 100)

    assert (done["destroyed"], done["notDestroyed"], watched.writes) == ([folder_text(folder)], None, 4)
    assert (await box.total(folder), await box.total(inbox)) == (-1, 5)
    assert {m.folder_ids for m in await all_messages(box)} == {(inbox,)}
    assert int(inbox) in told.updated


async def test_a_removal_that_is_cut_leaves_the_folder_and_the_next_one_ends_it(box: Box) -> None:
    """What has gone by then is gone, each message whole; the folder holds the rest, and is not destroyed."""
    folder, second = await filled(box, 10), await box.do(folders.create, "Zweite", None, NOW)
    done = await removed(Watched(box, limits=_FEW_ROWS, is_revoked_after=2), folder, second)
    left = await box.total(folder)
    assert {key: why["type"] for key, why in done["notDestroyed"].items()} == dict.fromkeys(
        (folder_text(folder), folder_text(second)), "forbidden"
    )
    assert (done["destroyed"], done["newState"] != done["oldState"]) == (None, True)
    assert 0 < left < 10

    again = await removed(Watched(box, limits=_FEW_ROWS), folder, second)
    assert again["destroyed"] == [folder_text(folder), folder_text(second)]
    assert await box.total(folder) == -1


async def test_the_most_messages_of_a_call_count_over_its_portions(box: Box) -> None:
    """The second folder waits for the next call."""
    first, second = await filled(box, 5), await box.do(folders.create, "Zweite", None, NOW)
    await box.put(*(arrival(octets(n, "x"), second) for n in (30, 31)))
    most = Limits(folders=Most(messages=6, rows=20))
    done = await removed(Watched(box, limits=most), first, second)
    assert done["destroyed"] == [folder_text(first)]
    assert done["notDestroyed"][folder_text(second)]["type"] == "forbidden"
    assert await box.total(second) == 2


async def full_at_microsoft(mailbox: Mailbox) -> tuple[Watched, FolderId]:
    """Seven messages in Objects."""
    await mailbox.pull("Objects", page(*(item(f"m{n}", "Objects", n) for n in range(7))))
    box = Box(mailbox.store, mailbox.account, mailbox.user, {})
    return Watched(box, limits=_FEW_ROWS), mailbox.folder_ids["Objects"]


def going(tx: ReadTx, account: AccountId) -> FolderOp:
    [op] = folder_ops.list_all(tx, account)
    return op


def claimed(tx: Tx, account: AccountId, after_s: int) -> OpId | None:
    op = folder_ops.claim(tx, account, "x", NOW + timedelta(seconds=after_s))
    return None if op is None else op.id


async def test_microsoft_hears_of_a_folder_when_all_of_it_has_gone(mailbox: Mailbox) -> None:
    """One removal with all of its messages, which is not asked for before; a cut one is gone on with."""
    watched, folder = await full_at_microsoft(mailbox)
    watched.is_revoked_after = 1
    done = await removed(watched, folder)
    op = await mailbox.store.read(going, mailbox.account)
    assert list(done["notDestroyed"]) == [folder_text(folder)]
    assert op.payload["is_unfinished"] is True
    assert (await mailbox.folder("Objects")).total == 4
    assert await mailbox.store.write(claimed, mailbox.account, 60) is None

    watched.is_revoked_after = 1_000
    done = await removed(watched, folder)
    op = await mailbox.store.read(going, mailbox.account)
    known = KnownIds(op.payload["messages"])
    assert done["destroyed"] == [folder_text(folder)]
    assert (op.payload.keys(), len(known)) == ({"messages"}, 7)
    assert all(RemoteId(f"m{n}") in known for n in range(7))
    assert await mailbox.store.write(claimed, mailbox.account, 0) == op.id
    assert await mailbox.store.read(stored.get, mailbox.account, folder) is None


async def test_a_removal_that_nobody_ends_comes_to_nothing_at_microsoft(mailbox: Mailbox) -> None:
    """Two minutes after, the folder is read anew, with all that lies in it there, and people are told."""
    watched, folder = await full_at_microsoft(mailbox)
    watched.is_revoked_after = 1
    await removed(watched, folder)
    op = await mailbox.store.read(going, mailbox.account)
    assert await mailbox.store.write(claimed, mailbox.account, 120) == op.id
    op = await mailbox.store.read(going, mailbox.account)
    hopeless = await mailbox.store.read(drain_folders.resolved, op)
    assert isinstance(hopeless, drain_folders.Hopeless)
    error = RemoteConflict(hopeless.detail, is_gone=True)
    await mailbox.store.write(drain_folders.note_failure, op, error, NOW)

    assert await mailbox.store.read(cursors.get, mailbox.account, folder) is None
    assert folder in await mailbox.store.read(stored.due, mailbox.account, NOW, 10)
    [notice] = await mailbox.store.read(notices.list_all, mailbox.account)
    assert (notice.code, notice.folder) == ("failed", "Objects")
    await mailbox.pull("Objects", page(*(item(f"m{n}", "Objects", n) for n in range(7))), is_sweep=True)
    assert (await mailbox.folder("Objects")).total == 7
    found = await mailbox.store.read(messages.by_remote, mailbox.account, [RemoteId("m6")])
    assert len(found) == 1
