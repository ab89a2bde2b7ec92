"""What is set of a mailbox outlives the simulator."""

from __future__ import annotations

from pathlib import Path

from tests.sim.boxes.helpers import RULES, rule
from tests.sim.graph.harness import GraphCaller, application, served
from tests.sim.identity.conftest import OFFICE

from m365sim.clock import Clock
from m365sim.control.client import ControlClient
from m365sim.kept import Keeper
from m365sim.world.simulation import Simulation

ANNA = "anna@lindner.example"
SCOPES = "Mail.ReadWrite,MailboxSettings.ReadWrite"
WORDS = {"status": "alwaysEnabled", "externalReplyMessage": "Away"}


def _opened(folder: Path) -> tuple[Keeper, Simulation]:
    keeper = Keeper(folder, "office")
    return keeper, keeper.open(Clock(), lambda: OFFICE)


def test_settings_and_rules_survive_a_restart(tmp_path: Path) -> None:
    """Rules go on acting, and who was answered is not answered again."""
    keeper, sim = _opened(tmp_path)
    with served(application(sim)) as base:
        graph = GraphCaller(base, ANNA, SCOPES)
        graph.call("PATCH", "/me/mailboxSettings", {"automaticRepliesSetting": WORDS})
        rule(graph, moveToFolder="archive")
        ControlClient(base).post(ANNA, subject="One", **{"from": "bea@outside.test"})
        before = graph.get("/me/mailboxSettings"), graph.get(RULES)["value"]
    keeper.close(sim)

    _, again = _opened(tmp_path)
    with served(application(again)) as base:
        graph = GraphCaller(base, ANNA, SCOPES)
        ControlClient(base).post(ANNA, subject="Two", **{"from": "bea@outside.test"})
        after = graph.get("/me/mailboxSettings"), graph.get(RULES)["value"]
        moved = graph.get("/me/mailFolders/archive/messages?$top=2")["value"]

    assert after[1] == before[1] != []
    assert after[0]["automaticRepliesSetting"]["status"] == "alwaysEnabled"
    assert {m["subject"] for m in moved} == {"One", "Two"}
    assert len(list(again.world.outside)) == 1


def test_a_change_of_settings_alone_is_worth_saving(tmp_path: Path) -> None:
    """No mail came, and still a crash finds the new setting."""
    keeper, sim = _opened(tmp_path)
    assert keeper.save_if_changed(sim) is False

    with served(application(sim)) as base:
        GraphCaller(base, ANNA, SCOPES).call("PATCH", "/me/mailboxSettings", {"timeZone": "UTC"})
    assert keeper.save_if_changed(sim) is True

    assert _opened(tmp_path)[1].world.mailbox(ANNA).settings.time_zone == "UTC"
