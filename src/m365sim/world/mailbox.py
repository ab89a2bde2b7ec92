"""One mailbox: folders, messages, and the one place where either changes.

Every change takes the next ``seq``, renews the item's version and lands in the journals that delta
rounds read. The verbs people would use (move, delete, rename ...) are functions in `organise` and `tree`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from m365sim.clock import Clock
from m365sim.world.changes import Entry, FolderJournal, Kind
from m365sim.world.content import Content, ContentSource
from m365sim.world.errors import NoSuchFolder, NoSuchMessage
from m365sim.world.folders import Folder, SearchSpec
from m365sim.world.ids import IdSpace, ParsedId, parse_id
from m365sim.world.messages import Message, number_of
from m365sim.world.runs import Messages, Run, Series, Stretch
from m365sim.world.settings import MailboxSettings
from m365sim.world.wellknown import BEYOND, ROOT, WELL_KNOWN_NAMES, default_folders, root_name

if TYPE_CHECKING:
    from m365sim.world.categories import Category
    from m365sim.world.overrides import Override
    from m365sim.world.rules import Rule

Watcher = Callable[["Mailbox", Folder, Entry], None]
"""Told of every change to a message, right after it was made: mailbox, folder, the journal's entry."""
MAX_MESSAGE_SIZE = 35 * 1024 * 1024
"""In octets, unless the mailbox has a limit of its own.

Source: Graph v1.0, "attachment: createUploadSession" (the mailbox's limit).
"""
_TREE = "tree"
COUNTERS = frozenset({"totalItemCount", "unreadItemCount"})
GAP = 1 << 20
"""More than a life can give between two times it is saved."""


def _nobody(mailbox: Mailbox, folder: Folder, entry: Entry) -> None:
    """Nobody watches."""


