"""A user's changes of folders: shown at once, queued for the provider in the same transaction.

In an internal mailbox they are final.

Refusals are raised before anything is written. Folders with a role stay as they
are: the provider needs them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Any

from poststelle.access.rights import require
from poststelle.lib.ids import LARGEST_ID
from poststelle.lib.unsaid import UNSAID, Unsaid
from poststelle.mail import known_folders, organise, query
from poststelle.mail.ingest import lock
from poststelle.mail.known_folders import KnownFolders, Most
from poststelle.mime.text import clean
from poststelle.model.errors import Conflict, Invalid, NotAllowed, NotFound
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, UserId
from poststelle.model.rights import Level
from poststelle.model.writeback import FolderOpKind, OpKind, WritebackOp
from poststelle.store import (
    accounts,
    archive,
    audit,
    folder_ops,
    folders,
    messages,
    notices,
    op_rows,
    writeback_ops,
)
from poststelle.store.tx import ReadTx, Tx

LONGEST_NAME = 255
_UNFINISHED_FOR = timedelta(minutes=2)
"""How long a removal in several transactions may rest between two of them; then it is given up."""
_PORTION = 500
_MOST = Most()
_EMPTIED_FOR_GOOD = frozenset({Role.TRASH, Role.JUNK})


def read_all(
    tx: Tx, user: UserId, account: AccountId, most: Most = _MOST, room: int | None = None
) -> KnownFolders:
    """The account's folders, for changes of many of them in one transaction: hand it to each.

    ``room``: how many messages may still go with folders, if some of the call have gone in an earlier one.
    Raises NotFound or NotAllowed.
    """
    return known_folders.read(tx, user, account, most=most, room=most.messages if room is None else room)


def create(
    tx: Tx,
    user: UserId,
    account: AccountId,
    name: str,
    parent: FolderId | None,
    now: datetime,
    *,
    known: KnownFolders | None = None,
) -> FolderId:
    """Make a folder below ``parent``, or at the top.

    Raises NotAllowed, Invalid (``name``, ``parent``), or Conflict: ``name_taken`` there, ``folders_full``.
    """
    known = read_all(tx, user, account) if known is None else known
    above = _existing_parent(known, parent)
    wanted = _checked_name(name)
    _require_free(known, wanted, above)
    if len(known) >= known.most.folders:
        raise Conflict("folders_full", f"A mailbox has up to {known.most.folders} folders.")
    made = folders.create(tx, account, wanted, above)
    if accounts.is_internal(tx, account):
        folders.set_remote_id(tx, account, made.id, own_id(made.id))
    else:
        payload = {"name": wanted, "parent": above and above.id}
        folder_ops.insert(tx, made, FolderOpKind.CREATE, payload=payload, undo={}, now=now, user=user)
    known.reread(tx, account, made.id)
    known.show(made.id)
    return made.id


def change(
    tx: Tx,
    user: UserId,
    account: AccountId,
    folder: FolderId,
    now: datetime,
    *,
    name: str | None = None,
    parent: FolderId | Unsaid | None = UNSAID,
    known: KnownFolders | None = None,
) -> None:
    """Rename a folder, or put it with all below it under ``parent`` (None: to the top), or both.

    Raises NotFound, NotAllowed, Invalid (``name``, ``parent``) or Conflict for a name that is taken there.
    """
    known = read_all(tx, user, account) if known is None else known
    before = _own(known, folder)
    wanted = before.name if name is None or name == before.name else _checked_name(name)
    target = before.parent_id if isinstance(parent, Unsaid) else parent
    above = _existing_parent(known, target)
    if target != before.parent_id and folder in known.line(above):
        raise Invalid("parent", "below_itself", "A folder can't lie below itself.")
    _require_free(known, wanted, above, but=folder)
    if not accounts.is_internal(tx, account):
        for kind, said, undo in _steps(known, before, wanted, target):
            folder_ops.insert(tx, before, kind, payload=said, undo=undo, now=now, user=user)
    if target != before.parent_id:
        folders.set_parent(tx, account, folder, target)
    if wanted != before.name:
        folders.set_name(tx, account, folder, wanted)
    known.reread(tx, account, folder)


_Step = tuple[FolderOpKind, Mapping[str, Any], Mapping[str, Any]]


def _steps(known: KnownFolders, before: Folder, wanted: str, target: FolderId | None) -> Iterator[_Step]:
    """A new name and place as the provider takes them: one after the other, by names that are free."""
    name, under = before.name, _name_on_the_way(known, before, wanted, target)
    if under != name:
        yield FolderOpKind.RENAME, {"name": under}, {"name": name}
    if target != before.parent_id:
        said: dict[str, Any] = {"parent": target}
        undo: dict[str, Any] = {"parent": before.parent_id}
        if wanted != name:
            said, undo = said | {"under": under, "name": wanted}, undo | {"name": name}
        yield FolderOpKind.MOVE, said, undo
    if wanted != under:
        yield FolderOpKind.RENAME, {"name": wanted}, {"name": under}


def _name_on_the_way(known: KnownFolders, before: Folder, wanted: str, target: FolderId | None) -> str:
    """The old one, the new one, or a third, whichever is free in both places."""
    others = (f"{wanted[: LONGEST_NAME - 10]} ({number})" for number in count(2))
    places = {before.parent_id, target}
    return next(
        name
        for name in chain([before.name, wanted], others)
        if all(set(known.of_name(name, place)) <= {before.id} for place in places)
    )


def are_coming(tx: ReadTx, user: UserId, account: AccountId, ids: Collection[FolderId]) -> bool:
    """Whether any of the folders is still to be made at the provider. Raises NotFound."""
    require(tx, user, account, Level.READ)
    return any(folder.is_new for id_ in ids if (folder := folders.get(tx, account, id_)) is not None)


def destroy(
    tx: Tx,
    user: UserId,
    account: AccountId,
    folder: FolderId,
    now: datetime,
    *,
    with_messages: bool,
    known: KnownFolders | None = None,
) -> bool:
    """Remove a folder for good, with its messages if so wished. The page's "delete" is a move to the trash.

    False: very many messages lie in it, and some are left; call again, in a transaction of its own. Until
    then it is there, with what is left; should nobody call again, it stays so in an internal mailbox.
    At a provider nothing has gone by then: what has gone here is read again two minutes after.
    Folders in it that nobody here has seen yet keep it from going, and messages unless they go too.

    Raises NotFound, NotAllowed, or Conflict: ``folder_has_folders``,
    ``folder_has_messages``, ``too_many_messages``, ``folder_not_made_yet``,
    and ``being_sent`` or ``waits_to_be_sent`` for a message in it.
    """
    known = read_all(tx, user, account) if known is None else known
    _own(known, folder)
    before = _counted(tx, account, folder)
    if known.has_below(folder):
        raise Conflict("folder_has_folders", "There are folders in this folder.")
    if before.total and not with_messages:
        raise Conflict("folder_has_messages", "There are messages in this folder.")
    if before.total > known.most.messages:
        raise Conflict("too_many_messages", "There are too many messages in this folder; empty it first.")
    if before.total > known.room:
        raise Conflict("too_many_messages", "Too many messages would go at once; ask for this folder again.")
    if before.is_new:
        raise Conflict("folder_not_made_yet", "This folder is still being made; try again in a moment.")
    take = _destroy_here if accounts.is_internal(tx, account) else _destroy_there
    is_gone = take(tx, user, before, known, now)
    if is_gone:
        name, count = before.name, before.total
        audit.record(tx, now, user, "folder.destroyed", account, subject=name, count=count)
        known.hide(folder)
        known.reread(tx, account, folder)
    return is_gone


def _destroy_there(tx: Tx, user: UserId, before: Folder, known: KnownFolders, now: datetime) -> bool:
    """A folder of the provider's: it goes here at once, and is queued with what went."""
    account, folder = before.account_id, before.id
    held = _some_messages(tx, account, folder, known.most.messages)
    organise.check_unsent(tx, account, held)
    under_way = _under_way(tx, before)
    _give_up_copies(tx, under_way, now)
    coming = {op.message_id for op in under_way}.intersection(held)
    gone = _destroy_messages(tx, user, before, coming, known, now)
    is_empty = not _some_messages(tx, account, folder, 1)
    again_at = None if is_empty else now + _UNFINISHED_FOR
    folder_ops.destroy(tx, before, gone, again_at, now=now, user=user)
    if is_empty:
        folders.leave(tx, account, folder)
    return is_empty


