"""The parameters of an action, from a JSON body."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from m365sim.graph import values
from m365sim.graph.errors import bad_request
from m365sim.graph.http import GraphRequest

_NO_BODY = (b"", b"null")


def parameters(request: GraphRequest, known: Collection[str]) -> dict[str, Any]:
    """The parameters by their camelCase names, those that are null left out; none for an empty body.

    What takes none at all (``known`` is empty) has an empty body, or an empty object. Some clients write
    ``null`` for "no body".

    The guides write them in camelCase, the description in PascalCase; 400 for one that the action lacks.
    """
    if request.body.strip() in _NO_BODY:
        return {}
    given = values.plain(request.json())
    if unknown := sorted(set(given) - set(known)):
        raise bad_request(f"The parameter '{unknown[0]}' is not known to this call.")
    return {name: value for name, value in given.items() if value is not None}
