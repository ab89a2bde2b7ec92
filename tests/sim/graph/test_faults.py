"""Trouble on request: late, slow, half, wrong answers, by number or by chance."""

from __future__ import annotations

import json
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from tests.sim.graph.harness import GraphCaller
from tests.sim.graph.test_batch import batch

from m365sim.control.client import ControlClient, ControlError
from m365sim.world import Mailbox
from m365sim.world.simulation import Simulation

INBOX = "/me/mailFolders/inbox"


@pytest.fixture
def control(base: str) -> ControlClient:
    return ControlClient(base)


def test_a_breakdown_of_graph_says_nothing(control: ControlClient, graph: GraphCaller) -> None:
    """A 504 without further word is UnknownError with an empty message, and ids to quote."""
    control.fail_next("GET", "*/messages", status=504)

    reply = graph.call("GET", "/me/messages")

    error = reply.json["error"]
    assert (reply.status, error["code"], error["message"]) == (504, "UnknownError", "")
    assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}


def test_answers_can_trickle(control: ControlClient, graph: GraphCaller) -> None:
    """The whole answer comes, at so many bytes a second."""
    size = len(graph.call("GET", "/me").body)
    control.fail_next("GET", "*/me", kind="trickle", bytesPerS=size * 4)
    began = time.perf_counter()

    reply = graph.call("GET", "/me")

    assert reply.json["mail"] == "anna@example.org"
    assert time.perf_counter() - began > 0.2


def test_an_answer_can_be_whole_and_yet_half(control: ControlClient, graph: GraphCaller) -> None:
    """Valid HTTP with the right length, but the JSON ends in the middle."""
    control.fail_next("GET", "*/me", kind="garble")

    reply = graph.call("GET", "/me")

    assert (reply.status, int(reply.headers["content-length"])) == (200, len(reply.body))
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)


def test_a_page_can_hide_that_more_follow(
    sim: Simulation, mailbox: Mailbox, control: ControlClient, graph: GraphCaller
) -> None:
    """No nextLink though mail remains: the next time it is there."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 30, seed=1)
    control.fail_next("GET", "*/messages", kind="no_next_link")

    pages = [graph.get("/me/messages") for _ in range(2)]

    assert ["@odata.nextLink" in p for p in pages] == [False, True]
    assert pages[0]["value"] == pages[1]["value"]


@pytest.mark.parametrize("path", ["/me/messages?$top=20", f"{INBOX}/messages/delta"])
@pytest.mark.parametrize("is_batched", [False, True])
def test_a_page_can_lead_to_itself(
    sim: Simulation,
    mailbox: Mailbox,
    control: ControlClient,
    graph: GraphCaller,
    path: str,
    *,
    is_batched: bool,
) -> None:
    """Whoever follows its nextLink gets the same page again, the last of a round too, until it is over."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 5, seed=1)

    def asked(link: str) -> Any:
        if not is_batched:
            return graph.get(link)
        return batch(graph, {"id": "1", "method": "GET", "url": link}).json["responses"][0]["body"]

    control.fail_next("GET", "*/messages*", kind="self_link", times=2)
    pages = [asked(path)]
    for _ in range(2):
        pages.append(asked(pages[-1]["@odata.nextLink"]))

    assert [page["value"] for page in pages] == [pages[0]["value"]] * 3
    assert pages[0]["@odata.nextLink"] == pages[1]["@odata.nextLink"]
    assert ["@odata.nextLink" in page for page in pages] == [True, True, False]
    assert "@odata.deltaLink" not in pages[0]


def test_counters_can_be_wrong(
    sim: Simulation, mailbox: Mailbox, control: ControlClient, graph: GraphCaller
) -> None:
    """Folder counters, ``@odata.count`` and ``/$count`` alike."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 30, seed=1)
    control.fail_next("GET", "*", kind="miscount", by=-2, times=3)

    folder = graph.get(INBOX)
    page = graph.get(f"{INBOX}/messages?$count=true")
    count = graph.call("GET", f"{INBOX}/messages/$count")

    assert (folder["totalItemCount"], page["@odata.count"], count.body) == (28, 28, b"28")


def test_faults_can_fall_by_chance(control: ControlClient, graph: GraphCaller) -> None:
    """About so many of the calls are hit, and the same ones again under the same seed."""

    def statuses(**fields: Any) -> list[int]:
        control.clear_faults()
        control.fail_next("GET", "*/me", status=503, times=1000, **fields)
        return [graph.call("GET", "/me").status for _ in range(40)]

    first, again, other = (statuses(chance=0.3, seed=seed) for seed in (7, 7, 8))

    assert first == again != other
    assert 4 <= first.count(503) <= 24


@pytest.mark.parametrize(
    "fields", [{"chance": 0}, {"chance": 1.5}, {"kind": "trickle", "bytesPerS": 0}, {"kind": "melt"}]
)
def test_senseless_faults_are_refused(control: ControlClient, fields: dict[str, Any]) -> None:
    """A misspelt test fails at once."""
    with pytest.raises(ControlError):
        control.fail_next("GET", "*", **{"status": 500, **fields})


def test_dates_follow_the_simulated_clock_and_its_skew(
    sim: Simulation, control: ControlClient, graph: GraphCaller
) -> None:
    """One Date on each answer, by the simulator's clock, and off from it by the skew set."""
    control.advance(86400)
    control.set_behaviour(dateSkewS=-3600)

    reply = graph.call("GET", "/me")

    told = parsedate_to_datetime(reply.headers["date"])
    assert 3590 < (sim.clock.now() - told).total_seconds() < 3610
