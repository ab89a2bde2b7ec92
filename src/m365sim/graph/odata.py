"""Query options as Graph reads them: ``$select``, ``$top``, ``$skip``, ``$orderby``, ``$count``, ``$expand``.

``$filter`` has a module of its own.

Source: Graph v1.0, "Customize Microsoft Graph responses with query parameters".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from m365sim.graph.errors import bad_request, no_property, not_simulated

MAX_TOP = 1000
MAX_NUMBER = 2**31 - 1
DEFAULT_PAGE = 10


@dataclass(frozen=True, slots=True)
class Expand:
    """One expanded navigation property with its own options in brackets, not yet understood."""

    name: str
    options: Mapping[str, str]


def check_options(query: Mapping[str, str], allowed: Collection[str]) -> None:
    """501 naming the first option that this route does not simulate."""
    for name in query:
        if name not in allowed:
            raise not_simulated(f"the query parameter {name} here")


def spelled(name: str, known: Iterable[str]) -> str:
    """A property's name as its type spells it, or as it stands where it is none of those known.

    The service reads names without letter case: the guides write ``ReceivedDateTime`` and ``IsRead`` as well.

    Source: Graph v1.0, "Use the $filter query parameter"; "List messages".
    """
    wanted = name.lower()
    return next((one for one in known if one.lower() == wanted), name)


def select(query: Mapping[str, str], known: Collection[str], kind: str) -> tuple[str, ...] | None:
    """The selected properties with ``id`` first, None for all; 400 for one the type does not have."""
    if "$select" not in query:
        return None
    names = [n.strip() for n in query["$select"].split(",") if n.strip()]
    chosen = ["id"]
    for name in names:
        if name == "*":
            raise not_simulated("$select=*")
        found = spelled(name, known)
        if found not in known:
            raise no_property(name, kind)
        if found not in chosen:
            chosen.append(found)
    return tuple(chosen)


def number(query: Mapping[str, str], name: str, low: int, high: int = MAX_NUMBER) -> int | None:
    """A whole number option within bounds, None when absent."""
    if name not in query:
        return None
    text = query[name].strip()
    if not text.isdecimal() or not low <= int(text) <= high:
        bounds = f"between {low} and {high}"
        raise bad_request(
            f"Invalid value '{text}' for {name} query option found. The value must be {bounds}."
        )
    return int(text)


def page_size(query: Mapping[str, str], preferred: int | None, usual: int, most: int = MAX_TOP) -> int:
    """How many items a page holds: ``$top``, or the preferred size where that is smaller."""
    wishes = [n for n in (number(query, "$top", 1, most), preferred) if n is not None]
    return min(wishes) if wishes else usual


def flag(query: Mapping[str, str], name: str) -> bool:
    """A boolean option, False when absent."""
    text = query.get(name, "false").strip().lower()
    if text not in ("true", "false"):
        raise bad_request(f"Invalid value '{text}' for {name}: it must be true or false.")
    return text == "true"


def orderby(query: Mapping[str, str], known: Collection[str]) -> list[tuple[str, bool]]:
    """``(property, is_descending)`` in order, spelled as ``known`` has it if it does; empty when absent."""
    terms: list[tuple[str, bool]] = []
    for term in query.get("$orderby", "").split(","):
        if not term.strip():
            continue
        words = term.split()
        if len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
            raise bad_request(f"Syntax error in $orderby: '{term.strip()}'.")
        found = spelled(words[0], known)
        if any(found.lower() == name.lower() for name, _ in terms):
            raise bad_request(f"Duplicate property named '{words[0]}' is not supported in '$orderby'.")
        terms.append((found, len(words) == 2 and words[1].lower() == "desc"))
    return terms


def expands(text: str) -> list[Expand]:
    """The terms of an ``$expand`` with the options in their brackets."""
    found = []
    for term in split_outside(text, ","):
        if not term.strip():
            continue
        match = re.fullmatch(r"\s*([\w./]+)\s*(?:\((.*)\))?\s*", term, re.DOTALL)
        if match is None:
            raise bad_request(f"Syntax error in $expand: '{term.strip()}'.")
        options = {}
        for option in split_outside(match[2] or "", ";"):
            if option.strip():
                name, _, value = option.partition("=")
                options[name.strip()] = value.strip()
        found.append(Expand(match[1], options))
    return found


def split_outside(text: str, separator: str) -> list[str]:
    """Split at a separator that is in neither brackets nor quotation marks."""
    parts, depth, is_quoted, start = [], 0, False, 0
    for index, char in enumerate(text):
        if char == "'":
            is_quoted = not is_quoted
        elif not is_quoted and char in "()":
            depth += 1 if char == "(" else -1
        elif char == separator and not is_quoted and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]
