"""Where a walk takes place: both sides of one mailbox, chance, time, and the story so far."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, Mirror, truth
from tests.flow.walk.station import Site, Station

from poststelle.model.errors import UseCaseError
from poststelle.model.folder import Folder
from poststelle.model.ids import FolderId, MessageId
from poststelle.model.message import Message
from poststelle.store import folders, messages
from poststelle.store.tx import ReadTx

Deed = Callable[[], Awaitable[None]]
WELL_KNOWN = ("inbox", "archive", "deleteditems", "junkemail")
OURS = "Nur hier"
"""How the subjects begin of messages that only people here change: what they set must be so in the end."""
Letter = tuple[str, str, frozenset[str]]
"""What tells one letter from all others: its Message-ID, its subject, and to whom it goes."""
BEGUN_THERE = "Dort begonnen"
_NAMES = ("Dort ", "Hier ")
_MOST_BEHIND_S = 60.0


@dataclass(frozen=True, slots=True)
class Variant:
    """What is otherwise on some walks.

    ``is_denied``: single requests are denied (404) or in conflict (409, 412), though what they are about is
    there. ``cloud``: Microsoft's that the mailbox is in; only the global one removes for good at once.
    ``workers``: so many programs work beside the first one at the same time, and are killed.
    """

    is_denied: bool = False
    cloud: str = "global"
    workers: int = 1


PLAIN = Variant()


@dataclass
class Scene:
    """One mailbox. ``station`` is another one after each start of the program."""

    m365: Simulator
    site: Site
    station: Station
    clock: SetClock
    chance: random.Random
    told: list[str] = field(default_factory=list)
    made: int = 0
    copies: Counter[Letter] = field(default_factory=Counter)
    """How many copies were asked for that say the same as their messages."""
    copied: Counter[str] = field(default_factory=Counter)
    """How often messages of a Message-ID were copied, whatever became of the copies."""
    lost: Counter[str] = field(default_factory=Counter)
    """How often what went under a Message-ID was removed for good before its draft's id was known here: it
    may go again."""
    made_of: dict[str, str] = field(default_factory=dict)
    """Other letters that people made of drafts there, and of which; by ids."""
    spared: set[str] = field(default_factory=set)
    """Subjects of messages that nobody moves, marks or removes from now on."""
    spares: Callable[[str], bool] = lambda _: False
    """Whether nobody does so with any of this subject, whoever has copied or sent it meanwhile."""

    @property
    def mirror(self) -> Mirror:
        return self.station.mirror

    @property
    def address(self) -> str:
        return self.site.address

    def tell(self, text: str) -> None:
        self.told.append(text)

    def number(self) -> int:
        """One that nothing made before has."""
        self.made += 1
        return self.made

    def pass_time(self, seconds: float) -> None:
        """Later, on both sides. Microsoft's clock goes on by itself, too; ours does not fall far behind."""
        self.clock.advance(seconds)
        self.m365.control.advance(seconds)
        there = datetime.fromisoformat(self.m365.control.clock()["now"])
        behind_s = (there - self.clock.now()).total_seconds()
        if behind_s > _MOST_BEHIND_S:
            self.clock.advance(behind_s)

    def note_copy(self, letter: Letter) -> None:
        self.copies[letter] += 1
        self.copied[letter[0]] += 1

    async def do(self, deed: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """A person's deed; being refused is no harm, and told as None."""
        self.tell(f"here: {deed.__name__} {args} {more}")
        try:
            now = self.clock.now()
            account = self.station.account
            return await self.station.store.write(deed, USER, account, *args, now, **more)
        except UseCaseError as refusal:
            self.tell(f"  refused: {refusal.code}")
            return None

    # -- the other side ---------------------------------------------------------------------------

    def some_there(self, most: int) -> list[str]:
        """A few messages at Microsoft, but none of those that only people here change, or nobody."""
        found = truth(self.m365, self.address)
        ids = sorted(id_ for id_, one in found.items() if self._is_free(one["subject"]))
        return self.chance.sample(ids, min(len(ids), self.chance.randint(1, most)))

    def folders_there(self) -> list[dict[str, Any]]:
        """The folders that the walk has made and nothing above them has another name."""
        found, _ = self.m365.control.snapshot(self.address)
        return [f for f in found if f["path"][-1].startswith(_NAMES)]

    def place_there(self) -> str | list[str]:
        paths: list[list[str]] = [folder["path"] for folder in self.folders_there()]
        places: list[str | list[str]] = [*WELL_KNOWN, *paths]
        return self.chance.choice(places)

    # -- this side --------------------------------------------------------------------------------

    async def folders_here(self) -> Sequence[Folder]:
        return await self.station.store.read(_shown, self.station.account)

    async def folder_here(self) -> FolderId | None:
        found = await self.folders_here()
        return self.chance.choice(found).id if found else None

    async def messages_here(self) -> list[Message]:
        return await self.station.store.read(_visible, self.station.account)

    async def some_here(self) -> Message | None:
        """A message, but none of those that only marks and quiet moves befall, or nothing."""
        found = [m for m in await self.messages_here() if self._is_free(m.subject)]
        return self.chance.choice(found) if found else None

    def _is_free(self, subject: str) -> bool:
        return not subject.startswith(OURS) and subject not in self.spared and not self.spares(subject)

    async def one_here(self) -> MessageId | None:
        found = await self.some_here()
        return found.id if found else None


def letter_there(line: Mapping[str, Any]) -> Letter:
    """Of a message in a snapshot."""
    return line["internetMessageId"], line["subject"], frozenset(line["to"])


def _shown(tx: ReadTx, account: Any) -> list[Folder]:
    shown = set(folders.shown(tx, account).values())
    return [f for f in folders.list_all(tx, account) if f.id in shown and not f.is_hidden]


def _visible(tx: ReadTx, account: Any) -> list[Message]:
    ids = [MessageId(row["id"]) for row in tx.all("list_remote_ids", account=account)]
    return sorted(messages.get_many(tx, account, ids), key=lambda m: m.id)
