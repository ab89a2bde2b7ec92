"""Folders: containers inside an account, with their counters and when they are due for a look."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import AccountId, FolderId, RemoteId, UserId
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Row, Tx


def get(tx: ReadTx, account: AccountId, folder: FolderId) -> Folder | None:
    row = tx.one("get_folder", account=account, folder=folder)
    return _folder(row) if row else None


def by_remote(tx: ReadTx, account: AccountId, remote_id: RemoteId) -> Folder | None:
    row = tx.one("get_folder_by_remote", account=account, remote_id=remote_id)
    return _folder(row) if row else None


def by_role(tx: ReadTx, account: AccountId, role: Role) -> Folder | None:
    row = tx.one("get_folder_by_role", account=account, role=role.value)
    return _folder(row) if row else None


def within(tx: ReadTx, account: AccountId, role: Role) -> set[FolderId]:
    """The folder of this role and all below it; nothing where there is none."""
    top = by_role(tx, account, role)
    if top is None:
        return set()
    below = defaultdict(list)
    for folder in list_all(tx, account):
        below[folder.parent_id].append(folder.id)
    found, waiting = set(), [top.id]
    while waiting:
        folder_id = waiting.pop()
        if folder_id not in found:
            found.add(folder_id)
            waiting += below[folder_id]
    return found


def list_all(tx: ReadTx, account: AccountId) -> list[Folder]:
    """All folders, by id."""
    return [_folder(row) for row in tx.all("list_folders", account=account)]


def list_for(tx: ReadTx, user: UserId, account: AccountId) -> list[Folder]:
    """All folders, by id, with what the user wishes of them."""
    rows = tx.all("list_folder_wishes", user_id=user, account=account)
    wishes = {FolderId(row["folder_id"]): bool(row["is_subscribed"]) for row in rows}
    found = list_all(tx, account)
    return [replace(one, is_wanted=wishes[one.id]) if one.id in wishes else one for one in found]


def wish(tx: Tx, user: UserId, account: AccountId, folder: FolderId, *, is_subscribed: bool) -> bool:
    """Whether the user wants to see it; whether there is such a folder.

    It counts as updated for everybody: the log is the account's.
    """
    found = get(tx, account, folder)
    if found is None:
        return False
    whose = {"user_id": user, "account": account, "folder": folder}
    row = tx.one("get_folder_wish", **whose)
    before = replace(found, is_wanted=None if row is None else bool(row["is_subscribed"]))
    if before.is_subscribed != is_subscribed:
        tx.run("put_folder_wish", is_subscribed=int(is_subscribed), **whose)
        tx.changed(account, ChangeType.MAILBOX, folder, ChangeOp.UPDATED)
    return True


def paths(tx: ReadTx, account: AccountId) -> dict[FolderId, str]:
    """Every folder's names from the top down, with slashes between."""
    known = {folder.id: folder for folder in list_all(tx, account)}

    def path(folder: Folder) -> str:
        # A loop: a program may nest folders deeper than Python calls.
        names = [folder.name]
        while folder.parent_id is not None and (above := known.get(folder.parent_id)) is not None:
            names.append(above.name)
            folder = above
        return "/".join(reversed(names))

    return {folder.id: path(folder) for folder in known.values()}


def shown(tx: ReadTx, account: AccountId) -> dict[RemoteId, FolderId]:
    """The folders that the provider still holds, by its ids."""
    rows = tx.all("list_shown_folders", account=account)
    return {RemoteId(row["remote_id"]): FolderId(row["id"]) for row in rows}


