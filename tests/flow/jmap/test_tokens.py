"""API tokens: programs work in the mailboxes of the user who made them, never beyond."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.flow.jmap.client import Answer, Client, Json, eventually
from tests.flow.jmap.conftest import Desk, letters, new_desk
from tests.flow.jmap.office import PROOF, SECRET, Office
from tests.flow.jmap.test_events import past_states

from poststelle.http.jmap.limits import MAX_STREAMS


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox that these tests change."""
    return new_desk(office, *letters(3))


@pytest.fixture(scope="module")
def second(office: Office) -> Desk:
    """Another mailbox of the same person."""
    return new_desk(office, *letters(1))


@pytest.fixture(autouse=True)
def revoked_afterwards(own: Desk) -> Iterator[None]:
    yield
    for row in tokens(own.anna):
        own.anna.ok("DELETE", f"/api/me/tokens/{row['id']}")


def tokens(person: Client) -> list[Json]:
    found: list[Json] = person.ok("GET", "/api/me/tokens")["tokens"]
    return found


def ask(person: Client, **wish: Any) -> Answer:
    body = {"name": "Thunderbird", "level": "send", "password": SECRET, **wish}
    return person.send("POST", "/api/me/tokens", body)


def secret_of(person: Client, **wish: Any) -> str:
    answer = ask(person, **wish)
    assert answer.status == 201, answer.body
    return str(answer.json["secret"])


def program(person: Client, **wish: Any) -> Client:
    """A mail client with a fresh token of this person."""
    return Client(person.base, authorization=f"Bearer {secret_of(person, **wish)}")


