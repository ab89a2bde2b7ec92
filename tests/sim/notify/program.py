"""A program that subscribes: Graph over HTTPS, with tokens of the real identity platform."""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from tests.contract.watch import check_answer
from tests.sim.graph.harness import Reply
from tests.sim.notify.receiver import Receiver

from m365sim.control.client import ControlClient
from m365sim.directory import AccessToken, AppGrant
from m365sim.server import DEMO_CLIENT_ID, Running

ANNA = "anna@lindner.example"
CHEF = "chef@lindner.example"
INFO = "info@lindner.example"
SCOPES = "openid profile offline_access User.Read Mail.ReadWrite"


def signed_in(sim: Running, address: str = ANNA, scopes: str = SCOPES) -> str:
    """An access token for a user, as after signing in and consenting."""
    body = json.dumps({"user": address, "client_id": DEMO_CLIENT_ID, "scopes": scopes}).encode()
    request = urllib.request.Request(f"{sim.pages_url}/control/identity/tokens", body, method="POST")
    with urllib.request.urlopen(request, timeout=60) as response:
        return str(json.load(response)["access_token"])


def by_itself(sim: Running, app: str = DEMO_CLIENT_ID, *permissions: str) -> str:
    """An access token of an app for itself, good for a day, with what it may granted in the tenant."""
    directory = sim.platform.directory
    user = directory.user_by_address(ANNA)
    assert user is not None
    ends = sim.platform.now() + timedelta(days=1)
    text = f"app-only-{len(directory.access_tokens)}"
    granted = frozenset(permissions or ("Mail.Read",))
    directory.grant_app(AppGrant(user.tenant_id, app, granted))
    directory.access_tokens[text] = AccessToken(None, app, user.tenant_id, granted, ends)
    return text


@dataclass
class Program:
    """Calls Graph with one token."""

    sim: Running
    receiver: Receiver
    token: str

    @property
    def control(self) -> ControlClient:
        """The tests' door to the simulator."""
        return ControlClient(self.sim.pages_url)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """One call, its answer checked; ``path`` is relative to ``/v1.0`` or a whole link."""
        url = urlsplit(path if path.startswith("https") else f"{self.sim.base_url}/v1.0{path}")
        context = ssl.create_default_context(cafile=str(self.sim.ca_file))
        connection = http.client.HTTPSConnection(url.netloc, context=context, timeout=60)
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers}
        data = None if body is None else json.dumps(body).encode()
        target = f"{url.path}?{url.query}" if url.query else url.path
        try:
            connection.request(method, target, data, sent)
            response = connection.getresponse()
            shown = {k.lower(): v for k, v in response.getheaders()}
            reply = Reply(response.status, shown, response.read())
        finally:
            connection.close()
        check_answer(method, target, reply.status, reply.headers, data, reply.body)
        return reply

    def ends(self, minutes: float) -> str:
        """The instant so many minutes from the simulator's now."""
        return (self.sim.simulation.clock.now() + timedelta(minutes=minutes)).isoformat()

    def ask(self, prefer: str | None = None, **properties: Any) -> Reply:
        """POST /subscriptions: to all changes of all messages for two days, but for ``properties``."""
        body = {
            "changeType": "created,updated,deleted",
            "notificationUrl": self.receiver.url,
            "lifecycleNotificationUrl": self.receiver.lifecycle_url,
            "resource": "me/messages",
            "expirationDateTime": self.ends(2880),
            "clientState": "secret",
            **properties,
        }
        headers = {"Prefer": prefer} if prefer else {}
        return self.call(
            "POST", "/subscriptions", {n: v for n, v in body.items() if v is not None}, **headers
        )

    def subscribe(self, prefer: str | None = None, **properties: Any) -> dict[str, Any]:
        """A subscription that must come about."""
        reply = self.ask(prefer, **properties)
        assert reply.status == 201, (reply.status, reply.body)
        made: dict[str, Any] = reply.json
        return made

    def receive(self, subject: str = "Offer", folder: str = "inbox", mailbox: str = ANNA) -> str:
        """Let mail arrive; its immutable id."""
        [made] = self.control.receive(mailbox, folder, subject=subject, text="Hello")
        return made

    def row(self) -> dict[str, Any]:
        """The only subscription as the control API shows it."""
        [row] = self.control.subscriptions()
        return row
