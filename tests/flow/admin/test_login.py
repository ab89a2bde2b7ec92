"""Set-up, login, lock-out, logout and one's own settings, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.flow.admin.client import PASSWORD, Client
from tests.flow.admin.conftest import actions, person
from tests.flow.admin.running import RunningServer, running_server

COOKIE = "poststelle_login"
HOST_COOKIE = "__Host-poststelle_login"


def test_the_first_visit_asks_for_a_set_up(server: RunningServer) -> None:
    """A fresh installation says so; afterwards it knows who is there."""
    client = server.client
    assert client.get("/api/start").json["setup_needed"] is True

    made = client.post("/api/setup", {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD})

    start = client.get("/api/start").json
    assert made.status == 201
    assert made.json == {
        "id": "u1", "login": "sabine", "name": "Sabine Lindner", "email": "",
        "language": None, "theme": "system", "may_settings": True, "shows_reading": True,
        "phone": "", "position": "", "sender_name": "", "has_password": True,
        "mail_page": made.json["mail_page"],
    }  # fmt: skip
    assert (start["setup_needed"], start["user"], start["is_demo"], start["demo_logins"]) == (
        False,
        made.json,
        False,
        [],
    )


def test_only_one_of_many_set_ups_wins(server: RunningServer) -> None:
    """Twenty people who set up at one moment make one administrator."""

    def set_up(number: int) -> int:
        body = {"login": f"admin{number}", "name": "Admin", "password": PASSWORD}
        return server.client.post("/api/setup", body).status

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(set_up, range(20)))

    assert statuses == [201] + [409] * 19


def test_a_second_set_up_is_refused(admin: Client) -> None:
    """Nobody takes an installation over through the set-up form."""
    answer = admin.anew().post("/api/setup", {"login": "eve", "name": "Eve", "password": PASSWORD})
    assert (answer.status, answer.code) == (409, "already_set_up")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"login": "sabine", "name": "S", "password": "short"}, "password_too_short"),
        ({"login": "sabine lindner", "name": "S", "password": PASSWORD}, "invalid_login"),
        ({"login": "sabine", "name": " ", "password": PASSWORD}, "invalid_name"),
        ({"login": "sabine", "name": "S", "password": PASSWORD, "email": "nope"}, "invalid_address"),
    ],
)
def test_a_bad_set_up_is_refused_and_leaves_nothing(
    server: RunningServer, body: dict[str, str], code: str
) -> None:
    """The refusal names its reason, and the installation still waits for its administrator."""
    answer = server.client.post("/api/setup", body)
    assert (answer.status, answer.code) == (422, code)
    assert server.client.get("/api/start").json["setup_needed"] is True


def test_a_public_servers_first_administrator_knows_its_code(tmp_path: Path) -> None:
    """Whoever comes first from outside gets nothing without the code that the server printed."""
    body = {"login": "sabine", "name": "Sabine Lindner", "password": PASSWORD}
    with running_server(tmp_path, PUBLIC_URL="https://mail.example.org") as server:
        code = server.built.services.setup_code
        assert code is not None
        assert server.client.get("/api/start").json["setup_code_needed"] is True
        for wrong in ({}, {"setup_code": ""}, {"setup_code": "ä" * 12}, {"setup_code": code[:-1]}):
            answer = server.client.post("/api/setup", body | wrong)
            assert (answer.status, answer.code) == (422, "wrong_setup_code")
            assert answer.params == {"field": "setup_code"}

        typed = f" {code.upper().replace('-', ' ')} "
        assert server.client.post("/api/setup", body | {"setup_code": typed}).status == 201
        start = server.client.get("/api/start").json
    assert (start["setup_needed"], start["setup_code_needed"]) == (False, False)


def test_on_this_machine_no_code_is_asked_for(server: RunningServer) -> None:
    """Who can reach a server that listens to its own machine only may set it up."""
    start = server.client.get("/api/start").json
    assert (start["setup_needed"], start["setup_code_needed"]) == (True, False)


def test_the_login_cookie_is_out_of_reach_for_scripts(admin: Client) -> None:
    """HttpOnly, SameSite=Lax, for the whole site; over plain HTTP not Secure."""
    answer = admin.anew().post("/api/login", {"login": "SABINE", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status == 200
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie


def test_behind_https_the_cookie_stays_there(tmp_path: Path) -> None:
    """With a public https address the cookie is Secure and browsers are told to stay on https."""
    with running_server(tmp_path, PUBLIC_URL="https://mail.example.org") as server:
        body = {
            "login": "s",
            "name": "S",
            "password": PASSWORD,
            "setup_code": server.built.services.setup_code,
        }
        answer = server.client.post("/api/setup", body)
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "max-age" in answer.headers["strict-transport-security"]


def test_behind_https_no_other_host_plants_a_cookie(tmp_path: Path) -> None:
    """Its prefix has browsers take it from this host alone. A login begun before goes on under the old name,
    gives way to a new one, and goes with the logout."""
    with running_server(tmp_path, PUBLIC_URL="https://mail.example.org") as server:
        code = server.built.services.setup_code
        client = server.client
        client.post("/api/setup", {"login": "s", "name": "S", "password": PASSWORD, "setup_code": code})
        assert set(client.cookies) == {HOST_COOKIE}
        before = Client(client.base, {COOKIE: client.cookies[HOST_COOKIE]})
        assert before.get("/api/mailboxes").status == 200
        planted = Client(client.base, client.cookies | {COOKIE: "planted"})
        assert planted.get("/api/mailboxes").status == 200
        before.post("/api/login", {"login": "s", "password": PASSWORD})
        assert set(before.cookies) == {HOST_COOKIE}
        assert client.get("/api/mailboxes").status == 401  # the same login as before, replaced
        before.cookies[COOKIE] = "left over"
        before.post("/api/logout")
        assert before.cookies == {}


def test_a_wrong_password_and_an_unknown_login_look_alike(admin: Client) -> None:
    """Both are 401 with the same words, so nobody learns who has a login."""
    wrong = admin.anew().post("/api/login", {"login": "sabine", "password": "wrong password"})
    unknown = admin.anew().post("/api/login", {"login": "nobody", "password": "wrong password"})
    assert (wrong.status, wrong.code) == (401, "wrong_login")
    assert wrong.json == unknown.json


@pytest.mark.parametrize("login", ["anna", "nobody"])
def test_five_wrong_passwords_lock_for_half_a_minute(
    server: RunningServer, admin: Client, anna: Client, login: str
) -> None:
    """From the fifth failure on even the right password waits; a login nobody has waits just so."""
    client = admin.anew()
    for _ in range(5):
        assert client.post("/api/login", {"login": login, "password": "wrong password"}).code == "wrong_login"

    locked = client.post("/api/login", {"login": login, "password": PASSWORD})
    assert (locked.status, locked.code) == (429, "locked")
    assert 0 < locked.params["after_s"] <= 31
    assert locked.headers["retry-after"] == str(locked.params["after_s"])

    server.clock.advance(31)
    expected = 200 if login == "anna" else 401
    assert client.post("/api/login", {"login": login, "password": PASSWORD}).status == expected


def test_guesses_at_one_moment_count_too(admin: Client, anna: Client) -> None:
    """Of forty wrong passwords at the same moment, at most five are looked at."""

    def guess(number: int) -> int:
        body = {"login": "anna", "password": f"wrong password {number}"}
        return admin.anew().post("/api/login", body).status

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(guess, range(40)))

    assert statuses.count(401) <= 5
    assert statuses.count(429) >= 35


def test_an_address_that_tries_many_logins_waits(server: RunningServer, admin: Client) -> None:
    """Thirty failures over many logins lock the address they came from."""
    for number in range(30):
        admin.anew().post("/api/login", {"login": f"guess{number}", "password": "wrong password"})

    answer = admin.anew().post("/api/login", {"login": "sabine", "password": PASSWORD})
    assert (answer.status, answer.code) == (429, "locked")

    server.clock.advance(61)
    admin.anew().log_in("sabine")


def test_an_addresss_guesses_at_one_moment_count_too(admin: Client) -> None:
    """Of two hundred guesses at once from one address, at most thirty are looked at."""

    def guess(number: int) -> int:
        body = {"login": f"guess{number}", "password": "wrong password"}
        return admin.anew().post("/api/login", body).status

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(guess, range(200)))

    assert statuses.count(401) <= 30
    assert set(statuses) == {401, 429}


@pytest.mark.parametrize(("trusted", "expected"), [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.9")])
def test_only_a_trusted_proxy_says_where_a_request_comes_from(
    tmp_path: Path, trusted: str, expected: str
) -> None:
    """Nobody hides from the count of failures behind a header, not even from this machine."""
    with running_server(tmp_path, TRUSTED_PROXIES=trusted) as server:
        admin = server.client
        admin.post("/api/setup", {"login": "sabine", "name": "S", "password": PASSWORD})
        body = {"login": "sabine", "password": "wrong password"}
        admin.anew().send("POST", "/api/login", body, {"X-Forwarded-For": "203.0.113.9"})
        [refused] = [e for e in admin.get("/api/audit").json["entries"] if e["action"] == "login.refused"]
    assert refused["detail"] == {"came_from": expected, "step": "password"}


def test_ones_own_login_buys_no_further_guesses(admin: Client, anna: Client) -> None:
    """A right password among the wrong ones leaves the address's count of failures as it was."""
    for number in range(29):
        admin.anew().post("/api/login", {"login": f"guess{number}", "password": "wrong password"})
    admin.anew().log_in("anna")
    last = admin.anew().post("/api/login", {"login": "guess30", "password": "wrong password"})
    assert last.status == 401

    assert admin.anew().post("/api/login", {"login": "sabine", "password": PASSWORD}).code == "locked"


