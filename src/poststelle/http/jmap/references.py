"""Result references: arguments taken from an earlier answer in the same request.

Source: RFC 8620 §3.7, RFC 6901 with the ``*`` of §3.7.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from poststelle.http.jmap.errors import MethodError

_INDEX = re.compile(r"0|[1-9][0-9]{0,15}")
Response = tuple[str, dict[str, Any], str]


class Budget:
    """How much the references of one request may bring, and how far they may look for it.

    Answers quoted in answers double quickly, and one element may be looked for among very many, often.
    """

    def __init__(self, octets: int) -> None:
        self._octets = self._left = octets

    @property
    def spent(self) -> int:
        return self._octets - self._left

    def look(self, places: int) -> None:
        """Count places that are looked at; raises as ``spend``."""
        self._left -= places
        if self._left < 0:
            raise MethodError("requestTooLarge", "the references of this request bring too much")

    def spend(self, value: Any) -> None:
        """Count a value; raises MethodError requestTooLarge as soon as it is too much."""
        waiting = [value]
        while waiting:
            item = waiting.pop()
            self.look(8 + (len(item) if isinstance(item, str) else _written(item)))
            if isinstance(item, dict):
                waiting.extend(item.keys())
                waiting.extend(item.values())
            elif isinstance(item, list):
                waiting.extend(item)


def resolve(args: dict[str, Any], responses: Sequence[Response], budget: Budget) -> dict[str, Any]:
    """``args`` with every ``#name`` replaced by what it refers to.

    Raises MethodError: ``invalidArguments`` when a name is given both ways,
    ``invalidResultReference`` when there is no such answer or path,
    ``requestTooLarge`` when they bring more than the ``budget``.
    """
    resolved: dict[str, Any] = {}
    for name, value in args.items():
        if not name.startswith("#"):
            resolved[name] = value
            continue
        if name[1:] in args:
            raise MethodError("invalidArguments", f"{name[1:]} is given both plainly and by reference")
        found = _referred(value, responses, budget)
        budget.spend(found)
        resolved[name[1:]] = _read(found)
    return resolved


def _written(item: Any) -> int:
    """Octets of what has been written already (``telling``)."""
    return memoryview(item).nbytes if isinstance(item, msgspec.Raw) else 0


def _read(value: Any) -> Any:
    """The same, with what has been written already as the values it stands for."""
    if isinstance(value, dict):
        return {name: _read(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_read(one) for one in value]
    return _plain(value)


def _referred(reference: Any, responses: Sequence[Response], budget: Budget) -> Any:
    match reference:
        case {"resultOf": str(call_id), "name": str(name), "path": str(path)}:
            for answer_name, answer, answer_id in responses:
                if answer_id == call_id:
                    if answer_name != name:
                        break
                    return _walk(answer, path, budget)
            raise MethodError("invalidResultReference", f"no answer {name} of call {call_id}")
        case _:
            raise MethodError("invalidResultReference", "a reference needs resultOf, name and path")


def _walk(value: Any, path: str, budget: Budget) -> Any:
    if path == "":
        return value
    if not path.startswith("/"):
        raise MethodError("invalidResultReference", "a path begins with /")
    budget.look(len(path))
    found, is_mapped = [value], False
    for step in path[1:].split("/"):
        for item in found:
            budget.look(_written(item))
        found = [_plain(item) for item in found]
        if step == "*" and any(isinstance(item, list) for item in found):
            is_mapped = True
            budget.look(sum(len(item) for item in found if isinstance(item, list)))
        budget.look(len(found))
        name = step.replace("~1", "/").replace("~0", "~")
        found = [one for item in found for one in _step(item, name)]
    if not is_mapped:
        return found[0]
    for item in found:
        budget.look(_written(item))
    found = [_plain(item) for item in found]  # a long list is flattened as a short one is
    return [one for item in found for one in (item if isinstance(item, list) else [item])]


def _plain(item: Any) -> Any:
    return msgspec.json.decode(item) if isinstance(item, msgspec.Raw) else item


def _step(value: Any, name: str) -> list[Any]:
    """What one step leads to; from an array ``*`` leads to all of its elements."""
    if isinstance(value, dict) and name in value:
        return [value[name]]
    if isinstance(value, list) and name == "*":
        return value
    if isinstance(value, list) and _INDEX.fullmatch(name) and int(name) < len(value):
        return [value[int(name)]]
    raise MethodError("invalidResultReference", f"the path leads nowhere at {name[:100]!r}")
