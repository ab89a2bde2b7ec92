"""Reading an automatic reply holds up nobody else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from poststelle.settings import automatic_reply

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Counting(ThreadPoolExecutor):
    """Threads that count what they are given."""

    given = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.given += 1
        return super().submit(fn, *args, **kwargs)


async def test_its_text_is_read_in_a_thread() -> None:
    """Converting megabytes of HTML takes a tenth of a second, in which the event loop would stand still."""
    threads = Counting(max_workers=1)
    asyncio.get_running_loop().set_default_executor(threads)

    assert await automatic_reply.text_of("<p>Bis <b>Montag</b> im Urlaub</p>") == "Bis Montag im Urlaub"
    assert threads.given == 1
