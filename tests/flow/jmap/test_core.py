"""What RFC 8620 says about requests and method calls, asked for over real HTTP."""

import json
from typing import Any

import pytest
from tests.flow.jmap.client import CORE, MAIL, OURS, USING, Client
from tests.flow.jmap.conftest import Desk

PROBLEM = "urn:ietf:params:jmap:error:"


def refused(client: Client, body: Any) -> tuple[int, str]:
    """Status and type of a request refused as a whole."""
    answer = client.post("/jmap/api", body)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status, answer.json["type"].removeprefix(PROBLEM)


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        (b"", "notJSON"),
        (b"{", "notJSON"),
        (b"\xff\xfe", "notJSON"),
        (b'{"using":["' + b"\xe4" + b'"],"methodCalls":[]}', "notJSON"),
        (b"[" * 100_000, "notJSON"),
        (b'{"using":[],"methodCalls":[],"using":[]}', "notJSON"),
        (b'{"using":[],"methodCalls":[["a",{"x":{"y":1,"y":{}}},"0"]]}', "notJSON"),
        (b'{"using":[],"methodCalls":[["a",{"x" : "\\u003A","x":1},"0"]]}', "notJSON"),
        (b"[]", "notRequest"),
        (b"null", "notRequest"),
        (b"{}", "notRequest"),
        (b'{"using":[],"methodCalls":{}}', "notRequest"),
        (b'{"using":["urn:ietf:params:jmap:core"],"methodCalls":[["Core/echo",{}]]}', "notRequest"),
        (b'{"using":["urn:ietf:params:jmap:core"],"methodCalls":[["Core/echo",[],"0"]]}', "notRequest"),
        (b'{"using":["urn:example:none"],"methodCalls":[]}', "unknownCapability"),
    ],
)
def test_what_is_no_request_is_refused_by_name(desk: Desk, body: bytes, type_: str) -> None:
    """Each broken form gets the type the RFC gives it, with status 400."""
    assert refused(desk.anna, body) == (400, type_)


def test_names_that_differ_are_no_repetition(desk: Desk) -> None:
    """However colons are written, and wherever a name stands again."""
    echoed = b'{"x":{"a":":"},"y":{"a" : "\\u003a\\":"},"z":"\\\\u003a"}'
    body = b'{"using":["urn:ietf:params:jmap:core"],"methodCalls":[["Core/echo",%b,"0"]]}' % echoed
    [[_, said, _]] = desk.anna.post("/jmap/api", body).json["methodResponses"]
    assert said == {"x": {"a": ":"}, "y": {"a": ':":'}, "z": "\\u003a"}


def test_a_request_says_that_it_is_json(desk: Desk) -> None:
    """Source: RFC 8620 §3.1, §3.6.1."""
    body = b'{"using":["urn:ietf:params:jmap:core"],"methodCalls":[]}'
    for kind, status in (("text/plain", 400), ("", 400), ("Application/JSON; charset=utf-8", 200)):
        answer = desk.anna.post("/jmap/api", body, **{"Content-Type": kind})
        assert answer.status == status, kind
        assert status == 200 or answer.json["type"] == f"{PROBLEM}notJSON"


def test_too_many_calls_are_refused_whole(desk: Desk) -> None:
    """More calls than promised: none is run, and the limit is named."""
    calls: list[Any] = [["Core/echo", {}, str(n)] for n in range(33)]
    answer = desk.anna.post("/jmap/api", {"using": USING, "methodCalls": calls})

    assert answer.status == 400
    assert answer.json["type"] == f"{PROBLEM}limit"
    assert answer.json["limit"] == "maxCallsInRequest"


