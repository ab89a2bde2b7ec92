"""Many messages put into an internal mailbox quickly: an import without a client that brings them."""

import importlib.util
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from poststelle.blobs import DirectoryBlobs, SmallBlobs
from poststelle.lib.clock import SystemClock
from poststelle.lib.ids import decode_id
from poststelle.mail import arrivals, reading_in
from poststelle.mail.arrivals import Arrival
from poststelle.mail.prepare import Prepared
from poststelle.mime.html_text import unasked
from poststelle.mime.reading import Read
from poststelle.model.folder import Role
from poststelle.model.ids import ACCOUNT, AccountId
from poststelle.model.message import Body
from poststelle.store import folders, grants, open_store
from poststelle.store.attachments import Kept

DISTINCT = 50_000
_TOGETHER = 500


class Mail(Protocol):
    """A message as ``gen_mail.py`` makes it."""

    raw: bytes
    date: datetime
    keywords: list[str]


@dataclass(frozen=True, slots=True)
class _Made:
    """A message as often as it is wanted."""

    octets: Kept
    read: Read
    prepared: Prepared
    keywords: frozenset[str]
    at: datetime


def generated(tools: Path) -> Iterator[Mail]:
    """The messages of ``gen_mail.py`` in that folder, of seed 1: those it makes for other servers too."""
    spec = importlib.util.spec_from_file_location("gen_mail", tools / "gen_mail.py")
    assert spec is not None and spec.loader is not None, tools
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield from module.generate(DISTINCT, 1, own="alice@bench.example")


async def fill(url: str, folder: Path, account_text: str, mails: Iterator[Mail], count: int) -> None:
    """Put ``count`` messages into the mailbox's inbox; octets lie in ``folder``, once each."""

    async def nobody(_: object) -> None:
        """Nobody is told."""

    number = decode_id(ACCOUNT, account_text)
    assert number is not None
    account, small = AccountId(number), SmallBlobs(folder / "small.db")
    blobs = DirectoryBlobs(folder, small=small)
    store = await open_store(url, nobody, SystemClock())
    try:
        user = (await store.read(grants.users_of, account))[0].user_id
        inbox = next(f.id for f in await store.read(folders.list_all, account) if f.role is Role.INBOX)
        made = [await _made(blobs, mail) for mail in islice(mails, count)]
        wanted = (_again(one, copy) for copy in range(-(-count // len(made))) for one in made)
        left = islice(wanted, count)
        while some := list(islice(left, _TOGETHER)):
            coming = [
                Arrival(one.octets, one.read, one.prepared, (inbox,), one.keywords, one.at) for one in some
            ]
            await store.write(arrivals.insert, user, account, coming, SystemClock().now())
    finally:
        await store.close()
        small.close()


async def _made(blobs: DirectoryBlobs, mail: Mail) -> _Made:
    async def octets() -> AsyncIterator[bytes]:
        yield mail.raw

    stored = await blobs.put(octets(), is_lasting=False)
    read, prepared = reading_in.read_octets(unasked, mail.raw)
    # The text is in ``prepared``: held once, many messages fit into memory.
    read = replace(read, body=Body("text/plain", ""))
    return _Made(Kept(stored.sha256, stored.size), read, prepared, frozenset(mail.keywords), mail.date)


def _again(one: _Made, copy: int) -> _Made:
    """The message once more, a little older and in a thread of that copy's."""
    if copy == 0:
        return one
    read = replace(
        one.read,
        message_id=_other(one.read.message_id, copy),
        in_reply_to=_others(one.read.in_reply_to, copy),
        references=_others(one.read.references, copy),
    )
    return replace(one, read=read, at=one.at - timedelta(seconds=7 * copy))


def _other(name: str | None, copy: int) -> str | None:
    return None if name is None else f"{copy}.{name}"


def _others(names: Sequence[str], copy: int) -> tuple[str, ...]:
    return tuple(f"{copy}.{name}" for name in names)
