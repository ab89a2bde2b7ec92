"""What people here write and send, and what must have arrived in the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from tests.flow.sending.outbox import written
from tests.flow.sync.mirror import USER
from tests.flow.walk.fates import Fates
from tests.flow.walk.outlook import content_id_of
from tests.flow.walk.scene import BEGUN_THERE, OURS, Deed, Letter, Scene, letter_there

from poststelle.lib.ids import new_key
from poststelle.mail import drafts, organise
from poststelle.model.draft import Octets, WrittenMessage, WrittenPart
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, SubmissionId
from poststelle.model.message import Body, Message
from poststelle.model.submission import Submission, SubmissionState
from poststelle.store import bodies, folders, messages, submissions
from poststelle.store.tx import ReadTx, Tx
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


def may_be_sent(subject: str) -> bool:
    """The same, or what was begun in Outlook, which may be sent from here: also as an answer to whatever."""
    bare = _MARKS.sub("", subject)
    return bare != subject or bare.startswith(BEGUN_THERE) or comes_of_a_letter(subject)


@dataclass
class Letters:
    """``sent`` are the submissions that were taken: none may vanish but those ``forgotten``.

    ``told_wrong``: those of which nobody is said to know what became of them, though a copy lay there.
    """

    scene: Scene
    fates: Fates
    sent: set[SubmissionId] = field(default_factory=set)
    forgotten: set[SubmissionId] = field(default_factory=set)
    told_wrong: list[str] = field(default_factory=list)
    _ended: set[SubmissionId] = field(default_factory=set)
    _about: dict[SubmissionId, Letter] = field(default_factory=dict)
    _vague: Counter[str] = field(default_factory=Counter)
    """What went, nobody saw with which subject and to whom, by the Message-ID."""

    def deeds(self) -> list[tuple[int, Deed]]:
        """Each with its weight."""
        return [
            (3, self.write), (2, self.write_and_send), (3, self.send), (1, self.rewrite), (2, self.undo),
            (1, self.forget),
        ]  # fmt: skip

    async def write(self) -> None:
        await self._write()

    async def write_and_send(self) -> None:
        message = await self._write()
        if message is not None:
            await self._send(message, self._wait_s())

    async def post(self) -> None:
        """Written, and to go with the next look of whoever sends."""
        message = await self._write()
        if message is not None:
            await self._send(message, 0)

    async def write_to_keep(self) -> str | None:
        """A draft that nobody sends or removes; its subject, if it was taken."""
        subject = f"{OURS} geschrieben {self.scene.number()}"
        return subject if await self.scene.do(_write, await self._words(subject), new_key()) else None

    async def send(self) -> None:
        """One of the drafts, whoever began it; after ten seconds, at once, or in some hours."""
        await self.send_in(self._wait_s())

    async def send_in(self, wait_s: float | None) -> None:
        """One of the drafts, in so long; None: after the usual ten seconds."""
        message = await self._draft()
        if message is not None:
            await self._send(message, wait_s)

    async def rewrite(self) -> None:
        """As a page saves a draft again: a new message in place of the old one."""
        before = await self._draft()
        if before is not None:
            subject = before.subject if comes_of_a_letter(before.subject) else self._new_subject()
            await self.scene.do(_rewrite, before, await self._words(subject), new_key())

    async def undo(self) -> None:
        scene = self.scene
        found = await scene.station.store.read(submissions.newest, scene.station.account, 10_000)
        held = sorted(one.id for one in found if one.state in _OPEN)
        if held:
            await scene.do(submit.cancel, scene.chance.choice(held))

    async def forget(self) -> None:
        """As programs do that want no list of what has been sent."""
        scene = self.scene
        found = await scene.station.store.read(submissions.newest, scene.station.account, 10_000)
        ended = sorted(one.id for one in found if one.state not in _OPEN)
        if ended and await scene.do(submit.forget, one := scene.chance.choice(ended)):
            self.forgotten.add(one)

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
        found = [m for m in found if not m.subject.startswith(OURS)]
        return self.scene.chance.choice(found) if found else None

    def _wait_s(self) -> float | None:
        return self.scene.chance.choice((None, None, 0, 0, 60, 3 * 3600))

    async def _send(self, message: Message, wait_s: float | None) -> None:
        scene = self.scene
        known = await scene.station.store.read(identities.known, USER, scene.station.account)
        if not known:
            return
        at = None if wait_s is None else scene.clock.now() + timedelta(seconds=wait_s)
        is_kept = scene.chance.random() < 0.7
        wanted = Wanted(message.id, known[0].id, None, at, None, is_kept)
        taken: Submission | None = await scene.do(submit.submit, wanted, new_key())
        if taken is not None:
            self.sent.add(taken.id)
            self.fates.asked[taken.id] = str(message.remote_id)

    # -- in the end -------------------------------------------------------------------------------

    async def are_open(self) -> bool:
        """Whether something waits to be sent, or is being sent."""
        found = await self.scene.station.store.read(submissions.newest, self.scene.station.account, 10_000)
        return any(one.state in _OPEN for one in found)

    async def look(self) -> None:
        """See what the submissions are about, while that is there.

        Of what is told to be gone or unknown just now no copy lies there: else its fate could be known. One
        with other words than the draft had here is another matter: it may be a letter that was made of it.
        """
        scene = self.scene
        store, account = scene.station.store, scene.station.account
        every = await store.read(submissions.newest, account, 10_000)
        await self.fates.look(every)
        fresh = [one for one in every if one.id not in self._ended]
        about = await store.read(_letters, account, fresh)
        self._about |= about
        self._ended.update(one.id for one in fresh if one.state not in _OPEN)
        self._vague.update(
            one.internet_message_id
            for one in fresh
            if one.state is SubmissionState.FINAL and one.id not in about
        )
        if lost := [one for one in fresh if one.code in {"gone", "unknown"}]:
            self._look_at_lost(lost, every, await store.read(_texts, account, lost))

    def _look_at_lost(
        self, lost: Sequence[Submission], every: Sequence[Submission], texts: Mapping[SubmissionId, str]
    ) -> None:
        scene = self.scene
        folders_there, found = scene.m365.control.snapshot(scene.address)
        inbox = next(one["id"] for one in folders_there if one["wellKnownName"] == "inbox")
        gone = [one for one in found.values() if not one["isDraft"] and one["folderId"] != inbox]
        again = {one.internet_message_id: one.id for one in sorted(every, key=lambda one: one.id)}
        for one in lost:
            is_vague = one.code == "unknown" and one.is_unasked
            same = [line for line in gone if not is_vague or line["bodySha256"] == texts.get(one.id)]
            names, letters = (
                {line["internetMessageId"] for line in same},
                {letter_there(line) for line in same},
            )
            name, letter = one.internet_message_id, self._about.get(one.id)
            is_there = name in names and name not in scene.copied
            is_there |= letter in letters and not scene.copies[letter] if letter else False
            if is_there and again[name] == one.id:
                self.told_wrong.append(f"told as {one.code}, and its copy lies there: {one}")

    async def wrong(self, sent_there: Mapping[Letter, int]) -> list[str]:
        """What did not arrive exactly once though it was sent, or arrived though it was not.

        ``sent_there``: how often others have sent it. Where two letters say the same, one is not told from
        the other.
        """
        scene = self.scene
        held = await scene.station.store.read(submissions.newest, scene.station.account, 10_000)
        kept, ended = {one.id for one in held} | self.forgotten, self.fates.known()
        found = [f"a submission has vanished: {id_}" for id_ in self.sent - kept]
        found += [f"a submission has no end: {one}" for one in ended if one.state in _OPEN]
        arrived: Counter[Letter] = Counter()
        for somebody in (scene.site.customer, scene.site.deputy):
            _, there = scene.m365.control.snapshot(somebody)
            arrived |= Counter(letter_there(one) for one in there.values())
        arrived_so: Counter[str] = Counter()
        for letter, times in arrived.items():
            arrived_so[letter[0]] += times
        letters = self._about | self.fates.went()
        known = [(letters[one.id], one) for one in ended if one.id in letters]
        final = Counter(letter for letter, one in known if one.state is SubmissionState.FINAL)
        unknown = Counter(letter for letter, one in known if one.code == "unknown")
        for letter in arrived.keys() | final.keys() | sent_there.keys():
            theirs = sent_there.get(letter, 0)
            otherwise = _otherwise(letter[0], arrived, sent_there, final)
            ours, vague = arrived[letter] - theirs, self._vague[letter[0]] + otherwise
            least = min(final[letter], 1) if scene.copies[letter] else final[letter]
            is_told = (
                0 <= ours <= final[letter] + unknown[letter] + vague and least <= arrived[letter] + vague
            )
            most = 1 + scene.copied[letter[0]] + scene.lost[letter[0]]
            if not is_told or arrived_so[letter[0]] > most:
                about = [one for one in ended if one.internet_message_id == letter[0]]
                told = f"was sent {final[letter]} times, there {theirs} times"
                found.append(f"{letter} arrived {arrived[letter]} times, {told}: {about}")
        return [*found, *self.told_wrong]


def _otherwise(
    name: str, arrived: Counter[Letter], sent_there: Mapping[Letter, int], final: Counter[Letter]
) -> int:
    """How many letters of this Message-ID went with other words than were known here.

    Somebody has changed the draft just before, and nobody here has seen the copy: as many have arrived that
    nobody seems to have sent as were sent and seem not to have arrived.
    """
    letters = {one for one in (*arrived, *sent_there, *final) if one[0] == name}
    surplus = [arrived[one] - sent_there.get(one, 0) - final[one] for one in letters]
    return min(sum(n for n in surplus if n > 0), -sum(n for n in surplus if n < 0))


def _letters(tx: ReadTx, account: AccountId, about: Sequence[Submission]) -> dict[SubmissionId, Letter]:
    """What those submissions are about whose messages are there."""
    found = {}
    for one in about:
        message = messages.even_hidden(tx, account, one.message_id)
        if message is not None:
            people = frozenset(person.email for person in message.to)
            found[one.id] = one.internet_message_id, message.subject, people
    return found


def _texts(tx: ReadTx, account: AccountId, lost: Sequence[Submission]) -> dict[SubmissionId, str]:
    """Digests of what their drafts say here."""
    held = bodies.get_many(tx, account, [one.message_id for one in lost])
    return {
        one.id: sha256(held[one.message_id].content.encode()).hexdigest()
        for one in lost
        if one.message_id in held
    }


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
