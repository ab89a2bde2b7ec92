"""Ten megabytes to a running simulator: Graph opens the session, another host takes the pieces."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from tests.sim.identity.app import App
from tests.sim.identity.conftest import OFFICE

from m365sim.server import DEMO_CLIENT_ID, Running, ServeOptions, running
from m365sim.world.compose import Written

ANNA = "anna@lindner.example"
FILE = os.urandom(10 * 1024 * 1024)
PIECE = 4 * 1024 * 1024


class Program:
    """One program with a token for Anna's mailbox, and a message of hers."""

    def __init__(self, sim: Running) -> None:
        asked = {"user": ANNA, "client_id": DEMO_CLIENT_ID, "scopes": "User.Read Mail.ReadWrite"}
        _, answer = App(sim).control("POST", "/tokens", asked)
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = str(sim.ca_file)
        self.token = {"Authorization": f"Bearer {answer['access_token']}"}
        mailbox = sim.simulation.world.mailbox(ANNA)
        written = Written("<m@x>", "Betreff", "Text", False, 1_700_000_000)
        message = sim.simulation.world.receive(mailbox, mailbox.named["inbox"], written)
        self.message = f"{sim.base_url}/v1.0/me/messages/{mailbox.ids.immutable(message.number)}"

    def open(self) -> dict[str, Any]:
        item: dict[str, str | int] = {"attachmentType": "file", "name": "zehn.bin", "size": len(FILE)}
        url = f"{self.message}/attachments/createUploadSession"
        answer = self.http.post(url, json={"AttachmentItem": item}, headers=self.token)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def put(self, url: str, start: int) -> requests.Response:
        piece = FILE[start : start + PIECE]
        told = f"bytes {start}-{start + len(piece) - 1}/{len(FILE)}"
        return self.http.put(url, data=piece, headers={"Content-Range": told})


def test_ten_megabytes_arrive(sim: Running) -> None:
    """The host of the pieces is not Graph's, needs no login, and what arrives is what was sent."""
    program = Program(sim)
    url = program.open()["uploadUrl"]
    assert urlsplit(url).hostname != urlsplit(sim.base_url).hostname
    assert url.startswith(f"{sim.uploads_url}/")

    statuses = [program.put(url, start).status_code for start in range(0, len(FILE), PIECE)]

    assert statuses == [200, 200, 201]
    [shown] = program.http.get(f"{program.message}/attachments", headers=program.token).json()["value"]
    assert base64.b64decode(shown["contentBytes"]) == FILE
    raw = program.http.get(f"{program.message}/attachments/{shown['id']}/$value", headers=program.token)
    assert raw.content == FILE


def test_the_host_of_the_pieces_knows_nothing_else(sim: Running) -> None:
    """Graph and its uploads are different hosts: neither answers for the other, whatever the bearer."""
    program = Program(sim)
    url = program.open()["uploadUrl"]

    assert program.http.get(f"{sim.uploads_url}/v1.0/me", headers=program.token).status_code == 401
    assert program.http.get(f"{sim.uploads_url}/v1.0/me").status_code == 404
    assert program.put(url.replace(sim.uploads_url, sim.base_url), 0).status_code == 501


def test_sessions_do_not_outlive_the_simulator(data_dir: Path) -> None:
    """After a restart the message is there and its upload session is not."""
    options = ServeOptions(data_dir, lambda: OFFICE, keep_as="office")
    with running(options) as sim:
        program = Program(sim)
        url = program.open()["uploadUrl"]
        program.put(url, 0)
        port = urlsplit(sim.uploads_url).port
    assert port is not None

    with running(ServeOptions(data_dir, lambda: OFFICE, keep_as="office", uploads_port=port)) as sim:
        assert program.put(url, PIECE).status_code == 404
        assert len(sim.simulation.world.mailbox(ANNA).messages) == 1


@pytest.mark.parametrize(("name", "host"), [("localhost", "127.0.0.1"), ("sim.example", "sim.example")])
def test_where_pieces_go_depends_on_the_name(data_dir: Path, name: str, host: str) -> None:
    """On this machine the other name of this machine; under a name of its own, that name at another port."""
    with running(ServeOptions(data_dir, name=name)) as sim:
        assert urlsplit(sim.uploads_url).hostname == host
        assert urlsplit(sim.uploads_url).port != urlsplit(sim.base_url).port
