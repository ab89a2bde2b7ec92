"""Delta's documented oddities, each behind a switch; a careful copy survives all of them together."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.sim.graph.harness import ANNA, IMMUTABLE, GraphCaller
from tests.sim.graph.test_mirror import Mirror, facts, happen, truth

from m365sim.control.client import ControlClient
from m365sim.world import Mailbox, organise
from m365sim.world.compose import Written
from m365sim.world.messages import Message
from m365sim.world.organise import Marks
from m365sim.world.simulation import Simulation

INBOX = "/me/mailFolders/inbox/messages/delta"
TREE = "/me/mailFolders/delta"


@pytest.fixture
def control(base: str) -> ControlClient:
    return ControlClient(base)


class CarefulMirror(Mirror):
    """Also knows that a folder may be gone before its removal is told."""

    def _round(self, key: str, start: str) -> list[dict[str, Any]]:
        reply = self._graph.call("GET", self._links.get(key, start), prefer=self._prefer)
        return [] if reply.status == 404 else super()._round(key, start)


def receive(sim: Simulation, mailbox: Mailbox, subject: str) -> Message:
    written = Written(f"<{subject}@example.net>", subject, "Text", False, 1_700_000_000)
    return sim.world.receive(mailbox, mailbox.named["inbox"], written)


def pages(graph: GraphCaller, link: str, prefer: str | None = None) -> tuple[list[list[Any]], str]:
    """Each page's items up to the delta link, and that link."""
    found = []
    while True:
        page = graph.get(link, prefer)
        found.append(page["value"])
        if "@odata.deltaLink" in page:
            return found, page["@odata.deltaLink"]
        link = page["@odata.nextLink"]


@pytest.mark.parametrize(("reason", "told"), [("deleted", "deleted"), ("changed", "changed")])
def test_what_can_be_recovered_may_be_changed_and_not_deleted(
    mailbox: Mailbox, sim: Simulation, control: ControlClient, graph: GraphCaller, reason: str, told: str
) -> None:
    """A soft delete may have a reason of its own; moves and real deletes never have."""
    control.set_behaviour(removedReason=reason)
    soft, hard, moved = (receive(sim, mailbox, s) for s in ("soft", "hard", "moved"))
    _, link = graph.round(INBOX, IMMUTABLE)
    organise.move(mailbox, soft, mailbox.named["recoverableitemsdeletions"])
    mailbox.remove(hard)
    organise.move(mailbox, moved, mailbox.named["archive"])

    items, _ = graph.round(link, IMMUTABLE)

    reasons = {i["id"]: i["@removed"]["reason"] for i in items}
    numbers = [m.number for m in (soft, hard, moved)]
    assert [reasons[mailbox.ids.immutable(n)] for n in numbers] == [told, "deleted", "deleted"]


@pytest.mark.parametrize("start", [INBOX, TREE])
def test_empty_pages_have_a_next_link(
    sim: Simulation, mailbox: Mailbox, control: ControlClient, graph: GraphCaller, start: str
) -> None:
    """Every page may be preceded by an empty one; nothing is lost by it, in any round."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 12, seed=7)
    control.set_behaviour(deltaEmptyPages=1)

    first, link = pages(graph, start, "odata.maxpagesize=5")
    later, _ = pages(graph, link, "odata.maxpagesize=5")

    assert [len(p) for p in first] == [0, 5, 0, 5, 0, 2] if start == INBOX else [0, 5, 0, 3]
    assert later == [[], []]


def test_changes_show_late(
    sim: Simulation, mailbox: Mailbox, control: ControlClient, graph: GraphCaller
) -> None:
    """A minute must pass on the clock before delta tells; lists tell at once."""
    sim.clock.advance(10)
    old = receive(sim, mailbox, "old")
    sim.clock.advance(100)
    control.set_behaviour(deltaLateS=60)
    receive(sim, mailbox, "new")
    first, link = graph.round(INBOX)
    organise.mark(mailbox, old, Marks(is_read=True))
    second, link = graph.round(link)
    sim.clock.advance(61)
    third, link = graph.round(link)

    assert [i["subject"] for i in first] == ["old"]
    assert second == []
    assert [i.get("subject", i["isRead"]) for i in third] == ["new", True]
    assert graph.round(link)[0] == []
    assert len(graph.get("/me/messages")["value"]) == 2


def test_items_come_again(
    sim: Simulation, mailbox: Mailbox, control: ControlClient, graph: GraphCaller
) -> None:
    """In the same page, in the next page and in the next round; each is as it is now."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 12, seed=7)
    control.set_behaviour(deltaRepeats=1)
    first, link = pages(graph, INBOX, "odata.maxpagesize=5")
    for subject in ("x", "y"):
        receive(sim, mailbox, subject)
    second, link = pages(graph, link, "odata.maxpagesize=5")
    third, _ = pages(graph, link, "odata.maxpagesize=5")

    assert [len(p) for p in first] == [10, 15, 9]
    assert sorted(i["subject"] for i in second[0]) == ["x", "x", "y", "y"]
    assert sorted(i["subject"] for i in third[0]) == ["x", "y"]
    assert len({i["id"] for p in first for i in p}) == 12


