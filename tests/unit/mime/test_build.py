"""Headers are written in lines that every server takes, and read back as they were meant."""

from __future__ import annotations

import email
import email.policy
import quopri
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from poststelle.mime import build, parameters
from poststelle.mime.fields import FORMS
from poststelle.mime.fields import Field as ReadField
from poststelle.model.message import Address

WORDS = " ".join(f"wort{n}" for n in range(300))


def lines(field: build.Field) -> list[bytes]:
    """As they stand in the message; none but the first begins without a blank, none is too long or blank."""
    first, *others = f"{field.name}: {field.value}".encode().split(b"\r\n")
    assert all(line[:1] in {b" ", b"\t"} and line.strip() for line in others)
    assert max(map(len, (first, *others))) <= 998
    assert b"\r" not in first and b"\n" not in first
    return [first, *others]


def text_of(field: build.Field) -> Any:
    _, _, value = b"\r\n".join(lines(field)).partition(b":")
    return FORMS["Text"](ReadField(field.name, value))


@pytest.mark.parametrize(
    "said", ["a" * 1200, "ä" * 3000, WORDS, f"{'b' * 990} {'c' * 5000} d", "x" * 200_000, "", "=?utf-8?q?x?="]
)
def test_a_text_of_any_length_fits(said: str) -> None:
    """Long words are encoded, which may be broken anywhere."""
    assert text_of(build.text("Subject", said)) == said


@pytest.mark.parametrize("said", [WORDS, "  ".join(["y" * 900] * 5), "a", f"a{' ' * 990}b"])
def test_a_field_is_broken_at_its_blanks_alone(said: str) -> None:
    """What it says without the breaks is what was given."""
    assert b"".join(lines(build.raw("X-A", said))) == f"X-A: {said}".encode()


def test_people_of_long_names_fit() -> None:
    """Each stands in the field as it was given."""
    people = [
        Address("n" * 900, "a@b.example"),
        Address(WORDS, "c@d.example"),
        Address("Grün " * 150, "e@f.example"),
    ]
    head = b"\r\n".join(lines(build.addresses("To", people))) + b"\r\n\r\n"
    read = email.message_from_bytes(head, policy=email.policy.default)["To"].addresses
    assert [one.addr_spec for one in read] == [one.email for one in people]
    assert [one.display_name.replace(" ", "") for one in read] == [
        one.name.replace(" ", "") for one in people
    ]


@pytest.mark.parametrize(
    "name", ["f" * 300 + ".pdf", "ü" * 255 + ".pdf", "😀" * 900, "a b.txt", "a.txt", "a 'b' %41.txt"]
)
def test_a_file_name_of_any_length_fits(name: str) -> None:
    """In pieces where it must be. Source: RFC 2231 §3."""
    whole = b"".join(lines(build.disposition("attachment", name))).decode()
    assert parameters.parse(whole.partition(": ")[2]) == ("attachment", {"filename": name})


@pytest.mark.parametrize(
    ("write", "value"),
    [
        (build.raw, "a" * 1000),
        (build.raw, f"a{' ' * 1000}b"),
        (build.addresses, [Address("", "a" * 995 + "@b.example")]),
        (build.addresses, [Address("Ä", "ä" * 500 + "@b.example")]),
        (build.groups, [("g", [Address("", "a" * 995 + "@b.example")])]),
        (build.message_ids, ["a" * 997]),
        (build.urls, ["https://x.example/" + "a" * 997]),
        (build.disposition, "f" * 1001),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_fits_no_line_is_refused(write: Callable[..., build.Field], value: Any) -> None:
    """Nothing is cut off or written too long. Source: RFC 5322 §2.1.1."""
    with pytest.raises(build.LongLine):
        write("X-A", value)


@pytest.mark.parametrize(
    ("said", "encoding"),
    [
        ("a\nb\rc\r\nd\r\r\n\n", "7bit"),
        ("a" * 998, "7bit"),
        ("a" * 999, "quoted-printable"),
        (f"x\n{'a' * 998}\ny", "7bit"),
        (f"x\n{'a' * 999}\ny", "quoted-printable"),
        (f"{'a' * 500}\n{'b' * 998}", "7bit"),
        (f"{'a' * 500}\n{'b' * 999}", "quoted-printable"),
        ("a\0", "quoted-printable"),
        ("\u00e4", "quoted-printable"),
    ],
)
def test_a_text_is_written_in_lines(said: str, encoding: str) -> None:
    """Of 998 octets each, otherwise encoded. Source: RFC 5322 §2.1.1, RFC 2045 §6.7."""
    written = build.written(said)
    read = quopri.decodestring(written.octets) if encoding == "quoted-printable" else written.octets
    assert written.encoding == encoding
    assert read.decode().split("\r\n") == said.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def test_of_a_text_no_list_of_lines_is_made() -> None:
    """One of ten megabytes may be nothing but lines: a list of them holds up everybody while it is made."""
    said = "abc\n" * 50_000
    tracemalloc.start()
    build.written(said)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * len(said)
