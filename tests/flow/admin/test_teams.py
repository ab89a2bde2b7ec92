"""Groups of users: a mailbox is given to all of them, and everybody's level is the highest they have."""

from __future__ import annotations

from typing import Any

from tests.flow.admin.client import Client
from tests.flow.admin.conftest import actions, assign, person
from tests.flow.admin.stream import EventStream


def level(client: Client) -> str | None:
    """In the only mailbox that there is."""
    return next((str(one["level"]) for one in client.get("/api/mailboxes").json), None)


def give(admin: Client, account: str, team: str, level: str) -> dict[str, Any]:
    answer = admin.put(f"/api/accounts/{account}/teams/{team}", {"level": level, "confirm": True})
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def made(admin: Client, name: str, *members: str) -> str:
    answer = admin.post("/api/teams", {"name": name, "members": list(members)})
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def test_a_level_is_the_highest_of_ones_own_and_ones_teams(admin: Client, anna: Client, account: str) -> None:
    """At every change, in both orders; the sheet says where it comes from."""
    team, other = made(admin, "Buchhaltung", "u2"), made(admin, "Vermietung", "u2")
    give(admin, account, team, "read")
    assert level(anna) == "read"
    assign(admin, account, "u2", "write")
    assert level(anna) == "write"
    row = give(admin, account, other, "manage")
    assert level(anna) == "manage"
    assert row["users"] == [
        {"id": "u2", "name": "Anna Berger", "level": "manage", "own_level": "write",
         "teams": ["Buchhaltung", "Vermietung"]}
    ]  # fmt: skip
    assert [(one["name"], one["level"], one["members"]) for one in row["teams"]] == [
        ("Buchhaltung", "read", 1), ("Vermietung", "manage", 1),
    ]  # fmt: skip
    assert admin.delete(f"/api/accounts/{account}/users/u2").json["users"][0]["own_level"] is None
    assert level(anna) == "manage"
    assert admin.delete(f"/api/accounts/{account}/users/u2").code == "no_such_grant"
    admin.delete(f"/api/accounts/{account}/teams/{other}")
    assert level(anna) == "read"
    assign(admin, account, "u2", "send")
    admin.delete(f"/api/teams/{team}")
    assert level(anna) == "send"
    admin.delete(f"/api/accounts/{account}/users/u2")
    assert level(anna) is None


def test_who_is_added_brings_nobody_back(admin: Client, anna: Client, account: str) -> None:
    """Of two administrators at once: whom one takes out stays out though the other still saw them in."""
    person(admin, "tom", "Tom Maier")
    team = made(admin, "Vermietung", "u2")
    give(admin, account, team, "read")
    admin.patch(f"/api/teams/{team}", {"remove": ["u2"]})
    added = admin.patch(f"/api/teams/{team}", {"add": ["u3"]})
    assert (added.code, added.params["names"]) == ("confirmation_needed", ["Tom Maier (tom)"])
    assert admin.patch(f"/api/teams/{team}", {"add": ["u3"], "confirm": True}).json["members"] == ["u3"]
    assert level(anna) is None
    assert admin.patch(f"/api/teams/{team}", {"remove": ["u2"]}).json["members"] == ["u3"]
    assert admin.patch(f"/api/teams/{team}", {"add": ["u99"]}).code == "no_such_user"


def test_members_come_and_go_at_once(admin: Client, anna: Client, account: str) -> None:
    """Open windows too, and nobody else's; what is for all to read is confirmed by name."""
    tom = person(admin, "tom", "Tom Maier")
    team = made(admin, "Empfang")
    give(admin, account, team, "send")
    path = f"/api/teams/{team}"
    asked = admin.patch(path, {"members": ["u2"]})
    assert (asked.code, asked.params["names"]) == ("confirmation_needed", ["Anna Berger (anna)"])
    with EventStream(anna) as annas, EventStream(tom) as toms:
        assert admin.patch(path, {"members": ["u2"], "confirm": True}).json["members"] == ["u2"]
        assert annas.ends_within(5.0)
        assert not toms.ends_within(0.2)
    assert (level(anna), level(tom)) == ("send", None)
    with EventStream(anna) as annas:
        assert admin.patch(path, {"members": ["u3"], "confirm": True}).status == 200
        assert annas.ends_within(5.0)
    assert (level(anna), level(tom)) == (None, "send")
    assert anna.get(f"/api/mailboxes/{account}/queue").status == 404
    admin.patch("/api/users/u3", {"is_active": False})
    admin.patch("/api/users/u3", {"is_active": True})
    assert level(tom.log_in("tom")) == "send"
    admin.delete("/api/users/u3")
    assert admin.get("/api/teams").json["teams"][0]["members"] == []
    told = actions(admin)
    assert [one for one in told if one.startswith("team.")] == [
        "team.created", "team.assigned", "team.changed", "team.changed",
    ]  # fmt: skip


def test_what_is_wrong_with_a_team_is_said(admin: Client, anna: Client, account: str) -> None:
    """Its name, its members, where it is to be assigned."""
    team = made(admin, "Technik", "u2")
    assert admin.post("/api/teams", {"name": "TECHNIK"}).code == "name_in_use"
    assert admin.post("/api/teams", {"name": " "}).code == "invalid_name"
    assert admin.post("/api/teams", {"name": "X", "members": ["u99"]}).code == "no_such_user"
    assert admin.post("/api/teams", {"name": "X", "members": ["x"]}).code == "no_such_user"
    other = made(admin, "Andere")
    assert admin.patch(f"/api/teams/{other}", {"name": "technik"}).code == "name_in_use"
    assert admin.patch(f"/api/teams/{other}", {"name": "ANDERE"}).json["name"] == "ANDERE"
    assert admin.patch("/api/teams/h99", {"name": "X"}).code == "no_such_team"
    path = f"/api/accounts/{account}/teams/{team}"
    assert admin.put(path, {"level": "send"}).params["names"] == ["Anna Berger (anna)"]
    assert admin.put(path, {"level": "all", "confirm": True}).code == "invalid_level"
    assert admin.put(f"/api/accounts/a99/teams/{team}", {"confirm": True}).code == "no_such_account"
    assert admin.delete(path).code == "no_such_grant"
    assert level(anna) is None
