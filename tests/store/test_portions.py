"""Large calls of JMAP are several transactions: others write between them, nothing of theirs is skipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.store.conftest import NOW
from tests.store.test_arrivals import Box, arrival, box, octets

from poststelle.blobs.directory import DirectoryBlobs
from poststelle.http.jmap import blob, email_import, email_set
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.blob_octets import pieces
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, message_number, message_text
from poststelle.http.jmap.limits import Limits
from poststelle.lib.once import Once
from poststelle.mail import query
from poststelle.mail.mime_reader import MimeReader
from poststelle.mail.readings import Readings
from poststelle.model.change import ChangeType
from poststelle.model.folder import Role
from poststelle.model.message import Message
from poststelle.store.attachments import Kept

pytestmark = pytest.mark.anyio
__all__ = ["box"]
_TEN_ROWS = Limits(rows_at_once=10)


@dataclass
class Watched:
    """The mailbox's store; ``between`` runs after the first transaction, as somebody else's would."""

    box: Box
    between: Callable[[], Any] | None = None
    writes: int = 0
    is_revoked_after: int = 1_000
    limits: Limits = _TEN_ROWS
    context: Any = field(init=False)

    def __post_init__(self) -> None:
        async def is_logged_in(_: object) -> bool:
            return self.writes < self.is_revoked_after

        async def hold_all(_: Sequence[str]) -> bool:
            return True

        self.context = SimpleNamespace(
            is_logged_in=is_logged_in,
            clock=SimpleNamespace(now=lambda: NOW),
            blobs=SimpleNamespace(hold_all=hold_all),
            wake_writeback=lambda _: None,
            readings=Readings(cast(Any, SimpleNamespace(now=lambda: NOW))),
        )

    async def read(self, fn: Any, *args: Any, **said: Any) -> Any:
        return await self.box.store.read(fn, *args, **said)

    async def write(self, fn: Any, *args: Any, **said: Any) -> Any:
        done = await self.box.store.write(fn, *args, **said)
        self.writes += 1
        if self.between is not None and self.writes == 1:
            await self.between()
        return done

    def call(self) -> Call:
        caller = cast(Any, SimpleNamespace(store=self, user_id=self.box.user))
        return Call(cast(Any, self.context), caller, uses_vendor=False, limits=self.limits)

    async def state(self) -> str:
        return str(await self.read(query.state, self.box.user, self.box.account, ChangeType.EMAIL))

    async def set(self, **said: Any) -> Any:
        account = account_text(self.box.account)
        return await email_set.email_set(self.call(), Args({"accountId": account, **said}))


async def brought(watched: Watched, count: int) -> email_import.PutIn:
    """Messages of five rows each: itself, its sender, its answer's name and two places."""
    places = [watched.box.roles[role] for role in (Role.INBOX, Role.ARCHIVE)]
    ready = {f"k{n}": arrival(octets(n, f"s{n}", n + 100), *places) for n in range(count)}
    return await email_import.put_in(watched.call(), watched.box.account, ready, None)


async def test_messages_are_put_in_two_by_two(box: Box) -> None:
    """All are there; the state is the one after the last."""
    watched = Watched(box)
    done = await brought(watched, 5)
    assert (len(done.created), done.refused, watched.writes) == (5, {}, 3)
    assert done.new_state == await watched.state()


async def test_a_text_fills_a_portion_too(box: Box) -> None:
    """Words are what the index takes longest for: few letters of very many held the writer for seconds."""
    words = " ".join(f"wort{n}" for n in range(300))
    letters = [f"Subject: s{n}\n\n{words}".encode() for n in range(4)]
    ready = {f"k{n}": arrival(one, box.roles[Role.INBOX]) for n, one in enumerate(letters)}
    watched = Watched(box, limits=Limits(rows_at_once=25))
    done = await email_import.put_in(watched.call(), box.account, ready, None)
    assert (len(done.created), watched.writes) == (4, 2)


async def test_what_others_write_between_two_portions_is_told_by_changes(box: Box) -> None:
    """The state that is answered lies before it, though the call went on after it."""
    watched = Watched(box)

    async def other() -> None:
        await box.one(octets(50, "Zwischendrin"), box.roles[Role.INBOX])

    watched.between = other
    done = await brought(watched, 5)
    said = await watched.read(query.changes, box.user, box.account, ChangeType.EMAIL, done.new_state, 100)
    assert len(done.created) == 5
    others = [m for m in await all_messages(box) if m.subject == "Zwischendrin"]
    assert len(others) == 1 and {int(m.id) for m in others} <= set(said.created)


