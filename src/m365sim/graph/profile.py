"""Routes of the user and of what belongs to the mailbox as a whole.

Source: Graph v1.0, "Get a user", "List masterCategories".
"""

from __future__ import annotations

from typing import Any

from m365sim.directory import User
from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.http import Answer, GraphRequest, json_answer
from m365sim.graph.routes import Rows

_DEFAULT = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
_ON_REQUEST = ("accountEnabled", "proxyAddresses", "userType")


def get_user(request: GraphRequest, user: User) -> Answer:
    """GET me or users/{id}."""
    odata.check_options(request.query, ("$select",))
    select = odata.select(request.query, (*_DEFAULT, *_ON_REQUEST), "microsoft.graph.user")
    known = _properties(user)
    annotation = {"@odata.context": f"{request.root}/$metadata#users/$entity"}
    return json_answer({**annotation, **{name: known[name] for name in select or _DEFAULT}})


def _properties(user: User) -> dict[str, Any]:
    return {
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": user.given_name or None,
        "jobTitle": None,
        "mail": user.upn if user.has_mailbox else user.mail,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": user.surname or None,
        "userPrincipalName": user.upn,
        "id": user.id,
        "accountEnabled": user.is_enabled,
        "proxyAddresses": [f"SMTP:{user.upn}", *(f"smtp:{a}" for a in user.proxy_addresses)],
        "userType": "Guest" if user.home_user_id else "Member",
    }


def list_categories(context: Context) -> Answer:
    """GET outlook/masterCategories."""
    odata.check_options(context.request.query, ())
    value = [{"id": c.id, "displayName": c.name, "color": c.color} for c in context.mailbox.categories]
    annotation = context.annotation("outlook/masterCategories")
    return json_answer({"@odata.context": annotation, "value": value})


ROUTES: Rows = (("GET", "outlook/masterCategories", "settings", list_categories),)
