"""Sentences with choices and slots.

``[ja|gern]`` is one of the alternatives (they nest, and may be empty), ``{tag}`` a slot's value. A pool is a
tuple of such sentences of which one is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from random import Random

Pool = tuple[str, ...]
_CHOICE = re.compile(r"\[([^\[\]]*)\]")


def say(rng: Random, sentence: str, slots: Mapping[str, str]) -> str:
    """Make one sentence: choices first, innermost before outer ones, then slots.

    Raises KeyError for a slot that is not known: a mistake in the text, never in the mail.
    """
    while "[" in sentence:
        sentence = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), sentence)
    return sentence.format_map(slots)


def say_one(rng: Random, pool: Pool, slots: Mapping[str, str]) -> str:
    """Choose a sentence of the pool and make it."""
    return say(rng, rng.choice(pool), slots)


def paragraphs(rng: Random, pools: Sequence[Pool], slots: Mapping[str, str]) -> tuple[str, ...]:
    """One sentence of each pool, in order, grouped into paragraphs as people do: by feel."""
    groups: list[list[str]] = [[]]
    for pool in pools:
        sentence = say_one(rng, pool, slots)
        if not sentence:
            continue
        if groups[-1] and rng.random() < 0.42:
            groups.append([])
        groups[-1].append(sentence)
    return tuple(" ".join(group) for group in groups if group)