async def test_a_token_that_ends_between_two_portions_writes_no_more(box: Box) -> None:
    """What has been put in is told, and what has not."""
    watched = Watched(box, is_revoked_after=1)
    done = await brought(watched, 5)
    assert done.created.keys() == {"k0", "k1"}
    assert {key: why["type"] for key, why in done.refused.items()} == dict.fromkeys(
        ("k2", "k3", "k4"), "forbidden"
    )
    assert len(await all_messages(box)) == 2


async def test_changes_and_destroying_come_in_portions_too(box: Box) -> None:
    """What is destroyed goes first; what is patched besides says that it is destroyed.

    Marks are written in each place a message lies in, with all that is counted there.
    """
    made = await brought(Watched(box), 7)
    ids = [one["id"] for one in made.created.values()]
    watched = Watched(box)
    done = await watched.set(update={id_: {"keywords/$seen": True} for id_ in ids})
    assert (done["updated"].keys(), done["notUpdated"], watched.writes) == (set(ids), None, 7)
    assert all(m.mutable.is_seen for m in await all_messages(box))

    watched = Watched(box)
    done = await watched.set(destroy=ids[:5], update={ids[0]: {"keywords/$seen": None}, ids[6]: {}})
    assert (done["destroyed"], watched.writes) == (ids[:5], 3)
    assert done["notUpdated"][ids[0]]["type"] == "willDestroy"
    assert done["updated"] == {ids[6]: None}
    assert {m.id for m in await all_messages(box)} == {message_number(i) for i in ids[5:]}
    assert done["newState"] == await watched.state()


async def test_a_request_changes_so_many_rows_and_refuses_the_rest(box: Box) -> None:
    """Each is refused by itself, and can be named in the next request."""
    made = await brought(Watched(box), 6)
    ids = [one["id"] for one in made.created.values()]
    done = await Watched(box, limits=Limits(rows=12, rows_at_once=10)).set(destroy=ids)
    assert done["destroyed"] == ids[:4]
    assert {why["type"] for why in done["notDestroyed"].values()} == {"rateLimit"}


async def test_attachments_count_where_their_message_is_destroyed(box: Box) -> None:
    """They go with it: with seven of them each message is a portion, without two would be."""
    file = "--b\r\nContent-Disposition: attachment; filename=f\r\n\r\nx\r\n"
    raw = f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n{file * 7}--b--\r\n"
    made = [await box.one(raw.encode(), box.roles[Role.INBOX]) for _ in range(4)]
    watched = Watched(box)
    done = await watched.set(destroy=[message_text(one.id) for one in made])
    assert (len(done["destroyed"]), watched.writes) == (4, 4)


async def test_a_request_takes_large_messages_apart_a_few_times_only(box: Box, tmp_path: Path) -> None:
    """All parts of a message cost it once; a thousand messages would take minutes."""
    file = "--b\r\nContent-Disposition: attachment; filename=f\r\n\r\nx\r\n"
    raw = f"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n{file * 2}--b--\r\n".encode()
    watched = Watched(box, limits=Limits(taken_apart=2 * len(raw)))
    watched.context.blobs, watched.context.mime = DirectoryBlobs(tmp_path), MimeReader()
    watched.context.open_remote, watched.context.fetching = None, Once()
    stored = await watched.context.blobs.put(pieces(raw))
    kept = replace(arrival(raw, box.roles[Role.INBOX]), octets=Kept(stored.sha256, stored.size))
    first, second = (f"b{message_text(m.id)}" for m in await box.put(kept, kept) if isinstance(m, Message))
    args = {
        "accountId": account_text(box.account),
        "ids": [f"{first}-p2", f"{first}-p3", f"{first}-p4", f"{second}-p2"],
        "properties": ["size"],
    }
    call = watched.call()
    found = (await blob.blob_get(call, Args(dict(args))))["list"]
    assert [one["size"] for one in found] == [2, 1, 1, 2]
    with pytest.raises(MethodError) as caught:
        await blob.blob_get(call, Args(dict(args)))
    assert caught.value.type == "requestTooLarge"


async def all_messages(box: Box) -> list[Message]:
    numbers = [*range(1, 40)]
    return cast(list[Message], await box.store.read(query.emails, box.user, box.account, numbers))
