"""Every answer of the simulated Graph that a test gets is checked against the official description.

`Watch` is an ASGI application around Graph. It stands inside the faults that tests set, so what is wrong on
purpose never reaches it. `check_answer` is for clients of a simulator that runs as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from tests.contract.description import Description, Exchange, read_description

VERSION = "/v1.0"
ALWAYS = ("request-id", "cache-control", "odata-version")
"""Headers that every answer of Graph has."""


@dataclass
class Watch:
    """Keeps what was found wrong, as sentences."""

    app: ASGIApp
    description: Description
    complaints: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked, answered, start = bytearray(), bytearray(), {}

        async def hearing() -> Message:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            answered.extend(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body"):
                headers = {n.decode(): v.decode("latin-1") for n, v in start["headers"]}
                path = (scope.get("raw_path") or scope["path"].encode()).decode().split("?")[0]
                self.see(scope["method"], path, start["status"], headers, bytes(asked), bytes(answered))
            await send(message)

        await self.app(scope, hearing, telling)

    def see(
        self,
        method: str,
        path: str,
        status: int,
        headers: Mapping[str, str],
        asked: bytes,
        answered: bytes,
    ) -> None:
        """Check one exchange; names of headers are in lower case."""
        self.complaints += complaints_of(self.description, method, path, status, headers, asked, answered)


def check_answer(
    method: str, path: str, status: int, headers: Mapping[str, str], asked: bytes | None, answered: bytes
) -> None:
    """Fail for an answer that the description does not have; names of headers are in lower case.

    Nothing is said of answers that are not Graph's, nor where the description is missing.
    """
    description = read_description()
    if description is not None:
        where = path.split("?", maxsplit=1)[0]
        found = complaints_of(description, method, where, status, headers, asked or b"", answered)
        assert not found, "\n".join(found[:10])


def complaints_of(
    description: Description,
    method: str,
    path: str,
    status: int,
    headers: Mapping[str, str],
    asked: bytes,
    answered: bytes,
) -> list[str]:
    """What is wrong with one exchange, parts of a batch included, as sentences."""
    if not path.startswith(VERSION + "/"):
        return []
    exchange = Exchange(method, path.removeprefix(VERSION), status, headers, _read(headers, answered))
    found = _lines(exchange, [f"no {name}" for name in ALWAYS if name not in headers])
    for one in (exchange, *_parts(exchange, asked)):
        found += _lines(one, description.complaints(one))
    return found


def _lines(exchange: Exchange, complaints: list[str]) -> list[str]:
    line = f"{exchange.method} {exchange.path:.120} {exchange.status}"
    return [f"{line}: {complaint}" for complaint in complaints]


def _read(headers: Mapping[str, str], answered: bytes) -> Any:
    """The JSON, or the text; None when there is no body."""
    if not answered:
        return None
    if headers.get("content-type", "").startswith("application/json"):
        try:
            return json.loads(answered)
        except ValueError:
            return "no JSON"
    return answered.decode("utf-8", "replace")


def _parts(exchange: Exchange, asked: bytes) -> Iterator[Exchange]:
    """The calls inside a batch that was answered."""
    if exchange.path != "/$batch" or exchange.status != 200:
        return
    calls = {str(r["id"]).lower(): r for r in json.loads(asked)["requests"]}
    for response in exchange.body["responses"]:
        if response["status"]:
            call = calls[response["id"].lower()]
            path = "/" + call["url"].split("?")[0].lstrip("/").removeprefix("v1.0/")
            headers = {name.lower(): value for name, value in response["headers"].items()}
            body = response.get("body")
            yield Exchange(call["method"].upper(), path, response["status"], headers, body)
