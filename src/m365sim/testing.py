"""A simulated Microsoft 365 as tests like to speak of it; what the fixture ``m365`` gives.

::

    m365.account("desk@example.test").folder("inbox").receive(subject="Offer")
    m365.fail_next("GET", "*/messages/delta", status=429, headers={"Retry-After": "7"})
    m365.clock.advance(seconds=60)

Plain blocking functions over the control API, so the simulator may as well run elsewhere. Whatever is not
here is in `M365.control`, a `m365sim.control.client.ControlClient`.
"""

from __future__ import annotations

import ssl
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from m365sim.control.client import ControlClient, ControlError

PASSWORD = "Tulpe-2026!"  # noqa: S105 - of invented people
SCOPES = "User.Read Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite"


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of one account, by well-known name, path (``A/B``) or id."""

    control: ControlClient
    address: str
    name: str

    def receive(self, **message: Any) -> str:
        """Put a message here (``subject``, ``from``, ``text``, ``html`` ...); its immutable id."""
        if "from_" in message:
            message["from"] = message.pop("from_")
        [made] = self.control.receive(self.address, self.name, **message)
        return made

    def receive_count(self, count: int, **options: Any) -> None:
        """Put so many derived messages here, up to a million."""
        self.control.receive_count(self.address, count, self.name, **options)

    def create(self) -> Folder:
        """Make this folder; the part before the last slash must be there."""
        parent, _, name = self.name.rpartition("/")
        self.control.create_folder(self.address, name, parent)
        return self

    def messages(self) -> list[dict[str, Any]]:
        """The messages that lie here, newest first, as ``/control`` snapshots show them."""
        folders, messages = self.control.snapshot(self.address)
        ids = {f["id"] for f in folders if self._is(f)}
        return [m for m in messages.values() if m["folderId"] in ids]

    def subjects(self) -> list[str]:
        """The subjects of the messages that lie here, newest first."""
        return [m["subject"] for m in self.messages()]

    def _is(self, folder: dict[str, Any]) -> bool:
        names = (folder["wellKnownName"] or "", "/".join(folder["path"]), folder["id"])
        return self.name in (names[0], names[1], names[2]) or self.name.lower() == names[0].lower() != ""


@dataclass(frozen=True, slots=True)
class Account:
    """A person or a shared mailbox. ``password`` is for the sign-in pages."""

    control: ControlClient
    address: str
    password: str = PASSWORD

    def folder(self, name: str = "inbox") -> Folder:
        """A folder, which need not be there yet."""
        return Folder(self.control, self.address, name)

    def receive(self, **message: Any) -> str:
        """Put a message into the inbox; its immutable id."""
        return self.folder("inbox").receive(**message)

    def may_open(self, *addresses: str) -> Account:
        """Let the person open these mailboxes of others."""
        self.control.set_user(self.address, mayOpen=list(addresses))
        return self


@dataclass(frozen=True, slots=True)
class SimulatedClock:
    """The simulator's clock, which moves forward only."""

    control: ControlClient

    def now(self) -> datetime:
        """The present instant, aware."""
        return datetime.fromisoformat(self.control.clock()["now"])

    def advance(self, *, seconds: float) -> None:
        """Move forward; what is due by then has happened when this returns."""
        self.control.advance(seconds)


@dataclass(frozen=True, slots=True)
class M365:
    """A running simulator. URLs have no trailing slash; ``ca_file`` is what programs must trust."""

    base_url: str
    pages_url: str
    uploads_url: str
    ca_file: str
    client_id: str
    client_secret: str
    control: ControlClient = field(repr=False)

    @property
    def graph_url(self) -> str:
        """The address of Graph, with its version."""
        return f"{self.base_url}/v1.0"

    @property
    def msal_authority(self) -> str:
        """The authority for MSAL, for work accounts. Give ``instance_discovery=False`` with it."""
        return f"{self.base_url}/organizations"

    @property
    def clock(self) -> SimulatedClock:
        """The simulator's clock."""
        return SimulatedClock(self.control)

    def authority(self, domain: str) -> str:
        """The authority of one tenant, as programs that sign in for themselves need it."""
        return f"{self.base_url}/{domain}"

    def ssl_context(self) -> ssl.SSLContext:
        """A context that trusts the simulator and nothing else."""
        return ssl.create_default_context(cafile=self.ca_file)

    def account(self, address: str, name: str = "", *, language: str = "en-US") -> Account:
        """The account of this address; made when there is none, with its tenant if need be."""
        known = {str(m["address"]).lower() for m in self.control.mailboxes()}
        if address.lower() not in known:
            self.tenant(address.partition("@")[2])
            self.control.create_mailbox(
                address, displayName=name or address.partition("@")[0], language=language
            )
            self.control.identity("PUT", f"/users/{address}", {"password": PASSWORD})
        return Account(self.control, address)

    def tenant(self, domain: str, *, consent_policy: str = "users_may_consent") -> None:
        """Make a tenant of this domain with this policy, or give the one there is the policy."""
        fields = {"consent_policy": consent_policy}
        try:
            self.control.identity("PUT", f"/tenants/{domain}", fields)
        except ControlError as error:
            if error.status != 400:
                raise
            path = f"/tenants/{uuid.uuid5(uuid.NAMESPACE_DNS, domain)}"
            self.control.identity("PUT", path, {"domain": domain, "name": domain, **fields})

    def token(self, address: str, scopes: str | Iterable[str] = SCOPES) -> str:
        """An access token for a user, as after a sign-in with consent to these scopes."""
        text = scopes if isinstance(scopes, str) else " ".join(scopes)
        body = {"user": address, "client_id": self.client_id, "scopes": text}
        return str(self.control.identity("POST", "/tokens", body)["access_token"])

    def let_app_in(self, domain: str, permissions: Iterable[str] = ("Mail.ReadWrite", "Mail.Send")) -> None:
        """Let the app act by itself in a tenant, as after an administrator's consent."""
        body = {"client_id": self.client_id, "tenant": domain, "app_permissions": list(permissions)}
        self.control.identity("POST", "/consents/grant", body)

    def app_token(self, domain: str) -> str:
        """An access token of the app for itself in a tenant that has let it in."""
        body = {"tenant": domain, "client_id": self.client_id}
        return str(self.control.identity("POST", "/app-tokens", body)["access_token"])

    def fail_next(self, method: str, path: str, **fields: Any) -> None:
        """Let the next matching calls fail: ``status``, ``headers``, ``times``, ``kind``, ``delayS`` ..."""
        self.control.fail_next(method, path, **fields)
