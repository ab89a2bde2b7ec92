"""Throttling: what is counted, and how a busy service says no."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.sim.graph.harness import DESK, GraphCaller, Reply

from m365sim.control.client import ControlClient
from m365sim.limits import Limits
from m365sim.world.simulation import Simulation


def at_once(callers: list[GraphCaller]) -> list[Reply]:
    with ThreadPoolExecutor(len(callers)) as pool:
        return list(pool.map(lambda caller: caller.call("GET", "/me/messages"), callers))


def test_limits_count_by_app_and_mailbox() -> None:
    """One app's requests do not count against another's, nor one mailbox's against another."""
    limits = Limits()
    limits.concurrent = 1

    assert limits.enter("a", "m", 0) is None
    assert limits.enter("b", "m", 0) is None
    assert limits.enter("a", "n", 0) is None
    assert limits.enter("a", "m", 0) is not None
    limits.leave("a", "m")
    assert limits.enter("a", "m", 0) is None


def test_ten_minutes_hold_so_many_requests_and_refused_ones_count() -> None:
    """The wait lasts until there is room again, and knocking in vain makes it longer."""
    limits = Limits()
    limits.concurrent, limits.per_window = None, 2
    limits.enter("a", "m", 0)
    limits.enter("a", "m", 100)

    first, second = limits.enter("a", "m", 200), limits.enter("a", "m", 300)

    assert first is not None
    assert second is not None
    assert (first.retry_after_s, second.retry_after_s) == (500.001, 500.001)
    assert limits.enter("a", "m", 800.001) is None


def test_graph_counts_seconds_over_everything(sim: Simulation, graph: GraphCaller) -> None:
    """So many requests a second by one app, whatever they are about: the front door says TooManyRequests."""
    sim.limits.per_second = 3
    sim.clock.advance(1)
    replies = [graph.call("GET", path) for path in ("/me", "/me/messages", "/me/mailFolders", "/me")]

    assert [r.status for r in replies] == [200, 200, 200, 429]
    assert replies[3].code == "TooManyRequests"
    assert 0 < float(replies[3].headers["retry-after"]) <= 1.001
    assert GraphCaller(graph.base, app="app-2").call("GET", "/me").status == 200


def test_four_at_once_may_hold_over_all_mailboxes(sim: Simulation, base: str) -> None:
    """The guides disagree; with the scope ``app`` mailboxes share the four."""
    sim.limits.latency_s = 0.3
    callers = [GraphCaller(base), GraphCaller(base, address=DESK.upn)] * 3

    apart = at_once(callers)
    sim.limits.concurrency_scope = "app"
    together = at_once(callers)

    assert {r.status for r in apart} == {200}
    assert sorted(r.status for r in together) == [200] * 4 + [429] * 2


@pytest.mark.parametrize(
    ("refusal", "status", "code", "has_wait"),
    [
        ("429", 429, "TooManyRequests", True),
        ("503", 503, "serviceNotAvailable", True),
        ("500", 500, "UnknownError", False),
    ],
)
def test_a_busy_service_refuses_in_three_ways(
    base: str, graph: GraphCaller, refusal: str, status: int, code: str, has_wait: bool
) -> None:
    """As documented, as unavailable, or by an error that says nothing, as seen under load."""
    ControlClient(base).set_limits(perWindow=0, refusal=refusal)

    reply = graph.call("GET", "/me/messages")

    assert (reply.status, reply.code, "retry-after" in reply.headers) == (status, code, has_wait)


def test_limits_are_shown_and_set(base: str) -> None:
    """All of them through the control API; a word it does not know is refused."""
    control = ControlClient(base)

    limits = control.set_limits(perSecond=None, concurrencyScope="app", refusal="500")

    assert (limits["perSecond"], limits["concurrencyScope"], limits["refusal"]) == (None, "app", "500")
    with pytest.raises(Exception, match="Invalid enum value"):
        control.set_limits(refusal="418")
