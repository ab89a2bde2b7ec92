"""What people here write and send, and what must have arrived in the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from tests.flow.sending.outbox import written
from tests.flow.sync.mirror import USER
from tests.flow.walk.outlook import content_id_of
from tests.flow.walk.scene import Deed, Scene

from poststelle.lib.ids import new_key
from poststelle.mail import drafts, organise
from poststelle.model.draft import Octets, WrittenMessage, WrittenPart
from poststelle.model.folder import Role
from poststelle.model.ids import SubmissionId
from poststelle.model.message import Body, Message
from poststelle.model.submission import Submission, SubmissionState
from poststelle.store import folders, submissions
from poststelle.store.tx import Tx
from poststelle.submission import identities, submit
from poststelle.submission.submit import Wanted

_SMALL, _LARGE = 2_000, 3_200_000  # octets: along with the draft; from 3 MB on in an upload session
_SUBJECT = "Brief"
_MARKS = re.compile(r"^(?:(?:Unzustellbar|Undeliverable|AW|RE): )*")
_PICTURE = "Bild.png"
_CID = content_id_of(_PICTURE)
_OPEN = {SubmissionState.PENDING, SubmissionState.SENDING}


def comes_of_a_letter(subject: str) -> bool:
    """Whether a message is one of the letters, a copy or an answer of one, or the report on one."""
    return _MARKS.sub("", subject).startswith(f"{_SUBJECT} ")


@dataclass
class Letters:
    """``sent`` are the submissions that were taken: none of them may vanish.

    ``told_wrong``: those of which nobody is said to know what became of them, though a copy lay there.
    """

    scene: Scene
    sent: set[SubmissionId] = field(default_factory=set)
    told_wrong: list[str] = field(default_factory=list)
    _ended: set[SubmissionId] = field(default_factory=set)

    def deeds(self) -> list[tuple[int, Deed]]:
        """Each with its weight."""
        return [(3, self.write), (2, self.write_and_send), (3, self.send), (1, self.rewrite), (2, self.undo)]

    async def write(self) -> None:
        await self._write()

    async def write_and_send(self) -> None:
        message = await self._write()
        if message is not None:
            await self._send(message)

    async def send(self) -> None:
        """One of the drafts, whoever began it; after ten seconds, at once, or in some hours."""
        message = await self._draft()
        if message is not None:
            await self._send(message)

    async def rewrite(self) -> None:
        """As a page saves a draft again: a new message in place of the old one."""
        before = await self._draft()
        if before is not None:
            subject = before.subject if comes_of_a_letter(before.subject) else self._new_subject()
            await self.scene.do(_rewrite, before, await self._words(subject), new_key())

    async def undo(self) -> None:
        scene = self.scene
        found = await scene.station.store.read(submissions.newest, scene.station.account, 10_000)
        held = sorted(one.id for one in found if one.state is SubmissionState.PENDING)
        if held:
            await scene.do(submit.cancel, scene.chance.choice(held))

    async def _write(self) -> Message | None:
        words = await self._words(self._new_subject())
        made: Message | None = await self.scene.do(_write, words, new_key())
        return made

    def _new_subject(self) -> str:
        return f"{_SUBJECT} {self.scene.number()}"

    async def _words(self, subject: str) -> WrittenMessage:
        scene, chance = self.scene, self.scene.chance
        to = [scene.site.customer]
        if chance.random() < 0.1:
            to.append(f"niemand-{scene.site.customer}")
        files = []
        if chance.random() < 0.35:
            files = [await self._file(n) for n in range(chance.randint(1, 2))]
        text = f"<p>{subject}</p>"
        if chance.random() < 0.15:
            shown = {"name": _PICTURE, "content_type": "image/png", "content_id": _CID, "is_inline": True}
            files.append(replace(await self._file(0), **shown))
            text += f"<img src='cid:{_CID}'>"
        body = Body("text/html", text)
        domain = scene.address.rpartition("@")[2]
        named = f"brief-{chance.randbytes(8).hex()}@{domain}" if chance.random() < 0.5 else None
        answered = None
        if chance.random() < 0.3 and (known := await scene.messages_here()):
            answered = chance.choice(known).internet_message_id
        names = (answered.strip("<>"),) if answered else ()
        said = {"subject": subject, "body": body, "message_id": named, "in_reply_to": names}
        return written(scene.address, to, files, **said)

    async def _file(self, number: int) -> WrittenPart:
        size = _LARGE if self.scene.chance.random() < 0.1 else _SMALL

        async def once() -> AsyncIterator[bytes]:
            yield self.scene.chance.randbytes(16) * (size // 16)

        stored = await self.scene.station.blobs.put(once())
        octets = Octets(stored.sha256, stored.size)
        return WrittenPart(octets, f"Liste {number}.bin", "application/octet-stream", None, False)

    async def _draft(self) -> Message | None:
        found = [m for m in await self.scene.messages_here() if m.mutable.is_draft]
        return self.scene.chance.choice(found) if found else None

    async def _send(self, message: Message) -> None:
        scene = self.scene
        known = await scene.station.store.read(identities.known, USER, scene.station.account)
        if not known:
            return
        wait_s = scene.chance.choice((None, None, 0, 0, 60, 3 * 3600))
        at = None if wait_s is None else scene.clock.now() + timedelta(seconds=wait_s)
        wanted = Wanted(message.id, known[0].id, None, at, None)
        taken: Submission | None = await scene.do(submit.submit, wanted, new_key())
        if taken is not None:
            self.sent.add(taken.id)

    # -- in the end -------------------------------------------------------------------------------

    async def are_open(self) -> bool:
        """Whether something waits to be sent, or is being sent."""
        found = await self.scene.station.store.read(submissions.newest, self.scene.station.account, 10_000)
        return any(one.state in _OPEN for one in found)

    async def look_at_lost(self) -> None:
        """Of what is told to be gone or unknown just now no copy lies there: else its fate could be known.

        A copy that somebody has made of a draft is not told from it when it is sent.
        """
        scene = self.scene
        every = await scene.station.store.read(submissions.newest, scene.station.account, 10_000)
        lost = [one for one in every if one.code in {"gone", "unknown"} and one.id not in self._ended]
        if not lost:
            return
        self._ended.update(one.id for one in lost)
        folders_there, found = scene.m365.control.snapshot(scene.address)
        inbox = next(one["id"] for one in folders_there if one["wellKnownName"] == "inbox")
        sent = {
            one["internetMessageId"]
            for one in found.values()
            if not one["isDraft"] and one["folderId"] != inbox
        }
        again = {one.internet_message_id: one.id for one in sorted(every, key=lambda one: one.id)}
        self.told_wrong += [
            f"told as {one.code}, and its copy lies there: {one}"
            for one in lost
            if (name := one.internet_message_id) in sent and not scene.copies[name] and again[name] == one.id
        ]

    async def wrong(self, sent_there: Mapping[str, int]) -> list[str]:
        """What did not arrive exactly once though it was sent, or arrived though it was not.

        ``sent_there``: how often others have sent it, by Message-ID.
        """
        scene = self.scene
        ended = await scene.station.store.read(submissions.newest, scene.station.account, 10_000)
        found = [f"a submission has vanished: {id_}" for id_ in self.sent - {one.id for one in ended}]
        found += [f"a submission has no end: {one}" for one in ended if one.state in _OPEN]
        _, there = scene.m365.control.snapshot(scene.site.customer)
        arrived = Counter(one["internetMessageId"] for one in there.values())
        final = Counter(one.internet_message_id for one in ended if one.state is SubmissionState.FINAL)
        unknown = Counter(one.internet_message_id for one in ended if one.code == "unknown")
        for name in arrived.keys() | final.keys() | sent_there.keys():
            theirs = sent_there.get(name, 0)
            ours = arrived[name] - theirs
            least = min(final[name], 1) if scene.copies[name] else final[name]  # a copy is not told from it
            is_told = 0 <= ours <= final[name] + unknown[name] and least <= arrived[name]
            if not is_told or arrived[name] > 1 + scene.copies[name]:
                about = [one for one in ended if one.internet_message_id == name]
                told = f"was sent {final[name]} times, there {theirs} times"
                found.append(f"{name} arrived {arrived[name]} times, {told}: {about}")
        return [*found, *self.told_wrong]


def _write(tx: Tx, user: Any, account: Any, words: WrittenMessage, key: str, now: Any) -> Message | None:
    folder = folders.by_role(tx, account, Role.DRAFTS)
    if folder is None:
        return None
    return drafts.create(tx, user, account, folder.id, words, drafts.preview_of(words), key, now)


def _rewrite(
    tx: Tx, user: Any, account: Any, before: Message, words: WrittenMessage, key: str, now: Any
) -> Message | None:
    organise.destroy(tx, user, account, before.id, now)
    return _write(tx, user, account, words, key, now)
