"""Results that are dear to make, kept for as long as they fit: bound by octets, not by number."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps

OCTETS = 8 * 1024 * 1024
_CHAR = 2
"""Octets of a character, on average: one or two in most texts, four in those with pictures."""


def remembered(make: Callable[[str], str]) -> Callable[[str], str]:
    """The same function of a text, which keeps those of its results that were asked for last.

    Texts and results together take about ``OCTETS`` at most; one that alone would take an eighth is not kept.
    """
    kept: OrderedDict[str, str] = OrderedDict()
    held = 0

    @wraps(make)
    def look_up(text: str) -> str:
        nonlocal held
        if (known := kept.get(text)) is not None:
            kept.move_to_end(text)
            return known
        made = make(text)
        size = _size(text, made)
        if size <= OCTETS // 8:
            kept[text] = made
            held += size
            while held > OCTETS:
                held -= _size(*kept.popitem(last=False))
        return made

    return look_up


def _size(text: str, made: str) -> int:
    return _CHAR * (len(text) + (0 if made is text else len(made))) + 200
