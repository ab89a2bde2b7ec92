"""Headers that would make a request another one: what is not simulated is refused, never overlooked.

Source: OData 4.01 Protocol, section 8 ("Header Fields"); Graph v1.0, "Advanced query capabilities".
"""

from __future__ import annotations

from m365sim.graph.errors import bad_request, not_simulated
from m365sim.graph.http import GraphRequest

_VERSIONS = frozenset({"4.0", "4.01"})
_TUNNELS = ("X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override")
_SAYS_NOTHING = frozenset({"", "identity"})


def check_headers(request: GraphRequest) -> None:
    """400 for a value that there is not, 501 for what is not simulated."""
    for name in ("OData-Version", "OData-MaxVersion"):
        version = _header(request, name)
        if version and version not in _VERSIONS:
            raise bad_request(f"The {name} '{version}' is not one of 4.0 and 4.01.")
    level = _header(request, "ConsistencyLevel")
    if level and level.lower() != "eventual":
        raise bad_request(f"ConsistencyLevel can be eventual, and not '{level}'.")
    for name in _TUNNELS:
        if _header(request, name):
            raise not_simulated(f"the header {name}")
    encoding = _header(request, "Content-Encoding")
    if encoding.lower() not in _SAYS_NOTHING:
        raise not_simulated(f"Content-Encoding: {encoding}")


def _header(request: GraphRequest, name: str) -> str:
    return request.headers.get(name.lower(), "").strip()
