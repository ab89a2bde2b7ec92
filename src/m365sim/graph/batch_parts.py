"""The parts of a ``$batch``: read, checked as a whole, and turned into requests.

Source: Graph v1.0, "Combine multiple HTTP requests using JSON batching".
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from m365sim.bodies import decode_once
from m365sim.graph.errors import bad_request, not_simulated
from m365sim.graph.http import GraphRequest, split_path, split_query

MAX_PARTS = 20
_VERSION = "/v1.0/"


class Part(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """One call inside a batch; ``url`` is relative, with or without a slash or the version before it.

    Microsoft's SDK for Python writes ``depends_on`` beside it, under a name that is not the protocol's.
    """

    id: str
    method: str
    url: str
    headers: dict[str, str] = {}
    body: Any = None
    depends_on: list[str] = []
    sdk_depends_on: list[str] = msgspec.field(default=[], name="depends_on")
    atomicity_group: Any = msgspec.UNSET

    @property
    def key(self) -> str:
        """The id as it compares: letter case does not count."""
        return self.id.lower()

    def target(self) -> tuple[str, str]:
        """The path below the version, with its slash, and the query text."""
        path, _, query = self.url.partition("?")
        path = path if path.startswith("/") else "/" + path
        return (path[len(_VERSION) - 1 :] if path.startswith(_VERSION) else path), query

    def request(self, outer: GraphRequest) -> GraphRequest:
        """The part as a request of its own; of the outer one it shares the host alone."""
        path, query = self.target()
        headers = {name.lower(): value for name, value in self.headers.items()}
        segments, options = split_path(path), split_query(query)
        body = self._octets(headers.get("content-type", ""))
        return GraphRequest(self.method.upper(), path, segments, options, headers, body, outer.root)

    def _octets(self, content_type: str) -> bytes:
        """The body: JSON as it stands, text raw (MIME travels as its base64 text), all else decoded."""
        kind = content_type.split(";", maxsplit=1)[0].strip().lower()
        if self.body is None:
            return b""
        if kind == "application/json" or not isinstance(self.body, str):
            return msgspec.json.encode(self.body)
        if kind.startswith("text/"):
            return self.body.encode()
        try:
            return b64decode(self.body, validate=True)
        except (Base64Error, ValueError) as error:
            raise bad_request(f"The body of request '{self.id}' is not valid base64.") from error


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    requests: list[Part]


def read_parts(outer: GraphRequest) -> list[Part]:
    """The parts in their order; GraphError 400 unless all of them are well formed and fit together.

    The service takes whole addresses of its own as well as relative ones: msgraph-sdk for Python (1.65.0)
    sends such. Those below the service's root are made relative.

    A part is answered with the caller's rights of the whole call. One that brings the same Authorization is
    taken; what the service makes of another one is documented nowhere, so that is 501 by its name.
    """
    try:
        parts = [_relative(p, outer.root) for p in decode_once(outer.body, _Batch).requests]
    except msgspec.DecodeError as error:
        raise bad_request(f"Invalid batch payload format: {error}") from error
    if not 1 <= len(parts) <= MAX_PARTS:
        raise bad_request(f"A batch holds 1 to {MAX_PARTS} requests, not {len(parts)}.")
    by_key: dict[str, Part] = {}
    for part in parts:
        if part.key in by_key:
            raise bad_request(f"The request id '{part.id}' occurs more than once in the batch.")
        by_key[part.key] = part
        _check(part)
        _check_authorization(part, outer)
    _check_dependence(by_key)
    return parts


def _relative(part: Part, root: str) -> Part:
    if part.url.lower().startswith(root.lower() + "/"):
        return msgspec.structs.replace(part, url=part.url[len(root) :])
    return part


def _check(part: Part) -> None:
    if part.sdk_depends_on:  # what the service makes of the wrong name is not known
        raise not_simulated("depends_on in a batch; the protocol says dependsOn")
    if part.atomicity_group is not msgspec.UNSET:  # OData's own batches have it, Graph's do not
        raise not_simulated("atomicityGroup in a batch")
    if not part.id or not part.method or not part.url:
        raise bad_request("Every request of a batch needs an id, a method and a url.")
    if "://" in part.url.partition("?")[0]:
        raise bad_request(f"The url of request '{part.id}' must be relative.")
    if part.body is not None and "content-type" not in {name.lower() for name in part.headers}:
        raise bad_request(f"Request '{part.id}' has a body but no Content-Type header.")


def _check_authorization(part: Part, outer: GraphRequest) -> None:
    given = [value for name, value in part.headers.items() if name.lower() == "authorization"]
    if any(value != outer.headers.get("authorization") for value in given):
        raise not_simulated("an Authorization of its own for a request of a batch")


def _check_dependence(by_key: Mapping[str, Part]) -> None:
    """400 for a dependence on an unknown part, or on itself by whatever way round."""
    done: set[str] = set()
    for part in by_key.values():
        _follow(part, by_key, done, ())


def _follow(part: Part, by_key: Mapping[str, Part], done: set[str], path: Sequence[str]) -> None:
    if part.key in path:
        raise bad_request(f"Request '{part.id}' depends on itself.")
    if part.key in done:
        return
    for other in part.depends_on:
        if other.lower() not in by_key:
            raise bad_request(f"Request '{part.id}' depends on '{other}', which is not in the batch.")
        _follow(by_key[other.lower()], by_key, done, (*path, part.key))
    done.add(part.key)
