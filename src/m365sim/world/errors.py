"""What the world refuses. Every refusal leaves it unchanged.

::

    WorldError
    ├── NoSuchMailbox      no mailbox under this address
    ├── NoSuchFolder       no folder under this id, name or path
    ├── NoSuchMessage      no message under this id in this mailbox
    ├── MalformedId        the text is no id at all
    ├── FolderExists       the parent already has a folder of this name
    └── NotAllowed         the rules of mailboxes forbid it (``code`` is Exchange's word)
"""

from __future__ import annotations


class WorldError(Exception):
    """Base of everything the world refuses; the message is for the caller to read."""


class NoSuchMailbox(WorldError):
    """No mailbox under this address."""


class NoSuchFolder(WorldError):
    """No folder under this id, well-known name or path; ``by_name`` tells which was tried."""

    def __init__(self, message: str, *, by_name: bool = False) -> None:
        super().__init__(message)
        self.by_name = by_name


class NoSuchMessage(WorldError):
    """No message (or attachment) under this id in this mailbox."""


class MalformedId(WorldError):
    """The text is not an id that Exchange could have made."""


class FolderExists(WorldError):
    """The parent already holds a folder of this name."""


class NotAllowed(WorldError):
    """Mailbox rules forbid it; ``code`` is the word Exchange uses."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
