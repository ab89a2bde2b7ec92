"""What people and programs do with folders: create, rename, move, copy, delete.

Each function changes all it says or, raising, nothing.

Source: Graph v1.0, "mailFolder resource type" (methods).
"""

from __future__ import annotations

from m365sim.world.errors import FolderExists, NotAllowed
from m365sim.world.folders import Folder
from m365sim.world.mailbox import Mailbox
from m365sim.world.organise import copy as copy_message


def create(mailbox: Mailbox, parent: Folder, name: str, *, is_hidden: bool = False) -> Folder:
    """Create a folder; FolderExists when the parent has one of this name."""
    _check_name(parent, name)
    return mailbox.add_folder(name.strip(), parent, is_hidden=is_hidden)


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
    if folder.parent is not parent:
        _check_name(parent, folder.name)
        _hang(mailbox, folder, parent)
    return folder


def copy(mailbox: Mailbox, folder: Folder, parent: Folder) -> Folder:
    """Copy a folder with its messages and everything below it."""
    if parent.is_within(folder):
        raise NotAllowed("ErrorMoveCopyFailed", "A folder cannot be copied into itself.")
    made = create(mailbox, parent, folder.name, is_hidden=folder.is_hidden)
    made.extended = folder.extended
    for message in list(mailbox.newest(folder)):
        copy_message(mailbox, message, made)
    for child in list(folder.children):
        copy(mailbox, child, made)
    return made


def delete(mailbox: Mailbox, folder: Folder) -> bool:
    """Move a folder to Deleted Items, or remove it for good if it lies there; True if it is gone."""
    _check_is_own(folder, "deleted")
    bin_ = mailbox.named["deleteditems"]
    if folder.is_within(bin_):
        destroy(mailbox, folder)
        return True
    folder.name = _free_name(bin_, folder.name)
    _hang(mailbox, folder, bin_)
    return False


def destroy(mailbox: Mailbox, folder: Folder) -> None:
    """Remove a folder, its messages and everything below it for good."""
    _check_is_own(folder, "deleted")
    for child in list(folder.children):
        destroy(mailbox, child)
    for message in list(mailbox.newest(folder)):
        mailbox.remove(message)
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


def _check_name(parent: Folder, name: str) -> None:
    if not name.strip():
        raise NotAllowed("ErrorInvalidFolderName", "The folder name cannot be empty.")
    if len(name) > 255:
        raise NotAllowed("ErrorInvalidFolderName", "The folder name cannot be longer than 255 characters.")
    if parent.child(name.strip()) is not None:
        raise FolderExists("A folder with the specified name already exists.")


def _check_is_own(folder: Folder, done: str) -> None:
    if folder.well_known is not None:
        code = "ErrorDeleteDistinguishedFolder" if done == "deleted" else "ErrorMoveDistinguishedFolder"
        raise NotAllowed(code, f"Distinguished folders cannot be {done}.")
