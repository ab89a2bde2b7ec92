"""``$batch``: several calls in one."""

from __future__ import annotations

import itertools
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.flow.jmap.client import eventually
from tests.sim.graph.harness import IMMUTABLE, GraphCaller, Reply

from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation


def part(id_: str, url: str, method: str = "GET", **fields: Any) -> dict[str, Any]:
    return {"id": id_, "method": method, "url": url, **fields}


def batch(graph: GraphCaller, *parts: dict[str, Any]) -> Reply:
    return graph.call("POST", "/$batch", {"requests": parts})


def by_id(reply: Reply) -> dict[str, Any]:
    assert reply.status == 200, reply.body
    return {r["id"]: r for r in reply.json["responses"]}


def test_each_part_has_its_own_answer(graph: GraphCaller) -> None:
    """The batch is 200 even when parts fail; each has its status, headers and body."""
    answers = by_id(batch(graph, part("1", "/me"), part("2", "/me/messages/x"), part("3", "me/foo")))

    assert [answers[i]["status"] for i in "123"] == [200, 400, 501]
    assert answers["2"]["body"]["error"]["code"] == "ErrorInvalidIdMalformed"


def test_prefer_counts_part_by_part(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """The outer Prefer header does not reach the parts."""
    [number] = sim.world.bulk(mailbox, mailbox.named["inbox"], 1, seed=1)
    graph.prefer = IMMUTABLE
    url = "/me/messages?$select=id"

    answers = by_id(batch(graph, part("a", url), part("b", url, headers={"Prefer": IMMUTABLE})))

    ids = [answers[i]["body"]["value"][0]["id"] for i in "ab"]
    assert ids == [mailbox.ids.message(number), mailbox.ids.immutable(number)]
    assert answers["b"]["headers"]["Preference-Applied"] == IMMUTABLE


def test_changes_run_in_the_order_of_dependence(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller
) -> None:
    """A part waits for the one it depends on; after a failure it is 424 and not carried out."""
    [number] = sim.world.bulk(mailbox, mailbox.named["inbox"], 1, seed=1)
    url = f"/me/messages/{mailbox.ids.immutable(number)}"
    json = {"Content-Type": "application/json"}

    answers = by_id(
        batch(
            graph,
            part("1", f"{url}/move", "POST", headers=json, body={"destinationId": "archive"}),
            part(
                "2", f"{url}/move", "POST", headers=json, body={"destinationId": "nowhere"}, dependsOn=["1"]
            ),
            part("3", url, "DELETE", dependsOn=["2"]),
        )
    )

    assert [answers[i]["status"] for i in "123"] == [201, 400, 424]
    assert mailbox.messages[number].folder is mailbox.named["archive"]


def test_twenty_parts_run_four_at_a_time(sim: Simulation, graph: GraphCaller) -> None:
    """A batch alone never goes over the mailbox's limit of four requests at once."""
    sim.limits.latency_s = 0.01

    answers = by_id(batch(graph, *(part(str(n), "/me/messages") for n in range(20))))

    assert {a["status"] for a in answers.values()} == {200}


def test_a_throttled_part_has_its_own_retry_after(sim: Simulation, graph: GraphCaller) -> None:
    """A fault for a part's path hits that part alone."""
    sim.faults.add(
        method="GET",
        path="/v1.0/me/messages",
        status=429,
        code="ApplicationThrottled",
        headers={"Retry-After": "2.128"},
    )

    answers = by_id(batch(graph, part("1", "/me/messages"), part("2", "/me/mailFolders")))

    assert [answers[i]["status"] for i in "12"] == [429, 200]
    assert answers["1"]["headers"]["Retry-After"] == "2.128"


def test_mime_comes_as_base64(sim: Simulation, mailbox: Mailbox, graph: GraphCaller) -> None:
    """What is not JSON is a base64 text in the part's body."""
    [number] = sim.world.bulk(mailbox, mailbox.named["inbox"], 1, seed=1)
    url = f"/me/messages/{mailbox.ids.immutable(number)}/$value"

    answers = by_id(batch(graph, part("1", url)))

    assert b"MIME-Version: 1.0" in b64decode(answers["1"]["body"])


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [part(str(n), "/me") for n in range(21)],
        [part("a", "/me"), part("A", "/me")],
        [part("1", "/me", dependsOn=["2"])],
        [part("1", "/me", dependsOn=["1"])],
        [
            part("1", "/me", dependsOn=["2"]),
            part("2", "/me", dependsOn=["3"]),
            part("3", "/me", dependsOn=["1"]),
        ],
        [part("1", "https://graph.microsoft.com/v1.0/me")],
        [part("", "/me")],
        [part("1", "/me/mailFolders", "POST", body={"displayName": "X"})],
        [{"id": "1", "method": "GET"}],
        [part("1", "/me", colour="red")],
    ],
)
def test_malformed_batches_are_refused_whole(graph: GraphCaller, parts: list[dict[str, Any]]) -> None:
    """Too many, doubled ids, dependence on nothing or in a circle, a body without type: 400 for all."""
    assert batch(graph, *parts).status == 400


