"""Webhooks of activity records as administrators set them up, and as a whole server tells them."""

from __future__ import annotations

import json
import re
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.admin.conftest import assign
from tests.flow.admin.guarded import Guarded, becomes, guarded_office
from tests.flow.jmap.client import Client
from tests.flow.jmap.office import ADMIN, SECRET, Office, running_server
from tests.flow.push.service import Pushed, PushService, running_push_service
from tests.flow.sim import Simulator

from poststelle.settings import alert_words
from poststelle.settings.warnings import Warned

HOOK = "/crm/9f0c7a"
METRICS_TOKEN = "geheim-und-lang-genug"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[PushService]:
    with running_push_service(tmp_path / "receiver") as found:
        yield found


@pytest.fixture
def office(m365: Simulator, receiver: PushService, tmp_path: Path) -> Iterator[Guarded]:
    """Its mailbox is connected and recorded; the loops run."""
    reach = {"PUSH_NETWORKS": "127.0.0.0/8", "PUSH_CA_FILE": str(receiver.ca_file)}
    more = reach | {"METRICS_TOKEN": METRICS_TOKEN}
    with guarded_office(m365, tmp_path / "data", with_engines=True, **more) as found:
        found.connected(found.anna)
        path = f"/api/mailboxes/{found.account}/recording"
        assert found.sabine.put(path, {"is_on": True}).status == 200
        yield found


def add(office: Guarded, receiver: PushService, **said: Any) -> tuple[str, str]:
    """A webhook of all mailboxes; its id and secret."""
    body = {"name": "CRM", "url": receiver.url + HOOK} | said
    made = office.sabine.post("/api/webhooks", body)
    assert made.status == 201, made.body
    return made.json["webhook"]["id"], made.json["secret"]


def receive(m365: Simulator, address: str) -> None:
    """A letter of Eva's, from after recording was turned on: Microsoft tells seconds."""
    at = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    m365.control.receive(address, subject="Anfrage", receivedAt=at, **{"from": "eva@kunden.example"})


def next_event(receiver: PushService) -> Pushed:
    return receiver.box(HOOK).get(timeout=60)


def verified(one: Pushed, secret: str) -> Any:
    """What it says; it is signed as the example in docs/api.md checks it."""
    text = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    named: dict[str, Any] = {}
    exec(example, named)
    header, check = one.headers["poststelle-signature"], named["is_from_poststelle"]
    assert check(header, one.body, secret) and not check(header, one.body + b" ", secret)
    assert not check(header, one.body, "another") and not check(header, one.body, secret, -1)
    return json.loads(one.body)


def row(office: Guarded, webhook: str) -> dict[str, Any]:
    found = office.sabine.get("/api/webhooks").json["webhooks"]
    return next(one for one in found if one["id"] == webhook)


