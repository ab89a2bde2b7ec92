"""Copies that people make in Outlook of what waits to be sent from here, and send themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.flow.walk.letters import Letters
from tests.flow.walk.outlook import Held, Outlook
from tests.flow.walk.scene import Deed, Scene

from poststelle.model.submission import Submission, SubmissionState
from poststelle.store import messages, submissions
from poststelle.store.tx import ReadTx

_SOON_S = 120
_FAULTS: tuple[dict[str, Any], ...] = ({"kind": "lost"}, {"status": 503, "code": "ErrorServerBusy"})


@dataclass
class Copies:
    """``sent``: the ids that the copies had as drafts. Nobody moves or removes what has their subjects."""

    scene: Scene
    outlook: Outlook
    letters: Letters
    sent: set[str] = field(default_factory=set)

    def deeds(self) -> list[tuple[int, Deed]]:
        """Each with its weight."""
        return [(2, self.send_early), (2, self.send_around)]

    async def send_early(self) -> None:
        """Hours before ours goes, or in the seconds for which it is held."""
        if waiting := await self._waiting():
            _, draft = self.scene.chance.choice(waiting)
            self._send(self._made(draft))
            if self.scene.chance.random() < 0.5:
                await self.scene.mirror.pull()

    async def send_around(self) -> None:
        """Within the minute around the time when ours goes, whose own copy may be seen later."""
        found, scene = await self._soon(), self.scene
        if found is None:
            return
        submission, draft = found
        self._choose_weather()
        copy = self._made(draft)
        before_s = scene.chance.choice((45, 20, 5, 1, None))
        if before_s is not None:
            self._pass_time_until(submission, before_s)
            self._send(copy)
            if scene.chance.random() < 0.5:
                await scene.mirror.pull()
        self._pass_time_until(submission, -1)
        await self._have_sent()
        if before_s is None:
            self._send(copy)
        if scene.chance.random() < 0.1:
            self.outlook.delete(draft[0])
        await self._have_sent()

    async def _have_sent(self) -> None:
        """The sender has its turns, and perhaps somebody looks what is there by now."""
        scene = self.scene
        for _ in range(scene.chance.choice((1, 2, 4))):
            await scene.station.sender.run_due()
            await self.letters.look()
            scene.pass_time(1)
        if scene.chance.random() < 0.3:
            await scene.mirror.pull()

    def _choose_weather(self) -> None:
        """How sent copies behave, and sometimes a request to send that is not answered."""
        chance, control = self.scene.chance, self.scene.m365.control
        weather = {"sentIds": chance.choice(("new", "kept")), "sentCopyDelayS": chance.choice((0, 0, 3, 10))}
        self.scene.tell(f"weather of sending: {weather}")
        control.set_behaviour(**weather)
        if chance.random() < 0.3:
            fault = chance.choice(_FAULTS)
            self.scene.tell(f"trouble of sending: {fault}")
            control.fail_next("POST", "*/send", **fault)

    def _pass_time_until(self, submission: Submission, before_s: float) -> None:
        left_s = (submission.send_at - self.scene.clock.now()).total_seconds() - before_s
        if left_s > 0:
            self.scene.pass_time(left_s)

    # -- the copies -------------------------------------------------------------------------------

    def _made(self, draft: Held) -> Held | None:
        """A copy as it is, or to other people, under another subject, or both."""
        scene, (id_, line) = self.scene, draft
        site, subject = scene.site, f"{line['subject']} {scene.number()}"
        said = scene.chance.choice(
            (
                {}, {}, {"to": [site.deputy]}, {"to": [site.customer, site.deputy]}, {"subject": subject},
                {"subject": subject, "to": [site.customer, site.deputy]},
            )
        )  # fmt: skip
        return self.outlook.copy_of(id_, line, "drafts", **said)

    def _send(self, copy: Held | None) -> None:
        if copy is not None and self.outlook.send_one(*copy):
            self.sent.add(copy[0])
            self.scene.spared.add(copy[1]["subject"])

    # -- what waits -------------------------------------------------------------------------------

    async def _waiting(self) -> list[tuple[Submission, Held]]:
        """What waits to be sent from here, each with its draft at Microsoft, which is there."""
        scene = self.scene
        found = await scene.station.store.read(_waiting, scene.station.account)
        _, there = scene.m365.control.snapshot(scene.address)
        return [(one, (id_, there[id_])) for one, id_ in found if id_ in there and there[id_]["isDraft"]]

    async def _soon(self) -> tuple[Submission, Held] | None:
        """One that goes in two minutes at the latest; somebody sends one if there is none."""
        scene, soon = self.scene, self._of_soon(await self._waiting())
        if not soon and scene.chance.random() < 0.5:
            await self.letters.send_in(60)
            await self.letters.look()
            soon = self._of_soon(await self._waiting())
        return scene.chance.choice(soon) if soon else None

    def _of_soon(self, waiting: list[tuple[Submission, Held]]) -> list[tuple[Submission, Held]]:
        now = self.scene.clock.now()
        return [found for found in waiting if (found[0].send_at - now).total_seconds() < _SOON_S]


def _waiting(tx: ReadTx, account: Any) -> list[tuple[Submission, str]]:
    waiting = [one for one in submissions.newest(tx, account, 10_000) if one.state is SubmissionState.PENDING]
    found = messages.get_many(tx, account, [one.message_id for one in waiting])
    remote_ids = {message.id: str(message.remote_id) for message in found}
    return [(one, remote_ids[one.message_id]) for one in waiting if one.message_id in remote_ids]
