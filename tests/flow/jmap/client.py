"""A JMAP client of a few lines over plain sockets: one login, a connection for each request."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

T = TypeVar("T")

# Generous, for a machine with other work: what never comes true still fails.
PATIENCE_S = 60.0

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
OURS = "https://poststelle.example/jmap/mail"
USING = [CORE, MAIL, OURS]
Json = dict[str, Any]


class CallFailed(AssertionError):
    """A method call was answered with an error."""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """A browser's worth of state: the login's cookie. ``login`` None: nobody.

    With ``authorization`` it is a program instead: that header, no cookie, and not our own header either.
    """

    base: str
    login: str | None = None
    cookies: dict[str, str] = field(default_factory=dict)
    authorization: str | None = None

    # -- plain HTTP -------------------------------------------------------------------------------

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, None, headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.send("POST", path, body, headers)

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """One request; ``body`` is sent as JSON unless it is bytes."""
        octets = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **self._who(), **(headers or {})}
        connection = self._connection()
        try:
            connection.request(method, path, octets, sent)
            response = connection.getresponse()
            answer = Answer(response.status, _headers(response), response.read())
        finally:
            connection.close()
        for text in response.headers.get_all("set-cookie") or []:
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(text).items()})
        return answer

    def ok(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of a request that must succeed."""
        answer = self.send(method, path, body)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body[:400]!r}"
        return answer.json if answer.body else None

    def log_in(self, login: str, password: str) -> Client:
        self.ok("POST", "/api/login", {"login": login, "password": password})
        self.login = login
        return self

    def _connection(self, timeout_s: float = PATIENCE_S) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=timeout_s)

    def _who(self) -> dict[str, str]:
        if self.authorization is not None:
            return {"Authorization": self.authorization}
        cookie = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        return {"X-Poststelle": "1", **({"Cookie": cookie} if cookie else {})}

    # -- JMAP -------------------------------------------------------------------------------------

    def request(self, *calls: tuple[str, Json, str], using: list[str] | None = None) -> Json:
        """A whole request; the whole answer."""
        body = {"using": USING if using is None else using, "methodCalls": list(calls)}
        answer: Json = self.ok("POST", "/jmap/api", body)
        return answer

    def run(self, name: str, **args: Any) -> tuple[str, Json]:
        """One method call: the name and arguments of its answer."""
        [[answer_name, answer, call_id]] = self.request((name, args, "0"))["methodResponses"]
        assert call_id == "0"
        return answer_name, answer

    def call(self, name: str, **args: Any) -> Json:
        """One method call that must succeed."""
        answer_name, answer = self.run(name, **args)
        if answer_name != name:
            raise CallFailed(f"{name}: {answer}")
        return answer

    def refusal(self, name: str, **args: Any) -> str:
        """The error type of a method call that must fail."""
        answer_name, answer = self.run(name, **args)
        assert answer_name == "error", f"{name} was not refused: {answer}"
        return str(answer["type"])

    def emails(self, account: str, ids: list[str], *properties: str) -> list[Json]:
        """Email/get, in lots the server takes."""
        found: list[Json] = []
        for start in range(0, len(ids), 500):
            args = {"accountId": account, "ids": ids[start : start + 500]}
            found += self.call("Email/get", **args, properties=["id", *properties])["list"]
        return found

    def query_all(self, account: str, **args: Any) -> list[str]:
        """All ids of a query, window by window."""
        ids: list[str] = []
        while True:
            got = self.call("Email/query", accountId=account, position=len(ids), limit=1000, **args)["ids"]
            ids += got
            if len(got) < 1000:
                return ids

    def folders(self, account: str) -> list[Json]:
        found: list[Json] = self.call("Mailbox/get", accountId=account)["list"]
        return found

    def folder(self, account: str, role: str) -> Json:
        """The folder with this role."""
        return next(f for f in self.folders(account) if f["role"] == role)

    def sync_state(self, account: str) -> Json:
        [state] = self.call("SyncState/get", accountId=account)["list"]
        return dict(state)

    def download(self, account: str, blob: str, name: str = "file", **query: str) -> Answer:
        more = f"?{urlencode(query)}" if query else ""
        return self.get(f"/jmap/download/{account}/{blob}/{quote(name, safe='')}{more}")

    @contextmanager
    def reading(self, path: str) -> Iterator[http.client.HTTPResponse]:
        """An answer that is still on its way."""
        connection = self._connection()
        try:
            connection.request("GET", path, headers=self._who())
            yield connection.getresponse()
        finally:
            connection.close()

    def hang_up_after(self, path: str) -> None:
        """Send a request and be gone before it is answered."""
        connection = self._connection()
        connection.request("GET", path, headers=self._who())
        connection.close()

    def finds_room_to_listen(self) -> bool:
        """Whether one more event stream could be opened; it is closed again."""
        with suppress(TooManyStreams), self.events():
            return True
        return False

    @contextmanager
    def events(
        self, types: str = "*", close_after: str = "no", ping: int = 0, last: str | None = None
    ) -> Iterator[Events]:
        """An open event stream, listening when the block begins. ``last``: the id of the last event."""
        query = urlencode({"types": types, "closeafter": close_after, "ping": ping})
        connection = self._connection()
        response = None
        try:
            headers = self._who() | ({} if last is None else {"Last-Event-ID": last})
            connection.request("GET", f"/jmap/eventsource?{query}", headers=headers)
            response = connection.getresponse()
            if response.status == 429:
                raise TooManyStreams
            assert response.status == 200, (response.status, response.read())
            assert (response.getheader("content-type") or "").startswith("text/event-stream")
            events = Events(response)
            events.comment()
            yield events
        finally:
            if response:
                response.close()
            connection.close()


class TooManyStreams(Exception):
    """The user has as many event streams as one may have."""


class Events:
    """Reads server-sent events. A wait longer than the socket's is a TimeoutError.

    ``last`` is the id of the last one.
    """

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self.last = ""

    def comment(self) -> None:
        """Wait for the greeting."""
        greeting, id_ = self._block().splitlines()
        assert greeting.startswith(":")
        self.last = id_.removeprefix("id: ")

    def next(self) -> tuple[str, Json] | None:
        """The next event's name and data, None when the stream has ended."""
        while block := self._block():
            if block.startswith(":"):
                continue
            fields = dict(line.split(": ", 1) for line in block.splitlines())
            self.last = fields.get("id", self.last)
            return fields["event"], json.loads(fields["data"])
        return None

    def until(self, account: str, type_: str) -> str:
        """Wait for a state of this type; the state."""
        while event := self.next():
            name, data = event
            if name == "state" and type_ in data["changed"].get(account, {}):
                return str(data["changed"][account][type_])
        raise AssertionError(f"the stream ended before {type_} of {account} changed")

    def _block(self) -> str:
        lines = []
        while line := self._response.readline():
            if line == b"\n":
                break
            lines.append(line.decode())
        return "".join(lines)


def eventually(what: Callable[[], T], timeout_s: float = PATIENCE_S, every_s: float = 0.05) -> T:
    """Ask again until the answer is true; AssertionError with the last answer when it never is."""
    until = time.monotonic() + timeout_s
    while not (answer := what()):
        assert time.monotonic() < until, f"did not come true in {timeout_s} s; at the end: {answer!r}"
        time.sleep(every_s)
    return answer


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}
