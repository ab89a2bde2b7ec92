"""``$batch``: several calls in one."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
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
        [part("1", "/me", dependsOn=["2"]), part("2", "/me")],
        [part("1", "/me/mailFolders", "POST", body={"displayName": "X"})],
        [{"id": "1", "method": "GET"}],
        [part("1", "/me", colour="red")],
    ],
)
def test_malformed_batches_are_refused_whole(graph: GraphCaller, parts: list[dict[str, Any]]) -> None:
    """Too many, doubled ids, forward dependence, a body without type: 400 for all."""
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
