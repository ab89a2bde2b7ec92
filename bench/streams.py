"""Event streams of many users, and which of them heard of which message.

A stream tells an account's new state of ``Email``, a number that rises with each change. Which number a
message has is what the database says afterwards; so a message counts as heard with the first word of a number
at least as high, and not with one that was about another message.
"""

import http.client
import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.flow.jmap.client import Client

_PING_S = 10


@dataclass
class Stream:
    """What one user hears. ``accounts`` are those whose changes are the user's business."""

    client: Client
    accounts: frozenset[str]
    heard: dict[str, list[tuple[float, int]]] = field(default_factory=lambda: defaultdict(list))
    wrong: int = 0
    is_open: threading.Event = field(default_factory=threading.Event)
    _is_ending: bool = False

    def start(self) -> None:
        """Listen from now on; returns when the server says that it is heard."""
        threading.Thread(target=self._run, daemon=True).start()
        if not self.is_open.wait(60):
            raise AssertionError("an event stream was not opened in a minute")

    def stop(self) -> None:
        """What comes from now on is not looked at."""
        self._is_ending = True

    def first(self, account: str, modseq: int, since: float) -> float | None:
        """When it was first told of this state or a later one; None: never."""
        return next((at for at, told in self.heard[account] if told >= modseq and at >= since), None)

    def _run(self) -> None:
        path = f"/jmap/eventsource?types=Email&closeafter=no&ping={_PING_S}"
        with self.client.reading(path) as answer, suppress(OSError):
            for name, data in _events(answer):
                if self._is_ending:
                    return
                if name == "open":
                    self.is_open.set()
                elif name == "state":
                    self._note(data["changed"])

    def _note(self, changed: dict[str, dict[str, str]]) -> None:
        at = time.monotonic()
        for account, states in changed.items():
            self.wrong += account not in self.accounts
            if "Email" in states:
                self.heard[account].append((at, int(states["Email"].partition(".")[2])))


def _events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    """Names and data; ``open`` for the greeting."""
    lines: list[str] = []
    while line := answer.readline():
        if line != b"\n":
            lines.append(line.decode().rstrip("\n"))
            continue
        fields = dict(one.split(": ", 1) for one in lines if not one.startswith(":"))
        if any(one.startswith(": listening") for one in lines):
            yield "open", None
        elif "data" in fields:
            yield fields["event"], json.loads(fields["data"])
        lines = []


def wrong(streams: Iterable[Stream]) -> int:
    """How often a stream was told of a mailbox that is none of its user's business."""
    return sum(stream.wrong for stream in streams)