def basic(login: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{login}:{secret}".encode()).decode()


def reachable(who: Client) -> set[str]:
    return set(who.ok("GET", "/jmap/session")["accounts"])


def test_a_program_reads_and_marks_mail(own: Desk) -> None:
    """Without a login and without our own header; what it does reaches Microsoft as everybody's."""
    mail = program(own.anna)
    [message, *_] = mail.query_all(own.account)
    mail.call("Email/set", accountId=own.account, update={message: {"keywords/$flagged": True}})
    own.settled()
    [email] = own.anna.emails(own.account, [message], "keywords")

    assert email["keywords"].get("$flagged")
    assert mail.ok("GET", "/jmap/session")["username"] == "anna"


@pytest.mark.parametrize("login", ["anna", "ANNA", " anna"])
def test_as_an_app_password(own: Desk, login: str) -> None:
    """The same secret beside the login, for programs that know nothing else."""
    mail = Client(own.anna.base, authorization=basic(login, secret_of(own.anna)))
    assert own.account in reachable(mail)


def test_it_finds_the_session_by_the_well_known_address(own: Desk) -> None:
    mail = program(own.anna)
    there = mail.get("/.well-known/jmap")
    assert (there.status, there.headers["location"]) == (307, "/jmap/session")


@pytest.mark.parametrize(
    "header",
    [
        lambda _: "", lambda _: "Bearer", lambda _: "Bearer pst_x", lambda _: "Bearer " + "x" * 9_000,
        lambda _: "Basic", lambda _: "Basic !!!", lambda _: "Basic YW5uYQ==", lambda _: "Basic /////w==",
        lambda _: "Digest a=b", lambda _: basic("anna", SECRET), lambda it: basic("bert", it),
        lambda it: basic("", it), lambda it: basic("anna", it + "x"), lambda it: f"Bearer {it} x",
    ],
)  # fmt: skip
def test_what_is_no_valid_token_is_refused(own: Desk, header: Callable[[str], str]) -> None:
    """Also the user's own password, and somebody else's login; the cookie beside it counts for nothing."""
    given = {"Authorization": header(secret_of(own.anna))}
    answer = own.anna.send("GET", "/jmap/session", headers=given)
    posted = own.anna.send("POST", "/jmap/api", {}, given)

    assert (answer.status, posted.status) == (401, 401)
    assert answer.json["error"]["code"] == "token_needed"


def test_programs_are_told_how_to_come_in_and_browsers_are_not(own: Desk) -> None:
    """A browser would open a window of its own that asks for a password."""
    stranger = Client(own.anna.base, authorization="Bearer pst_x")
    told = stranger.get("/jmap/session")
    in_a_page = stranger.get("/jmap/session", **{"Sec-Fetch-Mode": "cors"})

    assert told.headers["www-authenticate"].startswith('Bearer realm="Poststelle", Basic realm=')
    assert (in_a_page.status, in_a_page.headers["www-authenticate"]) == (401, 'Bearer realm="Poststelle"')


def test_a_token_for_some_mailboxes_knows_no_other(own: Desk, second: Desk) -> None:
    """Neither in the session nor by id: not by a method, a download, an upload or the event stream."""
    mail = program(own.anna, mailboxes=[own.account])
    [message] = own.anna.query_all(second.account)
    [email] = own.anna.emails(second.account, [message], "blobId")

    assert reachable(mail) == {own.account}
    assert reachable(own.anna) >= {own.account, second.account}
    assert mail.refusal("Email/query", accountId=second.account) == "accountNotFound"
    assert mail.refusal("Email/get", accountId=second.account, ids=[message]) == "accountNotFound"
    assert mail.download(second.account, email["blobId"]).status == 404
    assert mail.send("POST", f"/jmap/upload/{second.account}/", b"x").status == 404
    with mail.events() as events:
        own.anna.call("Email/set", accountId=second.account, update={message: {"keywords/$flagged": True}})
        own.receive(subject="Nur hier")
        name, data = events.next() or ("", {})
    assert (name, set(data["changed"])) == ("state", {own.account})


@pytest.mark.parametrize("level", ["read", "write"])
def test_a_token_may_less_than_its_user(own: Desk, level: str) -> None:
    """Reading only: nothing is changed. Without the right to send: nothing is sent."""
    mail = program(own.anna, level=level)
    [message, *_] = mail.query_all(own.account)
    _, answer = mail.run("Email/set", accountId=own.account, update={message: {"keywords/$seen": True}})
    account = mail.ok("GET", "/jmap/session")["accounts"][own.account]

    assert account["isReadOnly"] is (level == "read")
    assert ("updated" in answer and message in (answer["updated"] or {})) is (level == "write")
    submission = "urn:ietf:params:jmap:submission"
    assert submission not in account["accountCapabilities"]
    assert submission not in mail.ok("GET", "/jmap/session")["primaryAccounts"]


def test_a_token_may_never_more_than_its_user(own: Desk) -> None:
    """The assignment decides, as it is at the moment."""
    bert = own.office.person("bert")
    own.office.assign(own.account, "bert", "read")
    mail = program(bert, level="manage")
    as_reader = mail.ok("GET", "/jmap/session")["accounts"][own.account]["isReadOnly"]
    with mail.events() as events:
        own.office.unassign(own.account, "bert")
        told = past_states(events)

    assert as_reader
    assert told is not None and told[0] == "revoked"
    assert mail.refusal("Email/query", accountId=own.account) == "accountNotFound"


def test_revoking_ends_it_at_once(own: Desk) -> None:
    """Also an event stream that is open."""
    mail = program(own.anna)
    [row] = tokens(own.anna)
    with mail.events() as events:
        own.anna.ok("DELETE", f"/api/me/tokens/{row['id']}")
        told = past_states(events)

    assert told is not None and told[0] == "revoked"
    assert mail.get("/jmap/session").status == 401
    assert tokens(own.anna) == []


def test_a_deactivated_users_tokens_open_nothing(own: Desk) -> None:
    konrad = own.office.person("konrad")
    mail = program(konrad)
    user = own.office.user_id("konrad")
    before = mail.get("/jmap/session").status
    own.office.admin.ok("PATCH", f"/api/users/{user}", {"is_active": False})

    assert (before, mail.get("/jmap/session").status) == (200, 401)


@pytest.mark.parametrize(
    "patch", [{"is_active": False}, {"password": "ein ganz neues Kennwort", "proof": PROOF}]
)
def test_what_an_administrator_ends_does_not_come_back(own: Desk, patch: Json) -> None:
    """Deactivated and activated again, or with another password: the programs are gone for good."""
    login = "fritz" if "password" in patch else "frieda"
    mail = program(own.office.person(login))
    user = own.office.user_id(login)
    before = mail.get("/jmap/session").status
    own.office.admin.ok("PATCH", f"/api/users/{user}", patch)
    own.office.admin.ok("PATCH", f"/api/users/{user}", {"is_active": True})

    assert (before, mail.get("/jmap/session").status) == (200, 401)


def test_programs_do_not_lock_their_users_page_out(own: Desk) -> None:
    """They share a number of event streams; the page has its own."""
    mails = [program(own.anna) for _ in range(2)]
    with ExitStack() as open_:
        for number in range(MAX_STREAMS):
            open_.enter_context(mails[number % 2].events())
        refused = mails[0].get("/jmap/eventsource?types=*&closeafter=no&ping=0")
        with own.anna.events():
            pass

    assert refused.status == 429


def test_the_trail_tells_what_a_token_may(own: Desk) -> None:
    secret_of(own.anna, name="Skript", level="read", mailboxes=[own.account], days=30)
    newest = own.office.admin.ok("GET", "/api/audit")["entries"]
    made = next(e for e in newest if e["action"] == "token.created")

    assert (made["subject"], made["detail"]["level"]) == ("Skript", "read")
    assert made["detail"]["mailboxes"] == [own.account] and made["detail"]["expires"]


def test_the_list_shows_when_a_token_was_last_used(own: Desk) -> None:
    """Not the secret: that is told once."""
    secret = secret_of(own.anna, name="  Skript ", level="read", mailboxes=[own.account], days=30)
    [fresh] = tokens(own.anna)
    Client(own.anna.base, authorization=f"Bearer {secret}").ok("GET", "/jmap/session")
    [used] = tokens(own.anna)

    assert (fresh["name"], fresh["level"], fresh["mailboxes"]) == ("Skript", "read", [own.account])
    assert (fresh["last_used_at"], fresh["expires_at"] > fresh["created_at"]) == (None, True)
    assert used["last_used_at"] >= fresh["created_at"]
    assert secret not in str(used)


def test_a_token_ends_by_itself(own: Desk) -> None:
    secret = secret_of(own.anna, days=1)
    mail = Client(own.anna.base, authorization=f"Bearer {secret}")
    before = mail.get("/jmap/session").status
    own.office.server.run_sql("update api_tokens set expires_at = created_at")

    eventually(lambda: mail.get("/jmap/session").status == 401)
    assert before == 200
    assert len(tokens(own.anna)) == 1


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"name": "  "}, 422, "name_missing"),
        ({"name": "x" * 101}, 422, "name_too_long"),
        ({"name": "Zeile\nzwei"}, 422, "invalid_name"),
        ({"name": "a\x00b"}, 422, "invalid_name"),
        ({"name": "\u202egpj"}, 422, "invalid_name"),
        ({"level": "all"}, 422, "invalid_level"),
        ({"mailboxes": []}, 422, "no_mailboxes"),
        ({"mailboxes": ["a999"]}, 404, "no_such_account"),
        ({"mailboxes": ["x"]}, 404, "no_such_account"),
        ({"days": 0}, 422, "invalid_days"),
        ({"days": 3_651}, 422, "invalid_days"),
        ({"password": "falsch-falsch"}, 422, "wrong_password"),
        ({"accounts": ["a1"]}, 400, "bad_request"),  # without "mailboxes": all of them
    ],
)
def test_a_wrong_wish_makes_no_token(own: Desk, wish: Json, status: int, code: str) -> None:
    answer = ask(own.anna, **wish)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)
    assert tokens(own.anna) == []


