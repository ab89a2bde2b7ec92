"""Routes of the focused inbox: whose mail always goes where.

Source: Graph v1.0, "List overrides", "Create inferenceClassificationOverride",
"Update inferenceClassificationOverride", "Delete inferenceClassificationOverride".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast

from m365sim.graph import odata, values
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request, not_found
from m365sim.graph.http import Answer, json_answer, no_content
from m365sim.graph.routes import Rows
from m365sim.graph.small_lists import count_answer, given_of, item_answer, list_answer
from m365sim.world import overrides
from m365sim.world.overrides import Override

_KIND = "microsoft.graph.inferenceClassificationOverride"
_KNOWN = ("id", "classifyAs", "senderEmailAddress")
_PLACE = "inferenceClassification/overrides"


def _json(override: Override) -> dict[str, Any]:
    sender = {"name": override.sender.name, "address": override.sender.address}
    return {"id": override.id, "classifyAs": override.classify_as, "senderEmailAddress": sender}


def _found(context: Context, override: str) -> Override:
    for known in context.mailbox.overrides:
        if known.id == override.lower():
            return known
    raise not_found()


def get_classification(context: Context) -> Answer:
    """GET inferenceClassification: it has an id, and its overrides have an address of their own."""
    odata.check_options(context.request.query, ("$select",))
    odata.select(context.request.query, ("id",), "microsoft.graph.inferenceClassification")
    annotation = context.annotation("inferenceClassification/$entity")
    return json_answer({"@odata.context": annotation, "id": context.user.id})


def list_overrides(context: Context) -> Answer:
    """GET inferenceClassification/overrides."""
    return list_answer(context, _PLACE, [_json(o) for o in context.mailbox.overrides], _KNOWN, _KIND)


def count_overrides(context: Context) -> Answer:
    """GET inferenceClassification/overrides/$count."""
    return count_answer(context, len(context.mailbox.overrides))


def get_override(context: Context, override: str) -> Answer:
    """GET inferenceClassification/overrides/{id}."""
    return item_answer(context, _PLACE, _json(_found(context, override)), _KNOWN, _KIND)


def create_override(context: Context) -> Answer:
    """POST inferenceClassification/overrides; one of this address that there is already is changed."""
    odata.check_options(context.request.query, ())
    given = given_of(context, _KNOWN, _KIND)
    sender = values.recipient("senderEmailAddress", {"emailAddress": given.get("senderEmailAddress")})
    if sender is None or "@" not in sender.address:
        raise bad_request("The property 'senderEmailAddress' is required.", "ErrorInvalidParameter")
    made = overrides.put(context.mailbox, sender, _class(given))
    return item_answer(context, _PLACE, _json(made), _KNOWN, _KIND, 201)


def update_override(context: Context, override: str) -> Answer:
    """PATCH inferenceClassification/overrides/{id}: where the mail goes; another name needs POST."""
    odata.check_options(context.request.query, ())
    found, given = _found(context, override), given_of(context, _KNOWN, _KIND)
    if "senderEmailAddress" in given:
        text = "The property 'senderEmailAddress' cannot be changed by PATCH."
        raise bad_request(text, "ErrorInvalidPropertySet")
    changed = overrides.change(context.mailbox, found, replace(found, classify_as=_class(given)))
    return item_answer(context, _PLACE, _json(changed), _KNOWN, _KIND)


def delete_override(context: Context, override: str) -> Answer:
    """DELETE inferenceClassification/overrides/{id}."""
    odata.check_options(context.request.query, ())
    overrides.remove(context.mailbox, _found(context, override))
    return no_content()


def _class(given: dict[str, Any]) -> Literal["focused", "other"]:
    chosen = values.one_of("classifyAs", given.get("classifyAs"), ("focused", "other"))
    return cast('Literal["focused", "other"]', chosen)


ROUTES: Rows = (
    ("GET", "inferenceClassification", "read", get_classification),
    ("GET", _PLACE, "read", list_overrides),
    ("POST", _PLACE, "write", create_override),
    ("GET", f"{_PLACE}/$count", "read", count_overrides),
    ("GET", _PLACE + "/{override}", "read", get_override),
    ("PATCH", _PLACE + "/{override}", "write", update_override),
    ("DELETE", _PLACE + "/{override}", "write", delete_override),
)
