"""Who may call what, how refusals look, and how much may be asked at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.sim.graph.harness import ANNA, DESK, GUEST, GraphCaller, exchange

from m365sim.limits import Limits
from m365sim.world.simulation import Simulation

SHARED = "User.Read,Mail.ReadWrite,Mail.ReadWrite.Shared"


def test_without_a_token_nothing_is_shown(base: str) -> None:
    """401 with Graph's code, request ids and an inner error."""
    netloc = base.removeprefix("http://")
    reply = exchange(netloc, "GET", "/v1.0/me", None, {"client-request-id": "mine-1"})

    inner = reply.json["error"]["innerError"]
    assert (reply.status, reply.code) == (401, "InvalidAuthenticationToken")
    assert reply.headers["client-request-id"] == inner["client-request-id"] == "mine-1"
    assert reply.headers["request-id"] == inner["request-id"]
    assert not inner["date"].endswith("Z")


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        ("Mail.Read", "GET", "/me/messages", 200),
        ("Mail.ReadWrite", "GET", "/me/messages", 200),
        ("User.Read", "GET", "/me/messages", 403),
        ("Mail.Read", "DELETE", "/me/mailFolders/inbox", 403),
        ("Mail.ReadWrite.Shared", "GET", "/me/messages", 200),
        ("Mail.Read", "GET", "/me", 403),
        ("User.Read", "GET", "/users/anna@example.org", 200),
        ("User.Read", "GET", "/users/desk@example.org", 403),
        ("Mail.Read", "GET", "/me/outlook/masterCategories", 403),
        ("MailboxSettings.Read", "GET", "/me/outlook/masterCategories", 200),
    ],
)
def test_scopes_decide(base: str, scopes: str, method: str, path: str, status: int) -> None:
    """Each route needs its permission."""
    assert GraphCaller(base, scopes=scopes).call(method, path).status == status


def test_another_mailbox_needs_scope_and_grant(sim: Simulation, base: str) -> None:
    """A shared mailbox opens only with a .Shared scope and full access at Exchange."""
    path = "/users/desk@example.org/mailFolders/inbox"
    no_grant = GraphCaller(base, scopes=SHARED).call("GET", path)
    sim.directory.put_user(replace(ANNA, mailbox_grants=frozenset({"desk@example.org"})))
    no_scope = GraphCaller(base).call("GET", path)
    both = GraphCaller(base, scopes=SHARED).call("GET", path)

    assert [r.status for r in (no_grant, no_scope, both)] == [403, 403, 200]
    assert no_grant.code == "ErrorAccessDenied"


def test_app_only_tokens_open_every_mailbox_but_not_me(base: str) -> None:
    """Application permissions need no grant; ``/me`` needs a person."""
    app = GraphCaller(base, address="app", scopes="Mail.Read")

    assert app.call("GET", f"/users/{DESK.id}/messages").status == 200
    assert app.call("GET", "/me/messages").status == 400


def test_a_user_without_a_mailbox(base: str) -> None:
    """MailboxNotEnabledForRESTAPI for who has no licence; ErrorInvalidUser for who does not exist."""
    guest = GraphCaller(base, address=GUEST.upn).call("GET", "/me/mailFolders/inbox")
    nobody = GraphCaller(base, scopes=SHARED).call("GET", "/users/x@example.org/messages")

    assert (guest.status, guest.code) == (404, "MailboxNotEnabledForRESTAPI")
    assert (nobody.status, nobody.code) == (404, "ErrorInvalidUser")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/me/mailboxSettings"),
        ("PUT", "/me/mailFolders/inbox"),
        ("GET", "/me/calendar"),
    ],
)
def test_what_is_not_simulated_says_so(graph: GraphCaller, method: str, path: str) -> None:
    """501 with the name of the route, never a wrong answer."""
    reply = graph.call(method, path, {} if method != "GET" else None)

    assert (reply.status, reply.code) == (501, "NotImplementedInSimulation")
    assert path.rpartition("/")[2] in reply.json["error"]["message"]


def test_unknown_preferences_and_beta_are_refused(graph: GraphCaller, base: str) -> None:
    """Nothing is silently ignored: not a preference, not another version."""
    assert graph.call("GET", "/me/messages", prefer="respond-async").status == 501
    assert graph.call("GET", "/me/messages", prefer='odata.maxpagesize="0"').status == 400
    assert graph.call("GET", f"{base}/beta/me").status == 501


def test_every_preference_is_confirmed(graph: GraphCaller) -> None:
    """Several wishes in one header are all applied and named."""
    prefer = 'outlook.body-content-type="text", IdType="ImmutableId", odata.maxpagesize=5'

    assert graph.call("GET", "/me/messages", prefer=prefer).headers["preference-applied"] == prefer


def test_the_fifth_request_at_once_is_throttled(sim: Simulation, graph: GraphCaller) -> None:
    """Four of five simultaneous requests pass; the fifth is told to wait a decimal number of seconds."""
    sim.limits.latency_s = 0.2
    with ThreadPoolExecutor(5) as pool:
        replies = list(pool.map(lambda _: graph.call("GET", "/me/messages"), range(5)))

    [refused] = [r for r in replies if r.status != 200]
    assert (refused.status, refused.code) == (429, "ApplicationThrottled")
    assert "MailboxConcurrency" in refused.json["error"]["message"]
    assert refused.headers["retry-after"] == "1.128"


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


def test_ten_minutes_hold_so_many_requests() -> None:
    """Beyond the limit the wait lasts until the oldest request is ten minutes old."""
    limits = Limits()
    limits.concurrent, limits.per_window = None, 2
    limits.enter("a", "m", 0)
    limits.enter("a", "m", 100)

    refused = limits.enter("a", "m", 200)

    assert refused is not None
    assert 400 < refused.retry_after_s < 401
    assert limits.enter("a", "m", 600) is None
