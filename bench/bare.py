"""A client that does nothing but download: the pages the server read, and no more.

It repeats the first delta request of every folder exactly as the server made
it, follows the links with the server's page sizes, the folders side by side, four
requests at a time as Microsoft allows, and looks at nothing but the next link. What it reaches is the ceiling
that the simulator and the network stack set.
"""

import asyncio
import json
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

import aiohttp
import msgspec
from tests.flow.sim import Simulator
from yarl import URL

AT_ONCE = 4


class _Links(msgspec.Struct, rename={"next_link": "@odata.nextLink", "value": "value"}):
    value: list[msgspec.Raw]
    next_link: str | None = None


@dataclass(frozen=True)
class Downloaded:
    """What came, and how long it took."""

    messages: int
    octets: int
    pages: int
    seconds: float

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds


def download(simulator: Simulator, address: str, calls: list[dict[str, Any]]) -> Downloaded:
    """Download what these calls (oldest first, as the simulator tells them) downloaded."""
    good = [call for call in calls if call["status"] == 200]
    rounds = {call["path"]: call for call in reversed(good) if not _goes_on(call)}
    later = next((call["prefer"] for call in good if _goes_on(call)), None)
    token = token_of(simulator, address)
    return asyncio.run(_download(simulator, token, list(rounds.values()), later))


def _goes_on(call: dict[str, Any]) -> bool:
    """Whether this call follows a link of an earlier page."""
    return "token=" in call["query"]


async def _download(
    simulator: Simulator, token: str, rounds: list[dict[str, Any]], later: str | None
) -> Downloaded:
    context = ssl.create_default_context(cafile=simulator.ca_file)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(ssl=context)) as http:
        slots = asyncio.Semaphore(AT_ONCE)
        began = time.perf_counter()
        parts = await asyncio.gather(
            *(_round(http, slots, simulator.login_base, call, later) for call in rounds)
        )
        seconds = time.perf_counter() - began
    messages, octets, pages = (sum(part[n] for part in parts) for n in range(3))
    return Downloaded(messages, octets, pages, seconds)


async def _round(
    http: aiohttp.ClientSession, slots: asyncio.Semaphore, base: str, call: dict[str, Any], later: str | None
) -> tuple[int, int, int]:
    """One folder's pages, each as large as the server asked for."""
    target: str | None = f"{base}{call['path']}?{call['query']}"
    prefer = str(call["prefer"])
    messages = octets = pages = 0
    while target is not None:
        async with slots, http.get(URL(target, encoded=True), headers={"Prefer": prefer}) as answer:
            body = await answer.read()
            assert answer.status == 200, (answer.status, body[:300])
        links = msgspec.json.decode(body, type=_Links)
        messages, octets, pages = messages + len(links.value), octets + len(body), pages + 1
        target, prefer = links.next_link, later or prefer
    return messages, octets, pages


def token_of(simulator: Simulator, address: str) -> str:
    """An access token for a person, by the control API."""
    body = {"user": address, "client_id": simulator.facts["client_id"]}
    path = f"{simulator.pages_url}/control/identity/tokens"
    request = Request(path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST")
    with urlopen(request, timeout=30) as answer:
        return str(json.load(answer)["access_token"])
