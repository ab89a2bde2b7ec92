"""The address of a PostgreSQL server, looked through before anything is opened by it.

A password with a character in it that means something in an address (``@``, ``/``, ``%``) leads to a host of
a strange name, and what the driver says of that quotes a part of the password. Nothing here repeats what was
given.

Source: PostgreSQL, "Connection URIs" (name and password end at the first ``@`` or ``/``); RFC 3986 §2.1.
"""

import re

_ENCODE = (
    "in a name or password each character but letters and digits is written as % and two hexadecimal digits:"
    " @ as %40, / as %2F, : as %3A, % as %25"
)
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[^\[\]:@]*)(?::([0-9]{0,5}))?")
_LARGEST_PORT = 65535


def problem_of(address: str) -> str | None:
    """What is wrong with ``postgresql://…``, to be put behind its variable's name; None: nothing is seen."""
    rest = address.partition("://")[2]
    if _BAD_PERCENT.search(rest):
        return f"holds a % that stands for itself; {_ENCODE}"
    if re.search(r"\s", rest):
        return f"holds a space; {_ENCODE}"
    before, at, behind = rest.partition("@")
    if not at or "/" in before:
        before, behind = "", rest
    hosts = re.split(r"[/?]", behind, maxsplit=1)[0]
    if "@" in behind.partition("?")[0]:
        return f"holds an @ or a / in the user's name or password; {_ENCODE}"
    for host in hosts.split(","):
        found = _HOST.fullmatch(host)
        if found is None or int(found[1] or 0) > _LARGEST_PORT:
            return f"names no usable host and port between // (or @) and /; {_ENCODE}"
    return None
