"""A value that was not given, where None means something."""

from enum import Enum


class Unsaid(Enum):
    """The type of ``UNSAID``."""

    UNSAID = "unsaid"


UNSAID = Unsaid.UNSAID
