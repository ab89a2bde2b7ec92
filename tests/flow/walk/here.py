"""What people here do to messages and folders, and what they may rely on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.flow.sync.mirror import USER
from tests.flow.walk.scene import OURS, Deed, Scene
from tests.flow.walk.there import CATEGORIES

from poststelle.mail import folders as folder_use
from poststelle.mail import organise, queue
from poststelle.mail.known_folders import Most
from poststelle.mail.organise import Marks
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, MessageId, UserId
from poststelle.model.message import FLAGGED, SEEN, Importance
from poststelle.store import folders
from poststelle.store.tx import Tx

_QUIET_PLACES = (Role.INBOX, Role.ARCHIVE, Role.JUNK)


@dataclass
class Here:
    """``kept`` is what was set in messages that nobody else changes: by subject, in the snapshot's words."""

    scene: Scene
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    def deeds(self) -> list[tuple[int, Deed]]:
        """Each with its weight."""
        return [
            (6, self.mark), (5, self.move), (1, self.copy), (2, self.destroy), (4, self.folder),
            (1, self.empty), (1, self.queue),
        ]  # fmt: skip

    async def mark(self) -> None:
        message = await self.scene.one_here()
        if message is not None:
            await self._mark(message)

    async def move(self) -> None:
        message, folder = await self.scene.one_here(), await self.scene.folder_here()
        if message is not None and folder is not None:
            await self.scene.do(organise.move, message, folder)

    async def copy(self) -> None:
        message, folder = await self.scene.some_here(), await self.scene.folder_here()
        if message is not None and folder is not None and await self.scene.do(_copy, message.id, folder):
            people = frozenset(person.email for person in message.to)
            self.scene.note_copy((message.internet_message_id or "", message.subject, people))

    async def destroy(self) -> None:
        message = await self.scene.one_here()
        if message is not None:
            await self.scene.do(organise.destroy, message)

    async def folder(self) -> None:
        scene = self.scene
        own = [f.id for f in await scene.folders_here() if f.role is None]
        name = f"Hier {scene.number()}"
        what = scene.chance.choice(("create", "create", "rename", "move", "destroy", "destroy"))
        if what == "create" or not own:
            parent = scene.chance.choice(own) if own and scene.chance.random() < 0.4 else None
            await scene.do(folder_use.create, name, parent)
        elif what == "rename":
            await scene.do(folder_use.change, scene.chance.choice(own), name=name)
        elif what == "move":
            trash = await scene.station.store.read(folders.by_role, scene.station.account, Role.TRASH)
            places = [None, *own, trash.id if trash else None]
            await scene.do(folder_use.change, scene.chance.choice(own), parent=scene.chance.choice(places))
        else:
            is_full_too = scene.chance.random() < 0.7
            deed = scene.chance.choice((folder_use.destroy, folder_use.destroy, _begin_to_destroy))
            await scene.do(deed, scene.chance.choice(own), with_messages=is_full_too)

    async def empty(self) -> None:
        scene = self.scene
        folder = await scene.station.store.read(folders.by_role, scene.station.account, Role.TRASH)
        if folder is not None:
            await scene.do(folder_use.empty, folder.id)

    async def queue(self) -> None:
        scene = self.scene
        found = await scene.station.store.read(queue.list_waiting, USER, scene.station.account)
        waiting = [op for op in found.waiting if not op.subject.startswith(OURS)]
        if waiting:
            op = scene.chance.choice(waiting)
            await scene.do(scene.chance.choice((queue.send_now, queue.give_up)), op.id)

    async def _mark(self, message: MessageId) -> dict[str, Any]:
        """Set some marks; what they are in the snapshot's words, nothing if that was refused."""
        scene, chance = self.scene, self.scene.chance
        if chance.random() < 0.6:
            keyword, value = chance.choice((SEEN, FLAGGED)), chance.random() < 0.5
            said: dict[str, Any] = {"is_read" if keyword == SEEN else "is_flagged": value}
            done = await scene.do(_set_keywords, message, {keyword: value})
        else:
            categories = tuple(chance.sample(CATEGORIES, chance.randint(0, 2)))
            importance = chance.choice(list(Importance))
            said = {"importance": importance.name.lower(), "categories": list(categories)}
            done = await scene.do(_set_marks, message, Marks(importance=importance, categories=categories))
        return said if done else {}

    # -- what nobody else touches -----------------------------------------------------------------

    def begin(self, count: int = 4) -> None:
        """Some messages that only people here change."""
        scene = self.scene
        subjects = [f"{OURS} {n}" for n in range(count)]
        scene.m365.control.receive_many(scene.address, [{"subject": subject} for subject in subjects])
        self.kept = {subject: {} for subject in subjects}

    async def change_ours(self) -> None:
        """Mark or move one of them; what was not refused must be so in the end."""
        scene = self.scene
        ours = [m for m in await scene.messages_here() if m.subject in self.kept]
        if not ours:
            return
        message = scene.chance.choice(ours)
        if scene.chance.random() < 0.6:
            self.kept[message.subject] |= await self._mark(message.id)
            return
        role = scene.chance.choice(_QUIET_PLACES)
        folder = await scene.station.store.read(folders.by_role, scene.station.account, role)
        if folder is not None and await scene.do(_move, message.id, folder.id):
            self.kept[message.subject]["folder"] = folder.name

    def lost(self, held: dict[str, dict[str, Any]]) -> list[str]:
        """What people set that is not so."""
        by_subject = {one["subject"]: one for one in held.values() if one["subject"] in self.kept}
        found = [f"lost for good: {subject}" for subject in self.kept.keys() - by_subject.keys()]
        often = Counter(one["subject"] for one in held.values() if one["subject"] in self.kept)
        found += [f"there {times} times: {subject}" for subject, times in often.items() if times > 1]
        for subject, one in by_subject.items():
            wrong = {k: (v, one[k]) for k, v in self.kept[subject].items() if one[k] != v}
            if wrong:
                found.append(f"a change was lost (wanted, is): {subject} {wrong}")
        return found


def _set_keywords(*args: Any) -> bool:
    organise.set_keywords(*args)
    return True


def _set_marks(*args: Any) -> bool:
    organise.set_marks(*args)
    return True


def _copy(*args: Any) -> bool:
    organise.copy(*args)
    return True


def _move(*args: Any) -> bool:
    organise.move(*args)
    return True


def _begin_to_destroy(
    tx: Tx, user: UserId, account: AccountId, folder: FolderId, now: datetime, *, with_messages: bool
) -> None:
    """A removal in several transactions, of which this is one; whether another comes is left to chance."""
    known = folder_use.read_all(tx, user, account, Most(rows=1))
    folder_use.destroy(tx, user, account, folder, now, with_messages=with_messages, known=known)
