"""The administration API for programs: all of it described, closed to all but its tokens, never at a loss."""

from __future__ import annotations

import base64
import random
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest
from starlette.routing import Route
from tests.flow.admin.client import PASSWORD, PROOF, Answer, Client
from tests.flow.admin.conftest import assign, person
from tests.flow.admin.running import RunningServer, running_server
from tests.flow.admin.test_matrix import EITHER, SETTINGS

from poststelle.http.v1.operations import OPERATIONS

Json = dict[str, Any]
FUZZ_SECONDS = 15
DECISION = next(Path(__file__).parents[3].glob("docs/decisions/0021-*.md"))
IDS = {
    "user": "u999", "account": "a1", "sign_in": "s1", "check": "c1", "team": "h1", "webhook": "x1",
    "delivery": "d1",
}  # fmt: skip
NOT_FOR_PROGRAMS = {
    # a person has to be present
    "DELETE /api/users/{user}/second-factor", "PUT /api/settings/login", "DELETE /api/users/{user}/identity",
    "GET /api/settings/sso", "PUT /api/settings/sso", "DELETE /api/settings/sso",
    "DELETE /api/archives/{account}", "POST /api/audit/erase",
    # the set-up guide, which a person reads; what is wrong is among the warnings of health
    "POST /api/settings/microsoft/test", "POST /api/settings/microsoft/commands",
    "GET /api/settings/microsoft/proof", "POST /api/settings/microsoft/proof",
    # all that is kept of a person: for people
    "GET /api/users/{user}/data",
    # mail
    "GET /api/archives/{account}/entries", "GET /api/archives/{account}/entries/{number}/message",
    "GET /api/archives/{account}/export", "GET /api/mailboxes/{account}/boilerplate",
    "POST /api/mailboxes/{account}/boilerplate", "GET /api/mailboxes/{account}/groups",
    "POST /api/mailboxes/{account}/groups",
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("v1")) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: RunningServer) -> Client:
    client = server.client
    login = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD, "email": "s@example.org"}
    assert client.post("/api/setup", login).status == 201
    assert (
        client.post("/api/accounts", {"address": "info@buero-lindner.example", "confirm": True}).status == 201
    )
    return client


@pytest.fixture(scope="module")
def document(admin: Client) -> Json:
    """Anybody may read it: it says nothing of this installation but its address."""
    found: Json = admin.anew().get("/api/v1/openapi.json").json
    return found


def token(client: Client, administration: str = "write", **wish: Any) -> str:
    body = {"name": "Skript", "level": "read", "mailboxes": [], "administration": administration}
    answer = client.post("/api/me/tokens", body | {"password": PASSWORD} | wish)
    assert answer.status == 201, answer.body
    return str(answer.json["secret"])


def call(client: Client, secret: str, method: str, path: str, body: Any = None) -> Answer:
    """As a program does: without our header and without cookies."""
    headers = {"Authorization": f"Bearer {secret}", "X-Poststelle": ""}
    return client.anew().send(method, path, body, headers)


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        yield from ((method.upper(), path, one) for method, one in item.items() if method != "parameters")


def address(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda m: IDS[m[1]], path)


def test_all_of_administration_is_described(server: RunningServer, document: Json) -> None:
    """What the settings have and programs do not, stands in a list; all below v1 is described."""
    described = {f"{method} {path}" for method, path, _ in operations(document)}
    assert {name.replace("/api/v1/", "/api/") for name in described} == (set(SETTINGS) | set(EITHER)) - (
        NOT_FOR_PROGRAMS
    )
    real = {
        f"{method} {route.path}"
        for route in server.built.web.routes
        if isinstance(route, Route) and route.path.startswith("/api/v1/")
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert real == described | {"GET /api/v1/openapi.json"}


def test_the_document_is_one_of_openapi(document: Json) -> None:
    """Every shape is valid JSON Schema and every reference is there; names are said once."""
    assert document["openapi"] == "3.1.0"
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        jsonschema_rs.meta.validate(schema)
    refs = set(re.findall(r"'\$ref': '#/components/schemas/([^']+)'", str(document)))
    assert refs <= set(schemas)
    names = [one["operationId"] for _, _, one in operations(document)]
    assert len(names) == len(set(names)) == len(OPERATIONS)
    assert f"{len(OPERATIONS)} operations" in DECISION.read_text()
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in schemas)