@pytest.mark.parametrize(
    ("limit", "path", "in_pieces"),
    [
        ("maxSizeRequest", "/jmap/api", False),
        ("maxSizeRequest", "/jmap/api", True),
        ("maxSizeUpload", "/jmap/upload/{account}/", False),
    ],
)
def test_too_large_a_body_is_refused(desk: Desk, limit: str, path: str, in_pieces: bool) -> None:
    """At once by the length it has said, and where it comes in pieces as soon as it is too long.

    Source: RFC 8620 §3.6.1.
    """
    most = desk.anna.ok("GET", "/jmap/session")["capabilities"][CORE][limit]
    told = {"Transfer-Encoding": "chunked"} if in_pieces else {"Content-Length": str(most + 1)}
    body = (b"x" * 1_000_000 for _ in range(most // 1_000_000 + 1)) if in_pieces else None
    headers = {"Content-Type": "application/json", **desk.anna._who(), **told}
    connection = desk.anna._connection()
    connection.request("POST", path.format(account=desk.account), body, headers, encode_chunked=in_pieces)
    response = connection.getresponse()
    said = json.loads(response.read())
    connection.close()

    assert (response.status, response.getheader("content-type")) == (413, "application/problem+json")
    assert (said["type"], said["limit"], said["status"]) == (f"{PROBLEM}limit", limit, 413)


@pytest.mark.parametrize("path", ["/jmap/api", "/jmap/upload/a1/"])
def test_what_is_posted_to_is_not_read(desk: Desk, path: str) -> None:
    """It is there all the same."""
    answer = desk.anna.get(path)

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_echo_gives_back_what_it_got(desk: Desk) -> None:
    """Core/echo answers with its arguments."""
    args = {"hello": True, "höher": [1, None, "😀", {"a": 2.5}]}

    assert desk.anna.call("Core/echo", **args) == args


def test_an_unknown_method_stands_alone(desk: Desk) -> None:
    """One unknown call is answered by an error; the calls around it run, in order."""
    calls: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("Core/echo", {}, "a"),
        ("Email/frobnicate", {}, "b"),
        ("Core/echo", {}, "c"),
    )
    answers = desk.anna.request(*calls)["methodResponses"]

    assert [(name, call_id) for name, _, call_id in answers] == [
        ("Core/echo", "a"),
        ("error", "b"),
        ("Core/echo", "c"),
    ]
    assert answers[1][1]["type"] == "unknownMethod"


def test_a_method_needs_its_capability(desk: Desk) -> None:
    """Without the mail capability in ``using`` there is no Mailbox/get, without ours no SyncState/get."""
    args = {"accountId": desk.account}
    [[_, plain, _]] = desk.anna.request(("Mailbox/get", args, "0"), using=[CORE])["methodResponses"]
    [[_, ours, _]] = desk.anna.request(("SyncState/get", args, "0"), using=[CORE, MAIL])["methodResponses"]
    [[name, _, _]] = desk.anna.request(("SyncState/get", args, "0"), using=[OURS])["methodResponses"]

    assert (plain["type"], ours["type"], name) == ("unknownMethod", "unknownMethod", "SyncState/get")


METHODS = [
    ("Mailbox/get", {}),
    ("Mailbox/query", {}),
    ("Mailbox/changes", {"sinceState": "1.1"}),
    ("Email/get", {"ids": []}),
    ("Email/query", {}),
    ("Email/queryChanges", {"sinceQueryState": "1.1"}),
    ("Email/changes", {"sinceState": "1.1"}),
    ("Email/set", {}),
    ("Thread/get", {"ids": []}),
    ("Thread/changes", {"sinceState": "1.1"}),
    ("SyncState/get", {}),
]


@pytest.mark.parametrize(("method", "args"), METHODS, ids=[m for m, _ in METHODS])
def test_no_argument_is_ignored(desk: Desk, method: str, args: dict[str, Any]) -> None:
    """An argument the method does not know, and an account id of the wrong type, are invalidArguments."""
    assert desk.anna.refusal(method, accountId=desk.account, **args, colour="red") == "invalidArguments"
    assert desk.anna.refusal(method, accountId=7, **args) == "invalidArguments"
    assert desk.anna.refusal(method, **args) == "invalidArguments"


@pytest.mark.parametrize(("method", "args"), METHODS, ids=[m for m, _ in METHODS])
@pytest.mark.parametrize("account", ["a999", "x1", "", "a", "A1", "a01", "azzzzzzzzzzzzz", "a1' or 1=1"])
def test_an_account_that_is_not_there_is_not_found(
    desk: Desk, method: str, args: dict[str, Any], account: str
) -> None:
    """Whatever form the id has, the answer is accountNotFound."""
    assert desk.anna.refusal(method, accountId=account, **args) == "accountNotFound"


def test_a_reference_takes_arguments_from_an_earlier_answer(desk: Desk) -> None:
    """Query, emails and their threads in one request (RFC 8620 §3.7)."""
    inbox = desk.anna.folder(desk.account, "inbox")["id"]
    where = {"inMailbox": inbox}
    emails = {"resultOf": "q", "name": "Email/query", "path": "/ids"}
    threads = {"resultOf": "e", "name": "Email/get", "path": "/list/*/threadId"}
    members = {"resultOf": "t", "name": "Thread/get", "path": "/list/*/emailIds"}
    a = {"accountId": desk.account}
    answers = desk.anna.request(
        ("Email/query", a | {"filter": where, "limit": 3}, "q"),
        ("Email/get", a | {"#ids": emails, "properties": ["threadId"]}, "e"),
        ("Thread/get", a | {"#ids": threads}, "t"),
        ("Email/get", a | {"#ids": members, "properties": ["subject"]}, "m"),
    )["methodResponses"]

    assert [name for name, _, _ in answers] == ["Email/query", "Email/get", "Thread/get", "Email/get"]
    assert [e["id"] for e in answers[1][1]["list"]] == answers[0][1]["ids"]
    assert len(answers[3][1]["list"]) == 3


@pytest.mark.parametrize(
    "reference",
    [
        {"resultOf": "none", "name": "Core/echo", "path": "/x"},
        {"resultOf": "e", "name": "Email/get", "path": "/x"},
        {"resultOf": "e", "name": "Core/echo", "path": "/nowhere"},
        {"resultOf": "e", "name": "Core/echo", "path": "x"},
        {"resultOf": "e", "name": "Core/echo"},
        {"resultOf": "e", "name": "Core/echo", "path": "/x/5"},
        "e",
        None,
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(desk: Desk, reference: Any) -> None:
    """The call is answered by invalidResultReference and nothing is guessed."""
    answers = desk.anna.request(
        ("Core/echo", {"x": ["m1"]}, "e"),
        ("Email/get", {"accountId": desk.account, "#ids": reference}, "r"),
    )["methodResponses"]

    assert answers[1][0] == "error"
    assert answers[1][1]["type"] == "invalidResultReference"


def test_an_argument_given_twice_is_refused(desk: Desk) -> None:
    """Plainly and by reference at once is invalidArguments."""
    reference = {"resultOf": "e", "name": "Core/echo", "path": "/x"}
    answers = desk.anna.request(
        ("Core/echo", {"x": []}, "e"),
        ("Email/get", {"accountId": desk.account, "ids": [], "#ids": reference}, "r"),
    )["methodResponses"]

    assert answers[1][1]["type"] == "invalidArguments"


def test_created_ids_come_back_when_they_were_given(desk: Desk) -> None:
    """``createdIds`` is answered only where the request had it (RFC 8620 §3.4)."""
    body: dict[str, Any] = {"using": USING, "methodCalls": [["Core/echo", {}, "0"]]}
    without = desk.anna.ok("POST", "/jmap/api", body)
    with_ids = desk.anna.ok("POST", "/jmap/api", body | {"createdIds": {"k1": "m1"}})

    assert "createdIds" not in without
    assert with_ids["createdIds"] == {"k1": "m1"}


def test_answers_quoted_in_answers_do_not_grow_without_end(desk: Desk) -> None:
    """Each call quotes the one before twice: refused by name long before it costs anything."""
    calls: list[tuple[str, Any, str]] = [("Core/echo", {"a": "x" * 100, "b": ""}, "0")]
    for n in range(1, 32):
        quote = {"resultOf": str(n - 1), "name": "Core/echo", "path": ""}
        calls.append(("Core/echo", {"#a": quote, "#b": quote}, str(n)))
    answer = desk.anna.post("/jmap/api", {"using": USING, "methodCalls": calls})

    errors = [args["type"] for name, args, _ in answer.json["methodResponses"] if name == "error"]
    assert answer.status == 200
    assert len(answer.body) < 5_000_000
    assert set(errors) == {"requestTooLarge", "invalidResultReference"}


@pytest.mark.parametrize("padding", [0, 200_000])
def test_what_is_nested_deeply_is_told_or_refused_by_name(desk: Desk, padding: int) -> None:
    """However deep, plainly and by reference, in a short request and in a long one."""
    reference = '{"resultOf":"0","name":"Core/echo","path":"/x"}'
    for depth in range(440, 1_040, 10):
        deep = "[" * depth + "]" * depth
        calls = (
            f'["Core/echo",{{"p":"{"x" * padding}","x":{deep}}},"0"],["Core/echo",{{"#y":{reference}}},"1"]'
        )
        body = f'{{"using":["{CORE}"],"methodCalls":[{calls}]}}'.encode()
        answer = desk.anna.post("/jmap/api", body, **{"Content-Type": "application/json"})
        assert answer.status in {200, 400} and b"serverFail" not in answer.body, depth
        assert answer.status == 200 or answer.json["type"] == f"{PROBLEM}notJSON"


def test_numbers_outside_of_json_are_refused(desk: Desk) -> None:
    """RFC 8620 §1.3: an Int ends at 2^53-1."""
    for position in (2**53, 2**63, -(2**60)):
        assert (
            desk.anna.refusal("Email/query", accountId=desk.account, position=position) == "invalidArguments"
        )
