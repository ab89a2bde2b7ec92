"""The end of a round over a folder's messages: it is noted with the round's last page.

Rounds that brought nothing wait for one another: what is to be noted of them changes nothing that people
see, so a transaction for each would be wasted. Should that be lost, their folders are asked again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from poststelle.model.ids import AccountId, FolderId
from poststelle.providers.base import DeltaPage
from poststelle.store import cursors, folders
from poststelle.store.tx import Tx


@dataclass(frozen=True, slots=True)
class RoundEnd:
    """When the folder was due as the round's turn began, and when it is due again, by the time of its end."""

    was_due_at: datetime
    next_look: Callable[[datetime], datetime]

    def note(self, tx: Tx, account: AccountId, folder: FolderId, now: datetime) -> None:
        """The folder was read to its end. Who has asked for a look since the turn began is not forgotten."""
        folders.end_round(tx, account, folder, now, self.next_look(now), self.was_due_at)


@dataclass(frozen=True, slots=True)
class QuietRound:
    """A round of one page that tells of nothing: from where it went on (None: it began), and from where the
    next one does. No sweep."""

    folder: FolderId
    link: str | None
    delta_link: str
    end: RoundEnd


def is_quiet(page: DeltaPage) -> bool:
    """Whether a page is the last one of its round, and tells of nothing."""
    is_last = page.delta_link is not None and page.further is None and not page.is_listing
    return is_last and not page.messages and not page.left


def keep_quiet(tx: Tx, account: AccountId, rounds: Sequence[QuietRound], now: datetime) -> None:
    """Note their ends, but for folders that somebody wants to be read from nothing by now."""
    for one in rounds:
        if cursors.move_on(tx, account, one.folder, one.link, one.delta_link, now):
            one.end.note(tx, account, one.folder, now)