def test_only_tokens_made_for_it_open_it(admin: Client, document: Json) -> None:
    """Not a login's cookie, not a mail program's token, not a password; reading ones change nothing."""
    mail, reading = token(admin, "none", mailboxes=None, level="manage"), token(admin, "read")
    basic = {"Authorization": "Basic " + base64.b64encode(f"sabine:{token(admin)}".encode()).decode()}
    for method, path, _ in operations(document):
        url = address(path)
        assert admin.send(method, url, {}).status == 401, url
        answer = admin.anew().send(method, url, {}, basic)
        assert (answer.status, answer.headers["www-authenticate"]) == (401, 'Bearer realm="Poststelle"')
        assert call(admin, "pst_wrong", method, url, {}).code == "token_needed"
        assert call(admin, mail, method, url, {}).code == "needs_administration"
        if method != "GET":
            assert call(admin, reading, method, url, {}).params == {"needed": "write", "held": "read"}
    assert call(admin, reading, "GET", "/api/v1/users").json == admin.get("/api/users").json
    for secret in (reading, mail):
        assert call(admin, secret, "GET", "/api/users").status == 401
    opened = call(admin, reading, "GET", "/jmap/session").json["accounts"]
    assert opened == {}


def test_who_loses_the_right_loses_the_tokens_power(admin: Client) -> None:
    """And who has none makes none."""
    vera = person(admin, "vera", "Vera Vogt")
    wish = {"name": "X", "level": "read", "administration": "read", "password": PASSWORD}
    assert vera.post("/api/me/tokens", wish).code == "needs_settings"
    user = next(one["id"] for one in admin.get("/api/users").json["users"] if one["login"] == "vera")
    admin.patch(f"/api/users/{user}", {"may_settings": True, "is_who_came": True} | PROOF)
    secret = token(vera)
    assert call(admin, secret, "GET", "/api/v1/health").status == 200
    mail = token(vera, "none", mailboxes=None)
    admin.patch(f"/api/users/{user}", {"may_settings": False} | PROOF)
    assert call(admin, secret, "GET", "/api/v1/health").code == "token_needed"
    admin.patch(f"/api/users/{user}", {"may_settings": True, "is_who_came": True} | PROOF)
    assert call(admin, secret, "GET", "/api/v1/health").code == "token_needed"
    admin.patch(f"/api/users/{user}", {"may_settings": False} | PROOF)
    assert call(admin, mail, "GET", "/jmap/session").status == 200


def test_a_token_makes_no_login_and_each_of_its_changes_is_in_the_trail(admin: Client) -> None:
    """A password or an administrator made by a token would be worth as much as a person."""
    secret = token(admin)
    new = {"login": "ole", "name": "Ole Ott"}
    for more in ({"may_settings": True}, {"may_settings": True} | PROOF, {"password": PASSWORD}):
        refused = call(admin, secret, "POST", "/api/v1/users", new | more)
        assert (refused.status, refused.code) == (403, "person_needed")
    made = call(admin, secret, "POST", "/api/v1/users", new)
    assert made.status == 201
    url = f"/api/v1/users/{made.json['id']}"
    password = {"password": PASSWORD + "!"} | PROOF
    for patch in (password, {"may_settings": True}, {"may_settings": False}, {"email": "x@example.org"}):
        assert call(admin, secret, "PATCH", url, patch).code == "person_needed"
    assert call(admin, secret, "PATCH", url, {"is_active": False}).json["is_active"] is False
    trail = admin.get("/api/audit?kind=token").json["entries"]
    assert trail[0]["detail"]["deed"] == "PATCH /api/v1/users/{user}"
    assert (trail[0]["action"], trail[0]["subject"]) == ("token.administered", "Skript")
    listed = admin.get("/api/me/tokens").json["tokens"][0]
    assert listed["administration"] == "write" and listed["last_used_at"] is not None
    assert secret not in str(admin.get("/api/audit").json)