def test_chance_is_drawn_from_a_seed(
    sim: Simulation, mailbox: Mailbox, control: ControlClient, graph: GraphCaller
) -> None:
    """A page read again is the same page; another seed makes another one."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 40, seed=7)
    plain = [i["id"] for i in graph.get(INBOX)["value"]]
    control.set_behaviour(deltaAnyOrder=True, seed=1)
    first, again = ([i["id"] for i in graph.get(INBOX)["value"]] for _ in range(2))
    control.set_behaviour(seed=2)
    other = [i["id"] for i in graph.get(INBOX)["value"]]

    assert first == again
    assert plain != first != other
    assert sorted(plain) == sorted(first) == sorted(other)


@pytest.mark.parametrize(("status", "has_location"), [(410, True), (400, False), (404, False)])
def test_a_lost_state_has_several_names(
    sim: Simulation,
    mailbox: Mailbox,
    control: ControlClient,
    graph: GraphCaller,
    status: int,
    has_location: bool,
) -> None:
    """resyncRequired, or another status than 410: all of them mean to start anew."""
    _, link = graph.round(INBOX)
    control.set_behaviour(resyncCode="resyncRequired", resyncStatus=status)
    control.forget_tokens(ANNA.upn, "inbox")

    reply = graph.call("GET", link)

    assert (reply.status, reply.code, "location" in reply.headers) == (status, "resyncRequired", has_location)


def test_a_round_left_standing_is_forgotten(
    sim: Simulation, mailbox: Mailbox, control: ControlClient, graph: GraphCaller
) -> None:
    """A nextLink too old answers 410; a deltaLink of the same age does not."""
    _, delta_link = graph.round(INBOX)
    sim.world.bulk(mailbox, mailbox.named["inbox"], 12, seed=7)
    next_link = graph.get(INBOX)["@odata.nextLink"]
    control.set_behaviour(nextLinkLifeS=600)
    before = graph.call("GET", next_link).status
    sim.clock.advance(601)

    assert (before, graph.call("GET", next_link).code) == (200, "SyncStateNotFound")
    assert graph.call("GET", delta_link).status == 200


def test_a_broken_message_breaks_its_page(
    sim: Simulation, mailbox: Mailbox, control: ControlClient, graph: GraphCaller
) -> None:
    """Pages that hold it answer 500, its own GET ErrorContentConversionFailed; others are well."""
    sim.world.bulk(mailbox, mailbox.named["inbox"], 20, seed=7)
    ids = [m["id"] for m in graph.get("/me/messages?$top=20&$select=id", IMMUTABLE)["value"]]
    control.poison(ANNA.upn, [ids[12]])
    listed = [graph.call("GET", f"/me/messages?$top=5&$skip={n}&$select=id") for n in (5, 10, 15)]
    page = graph.get(INBOX)
    told = graph.call("GET", page["@odata.nextLink"])
    own = [graph.call("GET", f"/me/messages/{ids[12]}{tail}") for tail in ("", "/$value", "/attachments")]
    moved = graph.call("POST", f"/me/messages/{ids[12]}/move", {"destinationId": "archive"})
    control.poison(ANNA.upn, [ids[12]], is_poisoned=False)

    assert [(r.status, r.json.get("error", {}).get("code")) for r in listed] == [
        (200, None),
        (500, "InternalServerError"),
        (200, None),
    ]
    assert told.status == 500
    assert {(r.status, r.code) for r in own} == {(500, "ErrorContentConversionFailed")}
    assert moved.status == 201
    assert graph.call("GET", f"/me/messages/{ids[12]}", prefer=IMMUTABLE).status == 200


@pytest.mark.parametrize("prefer", [IMMUTABLE, "odata.maxpagesize=3"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_careful_copy_survives_everything_at_once(
    sim: Simulation, mailbox: Mailbox, control: ControlClient, graph: GraphCaller, prefer: str, seed: int
) -> None:
    """Repeats, empty pages, any order and late changes: when all has been told the copy is the world."""
    control.set_behaviour(
        deltaRepeats=0.3,
        deltaEmptyPages=0.3,
        deltaAnyOrder=True,
        deltaLateS=30,
        seed=seed,
        removedReason="changed",
    )
    control.set_limits(perWindow=None)
    chance = random.Random(seed)
    mirror = CarefulMirror(graph, prefer)
    for _ in range(4):
        for _ in range(20):
            happen(sim, mailbox, chance)
            sim.clock.advance(chance.randrange(8))
        mirror.pull()
    sim.clock.advance(60)
    mirror.pull()

    known = {id_: facts(m) for id_, m in mirror.messages.items()}
    assert known == truth(mailbox, is_immutable=prefer == IMMUTABLE)
    assert len(mirror.folders) == len(mailbox.visible_folders()) - 1
