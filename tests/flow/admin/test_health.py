"""How everything is doing: on the page, as administrators are told outside it, and as Prometheus reads it."""

import hmac
import json
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from tests.flow.admin.client import PROOF
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.push.service import PushService, running_push_service
from tests.flow.sim import Simulator

from poststelle.model.ids import AccountId
from poststelle.settings.warnings import ARCHIVE_FAILURES
from poststelle.store import archive
from poststelle.sync.trail_keeper import TrailKeeper

ONE = AccountId(1)
TOKEN = "geheim-und-lang-genug"
CHIEF = "chefin@extern.example"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PushService]:
    """Somebody who takes webhooks."""
    with running_push_service(tmp_path / "service") as found:
        yield found


@pytest.fixture
def office(m365: Simulator, service: PushService, tmp_path: Path) -> Iterator[Guarded]:
    settings = {
        "METRICS_TOKEN": TOKEN,
        "PUSH_NETWORKS": "127.0.0.0/8",
        "PUSH_CA_FILE": str(service.ca_file),
    }
    with guarded_office(m365, tmp_path, **settings) as found:
        m365.control.clear_outside()
        yield found


def health(office: Guarded) -> dict[str, Any]:
    found: dict[str, Any] = office.sabine.get("/api/health").json
    return found


def graded(office: Guarded) -> tuple[str, list[str]]:
    """The mailbox's grade, and why it has it."""
    [one] = health(office)["accounts"]
    return one["grade"], one["kinds"]


def set_alerts(office: Guarded, **channels: Any) -> dict[str, Any]:
    nothing = {"mailbox": None, "mail_to": [], "language": "de", "webhook_url": None}
    answer = office.sabine.put("/api/settings/alerts", nothing | channels | PROOF)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def look(office: Guarded, *, later_s: float = 0) -> None:
    """The watch's next look; what else runs has gone on meanwhile."""
    office.server.clock.advance(later_s)
    services = office.server.built.services
    office.run(TrailKeeper(services.store, services.ring, services.clock).seal())
    office.run(office.server.built.watch.look())


def letters(office: Guarded) -> list[Message]:
    return [message_from_string(one["mime"]) for one in office.m365.control.outside()]


def words(letter: Message) -> str:
    octets = letter.get_payload(decode=True)
    assert isinstance(octets, bytes)
    return octets.decode()


@pytest.mark.chooses_database
def test_a_mailbox_is_well_until_it_is_not(office: Guarded) -> None:
    """Each state has its grade and its reason; what the program needs itself is told too."""
    before = graded(office)
    office.connected(office.anna)
    office.pull()
    well, whole = graded(office), health(office)
    office.sabine.put(f"/api/archives/{office.account}", {"is_on": True})
    store = office.server.built.services.store
    office.m365.control.receive(office.address, subject="Anfrage")
    office.pull()
    for _ in range(ARCHIVE_FAILURES):
        assert graded(office) == ("good", [])
        office.run(store.write(archive.rest, ONE, office.server.clock.now(), "sign_in_unreachable"))
    behind = graded(office)
    office.run(store.write(archive.go_on, ONE))
    office.server.clock.advance(40 * 60)
    late = graded(office)
    office.pull()
    office.revoke(office.address)
    office.pull()

    assert (before, well) == (("off", []), ("good", []))
    assert behind == ("attention", ["archive_behind"])
    [row] = whole["accounts"]
    assert (row["held"], row["differences"], row["queue"], row["reserves"]) == (0, 0, None, 0)
    assert row["signs_in_until"] > row["last_synced_at"]
    machine = whole["machine"]
    assert machine["database"] == "sqlite" and 0 < machine["disk_free"] <= machine["disk_total"]
    assert machine["requests"] > 0 and {one["name"] for one in machine["loops"]} >= {"sync", "alerts"}
    assert late == ("bad", ["not_synchronised"])
    assert graded(office) == ("bad", ["sign_in_needed"])


