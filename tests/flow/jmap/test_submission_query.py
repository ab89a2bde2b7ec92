"""EmailSubmission/query: what it refuses by name, and what it says of its limit."""

from __future__ import annotations

from typing import Any

import pytest
from tests.flow.jmap.client import Json
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.test_any_value import USING

REFUSED: list[tuple[Json, str]] = [
    ({"filter": {"before": "zzz"}}, "invalidArguments"),
    ({"filter": {"after": "2026-01-01T00:00:00+00:00"}}, "invalidArguments"),
    ({"filter": {"after": "2026-02-30T00:00:00Z"}}, "invalidArguments"),
    ({"filter": {"undoStatus": "zzz"}}, "invalidArguments"),
    ({"filter": {"emailIds": [["m1"]]}}, "invalidArguments"),
    ({"filter": {"colour": "red"}}, "unsupportedFilter"),
    ({"filter": {"operator": "OR", "conditions": []}}, "unsupportedFilter"),
    ({"sort": [{"property": ["a"]}]}, "invalidArguments"),
    ({"sort": ["sentAt"]}, "invalidArguments"),
    ({"sort": [{"property": "sentAt", "isAscending": "no"}]}, "invalidArguments"),
    ({"sort": [{"property": "size"}]}, "unsupportedSort"),
    ({"anchor": "zzz"}, "anchorNotFound"),
    ({"anchor": "s9999999"}, "anchorNotFound"),
    ({"limit": -1}, "invalidArguments"),
]


def query(desk: Desk, method: str, **args: Any) -> Json:
    calls = (method, {"accountId": desk.account, **args}, "0")
    [[_, answer, _]] = desk.anna.request(calls, using=USING)["methodResponses"]
    return dict(answer)


@pytest.mark.parametrize(("args", "type_"), REFUSED, ids=str)
def test_what_is_not_understood_is_refused_by_name(desk: Desk, args: Json, type_: str) -> None:
    """Source: RFC 8620 §5.5, §1.4."""
    assert query(desk, "EmailSubmission/query", **args)["type"] == type_


def test_a_filter_by_ids_that_cannot_be_ours_finds_nothing(desk: Desk) -> None:
    """They are ids, of nothing."""
    answer = query(desk, "EmailSubmission/query", filter={"emailIds": ["zzz"]}, calculateTotal=True)
    assert (answer["ids"], answer["total"], answer["position"]) == ([], 0, 0)


@pytest.mark.parametrize("method", ["EmailSubmission/query", "Email/query"])
@pytest.mark.parametrize(("asked", "told"), [(None, 5_000), (7, None), (5_000, None), (5_001, 5_000)])
def test_a_limit_that_the_client_did_not_ask_for_is_told(
    desk: Desk, method: str, asked: int | None, told: int | None
) -> None:
    """Source: RFC 8620 §5.5 (limit)."""
    assert query(desk, method, limit=asked).get("limit") == told
