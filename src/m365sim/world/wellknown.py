"""The folders every mailbox has, and what they are called in the mailbox's language.

Source: Graph v1.0, "mailFolder resource type" (well-known folder names).
"""

from __future__ import annotations

ROOT = "msgfolderroot"

# name, German, English
_DEFAULTS: tuple[tuple[str, str, str], ...] = (
    ("inbox", "Posteingang", "Inbox"),
    ("drafts", "Entwürfe", "Drafts"),
    ("sentitems", "Gesendete Elemente", "Sent Items"),
    ("deleteditems", "Gelöschte Elemente", "Deleted Items"),
    ("junkemail", "Junk-E-Mail", "Junk Email"),
    ("archive", "Archiv", "Archive"),
    ("outbox", "Postausgang", "Outbox"),
    ("conversationhistory", "Aufgezeichnete Unterhaltungen", "Conversation History"),
)

# Outside the tree that people see.
SEARCH_FOLDERS = "searchfolders"
RECOVERABLE = "recoverableitemsdeletions"
BEYOND = ((SEARCH_FOLDERS, "Finder"), (RECOVERABLE, "Deletions"))

WELL_KNOWN_NAMES = frozenset(
    {
        ROOT,
        *(name for name, _, _ in _DEFAULTS),
        "clutter",
        "conflicts",
        "localfailures",
        RECOVERABLE,
        "scheduled",
        SEARCH_FOLDERS,
        "serverfailures",
        "syncissues",
    }
)


def root_name(language: str) -> str:
    """What the top of the tree is called."""
    german = language.lower().startswith("de")
    return "Oberste Ebene des Informationsspeichers" if german else "Top of Information Store"


def default_folders(language: str) -> list[tuple[str, str]]:
    """``(well-known name, display name)`` of the folders a new mailbox gets."""
    german = language.lower().startswith("de")
    return [(name, de if german else en) for name, de, en in _DEFAULTS]
