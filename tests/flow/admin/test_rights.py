"""Who may do what: the right to the settings, assignments, and their effect at once."""

from contextlib import ExitStack
from typing import Any

import pytest
from tests.flow.admin.client import PASSWORD, PROOF, Client
from tests.flow.admin.conftest import actions, assign, person
from tests.flow.admin.stream import EventStream

SETTINGS_ROUTES = [
    ("GET", "/api/users", None),
    ("POST", "/api/users", {"login": "x", "name": "X", "password": PASSWORD}),
    ("PATCH", "/api/users/u1", {"name": "X"}),
    ("PATCH", "/api/users/u2", {"may_settings": True}),
    ("DELETE", "/api/users/u1", None),
    ("GET", "/api/accounts", None),
    ("POST", "/api/accounts", {"address": "x@example.org", "confirm": True}),
    ("GET", "/api/accounts/a1", None),
    ("GET", "/api/accounts/a999", None),
    ("PATCH", "/api/accounts/a1", {"name": "X"}),
    ("DELETE", "/api/accounts/a1", {"address": "info@buero-lindner.example"}),
    ("POST", "/api/accounts/a1/disconnect", None),
    ("GET", "/api/accounts/a1/history?months=3", None),
    ("PUT", "/api/accounts/a1/history", {"months": 3, "confirm": True}),
    ("PUT", "/api/accounts/a1/users/u2", {"level": "manage", "confirm": True}),
    ("DELETE", "/api/accounts/a1/users/u1", None),
    ("POST", "/api/accounts/import", {"addresses": "x@example.org", "confirm": True}),
    ("POST", "/api/accounts/a1/application", {"confirm": True}),
    ("GET", "/api/warnings", None),
    ("GET", "/api/audit", None),
    ("GET", "/api/settings/microsoft/application", None),
    ("GET", "/api/settings/microsoft", None),
    ("PUT", "/api/settings/microsoft", {"tenant": "common"}),
]
MAILBOX_ROUTES = [
    ("POST", "/api/mailboxes/{a}/refresh", None),
    ("POST", "/api/mailboxes/{a}/look", {"folder": "f1"}),
    ("GET", "/api/mailboxes/{a}/notices", None),
    ("DELETE", "/api/mailboxes/{a}/notices/1", None),
    ("GET", "/api/mailboxes/{a}/approval", None),
    ("POST", "/sign-in/microsoft/{a}", {"confirm": True}),
]


SIGN_IN_ROUTES = [  # open to those assigned and to those with the right to the settings
    ("GET", "/api/mailboxes/{a}/sign-ins", None),
    ("POST", "/api/mailboxes/{a}/sign-ins/s1/up", None),
    ("DELETE", "/api/mailboxes/{a}/sign-ins/s1", None),
]


@pytest.mark.parametrize(("method", "path", "body"), SETTINGS_ROUTES)
def test_the_settings_are_closed_without_the_right(
    admin: Client, anna: Client, account: str, method: str, path: str, body: object
) -> None:
    """Every route refuses, names the administrators to ask, and changes nothing."""
    before = admin.get("/api/audit").json

    answer = anna.send(method, path, body)

    assert (answer.status, answer.code) == (403, "needs_settings")
    assert answer.params["administrators"] == [{"name": "Sabine Lindner", "email": "sabine@example.org"}]
    assert admin.get("/api/audit").json == before


@pytest.mark.parametrize(("method", "path", "body"), SETTINGS_ROUTES + MAILBOX_ROUTES + SIGN_IN_ROUTES)
def test_nothing_is_open_without_a_login(
    admin: Client, account: str, method: str, path: str, body: object
) -> None:
    """Every route asks for a login first."""
    answer = admin.anew().send(method, path.replace("{a}", account), body)
    assert (answer.status, answer.code) == (401, "login_needed")


