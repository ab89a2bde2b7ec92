"""Who may call what, how refusals look, and how much may be asked at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from tests.sim.graph.harness import ANNA, DESK, GUEST, GraphCaller, exchange

from m365sim.world import Mailbox
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
        ("PATCH", "/me/inferenceClassification"),
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


BASIC = "User.Read,Mail.ReadBasic"


@pytest.fixture
def letter(sim: Simulation, mailbox: Mailbox) -> str:
    [number] = sim.world.bulk(mailbox, mailbox.named["inbox"], 1, seed=1)
    return mailbox.ids.immutable(number)


@pytest.mark.parametrize("scopes", [BASIC, "User.Read,Mail.ReadBasic.Shared"])
def test_the_basics_are_messages_without_what_they_say(base: str, letter: str, scopes: str) -> None:
    """With Mail.ReadBasic lists, single messages and delta come without body and preview."""
    basic, whole = GraphCaller(base, scopes=scopes), GraphCaller(base)
    paths = ("/me/messages", "/me/mailFolders/inbox/messages/delta")
    lists = [set(caller.get(path)["value"][0]) for path in paths for caller in (basic, whole)]
    single = [set(caller.get(f"/me/messages/{letter}")) for caller in (basic, whole)]

    for shown, all_ in (lists[:2], lists[2:], single):
        assert all_ - shown == {"body", "bodyPreview"}
    assert basic.get("/me/mailFolders?$top=50")["value"]


@pytest.mark.parametrize(
    "tail",
    [
        "/{id}?$select=body",
        "?$select=subject,bodyPreview",
        "/{id}?$select=uniqueBody",
        "?$select=attachments",
        "?$expand=attachments",
        "?$expand=singleValueExtendedProperties($filter=id%20eq%20'Integer%200x0E08')",
        "?$search=%22x%22",
        "/$count?$search=%22x%22",
        "?$filter=startswith(bodyPreview,'x')",
        "?$orderby=bodyPreview",
        "?$filter=singleValueExtendedProperties/any(e:e/id%20eq%20'String%200x37'%20and%20e/value%20eq%20'y')",
        "/{id}/$value",
        "/{id}/attachments",
    ],
)
def test_the_basics_hold_nothing_more(base: str, letter: str, tail: str) -> None:
    """Bodies, attachments, extended properties and searching are 403, however they are asked for."""
    reply = GraphCaller(base, scopes=BASIC).call("GET", f"/me/messages{tail.format(id=letter)}")

    assert (reply.status, reply.code) == (403, "ErrorAccessDenied")


def test_a_delta_link_of_another_program_shows_no_more_than_the_basics(base: str, letter: str) -> None:
    """What a token's round once selected is held back from a caller that may not see it."""
    first = GraphCaller(base).get("/me/mailFolders/inbox/messages/delta?$select=subject,body")
    GraphCaller(base).call("POST", f"/me/messages/{letter}/copy", {"destinationId": "inbox"})

    [item] = GraphCaller(base, scopes=BASIC).get(first["@odata.deltaLink"])["value"]

    assert "subject" in item
    assert "body" not in item


def test_nor_does_one_that_expands(base: str, letter: str) -> None:
    """A round that expands attachments is closed to a caller that may not see them."""
    first = GraphCaller(base).get("/me/mailFolders/inbox/messages/delta?$expand=attachments")

    assert GraphCaller(base, scopes=BASIC).call("GET", first["@odata.deltaLink"]).status == 403
