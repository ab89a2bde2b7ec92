"""What fields of a draft for Microsoft may cost: counted before they are read, ended while they are."""

from __future__ import annotations

from typing import Any

import pytest

from poststelle.http.jmap.errors import SetError
from poststelle.http.jmap.header_create import take


def unasked() -> None:
    """Nobody ends it."""


@pytest.mark.parametrize(
    "data",
    [{f"header:X-{n}": "x" for n in range(201)}, {"header:X-A:all": ["x"] * 201}],
    ids=["names", "values"],
)
def test_too_many_fields_are_refused_before_any_is_read(data: dict[str, Any]) -> None:
    checks = list[int]()
    with pytest.raises(SetError) as caught:
        take(lambda: checks.append(1), data)
    assert caught.value.body["type"] == "invalidProperties"
    assert checks == []


def test_a_long_list_in_one_field_can_be_ended() -> None:
    """Asked at each of its people, not once a field."""

    class Ended(Exception): ...

    left = 100

    def check() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Ended

    with pytest.raises(Ended):
        take(check, {"header:To:asAddresses": [{"email": "a@b.example"}] * 1_000})


def test_as_many_as_microsoft_keeps_go_along() -> None:
    fields = {f"header:X-{n}": "x" for n in range(5)}
    assert take(unasked, {"subject": "a", **fields}) == (
        {"subject": "a"},
        tuple((f"X-{n}", "x") for n in range(5)),
    )
    with pytest.raises(SetError):
        take(unasked, fields | {"header:X-6": "x"})
