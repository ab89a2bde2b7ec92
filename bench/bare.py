"""A client that does nothing but download: the pages the server read, and no more.

It repeats the first delta request of every folder exactly as the server made it and follows the links with
the page sizes that the server asked for, the folders side by side, four requests at a time as Microsoft
allows, and looks at nothing but the next link. What it reaches is the ceiling that the simulator and the
network stack set. Who takes the pages is an argument, so that the floor (``floor``) reads in the same way.
"""

import asyncio
import itertools
import json
import re
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote
from urllib.request import Request, urlopen

import aiohttp
import msgspec
import uvloop
from tests.flow.sim import Simulator
from yarl import URL

AT_ONCE = 4


class Taker(Protocol):
    """Who gets the pages."""

    async def take(self, path: str, body: bytes) -> tuple[int, str | None]:
        """A page of the folder with this path: how many messages it holds, and the next link."""
        ...

    async def finish(self) -> None:
        """There are no more pages; this still counts as time."""
        ...


class _Links(msgspec.Struct, rename={"next_link": "@odata.nextLink", "value": "value"}):
    value: list[msgspec.Raw]
    next_link: str | None = None


@dataclass(frozen=True)
class Downloaded:
    """What came, how long it took, and how much of this process's processor."""

    messages: int
    octets: int
    pages: int
    seconds: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


@dataclass(frozen=True)
class Rounds:
    """The first request of each folder's round as the server made it; the page sizes by folder."""

    first: list[dict[str, Any]]
    prefer: dict[str, list[str]]

    @classmethod
    def among(cls, calls: list[dict[str, Any]]) -> "Rounds":
        """Those that these calls (oldest first, as the simulator tells them) made."""
        good = [call for call in calls if call["status"] == 200]
        first = {folder_of(call["path"]): call for call in reversed(good) if "token=" not in call["query"]}
        prefer: dict[str, list[str]] = {folder: [] for folder in first}
        for call in good:
            prefer[folder_of(call["path"])].append(call["prefer"])
        return cls(list(first.values()), prefer)

    def sizes(self, path: str) -> Iterator[str]:
        """What to prefer on each page in turn, to the end of time."""
        known = self.prefer[folder_of(path)]
        return itertools.chain(known, itertools.repeat(known[-1]))


def folder_of(path: str) -> str:
    """The id of the folder that a request's path names, in either of OData's forms."""
    found = re.search(r"/mailFolders(?:/([^/]+)|\('([^']+)'\))", path)
    assert found, path
    return unquote(found[1] or found[2])


class Thrower:
    """Looks at nothing but the link, and throws the rest away."""

    async def take(self, path: str, body: bytes) -> tuple[int, str | None]:
        links = msgspec.json.decode(body, type=_Links)
        return len(links.value), links.next_link

    async def finish(self) -> None:
        pass


def download(simulator: Simulator, address: str, rounds: Rounds, taker: Taker) -> Downloaded:
    """Download what the server downloaded, on the event loop that the server uses."""
    token = token_of(simulator, address)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_download(simulator, token, rounds, taker))


async def _download(simulator: Simulator, token: str, rounds: Rounds, taker: Taker) -> Downloaded:
    context = ssl.create_default_context(cafile=simulator.ca_file)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(ssl=context)) as http:
        slots = asyncio.Semaphore(AT_ONCE)
        began, used = time.perf_counter(), time.process_time()
        parts = await asyncio.gather(
            *(
                _round(http, slots, simulator.login_base, call, rounds.sizes(call["path"]), taker)
                for call in rounds.first
            )
        )
        await taker.finish()
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - used
    messages, octets, pages = (sum(part[n] for part in parts) for n in range(3))
    return Downloaded(messages, octets, pages, seconds, cpu_s)


async def _round(
    http: aiohttp.ClientSession,
    slots: asyncio.Semaphore,
    base: str,
    call: dict[str, Any],
    sizes: Iterator[str],
    taker: Taker,
) -> tuple[int, int, int]:
    """One folder's pages, each as large as the server asked for."""
    target: str | None = f"{base}{call['path']}?{call['query']}"
    messages = octets = pages = 0
    while target is not None:
        async with slots, http.get(URL(target, encoded=True), headers={"Prefer": next(sizes)}) as answer:
            body = await answer.read()
            assert answer.status == 200, (answer.status, body[:300])
        held, target = await taker.take(call["path"], body)
        messages, octets, pages = messages + held, octets + len(body), pages + 1
    return messages, octets, pages


def token_of(simulator: Simulator, address: str) -> str:
    """An access token for a person, by the control API."""
    body = {"user": address, "client_id": simulator.facts["client_id"]}
    path = f"{simulator.pages_url}/control/identity/tokens"
    request = Request(path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST")
    with urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["access_token"])
