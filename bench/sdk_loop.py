"""A plain loop of Microsoft's own msgraph-sdk over the same pages, which stores nothing.

Folder after folder, page after page, with the fields and page sizes that the server asked for: what somebody
writes first. Its rate hardly depends on how much there is to read, so it stops after ``AT_MOST`` messages.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from msgraph import GraphServiceClient
from tests.contract.sdk import client_at, query
from tests.contract.tenant import Place
from tests.flow.sim import Simulator

from bench.bare import Downloaded, Rounds, folder_of, token_of

AT_MOST = 500


def read(simulator: Simulator, address: str, rounds: Rounds) -> Downloaded:
    """Read the rounds' folders one after the other; octets are not counted."""
    token = token_of(simulator, address)
    facts = simulator.facts
    place = Place(
        login_url=str(facts["base_url"]),
        graph_url=str(facts["graph_url"]),
        tenant="organizations",
        client_id=str(facts["client_id"]),
        client_secret=str(facts["client_secret"]),
        person=address,
        colleague=address,
        token=lambda: token,
        ca_file=simulator.ca_file,
    )
    return asyncio.run(_read(place, rounds))


async def _read(place: Place, rounds: Rounds) -> Downloaded:
    messages = pages = 0
    async with client_at(place) as client:
        began, used = time.perf_counter(), time.process_time()
        for call in rounds.first:
            async for page in _round(client, call, rounds.sizes(call["path"])):
                messages, pages = messages + len(page.value), pages + 1
                if messages >= AT_MOST:
                    break
            if messages >= AT_MOST:
                break
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - used
        return Downloaded(messages, 0, pages, seconds, cpu_s)


async def _round(client: GraphServiceClient, call: dict[str, Any], sizes: Iterator[str]) -> Any:
    """The pages of one folder."""
    folder = folder_of(call["path"])
    asked = {name: values[0] for name, values in parse_qs(call["query"]).items()}
    delta = client.me.mail_folders.by_mail_folder_id(folder).messages.delta
    fields: dict[str, Any] = {
        "select": asked["$select"].split(","),
        "expand": [asked["$expand"]],
        "orderby": asked["$orderby"].split(","),
    }
    page = await delta.get(query(delta, prefer=next(sizes), **fields))
    while page is not None:
        yield page
        if page.odata_next_link is None:
            return
        further = delta.with_url(page.odata_next_link)
        page = await further.get(query(further, prefer=next(sizes)))
