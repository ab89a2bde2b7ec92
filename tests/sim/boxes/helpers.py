"""What tests of mailboxes do again and again."""

from __future__ import annotations

from typing import Any

from tests.sim.graph.harness import GraphCaller, Reply

from m365sim.world import Mailbox
from m365sim.world.content import Content

RULES = "/me/mailFolders/inbox/messageRules"


def contents(mailbox: Mailbox, folder: str = "inbox") -> list[Content]:
    """What lies in a well-known folder, newest first."""
    return [m.source.load() for m in mailbox.newest(mailbox.named[folder])]


def subjects(mailbox: Mailbox, folder: str = "inbox") -> list[str]:
    """The subjects of what lies there, in alphabetical order."""
    return sorted(c.subject for c in contents(mailbox, folder))


def headers_of(content: Content) -> dict[str, str]:
    """The headers by their names in lower case, the first of each name."""
    return {name.lower(): value for name, value in reversed(content.headers)}


def change(graph: GraphCaller, **settings: Any) -> Reply:
    """PATCH mailboxSettings."""
    return graph.call("PATCH", "/me/mailboxSettings", settings)


def rule(graph: GraphCaller, conditions: dict[str, Any] | None = None, **actions: Any) -> dict[str, Any]:
    """Make a rule; the service's answer."""
    body = {"displayName": "A rule", "sequence": 1, "conditions": conditions or {}, "actions": actions}
    reply = graph.call("POST", RULES, body)
    assert reply.status == 201, reply.body
    made: dict[str, Any] = reply.json
    return made
