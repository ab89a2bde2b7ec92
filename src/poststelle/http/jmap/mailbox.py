"""Mailbox/get, /changes, /query and /queryChanges: our folders. Source: RFC 8621 §2."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from poststelle.access.sharing import Sharer, sharers
from poststelle.http.jmap import few, get, listing
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError
from poststelle.http.jmap.ids import account_text, folder_number, folder_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_GET
from poststelle.http.jmap.principal import principal_text
from poststelle.http.jmap.telling import Left
from poststelle.mail import query
from poststelle.model.change import ChangeType
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.model.rights import Level
from poststelle.store.tx import Check, ReadTx

_ROLE_ORDER = (Role.INBOX, Role.DRAFTS, Role.SENT, Role.ARCHIVE, Role.JUNK, Role.TRASH)
OWN_FOLDERS = 100


def sort_order(folder: Folder) -> int:
    """As people have set it; else system folders in the usual order, own folders after them by name."""
    if folder.sort_order is not None:
        return folder.sort_order
    return _ROLE_ORDER.index(folder.role) + 1 if folder.role else OWN_FOLDERS


_SIMPLE: Mapping[str, Callable[[Folder], Any]] = {
    "id": lambda f: folder_text(f.id),
    "name": attrgetter("name"),
    "parentId": lambda f: None if f.parent_id is None else folder_text(f.parent_id),
    "role": attrgetter("role"),
    "sortOrder": sort_order,
    "totalEmails": attrgetter("total"),
    "unreadEmails": attrgetter("unread"),
    "totalThreads": attrgetter("total_threads"),
    "unreadThreads": attrgetter("unread_threads"),
    "isSubscribed": attrgetter("is_subscribed"),
}
_COUNTED = ("totalEmails", "unreadEmails", "totalThreads", "unreadThreads")
_SHARED_WITH = "shareWith"
_ALIKE = ("myRights", _SHARED_WITH)
PROPERTIES = frozenset(_SIMPLE) | {"myRights"}
_FILTERED = ("parentId", "name", "role", "isSubscribed")


async def mailbox_get(call: Call, args: Args) -> dict[str, Any]:
    account = args.account()
    asked = args.ids(MAX_OBJECTS_IN_GET)
    known = PROPERTIES | ({_SHARED_WITH} if call.uses_sharing else set())
    properties = args.properties(known)
    args.done()
    wanted = _Shown(asked, properties, call.uses_sharing, call.limits.values)
    state, found = await call.read(_told, call.caller.user_id, account, wanted)
    return get.answer(account, state, asked, found)


@dataclass(frozen=True, slots=True)
class _Shown:
    """Which folders are told (None: all), what of them, and how many values that may be."""

    asked: Sequence[str] | None
    properties: Sequence[str] | None
    uses_sharing: bool
    values: int

    def names(self, name: str) -> bool:
        return self.properties is None or name in self.properties


def _told(
    tx: ReadTx, user: UserId, account: AccountId, wanted: _Shown
) -> tuple[str, dict[str, dict[str, Any]]]:
    """The state, and folders by their ids. Raises MethodError requestTooLarge.

    Told in the thread that reads them: a mailbox may have thousands, which hundreds of people share.
    """
    state, level, folders = query.folders(tx, user, account)
    if wanted.asked is not None:
        ids = set(get.numbers(wanted.asked, folder_number).values())
        folders = [folder for folder in folders if folder.id in ids]
    is_shared = wanted.uses_sharing and wanted.names(_SHARED_WITH)
    people = sharers(tx, user, account) if is_shared and folders else ()
    alike = told_alike(level, people if wanted.uses_sharing else None)
    Left(wanted.values).tell(len(folders) * _extent(alike, wanted))
    found: dict[str, dict[str, Any]] = {}
    for folder in folders:
        tx.check()
        told = mailbox_json(folder, alike, wanted.properties)
        found[told["id"]] = told
    return state, found


def _extent(alike: "Alike", wanted: _Shown) -> int:
    """How many values one folder tells: as many as the next one, whoever has rights in it."""
    rights = [told for name, told in alike[True].items() if wanted.names(name)]
    people = [one for told in rights for one in told.values() if isinstance(one, dict)]
    count = len(_SIMPLE) if wanted.properties is None else len({"id", *wanted.properties}) - len(rights)
    return count + sum(1 + len(told) for told in rights) + sum(map(len, people))


Alike = Mapping[bool, dict[str, Any]]
"""What all folders of an account tell, by whether they are people's own."""


def told_alike(level: Level, people: Sequence[Sharer] | None = None) -> Alike:
    """The user's rights, and where ``people`` is not None those of all who share the account.

    They are the same in all its folders; nobody changes that from here. Source: RFC 9670 §4.
    """
    alike = {}
    for is_own in (False, True):
        told: dict[str, Any] = {"myRights": rights_of(level, is_own=is_own)}
        if people is not None:
            told["myRights"]["mayShare"] = False
            told[_SHARED_WITH] = {
                principal_text(one.user_id): rights_of(one.level, is_own=is_own) | {"mayShare": False}
                for one in people
            }
        alike[is_own] = told
    return alike


