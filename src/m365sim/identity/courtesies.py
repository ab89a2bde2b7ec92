"""What libraries tell of themselves beside a request: it changes no answer, here as at Microsoft.

Source: the requests of MSAL for Python, JavaScript and .NET, which send these in the query or in the form.
"""

from __future__ import annotations

_PREFIXES = ("x-client-", "x-app-", "x-ms-lib-")
_NAMES = frozenset({"client-request-id", "return-client-request-id", "x-anchormailbox", "clidata", "pocd"})


def is_courtesy(name: str) -> bool:
    """Whether a parameter only says who asks, for records at the other end."""
    lowered = name.lower()
    return lowered in _NAMES or lowered.startswith(_PREFIXES)
