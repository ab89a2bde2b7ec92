"""What Exchange gives to apps or takes from them: scoped roles, and the older access policies."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sim.identity.app import App

from m365sim.clock import Clock

ANNA, CHEF = "anna@lindner.example", "chef@lindner.example"
TENANT = "lindner.example"
GROUP = "shared@lindner.example"


def _grant(app: App, *permissions: str) -> None:
    body = {"client_id": app.client_id, "tenant": TENANT, "app_permissions": list(permissions)}
    assert app.control("POST", "/consents/grant", body)[0] == 200


def _role(app: App, role: str, scope: dict[str, Any] | None = None) -> str:
    body = {"tenant": TENANT, "role": role, "scope": scope}
    status, answer = app.control("POST", f"/apps/{app.client_id}/roles", body)
    assert status == 200, answer
    return str(answer["id"])


def _policy(app: App, right: str, *members: str) -> str:
    app.control("PUT", f"/groups/{GROUP}", {"members": list(members)})
    body = {"tenant": TENANT, "right": right, "group": GROUP}
    status, answer = app.control("POST", f"/apps/{app.client_id}/access-policies", body)
    assert status == 200, answer
    return str(answer["id"])


def _token(app: App) -> str:
    body = {"tenant": TENANT, "client_id": app.client_id}
    return str(app.control("POST", "/app-tokens", body)[1]["access_token"])


def _read(app: App, address: str) -> tuple[int, str]:
    status, _, answer = app.graph(_token(app), f"/v1.0/users/{address}/messages")
    return status, answer.get("error", {}).get("message", "")


@pytest.mark.parametrize(
    "scope",
    [
        {"addresses": [ANNA]},
        {"group": GROUP},
        {"domain": TENANT, "addresses": [ANNA, "nobody@lindner.example"]},
    ],
)
def test_a_scoped_role_opens_the_mailboxes_of_its_scope(app: App, scope: dict[str, Any]) -> None:
    """By addresses, by group, by both: Anna's mailbox opens, her chief's stays closed."""
    app.control("PUT", f"/groups/{GROUP}", {"members": [ANNA]})
    _role(app, "Application Mail.Read", scope)

    assert _read(app, ANNA)[0] == 200
    assert _read(app, CHEF)[0] == 403


def test_a_role_is_gone_by_after_its_delay(app: App, clock: Clock) -> None:
    """Exchange takes its time: the role is there, and asked for it is told that it has not begun."""
    body = {"tenant": TENANT, "role": "Application Mail.Read", "delay_s": 3600}
    assert app.control("POST", f"/apps/{app.client_id}/roles", body | {"delay_s": -1})[0] == 400
    assert app.control("POST", f"/apps/{app.client_id}/roles", body)[0] == 200
    asked = f"/apps/{app.client_id}/authorization?mailbox={ANNA}"

    assert _read(app, ANNA)[0] == 403
    [line] = app.control("GET", asked)[1]["roles"]
    assert (line["in_scope"], line["has_begun"]) == (True, False)
    clock.advance(3600)
    assert _read(app, ANNA)[0] == 200


def test_a_role_without_scope_opens_every_mailbox(app: App) -> None:
    """No management scope means the whole organisation; taking the role away closes it again."""
    id_ = _role(app, "Application Mail.Read")
    assert [_read(app, a)[0] for a in (ANNA, CHEF)] == [200, 200]

    app.control("DELETE", f"/apps/{app.client_id}/roles/{id_}")

    assert _read(app, ANNA)[0] == 403


def test_a_role_gives_its_own_permission_only(app: App) -> None:
    """Reading does not include writing."""
    _role(app, "Application Mail.Read", {"addresses": [ANNA]})

    status, _, _ = app.graph(_token(app), f"/v1.0/users/{ANNA}/mailFolders/inbox", "DELETE")

    assert status == 403


def test_a_scope_does_not_narrow_what_entra_grants(app: App) -> None:
    """Grants add up: with the unscoped Entra permission every mailbox stays open."""
    _grant(app, "Mail.Read")
    _role(app, "Application Mail.Read", {"addresses": [ANNA]})

    assert _read(app, CHEF)[0] == 200


def test_a_restricting_policy_opens_its_group_only(app: App) -> None:
    """RestrictAccess: whoever is not in the group is refused in Exchange's words."""
    _grant(app, "Mail.Read")
    id_ = _policy(app, "RestrictAccess", ANNA)

    assert _read(app, ANNA)[0] == 200
    assert _read(app, CHEF) == (403, "Access to OData is disabled.")
    app.control("DELETE", f"/apps/{app.client_id}/access-policies/{id_}")
    assert _read(app, CHEF)[0] == 200


