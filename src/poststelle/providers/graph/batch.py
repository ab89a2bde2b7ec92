"""Up to twenty requests in one.

Source: Graph v1.0, "Combine multiple HTTP requests using JSON batching" (read 2026-09).
"""

import asyncio
import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from poststelle.providers.errors import RetryLater
from poststelle.providers.graph.client import IMMUTABLE_IDS, GraphClient
from poststelle.providers.graph.errors import GraphAnswer, raise_for_graph
from poststelle.providers.graph.throttle import parse_retry_after

PARTS_AT_MOST = 20
_BUSY = frozenset({429, 503})
_ASKED_AGAIN = 2
_RUN_AT_ONCE = 4  # Outlook works on four parts of a batch at a time: they count like four requests


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch; ``path`` is relative to the API version and starts with a slash."""

    method: str
    path: str
    body: Any = None
    prefer: tuple[str, ...] = ()


async def send_batch(client: GraphClient, parts: Sequence[Part]) -> list[GraphAnswer | RetryLater]:
    """The answers, in the parts' order, whatever their number.

    A part the service left out is asked for again where it only reads, and else a RetryLater. A part may be
    throttled on its own (429 with its own Retry-After). Raises ProviderError when a whole batch fails.
    """
    batches = [parts[i : i + PARTS_AT_MOST] for i in range(0, len(parts), PARTS_AT_MOST)]
    answers = await asyncio.gather(*(_answered(client, batch) for batch in batches))
    return [answer for batch in answers for answer in batch]


async def _answered(client: GraphClient, parts: Sequence[Part]) -> list[GraphAnswer | RetryLater]:
    """Of many reads some may be left out each time: one alone must not make the others vain."""
    answers = await _send_one(client, parts)
    for _ in range(_ASKED_AGAIN):
        left_out = [
            number
            for number, answer in enumerate(answers)
            if isinstance(answer, RetryLater) and parts[number].method == "GET"
        ]
        if not left_out:
            break
        try:
            again = await _send_one(client, [parts[number] for number in left_out])
        except RetryLater:
            break  # those that came count all the same
        for number, answer in zip(left_out, again, strict=True):
            answers[number] = answer
    return answers


async def _send_one(client: GraphClient, parts: Sequence[Part]) -> list[GraphAnswer | RetryLater]:
    requests = [_request(str(number), part) for number, part in enumerate(parts)]
    slots = min(_RUN_AT_ONCE, len(parts))
    answer = await client.send("POST", "/$batch", body={"requests": requests}, slots=slots)
    raise_for_graph(answer)
    try:
        date = answer.headers.get("date", "")
        found = {str(r["id"]).lower(): _answer(r, date) for r in json.loads(answer.body)["responses"]}
    except (ValueError, KeyError, TypeError) as error:
        raise RetryLater("unreadable_batch") from error
    waits = [
        parse_retry_after(p.headers.get("retry-after"), p.headers.get("date"))
        for p in found.values()
        if p.status in _BUSY
    ]
    # Each part says its own wait; the longest holds for all that comes next.
    client.hold_back(max((wait for wait in waits if wait), default=0.0))
    return [found.get(str(number)) or RetryLater("missing_part") for number in range(len(parts))]


def _request(number: str, part: Part) -> dict[str, Any]:
    headers = {"Prefer": ", ".join((IMMUTABLE_IDS, *part.prefer))}
    request: dict[str, Any] = {"id": number, "method": part.method, "url": part.path, "headers": headers}
    if part.body is not None:
        headers["Content-Type"] = "application/json"
        request["body"] = part.body
    return request


def _answer(response: dict[str, Any], date: str) -> GraphAnswer:
    """A part's answer. Its date is the batch's: parts bring none of their own."""
    headers = {"date": date} | {
        str(name).lower(): str(value) for name, value in (response.get("headers") or {}).items()
    }
    return GraphAnswer(int(response["status"]), headers, _octets(response.get("body")))


def _octets(body: Any) -> bytes:
    """A part's body as a request of its own would have had it; anything but JSON travels as base64 text."""
    if body is None:
        return b""
    if isinstance(body, str):
        try:
            return base64.b64decode(body, validate=True)
        except ValueError:
            return body.encode()
    return json.dumps(body, ensure_ascii=False).encode()
