"""Routes of a mailbox's settings.

Source: Graph v1.0, "Get user mailbox settings", "Update user mailbox settings".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from m365sim.graph import odata
from m365sim.graph.context import Context
from m365sim.graph.errors import GraphError
from m365sim.graph.http import Answer, json_answer
from m365sim.graph.routes import Rows
from m365sim.graph.settings_input import changed_settings, known_settings, language_of
from m365sim.graph.settings_json import NAMES, Shown, setting
from m365sim.world.automatic_replies import set_replies

_KIND = "microsoft.graph.mailboxSettings"


def get_settings(context: Context) -> Answer:
    """GET mailboxSettings."""
    odata.check_options(context.request.query, ("$select",))
    select = odata.select(context.request.query, NAMES, _KIND)
    return _answer(context, NAMES if select is None else select[1:])


def get_setting(context: Context, setting_name: str) -> Answer:
    """GET mailboxSettings/{one of them}: a plain value under ``value``, an object as it is."""
    odata.check_options(context.request.query, ())
    name = next((n for n in NAMES if n.lower() == setting_name.lower()), None)
    if name is None:
        text = f"Resource not found for the segment '{setting_name}'."
        raise GraphError(400, "BadRequest", text)
    value = setting(_shown(context), name)
    annotation = {"@odata.context": context.annotation(f"mailboxSettings/{name}")}
    return json_answer({**annotation, **(value if isinstance(value, dict) else {"value": value})})


def update_settings(context: Context) -> Answer:
    """PATCH mailboxSettings: all that is given or nothing; what was given is shown as it is now."""
    odata.check_options(context.request.query, ())
    mailbox, now_s = context.mailbox, context.sim.clock.now_s()
    given = known_settings(context.request.json())
    # First the language: the formats given beside it are not to be lost to its usual ones.
    ordered = dict(sorted(given.items(), key=lambda pair: pair[0] != "language"))
    settings = changed_settings(mailbox.settings, ordered, now_s)
    language = language_of(given["language"]).name if "language" in given else mailbox.language
    set_replies(mailbox, settings.automatic_replies)
    mailbox.configure(settings=settings, language=language)
    return _answer(context, given)


def _answer(context: Context, names: Iterable[str]) -> Answer:
    shown = _shown(context)
    data: dict[str, Any] = {"@odata.context": context.annotation("mailboxSettings")}
    return json_answer(data | {name: setting(shown, name) for name in names})


def _shown(context: Context) -> Shown:
    return Shown(context.mailbox, context.user, context.sim.clock.now_s(), context.prefer.time_zone)


ROUTES: Rows = (
    ("GET", "mailboxSettings", "settings", get_settings),
    ("PATCH", "mailboxSettings", "change_settings", update_settings),
    ("GET", "mailboxSettings/{setting_name}", "settings", get_setting),
)