def upsert(
    tx: Tx,
    account: AccountId,
    *,
    remote_id: RemoteId,
    parent_remote_id: RemoteId | None,
    name: str,
    role: Role | None,
    is_hidden: bool,
    remote_total: int,
    remote_unread: int,
    as_of: int | None = None,
) -> FolderId:
    """Insert or change a folder as the provider reports it; return its id.

    ``role`` None keeps the role it has; a role moves to the folder that claims
    it last. A new folder, and one whose remote counters moved, is due at once.
    Parents are set by ``link_parents``, when all of a page is there. A report
    asked for at the modseq ``as_of``, before the provider made our last change
    of the folder, says nothing about its name and place.
    """
    before = tx.one("get_folder_by_remote", account=account, remote_id=remote_id)
    if before is not None and as_of is not None and as_of <= before["confirmed_modseq"]:
        name, parent_remote_id = before["name"], before["parent_remote_id"]
    if role is not None and (before is None or before["role"] != role.value):
        _take_role(tx, account, role, remote_id)
    told = {
        "parent_remote_id": parent_remote_id,
        "name": name,
        "role": role.value if role is not None else before and before["role"],
        "is_hidden": int(is_hidden),
        "remote_total": remote_total,
        "remote_unread": remote_unread,
        "has_left": 0,
    }
    if before is None:
        folder = FolderId(take_ids(tx, account, 1))
        tx.run("insert_folder", account=account, folder=folder, remote_id=remote_id, **told)
        tx.changed(account, ChangeType.MAILBOX, folder, ChangeOp.CREATED)
        return folder
    folder = FolderId(before["id"])
    differing = {key for key, value in told.items() if before[key] != value}
    if not differing:
        return folder
    is_due = bool(differing & {"remote_total", "remote_unread", "has_left"})
    due_at = 0 if is_due else before["due_at"]
    tx.run("update_folder", account=account, folder=folder, due_at=due_at, **told)
    if differing & {"name", "role", "is_hidden"}:
        tx.changed(account, ChangeType.MAILBOX, folder, ChangeOp.UPDATED)
    return folder


def is_in_doubt(
    tx: ReadTx,
    account: AccountId,
    remote_id: RemoteId,
    parent_remote_id: RemoteId | None,
    name: str,
    as_of: int | None,
) -> bool:
    """Whether a report that says nothing about name and place, being older than our change, says others.

    It may be of before our change, or of after one that somebody has made since.
    """
    row = tx.one("get_folder_by_remote", account=account, remote_id=remote_id)
    if row is None or as_of is None or as_of > row["confirmed_modseq"]:
        return False
    return (name, parent_remote_id) != (row["name"], row["parent_remote_id"])


def confirmed_since(tx: ReadTx, account: AccountId, as_of: int | None) -> list[FolderId]:
    """Folders of which the provider has made a change of ours since that modseq; none without one."""
    if as_of is None:
        return []
    rows = tx.all("list_folders_confirmed_since", account=account, modseq=as_of)
    return [FolderId(row["id"]) for row in rows]


def create(tx: Tx, account: AccountId, name: str, parent: Folder | None) -> Folder:
    """Make a folder that the provider does not know yet."""
    folder = FolderId(take_ids(tx, account, 1))
    remote_id = RemoteId(f"new:{folder}")
    tx.run(
        "insert_new_folder",
        account=account,
        folder=folder,
        remote_id=remote_id,
        parent=None if parent is None else parent.id,
        parent_remote_id=None if parent is None else parent.remote_id,
        name=name,
    )
    tx.changed(account, ChangeType.MAILBOX, folder, ChangeOp.CREATED)
    made = get(tx, account, folder)
    assert made is not None
    return made


def create_with_roles(tx: Tx, account: AccountId, names: Mapping[Role, str]) -> None:
    """The folders with a role, which an internal mailbox has from the beginning."""
    for role, name in names.items():
        made = create(tx, account, name, None)
        tx.run("set_folder_role", account=account, folder=made.id, role=role.value)
        set_remote_id(tx, account, made.id, RemoteId(f"own:{made.id}"))


def set_remote_id(tx: Tx, account: AccountId, folder: FolderId, remote_id: RemoteId) -> None:
    """The provider has made the folder: from now on it is read like any other."""
    before = get(tx, account, folder)
    if before is not None and before.is_new:
        tx.run("set_new_folders_remote_id", account=account, folder=folder, remote_id=remote_id)
        tx.run("set_parents_remote_id", account=account, old=before.remote_id, new=remote_id)


def note_confirmed(tx: Tx, account: AccountId, folder: FolderId) -> None:
    """The provider has made a change of ours: what it reported before does not undo it."""
    tx.run("confirm_folder", account=account, folder=folder)


def set_name(tx: Tx, account: AccountId, folder: FolderId, name: str) -> None:
    if tx.run("set_folder_name", account=account, folder=folder, name=name):
        tx.changed(account, ChangeType.MAILBOX, folder, ChangeOp.UPDATED)


