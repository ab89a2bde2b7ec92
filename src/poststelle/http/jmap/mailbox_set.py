"""Mailbox/set: folders made, renamed, moved and removed. Source: RFC 8621 §2.5, RFC 8620 §5.3."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.email_set import require_write
from poststelle.http.jmap.errors import MethodError, SetError, set_error
from poststelle.http.jmap.ids import account_text, folder_number, folder_text
from poststelle.http.jmap.limits import MAX_OBJECTS_IN_SET
from poststelle.http.jmap.mailbox import mailbox_json
from poststelle.lib.unsaid import UNSAID, Unsaid
from poststelle.mail import folders, query
from poststelle.model.change import ChangeType
from poststelle.model.errors import Conflict, UseCaseError
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.store.tx import Tx

_CONFLICTS = {
    "folder_has_folders": "mailboxHasChild",
    "folder_has_messages": "mailboxHasEmail",
    "name_taken": "invalidProperties",
}
_SET_BY_US = {"role": None, "sortOrder": 0, "isSubscribed": True}
_TOLD = (
    "id",
    "sortOrder",
    "role",
    "totalEmails",
    "unreadEmails",
    "totalThreads",
    "unreadThreads",
    "myRights",
)


@dataclass(slots=True)
class _Work:
    """One call's transaction: who asks, and what became of each object."""

    user: UserId
    account: AccountId
    now: datetime
    known: dict[str, str]
    removes_emails: bool
    old_state: str = ""
    new_state: str = ""
    created: dict[str, dict[str, Any]] = field(default_factory=dict)
    updated: dict[str, None] = field(default_factory=dict)
    destroyed: list[str] = field(default_factory=list)
    not_created: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_updated: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_destroyed: dict[str, dict[str, Any]] = field(default_factory=dict)


async def mailbox_set(call: Call, args: Args) -> dict[str, Any]:
    """All objects in one transaction; each refused one is named and leaves the others alone."""
    account = args.account()
    if_in_state = args.maybe("ifInState", str)
    create = args.take("create", dict, {})
    update = args.take("update", dict, {})
    destroy = args.strings("destroy") or []
    removes_emails = args.take("onDestroyRemoveEmails", bool, False)
    args.done()
    if len(create) + len(update) + len(destroy) > MAX_OBJECTS_IN_SET:
        raise MethodError("requestTooLarge", f"at most {MAX_OBJECTS_IN_SET} objects at once")
    work = _Work(call.caller.user_id, account, call.context.clock.now(), dict(call.created), removes_emails)
    done: _Work = await call.write(_set, work, create, update, destroy, if_in_state)
    call.created.update({key: made["id"] for key, made in done.created.items()})
    if done.created or done.updated or done.destroyed:
        call.context.wake_writeback(account)
    return {
        "accountId": account_text(account),
        "oldState": done.old_state,
        "newState": done.new_state,
        "created": done.created or None,
        "updated": done.updated or None,
        "destroyed": done.destroyed or None,
        "notCreated": done.not_created or None,
        "notUpdated": done.not_updated or None,
        "notDestroyed": done.not_destroyed or None,
    }


def _set(
    tx: Tx,
    work: _Work,
    create: dict[str, Any],
    update: dict[str, Any],
    destroy: list[str],
    if_in_state: str | None,
) -> _Work:
    require_write(tx, work.user, work.account)
    work.old_state = query.state(tx, work.user, work.account, ChangeType.MAILBOX)
    if if_in_state is not None and work.old_state != if_in_state:
        raise MethodError("stateMismatch")
    for key, wanted in _parents_first(create):
        try:
            work.created[key] = _create(tx, work, key, wanted)
        except (SetError, UseCaseError) as error:
            work.not_created[key] = _body(error)
    for text, patch in update.items():
        try:
            if text in destroy:
                raise SetError("willDestroy")
            _update(tx, work, text, patch)
            work.updated[text] = None
        except (SetError, UseCaseError) as error:
            work.not_updated[text] = _body(error)
    for text in dict.fromkeys(destroy):
        try:
            folder = _number(work, text)
            is_with = work.removes_emails
            folders.destroy(tx, work.user, work.account, folder, work.now, with_messages=is_with)
            work.destroyed.append(text)
        except (SetError, UseCaseError) as error:
            work.not_destroyed[text] = _body(error)
    tx.log_changes(work.now)
    work.new_state = query.state(tx, work.user, work.account, ChangeType.MAILBOX)
    return work