@pytest.mark.parametrize("login", ["anna", "nobody"])
def test_failures_fade_after_half_an_hour(
    server: RunningServer, admin: Client, anna: Client, login: str
) -> None:
    """A login somebody has and one nobody has begin anew alike: waiting tells nobody who exists."""
    for _ in range(4):
        admin.anew().post("/api/login", {"login": login, "password": "wrong password"})
    server.clock.advance(31 * 60)
    codes = [
        admin.anew().post("/api/login", {"login": login, "password": "wrong password"}).code for _ in range(6)
    ]
    assert codes == ["wrong_login"] * 5 + ["locked"]


def test_a_login_lives_on_while_used_and_ends_after_two_idle_weeks(
    server: RunningServer, admin: Client
) -> None:
    """Use renews it, up to ninety days; two idle weeks end it."""
    day = 24 * 3600
    for _ in range(6):
        server.clock.advance(13 * day)
        assert admin.get("/api/users").status == 200
    server.clock.advance(11 * day)
    assert admin.get("/api/users").status == 200
    server.clock.advance(2 * day)
    assert admin.get("/api/users").status == 401

    again = admin.anew().log_in("sabine")
    server.clock.advance(14 * day + 1)
    assert (again.get("/api/users").status, again.get("/api/users").code) == (401, "login_needed")