def set_order(tx: Tx, account: AccountId, folder: FolderId, order: int) -> None:
    if tx.run("set_folder_order", account=account, folder=folder, order=order):
        tx.changed(account, ChangeType.MAILBOX, folder, ChangeOp.UPDATED)


def set_parent(tx: Tx, account: AccountId, folder: FolderId, parent: FolderId | None) -> None:
    """Put a folder below another one; None, or one that is gone: to the top."""
    above = None if parent is None else get(tx, account, parent)
    place = {
        "parent": above and above.id,
        "parent_remote_id": above and above.remote_id,
    }
    if tx.run("set_folder_place", account=account, folder=folder, **place):
        tx.changed(account, ChangeType.MAILBOX, folder, ChangeOp.UPDATED)


def link_parents(tx: Tx, account: AccountId) -> None:
    """Set every parent from what the provider said; one that is unknown yet, or a ring, counts as none."""
    rows = tx.all("list_folders", account=account)
    by_remote_id = {row["remote_id"]: row["id"] for row in rows}
    claimed = {row["id"]: by_remote_id.get(row["parent_remote_id"]) for row in rows}
    for row in rows:
        parent = None if _is_in_ring(claimed, row["id"]) else claimed[row["id"]]
        if parent != row["parent_id"]:
            tx.run("set_folder_parent", account=account, folder=row["id"], parent=parent)
            tx.changed(account, ChangeType.MAILBOX, row["id"], ChangeOp.UPDATED)


def leave(tx: Tx, account: AccountId, folder: FolderId) -> None:
    """The provider holds this folder no more: it goes as soon as it is empty."""
    if tx.run("mark_folder_left", account=account, folder=folder):
        _destroy_done(tx, account, [folder])


def count_many(tx: Tx, account: AccountId, moved: Mapping[FolderId, Mapping[str, int]]) -> None:
    """Move each folder's counters (``total``, ``unread``, ``total_threads``, ``unread_threads``) by these."""
    rows = [{"account": account, "folder": folder, **by} for folder, by in moved.items()]
    tx.many("count_folder", rows)
    tx.all_changed(account, ChangeType.MAILBOX, moved, ChangeOp.COUNTED)
    smaller = [folder for folder, by in moved.items() if by["total"] < 0]
    _destroy_done(tx, account, smaller)


def set_due(tx: Tx, account: AccountId, folder: FolderId, at: datetime) -> None:
    """Its messages should be looked at from ``at`` on."""
    tx.run("set_folder_due", account=account, folder=folder, due_at=to_ms(at))


def set_all_due(tx: Tx, account: AccountId, at: datetime) -> None:
    """Look at every folder from ``at`` on; what is refused keeps its wait."""
    tx.run("set_all_folders_due", account=account, due_at=to_ms(at))


def set_hot_due(tx: Tx, account: AccountId, at: datetime) -> None:
    """Look at inbox, sent and drafts from ``at`` on; what is refused keeps its wait."""
    tx.run("set_hot_folders_due", account=account, due_at=to_ms(at))


def look_at_inbox(tx: Tx, account: AccountId, at: datetime) -> None:
    """As ``set_due`` for the inbox."""
    tx.run("look_at_inbox", account=account, due_at=to_ms(at))


def look_at_hot(tx: Tx, account: AccountId, at: datetime) -> None:
    """As ``set_due`` for inbox, sent and drafts."""
    tx.run("look_at_hot_folders", account=account, due_at=to_ms(at))


def look_by(tx: Tx, account: AccountId, chosen: Iterable[FolderId], at: datetime) -> None:
    """Make these, and inbox, sent and drafts, due at ``at`` unless they are sooner."""
    tx.run("look_at_hot_folders_by", account=account, due_at=to_ms(at))
    for folder in chosen:
        tx.run("look_at_folder_by", account=account, folder=folder, due_at=to_ms(at))


def due(tx: ReadTx, account: AccountId, now: datetime, limit: int) -> dict[FolderId, datetime]:
    """Folders to look at now, and since when: inbox, sent and drafts before the others, then the longest
    overdue."""
    rows = tx.all("list_due_folders", account=account, now=to_ms(now), limit=limit)
    return {FolderId(row["id"]): from_ms(row["due_at"]) for row in rows}


