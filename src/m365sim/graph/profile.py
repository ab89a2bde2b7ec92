"""One user: ``me`` or ``users/{id}``.

Source: Graph v1.0, "Get a user".
"""

from __future__ import annotations

from typing import Any

from m365sim.graph import odata
from m365sim.graph.access import Target, check, mailbox_of
from m365sim.graph.http import Answer, GraphRequest, json_answer
from m365sim.graph.prefer import Prefer
from m365sim.graph.settings_json import NAMES as SETTING_NAMES
from m365sim.graph.settings_json import Shown, setting
from m365sim.graph.user_schema import DEFAULT, KIND, NAMES, SETTINGS, user_json
from m365sim.graph.users import sees_basics_only
from m365sim.identity.access import Caller
from m365sim.world.simulation import Simulation


def get_user(
    sim: Simulation, request: GraphRequest, caller: Caller, target: Target, prefer: Prefer
) -> Answer:
    """GET me or users/{id}. The mailbox's settings must be asked for and need a permission of their own."""
    odata.check_options(request.query, ("$select",))
    select = odata.select(request.query, (*NAMES, SETTINGS), KIND)
    names = [name for name in select or DEFAULT if name != SETTINGS]
    is_basic = not target.is_own and sees_basics_only(caller)
    shown = user_json(sim.directory, target.user, names, is_basic=is_basic)
    if select and SETTINGS in select:
        check(caller, target, "settings")
        shown[SETTINGS] = _settings(sim, target, prefer)
    chosen = f"({','.join(select)})" if select else ""
    return json_answer({"@odata.context": f"{request.root}/$metadata#users{chosen}/$entity", **shown})


def _settings(sim: Simulation, target: Target, prefer: Prefer) -> dict[str, Any]:
    mailbox = mailbox_of(sim.world, target.user)
    shown = Shown(mailbox, target.user, sim.clock.now_s(), prefer.time_zone)
    return {name: setting(shown, name) for name in SETTING_NAMES}
