"""The app's side of OAuth by hand: authorize addresses, token requests, and the whole way in one call."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import ssl
import urllib.parse
from dataclasses import dataclass
from typing import Any

from tests.contract.watch import check_answer
from tests.sim.identity.browser import Browser

from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET, Running

REDIRECT = "http://localhost:7777/sign-in/callback"
SCOPE = "openid profile offline_access User.Read Mail.ReadWrite"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PASSWORD = "Tulpe-2026!"


@dataclass
class App:
    """One program registered at the simulator."""

    sim: Running
    client_id: str = DEMO_CLIENT_ID

    def authorize_url(self, tenant: str = "common", **changes: str | None) -> str:
        """An authorize address; a parameter set to None is left out."""
        parameters: dict[str, str | None] = {
            "client_id": DEMO_CLIENT_ID,
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": SCOPE,
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        query = urllib.parse.urlencode({k: v for k, v in parameters.items() if v is not None})
        return f"{self.sim.pages_url}/{tenant}/oauth2/v2.0/authorize?{query}"

    def post(
        self, path: str, form: dict[str, str] | bytes, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """POST to the HTTPS listener; the status and the JSON."""
        body = form if isinstance(form, bytes) else urllib.parse.urlencode(form).encode()
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self._https("POST", path, body, sent)

    def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """GET from the HTTPS listener."""
        return self._https("GET", path, None, headers or {})

    def call(self, method: str, path: str) -> tuple[int, dict[str, Any]]:
        """Any method without a body at the HTTPS listener."""
        return self._https(method, path, None, {})

    def location(self, path: str) -> tuple[int, str]:
        """GET from the HTTPS listener; the status and where it redirects to."""
        connection = self._connection()
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status, response.headers.get("location", "")

    def _connection(self) -> http.client.HTTPSConnection:
        host = urllib.parse.urlsplit(self.sim.base_url).netloc
        context = ssl.create_default_context(cafile=str(self.sim.ca_file))
        return http.client.HTTPSConnection(host, context=context, timeout=60)

    def _https(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]]:
        status, _, content = self._exchange(method, path, body, headers)
        return status, json.loads(content)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], *, is_graph: bool = True
    ) -> tuple[int, dict[str, str], bytes]:
        """One exchange; an answer of Graph's is checked against the official description."""
        connection = self._connection()
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        shown = {name.lower(): value for name, value in response.getheaders()}
        if is_graph:
            check_answer(method, path, response.status, shown, body, content)
        return response.status, shown, content

    def token(self, tenant: str = "common", **changes: str | None) -> tuple[int, dict[str, Any]]:
        """A token request of the demo app; a field set to None is left out."""
        fields: dict[str, str | None] = {
            "client_id": DEMO_CLIENT_ID,
            "client_secret": DEMO_SECRET,
            "client_info": "1",
            **changes,
        }
        form = {k: v for k, v in fields.items() if v is not None}
        return self.post(f"/{tenant}/oauth2/v2.0/token", form)

    def redeem(self, code: str, tenant: str = "common", **changes: str | None) -> tuple[int, dict[str, Any]]:
        """Redeem a code."""
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
            **changes,
        }
        return self.token(tenant, **fields)

    def refresh(
        self, token: str, tenant: str = "common", **changes: str | None
    ) -> tuple[int, dict[str, Any]]:
        """Use a refresh token."""
        fields: dict[str, str | None] = {"grant_type": "refresh_token", "refresh_token": token, **changes}
        return self.token(tenant, **fields)

    def code(self, browser: Browser, address: str, tenant: str = "common", **changes: str | None) -> str:
        """Sign in and consent in a browser; the code that comes back."""
        browser.open(self.authorize_url(tenant, login_hint=address, **changes))
        if browser.has("input[name=passwd]"):
            browser.press("signin", passwd=PASSWORD)
        if browser.has("button#accept"):
            browser.press("accept")
        return browser.answer()["code"]

    def tokens(self, browser: Browser, address: str, tenant: str = "common") -> dict[str, Any]:
        """Sign in, consent, redeem; the token answer."""
        status, answer = self.redeem(self.code(browser, address, tenant), tenant)
        assert status == 200, answer
        return answer

    def graph(
        self, token: str, path: str, method: str = "GET", *, is_struck: bool = False
    ) -> tuple[int, dict[str, str], dict[str, Any]]:
        """A call to Graph: status, headers by lower-case name, the JSON (empty without a body).

        ``is_struck`` says that a fault stands before Graph, whose answer is none of Graph's.
        """
        bearer = {"Authorization": f"Bearer {token}"}
        status, headers, content = self._exchange(method, path, None, bearer, is_graph=not is_struck)
        return status, headers, json.loads(content or b"{}")

    def control(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """A call of the control API under /control/identity."""
        host = urllib.parse.urlsplit(self.sim.pages_url).netloc
        connection = http.client.HTTPConnection(host, timeout=60)
        connection.request(method, f"/control/identity{path}", json.dumps(body or {}))
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content)
