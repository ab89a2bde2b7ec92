"""Text from strangers, whatever it is."""

from __future__ import annotations

import time
from typing import Any

import pytest

from poststelle.mime.text import clean, plain_lines

MANY = 1_000_000


@pytest.mark.parametrize("before", [0, MANY - 2, MANY - 1, MANY, 2 * MANY - 1])
def test_lines_end_plainly_wherever_they_do(before: int) -> None:
    said = "." * before + "\r\n\r\r\na\n"
    assert plain_lines(said) == said.replace("\r\n", "\n")


def test_a_text_of_nothing_but_lines_is_taken_in_slices() -> None:
    """Forty megabytes of them would keep everybody waiting for half a second."""
    replaced: list[int] = []

    class Noting(str):
        """Tells of how many characters line ends are replaced at a time."""

        __slots__ = ()

        def __getitem__(self, key: Any) -> Noting:
            return Noting(super().__getitem__(key))

        def replace(self, *args: Any) -> str:
            replaced.append(len(self))
            return super().replace(*args)

    assert plain_lines(Noting("a\r\n" * MANY)) == "a\n" * MANY
    assert len(replaced) == 3 and max(replaced) <= MANY + 1


def test_what_cannot_be_stored_is_replaced_in_no_time() -> None:
    """Octets that are no text at all, announced as one: not one sign after the other."""
    began = time.process_time()
    assert clean("a\0" * 5 * MANY) == "a\ufffd" * 5 * MANY
    assert clean("\0\ud800ä\udfff") == "\ufffd\ufffdä\ufffd"
    assert time.process_time() - began < 1
