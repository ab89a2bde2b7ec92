"""Every address, every kind of caller: what is not decided here fails, and nothing is open by mistake.

The addresses come from the program itself; a new one must be given its gate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from tests.flow.admin.client import PASSWORD, Answer, Client
from tests.flow.admin.conftest import assign, person
from tests.flow.admin.running import RunningServer, running_server

from poststelle.http.jmap.limits import VENDOR
from poststelle.http.jmap.routes import METHODS
from poststelle.http.v1.operations import OPERATIONS

GROUP = {"name": "N", "members": [{"email": "x@example.org"}]}
NO_SIGNATURE = {"email": "x@example.org", "signature": None, "answer_signature": None}
REPLY = {"is_enabled": True, "from": None, "to": None, "internal": "x", "external": "x", "audience": "all"}
FORWARDING = {"is_enabled": True, "to": ["x@example.org"], "keeps_copy": True, "manner": "unchanged"}
LEVELS = ("read", "write", "send", "manage")

EVERYBODY = {
    "GET /healthz", "GET /readyz", "GET /metrics",
    "GET /.well-known/jmap", "GET /jmap/api", "GET /jmap/upload/{account}/",
    "GET /api/v1/openapi.json", "GET /api/start", "POST /api/setup",
    "POST /api/login", "POST /api/logout", "POST /api/login/code", "POST /api/login/passkey/question",
    "POST /api/login/passkey", "POST /api/login/app", "PUT /api/login/app", "POST /api/login/new-passkey",
    "PUT /api/login/new-passkey", "POST /api/invitation", "POST /api/invitation/look",
    "POST /api/login/sso", "GET /sign-in/sso/callback",
    "GET /sign-in/microsoft/callback", "GET /sign-in/microsoft/approved", "GET /api/approvals/{link}",
    "GET /{path:path}",
    "POST /webhooks/microsoft/notifications", "POST /webhooks/microsoft/lifecycle", "MOUNT /webhooks",
}  # fmt: skip
"""For people without a login, their browsers on their way back, Microsoft, and who runs the server; and the
wrong methods of addresses that are written to, which say so to anybody."""

LOGGED_IN = {
    "GET /jmap/session", "POST /jmap/api", "WS /jmap/ws", "GET /jmap/eventsource",
    "PATCH /api/me", "POST /api/me/password", "GET /api/me/logins", "GET /api/me/data",
    "GET /api/me/second-factor", "POST /api/me/second-factor/question", "POST /api/me/second-factor/app",
    "PUT /api/me/second-factor/app", "DELETE /api/me/second-factor/app",
    "POST /api/me/second-factor/recovery-codes", "POST /api/me/passkeys", "PUT /api/me/passkeys",
    "PATCH /api/me/passkeys/{passkey}", "DELETE /api/me/passkeys/{passkey}", "DELETE /api/me/logins",
    "DELETE /api/me/logins/{login}", "GET /api/me/tokens", "POST /api/me/tokens",
    "DELETE /api/me/tokens/{token}", "GET /api/me/boilerplate", "POST /api/me/boilerplate",
    "PATCH /api/boilerplate/{boilerplate}", "DELETE /api/boilerplate/{boilerplate}",
    "POST /api/boilerplate/{boilerplate}/files", "GET /api/boilerplate/{boilerplate}/files/{file}",
    "DELETE /api/boilerplate/{boilerplate}/files/{file}", "GET /api/me/groups", "POST /api/me/groups",
    "PATCH /api/groups/{group}", "DELETE /api/groups/{group}", "GET /api/me/quiet", "PUT /api/me/quiet",
    "PUT /api/me/quiet/pause", "DELETE /api/me/quiet/pause", "GET /api/favourites",
    "DELETE /api/favourites/{account}/{folder}", "GET /api/me/pictures",
    "PUT /api/me/pictures", "GET /api/mailboxes", "GET /api/records",
    "GET /api/records/export",
}  # fmt: skip
"""Of oneself: each shows and changes what is the caller's own."""