def set_order(
    tx: Tx,
    user: UserId,
    account: AccountId,
    folder: FolderId,
    order: int,
    *,
    known: KnownFolders | None = None,
) -> None:
    """Where a folder stands in lists, for everybody who uses the account; the provider has no such thing.

    Raises NotFound or NotAllowed.
    """
    known = read_all(tx, user, account) if known is None else known
    folders.set_order(tx, account, _shown(known, folder).id, order)
    known.reread(tx, account, folder)


def subscribe(tx: Tx, user: UserId, account: AccountId, folder: FolderId, *, is_subscribed: bool) -> None:
    """Whether the user wants to see a folder: theirs to say, whatever their level.

    Raises NotFound, or NotAllowed for a token that is for reading alone.
    """
    require(tx, user, account, Level.READ)
    if tx.scope is not None and tx.scope.level < Level.WRITE:
        raise NotAllowed("needs_level", "This token is for reading alone.", needed="write", held="read")
    if not folders.wish(tx, user, account, folder, is_subscribed=is_subscribed):
        raise _gone()


@dataclass(frozen=True, slots=True)
class Emptied:
    """How many messages are left to go from a folder, and how many stay because they are to be sent."""

    left: int
    held: int


def empty(
    tx: Tx,
    user: UserId,
    account: AccountId,
    folder: FolderId,
    now: datetime,
    *,
    up_to: MessageId | None = None,
) -> Emptied:
    """Empty a portion of a folder: call again until nothing is left.

    What lies in the trash or among the junk is destroyed for good, all else moves to the trash; what lies
    in other folders too stays in these, and a draft that waits to be sent, or is being sent, in this one.
    ``up_to`` is the latest message that goes: ids rise as messages come here, and what has come since
    somebody looked at the folder stays, and is not counted. None: everything goes.
    Raises NotFound or NotAllowed.
    """
    _may_change(tx, user, account)
    found = folders.get(tx, account, folder)
    if found is None or folder not in folders.shown(tx, account).values():
        raise _gone()
    trash = folders.by_role(tx, account, Role.TRASH)
    is_for_good = found.role in _EMPTIED_FOR_GOOD or trash is None
    target = None if is_for_good or trash is None else trash.id
    those = {"account": account, "folder": folder, "up_to": LARGEST_ID if up_to is None else up_to}
    rows = tx.all("list_unsent_messages_in_folder", **those, limit=_PORTION)
    some = [MessageId(row["message_id"]) for row in rows]
    organise.leave(tx, user, account, some, folder, now, trash=target)
    total, held = (
        int(tx.all(query, **those)[0]["total"])
        for query in ("count_messages_in_folder_up_to", "count_held_messages_in_folder")
    )
    return Emptied(total - held, held)


