"""Messages that wait for the transaction which stores them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from poststelle.blobs.directory import DirectoryBlobs
from poststelle.http.jmap import email_import
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.errors import MethodError
from poststelle.model.draft import Octets

pytestmark = pytest.mark.anyio


async def test_the_same_large_text_a_thousand_times_is_not_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call is refused as soon as its texts are too much; nothing has been stored by then."""
    blobs = DirectoryBlobs(tmp_path)
    stored = await blobs.put(_once(b"Subject: x\r\n\r\n" + bytes(range(33, 127)) * 20))
    call = Call(cast(Any, SimpleNamespace(blobs=blobs)), cast(Any, None), uses_vendor=False)
    monkeypatch.setattr(email_import, "MAX_SIZE_WAITING", 10_000)
    taken = 0

    with pytest.raises(MethodError) as caught:
        for _ in range(1_000):
            await email_import.arrival(call, Octets(stored.sha256, stored.size), "b", (), frozenset(), None)
            taken += 1

    assert caught.value.type == "requestTooLarge"
    assert 1 < taken < 20


async def _once(octets: bytes) -> AsyncIterator[bytes]:
    yield octets
