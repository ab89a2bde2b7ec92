"""Routes of the master list of categories.

Source: Graph v1.0, "List masterCategories", "Create outlookCategory", "Get outlookCategory",
"Update outlookCategory", "Delete outlookCategory".
"""

from __future__ import annotations

from typing import Any

from m365sim.graph import odata, values
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError, bad_request, not_found
from m365sim.graph.http import Answer, no_content
from m365sim.graph.routes import Rows
from m365sim.graph.small_lists import count_answer, given_of, item_answer, list_answer
from m365sim.world import categories
from m365sim.world.categories import COLORS, Category
from m365sim.world.errors import NotAllowed

_KIND = "microsoft.graph.outlookCategory"
_KNOWN = ("id", "displayName", "color")
_PLACE = "outlook/masterCategories"


def _json(category: Category) -> dict[str, Any]:
    return {"id": category.id, "displayName": category.name, "color": category.color}


def _found(context: Context, category: str) -> Category:
    for known in context.mailbox.categories:
        if known.id == category.lower():
            return known
    raise not_found()


def list_categories(context: Context) -> Answer:
    """GET outlook/masterCategories."""
    return list_answer(context, _PLACE, [_json(c) for c in context.mailbox.categories], _KNOWN, _KIND)


def count_categories(context: Context) -> Answer:
    """GET outlook/masterCategories/$count."""
    return count_answer(context, len(context.mailbox.categories))


def get_category(context: Context, category: str) -> Answer:
    """GET outlook/masterCategories/{id}."""
    return item_answer(context, _PLACE, _json(_found(context, category)), _KNOWN, _KIND)


def create_category(context: Context) -> Answer:
    """POST outlook/masterCategories: the name, and a colour (none unless it is given)."""
    odata.check_options(context.request.query, ())
    given = given_of(context, _KNOWN, _KIND)
    name = values.text("displayName", given.get("displayName")).strip()
    if not name:
        raise bad_request("The property 'displayName' is required.", "ErrorInvalidParameter")
    color = values.one_of("color", given.get("color") or "none", COLORS)
    try:
        made = categories.add(context.mailbox, name, color)
    except NotAllowed as error:
        raise GraphError(409, error.code, str(error)) from error
    return item_answer(context, _PLACE, _json(made), _KNOWN, _KIND, 201)


def update_category(context: Context, category: str) -> Answer:
    """PATCH outlook/masterCategories/{id}: the colour; a name is for ever."""
    odata.check_options(context.request.query, ())
    found, given = _found(context, category), given_of(context, _KNOWN, _KIND)
    if given.get("displayName", found.name) != found.name:
        text = "The property 'displayName' is read-only and cannot be set."
        raise bad_request(text, "ErrorInvalidPropertySet")
    if "color" in given:
        found = categories.paint(context.mailbox, found, values.one_of("color", given["color"], COLORS))
    return item_answer(context, _PLACE, _json(found), _KNOWN, _KIND)


def delete_category(context: Context, category: str) -> Answer:
    """DELETE outlook/masterCategories/{id}."""
    odata.check_options(context.request.query, ())
    categories.remove(context.mailbox, _found(context, category))
    return no_content()


ROUTES: Rows = (
    ("GET", _PLACE, "settings", list_categories),
    ("POST", _PLACE, "change_settings", create_category),
    ("GET", f"{_PLACE}/$count", "settings", count_categories),
    ("GET", _PLACE + "/{category}", "settings", get_category),
    ("PATCH", _PLACE + "/{category}", "change_settings", update_category),
    ("DELETE", _PLACE + "/{category}", "change_settings", delete_category),
)
