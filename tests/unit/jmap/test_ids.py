"""Ids on the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poststelle.http.jmap.ids import BlobRef, blob_text, parse_blob
from poststelle.lib.ids import decode_id, encode_id
from poststelle.model.ids import MessageId


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_an_id_comes_back(number: int) -> None:
    """Encoding and decoding are inverse over all numbers a database can hold."""
    assert decode_id("m", encode_id("m", number)) == number


@given(st.text(max_size=20))
def test_each_id_has_one_spelling(text: str) -> None:
    """Whatever is accepted is exactly what we would have written."""
    number = decode_id("m", text)

    assert number is None or encode_id("m", number) == text


def test_a_number_no_database_holds_is_no_id() -> None:
    """An id beyond 2**63 - 1 can't be one of ours."""
    assert decode_id("m", encode_id("m", 2**63 - 1)) == 2**63 - 1
    assert decode_id("m", encode_id("m", 2**63)) is None


@given(
    st.integers(min_value=0, max_value=2**63 - 1), st.one_of(st.none(), st.just("t"), st.integers(0, 99999))
)
def test_a_blob_id_comes_back(number: int, part: str | int | None) -> None:
    """A blob id names a message and a part of it."""
    ref = BlobRef(MessageId(number), part)

    assert parse_blob(blob_text(ref)) == ref


@pytest.mark.parametrize(
    "text", ["", "b", "bm", "bm1-", "bm1--1", "bm1-01", "bm1-x", "m1", "bf1", "bm1-999999", "BM1"]
)
def test_other_blob_ids_are_none_of_ours(text: str) -> None:
    """Anything else names nothing."""
    assert parse_blob(text) is None
