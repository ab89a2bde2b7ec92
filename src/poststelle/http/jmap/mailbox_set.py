"""Mailbox/set: folders made, renamed, moved and removed. Source: RFC 8621 §2.5, RFC 8620 §5.3."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from poststelle.access.sharing import sharers
from poststelle.http.jmap.api import Call
from poststelle.http.jmap.args import Args
from poststelle.http.jmap.errors import MethodError, SetError
from poststelle.http.jmap.ids import folder_number, folder_text
from poststelle.http.jmap.mailbox import OWN_FOLDERS, Alike, mailbox_json, told_alike
from poststelle.http.jmap.portions import broken_off
from poststelle.http.jmap.setting import Asked, Outcome, refusal, require_write, state_before, take_asked
from poststelle.http.jmap.values import check_members
from poststelle.lib.unsaid import UNSAID, Unsaid
from poststelle.mail import folders, query
from poststelle.mail.known_folders import KnownFolders, Most
from poststelle.model.change import ChangeType
from poststelle.model.errors import Conflict, UseCaseError
from poststelle.model.folder import Folder
from poststelle.model.ids import AccountId, FolderId, UserId
from poststelle.store.tx import Tx

_CONFLICTS = {
    "folder_has_folders": "mailboxHasChild",
    "folder_has_messages": "mailboxHasEmail",
    "folders_full": "overQuota",
    "name_taken": "invalidProperties",
}
_MOMENT_S = 5.0
_WISH = "isSubscribed"
_SETTABLE = frozenset({"name", "parentId", "sortOrder", _WISH})
_SET_BY_US = {
    "role": None, "sortOrder": OWN_FOLDERS, "totalEmails": 0, "unreadEmails": 0, "totalThreads": 0,
    "unreadThreads": 0,
}  # fmt: skip
_DEFAULTS = {"sortOrder": 0}
"""By RFC 8621 §2: some clients always name it. They are told what is."""
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


@dataclass(frozen=True, slots=True)
class Work:
    """One call: who asks, and the ids behind creation ids so far."""

    user: UserId
    account: AccountId
    now: datetime
    known: dict[str, str]
    removes_emails: bool
    uses_sharing: bool
    most: Most = field(default_factory=Most)


class Done(NamedTuple):
    """What became of a portion, which folders are still to go, and how many messages may go with them."""

    outcome: Outcome[dict[str, Any]]
    left: Asked
    room: int


async def mailbox_set(call: Call, args: Args) -> dict[str, Any]:
    """All objects in one transaction, unless very many messages go; a refused one leaves the others alone."""
    account = args.account()
    removes_emails = args.take("onDestroyRemoveEmails", bool, False)
    asked = take_asked(args)
    work = Work(
        call.caller.user_id,
        account,
        call.context.clock.now(),
        dict(call.created),
        removes_emails,
        call.uses_sharing,
        call.limits.folders,
    )
    await _until_made(call, account, [_resolved(work, text) for text in asked.destroy])
    done = await _worked(call, work, asked)
    call.created.update({key: made["id"] for key, made in done.created.items()})
    done.name_by_ids(call.created)
    if done.created or done.updated or done.destroyed:
        call.context.wake_writeback(account)
    return done.answer(account, dict)


async def _worked(call: Call, work: Work, asked: Asked) -> Outcome[dict[str, Any]]:
    """A transaction after the other, while messages are left that go with folders. Raises MethodError of the
    first."""
    whole: Outcome[dict[str, Any]]
    whole, left, room = await call.write(set_all, work, asked)
    while left.destroy:
        work = replace(work, now=call.context.clock.now())  # what is unfinished waits from here on
        try:
            further, left, room = await call.write(set_all, work, left, room)
        except (MethodError, UseCaseError) as error:
            whole.not_destroyed |= dict.fromkeys(left.destroy, broken_off(error))
            break
        whole.add(further)
    return whole


async def _until_made(call: Call, account: AccountId, texts: Sequence[str]) -> None:
    """Folders that are to go must have come: wait a moment for those that are still on their way."""
    numbers = [number for text in texts if (number := folder_number(text)) is not None]
    user, until = call.caller.user_id, time.monotonic() + _MOMENT_S
    if not numbers or not await call.read(folders.are_coming, user, account, numbers):
        return
    listener = call.context.hub.subscribe(user, [account])
    try:
        while await call.read(folders.are_coming, user, account, numbers):
            left = until - time.monotonic()
            if left <= 0 or listener.is_revoked:
                return
            await listener.next(left)
    finally:
        call.context.hub.unsubscribe(listener)


@dataclass(frozen=True, slots=True)
class _Here:
    """What is read once for all objects of a call. ``alike``: what all its folders tell, and who shares the
    account, if the client asks."""

    known: KnownFolders
    alike: Alike


def _here(tx: Tx, work: Work, room: int | None) -> _Here:
    known = folders.read_all(tx, work.user, work.account, work.most, room)
    people = sharers(tx, work.user, work.account) if work.uses_sharing else None
    return _Here(known, told_alike(query.level(tx, work.user, work.account), people))


def set_all(tx: Tx, work: Work, asked: Asked, room: int | None = None) -> Done:
    """What a call does in one transaction. Raises MethodError when nothing is done.

    ``room``: how many messages may still go with folders, after an earlier one.
    """
    outcome: Outcome[dict[str, Any]]
    if _is_of_wishes(asked):  # which whoever may read has
        before = state_before(tx, work.user, work.account, ChangeType.MAILBOX, asked.if_in_state)
        return Done(_subscribe_all(tx, work, asked.update, Outcome(before)), Asked({}, {}, [], None), 0)
    require_write(tx, work.user, work.account)
    here = _here(tx, work, room)
    outcome = Outcome(state_before(tx, work.user, work.account, ChangeType.MAILBOX, asked.if_in_state))
    _make_and_change(tx, work, here, asked, outcome)
    left = _destroy(tx, work, here, list(dict.fromkeys(asked.destroy)), outcome)
    _again(tx, work, here, asked, outcome)
    tx.log_changes(work.now)
    outcome.new_state = query.state(tx, work.user, work.account, ChangeType.MAILBOX)
    return Done(outcome, Asked({}, {}, left, None), here.known.room)


def _make_and_change(tx: Tx, work: Work, here: _Here, asked: Asked, outcome: Outcome[dict[str, Any]]) -> None:
    """All that is asked for and has not been done."""
    for key, wanted in parents_first(asked.create):
        if key in outcome.created:
            continue
        try:
            outcome.created[key] = _create(tx, work, here, key, wanted)
            outcome.not_created.pop(key, None)
        except (SetError, UseCaseError) as error:
            outcome.not_created[key] = _taken(error) or _body(error)
    for text, patch in asked.update.items():
        if text in outcome.updated:
            continue
        try:
            if text in asked.destroy:
                raise SetError("willDestroy")
            outcome.updated[text] = _update(tx, work, here, text, patch)
            outcome.not_updated.pop(text, None)
        except (SetError, UseCaseError) as error:
            outcome.not_updated[text] = _body(error)


def _again(tx: Tx, work: Work, here: _Here, asked: Asked, outcome: Outcome[dict[str, Any]]) -> None:
    """What was refused may be possible after the rest: the state at the end counts. Source: RFC 8620 §5.3.

    Where names go round in a ring, one steps aside until its own is free.
    """
    while left := len(outcome.not_created) + len(outcome.not_updated):
        _make_and_change(tx, work, here, asked, outcome)
        if len(outcome.not_created) + len(outcome.not_updated) == left and not _step_aside(
            tx, work, here, {text: asked.update[text] for text in _named_alike(outcome)}
        ):
            return


def _named_alike(outcome: Outcome[dict[str, Any]]) -> list[str]:
    """What was refused for its name alone: whatever else is wrong stays so."""
    return [text for text, said in outcome.not_updated.items() if said.get("properties") == ["name"]]


def _step_aside(tx: Tx, work: Work, here: _Here, refused: dict[str, Any]) -> bool:
    """Give one folder of a ring a name that nobody has; False when there is no ring."""
    rings = _Rings.of(work, here, refused)
    folder = next((one for one in rings.wanted if rings.is_in_one(one)), None)
    held = None if folder is None else here.known.get(folder)
    if folder is None or held is None:
        return False
    name = f"{held.name[:100]} ({folder_text(folder)})"
    args = (tx, work.user, work.account, folder, work.now)
    try:
        folders.change(*args, name=name, parent=UNSAID, known=here.known)
    except UseCaseError:
        return False
    return True


_Place = tuple[FolderId | None, str]


@dataclass(frozen=True, slots=True)
class _Rings:
    """Of changes that were refused where each folder stands and is to stand: above it, and its name."""

    wanted: dict[FolderId, _Place]
    held: dict[_Place, FolderId]

    @classmethod
    def of(cls, work: Work, here: _Here, refused: dict[str, Any]) -> "_Rings":
        wanted: dict[FolderId, _Place] = {}
        held: dict[_Place, FolderId] = {}
        for text, patch in refused.items():
            folder = folder_number(_resolved(work, text))
            found = None if folder is None else here.known.get(folder)
            if found is None or not isinstance(patch, dict) or not isinstance(patch.get("name"), str):
                continue
            with suppress(SetError):
                parent = _parent(work, patch["parentId"]) if "parentId" in patch else found.parent_id
                wanted[found.id] = parent, patch["name"].casefold()
                held[found.parent_id, found.name.casefold()] = found.id
        return cls(wanted, held)

    def is_in_one(self, folder: FolderId) -> bool:
        """Whether each stands where the one before is to stand, round to this one."""
        seen, at = {folder}, self._in_the_way(folder)
        while at is not None and at not in seen:
            seen.add(at)
            at = self._in_the_way(at)
        return at == folder and len(seen) > 1

    def _in_the_way(self, folder: FolderId) -> FolderId | None:
        place = self.wanted.get(folder)
        return None if place is None else self.held.get(place)


def _is_of_wishes(asked: Asked) -> bool:
    """Whether nothing is asked for but to see folders, or not to."""
    patches = asked.update.values()
    is_update = bool(asked.update) and not asked.create and not asked.destroy
    return is_update and all(isinstance(one, dict) and one.keys() == {_WISH} for one in patches)


def _subscribe_all(
    tx: Tx, work: Work, update: dict[str, Any], outcome: Outcome[dict[str, Any]]
) -> Outcome[dict[str, Any]]:
    for text, patch in update.items():
        try:
            folder, wish = _number(work, text), _wish(patch)
            folders.subscribe(tx, work.user, work.account, folder, is_subscribed=wish)
            outcome.updated[text] = None
        except (SetError, UseCaseError) as error:
            outcome.not_updated[text] = _body(error)
    tx.log_changes(work.now)
    outcome.new_state = query.state(tx, work.user, work.account, ChangeType.MAILBOX)
    return outcome


def _wish(said: dict[str, Any]) -> bool:
    wish = said[_WISH]
    if not isinstance(wish, bool):
        raise SetError("invalidProperties", "it is true or false", properties=[_WISH])
    return wish


def _destroy(
    tx: Tx, work: Work, here: _Here, texts: Sequence[str], outcome: Outcome[dict[str, Any]]
) -> list[str]:
    """What is left for the next portion, from the folder on whose messages did not all go in this one."""
    for done, text in enumerate(texts):
        if here.known.rows <= 0:
            return list(texts[done:])
        try:
            folder, is_with = _number(work, text), work.removes_emails
            if not folders.destroy(
                tx, work.user, work.account, folder, work.now, with_messages=is_with, known=here.known
            ):
                return list(texts[done:])
            outcome.destroyed.append(text)
        except (SetError, UseCaseError) as error:
            outcome.not_destroyed[text] = _body(error)
    return []


def parents_first(create: dict[str, Any]) -> list[tuple[str, Any]]:
    """Creations in an order in which each refers to earlier ones only, as far as there is one."""
    below: dict[str | None, list[str]] = {}
    for key, wanted in create.items():
        parent = _creation_of_parent(wanted)
        below.setdefault(parent if parent in create else None, []).append(key)
    ordered = list(below.get(None, ()))
    for key in ordered:  # which grows by those below
        ordered += below.get(key, ())
    return [(key, create[key]) for key in dict.fromkeys([*ordered, *create])]


def _creation_of_parent(wanted: Any) -> str | None:
    parent = wanted.get("parentId") if isinstance(wanted, dict) else None
    return parent[1:] if isinstance(parent, str) and parent.startswith("#") else None


def _create(tx: Tx, work: Work, here: _Here, key: str, wanted: Any) -> dict[str, Any]:
    """Make a folder; what the server has set of it."""
    if not isinstance(wanted, dict):
        raise SetError("invalidProperties", "an object is expected")
    check_members("", wanted)
    order, wish = _order(wanted), _wish(wanted) if _WISH in wanted else None
    wrong = sorted(wanted.keys() - _SETTABLE - _as_we_set_it(here, wanted))
    if wrong:
        raise SetError("invalidProperties", "these cannot be set", properties=wrong)
    name, parent = wanted.get("name"), _parent(work, wanted.get("parentId"))
    if not isinstance(name, str):
        raise SetError("invalidProperties", "a folder needs a name", properties=["name"])
    folder = folders.create(tx, work.user, work.account, name, parent, work.now, known=here.known)
    work.known[key] = folder_text(folder)
    if order not in {None, _DEFAULTS["sortOrder"], OWN_FOLDERS}:
        folders.set_order(tx, work.user, work.account, folder, int(order or 0), known=here.known)
    if wish is not None:
        folders.subscribe(tx, work.user, work.account, folder, is_subscribed=wish)
    made = here.known.get(folder)
    assert made is not None
    told = mailbox_json(made, here.alike)
    set_by_us = {_WISH: True} if wish is None else {}
    return {name: told[name] for name in _TOLD} | set_by_us | _other_name(name, made)


def _other_name(wanted: Any, made: Folder) -> dict[str, str]:
    """The name that was made of the one that was asked for, without blanks around it say.

    Source: RFC 8620 §5.3 (created, updated).
    """
    return {} if made.name == wanted else {"name": made.name}


def _as_we_set_it(here: _Here, wanted: dict[str, Any]) -> set[str]:
    """The properties that are ours to set and are given as we set them, or by default.

    Source: RFC 8620 §5.3.
    """
    ours = _SET_BY_US | here.alike[True]
    accepted = (*ours.items(), *_DEFAULTS.items())
    return {name for name, value in accepted if name in wanted and wanted[name] == value}


def _update(tx: Tx, work: Work, here: _Here, text: str, patch: Any) -> dict[str, Any] | None:
    """What came out otherwise than it was asked for."""
    if not isinstance(patch, dict):
        raise SetError("invalidPatch", "a patch is an object")
    check_members("", patch)
    folder = _number(work, text)
    held = here.known.get(folder)
    if held is None:
        raise SetError("notFound")
    before = mailbox_json(held, here.alike)
    order, wish = _order(patch), _wish(patch) if _WISH in patch else None
    wrong = [n for n in patch if n not in _SETTABLE and patch[n] != before.get(n, UNSAID)]
    if wrong:
        raise SetError("invalidProperties", "these cannot be changed", properties=wrong)
    name = patch.get("name")
    if "name" in patch and not isinstance(name, str):
        raise SetError("invalidProperties", "a name is text", properties=["name"])
    parent: FolderId | Unsaid | None = _parent(work, patch["parentId"]) if "parentId" in patch else UNSAID
    if {"name", "parentId"} & patch.keys():  # which may be refused: first, then what cannot
        folders.change(
            tx, work.user, work.account, folder, work.now, name=name, parent=parent, known=here.known
        )
    if order is not None and order != before["sortOrder"]:
        folders.set_order(tx, work.user, work.account, folder, order, known=here.known)
    if wish is not None:
        folders.subscribe(tx, work.user, work.account, folder, is_subscribed=wish)
    after = here.known.get(folder)
    return None if name is None or after is None else _other_name(name, after) or None


def _order(said: dict[str, Any]) -> int | None:
    """An UnsignedInt, null is the default; None when none is said. Source: RFC 8621 §2: less than 2^31."""
    if "sortOrder" not in said:
        return None
    order = _DEFAULTS["sortOrder"] if said["sortOrder"] is None else said["sortOrder"]
    if not isinstance(order, int) or isinstance(order, bool) or not 0 <= order < 2**31:
        raise SetError("invalidProperties", "an order is a whole number", properties=["sortOrder"])
    return order


def _parent(work: Work, text: Any) -> FolderId | None:
    if text is None:
        return None
    number = folder_number(_resolved(work, text)) if isinstance(text, str) else None
    if number is None:
        raise SetError("invalidProperties", "no such folder", properties=["parentId"])
    return number


def _number(work: Work, text: str) -> FolderId:
    number = folder_number(_resolved(work, text))
    if number is None:
        raise SetError("notFound")
    return number


def _resolved(work: Work, text: str) -> str:
    """The id behind a creation id of this request. Source: RFC 8620 §5.3."""
    return work.known.get(text[1:], "") if text.startswith("#") else text


def _taken(error: SetError | UseCaseError) -> dict[str, Any] | None:
    """Which folder has the name of the one to be made. Source: RFC 8620 §5.4 (alreadyExists)."""
    if not isinstance(error, Conflict) or error.code != "name_taken":
        return None
    return SetError(
        "alreadyExists", error.message, existingId=folder_text(error.params["folder"]), properties=["name"]
    ).body


def _body(error: SetError | UseCaseError) -> dict[str, Any]:
    """With the RFC's own types and property names. Source: RFC 8621 §2.5."""
    if isinstance(error, Conflict) and error.code in _CONFLICTS:
        more = {"properties": ["name"]} if error.code == "name_taken" else {}
        return SetError(_CONFLICTS[error.code], error.message, **more).body
    if isinstance(error, UseCaseError) and error.params.get("field") == "parent":
        return SetError("invalidProperties", error.message, properties=["parentId"]).body
    return refusal(error)
