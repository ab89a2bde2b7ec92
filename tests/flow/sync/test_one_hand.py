"""One person alone, and a network that loses answers: in the end all is as it was on screen.

Random changes of messages and folders, and rounds of the loops in between, in any order; then quiet.
What was shown before the quiet is what both sides show after it.
"""

import random
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, Mirror, folder_truth, mirrored, truth

from poststelle.mail import folders as use
from poststelle.mail import organise
from poststelle.mail.organise import Marks
from poststelle.model.errors import UseCaseError
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, RemoteId
from poststelle.model.message import Importance, Message
from poststelle.store import folders, messages
from poststelle.store.tx import ReadTx

pytestmark = pytest.mark.anyio
STEPS = 70
LOST = (
    ("POST", "*/$batch"),
    ("POST", "*/mailFolders*"),
    ("PATCH", "*/mailFolders*"),
    ("POST", "*/mailFolders*/move"),
    ("POST", "*/move"),
    ("PATCH", "*/messages*"),
    ("POST", "*/permanentDelete"),
)
OWN = "Ordner"


@dataclass
class Hand:
    """The person, the loops, and what goes wrong, each by chance."""

    mirror: Mirror
    clock: SetClock
    simulator: Simulator
    chance: random.Random
    ids: list[str]
    made: int = 0
    story: list[str] = field(default_factory=list)

    async def step(self) -> None:
        deeds = [self.mark, self.move, self.destroy, self.folder] * 2
        await self.chance.choice(
            [*deeds, self.lose, self.lose, self.busy, self.drain, self.pull, self.wait]
        )()

    async def mark(self) -> None:
        if message := await self._message():
            marks = self.chance.choice(
                [
                    Marks(importance=self.chance.choice(list(Importance))),
                    Marks(categories=tuple(self.chance.sample(["Rot", "Blau"], self.chance.randint(0, 2)))),
                    Marks(is_other=self.chance.random() < 0.5),
                ]
            )
            keyword = {self.chance.choice(["$seen", "$flagged"]): self.chance.random() < 0.5}
            await self._do(organise.set_keywords, message.id, keyword)
            await self._do(organise.set_marks, message.id, marks)

    async def move(self) -> None:
        message = await self._message()
        places = [f for f in await self._folders() if f.role is not None or f.name.startswith(OWN)]
        if message and places:
            await self._do(organise.move, message.id, self.chance.choice(places).id)

    async def destroy(self) -> None:
        message = await self._message()
        if message and self.chance.random() < 0.2:
            await self._do(organise.destroy, message.id)

    async def folder(self) -> None:
        mine = [f for f in await self._folders() if f.name.startswith(OWN)]
        what = self.chance.choice(["create", "rename", "move", "destroy"])
        if what == "create" or not mine:
            await self._do(use.create, self._name(), self._above(mine))
            return
        folder = self.chance.choice(mine)
        match what:
            case "rename":
                await self._do(use.change, folder.id, name=self._name())
            case "move":
                others = [f for f in mine if f.id != folder.id]
                named = self.chance.choice([{}, {"name": f"{OWN} {self.chance.choice('AB')}"}])  # or taken
                await self._do(use.change, folder.id, parent=self._above(others), **named)
            case _:
                await self._do(use.destroy, folder.id, with_messages=False)

    async def lose(self) -> None:
        place = self.chance.choice(LOST)
        self.story.append(f"lose {place}")
        self.simulator.control.fail_next(*place, kind=self.chance.choice(["lost", "reset"]))

    async def busy(self) -> None:
        place, status, code = self.chance.choice(
            [
                (("POST", "*/$batch"), 503, "ErrorServerBusy"),
                (("PATCH", "*/messages*"), 412, "ErrorIrresolvableConflict"),
                (("PATCH", "*/mailFolders*"), 409, "ErrorIrresolvableConflict"),
            ]
        )
        self.simulator.control.fail_next(*place, status=status, code=code)

    async def drain(self) -> None:
        self.story.append("drain")
        await self.mirror.drain.run_due()

    async def pull(self) -> None:
        self.story.append("pull")
        await self.mirror.pull()

    async def wait(self) -> None:
        self.clock.advance(self.chance.choice([1, 30, 400]))

    def _name(self) -> str:
        self.made += 1
        return f"{OWN} {self.made}"

    def _above(self, some: list[Folder]) -> Any:
        return self.chance.choice([None, *(folder.id for folder in some)])

    async def _do(self, deed: Any, *args: Any, **options: Any) -> None:
        """What the rules refuse is no change."""
        self.story.append(f"{deed.__name__} {args} {options}")
        now = self.clock.now()
        call = partial(deed, now=now, **options)
        try:
            await self.mirror.store.write(call, USER, self.mirror.account, *args)
        except UseCaseError as error:
            self.story.append(f"  refused: {error.code}")

    async def _message(self) -> Message | None:
        found = await self.mirror.store.read(_visible, self.mirror.account, self.ids)
        return self.chance.choice(found) if found else None

    async def _folders(self) -> list[Folder]:
        return await self.mirror.store.read(_shown, self.mirror.account)


def _visible(tx: ReadTx, account: AccountId, ids: list[str]) -> list[Message]:
    found = messages.by_remote(tx, account, map(RemoteId, ids))
    return sorted((m for m in found.values() if m.folder_ids), key=lambda m: m.subject)


def _shown(tx: ReadTx, account: AccountId) -> list[Folder]:
    shown = set(folders.shown(tx, account).values())
    return [folder for folder in folders.list_all(tx, account) if folder.id in shown]


@pytest.mark.parametrize("seed", range(8))
async def test_what_one_person_does_comes_about(m365: Simulator, tmp_path: Path, seed: int) -> None:
    """Both sides end as the screen was, without a notice, and nothing waits."""
    address, clock = m365.new_mailbox(), SetClock()
    ids = m365.control.receive_many(address, [{"subject": f"A{n}"} for n in range(5)])
    async with mirrored(m365, address, tmp_path, clock) as mirror:
        await mirror.pull()
        hand = Hand(mirror, clock, m365, random.Random(seed), ids)
        for _ in range(STEPS):
            await hand.step()
        m365.control.clear_faults()
        seen, paths = await mirror.local(), await mirror.folder_paths()
        for _ in range(10):
            clock.advance(900)
            await mirror.drain.run_due()
            await mirror.pull()

        assert await mirror.notices() == [], hand.story
        assert (truth(m365, address), folder_truth(m365, address)) == (seen, paths), hand.story
        assert (await mirror.local(), await mirror.folder_paths()) == (seen, paths), hand.story
        assert await mirror.pending() == 0
        await mirror.check()