def _parents_first(create: dict[str, Any]) -> list[tuple[str, Any]]:
    """Creations in an order in which each refers to earlier ones only, as far as there is one."""
    left, ordered = dict(create), []
    while left:
        ready = [key for key, wanted in left.items() if _creation_of_parent(wanted) not in left]
        for key in ready or list(left):
            ordered.append((key, left.pop(key)))
    return ordered


def _creation_of_parent(wanted: Any) -> str | None:
    parent = wanted.get("parentId") if isinstance(wanted, dict) else None
    return parent[1:] if isinstance(parent, str) and parent.startswith("#") else None


def _create(tx: Tx, work: _Work, key: str, wanted: Any) -> dict[str, Any]:
    """Make a folder; what the server has set of it."""
    if not isinstance(wanted, dict):
        raise SetError("invalidProperties", "an object is expected")
    wrong = [n for n in wanted if n not in {"name", "parentId"} and wanted[n] != _SET_BY_US.get(n, UNSAID)]
    if wrong:
        raise SetError("invalidProperties", "these cannot be set", properties=wrong)
    name, parent = wanted.get("name"), _parent(work, wanted.get("parentId"))
    if not isinstance(name, str):
        raise SetError("invalidProperties", "a folder needs a name", properties=["name"])
    folder = folders.create(tx, work.user, work.account, name, parent, work.now)
    work.known[key] = folder_text(folder)
    _, level, found = query.folders(tx, work.user, work.account)
    [made] = [f for f in found if f.id == folder]
    told = mailbox_json(made, level)
    return {name: told[name] for name in _TOLD} | ({} if "isSubscribed" in wanted else {"isSubscribed": True})


def _update(tx: Tx, work: _Work, text: str, patch: Any) -> None:
    if not isinstance(patch, dict):
        raise SetError("invalidPatch", "a patch is an object")
    folder = _number(work, text)
    _, level, found = query.folders(tx, work.user, work.account)
    before = next((mailbox_json(f, level) for f in found if f.id == folder), None)
    if before is None:
        raise SetError("notFound")
    wrong = [n for n in patch if n not in {"name", "parentId"} and patch[n] != before.get(n, UNSAID)]
    if wrong:
        raise SetError("invalidProperties", "these cannot be changed", properties=wrong)
    name = patch.get("name")
    if "name" in patch and not isinstance(name, str):
        raise SetError("invalidProperties", "a name is text", properties=["name"])
    parent: FolderId | Unsaid | None = _parent(work, patch["parentId"]) if "parentId" in patch else UNSAID
    if {"name", "parentId"} & patch.keys():
        folders.change(tx, work.user, work.account, folder, work.now, name=name, parent=parent)


def _parent(work: _Work, text: Any) -> FolderId | None:
    if text is None:
        return None
    number = folder_number(_resolved(work, text)) if isinstance(text, str) else None
    if number is None:
        raise SetError("invalidProperties", "no such folder", properties=["parentId"])
    return number


def _number(work: _Work, text: str) -> FolderId:
    number = folder_number(_resolved(work, text))
    if number is None:
        raise SetError("notFound")
    return number


def _resolved(work: _Work, text: str) -> str:
    """The id behind a creation id of this request. Source: RFC 8620 §5.3."""
    return work.known.get(text[1:], "") if text.startswith("#") else text


def _body(error: SetError | UseCaseError) -> dict[str, Any]:
    if isinstance(error, SetError):
        return error.body
    if isinstance(error, Conflict) and error.code in _CONFLICTS:
        more = {"properties": ["name"]} if error.code == "name_taken" else {}
        return SetError(_CONFLICTS[error.code], error.message, **more).body
    if error.params.get("field") == "parent":
        return SetError("invalidProperties", error.message, properties=["parentId"]).body
    return set_error(error).body
