"""Where Microsoft tells the walking program of changes: the server's routes, on a port of their own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from poststelle.http import webhooks
from poststelle.http.services import Services
from poststelle.http.serving import web_settings
from poststelle.lib.clock import SystemClock
from poststelle.sync.heard import Heard, Hearing


class Receiver:
    """``hearing`` is that of the program that runs; while there is none, nobody answers for it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.hearing: Hearing | None = None
        self._under_way: set[asyncio.Future[int]] = set()

    async def hear(self, heard: Sequence[Heard]) -> int:
        if self.hearing is None:
            raise HTTPException(503)
        taking = asyncio.ensure_future(self.hearing.hear(heard))
        self._under_way.add(taking)
        taking.add_done_callback(self._under_way.discard)
        return await taking

    async def silence(self) -> None:
        """Nobody answers any more; what was being taken in has been."""
        self.hearing = None
        await asyncio.gather(*self._under_way, return_exceptions=True)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    listener = socket.create_server(("127.0.0.1", 0))
    receiver = Receiver(f"http://localhost:{listener.getsockname()[1]}")
    services = cast(Services, SimpleNamespace(clock=SystemClock(), hear=receiver.hear))
    server = uvicorn.Server(web_settings(Starlette(routes=webhooks.routes(services))))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield receiver
    finally:
        server.should_exit = True
        await task
        listener.close()
