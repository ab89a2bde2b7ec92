"""Read receipts for whatever a stranger's message says."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from poststelle.mime.build import LongLine
from poststelle.mime.receipt import ReadReceipt, octets
from poststelle.model.message import Address

RECEIPT = ReadReceipt(
    reader=Address("Anna", "anna@x.example"),
    to=Address("", "bob@y.example"),
    subject="Read: x",
    text="It was displayed.",
    message_id="1@y.example",
    key="k",
    at=datetime(2026, 3, 2, tzinfo=UTC),
)


def test_a_message_id_that_is_too_long_is_left_out() -> None:
    """The receipt goes all the same: people know by its words what it is about."""
    assert octets(RECEIPT).count(b"<1@y.example>") == 2
    assert b"References" not in octets(replace(RECEIPT, message_id="m" * 1_100))


def test_an_address_that_is_too_long_is_written_to_nobody() -> None:
    with pytest.raises(LongLine):
        octets(replace(RECEIPT, to=Address("", f"{'a' * 1_100}@y.example")))
