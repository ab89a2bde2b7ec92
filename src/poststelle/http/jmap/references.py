"""Result references: arguments taken from an earlier answer in the same request.

Source: RFC 8620 §3.7, RFC 6901 with the ``*`` of §3.7.
"""

from collections.abc import Sequence
from typing import Any

from poststelle.http.jmap.errors import MethodError

Response = tuple[str, dict[str, Any], str]


def resolve(args: dict[str, Any], responses: Sequence[Response]) -> dict[str, Any]:
    """``args`` with every ``#name`` replaced by what it refers to.

    Raises MethodError: ``invalidArguments`` when a name is given both ways,
    ``invalidResultReference`` when there is no such answer or path.
    """
    resolved: dict[str, Any] = {}
    for name, value in args.items():
        if not name.startswith("#"):
            resolved[name] = value
            continue
        if name[1:] in args:
            raise MethodError("invalidArguments", f"{name[1:]} is given both plainly and by reference")
        resolved[name[1:]] = _referred(value, responses)
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
