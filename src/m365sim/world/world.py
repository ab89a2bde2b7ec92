"""The world: every mailbox of the simulated office, and how mail gets into them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from m365sim.clock import Clock
from m365sim.world.agenda import Agenda
from m365sim.world.bulk import BulkSeries, mix
from m365sim.world.changes import Entry
from m365sim.world.compose import Written, content_of
from m365sim.world.dispatched import Dispatched
from m365sim.world.errors import NoSuchMailbox, WorldError
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox, Watcher
from m365sim.world.messages import Message
from m365sim.world.outside import Outside
from m365sim.world.surroundings import Surroundings


class World:
    """Mailboxes by user id and by address (letter case does not count)."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.around = Surroundings()
        self.agenda = Agenda()
        self.outside = Outside()
        self.dispatched = Dispatched()
        self._watchers: list[Watcher] = []
        self._by_id: dict[str, Mailbox] = {}
        self._by_address: dict[str, Mailbox] = {}
        self._runs = 0

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the clock and the surroundings, which whoever loads a kept world gives it.

        What has left is of this life alone.
        """
        left_out = ("clock", "around", "dispatched", "_watchers")
        return {name: value for name, value in vars(self).items() if name not in left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, around=Surroundings(), dispatched=Dispatched(), _watchers=[])
        for mailbox in self:
            mailbox.watch = self._tell

    def watch(self, watcher: Watcher) -> None:
        """Tell this function of every change to a message from now on."""
        self._watchers.append(watcher)

    def _tell(self, mailbox: Mailbox, folder: Folder, entry: Entry) -> None:
        for watcher in self._watchers:
            watcher(mailbox, folder, entry)

    def use_clock(self, clock: Clock) -> None:
        """Tell the time by this clock from now on, in every mailbox."""
        self.clock = clock
        for mailbox in self:
            mailbox.clock = clock

    def skip_ahead(self) -> None:
        """Give no id and no version again that a lost later life of this world may have given."""
        for mailbox in self:
            mailbox.skip_ahead(self.clock.now_s())

    def __iter__(self) -> Iterator[Mailbox]:
        return iter(self._by_id.values())

    def create_mailbox(
        self, user_id: str, address: str, *, language: str = "de-DE", aliases: Sequence[str] = ()
    ) -> Mailbox:
        """Make an empty mailbox with its default folders; WorldError when the user or address has one."""
        names = [a.lower() for a in dict.fromkeys((address, *aliases))]
        taken = next((n for n in names if n in self._by_address), None)
        if user_id in self._by_id or taken:
            raise WorldError(f"There is a mailbox for {taken or user_id} already.")
        mailbox = Mailbox(user_id, address, self.clock, language)
        mailbox.watch = self._tell
        self._by_id[user_id] = mailbox
        self._by_address.update(dict.fromkeys(names, mailbox))
        return mailbox

    def remove_mailbox(self, mailbox: Mailbox) -> None:
        """Take a mailbox away with all its mail."""
        del self._by_id[mailbox.id]
        self._by_address = {a: m for a, m in self._by_address.items() if m is not mailbox}

    def mailbox(self, address_or_id: str) -> Mailbox:
        """The mailbox of this address or user id; NoSuchMailbox otherwise."""
        wanted = address_or_id.strip().lower()
        found = self._by_id.get(wanted) or self._by_address.get(wanted)
        if found is None:
            raise NoSuchMailbox(f"There is no mailbox '{address_or_id}'.")
        return found

    def mailbox_of(self, user_id: str) -> Mailbox | None:
        """The mailbox of this user, if there is one."""
        return self._by_id.get(user_id)

    def receive(
        self,
        mailbox: Mailbox,
        folder: Folder,
        written: Written,
        received_s: int | None = None,
        **state: object,
    ) -> Message:
        """Deliver one message into a folder; ``state`` are further fields of `Message`."""
        content = content_of(written, mailbox.conversations)
        if content.message_id:
            mailbox.conversations[content.message_id] = content.conversation
        at = self.clock.now_s() if received_s is None else received_s
        return mailbox.add(folder, content, at, **state)

    def bulk(
        self,
        mailbox: Mailbox,
        folder: Folder,
        count: int,
        *,
        seed: int | None = None,
        newest_s: int | None = None,
        step_s: int = 600,
        unread_every: int = 10,
    ) -> range:
        """Fill a folder with ``count`` derived messages and return their numbers.

        The newest was received at ``newest_s`` (default: now), each older one ``step_s`` seconds before the
        next. Every ``unread_every``-th is unread (0: none). The same arguments make the same mail; without a
        ``seed`` each run has one of its own.
        """
        if seed is None:
            self._runs += 1
            seed = mix(self._runs, len(self._by_id)) % 100_000
        top = self.clock.now_s() if newest_s is None else newest_s
        oldest_s = top - (count - 1) * step_s
        series = BulkSeries(seed, mailbox.address, count, oldest_s, step_s, unread_every)
        return mailbox.add_run(folder, series)
