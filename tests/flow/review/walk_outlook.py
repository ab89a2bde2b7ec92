"""Random walks with an Outlook that also writes: ``python -m tests.flow.review.walk_outlook --first N --walks N``.

Beside what ``tests/flow/walk`` does, others edit drafts, add, remove and work on their files, and send them.
What arrived may not have arrived twice; what was told as sent has arrived; files count for both sides.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from tests.flow.sim import running_simulator
from tests.flow.sync.mirror import truth
from tests.flow.walk.there import There
from tests.flow.walk.walk import walking
from tests.flow.walk.worker import workers

from poststelle.lib.log import set_up_logging
from poststelle.model.submission import SubmissionState
from poststelle.providers.errors import ProviderError
from poststelle.store import attachments, invariants, messages, submissions


class Outlook(There):
    sent: Counter[str]

    def deeds(self) -> Any:
        return [*super().deeds(), (3, self.edit), (3, self.files), (3, self.post)]

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        try:
            remote = await self.scene.station.open_remote(self.scene.station.account)
            client = remote._client
            mailbox = remote._mailbox
            answer = await client.send(method, f"/{mailbox}/messages{path}", body=body)
        except ProviderError as error:
            self.scene.tell(f"  outlook: {error.code}")
            return None
        self.scene.tell(f"  outlook: {answer.status}")
        try:
            return json.loads(answer.body) if answer.status < 300 and answer.body else answer.status < 300
        except ValueError:
            return None

    def _draft(self) -> tuple[str, dict[str, Any]] | None:
        _, found = self.scene.m365.control.snapshot(self.scene.address)
        drafts = sorted((id_, one) for id_, one in found.items() if one["isDraft"])
        return self.scene.chance.choice(drafts) if drafts else None

    async def edit(self) -> None:
        if found := self._draft():
            self.scene.tell(f"there: edit {found[0]} {found[1]['subject']}")
            words = f"<p>Dort geschrieben {self.scene.number()}</p>"
            await self._ask("PATCH", f"/{found[0]}", {"body": {"contentType": "html", "content": words}})

    async def files(self) -> None:
        found = self._draft()
        if found is None:
            return
        self.scene.tell(f"there: files of {found[0]} {found[1]['subject']}")
        listed = await self._ask("GET", f"/{found[0]}/attachments?$select=id,name")
        there = listed.get("value", []) if isinstance(listed, dict) else []
        if there and self.scene.chance.random() < 0.5:
            await self._ask("DELETE", f"/{found[0]}/attachments/{there[0]['id']}")
            return
        content = base64.b64encode(self.scene.chance.randbytes(300)).decode()
        name = f"Dort {self.scene.number()}.bin"
        body = {"@odata.type": "#microsoft.graph.fileAttachment", "name": name, "contentBytes": content}
        await self._ask("POST", f"/{found[0]}/attachments", body)

    async def post(self) -> None:
        if found := self._draft():
            self.scene.tell(f"there: send {found[0]} {found[1]['subject']}")
            await self._ask("POST", f"/{found[0]}/send")


async def wrong_letters(one: Any) -> list[str]:
    scene = one.scene
    ended = await scene.station.store.read(submissions.newest, scene.station.account, 10_000)
    found = [
        f"a submission has no end: {s}"
        for s in ended
        if s.state in {SubmissionState.PENDING, SubmissionState.SENDING}
    ]
    _, there = scene.m365.control.snapshot(scene.site.customer)
    arrived = Counter(m["internetMessageId"] for m in there.values())
    found += [f"{name} arrived {n} times" for name, n in arrived.items() if n > 1 + scene.copies[name]]
    for s in ended:
        name = s.internet_message_id
        if s.state is SubmissionState.FINAL and not arrived[name]:
            found.append(f"told as sent, and never arrived: {s}")
        if s.state is SubmissionState.FAILED and s.code == "gone" and arrived[name]:
            later = [o for o in ended if o.internet_message_id == name and o.state is SubmissionState.FINAL]
            if not later:
                found.append(f"told as deleted, and it arrived: {s}")
    return found


def _files_here(tx: Any, account: Any) -> dict[str, list[str] | None]:
    ids = [row["id"] for row in tx.all("list_remote_ids", account=account)]
    lists = attachments.get_many(tx, account, ids)
    held = {m.id: str(m.remote_id) for m in messages.get_many(tx, account, ids)}
    return {
        held[i]: None if one is None else sorted(a.name for a in one) for i, one in lists.items() if i in held
    }


async def wrong_files(one: Any) -> list[str]:
    scene = one.scene
    here = await scene.station.store.read(_files_here, scene.station.account)
    remote = await scene.station.open_remote(scene.station.account)
    ids = sorted(truth(scene.m365, scene.address))
    found = []
    for start in range(0, len(ids), 20):
        listed = await remote.attachments_many(ids[start : start + 20])
        for id_, files in listed.items():
            wanted = sorted(f.name for f in files or ())
            if id_ in here and (here[id_] or []) != wanted:
                found.append(f"files of {id_}: {here[id_]} here, {wanted} there")
    return found


async def walk(
    m365: Any, database: str, folder: Path, seed: int, steps: int, kill: Any
) -> tuple[str, list[str]]:
    async with walking(m365, database, folder, seed, kill) as one:
        one.there = Outlook(one.scene)

        async def nothing_wrong() -> list[str]:
            return []

        one.letters.wrong = nothing_wrong  # it counts letters as sent from here alone
        try:
            await one.go(steps)
            await one.settle()
            await one.scene.mirror.pull()
            found = await one.differences()
            found += await wrong_letters(one)
            found += await wrong_files(one)
            await one.scene.mirror.check()
        except Exception:
            found = [*await one.scene.station.store.read(invariants.check), traceback.format_exc()]
        return await one.figures(), [*one.told[-400:], *found, *await one.state()] if found else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--walks", type=int, default=1)
    parser.add_argument("--steps", type=int, default=400)
    wanted = parser.parse_args()
    set_up_logging(as_json=True, level="error")
    wrong = 0
    with (
        tempfile.TemporaryDirectory() as name,
        running_simulator(Path(name) / "m365") as m365,
        workers() as kill,
    ):
        for seed in range(wanted.first, wanted.first + wanted.walks):
            place, begun = Path(name) / f"walk-{seed}", time.monotonic()
            place.mkdir()
            database = f"sqlite:///{place / 'w.db'}"
            figures, found = asyncio.run(walk(m365, database, place, seed, wanted.steps, kill))
            wrong += bool(found)
            print(
                f"seed {seed}: {'WRONG' if found else 'equal'} in {time.monotonic() - begun:.0f} s; {figures}",
                flush=True,
            )
            print("\n".join(found), file=sys.stderr, flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