def test_a_mailbox_of_others_is_no_ones_to_choose(own: Desk) -> None:
    """It is not even told that there is one."""
    dora = own.office.person("dora")
    answer = ask(dora, mailboxes=[own.account])
    assert (answer.status, answer.json["error"]["code"]) == (404, "no_such_account")


def test_a_token_makes_no_tokens_and_opens_no_settings(own: Desk) -> None:
    """It opens the mail API alone; our own header beside it changes nothing."""
    mail = program(own.anna, level="manage")
    for method, path in [
        ("GET", "/api/me/tokens"), ("POST", "/api/me/tokens"), ("GET", "/api/mailboxes"),
        ("GET", "/api/users"),
    ]:  # fmt: skip
        assert mail.send(method, path, {}, {"X-Poststelle": "1"}).status == 401, path
    assert mail.send("POST", "/api/logout").status == 403


def test_nobody_revokes_somebody_elses(own: Desk) -> None:
    secret_of(own.anna)
    [row] = tokens(own.anna)
    refused = own.office.person("dora").send("DELETE", f"/api/me/tokens/{row['id']}")

    assert (refused.status, refused.json["error"]["code"]) == (404, "no_such_token")
    assert tokens(own.anna) == [row]


def test_there_are_no_more_than_fifty(own: Desk) -> None:
    """By the database, for each costs the check of a password."""
    secret_of(own.anna)
    own.office.server.run_sql(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 49)"
        " insert into api_tokens (id, user_id, token_hash, name, level, is_for_all, created_at)"
        " select t.id + 100000 + i, t.user_id, 'hash' || i, 'Nr. ' || i, 1, 1, t.created_at"
        " from api_tokens t, n where t.id = (select max(id) from api_tokens)"
    )
    answer = ask(own.anna)
    assert (answer.status, answer.json["error"]["code"]) == (409, "too_many_tokens")