def test_logging_in_ends_the_browsers_old_login(admin: Client) -> None:
    """A token known from before is worth nothing after a new login."""
    old = Client(admin.base, dict(admin.cookies))
    admin.log_in("sabine")
    assert old.get("/api/users").status == 401
    assert admin.get("/api/users").status == 200


def test_logging_out_ends_the_login_on_the_server(admin: Client) -> None:
    """The cookie goes, and its token no longer opens anything."""
    kept = Client(admin.base, dict(admin.cookies))
    assert admin.post("/api/logout").status == 200
    assert COOKIE not in admin.cookies
    assert kept.get("/api/mailboxes").status == 401
    assert admin.post("/api/logout").status == 200


def test_a_new_password_ends_all_other_logins(admin: Client, anna: Client) -> None:
    """The browser that changed it goes on under a new token, the others are out."""
    other, stolen = admin.anew().log_in("anna"), Client(anna.base, dict(anna.cookies))

    answer = anna.post("/api/me/password", {"old": PASSWORD, "new": "another good one"})

    assert answer.status == 200
    assert anna.get("/api/mailboxes").status == 200
    assert [c.get("/api/mailboxes").status for c in (other, stolen)] == [401, 401]
    admin.anew().log_in("anna", "another good one")


def test_a_password_changes_only_with_the_present_one(anna: Client) -> None:
    """A wrong old password and a poor new one are refused by their fields."""
    wrong = anna.post("/api/me/password", {"old": "not this one", "new": "another good one"})
    poor = anna.post("/api/me/password", {"old": PASSWORD, "new": "short"})
    assert (wrong.code, wrong.params["field"]) == ("wrong_password", "old")
    assert (poor.code, poor.params["field"]) == ("password_too_short", "new")