SETTINGS: dict[str, Any] = {
    "GET /api/users": None,
    "POST /api/users": {"login": "x", "name": "X", "password": PASSWORD},
    "PATCH /api/users/{user}": {"may_settings": True},
    "DELETE /api/users/{user}": None,
    "GET /api/users/{user}/data": None,
    "DELETE /api/users/{user}/logins": None,
    "POST /api/users/{user}/invitation": {},
    "DELETE /api/users/{user}/invitation": None,
    "DELETE /api/users/{user}/identity": None,
    "GET /api/settings/sso": None,
    "PUT /api/settings/sso": {"issuer": "https://id.example", "client_id": "x", "name": "X"},
    "DELETE /api/settings/sso": None,
    "DELETE /api/users/{user}/second-factor": {"password": PASSWORD},
    "GET /api/teams": None,
    "POST /api/teams": {"name": "N"},
    "PATCH /api/teams/{team}": {"name": "N"},
    "DELETE /api/teams/{team}": None,
    "PUT /api/accounts/{account}/teams/{team}": {"level": "manage", "confirm": True},
    "DELETE /api/accounts/{account}/teams/{team}": None,
    "GET /api/settings/login": None,
    "PUT /api/settings/login": {"second_factor_for": "all"},
    "GET /api/accounts": None,
    "POST /api/accounts": {"address": "x@example.org", "confirm": True},
    "POST /api/accounts/import": {"addresses": "x@example.org", "confirm": True},
    "GET /api/accounts/{account}": None,
    "PATCH /api/accounts/{account}": {"name": "X"},
    "DELETE /api/accounts/{account}": {"address": "info@buero-lindner.example"},
    "POST /api/accounts/{account}/disconnect": None,
    "PUT /api/accounts/{account}/users/{user}": {"level": "manage", "confirm": True},
    "DELETE /api/accounts/{account}/users/{user}": None,
    "GET /api/accounts/{account}/history": None,
    "PUT /api/accounts/{account}/history": {"months": 3, "confirm": True},
    "POST /api/accounts/{account}/application": {"confirm": True},
    "GET /api/settings/microsoft/application": None,
    "GET /api/settings/microsoft": None,
    "PUT /api/settings/microsoft": {"tenant": "common"},
    "POST /api/settings/microsoft/test": {},
    "GET /api/settings/microsoft/proof": None,
    "POST /api/settings/microsoft/proof": {"control": "x@example.org"},
    "POST /api/settings/microsoft/commands": {},
    "GET /api/settings/sending": None,
    "PUT /api/settings/sending": {"hold_s": 3},
    "GET /api/settings/audit": None,
    "PUT /api/settings/audit": {"keep_months": 3},
    "GET /api/settings/checks": None,
    "PUT /api/settings/checks": {"time": "04:00"},
    "GET /api/warnings": None,
    "GET /api/health": None,
    "GET /api/settings/alerts": None,
    "PUT /api/settings/alerts": {"mailbox": None, "mail_to": [], "language": "de", "webhook_url": None},
    "POST /api/settings/alerts/test": {},
    "GET /api/audit": None,
    "GET /api/audit/export": None,
    "POST /api/audit/verify": {},
    "GET /api/audit/proof": None,
    "POST /api/audit/erase": {"user": "u999"},
    "GET /api/archives": None,
    "GET /api/archives/{account}": None,
    "PUT /api/archives/{account}": {"is_on": True, "with_old": True},
    "DELETE /api/archives/{account}": {"address": "info@buero-lindner.example"},
    "GET /api/archives/{account}/entries": None,
    "GET /api/archives/{account}/entries/{number}/message": None,
    "GET /api/archives/{account}/export": None,
    "POST /api/archives/{account}/verify": {},
    "GET /api/webhooks": None,
    "POST /api/webhooks": {"name": "X", "url": "https://192.0.2.1/x"},
    "PATCH /api/webhooks/{webhook}": {"is_paused": True},
    "DELETE /api/webhooks/{webhook}": None,
    "POST /api/webhooks/{webhook}/secret": {},
    "DELETE /api/webhooks/{webhook}/former-secret": None,
    "POST /api/webhooks/{webhook}/test": {},
    "GET /api/webhooks/{webhook}/deliveries": None,
    "POST /api/webhooks/{webhook}/deliveries/{delivery}/send": {},
    "DELETE /api/webhooks/{webhook}/deliveries/{delivery}": None,
    "POST /api/records/erasures": {"email": "x@example.org"},
}
"""Closed without the right to the settings, whatever mailbox one is assigned to."""

