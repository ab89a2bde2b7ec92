"""Bodies packed with gzip, as Microsoft's SDK for Go sends them: unpacked under the one limit, or refused."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest
from tests.sim.graph.harness import GraphCaller, application, office, served

from m365sim.graph.app import MAX_BODY

GZIP = {"Content-Encoding": "gzip"}
DRAFT = {"subject": "Grüße", "body": {"contentType": "text", "content": "ä" * 70_000}}


@pytest.fixture(scope="module")
def graph() -> Iterator[GraphCaller]:
    with served(application(office())) as base:
        yield GraphCaller(base)


def packed(data: Any) -> bytes:
    return gzip.compress(json.dumps(data).encode())


@pytest.mark.parametrize("name", ["gzip", " X-GZip"])
def test_gzip_is_unpacked(graph: GraphCaller, name: str) -> None:
    made = graph.call("POST", "/me/messages", packed(DRAFT), **{"Content-Encoding": name})

    assert made.status == 201
    shown = graph.get(f"/me/messages/{made.json['id']}", prefer='outlook.body-content-type="text"')
    assert (shown["subject"], len(shown["body"]["content"])) == ("Grüße", 70_000)


def test_mime_and_batches_come_packed_as_well(graph: GraphCaller) -> None:
    mime = b64encode(b"Subject: Aus MIME\r\n\r\nGuten Tag")
    made = graph.call("POST", "/me/messages", gzip.compress(mime), **GZIP, Content_Type="text/plain")
    part = {"id": "1", "method": "GET", "url": f"/me/messages/{made.json['id']}?$select=subject"}
    [read] = graph.call("POST", "/$batch", packed({"requests": [part]}), **GZIP).json["responses"]

    assert (made.status, read["body"]["subject"]) == (201, "Aus MIME")


def test_nothing_packed_is_nothing(graph: GraphCaller) -> None:
    """A GET under the header has no body to unpack."""
    assert graph.call("GET", "/me/messages", **GZIP).status == 200


WHOLE = packed(DRAFT)


@pytest.mark.parametrize(
    "octets",
    [
        json.dumps(DRAFT).encode(),  # not packed at all
        WHOLE[:-5],
        WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]),
        WHOLE + b"more",
        WHOLE + gzip.compress(b" "),
        zlib.compress(b"{}"),
    ],
)
def test_what_is_no_gzip_is_400(graph: GraphCaller, octets: bytes) -> None:
    refused = graph.call("POST", "/me/messages", octets, **GZIP)
    assert refused.status == 400
    assert "Content-Encoding" in refused.json["error"]["message"]


def blown_up(octets: int) -> bytes:
    """JSON of exactly so many octets, a thousandth of them packed."""
    return gzip.compress(b'{"displayName":"x"' + b" " * (octets - 19) + b"}", 1)


def test_the_limit_counts_what_is_unpacked(graph: GraphCaller) -> None:
    """4 MB and no octet more, however few came; nor more empty blocks than an honest body has octets."""
    taken = graph.call("POST", "/me/mailFolders", blown_up(MAX_BODY), **GZIP)
    empty = gzip.compress(b"")[:10] + b"\0\0\0\xff\xff" * (MAX_BODY // 4)
    bombs = (blown_up(MAX_BODY + 1), blown_up(16 * MAX_BODY), empty)
    refused = [graph.call("POST", "/me/mailFolders", bomb, **GZIP) for bomb in bombs]

    assert taken.status == 201
    assert [(one.status, one.code) for one in refused] == [(413, "RequestEntityTooLarge")] * 3


@pytest.mark.parametrize("name", ["br", "deflate", "gzip, gzip", "zstd"])
def test_other_codings_are_415_by_name(graph: GraphCaller, name: str) -> None:
    """The status after which the SDKs send the same without it."""
    refused = graph.call("POST", "/me/messages", packed(DRAFT), **{"Content-Encoding": name})
    assert (refused.status, refused.code) == (415, "UnsupportedMediaType")
    assert f"'{name}'" in refused.json["error"]["message"]


def test_parts_of_batches_are_not_unpacked(graph: GraphCaller) -> None:
    headers = {"Content-Type": "application/json", **GZIP}
    body = b64encode(packed(DRAFT)).decode()
    part = {"id": "1", "method": "POST", "url": "/me/messages", "headers": headers, "body": body}
    [refused] = graph.call("POST", "/$batch", {"requests": [part]}).json["responses"]

    assert refused["status"] == 415
    assert "'gzip'" in refused["body"]["error"]["message"]
