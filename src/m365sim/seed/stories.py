"""What a story is: who speaks in turn, and the pools of sentences they choose from.

The stories themselves are the data of ``texts_*``. Slots known to all: ``objekt im_objekt art zimmer flaeche
etage kalt warm kaution preis nr ort`` (property), ``tag tag2 zeit zeit2 fenster frist monat jahr vorjahr``
(time), ``betrag betrag2 rnr zahl`` (figures), ``kunde tel firma kollege andere`` (people). English ones end
in ``_en``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from m365sim.seed.phrases import Pool

Speaker = Literal["them", "us", "third"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One letter of a story. ``files`` names makers of `attachments`; each is added with ``chance``."""

    speaker: Speaker
    pools: tuple[Pool, ...]
    files: tuple[str, ...] = ()
    chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Story:
    """A kind of conversation. ``cast`` is the counterpart's trade or ``private``; ``third`` joins in copy.

    The turns are told in order, as far as time and luck carry; then ``more`` may go round, up to twelve
    letters in all. ``weight`` says how often it happens; ``categories`` may be set on what arrives.
    """

    name: str
    weight: int
    subjects: Pool
    turns: tuple[Turn, ...]
    more: tuple[Turn, ...] = ()
    cast: str = "private"
    third: str | None = None
    speaks: str = "de"
    categories: tuple[str, ...] = ()
    urgency: float = 0.03
    inference: Literal["focused", "other"] = "focused"


def them(*pools: Pool, files: tuple[str, ...] = (), chance: float = 1.0) -> Turn:
    """The counterpart writes."""
    return Turn("them", pools, files, chance)


def us(*pools: Pool, files: tuple[str, ...] = (), chance: float = 1.0) -> Turn:
    """The office writes."""
    return Turn("us", pools, files, chance)


def third(*pools: Pool, files: tuple[str, ...] = (), chance: float = 1.0) -> Turn:
    """The third party in copy writes."""
    return Turn("third", pools, files, chance)
