"""Answers made wrong: JSON cut in two, pages that hide what follows or lead to themselves, wrong counters.

Source: what went wrong in real projects: microsoft-graph-docs issues 2153 (nextLink absent), 5853 and 5288
(UnknownError with an empty message).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from m365sim.control.faults import Fault

_COUNTERS = frozenset({"@odata.count", "totalItemCount", "unreadItemCount", "childFolderCount"})


def distorted(body: bytes, fault: Fault, address: str) -> bytes:
    """The body as this fault leaves it; as it is for kinds that spoil something else.

    ``address``: that of the call which it answers, as its caller knows it.
    """
    change = _CHANGES.get(fault.kind)
    return body if change is None else change(body, fault, address)


def _garbled(body: bytes, fault: Fault, address: str) -> bytes:
    return body[: len(body) // 2]


def _with_link_to_itself(body: bytes, fault: Fault, address: str) -> bytes:
    data = _json(body)
    if not isinstance(data, dict) or "value" not in data:
        return body
    data.pop("@odata.deltaLink", None)
    return msgspec.json.encode(data | {"@odata.nextLink": address})


def _without_next_link(body: bytes, fault: Fault, address: str) -> bytes:
    data = _json(body)
    if not isinstance(data, dict) or "@odata.nextLink" not in data:
        return body
    del data["@odata.nextLink"]
    return msgspec.json.encode(data)


def _miscounted(body: bytes, fault: Fault, address: str) -> bytes:
    if body.strip().isdigit():  # the bare number of /$count
        return str(max(0, int(body) + fault.by)).encode()
    data = _json(body)
    return body if data is None else msgspec.json.encode(_off(data, fault.by))


def _off(data: Any, by: int) -> Any:
    if isinstance(data, list):
        return [_off(item, by) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        name: max(0, value + by) if name in _COUNTERS and isinstance(value, int) else _off(value, by)
        for name, value in data.items()
    }


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None


_CHANGES: dict[str, Callable[[bytes, Fault, str], bytes]] = {
    "garble": _garbled,
    "no_next_link": _without_next_link,
    "self_link": _with_link_to_itself,
    "miscount": _miscounted,
}
