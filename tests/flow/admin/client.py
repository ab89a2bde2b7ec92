"""A browser of a few lines for our own API: JSON, one cookie jar, our header on everything that changes."""

import gzip
import http.client
import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

PASSWORD = "correct horse battery"
PROOF = {"proof": {"password": PASSWORD}}
"""What lets others in needs, beside the cookie, of who has no second factor."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.json["error"]["code"])

    @property
    def params(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]["params"]
        return found

    @property
    def location(self) -> str:
        return self.headers["location"]


@dataclass
class Client:
    """Talks to one server. ``seen`` keeps every answer's octets, for what must never be told."""

    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    seen: list[bytes] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers=headers)

    def post(self, path: str, body: Any = None) -> Answer:
        return self.send("POST", path, body)

    def put(self, path: str, body: Any = None) -> Answer:
        return self.send("PUT", path, body)

    def patch(self, path: str, body: Any = None) -> Answer:
        return self.send("PATCH", path, body)

    def delete(self, path: str, body: Any = None) -> Answer:
        return self.send("DELETE", path, body)

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request; ``headers`` replace ours (names with ``_`` for ``-``)."""
        sent = {"Host": urlsplit(self.base).netloc, "X-Poststelle": "1"}
        if not isinstance(body, bytes | None):
            sent["Content-Type"] = "application/json"
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        sent |= {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        octets = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=60)
        try:
            connection.request(method, path, octets, {k: v for k, v in sent.items() if v})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return self._keep(response, content)

    def _keep(self, response: http.client.HTTPResponse, content: bytes) -> Answer:
        found = {name.lower(): value for name, value in response.getheaders()}
        if found.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        for text in response.headers.get_all("set-cookie") or []:
            for name, morsel in SimpleCookie(text).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        self.seen += [content, str(response.getheaders()).encode()]
        return Answer(response.status, found, content)

    def anew(self) -> "Client":
        """Another browser at the same server."""
        return Client(self.base, seen=self.seen)

    def log_in(self, login: str, password: str = PASSWORD) -> "Client":
        answer = self.post("/api/login", {"login": login, "password": password})
        assert answer.status == 200, answer.body
        return self
