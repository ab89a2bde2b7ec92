"""Reading an automatic reply holds up nobody else."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poststelle.mime.html_text import lines_of
from poststelle.model.errors import Invalid
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


_PIECES = [
    "Guten Tag,",
    "\n",
    "<br>",
    "<p>",
    "</p>",
    "<div>",
    "&nbsp;",
    "&lt;p&gt;",
    "&amp;amp;",
    " <",
    "\u2028",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=12))
def test_a_reply_set_as_it_is_told_is_told_as_it_was(pieces: list[str]) -> None:
    """In lines, whatever the provider's HTML says."""
    told = lines_of("".join(pieces))
    assert lines_of(automatic_reply.html_of(told)) == told


def test_a_letter_keeps_its_lines() -> None:
    text = "Guten Tag,\n\nich bin weg.\n\nGru\u00df\nAnna"
    assert lines_of(automatic_reply.html_of(text)) == text


def test_what_is_too_long_is_not_made_html() -> None:
    """It is counted before it is looked at."""
    with pytest.raises(Invalid) as caught:
        automatic_reply.html_of("&" * (automatic_reply.MOST_TEXT + 1))
    assert caught.value.params["field"] == "textBody"