MAILBOX: dict[str, tuple[str, Any]] = {
    "POST /jmap/upload/{account}/": ("write", {}),
    "GET /jmap/download/{account}/{blob}/{name:file_name}": ("read", None),
    "GET /jmap/archive/{account}/{message}/{name:file_name}": ("read", None),
    "POST /api/mailboxes/{account}/refresh": ("read", None),
    "POST /api/mailboxes/{account}/look": ("read", {"folder": "f1"}),
    "POST /api/mailboxes/{account}/copies": ("write", {"message": "m1", "folder": "f1"}),
    "GET /api/mailboxes/{account}/queue": ("read", None),
    "POST /api/mailboxes/{account}/queue/{op}/send": ("write", None),
    "DELETE /api/mailboxes/{account}/queue/{op}": ("write", None),
    "POST /api/mailboxes/{account}/folders/{folder}/empty": ("write", None),
    "GET /api/mailboxes/{account}/people": ("write", None),
    "GET /api/mailboxes/{account}/categories": ("read", None),
    "GET /api/mailboxes/{account}/notices": ("read", None),
    "DELETE /api/mailboxes/{account}/notices/{notice}": ("write", None),
    "GET /api/mailboxes/{account}/exports": ("read", None),
    "GET /api/mailboxes/{account}/export": ("read", None),
    "POST /api/mailboxes/{account}/import": ("write", {}),
    "GET /api/mailboxes/{account}/folders/{folder}/export": ("read", None),
    "POST /api/mailboxes/{account}/folders/{folder}/import": ("write", {}),
    "GET /api/mailboxes/{account}/writing": ("write", None),
    "PUT /api/mailboxes/{account}/signing": ("write", NO_SIGNATURE),
    "POST /api/mailboxes/{account}/boilerplate/{boilerplate}/files": ("write", {}),
    "PUT /api/favourites/{account}/{folder}": ("read", {}),
    "POST /api/mailboxes/{account}/pictures": ("read", {"blob": "bm1", "url": "https://x.example/x.png"}),
    "POST /api/mailboxes/{account}/messages/{message}/receipt": ("send", {"send": True}),
    "GET /api/mailboxes/{account}/messages/{message}/history": ("read", None),
    "GET /api/mailboxes/{account}/approval": ("read", None),
    "POST /sign-in/microsoft/{account}": ("read", {"confirm": True}),
}
"""Open to those assigned at this level at least; an administrator who is not assigned sees no mailbox."""

EITHER: dict[str, tuple[str, Any]] = {
    "GET /api/mailboxes/{account}/sign-ins": ("read", None),
    "POST /api/mailboxes/{account}/sign-ins/{sign_in}/up": ("manage", None),
    "DELETE /api/mailboxes/{account}/sign-ins/{sign_in}": ("read", None),
    "GET /api/mailboxes/{account}/boilerplate": ("read", None),
    "POST /api/mailboxes/{account}/boilerplate": ("manage", {"kind": "template", "name": "N", "html": "x"}),
    "GET /api/mailboxes/{account}/groups": ("read", None),
    "POST /api/mailboxes/{account}/groups": ("manage", GROUP),
    "GET /api/mailboxes/{account}/checks": ("read", None),
    "POST /api/mailboxes/{account}/checks": ("manage", None),
    "GET /api/mailboxes/{account}/checks/{check}": ("read", None),
    "GET /api/mailboxes/{account}/automatic-reply": ("read", None),
    "PUT /api/mailboxes/{account}/automatic-reply": ("send", REPLY),
    "GET /api/mailboxes/{account}/forwarding": ("read", None),
    "PUT /api/mailboxes/{account}/forwarding": ("manage", FORWARDING),
    "GET /api/mailboxes/{account}/recording": ("read", None),
    "PUT /api/mailboxes/{account}/recording": ("manage", {"is_on": True}),
}
"""Open to those assigned at this level at least, and to those with the right to the settings."""

_VALUES = {
    "account": "a1", "user": "u2", "folder": "f1", "message": "m1", "blob": "m1", "name": "x.txt", "op": "1",
    "notice": "1", "sign_in": "s1", "check": "c1", "boilerplate": "b1", "file": "1", "group": "g1",
    "team": "h1", "token": "k1", "login": "0123456789abcdef", "passkey": "y1", "number": "1",
    "webhook": "x1", "delivery": "d1",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("matrix")) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: RunningServer) -> Client:
    login = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "s@example.org"}
    client = server.client
    assert client.post("/api/setup", login).status == 201
    made = client.post("/api/accounts", {"address": "info@buero-lindner.example", "confirm": True})
    assert made.json["id"] == "a1"
    return client


@pytest.fixture(scope="module")
def stranger(admin: Client) -> Client:
    """With a login, and assigned to nothing: u2."""
    return person(admin, "fremd", "Frieda Fremd")


METHODS_OF_NO_MAILBOX = {"Core/echo", "PushSubscription/get", "PushSubscription/set"}
CAPABILITIES = [
    "urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:submission",
    "urn:ietf:params:jmap:vacationresponse", "urn:ietf:params:jmap:blob", "urn:ietf:params:jmap:quota",
    "urn:ietf:params:jmap:principals", VENDOR,
]  # fmt: skip


