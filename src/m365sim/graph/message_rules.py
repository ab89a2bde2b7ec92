"""Routes of the rules of the inbox.

Source: Graph v1.0, "List rules", "Get rule", "Create rule", "Update rule", "Delete rule".
"""

from __future__ import annotations

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import bad_request, not_found
from m365sim.graph.http import Answer, no_content
from m365sim.graph.routes import Rows
from m365sim.graph.rules_input import new_rule_fields, rule_fields
from m365sim.graph.rules_json import KNOWN, number_of, rule_json
from m365sim.graph.small_lists import count_answer, item_answer, list_answer
from m365sim.world import rules
from m365sim.world.folders import Folder
from m365sim.world.rules import Rule

_KIND = "microsoft.graph.messageRule"
_PLACE = "mailFolders('inbox')/messageRules"


def list_rules(context: Context, folder: Folder) -> Answer:
    """GET mailFolders/inbox/messageRules, in the order in which they act."""
    _check_inbox(folder)
    items = [rule_json(context.mailbox, rule) for rule in rules.in_order(context.mailbox)]
    return list_answer(context, _PLACE, items, KNOWN, _KIND)


def count_rules(context: Context, folder: Folder) -> Answer:
    """GET mailFolders/inbox/messageRules/$count."""
    _check_inbox(folder)
    return count_answer(context, len(context.mailbox.rules))


def get_rule(context: Context, folder: Folder, rule: str) -> Answer:
    """GET mailFolders/inbox/messageRules/{id}."""
    return _shown(context, _found(context, folder, rule))


def create_rule(context: Context, folder: Folder) -> Answer:
    """POST mailFolders/inbox/messageRules."""
    _check_inbox(folder)
    odata.check_options(context.request.query, ())
    fields = new_rule_fields(context.request.json(), context.mailbox)
    return _shown(context, rules.add(context.mailbox, **fields), 201)


def update_rule(context: Context, folder: Folder, rule: str) -> Answer:
    """PATCH mailFolders/inbox/messageRules/{id}; conditions, exceptions and actions are replaced whole."""
    odata.check_options(context.request.query, ())
    found = _changeable(context, folder, rule)
    fields = rule_fields(context.request.json(), context.mailbox)
    return _shown(context, rules.change(context.mailbox, found, fields))


def delete_rule(context: Context, folder: Folder, rule: str) -> Answer:
    """DELETE mailFolders/inbox/messageRules/{id}."""
    odata.check_options(context.request.query, ())
    rules.remove(context.mailbox, _changeable(context, folder, rule))
    return no_content()


def _check_inbox(folder: Folder) -> None:
    if folder.well_known != "inbox":
        raise bad_request("Message rules are supported for the Inbox folder only.", "ErrorInvalidRequest")


def _found(context: Context, folder: Folder, rule: str) -> Rule:
    _check_inbox(folder)
    number = number_of(rule)
    for known in context.mailbox.rules:
        if known.number == number:
            return known
    raise not_found()


def _changeable(context: Context, folder: Folder, rule: str) -> Rule:
    found = _found(context, folder, rule)
    if found.is_read_only:
        message = "The rule is read-only and cannot be modified or deleted."
        raise bad_request(message, "ErrorInvalidOperation")
    return found


def _shown(context: Context, rule: Rule, status: int = 200) -> Answer:
    return item_answer(context, _PLACE, rule_json(context.mailbox, rule), KNOWN, _KIND, status)


_PATH = "mailFolders/{folder}/messageRules"
ROUTES: Rows = (
    ("GET", _PATH, "settings", list_rules),
    ("POST", _PATH, "change_settings", create_rule),
    ("GET", f"{_PATH}/$count", "settings", count_rules),
    ("GET", _PATH + "/{rule}", "settings", get_rule),
    ("PATCH", _PATH + "/{rule}", "change_settings", update_rule),
    ("DELETE", _PATH + "/{rule}", "change_settings", delete_rule),
)