def test_a_token_does_not_come_near_to_administrators(admin: Client) -> None:
    """Neither their address, by which they are found at single sign-on, nor a link for one who has no
    password, nor an end of them: a thief would be an administrator, or alone."""
    secret = token(admin)
    chief = {"login": "chefin", "name": "Carla Chefin", "email": "carla@example.org", "may_settings": True}
    user = admin.post("/api/users", chief | PROOF).json["id"]
    url = f"/api/v1/users/{user}"
    assert call(admin, secret, "PATCH", url, {"email": "thief@example.org"}).code == "person_needed"
    assert call(admin, secret, "PATCH", url, {"is_active": False}).code == "person_needed"
    assert call(admin, secret, "DELETE", url).code == "person_needed"
    assert call(admin, secret, "POST", f"{url}/invitation", {}).code == "person_needed"
    assert admin.post(f"/api/users/{user}/invitation", PROOF).status == 201
    assert call(admin, secret, "DELETE", f"{url}/invitation").code == "person_needed"
    assert call(admin, secret, "DELETE", f"{url}/logins").code == "person_needed"
    assert admin.delete(f"/api/users/{user}/logins").status == 200
    assert call(admin, secret, "PATCH", url, {"name": "Sabine Lindner"}).code == "person_needed"


def test_alerts_are_turned_off_or_elsewhere_by_people_who_prove_who_they_are(admin: Client) -> None:
    """Who holds a token, or sits at an unlocked screen, keeps nobody from being told; they may add to it."""
    secret, url = token(admin), "/api/v1/settings/alerts"
    one, two = "chef@buero.example", "zweite@buero.example"
    none = {"mailbox": None, "mail_to": [], "language": "de", "webhook_url": None}
    told = none | {"mailbox": "a1", "mail_to": [one]}
    assert call(admin, secret, "PUT", url, told).status == 200
    told = told | {"mail_to": [two, one.upper()], "language": "en"}
    assert call(admin, secret, "PUT", url, told).status == 200
    for wish in (none, told | {"mail_to": [two]}, told | {"mail_to": ["x@example.org", two]}):
        assert call(admin, secret, "PUT", url, wish | PROOF).code == "person_needed"
        assert admin.put("/api/settings/alerts", wish).code == "proof_needed"
    assert len(admin.get("/api/settings/alerts").json["mail_to"]) == 2
    assert admin.put("/api/settings/alerts", none | PROOF).json["mail_to"] == []


def test_the_mailbox_that_alerts_come_from_is_ended_by_people_who_prove_who_they_are(admin: Client) -> None:
    """Else it would be the way around the settings of alerts; nobody was told any more."""
    secret, alarm = token(admin), {"address": "alarm@buero.example", "confirm": True}
    made = admin.post("/api/accounts", alarm).json["id"]
    path, typed = f"/accounts/{made}", {"address": alarm["address"]}
    told = {"mailbox": made, "mail_to": ["chef@buero.example"], "language": "de", "webhook_url": None}
    assert admin.put("/api/settings/alerts", told | PROOF).status == 200
    for method, where, body in (("POST", f"{path}/disconnect", {}), ("DELETE", path, typed)):
        for said in (body, body | PROOF):
            assert call(admin, secret, method, f"/api/v1{where}", said).code == "person_needed"
        assert admin.send(method, f"/api{where}", body).code == "proof_needed"
        wrong = {"proof": {"password": "falsch"}}
        assert admin.send(method, f"/api{where}", body | wrong).code == "wrong_password"
    assert admin.get("/api/settings/alerts").json["mailbox"] == made
    assert admin.post(f"/api{path}/disconnect", PROOF).json["id"] == made
    assert admin.send("DELETE", f"/api{path}", typed | PROOF).status == 200
    again = admin.post("/api/accounts", alarm).json["id"]
    assert call(admin, secret, "POST", f"/api/v1/accounts/{again}/disconnect").status == 200
    assert call(admin, secret, "DELETE", f"/api/v1/accounts/{again}", typed).status == 200


