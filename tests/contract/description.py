"""The official description of Graph mail, as something that answers can be checked against.

The file lies beside the repository (``../shared/graph/openapi-mail.yaml``) and is read in place. It is an
OpenAPI 3.0 document, so its schemas are turned into JSON Schema 2020-12 first, for a validator that is fast
enough to see every answer. They become stricter on the way: a property that a type does not have is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema_rs
import yaml
from tests.contract.deviations import TOLERATED

FILE = Path(__file__).resolve().parents[3] / "shared" / "graph" / "openapi-mail.yaml"
MISSING = f"the official description is not at {FILE}"
METHODS = ("get", "post", "patch", "put", "delete")
_REF = "#/components/schemas/"
_KEYED = re.compile(r"^([A-Za-z]+)\('(.+)'\)$")
_DROPPED = ("discriminator", "description", "title", "example", "externalDocs", "readOnly", "nullable")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method at one path, as the description writes it. ``schema`` is that of its JSON answer, if any."""

    method: str
    path: str
    id: str
    kinds: tuple[str, ...]
    schema: Mapping[str, Any] | None

    @property
    def segments(self) -> tuple[str, ...]:
        """The path's segments; functions without their brackets."""
        return tuple(s.removesuffix("()") for s in self.path.strip("/").split("/"))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, as far as they are checked. Names of headers are in lower case."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: Any


def read_description() -> Description | None:
    """The description, read once; None when the file is not there."""
    return _read() if FILE.exists() else None


@cache
def _read() -> Description:
    return Description(yaml.load(FILE.read_text(), yaml.CSafeLoader))


class Description:
    """Every operation of the description, and a validator for the answers of each."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.schemas: dict[str, Any] = document["components"]["schemas"]
        self._registry = jsonschema_rs.Registry([("urn:graph", {"$defs": _definitions(self.schemas)})])
        self._validators: dict[str, jsonschema_rs.Draft202012Validator] = {}
        self.operations = tuple(self._operations())
        self._by_length: dict[tuple[str, int], list[Operation]] = {}
        for operation in sorted(self.operations, key=lambda o: [s.startswith("{") for s in o.segments]):
            key = operation.method, len(operation.segments)
            self._by_length.setdefault(key, []).append(operation)

    def _operations(self) -> Iterator[Operation]:
        for path, methods in self._document["paths"].items():
            for method in METHODS:
                if method in methods:
                    found = methods[method]
                    kinds, schema = self._success(found)
                    yield Operation(method.upper(), path, found["operationId"], kinds, schema)

    def _success(self, operation: dict[str, Any]) -> tuple[tuple[str, ...], Mapping[str, Any] | None]:
        response = operation["responses"]["2XX"]
        if "$ref" in response:
            response = self._document["components"]["responses"][response["$ref"].rpartition("/")[2]]
        content = response.get("content", {})
        return tuple(content), content.get("application/json", {}).get("schema")

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation of a path below ``/v1.0``; folders however deep count as the second level."""
        wanted = _segments(path)
        for operation in self._by_length.get((method.upper(), len(wanted)), ()):
            if all(
                (p.startswith("{") and not s.startswith("$")) or p.lower() == s.lower()
                for p, s in zip(operation.segments, wanted, strict=True)
            ):
                return operation
        return None

    def complaints(self, exchange: Exchange) -> list[str]:
        """What is wrong about an answer; nothing for a call that the description does not know."""
        if exchange.status >= 400:
            return self._of_error(exchange)
        operation = self.operation(exchange.method, exchange.path)
        if operation is None:
            return []
        if exchange.status in (202, 204) or not operation.kinds:
            return [] if exchange.body is None else [f"{exchange.status} with a body: {exchange.body!r:.80}"]
        if exchange.status == 302:  # the newer answer of $value and the like
            return []
        return self._of_success(operation, exchange)

    def _of_error(self, exchange: Exchange) -> list[str]:
        if not _is_json(exchange.headers):
            return [f"an error that is no JSON but {exchange.headers.get('content-type')}"]
        return self._invalid({"$ref": f"{_REF}microsoft.graph.ODataErrors.ODataError"}, exchange.body)

    def _of_success(self, operation: Operation, exchange: Exchange) -> list[str]:
        if operation.schema is None:
            kind = exchange.headers.get("content-type", "")
            return (
                []
                if kind.startswith(operation.kinds) or _is_tolerated(operation, kind)
                else [f"it is {kind}"]
            )
        if not _is_json(exchange.headers):
            return [f"no JSON but {exchange.headers.get('content-type')}"]
        return self._invalid(operation.schema, exchange.body)

    def _invalid(self, schema: Mapping[str, Any], body: Any) -> list[str]:
        validator = self._validator(schema)
        if validator.is_valid(body):
            return []
        # What is wrong deep inside makes all around it wrong as well.
        errors = sorted(validator.iter_errors(body), key=lambda e: len(e.instance_path), reverse=True)
        return [
            f"at {'/'.join(map(str, e.instance_path)) or 'the top'}: {e.message:.300}" for e in errors[:3]
        ]

    def _validator(self, schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
        key = str(schema)
        if key not in self._validators:
            whole = _closed(schema) if "$ref" not in schema else _shape(schema, is_value=False)
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                whole, registry=self._registry, validate_formats=True
            )
        return self._validators[key]

    def properties(self, name: str) -> set[str]:
        """The plain properties of a type and those it is made of; no navigation, no annotations."""
        found: set[str] = set()
        for part in self.schemas[name].get("allOf", [self.schemas[name]]):
            if "$ref" in part:
                found |= self.properties(part["$ref"].removeprefix(_REF))
            for prop, schema in part.get("properties", {}).items():
                if "x-ms-navigationProperty" not in schema and "@" not in prop:
                    found.add(prop)
        return found


