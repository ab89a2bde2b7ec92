"""The ``Accept`` header: JSON with the usual annotations is what there is, all else is refused by name.

Source: OData JSON Format 4.01, section 3 ("Requesting the JSON Format").
"""

from __future__ import annotations

from m365sim.graph.errors import not_simulated
from m365sim.graph.http import GraphRequest

_TAKEN = frozenset({"*/*", "application/*", "application/json"})
_USUAL = {
    "odata.metadata": "minimal",
    "odata": "minimalmetadata",
    "ieee754compatible": "false",
    "charset": "utf-8",
}
"""Parameters of JSON, in lower case, that would change the answer if they had another value."""
_OCTETS = ("$value", "$count")
"""What answers with something else than JSON, of a type of its own."""


def check_accept(request: GraphRequest) -> None:
    """501 for a form of answer that is not simulated."""
    header = request.headers.get("accept", "").strip()
    if not header or (request.segments and request.segments[-1] in _OCTETS):
        return
    kinds = []
    for one in header.split(","):
        kind, *parameters = (part.strip().lower() for part in one.split(";"))
        kinds.append(kind)
        if kind in _TAKEN:
            _check_parameters(parameters)
    if not _TAKEN & set(kinds):
        raise not_simulated(f"Accept: {header}")


def _check_parameters(parameters: list[str]) -> None:
    for parameter in parameters:
        name, _, value = (part.strip() for part in parameter.partition("="))
        usual = _USUAL.get(name)
        if usual is not None and value.strip('"') != usual:
            raise not_simulated(f"{parameter} in Accept")
