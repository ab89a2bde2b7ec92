"""Whatever is asked of pushes, sharing and quotas, by HTTP or a socket, is answered, never by a failure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.flow.jmap.client import Client
from tests.flow.push.conftest import Place
from tests.flow.push.test_sharing_and_quotas import ALL
from tests.flow.push.test_websocket import opened

QUICK = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
wishes = st.fixed_dictionaries(
    {},
    optional={
        "deviceClientId": values,
        "url": values | st.sampled_from(["https://", "https://[", "https://10.0.0.1/", "https://a..b/"]),
        "keys": values | st.fixed_dictionaries({"p256dh": values, "auth": values}),
        "verificationCode": values,
        "expires": values | st.datetimes().map(lambda at: at.isoformat() + "Z"),
        "types": values,
        "poststelle:arrivals": values
        | st.dictionaries(st.sampled_from(["a1", "a0", ""]), values, max_size=2),
        "colour": values,
    },
)
names = st.sampled_from(["p1", "p0", "#k", "", "p", "u1", "zzzzzzzzzzzzzzzz", "\0"])
ARGUMENTS = (
    "ids", "properties", "sinceState", "sinceQueryState", "maxChanges", "filter", "sort", "position",
    "anchor", "anchorOffset", "limit", "calculateTotal", "create", "update", "destroy", "ifInState",
)  # fmt: skip
SAID = ("id", "using", "methodCalls", "createdIds", "dataTypes", "pushState")
arguments = st.fixed_dictionaries({}, optional=dict.fromkeys(ARGUMENTS, values))
METHODS = [
    "Quota/get", "Quota/query", "Quota/changes", "Quota/queryChanges", "Principal/get", "Principal/query",
    "Principal/changes", "Principal/queryChanges", "Principal/set", "PushSubscription/get",
    "PushSubscription/set", "ShareNotification/get", "ShareNotification/query", "ShareNotification/changes",
    "ShareNotification/queryChanges", "ShareNotification/set",
]  # fmt: skip


@pytest.fixture(scope="module")
def own(place: Place, anna: Client) -> str:
    return place.account("anna")


def is_answered(who: Client, name: str, args: Any) -> None:
    answer = who.post("/jmap/api", {"using": ALL, "methodCalls": [[name, args, "0"]]})
    assert answer.status == 200, (name, args, answer.body)
    [[_, told, _]] = answer.json["methodResponses"]
    assert told.get("type") != "serverFail", (name, args, told)


@QUICK
@given(wish=wishes, patch=wishes, id_=names)
def test_any_wish_is_answered(anna: Client, wish: Any, patch: Any, id_: str) -> None:
    args = {"create": {"k": wish}, "update": {id_: patch}, "destroy": [id_]}
    is_answered(anna, "PushSubscription/set", args)


@QUICK
@given(name=st.sampled_from(METHODS), args=arguments, has_account=st.booleans())
def test_any_arguments_are_answered(
    anna: Client, own: str, name: str, args: dict[str, Any], has_account: bool
) -> None:
    is_answered(anna, name, {**args, **({"accountId": own} if has_account else {})})


@QUICK
@given(
    said=st.one_of(
        st.text(max_size=50),
        st.fixed_dictionaries(
            {"@type": st.sampled_from(["Request", "WebSocketPushEnable", "Response"]) | values},
            optional=dict.fromkeys(
                ("id", "using", "methodCalls", "createdIds", "dataTypes", "pushState"), values
            ),
        ).map(json.dumps),
    )
)
def test_whatever_is_said_to_a_socket_leaves_it_open(anna: Client, said: str) -> None:
    """What comes back is of a kind that is told to clients."""
    with opened(anna) as socket:
        socket.connection.send(said)
        socket.connection.send(
            json.dumps({"@type": "Request", "id": "last", "using": ALL, "methodCalls": []})
        )
        while (told := socket.next()).get("requestId") != "last":
            assert told["@type"] in {"RequestError", "Response", "StateChange"}
            assert told.get("status") != 500


def test_arguments_that_nobody_knows_are_refused(anna: Client, own: str) -> None:
    """Nothing is silently ignored."""
    needed = {"changes": {"sinceState": "0"}, "queryChanges": {"sinceQueryState": "0"}}
    for name in METHODS:
        of_account = {} if name.startswith("Push") else {"accountId": own}
        args = {**of_account, **needed.get(name.partition("/")[2], {}), "colour": "red"}
        answer = anna.request((name, args, "0"), using=ALL)["methodResponses"]
        assert answer[0][1]["type"] == "invalidArguments", name