def _under_way(tx: Tx, folder: Folder) -> list[WritebackOp]:
    """Moves and copies into the folder that are still to be made at the provider."""
    found = tx.all("list_ops_to_folder", account=folder.account_id, folder=folder.id)
    return [op_rows.read(row) for row in found]


def _give_up_copies(tx: Tx, under_way: Sequence[WritebackOp], now: datetime) -> None:
    """Copies that were never asked for need not be made. One that may be there goes with the folder."""
    for op in under_way:
        if op.kind is OpKind.COPY and not op.is_in_flight and not op.attempts:
            told = writeback_ops.take_back(tx, op, "discarded", "", now)
            if told is not None:  # nobody misses it
                notices.dismiss(tx, op.account_id, told.id)


def own_id(folder: FolderId) -> RemoteId:
    """What stands for a provider's id of a folder in an internal mailbox."""
    return RemoteId(f"own:{folder}")


def _destroy_here(tx: Tx, user: UserId, folder: Folder, known: KnownFolders, now: datetime) -> bool:
    """A folder of an internal mailbox; what lies in other folders too stays there. Source: RFC 8621 §2.5."""
    while some := _next_messages(tx, user, folder, known):
        organise.leave(tx, user, folder.account_id, some, folder.id, now, trash=None)
    if _some_messages(tx, folder.account_id, folder.id, 1):
        return False
    folders.destroy(tx, folder.account_id, folder.id)
    return True


