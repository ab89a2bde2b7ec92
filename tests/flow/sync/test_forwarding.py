"""The rule that forwards: what Outlook makes of it is seen, and what is set here holds."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.mirror import Mirror, mirrored

from poststelle.providers.forwarding import ForeignForwarding, Forwarding, Manner

pytestmark = pytest.mark.anyio

RULES = "/me/mailFolders/inbox/messageRules"
WANTED = Forwarding(is_enabled=True, to=("a@buero.example",), keeps_copy=True, manner=Manner.UNCHANGED)


@pytest.fixture
async def mirror(m365: Simulator, tmp_path: Path) -> AsyncIterator[Mirror]:
    async with mirrored(m365, m365.new_mailbox(), tmp_path) as found:
        yield found


async def outlook(mirror: Mirror, method: str, path: str = RULES, body: Any = None) -> Any:
    assert mirror.outlook
    answer = await mirror.outlook.send(method, path, body=body)
    assert answer.status < 300, answer.body
    return msgspec.json.decode(answer.body) if answer.body else None


async def rules(mirror: Mirror) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await outlook(mirror, "GET"))["value"]
    return found


def people(*addresses: str) -> list[dict[str, Any]]:
    return [{"emailAddress": {"address": address}} for address in addresses]


async def test_rules_made_in_outlook_are_told_and_left_alone(mirror: Mirror) -> None:
    """Those that send mail on and are switched on, each with whether it is for all mail."""
    for name, is_enabled, actions, conditions in (
        ("Chef", True, {"forwardAsAttachmentTo": people("chef@x.example")}, {"subjectContains": ["Eilt"]}),
        ("Aus", False, {"forwardTo": people("b@x.example")}, {}),
        ("Gelesen", True, {"markAsRead": True}, {}),
    ):
        body = {"displayName": name, "sequence": 5, "isEnabled": is_enabled, "conditions": conditions}
        await outlook(mirror, "POST", body=body | {"actions": actions})
    before = await rules(mirror)
    await mirror.remote.set_forwarding(WANTED)
    await mirror.remote.set_forwarding(WANTED)
    found = await mirror.remote.forwards()

    assert found.ours == WANTED
    assert found.others == [ForeignForwarding("Chef", ("chef@x.example",), is_partial=True)]
    assert [rule for rule in await rules(mirror) if rule["sequence"] == 5] == before
    assert len(await rules(mirror)) == 4


async def test_a_forwarding_that_somebody_has_limited_in_outlook_is_told_and_made_whole(
    mirror: Mirror,
) -> None:
    """Of several of its name, as a lost answer leaves them, one is left."""
    await mirror.remote.set_forwarding(WANTED)
    [made] = await rules(mirror)
    limited = {"conditions": {"subjectContains": ["Eilt"]}, "isEnabled": True}
    await outlook(mirror, "PATCH", f"{RULES}/{made['id']}", limited)
    await outlook(mirror, "POST", body={key: made[key] for key in ("displayName", "sequence", "actions")})
    partly = await mirror.remote.forwards()
    await mirror.remote.set_forwarding(WANTED)

    assert partly.ours and partly.ours.is_partial
    assert [rule.get("conditions") for rule in await rules(mirror)] == [None]
    assert (await mirror.remote.forwards()).ours == WANTED
    nowhere = Forwarding(is_enabled=False, to=(), keeps_copy=True, manner=Manner.UNCHANGED)
    await mirror.remote.set_forwarding(nowhere)
    assert (await rules(mirror), (await mirror.remote.forwards()).ours) == ([], None)
