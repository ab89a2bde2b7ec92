"""What of the official description is simulated: ``python -m tests.coverage`` writes the page anew.

Nothing here says what is simulated. Each operation is asked for in a small office, and the answer tells.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.contract.description import Description, Operation
from tests.contract.deviations import TOLERATED
from tests.sim.graph.harness import ANNA, by_name, office

from m365sim.graph import router
from m365sim.graph.differences import DIFFERENCES, WITHOUT_EFFECT
from m365sim.graph.http import Answer, GraphRequest, split_path
from m365sim.graph.service import GraphService
from m365sim.journal import CallRecord

PAGE = Path(__file__).resolve().parents[1] / "docs" / "m365sim" / "coverage.md"
_TOKEN = f"Bearer {ANNA.upn}|Mail.ReadWrite,Mail.Send,MailboxSettings.ReadWrite,User.ReadWrite.All|app"
_USER = "/users/{user-id}"
Key = tuple[str, str]
_HEAD = """# What of the official description is simulated

Made by asking the simulator for each operation of Microsoft's own description of Graph mail
(`openapi-mail.yaml`, v1.0): `python -m tests.coverage` writes this page anew. Every operation under `/me` is
there under `/users/{id | userPrincipalName}` as well and answers alike, unless it has a row of its own.

**simulated**: it is answered by a handler of its own. **refused**: 501 with its name; nothing is pretended.
**difference**: answered, but not as the description says; see below.

"""


def page(description: Description) -> str:
    """The page as it should be."""
    states = asyncio.run(_states(description.operations))
    parts = [_HEAD, _summary(states), "\n| operation | | |\n| --- | --- | --- |\n"]
    parts += [_row(*key, done) for key, done in sorted(states.items()) if not _is_twin(key, states)]
    parts += [_differences(), _without_effect(), _beyond(description), _tolerated()]
    return "".join(parts)


def _is_twin(key: Key, states: Mapping[Key, bool]) -> bool:
    """Whether an operation of ``/users/{user-id}`` fares like the same one of ``/me``."""
    path, method = key
    return path.startswith(_USER) and states.get((path.replace(_USER, "/me", 1), method)) == states[key]


async def _states(operations: Iterable[Operation]) -> dict[Key, bool]:
    """Whether each operation is simulated, by path and method."""
    service = GraphService(office(), by_name)
    return {(o.path, o.method): not await _is_refused(service, o.method, o.path) for o in operations}


async def _is_refused(service: GraphService, method: str, path: str) -> bool:
    """Ask for an operation; 501 with the name of its path says that it is not there.

    The ids asked for do not exist, so a route that is there says so, or misses a body.
    """
    target = re.sub(r"\{user-id\}", ANNA.id, path)
    target = re.sub(r"\{[^}]*\}", "AAMkAAAA", target)
    headers = {"authorization": _TOKEN, "content-type": "application/json"}
    request = GraphRequest(method, target, split_path(target), {}, headers, b"{}", "https://sim/v1.0")
    record = CallRecord(method, target, "", 0, 0)
    answer: Answer = await service.perform(request, service.identify(request), record)
    return answer.status == 501 and f"Not simulated: {method} /".encode() in answer.body


def _summary(states: Mapping[Key, bool]) -> str:
    done = sum(states.values())
    return f"{done} of {len(states)} operations are simulated, {len(states) - done} refused.\n"


def _row(path: str, method: str, is_simulated: bool) -> str:
    is_different = any(d.method == method and path.endswith(d.path) for d in DIFFERENCES)
    word, mark = "simulated" if is_simulated else "refused", "difference" if is_different else ""
    return f"| {method} `{path}` | {word} | {mark} |\n"


def _differences() -> str:
    head = "\n## Known differences\n\n| operation | what is different | why |\n| --- | --- | --- |\n"
    return head + "".join(f"| {d.method} `…{d.path}` | {d.what} | {d.why} |\n" for d in DIFFERENCES)


def _without_effect() -> str:
    head = (
        "\n## Headers without effect\n\n| header of a request | what happens | why |\n| --- | --- | --- |\n"
    )
    return head + "".join(f"| {h.header} | {h.what} | {h.why} |\n" for h in WITHOUT_EFFECT)


def _beyond(description: Description) -> str:
    """Routes that the description does not have."""
    head = "\n## Beyond the description\n\n| operation |\n| --- |\n"
    rows = [
        f"| {route.method} `/me/{'/'.join(route.pattern)}` |\n"
        for route in router.ROUTES
        if description.operation(route.method, "/me/" + "/".join(_plain(route.pattern))) is None
    ]
    also = [
        "| POST `/$batch` |\n",
        "| PUT, DELETE at the address of an upload session, on a host of its own |\n",
    ]
    return head + "".join(sorted(set(rows)) + also)


def _plain(pattern: tuple[str, ...]) -> list[str]:
    return ["x" if s.startswith("{") else s for s in pattern]


def _tolerated() -> str:
    head = "\n## Tolerated when answers are checked\n\nEvery answer that a test of the simulated Graph gets"
    text = f"{head} is checked against the description: status, type, body, no unknown property.\n\n"
    rows = "".join(f"| {t.where} | {t.what} | {t.why} |\n" for t in TOLERATED)
    return text + "| where | what | why |\n| --- | --- | --- |\n" + rows


if __name__ == "__main__":
    from tests.contract.description import MISSING, read_description

    found = read_description()
    assert found is not None, MISSING
    PAGE.write_text(page(found))