def test_a_token_takes_no_traces_away(admin: Client) -> None:
    """What is kept for years is not shortened, turned off or deleted by a stolen script; it may add to it."""
    secret, url = token(admin), "/api/v1/archives/a1"
    turned = call(admin, secret, "PUT", url, {"is_on": True})
    assert turned.json["state"] == "on"
    for wish in ({"is_on": False}, {"keep_months": 1, "confirm": True}, {"is_on": False} | PROOF):
        assert call(admin, secret, "PUT", url, wish).code == "person_needed"
    assert call(admin, secret, "PUT", "/api/v1/settings/audit", {"keep_months": 1}).code == "person_needed"
    deletes = {"address": "info@buero-lindner.example", "archive": True}
    assert call(admin, secret, "DELETE", "/api/v1/accounts/a1", deletes).code == "person_needed"
    assert call(admin, secret, "DELETE", url, {"address": deletes["address"]}).status in {404, 405}
    assert admin.get("/api/archives/a1").json["state"] == "on"
    assert admin.put("/api/archives/a1", {"is_on": False}).code == "proof_needed"
    assert admin.put("/api/archives/a1", {"is_on": False} | PROOF).json["state"] == "off"


def test_a_token_invites_only_who_has_never_been_here(server: RunningServer, admin: Client) -> None:
    """Who was here once keeps their mail to themselves, also while there is no password."""
    secret = token(admin)
    user = call(admin, secret, "POST", "/api/v1/users", {"login": "pia", "name": "Pia Prien"}).json["id"]
    url = f"/api/v1/users/{user}/invitation"
    link = call(admin, secret, "POST", url, {}).json["link"]
    pia = admin.anew()
    assert pia.post("/api/invitation", {"token": link.partition("#")[2], "password": PASSWORD}).status == 200
    assert server.run("users", "reset-password", "pia")[0] == 0  # the password is forgotten
    assert call(admin, secret, "POST", url, {}).code == "person_needed"
    assert admin.post(f"/api/users/{user}/invitation", {}).status == 201


def test_the_document_offers_nothing_that_is_always_refused(document: Json) -> None:
    """No password, no right and no address of somebody who is here."""
    schemas = document["components"]["schemas"]

    def fields(method: str, path: str) -> set[str]:
        body = document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
        return set(schemas[body["$ref"].rpartition("/")[2]]["properties"])

    assert fields("post", "/api/v1/users") == {"login", "name", "email"}
    assert fields("patch", "/api/v1/users/{user}") == {"name", "is_active"}
    assert fields("post", "/api/v1/users/{user}/invitation") == {"mailbox", "language"}


def test_the_document_says_which_texts_there_are(document: Json) -> None:
    """Levels and states by their values, instants as such."""
    schemas = document["components"]["schemas"]

    def kinds(shape: Json) -> list[Json]:
        if "$ref" in shape:
            return kinds(schemas[shape["$ref"].rpartition("/")[2]])
        return [kind for one in shape["anyOf"] for kind in kinds(one)] if "anyOf" in shape else [shape]

    for owner, shape in schemas.items():
        for name, told in shape.get("properties", {}).items():
            texts = [one for one in kinds(told) if one.get("type") == "string" or "enum" in one]
            if name in {"level", "own_level", "state", "phase", "second_factor_for"}:
                assert all("enum" in one for one in texts), (owner, name)
            if name.endswith("_at") and name != "secret_expires_at":  # which is a day
                assert all(one.get("format") == "date-time" for one in texts), (owner, name)


