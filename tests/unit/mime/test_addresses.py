"""Addresses in the plain form that nearly all are written in are read as the general way reads them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poststelle.mime.addresses import Named, parse_addresses, parse_groups

PIECES = ['"', "<", ">", ",", " ", "a", "b.c", "@", "<x@y.de>", '"A, B"', "=?utf-8?q?=C3=BC?=", "ä", "(", ";"]


@given(st.lists(st.sampled_from(PIECES), max_size=9))
@settings(max_examples=300, deadline=None, database=None, derandomize=True)
def test_both_ways_agree(pieces: list[str]) -> None:
    """Whatever stands beside one another."""
    text = "".join(pieces)
    assert parse_addresses(text) == [one for group in parse_groups(text) for one in group.addresses]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (' "Weber, Anna" <anna@x.example>', [Named("Weber, Anna", "anna@x.example")]),
        ("A.  B <a@x.example>, <c@x.example> ", [Named("A. B", "a@x.example"), Named(None, "c@x.example")]),
        ('"=?utf-8?q?J=C3=BCrgen?=" <j@x.example>', [Named("Jürgen", "j@x.example")]),
    ],
)
def test_plain_lists_are_read(text: str, expected: list[Named]) -> None:
    """Names in quotation marks, with dots, encoded, and none."""
    assert parse_addresses(text) == expected
