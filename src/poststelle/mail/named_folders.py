"""Folders of an internal mailbox by the names that a file tells, made where they are missing."""

from datetime import datetime
from itertools import zip_longest

from poststelle.mail import folders as changes
from poststelle.mail.slips import FolderName
from poststelle.mime.text import clean
from poststelle.model.errors import Invalid
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.store.tx import Tx

MOST_FOLDERS = 500
"""A mailbox has no more than these when a file makes them: people would hardly find their way among more."""
_ROLES = frozenset(role.value for role in Role)


class NamedFolders:
    """The folders of an account as they are in this transaction."""

    def __init__(self, tx: Tx, user: UserId, account: AccountId, now: datetime) -> None:
        self._tx, self._user, self._account, self._now = tx, user, account, now
        self._known = changes.read_all(tx, user, account)
        self._roles = {folder.role.value: folder.id for folder in self._known if folder.role is not None}
        self._names = {(folder.parent_id, folder.name.casefold()): folder.id for folder in self._known}

    def find(self, name: FolderName) -> FolderId | None:
        """The folder; None where nothing of its name can be used. A role stands before a name.

        Raises NotFound, NotAllowed, or Invalid ``too_many_folders``.
        """
        above: FolderId | None = None
        for text, role in zip_longest(name.path, name.roles[: len(name.path)]):
            if role in _ROLES and role in self._roles:
                above = self._roles[role]
            elif wanted := _usable(text):
                above = self._below(above, wanted)
        return above

    def _below(self, above: FolderId | None, wanted: str) -> FolderId:
        place = (above, wanted.casefold())
        if place not in self._names:
            if len(self._names) >= MOST_FOLDERS:
                raise Invalid("file", "too_many_folders", "There are too many folders in this file.")
            made = changes.create(
                self._tx, self._user, self._account, wanted, above, self._now, known=self._known
            )
            self._names[place] = made
        return self._names[place]


def _usable(name: str) -> str:
    """As folders may be named."""
    visible = "".join(c if ord(c) >= 32 else " " for c in clean(name))
    return visible.strip()[: changes.LONGEST_NAME].strip()