def _name(route: BaseRoute) -> Iterator[str]:
    if isinstance(route, WebSocketRoute):
        yield f"WS {route.path}"
    elif isinstance(route, Mount):
        yield f"MOUNT {route.path}"
    elif isinstance(route, Route):
        yield from (f"{method} {route.path}" for method in sorted((route.methods or set()) - {"HEAD"}))


def _ask(client: Client, name: str, body: Any) -> Answer:
    method, path = name.split(" ", 1)
    return client.send(method, re.sub(r"\{(\w+)(?::\w+)?\}", lambda m: _VALUES[m[1]], path), body)


def _code(answer: Answer) -> str:
    """Of a refusal; the mail API tells the same in its own form."""
    told = answer.json
    return str(told["error"]["code"] if "error" in told else told.get("type", ""))


def test_each_address_has_a_gate(server: RunningServer) -> None:
    """Exactly one. Those of /api/v1 have theirs in test_v1."""
    decided = [*EVERYBODY, *LOGGED_IN, *SETTINGS, *MAILBOX, *EITHER]
    decided += [f"{one.method} /api/v1{one.path}" for one in OPERATIONS]
    real = {name for route in server.built.web.routes for name in _name(route)}
    assert len(decided) == len(set(decided))
    assert set(decided) == real


def test_without_a_login_nothing_is_open_that_is_not_for_everybody(
    server: RunningServer, admin: Client
) -> None:
    nobody = admin.anew()
    open_ = []
    for name in [*LOGGED_IN, *SETTINGS, *MAILBOX, *EITHER]:
        if not name.startswith("WS"):
            answer = _ask(nobody, name, {})
            open_ += [] if answer.status == 401 else [(name, answer.status)]
    assert open_ == []


def test_the_settings_are_closed_to_all_without_the_right(admin: Client, stranger: Client) -> None:
    """Those who manage a mailbox, too; nothing is changed and they are told whom to ask."""
    manager = person(admin, "leitung", "Lena Leitung")
    assign(admin, "a1", "u3", "manage")
    before = [entry["id"] for entry in admin.get("/api/audit").json["entries"]]
    for caller in (stranger, manager):
        refused = {name: _ask(caller, name, body) for name, body in SETTINGS.items()}
        told = {name: (answer.status, _code(answer)) for name, answer in refused.items()}
        assert told == dict.fromkeys(SETTINGS, (403, "needs_settings"))
    assert [entry["id"] for entry in admin.get("/api/audit").json["entries"]] == before


def test_a_mailbox_is_nowhere_to_those_not_assigned(admin: Client, stranger: Client) -> None:
    """As one that there is not; the right to the settings opens no mail."""
    gates = MAILBOX | EITHER
    seen = {name: _ask(stranger, name, body) for name, (_, body) in gates.items()}
    assert {name: answer.status for name, answer in seen.items()} == dict.fromkeys(gates, 404)
    missing = {name: _ask(stranger, name.replace("{account}", "a999"), b) for name, (_, b) in gates.items()}
    assert {name: one.json for name, one in missing.items()} == {name: one.json for name, one in seen.items()}
    as_admin = {name: _ask(admin, name, body).status for name, (_, body) in MAILBOX.items()}
    assert as_admin == dict.fromkeys(MAILBOX, 404)


def test_each_level_opens_what_it_should_and_nothing_above(admin: Client) -> None:
    """Asked of each address at each level, from the lowest up: where it opens first, and that it stays so."""
    gates = MAILBOX | EITHER
    refused: dict[str, list[str]] = {name: [] for name in gates}
    for level in LEVELS:
        caller = person(admin, f"stufe-{level}", f"Stufe {level}")
        found = next(one for one in admin.get("/api/users").json["users"] if one["login"] == f"stufe-{level}")
        assign(admin, "a1", found["id"], level)
        for name, (_, body) in gates.items():
            answer = _ask(caller, name, body)
            if answer.status == 403:
                assert _code(answer) in {"needs_level", "urn:ietf:params:jmap:error:forbidden"}, name
                refused[name].append(level)
    expected = {name: list(LEVELS[: LEVELS.index(needed)]) for name, (needed, _) in gates.items()}
    assert refused == expected


