"""Trouble to come: rules that make the next matching calls fail, wait or break off."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

Kind = Literal["answer", "reset", "truncate", "lost"]


@dataclass(slots=True)
class Fault:
    """One rule.

    ``path`` is a glob over the path as sent, e.g. ``*/messages/delta``; parts of a ``$batch`` match with
    their own method and path. Kinds: ``answer`` (status, headers, body), ``reset`` (the connection breaks
    before anything is done), ``truncate`` (done, but the answer breaks off in the middle), ``lost`` (done,
    but the connection breaks before the answer). ``delay_s`` waits first; with kind ``answer`` and status 0
    the call is only late. The first ``skip`` matching calls pass, the next ``times`` are hit.
    """

    id: int
    method: str = "*"
    path: str = "*"
    kind: Kind = "answer"
    status: int = 0
    code: str | None = None
    message: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    delay_s: float = 0.0
    times: int = 1
    skip: int = 0
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this call."""
        return self.method.upper() in ("*", method.upper()) and fnmatchcase(path, self.path)


class Faults:
    """The rules in force, oldest first; a rule that has hit its number of times is gone."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._last_id = 0

    def __iter__(self) -> Any:
        return iter(list(self._rules))

    def add(self, **fields: Any) -> Fault:
        """Add a rule made of these fields of `Fault`."""
        self._last_id += 1
        rule = Fault(self._last_id, **fields)
        self._rules.append(rule)
        return rule

    def clear(self) -> int:
        """Drop every rule; return how many there were."""
        count = len(self._rules)
        self._rules.clear()
        return count

    def take(self, method: str, path: str) -> Fault | None:
        """The rule that hits this call, used up by one; None when the call is to pass."""
        for rule in self._rules:
            if not rule.matches(method, path):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                return None
            rule.hits += 1
            if rule.hits >= rule.times:
                self._rules.remove(rule)
            return rule
        return None
