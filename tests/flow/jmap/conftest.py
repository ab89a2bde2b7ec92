"""One office for all these tests; most share one mailbox, those that change much take one of their own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flow.jmap.client import Client
from tests.flow.jmap.office import Office, running_office
from tests.flow.notify.told import quiet

HERE = Path(__file__).parent
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    + (
        b"\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
    )
)
BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all of these, so that they share one office."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("jmap"))


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A running simulator and server, which is told what arrives: to poll what tests leave behind is dear."""
    folder = tmp_path_factory.mktemp("office")
    with running_office(folder, POSTSTELLE_NOTIFICATION_URL="http://localhost:0") as it:
        quiet(it.simulator)
        yield it


@dataclass(frozen=True)
class Desk:
    """A connected mailbox: its address at Microsoft, its account id here, and Anna, who is assigned."""

    office: Office
    address: str
    account: str
    anna: Client

    def receive(self, **message: Any) -> str:
        """A new message at Microsoft; its Message-ID without brackets."""
        control = self.office.simulator.control
        [remote] = control.receive(self.address, **message)
        return str(control.snapshot(self.address)[1][remote]["internetMessageId"]).strip("<>")

    def settled(self) -> None:
        self.office.settled(self.anna, self.account)

    def id_of(self, message_id: str) -> str:
        """Our id of a message, by its Message-ID."""
        ids = self.anna.query_all(self.account)
        found = self.anna.emails(self.account, ids, "messageId")
        return next(str(e["id"]) for e in found if e["messageId"] == [message_id])


def new_desk(office: Office, *messages: dict[str, Any]) -> Desk:
    """A fresh mailbox with these messages in its inbox, connected and synchronised."""
    address = office.simulator.new_mailbox("desk")
    if messages:
        office.simulator.control.receive_many(address, list(messages))
    account = office.connect(address)
    desk = Desk(office, address, account, office.person("anna"))
    desk.settled()
    return desk


def letters(count: int) -> list[dict[str, Any]]:
    """Messages with all marks in turn, in threads of three, an hour apart; every fifth has an attachment."""
    made = []
    for n in range(count):
        root = n - n % 3
        letter: dict[str, Any] = {
            "subject": f"{'Re: ' if n % 3 else ''}Anfrage {root} – Größe, “Preis” 🏠",
            "from": f"Person {n} <person{n}@kunden.example>",
            "html": f"<p>Brief Nummer <b>{n}</b> äöü</p>",
            "messageId": f"<letter.{n}@kunden.example>",
            "receivedAt": (BEGAN + timedelta(hours=n)).isoformat(),
            "isRead": n % 2 == 0,
            "flag": "flagged" if n % 7 == 0 else "notFlagged",
            "categories": ["Rote Kategorie"] if n % 4 == 0 else [],
            "importance": "high" if n % 6 == 0 else "normal",
        }
        if n % 3:
            letter["inReplyTo"] = f"<letter.{n - 1}@kunden.example>"
            letter["references"] = [f"<letter.{m}@kunden.example>" for m in range(root, n)]
        if n % 5 == 0:
            letter["attachments"] = [
                {"name": f"Notiz {n}.txt", "contentType": "text/plain", "text": f"Notiz {n}"}
            ]
        made.append(letter)
    return made


def attachment(name: str, content_type: str, octets: bytes, **more: Any) -> dict[str, Any]:
    return {"name": name, "contentType": content_type, "contentBase64": b64encode(octets).decode(), **more}


@pytest.fixture(scope="session")
def desk(office: Office) -> Desk:
    """A mailbox of 60 letters that tests read and leave as it is."""
    return new_desk(office, *letters(60))