def test_no_method_of_the_mail_api_knows_a_mailbox_that_one_is_not_assigned_to(stranger: Client) -> None:
    """Whatever else the call says; and as little of one that there is not."""
    names = [name for name in METHODS if name not in METHODS_OF_NO_MAILBOX]
    for account in ("a1", "a999"):
        calls = [[name, _arguments(name, account), name] for name in names]
        told = {}
        for start in range(0, len(calls), 16):
            body = {"using": CAPABILITIES, "methodCalls": calls[start : start + 16]}
            answers = stranger.post("/jmap/api", body).json["methodResponses"]
            told |= {name: (kind, said.get("type")) for kind, said, name in answers}
        assert told == {name: ("error", OTHERWISE.get(name, "accountNotFound")) for name in names}


WRITING: dict[str, tuple[str, dict[str, Any]]] = {
    "Blob/upload": ("write", {"create": {"k": {"data": [{"data:asText": "x"}]}}}),
    "Email/import": ("write", {"emails": {}}),
    "Email/set": ("write", {"update": {"m1": {"keywords/$seen": True}}}),
    "EmailSubmission/set": ("send", {"create": {"k": {"emailId": "m1"}}}),
    "Identity/set": ("write", {"update": {"i1": {"name": "x"}}}),
    "Mailbox/set": ("write", {"destroy": ["f1"]}),
}
"""From which level on it does something, and how it is called; each identity asks for more by itself
(``jmap/test_sending.py``)."""

READING = frozenset(
    f"{type_}/{verb}"
    for type_, verbs in {
        "Answer": "get",
        "Blob": "copy get lookup",
        "Email": "changes copy get parse query queryChanges",
        "EmailSubmission": "changes get query queryChanges",
        "Identity": "changes get",
        "Mailbox": "changes get query queryChanges",
        "Presence": "announce changes get",
        "Principal": "changes get query queryChanges set",
        "Quota": "changes get query queryChanges",
        "SearchSnippet": "get",
        "ShareNotification": "changes get query queryChanges set",
        "SyncState": "get",
        "Thread": "changes get",
    }.items()
    for verb in verbs.split()
)
"""For everybody assigned. Copies are asked for by where they come from here; nobody sets a Principal, and
notifications are one's own."""

AT_MICROSOFT = frozenset({"VacationResponse/get", "VacationResponse/set"})
"""Asked by level in ``jmap/test_vacation.py``: without a connection nothing is said."""


def test_each_method_of_the_mail_api_does_something_from_its_level_on(admin: Client) -> None:
    """A new method has to be named here."""
    names = {name for name in METHODS if name not in METHODS_OF_NO_MAILBOX}
    assert names == WRITING.keys() | READING | AT_MICROSOFT
    gates: dict[str, tuple[str, dict[str, Any]]] = {name: ("read", {}) for name in READING} | WRITING
    refused: dict[str, list[str]] = {name: [] for name in gates}
    for level in LEVELS:
        caller = person(admin, f"methode-{level}", f"Methode {level}")
        people = admin.get("/api/users").json["users"]
        assign(admin, "a1", next(one["id"] for one in people if one["login"] == f"methode-{level}"), level)
        for name, (_, said) in gates.items():
            call = [name, _arguments(name, "a1") | said, "0"]
            answer = caller.post("/jmap/api", {"using": CAPABILITIES, "methodCalls": [call]}).json
            kind, told, _ = answer["methodResponses"][0]
            if kind == "error" and told["type"] in {"accountReadOnly", "forbidden"}:
                refused[name].append(level)
    expected = {name: list(LEVELS[: LEVELS.index(needed)]) for name, (needed, _) in gates.items()}
    assert refused == expected


NEEDED: dict[str, dict[str, Any]] = {
    "/changes": {"sinceState": "1.1"},
    "/queryChanges": {"sinceQueryState": "1.1"},
    "/copy": {"fromAccountId": "a1", "create": {}},
    "Blob/copy": {"fromAccountId": "a1", "blobIds": ["m1"]},
    "Email/parse": {"blobIds": ["m1"]},
    "Email/import": {"emails": {}},
    "Blob/upload": {"create": {}},
    "/get": {"ids": ["m1"]},
    "Blob/lookup": {"typeNames": ["Email"], "ids": ["m1"]},
    "Presence/announce": {"clientId": "x", "reading": ["m1"]},
    "SearchSnippet/get": {"filter": None, "emailIds": ["m1"]},
}
"""What a call must say besides its account."""

OTHERWISE = {"Blob/copy": "fromAccountNotFound"}
"""What is told of any account where that is not ``accountNotFound``."""


def _arguments(name: str, account: str) -> dict[str, Any]:
    said = NEEDED.get(name) or NEEDED.get("/" + name.partition("/")[2]) or {}
    if "fromAccountId" in said:  # another mailbox than the one they go to
        return said | {"accountId": "a998", "fromAccountId": account}
    return said | {"accountId": account}