def test_the_journal_keeps_the_parts(sim: Simulation, graph: GraphCaller) -> None:
    """One call with its parts is written down, each part with mailbox and status."""
    batch(graph, part("1", "/me/messages?$top=1"), part("2", "/me/foo"))

    [call] = list(sim.journal)

    assert (call.method, call.path, call.status) == ("POST", "/v1.0/$batch", 200)
    assert [(p.path, p.query, p.status, p.mailbox) for p in call.parts] == [
        ("/v1.0/me/messages", "$top=1", 200, "anna@example.org"),
        ("/v1.0/me/foo", "", 501, "anna@example.org"),
    ]


def test_a_part_may_depend_on_a_later_one(graph: GraphCaller) -> None:
    """Dependence goes by id, in whatever order and letter case the parts stand."""
    json = {"Content-Type": "application/json"}

    answers = by_id(
        batch(
            graph,
            part("b", "/me/mailFolders/$count", dependsOn=["A"]),
            part("a", "/me/mailFolders", "POST", headers=json, body={"displayName": "New"}),
        )
    )

    assert answers["a"]["status"] == 201
    assert b64decode(answers["b"]["body"]) == b"9"


def test_a_chain_runs_one_after_the_other(graph: GraphCaller) -> None:
    """Twenty folders, each made only when the one before is there, and the failed one ends the chain."""
    json = {"Content-Type": "application/json"}
    names = [*map(str, range(10)), "3", *map(str, range(20, 29))]
    parts = [
        part(f"p{n}", "/me/mailFolders", "POST", headers=json, body={"displayName": name})
        for n, name in enumerate(names)
    ]
    for before, after in itertools.pairwise(parts):
        after["dependsOn"] = [before["id"]]

    answers = by_id(batch(graph, *parts))

    assert [answers[p["id"]]["status"] for p in parts] == [201] * 10 + [409] + [424] * 9


def test_atomicity_groups_are_refused_by_name(graph: GraphCaller) -> None:
    """OData knows them, Graph's batches do not."""
    reply = batch(graph, part("1", "/me", atomicityGroup="g"))

    assert (reply.status, reply.code) == (501, "NotImplementedInSimulation")
    assert "atomicityGroup" in reply.json["error"]["message"]


@pytest.mark.parametrize("url", ["/me/messages", "me/messages", "/v1.0/me/messages"])
def test_urls_are_relative(graph: GraphCaller, url: str) -> None:
    """With or without a slash or the version before them."""
    assert by_id(batch(graph, part("1", url)))["1"]["status"] == 200


def test_answers_come_in_any_order(sim: Simulation, graph: GraphCaller) -> None:
    """Graph promises no order: here it is shuffled unless a test asks for the order sent."""
    parts = [part(str(n), "/me") for n in range(20)]
    shuffled = [r["id"] for r in batch(graph, *parts).json["responses"]]
    sim.behaviour.batch_order = "sent"
    sent = [r["id"] for r in batch(graph, *parts).json["responses"]]

    assert sent == [p["id"] for p in parts]
    assert shuffled != sent
    assert sorted(shuffled) == sorted(sent)


def test_answers_of_parts_may_be_missing(sim: Simulation, graph: GraphCaller) -> None:
    """A part without an answer may have been carried out all the same."""
    sim.behaviour.batch_loss = 0.5
    json = {"Content-Type": "application/json"}
    made = batch(
        graph,
        *(
            part(str(n), "/me/mailFolders", "POST", headers=json, body={"displayName": f"F{n}"})
            for n in range(12)
        ),
    )

    assert 0 < len(by_id(made)) < 12
    assert graph.call("GET", "/me/mailFolders/$count").body == b"20"


