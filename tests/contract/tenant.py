"""Where the contract tests run: at the simulator, or at a real tenant that a settings file describes.

``M365_CONTRACT`` names the file; see ``docs/m365sim/contract.md``.
"""

from __future__ import annotations

import json
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msal

from m365sim.testing import M365

VARIABLE = "M365_CONTRACT"
NEEDS_CONTROL = "needs the simulator's control API, which a real tenant has not"
SCOPES = ["User.Read", "Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite"]
DOMAIN = "example.test"


@dataclass(frozen=True)
class Settings:
    """A real tenant's test mailboxes. ``token_cache`` is written by ``python -m tests.contract.sign_in``.

    ``ca_file`` is for a service whose certificate no public authority has signed, and that the central
    discovery of Microsoft does not know: a simulator that stands for a tenant.
    """

    login_url: str
    graph_url: str
    tenant: str
    client_id: str
    client_secret: str
    person: str
    colleague: str
    token_cache: str
    ca_file: str | None = None

    def public(self, **options: Any) -> msal.PublicClientApplication:
        """MSAL as a program without a secret."""
        authority = f"{self.login_url}/organizations"
        return msal.PublicClientApplication(
            self.client_id, authority=authority, **_msal_options(self.ca_file), **options
        )


@dataclass(frozen=True)
class Place:
    """What tests need to know of where they run. ``m365`` is the simulator, None at a real tenant.

    ``person`` and ``colleague`` are two mailboxes that may be written to; ``token`` gives a delegated
    access token of the person.
    """

    login_url: str
    graph_url: str
    tenant: str
    client_id: str
    client_secret: str
    person: str
    colleague: str
    token: Callable[[], str]
    m365: M365 | None = None
    ca_file: str | None = None

    @property
    def verify(self) -> ssl.SSLContext | bool:
        """What HTTP clients are told to trust."""
        return ssl.create_default_context(cafile=self.ca_file) if self.ca_file else True

    @property
    def msal_options(self) -> dict[str, Any]:
        """What MSAL is told besides the usual: nothing at Microsoft's own hosts."""
        return _msal_options(self.ca_file)

    def confidential(self, tenant: str = "organizations") -> msal.ConfidentialClientApplication:
        """MSAL as a program with a secret."""
        return msal.ConfidentialClientApplication(
            self.client_id,
            client_credential=self.client_secret,
            authority=f"{self.login_url}/{tenant}",
            **self.msal_options,
        )

    def public(self, tenant: str = "organizations", **options: Any) -> msal.PublicClientApplication:
        """MSAL as a program without a secret."""
        return msal.PublicClientApplication(
            self.client_id, authority=f"{self.login_url}/{tenant}", **self.msal_options, **options
        )


def _msal_options(ca_file: str | None) -> dict[str, Any]:
    return {"instance_discovery": False, "verify": ca_file} if ca_file else {}


def settings() -> Settings | None:
    """The real tenant to test at; None to test at the simulator."""
    path = os.environ.get(VARIABLE)
    return Settings(**json.loads(Path(path).read_text())) if path else None


def simulated(m365: M365) -> Place:
    """The simulator, with two people in one tenant."""
    person, colleague = (m365.account(f"{name}@{DOMAIN}", name.title()) for name in ("anna", "ben"))
    return Place(
        login_url=m365.base_url,
        graph_url=m365.graph_url,
        tenant=DOMAIN,
        client_id=m365.client_id,
        client_secret=m365.client_secret,
        person=person.address,
        colleague=colleague.address,
        token=lambda: m365.token(person.address, SCOPES),
        m365=m365,
        ca_file=m365.ca_file,
    )


def real(of: Settings) -> Place:
    """A real tenant."""
    return Place(
        login_url=of.login_url,
        graph_url=of.graph_url,
        tenant=of.tenant,
        client_id=of.client_id,
        client_secret=of.client_secret,
        person=of.person,
        colleague=of.colleague,
        token=lambda: _kept_token(of),
        ca_file=of.ca_file,
    )


def cache_of(of: Settings) -> msal.SerializableTokenCache:
    """The kept tokens."""
    cache = msal.SerializableTokenCache()
    path = Path(of.token_cache)
    if path.exists():
        cache.deserialize(path.read_text())
    return cache


def _kept_token(of: Settings) -> str:
    cache = cache_of(of)
    client = of.public(token_cache=cache)
    result = client.acquire_token_silent(SCOPES, client.get_accounts(of.person)[0])
    assert result and "access_token" in result, "Sign in first: python -m tests.contract.sign_in"
    Path(of.token_cache).write_text(cache.serialize())
    return str(result["access_token"])
