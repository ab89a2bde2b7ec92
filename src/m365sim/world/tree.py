"""What people and programs do with folders: create, rename, move, copy, delete.

Each function changes all it says or, raising, nothing.

Source: Graph v1.0, "mailFolder resource type" (methods).
"""

from __future__ import annotations

from m365sim.world.errors import FolderExists, NotAllowed
from m365sim.world.folders import Folder, SearchSpec
from m365sim.world.mailbox import COUNTERS, Mailbox
from m365sim.world.organise import copy as copy_message
from m365sim.world.wellknown import RECOVERABLE, SEARCH_FOLDERS

MAX_DEPTH = 300
"""Source: "Exchange Online limits", maximum folder hierarchy depth; the code of the refusal is a guess."""


def create(
    mailbox: Mailbox, parent: Folder, name: str, *, is_hidden: bool = False, search: SearchSpec | None = None
) -> Folder:
    """Create a folder, or with ``search`` a search folder; FolderExists when the parent has one so named."""
    _check_parent(parent, is_search=search is not None)
    _check_name(parent, name)
    _check_depth(parent, 0)
    return mailbox.add_folder(name.strip(), parent, is_hidden=is_hidden, search=search)


def search_for(mailbox: Mailbox, folder: Folder, search: SearchSpec) -> Folder:
    """Let a search folder show something else."""
    if folder.search != search:
        folder.search = search
        mailbox.folder_changed(folder, COUNTERS)
    return folder


def rename(mailbox: Mailbox, folder: Folder, name: str) -> Folder:
    """Give a folder another name."""
    _check_is_own(folder, "renamed")
    if folder.parent is not None and folder.parent.child(name) is not folder:
        _check_name(folder.parent, name)
    if folder.name != name.strip():
        folder.name = name.strip()
        mailbox.folder_changed(folder, {"displayName"})
    return folder


def move(mailbox: Mailbox, folder: Folder, parent: Folder) -> Folder:
    """Hang a folder, with all below it, under another parent. Its id stays."""
    _check_is_own(folder, "moved")
    if parent.is_within(folder):
        raise NotAllowed("ErrorMoveCopyFailed", "A folder cannot be moved into itself.")
    if folder.is_beyond is not parent.is_beyond:
        raise NotAllowed("ErrorMoveCopyFailed", "A folder cannot be moved into or out of this folder.")
    _check_parent(parent, is_search=folder.search is not None)
    if folder.parent is not parent:
        _check_name(parent, folder.name)
        _check_depth(parent, folder.height())
        _hang(mailbox, folder, parent)
    return folder


def copy(mailbox: Mailbox, folder: Folder, parent: Folder) -> Folder:
    """Copy a folder with its messages and everything below it. What rests in runs is a run in the copy."""
    if parent.is_within(folder):
        raise NotAllowed("ErrorMoveCopyFailed", "A folder cannot be copied into itself.")
    _check_depth(parent, folder.height())
    made = create(mailbox, parent, folder.name, is_hidden=folder.is_hidden, search=folder.search)
    made.extended = folder.extended
    lone = mailbox.lone(folder)
    for stretch in mailbox.messages.resting_in(folder):
        mailbox.add_run(made, stretch.series())
    for message in lone:
        copy_message(mailbox, message, made)
    for child in list(folder.children):
        copy(mailbox, child, made)
    return made


def delete(mailbox: Mailbox, folder: Folder, *, is_recoverable: bool = True) -> bool:
    """Move a folder to Deleted Items, or remove it if it lies there; True if it is gone.

    Its messages can then be recovered, unless told otherwise. A search folder goes at once.
    """
    _check_is_own(folder, "deleted")
    bin_ = mailbox.named["deleteditems"]
    if folder.search is not None or folder.is_within(bin_):
        destroy(mailbox, folder, kept_in=mailbox.named[RECOVERABLE] if is_recoverable else None)
        return True
    folder.name = _free_name(bin_, folder.name)
    _hang(mailbox, folder, bin_)
    return False


def destroy(mailbox: Mailbox, folder: Folder, *, kept_in: Folder | None = None) -> None:
    """Remove a folder and everything below it for good; the messages too, unless they are to be kept."""
    _check_is_own(folder, "deleted")
    for child in list(folder.children):
        destroy(mailbox, child, kept_in=kept_in)
    mailbox.dissolve(folder, kept_in)
    mailbox.forget_folder(folder)


def _hang(mailbox: Mailbox, folder: Folder, parent: Folder) -> None:
    if folder.parent is not None:
        folder.parent.children.remove(folder)
        mailbox.folder_changed(folder.parent, {"childFolderCount"})
    parent.children.append(folder)
    folder.parent = parent
    mailbox.folder_changed(parent, {"childFolderCount"})
    mailbox.folder_changed(folder, {"parentFolderId", "displayName"})


def _free_name(parent: Folder, name: str) -> str:
    free, number = name, 0
    while parent.child(free) is not None:
        number += 1
        free = f"{name}{number}"
    return free


def _check_parent(parent: Folder, *, is_search: bool) -> None:
    if parent.search is not None or (parent.is_beyond and parent.well_known != SEARCH_FOLDERS):
        raise NotAllowed("ErrorInvalidOperation", "Folders cannot be placed in this folder.")
    if parent.is_beyond and not is_search:
        raise NotAllowed("ErrorInvalidOperation", "Only search folders can be placed in this folder.")


def _check_name(parent: Folder, name: str) -> None:
    if not name.strip():
        raise NotAllowed("ErrorInvalidFolderName", "The folder name cannot be empty.")
    if len(name) > 255:
        raise NotAllowed("ErrorInvalidFolderName", "The folder name cannot be longer than 255 characters.")
    if parent.child(name.strip()) is not None:
        raise FolderExists("A folder with the specified name already exists.")


def _check_depth(parent: Folder, height: int) -> None:
    if parent.depth() + 1 + height > MAX_DEPTH:
        raise NotAllowed("ErrorFolderHierarchyTooDeep", f"Folders lie at most {MAX_DEPTH} levels deep.")


def _check_is_own(folder: Folder, done: str) -> None:
    if folder.well_known is not None or folder.parent is None:
        code = "ErrorDeleteDistinguishedFolder" if done == "deleted" else "ErrorMoveDistinguishedFolder"
        raise NotAllowed(code, f"Distinguished folders cannot be {done}.")
