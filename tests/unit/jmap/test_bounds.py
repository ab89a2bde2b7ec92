"""What one request may have held in memory, and read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from poststelle.blobs.directory import DirectoryBlobs
from poststelle.http.jmap import blob, email_import
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.limits import MAX_SIZE_TAKEN_APART
from poststelle.mail.blobs import OpenedPart
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


async def test_a_request_takes_large_messages_apart_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """All parts of a message cost it once; a thousand messages would take minutes."""

    async def opened(*_: object) -> OpenedPart:
        return OpenedPart("x/y", MAX_SIZE_TAKEN_APART // 2, _once(b"x"))

    async def read(
        _: object, _base: object, paths: list[Any], told: Callable[[bytes], Any]
    ) -> dict[Any, Any]:
        return {path: told(b"x") for path in paths}

    async def allowed(*_: object) -> None:
        return None

    monkeypatch.setattr(blob, "open_base", opened)
    monkeypatch.setattr(blob, "read_parts", read)
    store = SimpleNamespace(read=allowed)
    call = Call(cast(Any, None), cast(Any, SimpleNamespace(store=store, user_id=1)), uses_vendor=False)
    asked = {"accountId": "a1", "ids": ["bm1-p1", "bm1-p2", "bm1-p3", "bm2-p1"], "properties": ["size"]}

    assert len((await blob.blob_get(call, Args(dict(asked))))["list"]) == 4
    with pytest.raises(MethodError) as caught:
        await blob.blob_get(call, Args(dict(asked)))

    assert caught.value.type == "requestTooLarge"


async def _once(octets: bytes) -> AsyncIterator[bytes]:
    yield octets