def test_a_denying_policy_wins(app: App) -> None:
    """DenyAccess closes what RestrictAccess opens."""
    _grant(app, "Mail.Read")
    _policy(app, "RestrictAccess", ANNA)
    _policy(app, "DenyAccess", ANNA)

    assert _read(app, ANNA) == (403, "Access to OData is disabled.")


def test_policies_do_not_bind_roles(app: App) -> None:
    """What a role opens stays open under an access policy: those narrow Entra's grants only."""
    _grant(app, "Mail.Read")
    _policy(app, "DenyAccess", ANNA)
    _role(app, "Application Mail.Read", {"addresses": [ANNA]})

    assert _read(app, ANNA)[0] == 200


def test_policies_do_not_bind_persons(app: App) -> None:
    """Delegated access is none of their business."""
    _policy(app, "DenyAccess", ANNA)

    tokens = app.control("POST", "/tokens", {"user": ANNA, "client_id": app.client_id})[1]

    assert app.graph(tokens["access_token"], "/v1.0/me/messages")[0] == 200


def test_what_an_app_may_do_can_be_asked(app: App) -> None:
    """Like Test-ServicePrincipalAuthorization: each role with its scope, and whether it holds here."""
    _grant(app, "Mail.Read")
    _policy(app, "RestrictAccess", ANNA)
    _role(app, "Application Mail.Send", {"name": "desk", "addresses": [CHEF]})

    answers = {
        address: app.control("GET", f"/apps/{app.client_id}/authorization?mailbox={address}")[1]
        for address in (ANNA, CHEF)
    }

    assert answers[ANNA]["allowed"] == ["Mail.Read"]
    assert answers[CHEF]["allowed"] == ["Mail.Send"]
    assert answers[CHEF]["is_closed_by_access_policy"]
    [line] = answers[ANNA]["roles"]
    assert (line["role"], line["scope"], line["in_scope"]) == ("Application Mail.Send", "desk", False)


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("roles", {"tenant": TENANT, "role": "Application Everything"}, 400),
        ("roles", {"tenant": TENANT, "role": "Application Mail.Read", "scope": {}}, 400),
        (
            "roles",
            {"tenant": TENANT, "role": "Application Mail.Read", "scope": {"group": "no@x.example"}},
            404,
        ),
        ("roles", {"tenant": "nowhere.example", "role": "Application Mail.Read"}, 404),
        ("access-policies", {"tenant": TENANT, "right": "RestrictAccess", "group": "no@x.example"}, 404),
        ("access-policies", {"tenant": TENANT, "right": "AllowAccess", "group": GROUP}, 400),
    ],
)
def test_a_wrong_rule_is_refused(app: App, path: str, body: dict[str, Any], status: int) -> None:
    """With a reason, and nothing is changed."""
    before = app.control("GET", "")

    answered, answer = app.control("POST", f"/apps/{app.client_id}/{path}", body)

    assert answered == status
    assert answer["error"]
    assert app.control("GET", "") == before


def test_the_list_of_users_is_none_of_exchanges_business(app: App) -> None:
    """A role opens mailboxes, not the directory; a policy closes mailboxes, and everybody is still listed."""
    _role(app, "Application Exchange Full Access")
    by_role, _, refused = app.graph(_token(app), "/v1.0/users")
    _grant(app, "User.Read.All", "Mail.Read")
    _policy(app, "RestrictAccess", ANNA)

    status, _, listed = app.graph(_token(app), "/v1.0/users?$top=999")

    assert (by_role, refused["error"]["code"]) == (403, "Authorization_RequestDenied")
    assert status == 200
    assert {ANNA, CHEF} <= {user["userPrincipalName"] for user in listed["value"]}


def test_settings_shown_with_a_user_are_exchanges_business(app: App) -> None:
    """$select=mailboxSettings of one user goes by the policy, although the user himself may be read."""
    _grant(app, "User.Read.All", "MailboxSettings.Read")
    _policy(app, "RestrictAccess", ANNA)
    token = _token(app)

    opened, shut = (app.graph(token, f"/v1.0/users/{a}?$select=mailboxSettings")[0] for a in (ANNA, CHEF))

    assert (opened, shut) == (200, 403)
    assert app.graph(token, f"/v1.0/users/{CHEF}")[0] == 200
