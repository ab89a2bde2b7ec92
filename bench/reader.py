"""A person who reads the mailbox while it is being synchronised, and how long the answers take."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.flow.jmap.client import Client

from bench.sample import percentile

EVERY_S = 0.25
SHOWN = 50
_PROPERTIES = ["threadId", "subject", "from", "receivedAt", "preview", "keywords", "hasAttachment"]


@dataclass
class Answers:
    """Seconds each answer took."""

    seconds: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        ranked = sorted(self.seconds)
        return (
            f"{len(ranked)}, p95 {1000 * percentile(ranked, 0.95):.0f} ms, longest {1000 * ranked[-1]:.0f} ms"
        )


@contextmanager
def reading(client: Client, account: str) -> Iterator[Answers]:
    """During the block the folders and the inbox's newest messages are asked for, four times a second."""
    inbox = client.folder(account, "inbox")["id"]
    listed = {"resultOf": "1", "name": "Email/query", "path": "/ids"}
    calls = (
        ("Mailbox/get", {"accountId": account}, "0"),
        ("Email/query", {"accountId": account, "filter": {"inMailbox": inbox}, "limit": SHOWN}, "1"),
        ("Email/get", {"accountId": account, "#ids": listed, "properties": _PROPERTIES}, "2"),
    )
    answers, is_over = Answers(), threading.Event()

    def read() -> None:
        while not is_over.is_set():
            began = time.perf_counter()
            found = client.request(*calls)["methodResponses"]
            answers.seconds.append(time.perf_counter() - began)
            assert [name for name, _, _ in found] == [name for name, _, _ in calls], found
            is_over.wait(EVERY_S)

    reader = threading.Thread(target=read, name="reader")
    reader.start()
    try:
        yield answers
    finally:
        is_over.set()
        reader.join()
