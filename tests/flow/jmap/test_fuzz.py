"""Whatever is sent, the API answers by its own rules: never 500, never serverFail, never silence."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.test_any_value import USING
from tests.flow.jmap.test_core import METHODS

SENDING = [
    f"{type_}/{verb}"
    for type_, verbs in (
        ("Identity", ("get", "changes")),
        ("EmailSubmission", ("get", "changes", "query", "queryChanges", "set")),
        ("Mailbox", ("set",)),
        ("Blob", ("upload", "get", "lookup", "copy")),
        ("Email", ("parse",)),
    )
    for verb in verbs
]

QUERIES = ["Email/query", "Mailbox/query", "Email/queryChanges", "EmailSubmission/query"]
SLOW = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]
QUICK = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=SLOW,
    database=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
)

words = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "m1",
            "f1",
            "t1",
            "a1",
            "bm1",
            "mzzzzzzzzzzzzz",
            "fzzzzzzzzzzzzz",
            "$seen",
            "*",
            "/",
            "-1",
            "1.1",
        ]
    ),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([2**31, 2**53, 2**53 - 1, 2**63, -(2**63), -1, 0, 10**30]),
    st.floats(allow_nan=False, allow_infinity=False),
    words,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=8,
)
argument_names = st.sampled_from(
    [
        "ids", "properties", "filter", "sort", "position", "anchor", "anchorOffset", "limit",
        "calculateTotal", "collapseThreads", "sinceState", "sinceQueryState", "maxChanges", "upToId",
        "update", "destroy",
        "create", "ifInState", "fetchTextBodyValues", "maxBodyValueBytes", "bodyProperties",
        "sortAsTree", "#ids",
    ]
)  # fmt: skip
conditions = st.dictionaries(
    st.sampled_from(
        [
            "inMailbox", "inMailboxOtherThan", "hasKeyword", "notKeyword", "before", "after", "hasAttachment",
            "operator", "conditions", "text", "subject", "header", "minSize",
            "parentId", "name", "role", "hasAnyRole", "isSubscribed",
            "identityIds", "emailIds", "threadIds", "undoStatus",
        ]
    ),
    st.one_of(
        values,
        st.sampled_from(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-13-01T00:00:00Z", "AND"]),
        st.lists(words, max_size=3),
    ),
    max_size=3,
)  # fmt: skip
patches = st.dictionaries(
    st.one_of(
        st.sampled_from(["keywords", "keywords/$seen", "mailboxIds", "mailboxIds/f1", "keywords/~1~0~"]),
        words,
    ),
    values,
    max_size=3,
)
windows = st.fixed_dictionaries(
    {},
    optional={
        "position": st.integers(-(2**70), 2**70),
        "limit": st.integers(-5, 2**70),
        "anchorOffset": st.integers(-(2**70), 2**70),
        "anchor": words,
        "calculateTotal": st.booleans(),
        "collapseThreads": st.booleans(),
    },
)
references = st.fixed_dictionaries(
    {
        "resultOf": st.sampled_from(["0", "1"]),
        "name": st.sampled_from(["Core/echo", "Email/get"]),
        "path": st.one_of(st.text(max_size=10), st.sampled_from(["/x", "/x/*/y", "/x/0", "//", "/x/~1"])),
    }
)
arguments = st.dictionaries(argument_names, st.one_of(values, conditions), max_size=4)


def _is_answered(desk: Desk, body: Any) -> None:
    octets = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = desk.anna.post("/jmap/api", octets)
    assert answer.status in {200, 400, 413}, (answer.status, octets[:500], answer.body[:500])
    if answer.status == 200:
        for name, told, _ in answer.json["methodResponses"]:
            assert name != "error" or told["type"] != "serverFail", (octets[:1000], told)


@QUICK
@given(octets=st.one_of(st.binary(max_size=200), values.map(lambda v: json.dumps(v).encode())))
def test_any_octets_are_answered(desk: Desk, octets: bytes) -> None:
    """What is no request is refused as such."""
    _is_answered(desk, octets)


@QUICK
@given(method=st.sampled_from([m for m, _ in METHODS] + SENDING), args=arguments)
def test_any_arguments_are_answered(desk: Desk, method: str, args: dict[str, Any]) -> None:
    """Arguments of any type and size are accepted or refused by name."""
    _is_answered(desk, {"using": USING, "methodCalls": [[method, {"accountId": desk.account, **args}, "0"]]})


@QUICK
@given(where=conditions, method=st.sampled_from(QUERIES))
def test_any_filter_is_answered(desk: Desk, where: dict[str, Any], method: str) -> None:
    """Filters of any shape."""
    since = {"sinceQueryState": "1.1"} if method.endswith("Changes") else {}
    args = {"accountId": desk.account, "filter": where, **since}
    _is_answered(desk, {"using": USING, "methodCalls": [[method, args, "0"]]})


@QUICK
@given(window=windows, method=st.sampled_from(["Email/query", "EmailSubmission/query"]))
def test_any_window_is_answered(desk: Desk, window: dict[str, Any], method: str) -> None:
    """Positions and limits of any size."""
    args = {"accountId": desk.account, **window}
    _is_answered(desk, {"using": USING, "methodCalls": [[method, args, "0"]]})


@QUICK
@given(patch=patches, key=words)
def test_any_patch_is_answered(desk: Desk, patch: dict[str, Any], key: str) -> None:
    """Patches of any shape, for ids of no message."""
    args = {
        "accountId": desk.account,
        "update": {key + "?": patch, "m9999999": patch},
        "destroy": [key + "?"],
    }
    _is_answered(desk, {"using": USING, "methodCalls": [["Email/set", args, "0"]]})


@QUICK
@given(reference=st.one_of(values, references), echoed=values)
def test_any_reference_is_answered(desk: Desk, reference: Any, echoed: Any) -> None:
    """References to anything, anywhere."""
    calls = [
        ["Core/echo", {"x": echoed}, "0"],
        ["Email/get", {"accountId": desk.account, "#ids": reference}, "1"],
    ]
    _is_answered(desk, {"using": USING, "methodCalls": calls})


@QUICK
@given(path=st.lists(words, min_size=1, max_size=4), query=words)
def test_any_address_is_answered(desk: Desk, path: list[str], query: str) -> None:
    """Download and stream addresses of any shape: found, refused or not found, never an inner error."""
    from urllib.parse import quote

    spelled = "/".join(quote(p, safe="") for p in path)
    for head in ("/jmap/download/", f"/jmap/download/{desk.account}/"):
        status = desk.anna.get(f"{head}{spelled}?accept={quote(query)}&inline=1").status
        assert status < 500, (status, head, spelled)
