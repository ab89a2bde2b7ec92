"""Headers that would make a request another one: what is not simulated is refused, never overlooked.

Source: RFC 9110, sections 8.4 ("Content-Encoding") and 13 ("Conditional Requests"); OData 4.01 Protocol,
section 8 ("Header Fields"); Graph v1.0, "Advanced query capabilities".
"""

from __future__ import annotations

from collections.abc import Mapping

from m365sim.graph.accept import check_accept
from m365sim.graph.errors import GraphError, bad_request, not_simulated
from m365sim.graph.http import GraphRequest
from m365sim.graph.prefer import Prefer, parse_prefer

_VERSIONS = frozenset({"4.0", "4.01"})
_TUNNELS = ("X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override")
_OF_WRITING = (
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "If-Range",
    "Content-Range",
)
"""What would make a change depend on something, or change a part only; for ``If-Match`` see `check_match`."""
_SAYS_NOTHING = frozenset({"", "identity"})


def read_headers(request: GraphRequest) -> Prefer:
    """The caller's wishes, once every header has been looked at; the one way in for calls, batches and parts.

    GraphError 400 and 501 as `parse_prefer`, `check_accept` and `check_headers` say.
    """
    prefer = parse_prefer(request.headers.get("prefer"))
    check_accept(request)
    check_headers(request)
    return prefer


def check_headers(request: GraphRequest) -> None:
    """400 for values that there are not, 412 for an isolation (as OData says), 501 for what else counts."""
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
    for name in _OF_WRITING:
        if request.method != "GET" and _header(request, name):
            raise not_simulated(f"the header {name} with {request.method}")
    for name in ("OData-Isolation", "Isolation"):
        if _header(request, name):
            raise GraphError(412, "PreconditionFailed", f"{name} is not supported.")
    check_coding(request.headers)


def check_coding(headers: Mapping[str, str]) -> None:
    """415 for a body that is still packed: the door has unpacked gzip, a batch's parts come as they are.

    Microsoft's SDKs send gzip, and send again without it after a 415 alone.

    Source: microsoft/kiota-http-go, compression_handler.go at 1671364.
    """
    coding = headers.get("content-encoding", "").strip()
    if coding.lower() not in _SAYS_NOTHING:
        raise GraphError(
            415, "UnsupportedMediaType", f"The Content-Encoding '{coding}' is not supported here."
        )


def _header(request: GraphRequest, name: str) -> str:
    return request.headers.get(name.lower(), "").strip()
