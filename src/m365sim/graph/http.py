"""One request to Graph and one answer, free of any server: a ``$batch`` part has the form of a call."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import msgspec

from m365sim.bodies import decode_once
from m365sim.graph.errors import GraphError, bad_request

JSON_TYPE = (
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"
)
_KEY_SEGMENT = re.compile(r"^([A-Za-z]+)\('(.+)'\)$")
_CALL_SEGMENT = re.compile(r"^(?:microsoft\.graph\.)?([A-Za-z]+)\(([A-Za-z]+=.+)\)$")
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """A call: ``segments`` are the decoded path below ``/v1.0``, header names are in lower case.

    ``root`` is the address of ``/v1.0`` as the caller knows it, for building links; ``target`` the path below
    it as it was sent, still encoded.
    """

    method: str
    target: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    root: str

    def check_type(self) -> None:
        """415 unless the body is said to be JSON in UTF-8, or nothing is said of it."""
        kind, *parameters = (p.strip().lower() for p in self.headers.get("content-type", "").split(";"))
        for name, _, value in (p.partition("=") for p in parameters):
            if name.strip() == "charset" and value.strip().strip('"') != "utf-8":
                message = f"The charset '{value.strip()}' is not supported: JSON is in utf-8."
                raise GraphError(415, "UnsupportedMediaType", message)
        if kind and kind != "application/json":
            message = f"A supported MIME type could not be found for the content type '{kind}'."
            raise GraphError(415, "UnsupportedMediaType", message)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; 400 in Graph's words otherwise."""
        self.check_type()
        try:
            data: Any = decode_once(self.body, object)
        except msgspec.DecodeError as error:
            raise bad_request(
                f"Unable to read JSON request payload: {error}", "UnableToDeserializePostBody"
            ) from error
        if not isinstance(data, dict):
            raise bad_request("The request payload must be a JSON object.", "UnableToDeserializePostBody")
        return data


def check_match(request: GraphRequest, tag: str | None = None) -> None:
    """412 for a change on condition of another state than ``tag``'s, or of something without a tag (None).

    What is read is read whatever ``If-Match`` says.
    """
    wanted = request.headers.get("if-match", "*").strip()
    if request.method == "GET" or wanted == "*":
        return
    if tag is None:
        raise GraphError(412, "PreconditionFailed", "This resource has no entity tag.")
    if tag not in (one.strip() for one in wanted.split(",")):
        text = "The change key passed in the request does not match the current change key of the item."
        raise GraphError(412, "ErrorIrresolvableConflict", text)


@dataclass(slots=True)
class Answer:
    """What goes back. ``body`` is complete; ``content_type`` None means that there is no body."""

    status: int
    body: bytes = b""
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def json_answer(data: Any, status: int = 200) -> Answer:
    """An answer with this JSON."""
    return Answer(status, _encoder.encode(data), JSON_TYPE)


def no_content() -> Answer:
    """204."""
    return Answer(204)


def split_path(path: str) -> tuple[str, ...]:
    """Decoded path segments: ``mailFolders('x')`` and ``call(name='x')`` count as two.

    ``microsoft.graph.delta()`` is ``delta``; the parameters of a call are a segment as they were written.
    """
    segments: list[str] = []
    for raw in path.split("/"):
        if not raw:
            continue
        segment = unquote(raw)
        if keyed := _KEY_SEGMENT.match(segment) or _CALL_SEGMENT.match(segment):
            segments += keyed.groups()
        else:
            segments.append(segment.removeprefix("microsoft.graph.").removesuffix("()"))
    return tuple(segments)


def split_query(text: str) -> dict[str, str]:
    """Query options by name; 400 when one is given twice. ``+`` is a blank, as Graph reads it."""
    query: dict[str, str] = {}
    for pair in text.split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        name = unquote(name.replace("+", " "))
        if name in query:
            raise bad_request(
                f"Query option '{name}' was specified more than once, but it must be specified at most once."
            )
        query[name] = unquote(value.replace("+", " "))
    return query


def error_body(error: GraphError, date: str, request_id: str, client_request_id: str) -> bytes:
    """Graph's error body. ``date`` has no zone, as Graph writes it there."""
    inner = {"date": date, "request-id": request_id, "client-request-id": client_request_id}
    return _encoder.encode({"error": {"code": error.code, "message": error.message, "innerError": inner}})
