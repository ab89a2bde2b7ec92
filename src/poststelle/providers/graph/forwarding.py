"""Forwarding by Graph: a rule of the inbox, known by its name.

A rule takes no key of ours, and the id of one that was just made is lost with its answer. Hence the name, and
hence what is set makes the first rule of that name as it is wanted and removes any other of it.

Source: Graph v1.0, "List rules", "Create rule", "Update rule", "Delete rule", "messageRuleActions".
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from poststelle.providers.errors import RemoteConflict, RetryLater
from poststelle.providers.forwarding import ForeignForwarding, Forwarding, Forwards, Manner
from poststelle.providers.graph.client import GraphClient, segment
from poststelle.providers.graph.errors import raise_for_graph
from poststelle.providers.graph.wire import decode_page

RULE_NAME = "Poststelle: Weiterleitung / forwarding"
_ACTS_FIRST = 1  # a rule before it could end the rules
_ACTIONS = {Manner.UNCHANGED: "redirectTo", Manner.FORWARDED: "forwardTo"}
_MOST_PAGES = 20  # Exchange has room for a few hundred rules


class _Address(msgspec.Struct):
    address: str | None = None
    name: str | None = None


class _Recipient(msgspec.Struct, rename="camel"):
    email_address: _Address | None = None


_Recipients = list[_Recipient] | None


class _Actions(msgspec.Struct, rename="camel"):
    forward_to: _Recipients = None
    forward_as_attachment_to: _Recipients = None
    redirect_to: _Recipients = None
    delete: bool | None = None
    permanent_delete: bool | None = None


class _Rule(msgspec.Struct, rename="camel"):
    """Of a rule that another program keeps neither conditions nor actions are shown."""

    id: str
    display_name: str | None = None
    is_enabled: bool | None = None
    has_error: bool | None = None
    is_read_only: bool | None = None
    conditions: dict[str, Any] | None = None
    exceptions: dict[str, Any] | None = None
    actions: _Actions | None = None


class GraphForwarding:
    """The forwarding of one mailbox."""

    def __init__(self, client: GraphClient, mailbox: str) -> None:
        self._client, self._path = client, f"/{mailbox}/mailFolders/inbox/messageRules"

    async def get(self) -> Forwards:
        rules = await self._rules()
        ours = _ours(rules)
        others = [
            _foreign(rule) for rule in rules if not _is_ours(rule) and rule.is_enabled and _targets(rule)
        ]
        return Forwards(_forwarding(ours[0]) if ours else None, others)

    async def set(self, wanted: Forwarding) -> None:
        ours = _ours(await self._rules())
        kept = next((rule for rule in ours if wanted.to and not _is_partial(rule)), None)
        # Those that are to go first: mail that comes in between is sent on once or, at worst, not at all.
        for rule in ours:
            if rule is not kept:
                await self._remove(rule)
        if kept is not None:
            raise_for_graph(await self._client.send("PATCH", self._of(kept), body=_body(wanted)))
        elif wanted.to:
            raise_for_graph(await self._client.send("POST", self._path, body=_body(wanted)))

    async def _remove(self, rule: _Rule) -> None:
        """One that is gone is as good."""
        try:
            raise_for_graph(await self._client.send("DELETE", self._of(rule)))
        except RemoteConflict as error:
            if not error.is_gone:
                raise

    async def _rules(self) -> list[_Rule]:
        found: list[_Rule] = []
        target: str | None = self._path
        for _ in range(_MOST_PAGES):
            if target is None:
                return found
            page = decode_page(await self._client.get(target), _Rule)
            found += page.items
            target = page.next_link
        raise RetryLater("unreadable_answer")

    def _of(self, rule: _Rule) -> str:
        return f"{self._path}/{segment(rule.id)}"


def _is_ours(rule: _Rule) -> bool:
    return rule.display_name == RULE_NAME and not rule.is_read_only


def _ours(rules: Sequence[_Rule]) -> list[_Rule]:
    return [rule for rule in rules if _is_ours(rule)]


def _is_partial(rule: _Rule) -> bool:
    return bool(rule.conditions or rule.exceptions)


def _addresses(recipients: _Recipients) -> tuple[str, ...]:
    known = [one.email_address for one in recipients or () if one.email_address is not None]
    return tuple(one.address or one.name or "" for one in known)


def _targets(rule: _Rule) -> tuple[str, ...]:
    """Whom the rule sends mail on to, in whatever way."""
    actions = rule.actions or _Actions()
    ways = (actions.redirect_to, actions.forward_to, actions.forward_as_attachment_to)
    return tuple(dict.fromkeys(address for way in ways for address in _addresses(way)))


def _forwarding(rule: _Rule) -> Forwarding:
    actions = rule.actions or _Actions()
    return Forwarding(
        is_enabled=bool(rule.is_enabled),
        to=_targets(rule),
        keeps_copy=not (actions.delete or actions.permanent_delete),
        manner=Manner.UNCHANGED if actions.redirect_to else Manner.FORWARDED,
        is_partial=_is_partial(rule),
        is_broken=bool(rule.has_error),
    )


def _foreign(rule: _Rule) -> ForeignForwarding:
    return ForeignForwarding(rule.display_name or "", _targets(rule), _is_partial(rule))


def _body(wanted: Forwarding) -> dict[str, Any]:
    """Actions are replaced whole, and so is what somebody may have added there."""
    people = [{"emailAddress": {"address": address, "name": address}} for address in wanted.to]
    actions = {_ACTIONS[wanted.manner]: people, "stopProcessingRules": False}
    if not wanted.keeps_copy:
        actions["delete"] = True
    return {
        "displayName": RULE_NAME,
        "sequence": _ACTS_FIRST,
        "isEnabled": wanted.is_enabled,
        "actions": actions,
    }
