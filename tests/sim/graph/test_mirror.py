"""A mirror kept by delta alone equals the world, whatever happened to it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from tests.sim.graph.harness import IMMUTABLE, GraphCaller

from m365sim.world import Mailbox, organise, tree
from m365sim.world.folders import Folder
from m365sim.world.messages import Flag, Message
from m365sim.world.organise import Marks
from m365sim.world.simulation import Simulation

SELECT = "$select=subject,isRead,flag,parentFolderId"


class Mirror:
    """What a careful program would know: it merges items, and asks whenever it is told of a removal."""

    def __init__(self, graph: GraphCaller, prefer: str) -> None:
        self._graph = graph
        self._prefer = prefer
        self._links: dict[str, str] = {}
        self.folders: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, dict[str, Any]] = {}

    def pull(self) -> None:
        """Read the folder tree, then each folder."""
        for item in self._round("tree", "/me/mailFolders/delta"):
            if "@removed" in item:
                self.folders.pop(item["id"], None)
                self._links.pop(item["id"], None)
            else:
                self.folders[item["id"]] = item
        for folder in list(self.folders):
            for item in self._round(folder, f"/me/mailFolders/{folder}/messages/delta?{SELECT}"):
                self._apply(folder, item)
        gone = [i for i, m in self.messages.items() if m["parentFolderId"] not in self.folders]
        for id_ in gone:
            del self.messages[id_]

    def _round(self, key: str, start: str) -> list[dict[str, Any]]:
        items, self._links[key] = self._graph.round(self._links.get(key, start), self._prefer)
        return items

    def _apply(self, folder: str, item: dict[str, Any]) -> None:
        id_ = item["id"]
        known = self.messages.get(id_)
        if "@removed" not in item and (known or "subject" in item):
            self.messages[id_] = {**(known or {}), **item, "parentFolderId": folder}
        else:
            self._ask(id_)

    def _ask(self, id_: str) -> None:
        reply = self._graph.call("GET", f"/me/messages/{id_}?{SELECT}", prefer=self._prefer)
        if reply.status == 200:
            self.messages[id_] = reply.json
        else:
            self.messages.pop(id_, None)


def facts(item: dict[str, Any]) -> tuple[Any, ...]:
    return item["subject"], item["isRead"], item["flag"]["flagStatus"], item["parentFolderId"]


def truth(mailbox: Mailbox, *, is_immutable: bool) -> dict[str, tuple[Any, ...]]:
    ids = mailbox.ids
    return {
        ids.immutable(m.number) if is_immutable else ids.message(m.placement): (
            m.source.load().subject,
            m.is_read,
            m.flag.status,
            ids.folder(m.folder.number),
        )
        for m in mailbox.messages.values()
        if not m.folder.is_beyond
    }


def happen(sim: Simulation, mailbox: Mailbox, chance: random.Random) -> None:
    """Let one thing happen to the mailbox."""
    own = [f for f in mailbox.visible_folders() if f.well_known is None]
    places = [f for f in mailbox.visible_folders() if f is not mailbox.root]
    messages = [m for m in mailbox.messages.values() if not m.folder.is_beyond]
    what = chance.randrange(10)
    if what <= 1 or not messages:
        sim.world.bulk(mailbox, chance.choice(places), chance.randrange(1, 5), unread_every=2)
    elif what == 2:
        tree.create(mailbox, chance.choice(places), f"Folder {mailbox.seq}")
    elif what == 3 and own:
        _rearrange(mailbox, chance.choice(own), chance)
    else:
        _act(mailbox, chance.choice(messages), chance.choice(places), what, chance)


def _rearrange(mailbox: Mailbox, folder: Folder, chance: random.Random) -> None:
    match chance.randrange(3):
        case 0:
            tree.rename(mailbox, folder, f"Renamed {mailbox.seq}")
        case 1:
            tree.delete(mailbox, folder)
        case _:
            tree.move(mailbox, folder, mailbox.named["archive"]) if folder.parent else None


def _act(mailbox: Mailbox, message: Message, place: Folder, what: int, chance: random.Random) -> None:
    match what:
        case 4:
            organise.mark(mailbox, message, Marks(is_read=not message.is_read))
        case 5:
            organise.mark(mailbox, message, Marks(flag=Flag(chance.choice(("flagged", "complete")))))
        case 6:
            organise.copy(mailbox, message, place)
        case 7:
            organise.delete(mailbox, message)
        case 8:
            home = message.folder
            organise.move(mailbox, message, place)
            organise.move(mailbox, message, home)
        case _:
            organise.move(mailbox, message, place)


@pytest.mark.parametrize("prefer", [IMMUTABLE, "odata.maxpagesize=3", f"{IMMUTABLE}, odata.maxpagesize=2"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_mirror_by_delta_equals_the_world(
    sim: Simulation, mailbox: Mailbox, graph: GraphCaller, prefer: str, seed: int
) -> None:
    """After each burst of random changes one pull brings the mirror level, flag by flag."""
    sim.limits.per_window = None
    chance = random.Random(seed)
    mirror = Mirror(graph, prefer)
    for _ in range(6):
        for _ in range(25):
            happen(sim, mailbox, chance)
        mirror.pull()

        known = {id_: facts(m) for id_, m in mirror.messages.items()}
        assert known == truth(mailbox, is_immutable=IMMUTABLE in prefer)
        assert len(mirror.folders) == len(mailbox.visible_folders()) - 1


@pytest.mark.parametrize("seed", range(4))
def test_counters_equal_what_lies_in_the_folders(sim: Simulation, mailbox: Mailbox, seed: int) -> None:
    """Counters are kept, never counted; after any history they are right, and each order is sorted."""
    chance = random.Random(seed)
    for _ in range(300):
        happen(sim, mailbox, chance)

    for folder in mailbox.folders.values():
        inside = [m for m in mailbox.messages.values() if m.folder is folder]
        assert folder.order == sorted(m.key for m in inside)
        assert folder.unread == sum(not m.is_read for m in inside)