class Mailbox:
    """The mail of one user id. Not thread-safe: the simulator lives on one event loop."""

    def __init__(self, user_id: str, address: str, clock: Clock, language: str = "de-DE") -> None:
        self.id = user_id
        self.address = address
        self.language = language
        self.clock = clock
        self.ids = IdSpace(user_id)
        self.settings = MailboxSettings()
        self.categories: tuple[Category, ...] = ()
        self.rules: tuple[Rule, ...] = ()
        self.overrides: tuple[Override, ...] = ()
        self.answered: set[str] = set()
        self.configured = 0
        self.folders: dict[int, Folder] = {}
        self.named: dict[str, Folder] = {}
        self.messages = Messages()
        self.folder_journal = FolderJournal()
        self.conversations: dict[str, bytes] = {}
        self.max_message_size = MAX_MESSAGE_SIZE
        self.seq = 0
        self.watch: Watcher = _nobody
        self.poisoned: set[int] = set()
        self._placements: dict[int, int] = {}
        self._seconds: list[int] = []
        self._seq_before: list[int] = []
        self._last_number = 0x1000
        self._last_folder = 0x100
        self.root = self.add_folder(root_name(language), None, well_known=ROOT)
        for name, shown in default_folders(language):
            self.add_folder(shown, self.root, well_known=name)
        beyond = self.add_folder("Root", None, is_beyond=True)
        for name, shown in BEYOND:
            self.add_folder(shown, beyond, well_known=name)

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in vars(self).items() if name not in ("clock", "watch")}
        return {**kept, _TREE: {f.number: [c.number for c in f.children] for f in self.folders.values()}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        tree = state.pop(_TREE)
        vars(self).update(state, watch=_nobody)
        for number, children in tree.items():
            folder = self.folders[number]
            folder.children = [self.folders[child] for child in children]
            for child in folder.children:
                child.parent = folder

    def skip_ahead(self, floor: int) -> None:
        """Let every further id and version be above ``floor``, and far above those given so far."""
        self._last_number = max(self._last_number + GAP, floor)
        self._last_folder = max(self._last_folder + GAP, floor)
        for folder in self.folders.values():
            folder.version = max(folder.version + GAP, floor)
        self.messages.raise_versions(GAP, floor)

    def configure(self, **values: Any) -> None:
        """Set fields that are no mail: settings, language, rules, categories, overrides."""
        vars(self).update(values)
        self.configured += 1

    # -- look-ups ---------------------------------------------------------------------------------

    def folder(self, reference: str) -> Folder:
        """The folder with this id or well-known name; NoSuchFolder, or MalformedId for neither."""
        name = reference.lower()
        if name in WELL_KNOWN_NAMES:
            if name not in self.named:
                raise NoSuchFolder(f"The folder '{reference}' does not exist in this mailbox.", by_name=True)
            return self.named[name]
        parsed = parse_id(reference)
        found = self.folders.get(parsed.counter) if self._is_mine(parsed, "folder") else None
        if found is None:
            raise NoSuchFolder("The specified object was not found in the store.")
        return found

    def folder_at(self, path: Iterable[str]) -> Folder:
        """The folder at this path of display names from below the root; NoSuchFolder otherwise."""
        folder = self.root
        for name in path:
            child = folder.child(name)
            if child is None:
                raise NoSuchFolder(f"There is no folder '{name}' in '{folder.name}'.")
            folder = child
        return folder

    def visible_folders(self) -> list[Folder]:
        """The folders of the tree that people see, its root among them."""
        return [f for f in self.folders.values() if not f.is_beyond]

    def message_count(self) -> int:
        """How many messages lie in the tree that people see."""
        return sum(f.total for f in self.visible_folders())

    def message(self, reference: str) -> Message:
        """The message with this id of either form; NoSuchMessage, or MalformedId."""
        parsed = parse_id(reference)
        number = parsed.counter
        if parsed.kind == "message":
            number = self._placements.get(number) or self.messages.placed(number)
        found = self.messages.get(number) if self._is_mine(parsed, "message", "immutable") else None
        if found is None or (parsed.kind == "message" and found.placement != parsed.counter):
            raise NoSuchMessage("The specified object was not found in the store.")
        return found

    def _is_mine(self, parsed: ParsedId, *kinds: str) -> bool:
        return parsed.store == self.ids.store and parsed.kind in kinds

    def newest(self, folder: Folder) -> Iterable[Message]:
        """The folder's messages, newest first."""
        return (self.messages[number_of(key)] for key in folder.newest())

    def oldest(self, folder: Folder) -> Iterable[Message]:
        """The folder's messages, oldest first: the order in which adding to another folder costs least."""
        return (self.messages[number_of(key)] for key in list(folder.order))

    # -- changes to folders -----------------------------------------------------------------------

    def add_folder(
        self,
        name: str,
        parent: Folder | None,
        *,
        well_known: str | None = None,
        is_hidden: bool = False,
        is_beyond: bool = False,
        search: SearchSpec | None = None,
    ) -> Folder:
        """Add a folder without asking whether its name is free."""
        self._last_folder += 1
        folder = Folder(self._last_folder, name, parent, well_known, is_hidden)
        folder.is_beyond = is_beyond or (parent is not None and parent.is_beyond)
        folder.search = search
        self.folders[folder.number] = folder
        if parent is not None:
            parent.children.append(folder)
            self.folder_changed(parent, {"childFolderCount"})
        if well_known:
            self.named[well_known] = folder
        self._log_folder(folder, Kind.ADDED)
        return folder

    def folder_changed(self, folder: Folder, fields: Iterable[str]) -> None:
        """Record that these properties of a folder changed."""
        folder.version += 1
        self._log_folder(folder, Kind.UPDATED, frozenset(fields))

    def forget_folder(self, folder: Folder) -> None:
        """Take one empty, childless folder out of the mailbox."""
        del self.folders[folder.number]
        if folder.parent is not None:
            folder.parent.children.remove(folder)
            self.folder_changed(folder.parent, {"childFolderCount"})
        self._log_folder(folder, Kind.REMOVED)

    def _log_folder(self, folder: Folder, kind: Kind, fields: frozenset[str] = frozenset()) -> None:
        self._next_seq()
        if folder.is_beyond:
            return
        parent = folder.parent.number if folder.parent is not None else 0
        self.folder_journal.append(Entry(self.seq, kind, folder.number, folder.number, parent, fields))

    # -- changes to messages ----------------------------------------------------------------------

    def add(self, folder: Folder, source: ContentSource, received_s: int, **state: Any) -> Message:
        """Put a new message into a folder; ``state`` are further fields of `Message`."""
        number = self._next_number()
        now = self.clock.now_s()
        made = {"created_s": now, "modified_s": now, **state}
        message = Message(number, number, folder, source, received_s, **made)
        self.messages.add(message)
        self._arrive(message)
        return message

    def add_run(self, folder: Folder, series: Series) -> range:
        """Put many new messages into a folder as one journal entry; they are made when asked for."""
        if not series.count:
            return range(0)
        first = self._last_number + 1
        self._last_number += series.count
        run = Run(first, folder, series, self.clock.now_s())
        self.messages.add_run(run)
        folder.insert_run(run.keys())
        folder.unread += series.unread_below(series.count)
        self._next_seq()
        self._tell(folder, Entry(self.seq, Kind.ADDED, first, first, 0, last=self._last_number))
        self.folder_changed(folder, COUNTERS)
        return range(first, self._last_number + 1)

    def relocate(self, message: Message, folder: Folder) -> None:
        """Take a message out of its folder and put it into another, under a new default id."""
        self._leave(message)
        self._place(message, folder)

    def _place(self, message: Message, folder: Folder) -> None:
        self._placements.pop(message.placement, None)
        message.placement, message.folder = self._next_number(), folder
        self._placements[message.placement] = message.number
        self._touch(message)
        self._arrive(message)

    def updated(self, message: Message, fields: Iterable[str]) -> None:
        """Record that these properties of a message changed."""
        self._touch(message)
        self._log(message, Kind.UPDATED, frozenset(fields))

    def rewrite(self, message: Message, content: Content, fields: Iterable[str]) -> None:
        """Let a message say something else; ``fields`` are Graph's names of what changed."""
        message.source = content
        self.updated(message, fields)

    def read_changed(self, message: Message) -> None:
        """Keep the folder's unread counter after ``is_read`` was turned over."""
        message.folder.unread += -1 if message.is_read else 1
        self.folder_changed(message.folder, {"unreadItemCount"})

    def remove(self, message: Message) -> None:
        """Take a message out of the mailbox for good."""
        self._leave(message)
        self._forget(message)

    def _forget(self, message: Message) -> None:
        self._placements.pop(message.placement, None)
        self.poisoned.discard(message.number)
        self.messages.remove(message.number)

    def lone(self, folder: Folder) -> list[Message]:
        """The folder's messages without what rests in runs, oldest first."""
        if not self.messages.resting_in(folder):
            return list(self.oldest(folder))
        return sorted((m for m in self.messages.held() if m.folder is folder), key=lambda m: m.key)

    def dissolve(self, folder: Folder, kept_in: Folder | None) -> None:
        """Take all messages out of a folder that is about to go: into another, or (None) out of the mailbox.

        What rests in runs is not made for it.
        """
        lone, stretches = self.lone(folder), self.messages.resting_in(folder)
        folder.order = []  # at once: one by one would cost the square of their number
        by_run: dict[Run, list[Stretch]] = {}
        for stretch in stretches:
            by_run.setdefault(stretch.run, []).append(stretch)
        for run, rest in by_run.items():
            self._run_left(folder, rest)
            if kept_in is None:
                self._drop_run(run, rest)
            else:
                self._place_run(run, rest, kept_in)
        for message in lone:
            self._left(message)
            if kept_in is None:
                self._forget(message)
            else:
                self._place(message, kept_in)

    def _run_left(self, folder: Folder, stretches: list[Stretch]) -> None:
        for stretch in stretches:
            folder.unread -= stretch.series().unread_below(len(stretch.numbers))
            self._log_stretch(folder, Kind.REMOVED, stretch)
        self.folder_changed(folder, COUNTERS)

    def _drop_run(self, run: Run, stretches: list[Stretch]) -> None:
        self.poisoned = {number for number in self.poisoned if number not in run.numbers()}
        self.messages.drop_resting(run, sum(len(stretch.numbers) for stretch in stretches))

    def _place_run(self, run: Run, stretches: list[Stretch], folder: Folder) -> None:
        """Let what rests in a run lie in another folder, under new default ids."""
        placed = self._last_number + 1
        self._last_number += run.series.count
        self.messages.move_resting(run, folder, placed, self.clock.now_s())
        for stretch in stretches:
            folder.insert_run(stretch.keys())
            folder.unread += stretch.series().unread_below(len(stretch.numbers))
            self._log_stretch(folder, Kind.ADDED, stretch)
        self.folder_changed(folder, COUNTERS)

    def _log_stretch(self, folder: Folder, kind: Kind, stretch: Stretch) -> None:
        self._next_seq()
        first, last = stretch.numbers[0], stretch.numbers[-1]
        self._tell(folder, Entry(self.seq, kind, first, stretch.placement(), 0, last=last))

    def put_back(self, message: Message, folder: Folder) -> None:
        """Put a message that was removed into a folder, under its number and a new default id."""
        self.messages.add(message)
        self._place(message, folder)

    def _arrive(self, message: Message) -> None:
        folder = message.folder
        folder.insert(message.key)
        folder.unread += not message.is_read
        self._log(message, Kind.ADDED)
        self.folder_changed(folder, COUNTERS)

    def _leave(self, message: Message) -> None:
        message.folder.remove(message.key)
        self._left(message)

    def _left(self, message: Message) -> None:
        folder = message.folder
        folder.unread -= not message.is_read
        self._log(message, Kind.REMOVED)
        self.folder_changed(folder, COUNTERS)

    def _log(self, message: Message, kind: Kind, fields: frozenset[str] = frozenset()) -> None:
        self._next_seq()
        entry = Entry(self.seq, kind, message.number, message.placement, message.received_s, fields)
        self._tell(message.folder, entry)

    def _tell(self, folder: Folder, entry: Entry) -> None:
        """Write the entry down; what lies beyond the tree is nobody's business."""
        folder.journal.append(entry)
        if not folder.is_beyond:
            self.watch(self, folder, entry)

    def _touch(self, message: Message) -> None:
        message.version += 1
        message.modified_s = self.clock.now_s()
        self.messages.keep(message)

    def _next_seq(self) -> None:
        """Begin a change, and keep at which second the changes so far had been made."""
        now_s = self.clock.now_s()
        if not self._seconds or now_s > self._seconds[-1]:
            self._seconds.append(now_s)
            self._seq_before.append(self.seq)
        self.seq += 1

    def seq_at(self, second: int) -> int:
        """The number of the last change made before this second began."""
        index = bisect_left(self._seconds, second)
        return self._seq_before[index] if index < len(self._seconds) else self.seq

    def _next_number(self) -> int:
        self._last_number += 1
        return self._last_number