def mailbox_json(folder: Folder, alike: Alike, properties: Sequence[str] | None = None) -> dict[str, Any]:
    """The properties asked for, ``id`` always; None: all. What is told alike is shared, not copied."""
    told = alike[folder.role is None]
    if properties is None:
        item = {name: tell(folder) for name, tell in _SIMPLE.items()}
        item.update(told)
        return item
    item = {"id": folder_text(folder.id)}
    for name in properties:
        item[name] = told[name] if name in _ALIKE else _SIMPLE[name](folder)
    return item


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
    return await get.changes(call, args, ChangeType.MAILBOX, folder_text, _updated_properties)


def _updated_properties(found: query.Changes) -> dict[str, Any]:
    """Source: RFC 8621 §2.2."""
    return {"updatedProperties": list(_COUNTED) if found.updated and found.are_counted else None}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which folders a query asks for, and in which order."""

    condition: dict[str, Any]
    sort: Sequence[Any]
    is_tree: bool
    is_filtered_as_tree: bool

    def ids(self, folders: list[Folder], check: Check) -> list[str]:
        """Raises MethodError."""
        ordered = _sorted(folders, self.sort)
        check()
        if self.is_tree:
            ordered = _as_tree(ordered)
        fitting = _fitting(folders, self.condition, check)
        if self.is_filtered_as_tree:
            fitting = _with_all_above(folders, fitting)
        return [folder_text(f.id) for f in ordered if f.id in fitting]

    def touched(self, folders: Iterable[Folder], changed: Collection[FolderId]) -> set[FolderId]:
        """Those whose place may be another one: what changed and, in a tree, all that lies within."""
        is_of_tree = self.is_tree or self.is_filtered_as_tree
        return _with_all_below(folders, changed) if is_of_tree else set(changed)


def _wanted(args: Args) -> Wanted:
    """Raises MethodError for more conditions or properties than are looked at."""
    wanted = Wanted(
        args.take("filter", dict, {}),
        args.take("sort", list, []),
        args.take("sortAsTree", bool, False),
        args.take("filterAsTree", bool, False),
    )
    few.check_size(wanted.condition)
    listing.check_size(wanted.sort)
    return wanted


async def mailbox_query(call: Call, args: Args) -> dict[str, Any]:
    """Few enough to be filtered and sorted by who reads them. Source: RFC 8621 §2.3, RFC 8620 §5.5."""
    account = args.account()
    wanted = _wanted(args)
    position = args.take("position", int, 0)
    anchor = args.maybe("anchor", str)
    anchor_offset = args.take("anchorOffset", int, 0)
    limit = args.unsigned("limit")
    is_total_wanted = args.take("calculateTotal", bool, False)
    args.done()
    state, ids = await call.read(_listed, call.caller.user_id, account, wanted)
    start = listing.start(ids, position, anchor, anchor_offset)
    return {
        "accountId": account_text(account),
        "queryState": state,
        "canCalculateChanges": True,
        "position": start,
        "ids": ids[start : None if limit is None else start + limit],
        **({"total": len(ids)} if is_total_wanted else {}),
    }


def _listed(tx: ReadTx, user: UserId, account: AccountId, wanted: Wanted) -> tuple[str, list[str]]:
    """The state, and what the query finds. Raises MethodError."""
    state, _level, folders = query.folders(tx, user, account)
    return state, wanted.ids(folders, tx.check)


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
    found = await call.read(_listed_since, call.caller.user_id, account, since, wanted)
    if found is None:
        raise MethodError("cannotCalculateChanges")
    state, ids, touched = found
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


def _listed_since(
    tx: ReadTx, user: UserId, account: AccountId, since: str, wanted: Wanted
) -> tuple[str, list[str], set[str]] | None:
    """The state, what the query finds now, and which of that may have another place; None when that can't
    be told. Raises MethodError."""
    found = query.folders_since(tx, user, account, since)
    if found is None:
        return None
    state, folders, changed = found
    touched = {folder_text(folder) for folder in wanted.touched(folders, changed)}
    return state, wanted.ids(folders, tx.check), touched


def _fitting(folders: Iterable[Folder], condition: dict[str, Any], check: Check) -> set[FolderId]:
    """Source: RFC 8621 §2.3 (FilterCondition)."""
    tests: dict[str, few.Test] = {
        "parentId": few.equal("parentId"),
        "name": few.text_in("name"),
        "role": few.equal("role"),
        "hasAnyRole": few.is_true("hasAnyRole"),
        "isSubscribed": few.is_true("isSubscribed"),
    }
    fits = few.compiled(condition, tests, {"parentId", "role"})
    alike, fitting = told_alike(Level.READ), set[FolderId]()
    for folder in folders:
        check()
        if fits(mailbox_json(folder, alike, _FILTERED) | {"hasAnyRole": folder.role is not None}):
            fitting.add(folder.id)
    return fitting


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