@pytest.mark.parametrize(("kind", "folders"), [("lost", b"9"), ("reset", b"8")])
def test_one_part_can_be_lost(sim: Simulation, graph: GraphCaller, kind: str, folders: bytes) -> None:
    """lost: done without an answer; reset: not even done. The other parts answer."""
    json = {"Content-Type": "application/json"}
    sim.faults.add(method="POST", path="/v1.0/me/mailFolders", kind=kind)

    answers = by_id(
        batch(
            graph,
            part("1", "/me/mailFolders", "POST", headers=json, body={"displayName": "X"}),
            part("2", "/me"),
        )
    )

    assert set(answers) == {"2"}
    assert graph.call("GET", "/me/mailFolders/$count").body == folders


def test_bodies_that_are_not_json_are_texts(graph: GraphCaller) -> None:
    """A text goes as it stands, anything else as base64, and bad base64 fails its part alone."""
    octets = {"Content-Type": "application/octet-stream"}
    url = "/me/mailFolders"

    answers = by_id(
        batch(
            graph,
            part("text", url, "POST", headers={"Content-Type": "text/plain"}, body="TUlNRQ=="),
            part("bad", url, "POST", headers=octets, body="###"),
            part("fine", url, "POST", headers=octets, body="TUlNRQ=="),
        )
    )

    assert {i: a["status"] for i, a in answers.items()} == {"text": 415, "bad": 400, "fine": 415}


def test_parts_beyond_four_at_once_are_throttled_one_by_one(sim: Simulation, graph: GraphCaller) -> None:
    """When two batches run at once some parts are 429, each with its own decimal Retry-After."""
    sim.limits.latency_s = 0.15
    parts = [part(str(n), "/me/messages") for n in range(8)]

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: batch(graph, *parts), range(2)))

    answers = [a for reply in replies for a in reply.json["responses"]]
    throttled = [a for a in answers if a["status"] == 429]
    assert throttled
    assert {a["headers"]["Retry-After"] for a in throttled} == {"1.128"}
    assert any(a["status"] == 200 for a in answers)


def test_what_depends_on_a_part_that_was_never_begun_fails(sim: Simulation, graph: GraphCaller) -> None:
    """The part itself has no answer and no status, the one that waited for it has 424."""
    sim.faults.add(method="GET", path="/v1.0/me", kind="reset")

    answers = by_id(batch(graph, part("1", "/me"), part("2", "/me/messages", dependsOn=["1"])))

    assert {i: a["status"] for i, a in answers.items()} == {"2": 424}
    # Written down when its connection has ended, a moment after the answer.
    noted = eventually(lambda: list(sim.journal))
    assert [p.status for p in noted[-1].parts] == [0]


def test_a_whole_address_of_the_service_counts_as_relative(graph: GraphCaller) -> None:
    """msgraph-sdk for Python sends such urls, and an empty depends_on under its own name."""
    part = {"id": "1", "method": "GET", "url": f"{graph.base}/v1.0/me/mailFolders/inbox", "depends_on": []}

    reply = graph.call("POST", "/$batch", {"requests": [part]})

    assert [r["status"] for r in reply.json["responses"]] == [200]


def test_a_dependence_under_the_wrong_name_is_refused(graph: GraphCaller) -> None:
    """What the service makes of depends_on is not known, so it is not guessed."""
    first = {"id": "1", "method": "GET", "url": "/me"}
    second = {**first, "id": "2", "depends_on": ["1"]}

    reply = graph.call("POST", "/$batch", {"requests": [first, second]})

    assert reply.status == 501
    assert "depends_on" in reply.json["error"]["message"]


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_an_authorization_of_a_parts_own_is_refused(graph: GraphCaller, name: str) -> None:
    """Whether the service would answer such a part as somebody else is not known, so it is not guessed."""
    other = part("1", "/me", headers={name: "Bearer desk@example.org|User.Read|app-1"})

    reply = batch(graph, other)

    assert reply.status == 501
    assert "Authorization" in reply.json["error"]["message"]


def test_a_part_may_repeat_the_authorization_of_the_whole(graph: GraphCaller) -> None:
    """Programs that send it with everything are answered; it says nothing new."""
    same = {"Authorization": f"Bearer {graph.address}|{graph.scopes}|{graph.app}"}

    answers = by_id(batch(graph, part("1", "/me", headers=same)))

    assert answers["1"]["status"] == 200
