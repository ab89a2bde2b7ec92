"""Result references: arguments taken from an earlier answer in the same request.

Source: RFC 8620 §3.7, RFC 6901 with the ``*`` of §3.7.
"""

from collections.abc import Sequence
from typing import Any

from poststelle.http.jmap.errors import MethodError

Response = tuple[str, dict[str, Any], str]


class Budget:
    """How much the references of one request may still bring: answers quoted in answers double quickly."""

    def __init__(self, octets: int) -> None:
        self._left = octets

    def spend(self, value: Any) -> None:
        """Count a value; raises MethodError requestTooLarge as soon as it is too much."""
        waiting = [value]
        while waiting:
            item = waiting.pop()
            self._left -= 8 + (len(item) if isinstance(item, str) else 0)
            if self._left < 0:
                raise MethodError("requestTooLarge", "the references of this request bring too much")
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
        resolved[name[1:]] = _referred(value, responses)
        budget.spend(resolved[name[1:]])
    return resolved


def _referred(reference: Any, responses: Sequence[Response]) -> Any:
    match reference:
        case {"resultOf": str(call_id), "name": str(name), "path": str(path)}:
            for answer_name, answer, answer_id in responses:
                if answer_id == call_id:
                    if answer_name != name:
                        break
                    return _walk(answer, path)
            raise MethodError("invalidResultReference", f"no answer {name} of call {call_id}")
        case _:
            raise MethodError("invalidResultReference", "a reference needs resultOf, name and path")


def _walk(value: Any, path: str) -> Any:
    if path == "":
        return value
    if not path.startswith("/"):
        raise MethodError("invalidResultReference", "a path begins with /")
    step, slash, rest = path[1:].partition("/")
    rest = slash + rest
    if step == "*" and isinstance(value, list):
        found: list[Any] = []
        for item in value:
            result = _walk(item, rest)
            found.extend(result) if isinstance(result, list) else found.append(result)
        return found
    return _walk(_step(value, step.replace("~1", "/").replace("~0", "~")), rest)


def _step(value: Any, name: str) -> Any:
    if isinstance(value, dict) and name in value:
        return value[name]
    if isinstance(value, list) and name in map(str, range(len(value))):
        return value[int(name)]
    raise MethodError("invalidResultReference", f"the path leads nowhere at {name!r}")
