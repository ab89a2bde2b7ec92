"""What others do to drafts in Outlook, also to those that are made here or wait to be sent from here."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.flow.walk.scene import OURS, Deed, Letter, Scene, letter_there

from m365sim.control.client import ControlError

_NAMES = ("Liste 0.bin", "Liste 1.bin", "Dort.bin")
"""Of files, the first two those that are written here have, so that names meet."""
_LONGER = 8_000
"""Octets of a file that is told from one of ours even while that is made: its size alone tells then."""
_PICTURE = "image/png"
Held = tuple[str, dict[str, Any]]
"""A message's id, and its line in the snapshot."""


@dataclass
class Outlook:
    """``sent`` counts the letters it has sent; ``drafts`` are the ids of what they were before.

    ``renamed``: the Message-IDs of drafts that it has given another subject.
    """

    scene: Scene
    sent: Counter[Letter] = field(default_factory=Counter)
    drafts: set[str] = field(default_factory=set)
    renamed: set[str] = field(default_factory=set)

    def deeds(self) -> list[tuple[int, Deed]]:
        """Each with its weight."""
        return [
            (2, self.write), (3, self.files), (1, self.copy), (1, self.send), (1, self.answer),
            (2, self.take_away),
        ]  # fmt: skip

    async def write(self) -> None:
        """Another text, and sometimes other recipients or another subject: then it is of another thread."""
        found, scene = self._draft(), self.scene
        if found is None:
            return
        id_, draft = found
        said: dict[str, Any] = {"html": _words(scene.number(), draft["attachments"])}
        if scene.chance.random() < 0.3:
            said["to"] = [scene.site.customer, *scene.chance.choice(((), (scene.site.deputy,)))]
        if scene.chance.random() < 0.2:
            said["subject"] = f"{draft['subject']} {scene.number()}"
            self.renamed.add(draft["internetMessageId"])
        if scene.chance.random() < 0.2:
            del said["html"]
        self._do("write", id_, **said)

    async def files(self) -> None:
        """A file or a picture more, one less, or another one of the same name and perhaps the same size."""
        if found := self._draft():
            id_, draft = found
            deed = self.scene.chance.choice(
                (self._add, self._add_picture, self._remove, self._swap, self._swap)
            )
            deed(id_, draft["attachments"])

    async def copy(self) -> None:
        """As it is, or to make another letter of it, which goes at once sometimes."""
        found, scene = self._draft(), self.scene
        if found is None:
            return
        id_, draft = found
        place = scene.chance.choice(("drafts", scene.place_there()))
        if scene.chance.random() < 0.25:
            self.copy_of(id_, draft, place)
            return
        to = scene.chance.choice((scene.site.customer, scene.site.deputy))
        is_other = to not in draft["to"] and scene.chance.random() < 0.3  # its people alone
        said = {} if is_other else {"subject": f"{draft['subject']} {scene.number()}"}
        copy = self.copy_of(id_, draft, place, to=[to], **said)
        if copy is not None and scene.chance.random() < 0.5:
            self.send_one(*copy)

    def copy_of(self, id_: str, draft: dict[str, Any], place: str | list[str], **said: Any) -> Held | None:
        """A copy of the draft, as it is or with something else said; None where there is none."""
        scene, made = self.scene, self._do("copy", id_, to=place)
        if made is None:
            return None
        scene.note_copy(letter_there(draft))
        [copy] = made["messages"]
        if not said:
            return copy["id"], draft
        if self._do("write", copy["id"], **said) is None:
            return None
        changed = draft | said
        if letter_there(changed) != letter_there(draft):
            scene.copies[letter_there(draft)] -= 1
            scene.made_of[copy["id"]] = id_
        return copy["id"], changed

    async def send(self) -> None:
        if found := self._draft():
            self.send_one(*found)

    async def answer(self) -> None:
        """Somebody begins to answer a message that lies there."""
        scene = self.scene
        for id_ in scene.some_there(1):
            made = self._do("answer", id_)
            for one in made["messages"] if made else ():
                self._do("write", one["id"], to=[scene.site.customer])

    async def take_away(self) -> None:
        """To another folder, into the trash, for good, or with a folder and all."""
        found, scene = self._draft(), self.scene
        if found is None:
            return
        id_, _ = found
        match scene.chance.choice(("move", "bin", "delete", "folder")):
            case "move":
                self._do("move", id_, to=scene.place_there())
            case "folder":
                self._take_away_with_folder(id_)
            case deed:
                self._do("delete", id_, permanently=deed == "delete")

    def send_one(self, id_: str, draft: dict[str, Any]) -> bool:
        """Send it; False when that was refused."""
        if not self._do("send", id_):
            return False
        self.sent[letter_there(draft)] += 1
        self.drafts.add(id_)
        return True

    def delete(self, id_: str) -> None:
        """For good."""
        self._do("delete", id_, permanently=True)

    def _take_away_with_folder(self, draft: str) -> None:
        scene, name = self.scene, f"Dort {self.scene.number()}"
        scene.m365.control.create_folder(scene.address, name)
        self._do("move", draft, to=[name])
        if scene.chance.random() < 0.6:
            is_for_good = scene.chance.random() < 0.5
            scene.tell(f"outlook: folder {name} goes {'for good' if is_for_good else ''}")
            scene.m365.control.delete_folder(scene.address, name, permanently=is_for_good)

    # -- files ------------------------------------------------------------------------------------

    def _add(self, draft: str, _: list[dict[str, Any]]) -> None:
        self._attach(draft, self.scene.chance.choice(_NAMES), self.scene.chance.choice((2000, _LONGER)))

    def _add_picture(self, draft: str, held: list[dict[str, Any]]) -> None:
        name = f"Bild {self.scene.number()}.png"
        self._attach(draft, name, 300, is_inline=True)
        self._do("write", draft, html=_words(self.scene.number(), [*held, {"name": name, "isInline": True}]))

    def _remove(self, draft: str, held: list[dict[str, Any]]) -> None:
        if held:
            one = self.scene.chance.choice(held)
            self._do("detach", draft, attachment=one["id"])

    def _swap(self, draft: str, held: list[dict[str, Any]]) -> None:
        """As who opens a file out of a draft, changes it and saves."""
        if held:
            one = self.scene.chance.choice(held)
            self._do("detach", draft, attachment=one["id"])
            octets = self.scene.chance.choice((one["size"] - _ROOM, _LONGER))
            self._attach(draft, one["name"], octets, is_inline=one["isInline"])

    def _attach(self, draft: str, name: str, octets: int, *, is_inline: bool = False) -> None:
        content = base64.b64encode(self.scene.chance.randbytes(16) * (octets // 16) + b"x" * (octets % 16))
        file: dict[str, Any] = {"name": name, "contentBase64": content.decode()}
        if is_inline:
            file |= {"isInline": True, "contentId": content_id_of(name), "contentType": _PICTURE}
        self._do("attach", draft, attachment=file)

    # -- the mailbox ------------------------------------------------------------------------------

    def _draft(self) -> Held | None:
        _, found = self.scene.m365.control.snapshot(self.scene.address)
        drafts = sorted((id_, one) for id_, one in found.items() if one["isDraft"] and not _is_ours(one))
        return self.scene.chance.choice(drafts) if drafts else None

    def _do(self, op: str, id_: str, **said: Any) -> dict[str, Any] | None:
        """Carry out a deed; None when it was refused: others may have been quicker."""
        scene = self.scene
        scene.tell(
            f"outlook: {op} {id_} { {k: v for k, v in said.items() if k != 'attachment'} } {_named(said)}"
        )
        try:
            return scene.m365.control.change(scene.address, [{"op": op, "ids": [id_], **said}])
        except ControlError as refusal:
            scene.tell(f"  refused: {refusal}")
            return None


_ROOM = 150
"""What the size of an attachment counts beside its octets."""


def _is_ours(line: dict[str, Any]) -> bool:
    return str(line["subject"]).startswith(OURS)


def content_id_of(name: str) -> str:
    """What a text calls a picture of this name."""
    return f"{name.replace(' ', '-')}@dort"


def _words(number: int, held: list[dict[str, Any]]) -> str:
    """A text with the pictures that are there: as a writer's program, it takes none away by itself."""
    pictures = "".join(f"<img src='cid:{content_id_of(one['name'])}'>" for one in held if one["isInline"])
    return f"<p>Dort geschrieben {number}</p>{pictures}"


def _named(said: dict[str, Any]) -> str:
    attachment = said.get("attachment", "")
    return attachment if isinstance(attachment, str) else attachment["name"]
