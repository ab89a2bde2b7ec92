"""Extended (MAPI) properties from the JSON that programs send.

Source: Graph v1.0, "singleValueLegacyExtendedProperty", "Outlook extended properties overview" (id formats).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from m365sim.graph import values
from m365sim.graph.errors import GraphError, bad_request

Extended = dict[str, str | tuple[str, ...]]
_KINDS = {
    "singleValueExtendedProperties": "microsoft.graph.singleValueLegacyExtendedProperty",
    "multiValueExtendedProperties": "microsoft.graph.multiValueLegacyExtendedProperty",
}

_ID = re.compile(
    r"(?P<type>[A-Za-z]+)\s+(?:(?P<tag>0x[0-9A-Fa-f]{1,8})"
    r"|\{?(?P<guid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?"
    r"\s+(?:[Nn]ame\s+(?P<name>\S.*)|[Ii]d\s+(?P<number>0x[0-9A-Fa-f]{1,8}|\d{1,10})))"
)


def canonical_id(text: str) -> str:
    """An id as Graph answers with it: tags and numbers in lower case without leading zeros, GUIDs in braces.

    400 for a text that is no id. The letter case of a name counts.
    """
    match = _ID.fullmatch(text.strip())
    kind = _TYPES.get(match["type"].lower()) if match else None
    if match is None or kind is None:
        raise bad_request(
            f"The property id '{text}' is not of the form 'type namespaceGuid Name propertyName', "
            "'type namespaceGuid Id propertyId' or 'type propertyTag'.",
            "ErrorInvalidParameter",
        )
    if match["tag"]:
        return f"{kind} {int(match['tag'], 16):#x}"
    guid = f"{{{match['guid'].lower()}}}"
    if match["name"]:
        return f"{kind} {guid} Name {match['name']}"
    return f"{kind} {guid} Id {int(match['number'], 0):#x}"


def extended_of(data: Mapping[str, Any]) -> Extended:
    """The properties in ``singleValue-`` and ``multiValueExtendedProperties`` by their canonical ids.

    Both may be missing or null. A multi-value property's values are a tuple.
    """
    found: Extended = {}
    for name, is_multiple in (
        ("singleValueExtendedProperties", False),
        ("multiValueExtendedProperties", True),
    ):
        for one in _listed(name, data.get(name)):
            fields = values.object_of(name, one, _KINDS[name])
            if unknown := sorted(set(fields) - {"id", "value"}):
                raise values.no_such_property(unknown[0], _KINDS[name])
            key = canonical_id(values.text("id", fields.get("id")))
            found[key] = _value(key, fields.get("value"), is_multiple=is_multiple)
    return found


def _listed(name: str, value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise values.wrong(name, f"Collection(microsoft.graph.{name})")
    return value


def _value(key: str, value: Any, *, is_multiple: bool) -> str | tuple[str, ...]:
    kind = key.partition(" ")[0]
    if kind.endswith("Array") != is_multiple:
        raise bad_request(f"The property '{key}' is given in the wrong collection.", "ErrorInvalidParameter")
    if not is_multiple:
        return _checked(key, kind, value)
    if not isinstance(value, list):
        raise values.wrong("value", "Collection(Edm.String)")
    return tuple(_checked(key, kind.removesuffix("Array"), one) for one in value)


def _checked(key: str, kind: str, value: Any) -> str:
    if not isinstance(value, str):
        raise values.wrong("value", "Edm.String")
    try:
        return _UNDERSTAND[kind](value)
    except (ValueError, GraphError) as error:
        message = f"The value '{value}' of the property '{key}' is not of the type {kind}."
        raise bad_request(message, "ErrorInvalidParameter") from error


def _integer(bits: int) -> Callable[[str], str]:
    def understand(value: str) -> str:
        number = int(value, 10)
        if not -(1 << (bits - 1)) <= number < 1 << bits:
            raise ValueError(value)
        return str(number)

    return understand


def _boolean(value: str) -> str:
    if value.lower() not in ("true", "false"):
        raise ValueError(value)
    return value.lower()


def _number(value: str) -> str:
    float(value)
    return value


def _time(value: str) -> str:
    values.instant("value", value)
    return value


def _binary(value: str) -> str:
    values.octets("value", value)
    return value


_UNDERSTAND: dict[str, Callable[[str], str]] = {
    "ApplicationTime": _number,
    "Binary": _binary,
    "Boolean": _boolean,
    "CLSID": lambda value: str(UUID(value)),
    "Currency": _integer(64),
    "Double": _number,
    "Float": _number,
    "Integer": _integer(32),
    "Long": _integer(64),
    "Short": _integer(16),
    "String": str,
    "SystemTime": _time,
}
_TYPES = {name.lower(): name for kind in _UNDERSTAND for name in (kind, f"{kind}Array")}
