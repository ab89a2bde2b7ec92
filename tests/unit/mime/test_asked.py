"""Whatever takes a message apart asks again and again whether it may go on: its limit of time holds."""

import pytest

from poststelle.http.jmap.body_options import BodyOptions
from poststelle.http.jmap.email_mime import email_properties, header_properties
from poststelle.http.jmap.ids import parse_any_blob
from poststelle.mime.fields import FORMS, parse_property
from poststelle.mime.reading import read


class Enough(Exception):
    """It was asked often enough."""


class Asked:
    """Ends the work when it is asked the ``most``-th time."""

    def __init__(self, most: int) -> None:
        self.most, self.count = most, 0

    def __call__(self) -> None:
        self.count += 1
        if self.count >= self.most:
            raise Enough


PEOPLE = ", ".join(f"Person {n} <p{n}@x.example>" for n in range(5_000))
MANY = b"".join(b"X: ;:;:;:\r\n" for _ in range(500)) + b"\r\ntext"
PARTS = (
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    + b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\ntext\r\n" for _ in range(300))
    + b"--b--\r\n"
)


@pytest.mark.parametrize("form", FORMS)
def test_of_many_fields_each_is_asked_for(form: str) -> None:
    with pytest.raises(Enough):
        header_properties(Asked(400), MANY, [f"header:X:as{form}:all"])


@pytest.mark.parametrize("form", ["Addresses", "GroupedAddresses"])
def test_within_one_field_of_very_many_people_it_is_asked(form: str) -> None:
    octets = f"X: ({'.'}) {PEOPLE}; \r\n\r\n".encode()
    with pytest.raises(Enough):
        header_properties(Asked(20), octets, [f"header:X:as{form}"])


@pytest.mark.parametrize("octets", [PARTS, f"To: (.) {PEOPLE}\r\n\r\ntext".encode()], ids=["parts", "people"])
def test_reading_a_message_asks_for_each_part_and_among_its_people(octets: bytes) -> None:
    with pytest.raises(Enough):
        read(octets, Asked(25))


def test_each_property_of_each_part_is_asked_for() -> None:
    options = BodyOptions(part_properties=[f"header:X{n}:asRaw" for n in range(100)])
    asked = Asked(10**9)
    email_properties(asked, PARTS, "bm1", ["attachments", "textBody"], options)
    assert asked.count > 300 * 100


def test_names_longer_than_any_are_none_at_once() -> None:
    """Their patterns would try each length of them."""
    assert parse_property("header:" + "a" * 9_000_000) is None
    assert parse_any_blob("bm1" + "-p1" * 3_000_000) is None
