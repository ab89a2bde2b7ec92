"""Mailbox files: what is written is read again as it was, however it is cut into pieces."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poststelle.mime.mbox import Found, Quoter, Splitter, TooEmpty, TooLarge, separator

LINES = st.sampled_from(
    [b"From here", b">From there", b">>From x", b"from", b"", b"Subject: x", b"Fro", b"a" * 300, b"From"]
)
MESSAGES = st.lists(
    st.builds(lambda lines, end: b"A: b" + end + end.join(lines), st.lists(LINES, max_size=6),
              st.sampled_from([b"\n", b"\r\n"])),
    min_size=1, max_size=5,
)  # fmt: skip


def cut(octets: bytes, size: int) -> list[bytes]:
    return [octets[n : n + size] for n in range(0, len(octets), size)]


def written(messages: list[bytes], size: int) -> bytes:
    whole = b""
    for message in messages:
        quoter = Quoter()
        whole += separator(datetime(2026, 3, 2, 8, tzinfo=UTC))
        whole += b"".join(map(quoter.piece, cut(message, size))) + quoter.end()
    return whole


def found_in(octets: bytes, size: int, at_most: int = 10_000) -> list[Found]:
    splitter = Splitter(at_most)
    found = [m for piece in cut(octets, size) for m in splitter.piece(piece)]
    return found + list(splitter.end())


def read(octets: bytes, size: int, at_most: int = 10_000) -> list[bytes]:
    return [found.octets for found in found_in(octets, size, at_most)]


@given(MESSAGES, st.integers(1, 400), st.integers(1, 400))
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_again(messages: list[bytes], writing: int, reading: int) -> None:
    """But for a line end at the very end, which every message of such a file has."""
    found = read(written(messages, writing), reading)
    assert [m.rstrip(b"\r\n") for m in found] == [m.rstrip(b"\r\n") for m in messages]


def test_a_message_that_ends_its_last_line_stays_as_it_is() -> None:
    """Octet by octet, and a file without the line "From " is one message."""
    messages = [b"A: b\r\n\r\nFrom me\r\n", b"A: c\n\ntext\n"]
    assert read(written(messages, 7), 5) == messages
    assert read(messages[0], 3) == messages[:1]
    assert read(b"", 1) == []


def test_a_message_without_end_is_refused() -> None:
    """Memory has an end."""
    with pytest.raises(TooLarge):
        read(b"From x\n" + b"a" * 2_000, 100, at_most=1_000)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (b"From - Mon Mar  2 08:00:00 2026", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        (
            b"From anna@berger.example Fri Feb 27 23:59:59 1998\r",
            datetime(1998, 2, 27, 23, 59, 59, tzinfo=UTC),
        ),
        (b"From anna@berger.example", None),
        (b"From \xff yesterday, or the day before", None),
    ],
)
def test_the_line_before_a_message_tells_when_it_was_received(line: bytes, at: datetime | None) -> None:
    """A line without a date tells nothing."""
    assert found_in(line + b"\nA: b\n\ntext\n", 9) == [Found(b"A: b\n\ntext\n", at)]


def cost_of(octets: bytes) -> float:
    """CPU seconds for reading it in one piece, the least of two times."""
    costs = []
    for _ in range(2):
        began = time.thread_time()
        assert len(read(octets, len(octets), at_most=10_000_000)) == octets.count(b"From ")
        costs.append(time.thread_time() - began)
    return min(costs)


def test_many_messages_cost_what_each_of_them_costs() -> None:
    """Four times as many about four times as much: the rest of a file is not copied for each."""
    message = b"From \nA: b\n" + b"x" * 500 + b"\n"
    assert cost_of(message * 10_000) < 8 * cost_of(message * 2_500)


def test_a_file_full_of_empty_messages_is_given_up() -> None:
    """A few are passed over, as they come between others."""
    few = (b"From x\n\n" + b"From x\n") * 100 + b"From x\nA: b\n"
    assert read(few * 2, 1_000) == [b"A: b\n"] * 2
    with pytest.raises(TooEmpty):
        read(b"From \n" * 20_000, 65_536, at_most=1_000_000)


def test_lines_are_unquoted_wherever_a_portion_ends() -> None:
    """Lines are looked at some at a time; those that begin a portion are as others."""
    message = b"A: b\n\n" + b">From \n" * 30_000
    assert read(b"From x\n" + message, 65_536, at_most=1_000_000) == [message.replace(b">From", b"From")]