def last(office: Guarded, webhook: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = office.sabine.get(f"/api/webhooks/{webhook}/deliveries").json["deliveries"]
    return found


def test_mail_reaches_the_crm(office: Guarded, receiver: PushService) -> None:
    """From the mailbox at Microsoft to the program, signed; what was sent is listed and can be sent again.

    Who is assigned sees that the records are passed on, and to whom.
    """
    webhook, secret = add(office, receiver, account=office.account)
    tried = office.sabine.post(f"/api/webhooks/{webhook}/test").json
    trial = verified(next_event(receiver), secret)
    receive(office.m365, office.address)
    told = verified(next_event(receiver), secret)
    becomes(lambda: [one["state"] for one in last(office, webhook)] == ["taken"])
    [sent] = last(office, webhook)
    again = office.sabine.post(f"/api/webhooks/{webhook}/deliveries/{sent['id']}/send")
    repeated = verified(next_event(receiver), secret)

    assert tried == {"is_taken": True, "answer": "status 201"} and trial["type"] == "test"
    assert (told["type"], told["record"]["subject"]) == ("record.created", "Anfrage")
    assert told["record"]["mailbox"] == office.address
    assert [one["email"] for one in told["record"]["contacts"]] == ["eva@kunden.example"]
    assert (sent["event"], sent["answer"], sent["record"]) == (told["id"], "status 201", told["record"]["id"])
    assert (again.status, repeated) == (200, told)
    seen = office.anna.get(f"/api/mailboxes/{office.account}/recording").json
    assert (seen["is_on"], seen["webhooks"]) == (True, ["CRM"])


def test_a_contact_is_erased_here_and_there(office: Guarded, receiver: PushService) -> None:
    """The trail says that it was done and how much it was, and not of whom."""
    _, secret = add(office, receiver)
    receive(office.m365, office.address)
    told = verified(next_event(receiver), secret)
    by_level = office.anna.post("/api/records/erasures", {"email": "eva@kunden.example"})
    wrong = office.sabine.post("/api/records/erasures", {"email": "eva"})
    gone = office.sabine.post("/api/records/erasures", {"email": "Eva@kunden.example"})
    erased = verified(next_event(receiver), secret)
    trail = office.sabine.get("/api/audit?kind=records").json["entries"]

    assert (by_level.code, wrong.code, gone.json) == (
        "needs_settings",
        "invalid_address",
        {"erased": 1, "changed": 0},
    )
    assert erased["type"] == "record.erased" and erased["record"]["id"] == told["record"]["id"]
    assert "kunden" not in json.dumps(erased)
    assert sorted(one["action"] for one in trail) == ["records.contact_erased", "records.erased"]
    assert "kunden" not in json.dumps(trail)
    assert office.anna.get("/api/records").json["records"] == []


def test_only_what_can_be_is_entered(office: Guarded, receiver: PushService) -> None:
    """No address in a network that is not ours to open, none without https, no name twice."""
    webhook, _ = add(office, receiver)
    for wrong, code in (
        ({"url": "http://127.0.0.1/x"}, "invalid_url"),
        ({"url": "https://10.1.2.3/x"}, "invalid_url"),
        ({"name": " "}, "name_missing"),
        ({"name": "x" * 101}, "name_too_long"),
        ({"name": "crm"}, "name_in_use"),
    ):
        answer = office.sabine.post("/api/webhooks", {"name": "B", "url": receiver.url} | wrong)
        assert (answer.status, answer.code) == (422, code)
    for path, code in (("x9", "no_such_webhook"), (f"{webhook}/deliveries/d99/send", "no_such_delivery")):
        method = office.sabine.post if "/" in path else office.sabine.delete
        assert method(f"/api/webhooks/{path}").code == code
    for n in range(19):
        add(office, receiver, name=f"N {n}")
    full = office.sabine.post("/api/webhooks", {"name": "C", "url": receiver.url})
    assert (full.status, full.code) == (409, "too_many_webhooks")


def test_what_is_done_to_a_webhook_is_kept(office: Guarded, receiver: PushService, tmp_path: Path) -> None:
    """Each deed is in the trail, with the host and never the path of an address, which may be a secret; a
    thief of the data finds neither.
    """
    webhook, secret = add(office, receiver)
    path, sabine = f"/api/webhooks/{webhook}", office.sabine
    moved = sabine.patch(path, {"name": "Kunden", "url": receiver.url + "/anders"}).json
    paused = sabine.patch(path, {"is_paused": True}).json
    assert row(office, webhook)["paused_at"] == paused["paused_at"] is not None
    sabine.patch(path, {"is_paused": False})
    fresh = sabine.post(f"{path}/secret").json
    with_two = row(office, webhook)["has_former_secret"]
    sabine.delete(f"{path}/former-secret")
    data = [file.read_bytes() for file in (tmp_path / "data").rglob("*.db*") if file.is_file()]
    sabine.delete(path)

    assert (moved["name"], moved["url"]) == ("Kunden", receiver.url + "/anders")
    assert fresh["secret"] != secret and with_two and sabine.get("/api/webhooks").json == {"webhooks": []}
    trail = sabine.get("/api/audit?kind=webhook").json["entries"]
    assert [one["action"].partition(".")[2] for one in reversed(trail)] == [
        "created", "changed", "moved", "paused", "resumed", "secret_renewed", "former_secret_ended",
        "removed",
    ]  # fmt: skip
    host = receiver.url.removeprefix("https://")
    assert trail[-1]["detail"] == {"host": host} and "/crm" not in json.dumps(trail)
    for hidden in (secret, fresh["secret"], "/crm/9f0c7a", "/anders"):
        assert not any(hidden.encode() in octets for octets in data)


def test_administrators_learn_of_a_webhook_that_takes_nothing(office: Guarded, receiver: PushService) -> None:
    """A warning says so after hours; after five days it is paused, until somebody resumes it."""
    webhook, _ = add(office, receiver)
    receiver.answers[HOOK] = (500, {})
    receive(office.m365, office.address)
    next_event(receiver)
    becomes(lambda: row(office, webhook)["problem"] == "status 500")
    office.later(days=1)
    early = [one["kind"] for one in office.warnings() if one["kind"].startswith("webhook")]
    office.later(days=4.1)
    becomes(lambda: row(office, webhook)["is_given_up"])
    warned = [one for one in office.warnings() if one["kind"] == "webhook_given_up"]
    [stuck] = office.sabine.get("/api/health").json["webhooks"]
    numbers = office.server.client.get("/metrics", Authorization=f"Bearer {METRICS_TOKEN}").body.decode()
    receiver.answers.clear()
    office.sabine.patch(f"/api/webhooks/{webhook}", {"is_paused": False})
    becomes(lambda: row(office, webhook)["waiting"] == 0)

    assert early == ["webhook_failing"]
    assert [(one["username"], one["code"]) for one in warned] == [("CRM", "status 500")]
    assert not any(one["kind"].startswith("webhook") for one in office.warnings())
    assert (stuck["id"], stuck["waiting"], stuck["is_given_up"]) == (webhook, 1, True)
    assert stuck["since"] is not None
    assert f'poststelle_webhook_waiting{{webhook="{webhook}"}} 1.0' in numbers
    assert f'poststelle_webhook_given_up{{webhook="{webhook}"}} 1.0' in numbers
    age_s = next(float(line.split()[1]) for line in numbers.splitlines() if "oldest_age_seconds{" in line)
    assert age_s > 5 * 86_400
    [well] = office.sabine.get("/api/health").json["webhooks"]
    assert (well["waiting"], well["since"]) == (0, None)


@pytest.mark.parametrize("kind", ["webhook_failing", "webhook_given_up", "webhook_refuses"])
def test_alerts_name_the_webhook(kind: str) -> None:
    """In both languages, with what it answered; and when it is over, by what is known of it then."""
    warned = Warned(kind, datetime(2026, 9, 1, tzinfo=UTC), "status 500", username="CRM/A")
    for language in ("de", "en"):
        said = alert_words.sentence(warned, language)
        assert "CRM/A" in said and "(status 500)" in said and "2026" in said
    assert warned.id.split("/", 2) == [kind, "0", "CRM/A"]


def test_records_are_kept_as_long_as_the_mailbox_says(office: Guarded) -> None:
    """Those who manage it say it; others do not."""
    path = f"/api/mailboxes/{office.account}/recording"
    assign(office.sabine, office.account, "u3", "manage")
    refused = office.anna.put(path, {"keep_months": 12})
    kept = office.tom.put(path, {"keep_months": 12})
    wrong = [office.tom.put(path, {"keep_months": months}).code for months in (0, 1201)]
    [entry] = office.sabine.get("/api/audit?kind=recording&limit=1").json["entries"]

    assert (refused.code, kept.json["keep_months"], kept.json["is_on"]) == ("needs_level", 12, True)
    assert wrong == ["invalid_months", "invalid_months"]
    assert entry["action"] == "recording.keeping_changed"
    assert entry["detail"] == {"before": None, "after": 12, "removes": 0}


def test_nothing_is_lost_when_the_server_is_killed(
    m365: Simulator, receiver: PushService, tmp_path: Path
) -> None:
    """With kill -9, in the midst of telling: what was not answered comes again with the same id, once its
    claim is over.
    """
    where = {
        "POSTSTELLE_PUSH_NETWORKS": "127.0.0.0/8",
        "POSTSTELLE_PUSH_CA_FILE": str(receiver.ca_file),
    }
    receiver.held[HOOK] = threading.Event()
    address = m365.new_mailbox()
    with running_server(tmp_path / "data", m365, **where) as server:
        admin = Client(server.url).log_in(ADMIN, SECRET)
        account = Office(m365, server, admin).connect(address)
        admin.ok("PUT", f"/api/mailboxes/{account}/recording", {"is_on": True})
        body = {"name": "CRM", "url": receiver.url + HOOK}
        secret = admin.ok("POST", "/api/webhooks", body)["secret"]
        receive(m365, address)
        first = next_event(receiver)
        server.process.send_signal(signal.SIGKILL)
        assert server.process.wait(60) == -signal.SIGKILL
        server.run_sql("update webhook_deliveries set claimed_until = claimed_until - 60000")
    receiver.held.pop(HOOK).set()
    with running_server(tmp_path / "data", m365, **where):
        second = next_event(receiver)
    assert verified(first, secret) == verified(second, secret)
    assert receiver.box(HOOK).empty()