def test_the_api_is_never_at_a_loss(admin: Client, document: Json) -> None:
    """Requests drawn from the document, good and bad: no 500, and every answer is one that it describes."""
    assign(admin, "a1", "u1", "manage")
    secret, rng, schemas = token(admin), random.Random(7), document["components"]["schemas"]
    checks = {(method, path): validator(one, document) for method, path, one in operations(document)}
    until, done, wrong = time.process_time() + FUZZ_SECONDS, 0, []
    todo = [item for item in operations(document) for _ in range(12)]
    rng.shuffle(todo)
    for method, path, one in todo:
        if time.process_time() > until:
            break
        url = re.sub(r"\{(\w+)\}", lambda m: quote(drawn_id(rng, m[1]), safe=""), path)
        asked = [
            (q["name"], drawn(rng, q["schema"], schemas))
            for q in one.get("parameters", ())
            if rng.random() < 0.5
        ]
        if asked:
            url += "?" + "&".join(
                f"{name}={quote(str(value), safe='', errors='surrogatepass')}" for name, value in asked
            )
        shape = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        body = None if shape is None else drawn(rng, shape, schemas)
        answer = call(admin, secret, method, url, body)
        done += 1
        told = checks[method, path]
        check = told.get(str(answer.status), told["default"])
        is_known = check is None or (answer.body and check.is_valid(answer.json))
        if answer.status >= 500 or answer.status == 401 or not is_known:
            wrong.append((method, url, body, answer.status, answer.body[:300]))
    assert wrong == []
    assert done >= len(checks)


def validator(one: Json, document: Json) -> dict[str, Any]:
    """By status; None where the answer is no JSON."""
    found: dict[str, Any] = {}
    for status, told in one["responses"].items():
        shape = told["content"].get("application/json", {}).get("schema")
        whole = None if shape is None else {**shape, "components": document["components"]}
        found[status] = None if whole is None else jsonschema_rs.Draft202012Validator(whole)
    return found


ODD = [
    "", " ", "\0", "ä", "x" * 300, "a@b", "info@büro.example", "<script>", "-1", "1e9", "9" * 40, "☃\u202e",
    "/../", "%00", "2026-09-01T08:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "null", "all",
    "u1", "a1", "read", "manage", "12:00", "ole@example.org", "\ud83d", "https://127.0.0.1/", "https://[",
    "a\nb", "'; drop table users",
]  # fmt: skip
NUMBERS = [0, 1, -1, 3, 12, 240, 2**31, 2**53, 2**63, -(2**63) - 1, 10**30]


def drawn_id(rng: random.Random, name: str) -> str:
    usual = IDS[name]
    return rng.choice(
        [usual, usual, usual, usual[0] + "9" * 25, usual[0] + "-1", usual[0] + "٣", "x", "\0", "..", "é"]
    )


def drawn(rng: random.Random, schema: Json, schemas: Json) -> Any:
    """A value that mostly fits the schema; one in ten does not."""
    if rng.random() < 0.1:
        return rng.choice([None, True, 0, -1.5, "x", [], {}, [[]], {"x": 1}, 10**40])
    if "$ref" in schema:
        return drawn(rng, schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return drawn(rng, rng.choice(schema["anyOf"]), schemas)
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema.get("type")
    if kind == "object":
        needed = schema.get("required", ())
        chosen = [name for name in schema.get("properties", {}) if name in needed or rng.random() < 0.6]
        return {name: drawn(rng, schema["properties"][name], schemas) for name in chosen}
    if kind == "array":
        return [drawn(rng, schema["items"], schemas) for _ in range(rng.choice([0, 1, 2]))]
    if kind == "boolean":
        return rng.random() < 0.5
    return rng.choice(NUMBERS) if kind == "integer" else None if kind == "null" else rng.choice(ODD)
