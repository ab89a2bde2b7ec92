"""How soon to look again, and at what first."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from poststelle.model.folder import Folder, Role
from poststelle.model.ids import AccountId, FolderId

_RANKS = {Role.INBOX: 0, Role.SENT: 2, Role.DRAFTS: 3, None: 4, Role.ARCHIVE: 5, Role.TRASH: 6, Role.JUNK: 7}
_LOOKED_AT_RANK = 1
_HOT = frozenset({Role.INBOX, Role.SENT, Role.DRAFTS})
_LOOK_LASTS = timedelta(minutes=2)
_HOT_POLLS = 0.8  # a little less than one, to be due when the next poll comes
_COLD_POLLS = 12
_HOT_POLLS_AT_REST = 3.2
_QUIET = 2  # polls, where nothing has changed
_QUIET_POLLS_TOLD = 15.0
_LONGEST_TOLD_S = 900.0
_UNSEEN_TOLD = 5  # polls, also after a change: what follows it is told, too
_SLOWER = 1.25
_RESTS_FROM = 4  # so many polls long is the wait of an account at rest


@dataclass(frozen=True, slots=True)
class Pace:
    """Tunable speeds. ``poll_s`` is the shortest wait between two looks at an account.

    A quiet account is looked at half as often. Folders that nobody is likely
    to watch are re-read every twelve polls, in turn; a moved counter in the
    folder list makes any folder due at once. ``told_poll_s`` stands for
    ``poll_s`` while the provider tells us of changes by itself.

    Where nothing happens and nobody looks or listens the wait grows by a
    quarter each time, up to ``quiet_polls`` polls or ``longest_s`` seconds, the
    shorter of them, but never under two polls; under five where changes are told
    (``is_told``). ``waited_s`` is how long it was last; None: somebody is there.
    After four polls' time the account is *at rest*: its counters are still asked
    for each time, its hot folders every fourth time and the others every twelfth.
    """

    poll_s: float = 5.0
    told_poll_s: float = 60.0
    first_page: int = 50
    page: int = 100
    folders_at_once: int = 4
    pages_per_turn: int = 20
    quiet_polls: float = 15.0
    longest_s: float = 120.0
    waited_s: float | None = None
    is_told: bool = False

    def while_told(self) -> "Pace":
        """The pace of an account whose changes are told: a look now and then, in case one was not."""
        poll_s = max(self.poll_s, self.told_poll_s)
        return replace(
            self, poll_s=poll_s, is_told=True, quiet_polls=_QUIET_POLLS_TOLD, longest_s=_LONGEST_TOLD_S
        )

    def unseen(self, waited_s: float | None) -> "Pace":
        """The pace of an account for which nobody is there; ``waited_s``: between the last two looks."""
        return replace(self, waited_s=0.0 if waited_s is None else waited_s)

    def seen(self) -> "Pace":
        """The pace of an account that somebody looks at or listens for."""
        return replace(self, waited_s=None)

    @property
    def is_at_rest(self) -> bool:
        rests_from_s = min(_RESTS_FROM * self.poll_s, self._longest_wait_s)
        return self.waited_s is not None and self.waited_s >= rests_from_s

    @property
    def _longest_wait_s(self) -> float:
        return max(_QUIET * self.poll_s, min(self.quiet_polls * self.poll_s, self.longest_s))

    @property
    def _shortest_wait_s(self) -> float:
        is_left_alone = self.is_told and self.waited_s is not None
        return (_UNSEEN_TOLD if is_left_alone else 1) * self.poll_s

    @property
    def _most_wait_s(self) -> float:
        """Whether something changed or nothing."""
        return max(self._longest_wait_s, self._shortest_wait_s)

    @property
    def longest_wait(self) -> timedelta:
        """Between two looks at an account, whether changes are told or not, and whoever is there."""
        paces = self.unseen(None), self.while_told().unseen(None)
        return timedelta(seconds=max(pace._most_wait_s for pace in paces))

    @property
    def longest_look(self) -> timedelta:
        """Likewise between two looks at a folder."""
        return _COLD_POLLS * self.longest_wait

    def next_poll(self, now: datetime, *, changed: bool) -> datetime:
        if changed:
            return now + timedelta(seconds=self._shortest_wait_s)
        longer_s = 0.0 if self.waited_s is None else self.waited_s * _SLOWER
        wait_s = min(max(longer_s, self._shortest_wait_s), self._longest_wait_s)
        return now + timedelta(seconds=max(_QUIET * self.poll_s, wait_s))

    def first_poll(self, now: datetime) -> datetime:
        """The latest time for a look at an account for which somebody has just come."""
        return now + timedelta(seconds=_QUIET * self.poll_s)

    def next_look(self, now: datetime, *, is_hot: bool) -> datetime:
        """When a folder just read to its end is due again; hot ones with the next poll, except at rest."""
        if self.is_at_rest and self.waited_s is not None:
            polls = _HOT_POLLS_AT_REST if is_hot else _COLD_POLLS
            # It may have waited by another pace: told of changes, or before a new setting.
            return now + timedelta(seconds=min(self.waited_s, self._most_wait_s) * polls)
        return now + timedelta(seconds=self.poll_s * (_HOT_POLLS if is_hot else _COLD_POLLS))


class Looks:
    """Which folders are on somebody's screen: hints that fade after two minutes."""

    def __init__(self) -> None:
        self._until: dict[tuple[AccountId, FolderId], datetime] = {}

    def note(self, account: AccountId, folder: FolderId, now: datetime) -> None:
        self._until = {key: until for key, until in self._until.items() if until > now}
        self._until[account, folder] = now + _LOOK_LASTS

    def is_on_any(self, account: AccountId, now: datetime) -> bool:
        """Whether any of its folders is on a screen."""
        return any(key[0] == account and until > now for key, until in self._until.items())

    def is_on(self, account: AccountId, folder: FolderId, now: datetime) -> bool:
        return self._until.get((account, folder), now) > now


def is_hot(folder: Folder, looks: Looks, now: datetime) -> bool:
    """Whether a folder is looked at with every poll."""
    return folder.role in _HOT or looks.is_on(folder.account_id, folder.id, now)


def in_order(folders: Iterable[Folder], looks: Looks, now: datetime) -> list[Folder]:
    """Folders by how much they are waited for: inbox, what is on a screen, sent, drafts, the rest."""

    def rank(folder: Folder) -> tuple[int, int]:
        own = _RANKS.get(folder.role, 4)
        return (
            min(own, _LOOKED_AT_RANK) if looks.is_on(folder.account_id, folder.id, now) else own,
            folder.id,
        )

    return sorted(folders, key=rank)
