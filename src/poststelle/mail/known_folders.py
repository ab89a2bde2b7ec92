"""The folders of one account, read once and kept as they are while one transaction changes many of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from poststelle.access.rights import require
from poststelle.mail.ingest import lock
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.model.rights import Level
from poststelle.store import folders
from poststelle.store.tx import ReadTx, Tx

_Place = tuple[FolderId | None, str]


@dataclass(frozen=True, slots=True)
class Most:
    """How much at most. ``folders``: of one account, for people's lists hold them all. ``messages``:
    that go with folders in one call. ``rows``: of these messages, their places and attachments, in one
    transaction.
    """

    folders: int = 5_000
    messages: int = 20_000
    rows: int = 10_000


@dataclass(slots=True)
class KnownFolders:
    """All but the counters are true: these are read where they matter.

    ``room``: how many messages may still go with folders; ``rows``: how many rows of them may in this
    transaction.
    """

    most: Most
    room: int
    rows: int
    _all: dict[FolderId, Folder] = field(default_factory=dict)
    _shown: set[FolderId] = field(default_factory=set)
    _names: dict[_Place, dict[FolderId, None]] = field(default_factory=dict)
    _below: Counter[FolderId | None] = field(default_factory=Counter)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Folder]:
        return iter(self._all.values())

    def get(self, folder: FolderId) -> Folder | None:
        return self._all.get(folder)

    def is_shown(self, folder: FolderId) -> bool:
        """Whether the provider still holds it."""
        return folder in self._shown

    def has_below(self, folder: FolderId) -> bool:
        return self._below[folder] > 0

    def of_name(self, name: str, above: FolderId | None) -> Iterator[FolderId]:
        """Those that are shown there under this name, in whatever letter case."""
        found = self._names.get((above, name.casefold()), ())
        return (folder for folder in found if folder in self._shown)

    def line(self, folder: Folder | None) -> set[FolderId]:
        """The folder and all above it."""
        line: set[FolderId] = set()
        while folder is not None and folder.id not in line:
            line.add(folder.id)
            folder = None if folder.parent_id is None else self._all.get(folder.parent_id)
        return line

    def reread(self, tx: ReadTx, account: AccountId, folder: FolderId) -> None:
        """It was made, changed, or removed."""
        self._forget(folder)
        found = folders.get(tx, account, folder)
        if found is not None:
            self._add(found)

    def hide(self, folder: FolderId) -> None:
        """It is going: people see it no more."""
        self._shown.discard(folder)

    def show(self, folder: FolderId) -> None:
        self._shown.add(folder)

    def _add(self, folder: Folder) -> None:
        self._all[folder.id] = folder
        self._names.setdefault((folder.parent_id, folder.name.casefold()), {})[folder.id] = None
        self._below[folder.parent_id] += 1

    def _forget(self, folder: FolderId) -> None:
        before = self._all.pop(folder, None)
        if before is not None:
            del self._names[before.parent_id, before.name.casefold()][folder]
            self._below[before.parent_id] -= 1


def read(tx: Tx, user: UserId, account: AccountId, *, most: Most, room: int) -> KnownFolders:
    """For a user who changes them; nobody else does until the transaction ends.

    Raises NotFound or NotAllowed.
    """
    require(tx, user, account, Level.WRITE)
    lock(tx, account)
    known = KnownFolders(most, room, most.rows)
    for folder in folders.list_all(tx, account):
        known._add(folder)
    known._shown.update(folders.shown(tx, account).values())
    return known
