"""Bodies that say more than a call takes, or the same thing twice, are refused and not half understood."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.sim.graph.harness import GraphCaller, application, mailbox_of, office, served


@pytest.fixture(scope="module")
def graph() -> Iterator[GraphCaller]:
    sim = office()
    sim.world.bulk(mailbox_of(sim), mailbox_of(sim).named["inbox"], 1, seed=5)
    with served(application(sim)) as base:
        yield GraphCaller(base)


@pytest.fixture(scope="module")
def message(graph: GraphCaller) -> str:
    return str(graph.get("/me/messages?$select=id")["value"][0]["id"])


CALLS = [
    ("GET", "/me/messages"),
    ("GET", "/me"),
    ("GET", "/subscriptions"),
    ("DELETE", "/me/messages/{message}"),
    ("POST", "/me/messages/{message}/permanentDelete"),
    ("POST", "/me/mailFolders/archive/permanentDelete"),
    ("POST", "/subscriptions/x/reauthorize"),
]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_call_that_takes_no_body_takes_none(
    graph: GraphCaller, message: str, method: str, path: str
) -> None:
    refused = graph.call(method, path.format(message=message), {"foo": 1})
    assert refused.status == 400
    assert "'foo'" in refused.json["error"]["message"]
    assert graph.get(f"/me/messages/{message}?$select=id")["id"] == message


@pytest.mark.parametrize("body", [b"", b" ", b"{ }", b"null"])
def test_an_empty_one_says_nothing(graph: GraphCaller, body: bytes) -> None:
    assert graph.call("GET", "/me/messages", body).status == 200


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/me/messages", b'{"subject":"a","subject":"b"}', "subject"),
        ("/me/messages", b'{"body":{"content":"a","content":"a"}}', "content"),
        ("/me/messages", b'{"toRecipients":[{"emailAddress":{"name":"a","n\\u0061me":"b"}}]}', "name"),
        ("/$batch", b'{"requests":[{"id":"1","id":"2","method":"GET","url":"/me"}]}', "id"),
        ("/$batch", b'{"requests":[{"id":"1","method":"POST","url":"/me","body":{"x":1,"x":2}}]}', "x"),
    ],
)
def test_a_name_is_given_once(graph: GraphCaller, path: str, body: bytes, name: str) -> None:
    """However deep, and whether or not the values are the same."""
    refused = graph.call("POST", path, body)
    assert refused.status == 400
    assert f"'{name}' occurs twice" in refused.json["error"]["message"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json; charset=UTF-8", 201),
        ('application/json;charset="utf-8"', 201),
        ("application/json; charset=iso-8859-1", 415),
        ("application/json;odata.metadata=minimal;charset=utf-16", 415),
    ],
)
def test_json_is_in_utf_8(graph: GraphCaller, kind: str, status: int) -> None:
    assert graph.call("POST", "/me/messages", {"subject": "x"}, Content_Type=kind).status == status