def test_administrators_are_told_once_and_when_it_is_over(office: Guarded, service: PushService) -> None:
    """By mail from another mailbox, and by a webhook that says who sends it; what is short is not told."""
    office.connected(office.anna)
    other = office.m365.new_mailbox("alarm")
    made = office.sabine.post("/api/accounts", {"address": other, "confirm": True}).json["id"]
    office.sabine.put(f"/api/accounts/{made}/users/u2", {"level": "send", "confirm": True})
    first, office.account = office.account, made
    office.connected(office.anna, other)
    office.account = first
    hook = f"{service.url}/hook"
    secret = set_alerts(office, mailbox=made, mail_to=[CHIEF], webhook_url=hook)["secret"]
    assert office.sabine.get("/api/settings/alerts").json["secret"] is None
    office.pull()
    office.revoke(office.address)
    office.pull()
    look(office)
    assert letters(office) == []
    look(office, later_s=301)
    look(office, later_s=700)
    [letter] = letters(office)
    pushed = service.box("/hook").get(timeout=60)
    office.connected(office.anna)
    office.pull()
    look(office)
    look(office, later_s=700)

    assert (letter["To"], letter["Auto-Submitted"]) == (CHIEF, "auto-generated")
    assert other in letter["From"]
    assert f"{office.address}: Anmeldung bei Microsoft erforderlich" in words(letter)
    told = json.loads(pushed.body)
    assert [(one["kind"], one["account"]) for one in told["troubles"]] == [("sign_in_needed", office.account)]
    at, signed = (part.partition("=")[2] for part in pushed.headers["poststelle-signature"].split(","))
    expected = hmac.digest(secret.encode(), f"{at}.".encode() + pushed.body, "sha256").hex()
    assert signed == expected
    assert len(letters(office)) == 2 and "Erledigt:" in words(letters(office)[1])
    over = json.loads(service.box("/hook").get(timeout=60).body)
    assert (over["troubles"], [one["kind"] for one in over["over"]]) == ([], ["sign_in_needed"])
    assert service.box("/hook").empty()


def test_what_no_channel_takes_is_told_again(office: Guarded, service: PushService) -> None:
    """A receiver that fails is told later, and a trial says what it answered."""
    service.answers["/hook"] = (503, {})
    set_alerts(office, webhook_url=f"{service.url}/hook")
    office.connected(office.anna)
    office.pull()
    office.revoke(office.address)
    office.pull()
    look(office)
    look(office, later_s=301)
    tried = office.sabine.post("/api/settings/alerts/test", {}).json
    service.answers.clear()
    look(office, later_s=60)
    in_between = service.box("/hook").qsize()
    look(office, later_s=600)

    assert tried == {"mail": "not_set", "webhook": "status 503"}
    assert (in_between, service.box("/hook").qsize()) == (2, 3)


def test_alerts_go_nowhere_that_they_should_not(office: Guarded) -> None:
    nothing = {"mailbox": None, "mail_to": [], "language": "de", "webhook_url": None}
    for wrong, code in (
        ({"webhook_url": "http://127.0.0.1/x"}, "invalid_url"),
        ({"webhook_url": "https://10.1.2.3/x"}, "invalid_url"),
        ({"mailbox": office.account}, "members_missing"),
        ({"mailbox": office.account, "mail_to": ["chefin"]}, "invalid_address"),
    ):
        answer = office.sabine.put("/api/settings/alerts", nothing | wrong)
        assert (answer.status, answer.json["error"]["code"]) == (422, code)


def test_who_takes_the_last_sign_in_of_the_mailbox_that_alerts_come_from_proves_who_they_are(
    office: Guarded,
) -> None:
    """By whatever way it would send no more; one that is inactive goes on sending."""
    office.connected(office.anna)
    set_alerts(office, mailbox=office.account, mail_to=[CHIEF])
    path = f"/api/mailboxes/{office.account}/sign-ins"
    [one] = office.sabine.get(path).json["sign_ins"]
    for who in (office.sabine, office.anna):
        assert who.send("DELETE", f"{path}/{one['id']}", {}).code == "proof_needed"
    assert office.sabine.patch(f"/api/accounts/{office.account}", {"is_active": False}).status == 200
    before = len(letters(office))
    assert office.sabine.post("/api/settings/alerts/test", {}).json["mail"] is None
    assert len(letters(office)) == before + 1
    assert office.sabine.send("DELETE", f"{path}/{one['id']}", PROOF).json["sign_ins"] == []


def test_prometheus_reads_numbers_without_addresses(office: Guarded) -> None:
    """With the token alone; each line is one that it understands."""
    office.connected(office.anna)
    office.pull()
    refused = office.server.client.get("/metrics")
    answer = office.server.client.get("/metrics", Authorization=f"Bearer {TOKEN}")
    text = answer.body.decode()

    assert (refused.status, answer.status) == (401, 200)
    assert 'poststelle_account_grade{account="a1",grade="good"} 1.0' in text
    assert 'poststelle_account_queue_length{account="a1"} 0.0' in text
    assert "poststelle_trail_holds 1.0" in text and "poststelle_archives_broken 0.0" in text
    assert "poststelle_sealing_stopped 0.0" in text
    assert "poststelle_graph_requests_total" in text and "process_resident_memory_bytes" in text
    assert "@" not in text