@pytest.mark.parametrize(("method", "path", "body"), MAILBOX_ROUTES)
def test_an_unassigned_account_looks_like_none(
    admin: Client, account: str, method: str, path: str, body: object
) -> None:
    """Not even an administrator without assignment learns whether an account exists."""
    real = admin.send(method, path.replace("{a}", account), body)
    none = admin.send(method, path.replace("{a}", "a999"), body)
    junk = admin.send(method, path.replace("{a}", "nonsense"), body)
    assert (real.status, real.code) == (404, "no_such_account")
    assert real.body == none.body == junk.body


def test_an_assigned_user_sees_the_mailbox_and_who_reads_it(
    admin: Client, anna: Client, account: str
) -> None:
    """It appears in the drop-down at once, waiting for its sign-in, with all readers' names."""
    assert anna.get("/api/mailboxes").json == []
    assign(admin, account, "u2", "write")
    assign(admin, account, "u1")

    [mailbox] = anna.get("/api/mailboxes").json

    assert mailbox | {"sync": None} == {
        "id": account, "type": "graph", "address": "info@buero-lindner.example", "name": "", "approval": None,
        "state": "waiting_for_sign_in", "state_reason": None, "is_active": True, "level": "write",
        "may_sign_in": True, "readers": ["Anna Berger", "Sabine Lindner"], "sync": None,
        "last_synced_at": None, "is_shared": False, "is_vip": False, "sees_all": True, "lost_sign_ins": [],
    }  # fmt: skip
    assert mailbox["sync"]["phase"] == "idle"
    assert anna.post(f"/api/mailboxes/{account}/refresh").status == 202
    assert anna.get(f"/api/mailboxes/{account}/notices").json == {"notices": []}


def test_only_a_folder_of_the_mailbox_can_be_looked_at(admin: Client, account: str) -> None:
    """Unknown and malformed ids of folders are refused."""
    assign(admin, account, "u1", "read")
    for folder in ("f999", "nonsense", ""):
        answer = admin.post(f"/api/mailboxes/{account}/look", {"folder": folder})
        assert (answer.status, answer.code) == (404, "no_such_folder")


def test_assigning_needs_the_warning_confirmed(admin: Client, anna: Client, account: str) -> None:
    """Without the tick nothing happens, and the refusal names who would read along."""
    answer = admin.put(f"/api/accounts/{account}/users/u2", {"level": "send"})
    assert (answer.status, answer.code) == (422, "confirmation_needed")
    assert answer.params["names"] == ["Anna Berger"]
    assert anna.get("/api/mailboxes").json == []


def test_levels_change_and_are_checked(admin: Client, anna: Client, account: str) -> None:
    """A second assignment replaces the level; an unknown level is refused."""
    assign(admin, account, "u2", "read")
    assign(admin, account, "u2", "manage")
    assert [m["level"] for m in anna.get("/api/mailboxes").json] == ["manage"]
    bad = admin.put(f"/api/accounts/{account}/users/u2", {"level": "root", "confirm": True})
    assert (bad.status, bad.code) == (422, "invalid_level")


def test_unassigning_ends_access_at_once(admin: Client, anna: Client, account: str) -> None:
    """The mailbox is gone with the next request, and an open event stream is told."""
    assign(admin, account, "u2")
    with EventStream(anna) as stream:
        assert anna.get("/api/mailboxes").json != []

        assert admin.delete(f"/api/accounts/{account}/users/u2").status == 200

        assert anna.get("/api/mailboxes").json == []
        assert anna.get(f"/api/mailboxes/{account}/notices").status == 404
        assert stream.ends_within(5.0)
    again = admin.delete(f"/api/accounts/{account}/users/u2")
    assert (again.status, again.code) == (404, "no_such_grant")


def test_a_deactivated_user_is_out_at_once(admin: Client, anna: Client, account: str) -> None:
    """Logins end, streams are cut, logging in is refused; the assignments wait for the return."""
    assign(admin, account, "u2")
    with EventStream(anna) as stream:
        assert admin.patch("/api/users/u2", {"is_active": False}).json["is_active"] is False

        assert anna.get("/api/mailboxes").status == 401
        assert stream.ends_within(5.0)
    assert admin.anew().post("/api/login", {"login": "anna", "password": PASSWORD}).status == 401
    admin.patch("/api/users/u2", {"is_active": True})
    assert len(admin.anew().log_in("anna").get("/api/mailboxes").json) == 1


