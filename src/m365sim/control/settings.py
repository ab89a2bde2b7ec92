"""The control API's routes for what an administrator, or another program, sets of a mailbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from starlette.requests import Request

from m365sim.control.reading import Act, with_body
from m365sim.graph.rules_json import rule_json
from m365sim.world import rules
from m365sim.world.mailbox import Mailbox
from m365sim.world.settings import Purpose
from m365sim.world.simulation import Simulation


class SettingsBody(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """What to set; what is left out stays. Null for the purpose is what the user's account says."""

    user_purpose: Purpose | msgspec.UnsetType | None = msgspec.UNSET
    is_full: bool | msgspec.UnsetType = msgspec.UNSET
    custom_mail_tip: str | msgspec.UnsetType | None = msgspec.UNSET
    contacts: list[str] | msgspec.UnsetType = msgspec.UNSET


class ClientRuleBody(msgspec.Struct, forbid_unknown_fields=True, rename="camel", kw_only=True):
    """A rule that only the program it was made with understands."""

    display_name: str
    sequence: int = 1
    is_enabled: bool = True
    has_error: bool = False


def settings_routes(sim: Simulation) -> list[tuple[str, str, Act]]:
    """Rows of method, path and act."""
    door = _Door(sim)
    box = "/control/mailboxes/{mailbox}"
    return [
        ("GET", box + "/settings", door.get),
        ("PATCH", box + "/settings", with_body(SettingsBody, door.change)),
        ("POST", box + "/rules", with_body(ClientRuleBody, door.add_rule)),
    ]


class _Door:
    def __init__(self, sim: Simulation) -> None:
        self._sim = sim

    def _mailbox(self, request: Request) -> Mailbox:
        return self._sim.world.mailbox(request.path_params["mailbox"])

    async def get(self, request: Request) -> Any:
        settings = self._mailbox(request).settings
        return {
            "userPurpose": settings.purpose,
            "isFull": settings.is_full,
            "customMailTip": settings.mail_tip,
            "contacts": sorted(settings.contacts),
        }

    async def change(self, request: Request, body: SettingsBody) -> Any:
        mailbox = self._mailbox(request)
        fields = {
            "purpose": body.user_purpose,
            "is_full": body.is_full,
            "mail_tip": body.custom_mail_tip,
            "contacts": frozenset(a.lower() for a in body.contacts)
            if isinstance(body.contacts, list)
            else msgspec.UNSET,
        }
        given: dict[str, Any] = {name: v for name, v in fields.items() if v is not msgspec.UNSET}
        mailbox.configure(settings=replace(mailbox.settings, **given))
        return await self.get(request)

    async def add_rule(self, request: Request, body: ClientRuleBody) -> Any:
        mailbox = self._mailbox(request)
        made = rules.add(
            mailbox,
            name=body.display_name,
            sequence=body.sequence,
            is_enabled=body.is_enabled,
            is_read_only=True,
            is_broken=body.has_error,
        )
        return rule_json(mailbox, made)
