"""What messages tell is written once, in the thread that reads them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from poststelle.http.jmap.body_options import BodyOptions, value_json
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.references import Budget, resolve
from poststelle.http.jmap.telling import weighed, with_long_texts_written

LONG = "ä😀" * 10_000


class Text(str):
    """Counts how often its octets are asked for."""

    encoded = 0

    def encode(self, *args: Any) -> bytes:
        Text.encoded += 1
        return super().encode(*args)


def unasked() -> None:
    """Nobody ends it."""


def told() -> dict[str, Any]:
    return {"subject": "a", "bodyValues": {"1": {"value": LONG}}}


def test_what_is_long_is_written_once_and_says_the_same() -> None:
    email, values, octets = weighed(lambda _check, _octets: told(), unasked, b"")
    assert email["subject"] == "a" and isinstance(email["bodyValues"], msgspec.Raw)
    assert msgspec.json.decode(msgspec.json.encode(email)) == told()
    assert (values, octets >= len(LONG.encode())) == (4, True)
    assert msgspec.json.encode(with_long_texts_written(told())) == msgspec.json.encode(told())


@pytest.mark.parametrize("path", ["/list/0", "/list/0/bodyValues", "/list/*/bodyValues/1/value"])
def test_references_lead_into_what_is_written(path: str) -> None:
    """As into anything else, and it counts."""
    args = {"#x": {"resultOf": "0", "name": "Email/get", "path": path}}
    plain = [("Email/get", {"list": [told()]}, "0")]
    written = [("Email/get", {"list": [with_long_texts_written(told())]}, "0")]
    assert resolve(args, written, Budget(1_000_000)) == resolve(args, plain, Budget(1_000_000))
    with pytest.raises(MethodError, match="too much"):
        resolve(args, written, Budget(10_000))


def test_a_text_that_comes_whole_is_not_encoded_for_its_length() -> None:
    class Plain(Text):
        def replace(self, *_: Any) -> Any:
            return self

    text = Plain(LONG)
    assert value_json(text, "text/plain", BodyOptions(), is_whole=True)["value"] is text
    assert Text.encoded == 0


@pytest.mark.parametrize("most", [1, 2, 5, 6, 11, 12, 13])
def test_a_text_is_cut_between_characters(most: int) -> None:
    found = value_json("ä😀ä😀", "text/plain", BodyOptions(max_octets=most), is_whole=True)
    whole = "ä😀ä😀".encode()
    assert found["value"] == whole[:most].decode(errors="ignore")
    assert found["isTruncated"] == (most < len(whole))