def test_a_login_has_twelve_event_streams_at_most(admin: Client, anna: Client) -> None:
    """The thirteenth window waits; another user has their own, a new login its own too, up to thirty of one
    user's together."""
    with ExitStack() as windows:
        first = windows.enter_context(EventStream(anna))
        for _ in range(11):
            windows.enter_context(EventStream(anna))
        refused = anna.get("/jmap/eventsource?types=*&ping=0")
        assert (refused.status, refused.code) == (429, "too_many_streams")
        assert refused.headers["retry-after"] == "30"
        windows.enter_context(EventStream(admin))
        anna.post("/api/logout")
        assert first.ends_within(5.0)
        anna.log_in("anna")
        others = [anna, *(admin.anew().log_in("anna") for _ in range(2))]
        for number in range(30):
            windows.enter_context(EventStream(others[number % 3]))
        refused = others[0].get("/jmap/eventsource?types=*&ping=0")
        assert (refused.status, refused.code) == (429, "too_many_streams")
        windows.enter_context(EventStream(admin))


def test_logging_out_cuts_this_browsers_stream_only(admin: Client, anna: Client) -> None:
    """Another browser of the same user keeps its stream."""
    other = admin.anew().log_in("anna")
    with EventStream(anna) as mine, EventStream(other) as others:
        anna.post("/api/logout")
        assert mine.ends_within(5.0)
        assert not others.ends_within(0.2)


def test_the_last_administrator_stays(admin: Client, anna: Client) -> None:
    """Neither giving up the right nor deactivation leaves nobody who administers and can log in."""
    for patch in ({"may_settings": False} | PROOF, {"is_active": False} | PROOF):
        answer = admin.patch("/api/users/u1", patch)
        assert (answer.status, answer.code) == (409, "last_administrator")
    assert admin.delete("/api/users/u1").code == "not_oneself"

    invited = {"login": "ina", "name": "Ina Neu", "may_settings": True} | PROOF
    assert admin.post("/api/users", invited).status == 201  # who has not come in yet keeps nothing
    assert admin.post("/api/users/u3/invitation", PROOF).status == 201
    assert admin.patch("/api/users/u1", {"may_settings": False} | PROOF).code == "last_administrator"
    assert admin.patch("/api/users/u2", {"is_active": False}).status == 200
    assert admin.patch("/api/users/u2", {"is_active": True}).status == 200
    anna.log_in("anna")

    admin.patch("/api/users/u2", {"may_settings": True, "is_who_came": True} | PROOF)
    assert admin.patch("/api/users/u1", {"may_settings": False} | PROOF).status == 200
    assert admin.get("/api/users").code == "needs_settings"
    assert anna.delete("/api/users/u1").status == 200
    assert admin.get("/api/mailboxes").status == 401


def test_users_are_added_changed_and_removed(admin: Client) -> None:
    """The list shows what was done; logins are taken once in any letter case."""
    anna = person(admin, "anna", "Anna Berger")
    same = admin.post("/api/users", {"login": "ANNA", "name": "Other", "password": PASSWORD})
    assert (same.status, same.code, same.params["field"]) == (409, "duplicate_login", "login")

    changed = admin.patch("/api/users/u2", {"name": "Anna Maier", "email": "anna@büro.de"}).json
    assert (changed["name"], changed["email"], changed["is_active"]) == ("Anna Maier", "anna@büro.de", True)
    assert [u["login"] for u in admin.get("/api/users").json["users"]] == ["anna", "sabine"]

    assert admin.delete("/api/users/u2").status == 200
    assert anna.get("/api/mailboxes").status == 401
    assert admin.patch("/api/users/u2", {"name": "X"}).code == "no_such_user"
    assert admin.delete("/api/users/nonsense").code == "no_such_user"


