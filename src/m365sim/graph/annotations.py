"""Annotations in the JSON that programs send: what an answer carries may come back, all else is refused.

SDKs say the type with every object, and programs send back what they have read.

Source: OData JSON Format 4.01, section 4.6 ("Control Information") and 20 ("Instance Annotations").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from m365sim.graph.errors import GraphError, bad_request, not_simulated

_TYPE, _BIND = "odata.type", "odata.bind"
_CARRIED = frozenset(
    {
        "odata.associationLink",
        "odata.context",
        "odata.count",
        "odata.editLink",
        "odata.etag",
        "odata.id",
        "odata.navigationLink",
        "odata.nextLink",
        "odata.readLink",
        _TYPE,
    }
)


def without_annotations(
    data: Mapping[str, Any], kinds: Sequence[str], known: Collection[str] = ()
) -> dict[str, Any]:
    """The properties of an object, under the names they were given.

    Its type must be one of ``kinds``, in any letter case, or not be said. An annotation of a property stands
    beside it, or belongs to one of ``known``. 400 by name for any other; 501 for ``@odata.bind``.
    """
    found = {name: value for name, value in data.items() if "@" not in name}
    spelled = {camel(name) for name in (*found, *known)}
    for name, value in data.items():
        owner, mark, term = name.partition("@")
        if not mark:
            continue
        if term == _BIND:
            raise not_simulated(f"the annotation {name}")
        if term not in _CARRIED or (owner and camel(owner) not in spelled):
            raise _unexpected(name)
        if term == _TYPE and not owner:
            _check_type(name, value, kinds)
    return found


def camel(name: str) -> str:
    """A property's name as the guides write it, where it is given as the description does (PascalCase)."""
    return name[:1].lower() + name[1:]


def _unexpected(name: str) -> GraphError:
    return bad_request(f"The annotation '{name}' was not expected in a request.", "RequestBodyRead")


def _check_type(name: str, given: Any, kinds: Sequence[str]) -> None:
    """Source: OData JSON Format 4.01, section 4.6.3 ("Control Information: type")."""
    if given is None:
        return
    if not kinds:
        raise _unexpected(name)
    if str(given).removeprefix("#").lower() not in {kind.removeprefix("#").lower() for kind in kinds}:
        text = f"The type '{given}' is not '{kinds[0]}' nor derived from it."
        raise bad_request(text, "UnableToDeserializePostBody")
