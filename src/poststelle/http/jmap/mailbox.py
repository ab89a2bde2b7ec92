"""Mailbox/get, /changes, /query and /queryChanges: our folders. Source: RFC 8621 §2."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from poststelle.access.sharing import Sharer, sharers
from poststelle.http.jmap import few, get, listing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, folder_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.http.jmap.principal import principal_text
from poststelle.mail import query
from poststelle.model.change import ChangeType
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import FolderId
from poststelle.model.rights import Level

PROPERTIES = frozenset(
    {
        "id", "name", "parentId", "role", "sortOrder", "totalEmails", "unreadEmails", "totalThreads",
        "unreadThreads", "myRights", "isSubscribed",
    }
)  # fmt: skip
_SHARED_WITH = "shareWith"
_ROLE_ORDER = (Role.INBOX, Role.DRAFTS, Role.SENT, Role.ARCHIVE, Role.JUNK, Role.TRASH)
OWN_FOLDERS = 100


async def mailbox_get(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    known = PROPERTIES | ({_SHARED_WITH} if call.uses_sharing else set())
    properties = args.properties(known)
    args.done()
    state, level, folders = await call.read(query.folders, call.caller.user_id, account)
    found = {folder_text(f.id): mailbox_json(f, level) for f in folders}
    if call.uses_sharing:
        people = await call.read(sharers, call.caller.user_id, account)
        for folder in folders:
            found[folder_text(folder.id)] |= sharing(level, people, is_own=folder.role is None)
    return get.answer(account, state, asked, {id_: get.only(f, properties) for id_, f in found.items()})


def sharing(level: Level, people: Sequence[Sharer], *, is_own: bool) -> dict[str, Any]:
    """Who shares the account has the same rights in all its folders; nobody changes that from here.

    Source: RFC 9670 §4.
    """
    return {
        _SHARED_WITH: {
            principal_text(one.user_id): _shared_rights(one.level, is_own=is_own) for one in people
        },
        "myRights": _shared_rights(level, is_own=is_own),
    }


def _shared_rights(level: Level, *, is_own: bool) -> dict[str, bool]:
    return rights_of(level, is_own=is_own) | {"mayShare": False}


def mailbox_json(folder: Folder, level: Level) -> dict[str, Any]:
    return {
        "id": folder_text(folder.id),
        "name": folder.name,
        "parentId": None if folder.parent_id is None else folder_text(folder.parent_id),
        "role": folder.role,
        "sortOrder": sort_order(folder),
        "totalEmails": folder.total,
        "unreadEmails": folder.unread,
        "totalThreads": folder.total_threads,
        "unreadThreads": folder.unread_threads,
        "myRights": rights_of(level, is_own=folder.role is None),
        "isSubscribed": not folder.is_hidden,
    }


def sort_order(folder: Folder) -> int:
    """As people have set it; else system folders in the usual order, own folders after them by name."""
    if folder.sort_order is not None:
        return folder.sort_order
    return _ROLE_ORDER.index(folder.role) + 1 if folder.role else OWN_FOLDERS


def rights_of(level: Level, *, is_own: bool) -> dict[str, bool]:
    """MailboxRights. Only folders of people's ``own`` may be changed; those with a role stay as they are."""
    may_write = level >= Level.WRITE
    may_change = may_write and is_own
    return {
        "mayReadItems": True,
        "mayAddItems": may_write,
        "mayRemoveItems": may_write,
        "maySetSeen": may_write,
        "maySetKeywords": may_write,
        "mayCreateChild": may_write,
        "mayRename": may_change,
        "mayDelete": may_change,
        "maySubmit": level >= Level.SEND,
    }


