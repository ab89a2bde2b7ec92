"""Filters over types of which an account has few."""

from __future__ import annotations

from typing import Any

import pytest

from poststelle.http.jmap import few
from poststelle.http.jmap.errors import MethodError


def test_what_a_filter_asks_is_read_once() -> None:
    """Not for each item: there may be thousands of these, and hundreds of conditions."""
    read, looked_at = list[str](), list[str]()

    def name(value: Any) -> few.Fits:
        read.append(value)

        def fits(item: few.Item) -> bool:
            looked_at.append(value)
            return bool(item["name"] == value)

        return fits

    fits = few.compiled(
        {"operator": "OR", "conditions": [{"name": f"{n}"} for n in range(50)]}, {"name": name}
    )
    found = [n for n in range(100) if fits({"name": f"{n}"})]

    assert (found, read) == (list(range(50)), [f"{n}" for n in range(50)])
    assert len(looked_at) == sum(range(1, 51)) + 50 * 50  # no further than it takes


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, "abc"),
        ({"name": "A"}, "a"),
        ({"name": "a", "is": False}, ""),
        ({"operator": "NOT", "conditions": [{"name": "a"}, {"name": "b"}]}, "c"),
        ({"operator": "AND", "conditions": [{"is": True}, {"name": "a"}]}, "a"),
        ({"operator": "AND", "conditions": []}, "abc"),
        ({"operator": "OR", "conditions": []}, ""),
    ],
)
def test_conditions_are_joined(condition: Any, expected: str) -> None:
    """Source: RFC 8620 §5.5."""
    fits = few.compiled(condition, {"name": few.text_in("name"), "is": few.is_true("is")})
    assert "".join(one for one in "abc" if fits({"name": one, "is": one < "c"})) == expected


@pytest.mark.parametrize(
    "wrong", [{"name": 1}, {"x": 1}, {"operator": "XOR", "conditions": []}, {"operator": "OR"}, 7]
)
def test_a_condition_that_is_none_is_refused_wherever_it_stands(wrong: Any) -> None:
    """Also where it decides nothing, and where there are no items."""
    whole = {"operator": "OR", "conditions": [{"name": ""}, wrong]}
    with pytest.raises(MethodError):
        few.compiled(whole, {"name": few.text_in("name")})
