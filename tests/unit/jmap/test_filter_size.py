"""What a filter may hold, counted before it is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from poststelle.http.jmap import email_filter
from poststelle.http.jmap.api import unasked
from poststelle.http.jmap.errors import MethodError
from poststelle.lib.ids import decode_id
from poststelle.mail import terms


def read(*conditions: dict[str, Any]) -> Any:
    return email_filter.parse(unasked, {"operator": "OR", "conditions": list(conditions)})


def refused(*conditions: dict[str, Any]) -> str:
    with pytest.raises(MethodError) as caught:
        read(*conditions)
    return str(caught.value.body["description"])


@pytest.mark.parametrize("text", ["* ", "\"' ", "'\\ ", "« ", "a-b c "])
def test_signs_cost_as_words_do(text: str) -> None:
    """There is nothing to be looked for, and each piece has been looked at: fifty of them are enough."""
    found, cost = terms.counted(text * 200)
    assert 1 <= len(found) <= cost == 50
    read({"text": text * 200}, {"header": ["Subject", text * 200]})
    assert "words" in refused(*[{"text": text * 200, "subject": "a"}] * 3)


def test_a_text_costs_something_though_it_is_empty() -> None:
    """Of these there were fourteen hundred."""
    read(*[{"subject": " "}] * 100)
    assert "words" in refused(*[{"subject": " "}] * 101)


def test_as_many_folders_are_left_out_as_a_mailbox_has() -> None:
    """Together, and before one is looked at."""
    read(*[{"inMailboxOtherThan": ["f1"] * 2_500}] * 2)
    for too_many in ([["f1"] * 2_500, ["f1"] * 2_501], [[{}] * 5_001]):
        assert "mailboxes" in refused(*({"inMailboxOtherThan": some} for some in too_many))


@pytest.mark.parametrize("text", ["f", "f-1", "f1-", "f 1", "f1A", "f\u0661", "f01", "m1", "f" + "z" * 14])
def test_what_is_no_id_is_none(text: str) -> None:
    """Wherever in it the wrong letter stands."""
    assert decode_id("f", text) is None
    assert decode_id("f", "f1z") == 71
