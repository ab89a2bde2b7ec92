"""What processes tell one another: all of it, in pieces that PostgreSQL takes, and again after a cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from tests.pg import Cluster
from tests.pgbouncer import POOL

from poststelle.model.change import ChangeType, Published
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.push.listen import CHANNEL, LARGEST, Ear, Line, packed

pytestmark = pytest.mark.anyio
ONE, TWO = AccountId(1), AccountId(2)


@dataclass
class Heard:
    """What one process was told, in order; ``gaps`` apart."""

    told: list[Any] = field(default_factory=list)
    gaps: int = 0

    @property
    def ear(self) -> Ear:
        def note(what: str) -> Callable[..., None]:
            return lambda *about: self.told.append((what, *about))

        return Ear(
            changes=lambda changes: self.told.extend(changes),
            revoked=note("revoked"),
            revoked_login=note("login"),
            bell=note("bell"),
            look=note("look"),
            listened=note("listened"),
            asked=note("asked"),
            gap=self._gap,
        )

    def _gap(self) -> None:
        self.gaps += 1

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not is_so():  # noqa: ASYNC110 - what comes is a list
                await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(url: str, name: str) -> AsyncIterator[tuple[Line, Heard]]:
    """A line that is up, and what is heard on it."""
    line, heard = Line(url, name), Heard()
    line.hear_with(heard.ear)
    task = asyncio.create_task(line.run())
    try:
        await heard.until(lambda: heard.gaps > 0)
        yield line, heard
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await line.close()


async def test_all_is_told_to_the_others_and_nobody_hears_themselves(postgres_url: str) -> None:
    """Changes folded to the newest, and everything else once."""
    async with opened(postgres_url, "one") as (one, own), opened(postgres_url, "two") as (_, heard):
        await own.until(lambda: ("asked",) in own.told)
        own.told.clear()
        one.changed([Published(ONE, {ChangeType.EMAIL: 5, ChangeType.THREAD: 4})])
        one.changed([Published(ONE, {ChangeType.EMAIL: 7}), Published(TWO, {ChangeType.SYNC: 1})])
        one.revoke(UserId(3))
        one.revoke_login("abc")
        one.look(ONE, FolderId(9))
        one.listened([TWO, ONE])
        for _ in range(3):
            one.ring("sync")
        await heard.until(lambda: ("listened", [ONE, TWO]) in heard.told)
        await heard.until(lambda: Published(TWO, {ChangeType.SYNC: 1}) in heard.told)

    told = [item for item in heard.told if item != ("asked",)]
    assert Published(ONE, {ChangeType.EMAIL: 7, ChangeType.THREAD: 4}) in told
    assert sorted(map(str, told)) == sorted(
        map(
            str,
            [
                ("revoked", 3),
                ("login", "abc"),
                ("look", 1, 9),
                ("bell", "sync"),
                ("listened", [1, 2]),
                Published(ONE, {ChangeType.EMAIL: 7, ChangeType.THREAD: 4}),
                Published(TWO, {ChangeType.SYNC: 1}),
            ],
        )
    )
    assert own.told == []


async def test_what_was_said_during_a_cut_is_told_after_it(postgres: Cluster, postgres_url: str) -> None:
    """Both look at everything when they hear again, for what others said meanwhile is gone."""
    async with opened(postgres_url, "one") as (one, own), opened(postgres_url, "two") as (_, heard):
        gaps = own.gaps, heard.gaps
        postgres.cut_connections(postgres_url)
        one.revoke(UserId(3))
        await heard.until(lambda: own.gaps > gaps[0] and heard.gaps > gaps[1])
        one.revoke(UserId(4))
        await heard.until(lambda: ("revoked", 4) in heard.told)


_LEFT = (
    "select current_setting('synchronous_commit'), (select count(*) from pg_listening_channels()),"
    " pg_backend_pid()"
)


async def test_what_a_pooler_lends_is_given_back_as_it_was(postgres_url: str, pooled_url: str) -> None:
    """Nobody listens on it, and commits of whoever has it next wait for the disk. What is said goes out."""
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("do $$ begin execute format('alter database %I set synchronous_commit = on', "
                       "current_database()); end $$")  # fmt: skip
    async with opened(pooled_url, "lent") as (lent, _), opened(postgres_url, "direct") as (_, heard):
        for number in range(3 * POOL):
            lent.revoke(UserId(number))
            await heard.until(lambda number=number: ("revoked", number) in heard.told)  # type: ignore[misc]
        async with AsyncExitStack() as clients:
            left = set()
            for _ in range(POOL):
                client = await psycopg.AsyncConnection.connect(pooled_url, prepare_threshold=None)
                await clients.enter_async_context(client)
                left |= set(await (await client.execute(_LEFT)).fetchall())
    assert len({process for *_, process in left}) == POOL
    assert {tuple(said) for *said, _ in left} == {("on", 0)}


async def test_last_words_are_said_at_the_end(postgres_url: str) -> None:
    """A command that ends at once tells the servers, too."""
    async with opened(postgres_url, "one") as (_, heard):
        command = Line(postgres_url, "command")
        command.revoke(UserId(8))
        await command.close()
        await heard.until(lambda: ("revoked", 8) in heard.told)


async def test_what_another_version_says_harms_nothing(postgres_url: str) -> None:
    """Neither a kind that is not known here, nor what is no sentence at all."""
    async with opened(postgres_url, "one") as (_, heard):
        later = json.dumps(["new", [["sings", 1], ["changed", 1, {"Song": 3, "Email": 2}], ["bell", "push"]]])
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as other:
            for payload in ("no JSON", "[1]", later):
                await other.execute("select pg_notify(%s, %s)", (CHANNEL, payload))
        await heard.until(lambda: Published(ONE, {ChangeType.EMAIL: 2}) in heard.told)
    assert ("bell", "push") in heard.told


def test_notifications_are_as_large_as_postgresql_takes() -> None:
    """Ten thousand accounts at a time: in few pieces, each small enough, and none left out."""
    items = [("changed", n, {"Email": n, "Mailbox": n}) for n in range(10_000)]
    pieces = list(packed("somebody:with/a:name", items))
    assert max(len(piece.encode()) for piece in pieces) <= LARGEST
    assert len(pieces) <= 60
    told = [tuple(item) for piece in pieces for item in json.loads(piece)[1]]
    assert told == items


async def test_one_process_alone_tells_nobody() -> None:
    """On SQLite: nothing is kept, and nothing asked."""
    line = Line(None, "alone")
    line.revoke(UserId(1))
    line.changed([Published(ONE, {ChangeType.EMAIL: 1})])
    await line.close()
    assert not line.has_others