def test_language_theme_and_name_are_ones_own(anna: Client) -> None:
    """Fields not sent stay; null gives the language back to the browser."""
    assert anna.patch("/api/me", {"language": "de", "theme": "dark"}).json["theme"] == "dark"
    me = anna.patch("/api/me", {"name": " Anna B. "}).json
    assert (me["name"], me["language"], me["theme"]) == ("Anna B.", "de", "dark")
    assert anna.patch("/api/me", {"language": None}).json["language"] is None
    assert anna.patch("/api/me", {"language": "fr"}).code == "invalid_language"
    assert anna.patch("/api/me", {"name": ""}).code == "invalid_name"
    assert anna.patch("/api/me", {"may_settings": True}).code == "bad_request"


def test_the_mail_page_is_ones_own(anna: Client, admin: Client) -> None:
    """What is not sent stays; a table without subjects, a column twice or none that exists is refused."""
    columns = [{"name": "from", "width": 200}, {"name": "subject", "width": 400}]
    anna.patch("/api/me", {"mail_page": {"layout": "table", "columns": columns}})
    sort = {"by": "size", "is_ascending": True}
    page = anna.patch("/api/me", {"mail_page": {"sort": sort}}).json["mail_page"]

    assert (page["layout"], page["columns"], page["sort"]) == ("table", columns, sort)
    assert anna.get("/api/start").json["user"]["mail_page"] == page
    assert admin.get("/api/start").json["user"]["mail_page"]["layout"] == "lines"
    for poor in (columns[:1], [*columns, columns[1]], [{"name": "subject", "width": 5}]):
        assert anna.patch("/api/me", {"mail_page": {"columns": poor}}).code == "invalid_columns"
    assert anna.patch("/api/me", {"mail_page": {"sort": {"by": "colour"}}}).code == "bad_request"


def test_comings_and_goings_are_in_the_audit_trail(admin: Client) -> None:
    """Logins, refusals, password changes and logouts leave entries."""
    anna = person(admin, "anna", "Anna Berger")
    admin.anew().post("/api/login", {"login": "anna", "password": "wrong password"})
    anna.post("/api/me/password", {"old": PASSWORD, "new": "another good one"})
    anna.post("/api/logout")
    assert actions(admin) == [
        "user.created", "user.created", "login.begun", "login.refused", "password.changed", "login.ended",
    ]  # fmt: skip


def test_an_unattended_installation_has_its_people(tmp_path: Path) -> None:
    """The environment's administrator and a demonstration's people are made once, on the first start."""
    environ = {
        "ADMIN_LOGIN": "sabine",
        "ADMIN_NAME": "Sabine Lindner",
        "ADMIN_PASSWORD": PASSWORD,
        "DEMO_LOGINS": '[{"login": "sabine", "name": "S", "password": "x"},'
        f' {{"login": "anna", "name": "Anna Berger", "password": "{PASSWORD}"}}]',
    }
    with running_server(tmp_path, **environ) as server:
        admin = server.client.log_in("sabine")
        start = server.client.get("/api/start").json
        assert [d["login"] for d in start["demo_logins"]] == ["sabine", "anna"]
        assert (start["setup_needed"], start["is_demo"]) == (False, True)
        assert [u["may_settings"] for u in admin.get("/api/users").json["users"]] == [False, True]
        made = [e for e in admin.get("/api/audit").json["entries"] if e["action"] == "user.created"]
        assert [(e["subject"], e["detail"]) for e in made] == [
            ("Anna Berger (anna)", {"whom": "u2", "may_settings": False}),
            ("Sabine Lindner (sabine)", {"whom": "u1", "may_settings": True, "first": True}),
        ]
        assert admin.delete("/api/users/u2").status == 200
    with running_server(tmp_path, **environ) as server:
        assert len(server.client.log_in("sabine").get("/api/users").json["users"]) == 1
