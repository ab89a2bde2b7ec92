"""A real simulated Microsoft 365 in a process of its own, and the fixtures that tests share.

The server's parts run in the test's process and meet it only over HTTPS.
"""

import json
import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests import programs
from tests.programs import Start, Started

from m365sim.control.client import ControlClient

TENANT = "3f2b8a10-6f0e-4b5e-9d0a-0c5a7f1e2b3c"
DOMAIN = "buero.example"
PASSWORD = "Tulpe-2026!"


@dataclass(frozen=True)
class Simulator:
    """A running simulator. ``control`` changes its world as another mail program would."""

    facts: dict[str, Any]
    process: Started
    control: ControlClient

    @property
    def login_base(self) -> str:
        return str(self.facts["base_url"])

    @property
    def pages_url(self) -> str:
        return str(self.facts["pages_url"])

    @property
    def ca_file(self) -> str:
        return str(self.facts["ca_file"])

    @property
    def settings(self) -> dict[str, str]:
        """By which a server takes it for Microsoft; names without their prefix."""
        return {
            "MICROSOFT_LOGIN_BASE": self.login_base,
            "GRAPH_BASE": str(self.facts["graph_url"]),
            "CA_FILE": self.ca_file,
            "MICROSOFT_CLIENT_ID": str(self.facts["client_id"]),
            "MICROSOFT_CLIENT_SECRET": str(self.facts["client_secret"]),
        }

    def identity(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the control API of the identity platform."""
        request = Request(f"{self.pages_url}/control/identity{path}", method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def new_mailbox(self, name: str = "info") -> str:
        """The address of a fresh work mailbox; its user has PASSWORD."""
        address = f"{name}-{uuid.uuid4().hex[:8]}@{DOMAIN}"
        user = {"tenant": TENANT, "password": PASSWORD, "display_name": name, "has_mailbox": True}
        self.identity("PUT", f"/users/{address}", user)
        if address not in {box["address"] for box in self.control.mailboxes()}:
            self.control.create_mailbox(address)
        return address

    def be_kind(self) -> None:
        """Forget faults, restore limits."""
        self.control.clear_faults()
        self.control.set_limits(concurrent=4, perWindow=None, keptDeltaTokens=100_000)


@contextmanager
def running_simulator(
    data_dir: Path,
    seed: str = "empty",
    *,
    cloud: str = "global",
    start: Start = programs.start,
    is_kept: bool = True,
) -> Iterator[Simulator]:
    """A simulator on free ports with the world of ``seed`` and one work tenant more.

    ``is_kept`` False: it never stops to save its world, which takes seconds where there is much of it.
    """
    options = ["--json", "--data-dir", str(data_dir), "--seed", seed, "--cloud", cloud]
    options += [] if is_kept else ["--no-keep"]
    process = start(["m365sim", "serve", *options], os.environ, None)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the simulator did not start"
        facts = json.loads(line)
        simulator = Simulator(facts, process, ControlClient(facts["pages_url"]))
        policy = {"domain": DOMAIN, "name": "Büro", "consent_policy": "users_may_consent"}
        simulator.identity("PUT", f"/tenants/{TENANT}", policy)
        yield simulator
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()
