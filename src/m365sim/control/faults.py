"""Trouble to come: rules that make the next matching calls fail, wait, break off or answer wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any, Literal

Kind = Literal[
    "answer",
    "reset",
    "truncate",
    "lost",
    "gateway",
    "trickle",
    "garble",
    "no_next_link",
    "self_link",
    "miscount",
]

WHOLE_ONLY: frozenset[Kind] = frozenset({"truncate", "trickle", "gateway"})
"""Kinds that spoil a connection, and so hit a whole ``$batch`` but no part of one."""


@dataclass(slots=True)
class Fault:
    """One rule.

    ``path`` is a glob over the path as sent, e.g. ``*/messages/delta``; parts of a ``$batch`` match with
    their own method and path. ``delay_s`` waits first. The first ``skip`` matching calls pass; of those after
    them each is hit with the probability ``chance`` (the same ones for the same ``seed``), until ``times``
    were hit. Kinds::

        answer        status, headers, body; with status 0 the call is only late
        reset         the connection breaks before anything is done
        lost          done, but the connection breaks before the answer
        gateway       done, but what stands before the service answers in its place: status (502 where none
                      is given), headers, body
        truncate      done, but the answer breaks off in the middle
        trickle       done, and the answer comes at ``bytes_per_s``
        garble        done, and the answer is whole for HTTP, but its JSON ends in the middle
        no_next_link  done, but the page does not say that more follow
        self_link     done, but what follows the page is the page itself, though it be the last
        miscount      done, but every counter in the answer is wrong by ``by``
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
    chance: float = 1.0
    seed: int = 0
    bytes_per_s: int = 1000
    by: int = 1
    hits: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule is about this call."""
        return self.method.upper() in ("*", method.upper()) and fnmatchcase(path, self.path)


class Faults:
    """The rules in force, oldest first; a rule that has hit its number of times is gone."""

    def __init__(self) -> None:
        self._rules: dict[int, tuple[Fault, Random]] = {}
        self._last_id = 0

    def __iter__(self) -> Iterator[Fault]:
        return iter([rule for rule, _ in self._rules.values()])

    def add(self, **fields: Any) -> Fault:
        """Add a rule made of these fields of `Fault`."""
        self._last_id += 1
        rule = Fault(self._last_id, **fields)
        self._rules[rule.id] = rule, Random(rule.seed)  # noqa: S311 - chance, not secrecy
        return rule

    def remove(self, rule_id: int) -> bool:
        """Drop one rule; False when it is gone already."""
        return self._rules.pop(rule_id, None) is not None

    def clear(self) -> int:
        """Drop every rule; return how many there were."""
        count = len(self._rules)
        self._rules.clear()
        return count

    def take(self, method: str, path: str, *, is_part: bool = False) -> Fault | None:
        """The rule that hits this call (or part of a batch), used up by one; None when it is to pass."""
        for rule, dice in list(self._rules.values()):
            if not rule.matches(method, path) or (is_part and rule.kind in WHOLE_ONLY):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                return None
            if rule.chance < 1 and dice.random() >= rule.chance:
                continue
            rule.hits += 1
            if rule.hits >= rule.times:
                del self._rules[rule.id]
            return rule
        return None


def fault_line(fault: Fault) -> dict[str, Any]:
    """A rule as the control API shows it."""
    return asdict(fault)