def test_an_administrator_sets_a_new_password(admin: Client, anna: Client) -> None:
    """The old logins end and the new password opens."""
    assert admin.patch("/api/users/u2", {"password": "anna"} | PROOF).code == "password_too_short"
    assert admin.patch("/api/users/u2", {"password": "a fresh password"} | PROOF).status == 200
    assert anna.get("/api/mailboxes").status == 401
    admin.anew().log_in("anna", "a fresh password")


def test_every_change_of_rights_is_in_the_audit_trail(admin: Client, anna: Client, account: str) -> None:
    """Who, what, whom, and that the warning was confirmed."""
    assign(admin, account, "u2", "read")
    assign(admin, account, "u2", "read")
    assign(admin, account, "u2", "send")
    admin.delete(f"/api/accounts/{account}/users/u2")
    admin.patch("/api/users/u2", {"may_settings": True, "is_who_came": True, "name": "Anna B."} | PROOF)
    admin.delete("/api/users/u2", PROOF)

    assert actions(admin)[-6:] == [
        "account.created", "grant.added", "grant.changed", "grant.removed", "user.changed", "user.removed",
    ]  # fmt: skip
    entries = admin.get(f"/api/audit?account={account}").json["entries"]
    added = next(e for e in entries if e["action"] == "grant.added")
    assert added["user"] == {"id": "u1", "name": "Sabine Lindner", "login": added["user"]["login"]}
    assert added["subject"] == "Anna Berger (anna)"
    assert added["detail"] == {"whom": "u2", "level": "read", "confirmed": True}


def trail(admin: Client, action: str) -> dict[str, Any]:
    """The newest entry of this deed."""
    found = admin.get("/api/audit?limit=200").json["entries"]
    entry: dict[str, Any] = next(e for e in found if e["action"] == action)
    return entry


def test_the_trail_keeps_the_name_that_somebody_had(admin: Client, anna: Client, account: str) -> None:
    """What was done under one name stays there, whatever its bearer is called later, or is gone."""
    admin.patch("/api/users/u2", {"may_settings": True, "is_who_came": True} | PROOF)
    anna.post("/api/accounts", {"address": "anna@buero-lindner.example", "confirm": True})
    before = trail(admin, "account.created")["user"]
    anna.patch("/api/me", {"name": "Eva Krug"})
    renamed = trail(admin, "user.changed")
    admin.delete("/api/users/u2", PROOF)

    assert before == {"id": "u2", "name": "Anna Berger", "login": "anna"}
    assert trail(admin, "account.created")["user"] == before
    assert (renamed["user"]["name"], renamed["subject"]) == ("Eva Krug", "Eva Krug (anna)")
    assert renamed["detail"] == {"whom": "u2", "changed": {"name": True}, "before": "Anna Berger"}
    assert trail(admin, "user.removed")["subject"] == "Eva Krug (anna)"


@pytest.mark.parametrize("name", ["Sabine Lindner", "sabine  LINDNER", " Sabine Lindner "])
def test_nobody_takes_the_name_of_a_colleague(admin: Client, anna: Client, account: str, name: str) -> None:
    """Neither exactly nor so that it reads alike; one's own in other letters is no matter."""
    refused = anna.patch("/api/me", {"name": name})
    assert (refused.status, refused.code) == (422, "name_taken")
    assert anna.patch("/api/me", {"name": "ANNA BERGER"}).status == 200
    assert anna.patch("/api/me", {"theme": "dark"}).json["name"] == "ANNA BERGER"
    assert actions(admin).count("user.changed") == 1


def test_two_of_one_name_are_told_apart(admin: Client, anna: Client, account: str) -> None:
    """An administrator may name two people alike; the trail knows their logins."""
    person(admin, "anna2", "Anna Berger")
    assign(admin, account, "u3")
    assert trail(admin, "grant.added")["subject"] == "Anna Berger (anna2)"
    assert anna.patch("/api/me", {"name": "Anna Berger", "theme": "dark"}).status == 200
