"""What others do to the mailbox at Microsoft, in Outlook or wherever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.flow.walk.scene import BEGUN_THERE, Deed, Scene, letter_there

from m365sim.control.client import ControlError
from poststelle.model.ids import is_local

CATEGORIES = ("Rot", "Grün", "Blau")


@dataclass
class There:
    scene: Scene

    def deeds(self) -> list[tuple[int, Deed]]:
        """Each with its weight."""
        return [
            (6, self.receive), (6, self.change), (5, self.move), (1, self.copy), (2, self.delete),
            (3, self.folder), (1, self.draft),
        ]  # fmt: skip

    async def receive(self) -> None:
        scene = self.scene
        count = scene.chance.choice((1, 1, 2, 5, 40))
        folder = scene.place_there()
        scene.tell(f"receive {count} in {folder}")
        items = [{"subject": f"Nr. {scene.number()}"} for _ in range(count)]
        if scene.chance.random() < 0.3:
            items[0] |= {"attachments": [{"name": "Plan.txt", "contentType": "text/plain", "text": "Plan"}]}  # type: ignore[dict-item]
        scene.m365.control.receive_many(scene.address, items, folder)

    async def change(self) -> None:
        scene = self.scene
        if ids := scene.some_there(4):
            fields = scene.chance.choice(
                (
                    {"isRead": True}, {"isRead": False}, {"flag": "flagged"}, {"flag": "notFlagged"},
                    {"importance": "high"}, {"inferenceClassification": "other"},
                    {"categories": [scene.chance.choice(CATEGORIES)]},
                )
            )  # fmt: skip
            scene.tell(f"there: {fields} on {ids}")
            scene.m365.control.update(scene.address, ids, **fields)

    async def move(self) -> None:
        scene = self.scene
        if ids := scene.some_there(3):
            target = scene.place_there()
            scene.tell(f"there: move {ids} to {target}")
            scene.m365.control.move(scene.address, ids, target)

    async def copy(self) -> None:
        scene = self.scene
        if ids := scene.some_there(2):
            target = scene.place_there()
            scene.tell(f"there: copy {ids} to {target}")
            _, known = scene.m365.control.snapshot(scene.address)
            for id_ in ids:
                scene.note_copy(letter_there(known[id_]))
            scene.m365.control.change(scene.address, [{"op": "copy", "ids": ids, "to": target}])

    async def delete(self) -> None:
        scene = self.scene
        if ids := scene.some_there(2):
            is_for_good = scene.chance.random() < 0.7
            scene.tell(f"there: delete {ids} {'for good' if is_for_good else ''}")
            if is_for_good:
                await self._note_lost(ids)
            scene.m365.control.delete(scene.address, ids, permanently=is_for_good)

    async def _note_lost(self, ids: Sequence[str]) -> None:
        """Of what is removed before its draft's id is known here nothing is left that tells that it went."""
        scene = self.scene
        _, known = scene.m365.control.snapshot(scene.address)
        unknown = {m.internet_message_id for m in await scene.messages_here() if is_local(m.remote_id)}
        for id_ in ids:
            name = letter_there(known[id_])[0]
            if name in unknown and not known[id_]["isDraft"]:
                scene.lost[name] += 1

    async def draft(self) -> None:
        """Somebody begins to write in Outlook."""
        scene = self.scene
        scene.tell("there: a draft")
        said = {"subject": f"{BEGUN_THERE} {scene.number()}", "to": [scene.site.customer], "isDraft": True}
        scene.m365.control.receive_many(scene.address, [said], "drafts")

    async def folder(self) -> None:
        scene, control = self.scene, self.scene.m365.control
        own = scene.folders_there()
        deed = scene.chance.choice(("create", "create", "rename", "move", "bin", "delete"))
        name = f"Dort {scene.number()}"
        paths = [f["path"] for f in own]
        parent = scene.chance.choice(paths or [""]) if scene.chance.random() < 0.4 else ""
        chosen = scene.chance.choice(own) if own else None
        scene.tell(f"there: {deed} folder {chosen and chosen['path']} ({name}, {parent})")
        try:
            if deed == "create" or chosen is None:
                control.create_folder(scene.address, name, parent)
            elif deed == "rename":
                control.change_folder(scene.address, chosen["id"], name=name)
            elif deed == "move":
                control.change_folder(scene.address, chosen["id"], parent=parent)
            else:
                control.delete_folder(scene.address, chosen["id"], permanently=deed == "delete")
        except ControlError as refusal:  # below itself, or a name that is taken
            scene.tell(f"  refused: {refusal.status}")
