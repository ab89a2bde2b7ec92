"""What a query is sorted by (RFC 8620 §5.5)."""

from __future__ import annotations

from typing import Any

import pytest

from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.listing import comparators

JMAPC = {"anchorOffset": 0, "calculateTotal": False, "position": 0}


def test_what_jmapc_adds_to_a_comparator_says_nothing() -> None:
    """The library repeats a query's arguments there, as if they were left out."""
    given = {"property": "receivedAt", "isAscending": False, **JMAPC}

    assert comparators([given], {"receivedAt"}) == [("receivedAt", False)]


@pytest.mark.parametrize(
    "more", [{"position": 1}, {"limit": 5}, {"anchor": "m1"}, {"keyword": None}, {"x": []}]
)
def test_what_says_something_is_not_ignored(more: dict[str, Any]) -> None:
    with pytest.raises(MethodError) as caught:
        comparators([{"property": "receivedAt", **JMAPC, **more}], {"receivedAt"})

    assert caught.value.type == "unsupportedSort"
