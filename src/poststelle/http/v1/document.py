"""The OpenAPI 3.1 description, made from the table of operations and the shapes that the routes use.

Source: OpenAPI Specification 3.1.0; JSON Schema 2020-12.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from poststelle.http.v1.operation import PREFIX, Operation

_REFS = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_IDS = {
    "user": "A user's id, such as `u2`.",
    "account": "A mailbox' id, such as `a1`.",
    "sign_in": "A sign-in's id, such as `s1`.",
    "team": "A group's id, such as `h1`.",
    "check": "A check's id, such as `c1`.",
    "webhook": "A webhook's id, such as `x1`.",
    "delivery": "A delivery's id, such as `d1`.",
}
_REFUSALS = {
    "401": "No valid token.",
    "403": "The token or its user may not.",
    "404": "There is no such thing.",
    "default": "Refused; `code` says why.",
}
_ABOUT = (
    "What the settings pages administer, for programs. Send `Authorization: Bearer` with a token made under "
    "*Settings > My profile*. What a person has to be present for (passwords, second factors, making "
    "administrators) and mail itself are not here. Within v1 fields and operations are added, never taken "
    "away or given another meaning: ignore what you do not know."
)


class Problem(msgspec.Struct):
    """``code`` is stable; ``message`` is English; ``params`` depends on the code."""

    code: str
    message: str
    params: dict[str, Any]


class Refusal(msgspec.Struct):
    error: Problem


def document(operations: Sequence[Operation], version: str, server: str) -> dict[str, Any]:
    """The whole description. ``version``: the program's; ``server``: its public address."""
    types = [Refusal, *(t for one in operations for t in (one.body, one.answer) if t is not None)]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFS)
    # Struct types are hashable; equal ones share their component.
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        item = paths.setdefault(PREFIX + one.path, _item(one.path))
        item[one.method.lower()] = _operation(one, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Poststelle administration API", "version": version, "description": _ABOUT},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(one.tag for one in operations)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _item(path: str) -> dict[str, Any]:
    names = _PARAMETER.findall(path)
    if not names:
        return {}
    return {
        "parameters": [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": _IDS[name],
                "schema": {"type": "string"},
            }
            for name in names
        ]
    }


def _operation(one: Operation, by_type: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    answer = {"type": "string"} if one.answer is None else by_type[one.answer]
    refusal = {"application/json": {"schema": by_type[Refusal]}}
    told: dict[str, Any] = {
        "operationId": one.name,
        "tags": [one.tag],
        "summary": one.summary,
        "description": f"Needs a token for administration ({'read' if one.is_reading else 'write'}).",
        "responses": {
            str(one.status): {
                "description": "Done.",
                "content": {media: {"schema": answer} for media in one.media},
            },
            **{code: {"description": text, "content": refusal} for code, text in _REFUSALS.items()},
        },
    }
    if one.query:
        told["parameters"] = [
            {"name": q.name, "in": "query", "description": q.description, "schema": dict(q.schema)}
            for q in one.query
        ]
    if one.body is not None:
        told["requestBody"] = {"content": {"application/json": {"schema": by_type[one.body]}}}
    return told
