"""EmailSubmission/query: what it refuses by name, and what it says of its limit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.flow.jmap.client import Json
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.test_any_value import USING

_DEEP: Json = {"undoStatus": "final"}
for _ in range(11):
    _DEEP = {"operator": "NOT", "conditions": [_DEEP]}
_MANY: Json = {"operator": "OR", "conditions": [{}] * 200}
REFUSED: list[tuple[Json, str]] = [
    ({"filter": {"before": "zzz"}}, "invalidArguments"),
    ({"filter": {"after": "2026-01-01T00:00:00+00:00"}}, "invalidArguments"),
    ({"filter": {"after": "2026-02-30T00:00:00Z"}}, "invalidArguments"),
    ({"filter": {"undoStatus": "zzz"}}, "invalidArguments"),
    ({"filter": {"emailIds": [["m1"]]}}, "invalidArguments"),
    ({"filter": {"colour": "red"}}, "unsupportedFilter"),
    ({"filter": _DEEP}, "unsupportedFilter"),
    ({"filter": _MANY}, "unsupportedFilter"),
    ({"filter": {"operator": "XOR", "conditions": []}}, "invalidArguments"),
    ({"filter": {"operator": "OR", "conditions": [], "undoStatus": "final"}}, "invalidArguments"),
    ({"filter": {"operator": "OR", "conditions": ["x"]}}, "invalidArguments"),
    ({"filter": {"operator": "NOT", "conditions": [{"colour": "red"}]}}, "unsupportedFilter"),
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


@pytest.mark.parametrize(("args", "type_"), REFUSED)
def test_what_is_not_understood_is_refused_by_name(desk: Desk, args: Json, type_: str) -> None:
    """Source: RFC 8620 §5.5, §1.4."""
    assert query(desk, "EmailSubmission/query", **args)["type"] == type_


def test_a_filter_by_ids_that_cannot_be_ours_finds_nothing(desk: Desk) -> None:
    """They are ids, of nothing."""
    answer = query(desk, "EmailSubmission/query", filter={"emailIds": ["zzz"]}, calculateTotal=True)
    assert (answer["ids"], answer["total"], answer["position"]) == ([], 0, 0)


def test_conditions_are_combined(desk: Desk) -> None:
    """Within one another. Source: RFC 8620 §5.5."""
    [identity] = query(desk, "Identity/get", ids=None)["list"][:1]
    drafts = desk.anna.folder(desk.account, "drafts")["id"]
    email = {"mailboxIds": {drafts: True}, "keywords": {"$draft": True}, "to": [{"email": "a@b.example"}]}
    new = {f"d{n}": {**email, "subject": f"Nr. {n}"} for n in range(3)}
    made = [one["id"] for one in query(desk, "Email/set", create=new)["created"].values()]
    later = (datetime.now(UTC) + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%SZ")
    sent = {m: {"emailId": m, "identityId": identity["id"], "sendAt": later} for m in made}
    created = query(desk, "EmailSubmission/set", create=sent)["created"]
    first, second, third = (created[m]["id"] for m in made)
    either = {"operator": "OR", "conditions": [{"emailIds": [made[0]]}, {"emailIds": [made[1]]}]}
    not_first = {"operator": "NOT", "conditions": [{"emailIds": [made[0]]}]}
    both = {"operator": "AND", "conditions": [either, not_first]}

    def found(where: Json) -> set[str]:
        return set(query(desk, "EmailSubmission/query", filter=where)["ids"])

    assert found(either) == {first, second}
    assert found(both) == {second}
    assert third in found(not_first) and first not in found(not_first)
    query(desk, "EmailSubmission/set", update={i: {"undoStatus": "canceled"} for i in (first, second, third)})


@pytest.mark.parametrize("method", ["EmailSubmission/query", "Email/query"])
@pytest.mark.parametrize(("asked", "told"), [(None, 5_000), (7, None), (5_000, None), (5_001, 5_000)])
def test_a_limit_that_the_client_did_not_ask_for_is_told(
    desk: Desk, method: str, asked: int | None, told: int | None
) -> None:
    """Source: RFC 8620 §5.5 (limit)."""
    assert query(desk, method, limit=asked).get("limit") == told
