"""Single values in the JSON that programs send, each understood or refused in Graph's words.

Every function takes the property's name, for the refusal, and the value.

Source: Graph v1.0, "message resource type", "recipient", "itemBody", "followupFlag resource type".
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from m365sim.graph.annotations import camel, without_annotations
from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.world.content import Address
from m365sim.world.instants import to_seconds

_URL_SAFE = str.maketrans("-_", "+/")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+-]\d\d:\d\d)")


def wrong(name: str, kind: str) -> GraphError:
    """400: the value is not of the property's type."""
    text = f"Cannot convert the value of '{name}' to the expected type '{kind}'."
    return bad_request(text, "RequestBodyRead")


def no_such_property(name: str, kind: str) -> GraphError:
    """400: the type has no property of this name."""
    text = f"The property '{name}' does not exist on type '{kind}'."
    return bad_request(f"{text} Make sure to only use property names that are defined by the type.")


def plain(data: Mapping[str, Any], *kinds: str, known: Collection[str] = ()) -> dict[str, Any]:
    """The properties under their camelCase names, annotations (``@odata.…``) left out.

    One that no answer carries is refused, as is a type that is none of ``kinds``: see `annotations`.

    The guides write names in camelCase, the description PascalCase, and the service takes both; the same
    property in both spellings is 400.
    """
    found: dict[str, Any] = {}
    for name, value in without_annotations(data, kinds, known).items():
        spelled = camel(name)
        if spelled in found:
            raise bad_request(f"The property '{spelled}' was given twice.", "RequestBodyRead")
        found[spelled] = value
    return found


def mapping(name: str, value: Any, kind: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise wrong(name, kind)
    return value


def object_of(name: str, value: Any, kind: str) -> dict[str, Any]:
    """The properties of a JSON object of this type."""
    return plain(mapping(name, value, kind), kind)


def boolean(name: str, value: Any) -> bool:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        raise wrong(name, "Edm.Boolean")
    return value


def text(name: str, value: Any) -> str:
    """A text; null is an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong(name, "Edm.String")
    return value


def texts(name: str, value: Any) -> tuple[str, ...]:
    """Texts in order, none twice."""
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise wrong(name, "Collection(Edm.String)")
    return tuple(dict.fromkeys(value))


def one_of(name: str, value: Any, allowed: Iterable[str]) -> str:
    """One of the members of an enumeration, in any letter case."""
    spelled = {a.lower(): a for a in allowed}
    if not isinstance(value, str) or value.lower() not in spelled:
        raise wrong(name, " or ".join(spelled.values()))
    return spelled[value.lower()]


def octets(name: str, value: Any) -> bytes:
    """Base64 in either alphabet; a broken one is a body that cannot be read."""
    if not isinstance(value, str):
        raise wrong(name, "Edm.Binary")
    try:
        return b64decode(value.translate(_URL_SAFE), validate=True)
    except (Base64Error, ValueError) as error:
        message = f"Cannot convert the value of '{name}' to the expected type 'Edm.Binary'."
        raise bad_request(message, "UnableToDeserializePostBody") from error


def instant(name: str, value: Any) -> int:
    """A DateTimeOffset, in seconds since 1970."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise wrong(name, "Edm.DateTimeOffset")
    try:
        return to_seconds(datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value)))
    except ValueError as error:
        raise wrong(name, "Edm.DateTimeOffset") from error


def body(name: str, value: Any) -> tuple[str, bool]:
    """An itemBody: its content, and whether it is HTML (what Exchange takes it for unless told otherwise)."""
    fields = _fields(mapping(name, value, "microsoft.graph.itemBody"), "itemBody", ("contentType", "content"))
    kind = one_of("contentType", fields.get("contentType") or "html", ("text", "html"))
    return text("content", fields.get("content")), kind == "html"


def recipient(name: str, value: Any) -> Address | None:
    """A recipient; None for null and for one that has neither name nor address."""
    if value is None:
        return None
    outer = _fields(mapping(name, value, "microsoft.graph.recipient"), "recipient", ("emailAddress",))
    inner = outer.get("emailAddress")
    if inner is None:
        return None
    fields = _fields(
        mapping(name, inner, "microsoft.graph.emailAddress"), "emailAddress", ("name", "address")
    )
    found = Address(text("address", fields.get("address")).strip(), text("name", fields.get("name")))
    return found if found.address or found.name else None


def recipients(name: str, value: Any) -> tuple[Address, ...]:
    """Recipients in order; null is none."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise wrong(name, "Collection(microsoft.graph.recipient)")
    return tuple(found for one in value if (found := recipient(name, one)) is not None)


def _fields(data: dict[str, Any], kind: str, known: Iterable[str]) -> dict[str, Any]:
    fields = plain(data, f"microsoft.graph.{kind}")
    if unknown := sorted(set(fields) - set(known)):
        raise no_such_property(unknown[0], f"microsoft.graph.{kind}")
    return fields


def headers(name: str, value: Any, most: int) -> tuple[tuple[str, str], ...]:
    """Internet headers of a program's own: names begin with ``x-``, and there are ``most`` of them at most.

    Source: Graph v1.0, "Create and send Outlook messages" (internetMessageHeaders).
    """
    if value is None:
        return ()
    if not isinstance(value, list):
        raise wrong(name, "Collection(microsoft.graph.internetMessageHeader)")
    found = [_header(name, one) for one in value]
    if len(found) > most:
        message = f"Maximum number of headers in one message should be less than or equal to {most}."
        raise bad_request(message, "InvalidInternetMessageHeaderCollection")
    return tuple(found)


def _header(name: str, value: Any) -> tuple[str, str]:
    kind = "internetMessageHeader"
    fields = _fields(mapping(name, value, f"microsoft.graph.{kind}"), kind, ("name", "value"))
    label, content = text("name", fields.get("name")), text("value", fields.get("value"))
    if not label.lower().startswith("x-") or not re.fullmatch(r"[!-9;-~]+", label):
        message = f"The internet message header name '{label}' should start with 'x-' or 'X-'."
        raise bad_request(message, "InvalidInternetMessageHeader")
    if re.search(r"[\r\n\x00]", content):
        message = f"The value of the internet message header '{label}' is not one line."
        raise bad_request(message, "InvalidInternetMessageHeader")
    return label, content


def unsupported(name: str, value: Any) -> None:
    """501 for a value that is set and that this simulator has no place for."""
    if value is not None:
        raise not_simulated(f"the property {name} here")