def _next_messages(tx: Tx, user: UserId, folder: Folder, known: KnownFolders) -> list[MessageId]:
    """Some that go with the folder in this transaction; none are left, or it has written enough."""
    if known.rows <= 0:
        return []
    some = _some_messages(tx, folder.account_id, folder.id, _PORTION)
    extents = query.extents(tx, user, folder.account_id, some)
    taken: list[MessageId] = []
    for message in some:
        if known.rows <= 0:
            break
        known.rows -= extents[message] + query.ROWS_ALONG
        known.room -= 1
        taken.append(message)
    return taken


def _destroy_messages(
    tx: Tx, user: UserId, folder: Folder, coming: set[MessageId], known: KnownFolders, now: datetime
) -> list[RemoteId]:
    """What lies in it here goes, whatever the provider knows of that; nothing else does.

    These may go with the folder: should others lie in it there, somebody has put them in, and it stays.

    Those still to come into the folder at the provider are destroyed there one by one.
    A message that was moved on stays: the folder waits until it has left it there too.
    """
    account = folder.account_id
    gone: list[RemoteId] = []
    while some := _next_messages(tx, user, folder, known):
        organise.destroy_many(tx, user, account, sorted(coming.intersection(some)), now)
        found = messages.get_many(tx, account, [message for message in some if message not in coming])
        archive.hurry(tx, account, [message.id for message in found])
        messages.replace(tx, account, [(message, None) for message in found])
        gone += [message.remote_id for message in found]
    return gone


def _some_messages(tx: Tx, account: AccountId, folder: FolderId, limit: int) -> list[MessageId]:
    rows = tx.all("list_messages_in_folder", account=account, folder=folder, limit=limit)
    return [MessageId(row["message_id"]) for row in rows]


def _may_change(tx: Tx, user: UserId, account: AccountId) -> None:
    require(tx, user, account, Level.WRITE)
    lock(tx, account)


def _own(known: KnownFolders, folder: FolderId) -> Folder:
    """A folder that people may change."""
    found = _shown(known, folder)
    if found.role is not None:
        raise NotAllowed("system_folder", "System folders stay as they are.")
    return found


def _shown(known: KnownFolders, folder: FolderId) -> Folder:
    found = known.get(folder)
    if found is None or not known.is_shown(folder):
        raise _gone()
    return found


def _counted(tx: Tx, account: AccountId, folder: FolderId) -> Folder:
    """With its counters as they are now."""
    found = folders.get(tx, account, folder)
    if found is None:
        raise _gone()
    return found


def _gone() -> NotFound:
    return NotFound("no_such_folder", "This folder is not there any more.")


def _existing_parent(known: KnownFolders, parent: FolderId | None) -> Folder | None:
    if parent is None:
        return None
    try:
        return _shown(known, parent)
    except NotFound as error:
        raise Invalid("parent", "no_such_folder", error.message) from error


def _checked_name(name: str) -> str:
    wanted = clean(name).strip()
    if not wanted or len(wanted) > LONGEST_NAME or any(ord(c) < 32 for c in wanted):
        raise Invalid("name", "unusable_name", f"A folder's name has 1 to {LONGEST_NAME} characters.")
    return wanted


def _require_free(
    known: KnownFolders, name: str, parent: Folder | None, *, but: FolderId | None = None
) -> None:
    """Exchange has one folder of a name in a place, in whatever letter case."""
    for folder in known.of_name(name, None if parent is None else parent.id):
        if folder != but:
            raise Conflict("name_taken", "There is a folder of this name already.", folder=folder)