def _segments(path: str) -> tuple[str, ...]:
    segments: list[str] = []
    for raw in path.strip("/").split("/"):
        keyed = _KEYED.match(unquote(raw))
        if keyed is not None:
            segments += keyed.groups()
        else:
            segments.append(unquote(raw).removeprefix("microsoft.graph.").removesuffix("()"))
    return _folded(segments)


def _folded(segments: list[str]) -> tuple[str, ...]:
    """A folder's child's child is described no further than a folder's child."""
    names = [s.lower() for s in segments]
    while names.count("childfolders") > 1 and names.index("childfolders") + 2 < len(names):
        at = names.index("childfolders")
        if names[at + 2] != "childfolders":
            break
        del names[at : at + 2], segments[at : at + 2]
    return tuple(segments)


def _is_json(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").startswith("application/json")


def _is_tolerated(operation: Operation, kind: str) -> bool:
    return any(
        t.content_type is not None and kind.startswith(t.content_type) and operation.path.endswith(t.where)
        for t in TOLERATED
    )


# -- OpenAPI 3.0 to JSON Schema 2020-12 ---------------------------------------------------------------


def _definitions(schemas: dict[str, Any]) -> dict[str, Any]:
    """Each schema twice: ``open`` to build upon, ``closed`` as a whole that has no further properties."""
    made: dict[str, Any] = {}
    for name, schema in schemas.items():
        made[f"open {name}"] = _shape(schema, is_value=False)
        made[f"closed {name}"] = _whole(name, schemas)
    return made


def _whole(name: str, schemas: dict[str, Any]) -> dict[str, Any]:
    """The type itself, or the derived one that ``@odata.type`` names."""
    subtypes = _subtypes(schemas[name])
    own = _closed({"$ref": _REF + name}) if _is_object(schemas[name]) else {"$ref": _open(name)}
    whole: dict[str, Any] = own
    for tag, target in subtypes.items():
        if target != name:
            is_tagged = {"properties": {"@odata.type": {"const": tag}}, "required": ["@odata.type"]}
            whole = {"if": is_tagged, "then": {"$ref": _closed_ref(target)}, "else": whole}
    return whole


def _subtypes(schema: dict[str, Any]) -> dict[str, str]:
    parts = [schema, *schema.get("allOf", [])]
    found = next((p["discriminator"] for p in parts if "discriminator" in p), {})
    return {tag: ref.removeprefix(_REF) for tag, ref in found.get("mapping", {}).items()}


def _is_object(schema: dict[str, Any]) -> bool:
    return "allOf" in schema or (schema.get("type") == "object" and not schema.get("additionalProperties"))


def _closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    inner = {"$ref": _open(schema["$ref"].removeprefix(_REF))} if "$ref" in schema else _shape(schema)
    annotations = {"@": True}  # @odata.context, @removed, singleValueExtendedProperties@odata.context ...
    return {"allOf": [inner], "patternProperties": annotations, "unevaluatedProperties": False}


def _open(name: str) -> str:
    return f"urn:graph#/$defs/open%20{name}"


def _closed_ref(name: str) -> str:
    return f"urn:graph#/$defs/closed%20{name}"


def _shape(schema: Mapping[str, Any], *, is_value: bool = True) -> dict[str, Any]:
    """One schema in the newer dialect. ``is_value``: it stands for a property, which may be null."""
    if "$ref" in schema:
        whole = {"$ref": _closed_ref(schema["$ref"].removeprefix(_REF))}
        # A bare $ref cannot say nullable in OpenAPI 3.0, yet the service answers null (tolerated, see there).
        return {"anyOf": [whole, {"type": "null"}]} if is_value else whole
    made = {k: v for k, v in schema.items() if k not in _DROPPED and not k.startswith("x-")}
    if made.get("format") == "time":
        del made["format"]  # OData's TimeOfDay has no zone; the pattern beside it checks it
    if "properties" in made:
        made["properties"] = {n: _shape(p) for n, p in made["properties"].items()}
    if "items" in made:
        made["items"] = _shape(made["items"], is_value=False)
    if "allOf" in made:
        made["allOf"] = [
            {"$ref": _open(p["$ref"].removeprefix(_REF))} if "$ref" in p else _shape(p) for p in made["allOf"]
        ]
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made