def end_round(
    tx: Tx, account: AccountId, folder: FolderId, at: datetime, due_at: datetime, was_due_at: datetime
) -> None:
    """A round over its messages ended at ``at``, and the next look is due at ``due_at``.

    Unless somebody has asked for one meanwhile, whose answer this may be too old for: it was due at
    ``was_due_at`` when the turn began, and is not any more. Who asks may have another clock than who reads.
    """
    times = {"at": to_ms(at), "due_at": to_ms(due_at), "was_due_at": to_ms(was_due_at)}
    tx.run("end_folder_round", account=account, folder=folder, **times)


def put_off(tx: Tx, account: AccountId, folder: FolderId, code: str, due_at: datetime) -> None:
    """The provider refuses its messages: one more failure, to be tried again at ``due_at``."""
    tx.run("put_off_folder", account=account, folder=folder, problem=code, due_at=to_ms(due_at))


def failures(tx: ReadTx, account: AccountId, folder: FolderId) -> int:
    """How many of its rounds in a row were refused."""
    row = tx.one("get_folder", account=account, folder=folder)
    return row["failures"] if row else 0


def expected(tx: ReadTx, account: AccountId, folder: FolderId) -> int:
    """How many messages the provider counts in what we hold of it, or we do, whichever is more."""
    row = tx.one("get_folder", account=account, folder=folder)
    return max(row["remote_total"] - row["beyond"], row["total"]) if row else 0


def refused(tx: ReadTx, account: AccountId) -> str | None:
    """The provider's code for a folder whose last round was refused; None when there is none."""
    row = tx.one("get_refused_folder", account=account)
    return row["problem"] if row else None


def destroy(tx: Tx, account: AccountId, folder: FolderId) -> None:
    """Remove an empty folder with its cursor. Raises ValueError while messages lie in it."""
    row = tx.one("get_folder", account=account, folder=folder)
    if row is None:
        return
    if row["total"]:
        raise ValueError("a folder with messages is never removed: let it leave")
    for query in ("delete_folder", "delete_folder_cursor", "delete_folder_seen"):
        tx.run(query, account=account, folder=folder)
    tx.changed(account, ChangeType.MAILBOX, folder, ChangeOp.DESTROYED)
    if tx.one("get_folder_claiming", account=account, folder=folder, remote_id=row["remote_id"]):
        link_parents(tx, account)


def miscounted(tx: ReadTx, account: AccountId) -> list[FolderId]:
    """Folders whose counters are not what lies in them. Reads all of the account's memberships."""
    return [FolderId(row["id"]) for row in tx.all("list_miscounted_folders", account=account)]


def recount(tx: Tx, account: AccountId) -> None:
    """Set every counter to what lies in its folder."""
    rows = tx.all("list_miscounted_folders", account=account)
    count_many(tx, account, {FolderId(row.pop("id")): row for row in rows})


def _destroy_done(tx: Tx, account: AccountId, several: Sequence[FolderId]) -> None:
    """Those that the provider holds no more go when they are empty."""
    for row in tx.all("list_folders_done", account=account, ids=several) if several else ():
        destroy(tx, account, FolderId(row["id"]))


def _take_role(tx: Tx, account: AccountId, role: Role, remote_id: RemoteId) -> None:
    holder = by_role(tx, account, role)
    if holder is not None and holder.remote_id != remote_id:
        tx.run("clear_folder_role", account=account, folder=holder.id)
        tx.changed(account, ChangeType.MAILBOX, holder.id, ChangeOp.UPDATED)


def _is_in_ring(parents: dict[int, int | None], folder: int) -> bool:
    """Whether walking up from the folder meets it again."""
    seen: set[int] = set()
    above = parents.get(folder)
    while above is not None and above not in seen:
        if above == folder:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def _folder(row: Row) -> Folder:
    return Folder(
        account_id=row["account_id"],
        id=FolderId(row["id"]),
        remote_id=RemoteId(row["remote_id"]),
        parent_id=row["parent_id"],
        name=row["name"],
        role=None if row["role"] is None else Role(row["role"]),
        is_hidden=bool(row["is_hidden"]),
        total=row["total"],
        unread=row["unread"],
        total_threads=row["total_threads"],
        unread_threads=row["unread_threads"],
        remote_total=row["remote_total"],
        remote_unread=row["remote_unread"],
        is_new=bool(row["is_new"]),
        sort_order=row["sort_order"],
    )