async def mailbox_changes(call: Call, args: Args) -> dict[str, Any]:
    return await get.changes(call, args, ChangeType.MAILBOX, folder_text, updatedProperties=None)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Which folders a query asks for, and in which order."""

    condition: dict[str, Any]
    sort: Sequence[Any]
    is_tree: bool
    is_filtered_as_tree: bool

    def ids(self, folders: list[Folder]) -> list[str]:
        """Raises MethodError."""
        ordered = _sorted(folders, self.sort)
        if self.is_tree:
            ordered = _as_tree(ordered)
        fitting = _fitting(folders, self.condition)
        if self.is_filtered_as_tree:
            fitting = _with_all_above(folders, fitting)
        return [folder_text(f.id) for f in ordered if f.id in fitting]

    def touched(self, folders: Iterable[Folder], changed: Collection[FolderId]) -> set[FolderId]:
        """Those whose place may be another one: what changed and, in a tree, all that lies within."""
        is_of_tree = self.is_tree or self.is_filtered_as_tree
        return _with_all_below(folders, changed) if is_of_tree else set(changed)


def _wanted(args: Args) -> _Wanted:
    """Raises MethodError for more conditions or properties than are looked at."""
    wanted = _Wanted(
        args.take("filter", dict, {}),
        args.take("sort", list, []),
        args.take("sortAsTree", bool, False),
        args.take("filterAsTree", bool, False),
    )
    few.check_size(wanted.condition)
    listing.check_size(wanted.sort)
    return wanted


async def mailbox_query(call: Call, args: Args) -> dict[str, Any]:
    """Few enough per account to filter and sort here, in a thread. Source: RFC 8621 §2.3, RFC 8620 §5.5."""
    account = args.account()
    wanted = _wanted(args)
    position = args.take("position", int, 0)
    anchor = args.maybe("anchor", str)
    anchor_offset = args.take("anchorOffset", int, 0)
    limit = args.unsigned("limit")
    is_total_wanted = args.take("calculateTotal", bool, False)
    args.done()
    state, _level, folders = await call.read(query.folders, call.caller.user_id, account)
    ids = await call.work(lambda _check: wanted.ids(folders))
    start = listing.start(ids, position, anchor, anchor_offset)
    return {
        "accountId": account_text(account),
        "queryState": state,
        "canCalculateChanges": True,
        "position": start,
        "ids": ids[start : None if limit is None else start + limit],
        **({"total": len(ids)} if is_total_wanted else {}),
    }


async def mailbox_query_changes(call: Call, args: Args) -> dict[str, Any]:
    """A folder that has changed counts as removed and, where the query finds it now, as added.

    In a tree so do all folders within it, which go where it goes. ``upToId`` leaves
    nothing out: names and places of folders change.
    Source: RFC 8621 §2.4, RFC 8620 §5.6.
    """
    account = args.account()
    wanted = _wanted(args)
    since = args.need("sinceQueryState", str)
    limit = get.most(args)
    args.maybe("upToId", str)
    is_total_wanted = args.take("calculateTotal", bool, False)
    args.done()
    found = await call.read(query.folders_since, call.caller.user_id, account, since)
    if found is None:
        raise MethodError("cannotCalculateChanges")
    state, folders, changed = found
    ids = await call.work(lambda _check: wanted.ids(folders))
    touched = {folder_text(folder) for folder in wanted.touched(folders, changed)}
    added = [{"id": id_, "index": index} for index, id_ in enumerate(ids) if id_ in touched]
    if limit is not None and len(touched) + len(added) > limit:
        raise MethodError("tooManyChanges")
    return {
        "accountId": account_text(account),
        "oldQueryState": since,
        "newQueryState": state,
        "removed": sorted(touched),
        "added": added,
        **({"total": len(ids)} if is_total_wanted else {}),
    }


def _fitting(folders: Iterable[Folder], condition: dict[str, Any]) -> set[FolderId]:
    """Source: RFC 8621 §2.3 (FilterCondition)."""
    tests: dict[str, few.Test] = {
        "parentId": few.equal("parentId", may_be_null=True),
        "name": few.text_in("name"),
        "role": few.equal("role", may_be_null=True),
        "hasAnyRole": few.is_true("hasAnyRole"),
        "isSubscribed": few.is_true("isSubscribed"),
    }
    fits = few.compiled(condition, tests)
    told = ((f.id, mailbox_json(f, Level.READ) | {"hasAnyRole": f.role is not None}) for f in folders)
    return {id_ for id_, item in told if fits(item)}


def _as_tree(ordered: Sequence[Folder]) -> list[Folder]:
    """The same, each folder followed by those within it. Source: RFC 8621 §2.3 (sortAsTree)."""
    known = {f.id for f in ordered}
    below: dict[FolderId | None, list[Folder]] = {}
    for folder in reversed(ordered):
        below.setdefault(folder.parent_id if folder.parent_id in known else None, []).append(folder)
    found: list[Folder] = []
    waiting = below.get(None, [])
    while waiting:
        folder = waiting.pop()
        found.append(folder)
        waiting += below.get(folder.id, [])
    return found


def _with_all_above(folders: Sequence[Folder], fitting: set[FolderId]) -> set[FolderId]:
    """Those whose every folder above fits too. Source: RFC 8621 §2.3 (filterAsTree)."""
    known = {f.id for f in folders}
    whole: set[FolderId] = set()
    for folder in _as_tree(folders):
        is_top = folder.parent_id is None or folder.parent_id not in known
        if folder.id in fitting and (is_top or folder.parent_id in whole):
            whole.add(folder.id)
    return whole


def _with_all_below(folders: Iterable[Folder], ids: Iterable[FolderId]) -> set[FolderId]:
    """These, and all folders within them, also within one that is no more."""
    below: dict[FolderId | None, list[FolderId]] = {}
    for folder in folders:
        below.setdefault(folder.parent_id, []).append(folder.id)
    found: set[FolderId] = set()
    waiting = list(ids)
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += below.get(one, ())
    return found


def _sorted(folders: list[Folder], sort: Sequence[Any]) -> list[Folder]:
    keys = {"name": lambda f: f.name.casefold(), "sortOrder": sort_order}
    ordered = sorted(folders, key=lambda f: (sort_order(f), f.name.casefold(), f.id))
    for name, is_ascending in reversed(listing.comparators(sort, keys, texts={"name"})):
        ordered.sort(key=keys[name], reverse=not is_ascending)
    return ordered
