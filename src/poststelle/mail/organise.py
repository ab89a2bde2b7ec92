"""A user's changes to messages: shown at once, queued for the provider in the same transaction.

An internal mailbox has no provider: there a change is final, a message may lie
in several folders, and every keyword is kept.

Refusals are raised before anything is written, so a caller may catch one and
go on with other messages in the same transaction.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import asdict
from msgspec.structs import replace as changed_copy

from poststelle.access.rights import require
from poststelle.lib.clock import sensible, to_ms
from poststelle.lib.unsaid import UNSAID, Unsaid
from poststelle.mail import arrivals
from poststelle.mail.ingest import lock
from poststelle.mime.text import clean
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.draft import DraftStep
from poststelle.model.errors import Conflict, Invalid, NotFound, UseCaseError
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, MessageId, UserId, is_local
from poststelle.model.message import (
    ANSWERED,
    FLAGGED,
    FORWARDED,
    LONGEST_CATEGORY,
    SEEN,
    Importance,
    Message,
    alike,
    is_label,
    keywords_of,
    labelled,
)
from poststelle.model.rights import Level
from poststelle.model.submission import Submission, SubmissionState
from poststelle.model.writeback import FLAG, OpKind, to_json
from poststelle.store import accounts, audit, drafts, folders, messages, submissions, threads, writeback_ops
from poststelle.store.tx import ReadTx, Tx
from poststelle.store.writeback_ops import Said

# Keywords that the provider keeps for us, and the field of Mutable behind each.
FIELDS = {SEEN: "is_seen", FLAGGED: "is_flagged", ANSWERED: "is_answered", FORWARDED: "is_forwarded"}
_VERBS = (FIELDS[ANSWERED], FIELDS[FORWARDED])
"""Microsoft keeps one for both: what was done last."""
_MOST_CATEGORIES = 100


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks to set; what is not named stays as it is. ``due_at`` None takes a follow-up's date away."""

    importance: Importance | None = None
    categories: tuple[str, ...] | None = None
    due_at: datetime | Unsaid | None = UNSAID
    is_other: bool | None = None


_NO_MARKS = Marks()
_Step = tuple[Message, Message]
"""A message before and after its change."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of a message. ``folders`` None: it stays where it is."""

    folders: frozenset[FolderId] | None = None
    keywords: Mapping[str, bool] = field(default_factory=dict)
    marks: Marks = _NO_MARKS


def change(
    tx: Tx, user: UserId, account: AccountId, message: MessageId, wanted: Change, now: datetime
) -> None:
    """Move a message, set keywords and marks: all of it or, when anything is refused, nothing.

    What already is so is left alone. Raises NotFound, NotAllowed, Conflict while
    it is being sent, or Invalid for a folder that is not there, more folders than
    a message may lie in, a keyword that can't be changed, and categories that can't be kept.
    """
    for refusal in change_many(tx, user, account, {message: wanted}, now).values():
        raise refusal


def change_many(
    tx: Tx, user: UserId, account: AccountId, wanted: Mapping[MessageId, Change], now: datetime
) -> dict[MessageId, UseCaseError]:
    """``change`` each of them; returns what was refused, which leaves the others alone.

    Raises NotFound or NotAllowed of the account.
    """
    _may_change(tx, user, account)
    is_internal = accounts.is_internal(tx, account)
    changed = _changed_here if is_internal else _changed_there
    found = _Found.of(tx, account, wanted)
    shown = _shown_folders(tx, account) if any(one.folders is not None for one in wanted.values()) else ()
    steps: list[_Step] = []
    refused: dict[MessageId, UseCaseError] = {}
    for message, one in wanted.items():
        try:
            before = found.unsent(message, keeps_place=one.folders is None)
            targets = None if one.folders is None else _targets(one.folders, shown)
            steps.append((before, changed(before, one, targets)))
        except UseCaseError as refusal:
            refused[message] = refusal
    messages.replace(tx, account, steps)
    if not is_internal:
        _queue_moves(tx, account, steps, now, user)
        _queue_marks(tx, account, steps, now, user)
    _record_moves(tx, account, steps, now, user)
    _record_marks(tx, account, steps, now, user)
    return refused


def _record_moves(tx: Tx, account: AccountId, steps: Sequence[_Step], now: datetime, user: UserId) -> None:
    """For the audit trail; what was moved into the trash is called deleted."""
    by_place: dict[tuple[FolderId, ...], list[MessageId]] = defaultdict(list)
    for before, after in steps:
        if before.folder_ids != after.folder_ids:
            by_place[tuple(after.folder_ids)].append(before.id)
    if not by_place:
        return
    names, trash = folders.paths(tx, account), folders.within(tx, account, Role.TRASH)
    for places, moved in by_place.items():
        action = "mail.deleted" if trash.intersection(places) else "mail.moved"
        there = ", ".join(names.get(place, "") for place in places)
        audit.record(tx, now, user, action, account, subject=there, message_ids=moved)


def _record_marks(tx: Tx, account: AccountId, steps: Sequence[_Step], now: datetime, user: UserId) -> None:
    """For the audit trail: flags, and what messages were labelled with. What was read is told elsewhere."""
    flagged: dict[bool, list[MessageId]] = defaultdict(list)
    labelled_with: dict[tuple[tuple[str, ...], tuple[str, ...]], list[MessageId]] = defaultdict(list)
    for before, after in steps:
        old, new = before.mutable, after.mutable
        if old.is_flagged != new.is_flagged:
            flagged[new.is_flagged].append(before.id)
        added, removed = _without(new.categories, old.categories), _without(old.categories, new.categories)
        if added or removed:
            labelled_with[added, removed].append(before.id)
    for is_flagged, some in flagged.items():
        action = "mail.flagged" if is_flagged else "mail.unflagged"
        audit.record(tx, now, user, action, account, message_ids=some)
    for (added, removed), some in labelled_with.items():
        labels: dict[str, Any] = {"added": added, "removed": removed}
        audit.record(tx, now, user, "mail.labelled", account, message_ids=some, **labels)


def _without(names: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Those that are not among the others, whatever the letter case."""
    known = set(map(alike, others))
    return tuple(name for name in names if alike(name) not in known)


@dataclass(frozen=True, slots=True)
class _Found:
    """Messages that are to be changed, and what of them waits to be sent or is being sent."""

    messages: Mapping[MessageId, Message]
    active: Mapping[MessageId, Submission]

    @classmethod
    def of(cls, tx: ReadTx, account: AccountId, ids: Iterable[MessageId]) -> "_Found":
        found = {message.id: message for message in messages.get_many(tx, account, list(ids))}
        written = [message.id for message in found.values() if message.mutable.is_draft]
        return cls(found, submissions.active(tx, account, written))

    def unsent(self, message: MessageId, *, keeps_place: bool) -> Message:
        """The message, if it is there and nobody is sending it. Raises NotFound or Conflict."""
        if message not in self.messages:
            raise NotFound("no_such_message", "This message is not there any more.")
        if message in self.active:
            _refuse_active({self.active[message].state}, keeps_place=keeps_place)
        return self.messages[message]


def _changed_there(before: Message, wanted: Change, targets: Sequence[FolderId] | None) -> Message:
    """The message after the change, at a provider that has one folder for it. Raises Invalid."""
    labels = {keyword: is_set for keyword, is_set in wanted.keywords.items() if is_label(keyword)}
    flags = {keyword: is_set for keyword, is_set in wanted.keywords.items() if keyword not in labels}
    fields = _keyword_fields(flags) | _mark_fields(wanted.marks)
    if labels:
        categories = fields.get("categories", before.mutable.categories)
        fields["categories"] = checked_categories(labelled(categories, labels))
    if targets is not None and len(targets) > 1:
        raise Invalid("mailboxIds", "too_many_folders", "A message lies in exactly one folder here.")
    placed = before.folder_ids if targets is None else tuple(targets)
    return changed_copy(before, mutable=changed_copy(before.mutable, **fields), folder_ids=placed)


def _changed_here(before: Message, wanted: Change, targets: Sequence[FolderId] | None) -> Message:
    """The message after the change. Raises Invalid."""
    held = keywords_of(before.mutable)
    kept = (held | {k for k, is_set in wanted.keywords.items() if is_set}) - {
        k for k, is_set in wanted.keywords.items() if not is_set
    }
    arrivals.check_keywords(kept)
    marked = arrivals.mutable_of(*arrivals.marked_as(before.mutable, kept))
    marked = changed_copy(marked, **_mark_fields(wanted.marks))
    placed = before.folder_ids if targets is None else tuple(targets)
    return changed_copy(before, mutable=marked, folder_ids=placed)


def set_keywords(
    tx: Tx, user: UserId, account: AccountId, message: MessageId, patch: Mapping[str, bool], now: datetime
) -> None:
    """Set (True) or clear (False) keywords. Raises as ``change``."""
    change(tx, user, account, message, Change(keywords=patch), now)


def set_marks(
    tx: Tx, user: UserId, account: AccountId, message: MessageId, marks: Marks, now: datetime
) -> None:
    """Set importance, categories or a follow-up's due date, which also flags. Raises as ``change``."""
    change(tx, user, account, message, Change(marks=marks), now)


def _keyword_fields(patch: Mapping[str, bool]) -> dict[str, Any]:
    """The fields of Mutable that keywords set (True) or clear (False)."""
    for keyword in patch:
        if keyword not in FIELDS:
            raise Invalid("keywords", "keyword_not_kept", f"The keyword {keyword} can't be changed here.")
    fields: dict[str, Any] = {FIELDS[keyword]: value for keyword, value in patch.items()}
    if fields.get("is_flagged") is False:
        fields["due_at"] = None  # a due date is part of the flag
    return fields


def _mark_fields(marks: Marks) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if marks.importance is not None:
        fields["importance"] = marks.importance
    if marks.categories is not None:
        fields["categories"] = checked_categories(marks.categories)
    if marks.is_other is not None:
        fields["is_other"] = marks.is_other
    if not isinstance(marks.due_at, Unsaid):
        fields["due_at"] = marks.due_at and sensible(marks.due_at)
        if marks.due_at is not None:
            fields["is_flagged"] = True
    return fields


def _queue_marks(tx: Tx, account: AccountId, steps: Sequence[_Step], now: datetime, user: UserId) -> None:
    """The fields of Mutable that have become others."""
    wanted: dict[MessageId, Said] = {}
    for before, after in steps:
        held, marked = asdict(before.mutable), asdict(after.mutable)
        differing = {field: value for field, value in marked.items() if held[field] != value}
        if differing:
            told = differing | _last(before, differing) | _flag(marked, differing)
            wanted[before.id] = Said(
                {field: to_json(value) for field, value in told.items()},
                {field: to_json(held[field]) for field in differing},
            )
    writeback_ops.insert_many(tx, account, OpKind.SET, wanted, now=now, user=user)


def _last(before: Message, differing: Mapping[str, Any]) -> dict[str, bool]:
    """The mark that stays where the other of the two is taken away: told again, so that it is the last."""
    if not any(differing.get(field) is False for field in _VERBS):
        return {}
    return {
        field: True for field in _VERBS if field not in differing and getattr(before.mutable, field) is True
    }


def _flag(marked: Mapping[str, Any], differing: Mapping[str, Any]) -> dict[str, Any]:
    """Flag and due date are one to the provider: told together, so that neither is taken for gone."""
    return {field: marked[field] for field in FLAG} if FLAG & differing.keys() else {}


def checked_categories(names: tuple[str, ...]) -> tuple[str, ...]:
    """Each once, without blanks around; Microsoft compares them without regard to letter case."""
    cleaned = {alike(name): name for name in (clean(name).strip() for name in reversed(names))}
    kept = tuple(reversed(cleaned.values()))
    if "" in cleaned or len(kept) > _MOST_CATEGORIES or any(len(n) > LONGEST_CATEGORY for n in kept):
        raise Invalid(
            "categories",
            "unusable_category",
            f"A category has up to {LONGEST_CATEGORY} characters, a message {_MOST_CATEGORIES} categories.",
        )
    return kept


def move(
    tx: Tx, user: UserId, account: AccountId, message: MessageId, folder: FolderId, now: datetime
) -> None:
    """Put a message into another folder; into its own: nothing happens. Raises as ``change``."""
    change(tx, user, account, message, Change(frozenset({folder})), now)


def leave(
    tx: Tx,
    user: UserId,
    account: AccountId,
    several: Sequence[MessageId],
    folder: FolderId,
    now: datetime,
    *,
    trash: FolderId | None,
) -> None:
    """Take messages out of one folder. Those that lie nowhere else go to ``trash``, without that for good.

    Raises what ``change`` raises of one of them.
    """
    _may_change(tx, user, account)
    found = messages.get_many(tx, account, several)
    others = {message.id: frozenset(message.folder_ids) - {folder} for message in found}
    ending = [message for message, left in others.items() if not left]
    if trash is not None:
        others |= dict.fromkeys(ending, frozenset({trash}))
        ending = []
    changes = {message: Change(left) for message, left in others.items() if left}
    refused = change_many(tx, user, account, changes, now) | destroy_many(tx, user, account, ending, now)
    for refusal in refused.values():
        raise refusal


def _shown_folders(tx: Tx, account: AccountId) -> frozenset[FolderId]:
    """The folders that people see."""
    return frozenset(folders.shown(tx, account).values())


def _shown(folder: FolderId, shown: Collection[FolderId]) -> FolderId:
    """The folder, if it is one of these. Raises Invalid."""
    if folder not in shown:
        raise Invalid("folder", "no_such_folder", "This folder is not there any more.")
    return folder


def _targets(wanted: Collection[FolderId], shown: Collection[FolderId]) -> list[FolderId]:
    """The folders, in order. Raises Invalid unless there is one, and all are there."""
    if not wanted:
        raise Invalid("mailboxIds", "no_folder", "A message lies in a folder.")
    if not all(folder in shown for folder in wanted):
        raise Invalid("mailboxIds", "no_such_folder", "This folder is not there any more.")
    return sorted(wanted)


def _queue_moves(tx: Tx, account: AccountId, steps: Sequence[_Step], now: datetime, user: UserId) -> None:
    moved = [(before, after) for before, after in steps if before.folder_ids != after.folder_ids]
    unmade = {before.id: after.folder_ids[0] for before, after in moved if is_local(before.remote_id)}
    redirected = writeback_ops.redirect_many(tx, account, unmade)
    wanted = {
        before.id: Said({"folder": after.folder_ids[0]}, {"folder": before.folder_ids[0]})
        for before, after in moved
        if before.id not in redirected
    }
    writeback_ops.insert_many(tx, account, OpKind.MOVE, wanted, now=now, user=user)


def copy(
    tx: Tx, user: UserId, account: AccountId, message: MessageId, folder: FolderId, now: datetime
) -> None:
    """Have the provider copy a message into another folder; the copy shows when it is there.

    In an internal mailbox it is there at once.

    Raises NotFound, NotAllowed, or Invalid for a folder that is not there.
    """
    _may_change(tx, user, account)
    before = _Found.of(tx, account, [message]).unsent(message, keeps_place=True)
    _shown(folder, _shown_folders(tx, account))
    there = folders.paths(tx, account).get(folder, "")
    audit.record(tx, now, user, "mail.copied", account, subject=there, message_ids=[message])
    if accounts.is_internal(tx, account):
        arrivals.copy_within(tx, before, folder)
        return
    payload: dict[str, Any] = {"folder": folder, "internet_message_id": before.internet_message_id}
    if not before.internet_message_id:
        payload["received_at"] = to_ms(before.received_at)
    writeback_ops.insert(tx, account, message, OpKind.COPY, payload=payload, undo={}, now=now, user=user)


def destroy(tx: Tx, user: UserId, account: AccountId, message: MessageId, now: datetime) -> None:
    """Remove a message for good. The page's "delete" is a move to the trash; this is not.

    Raises NotFound or NotAllowed.
    """
    for refusal in destroy_many(tx, user, account, [message], now).values():
        raise refusal


def destroy_many(
    tx: Tx,
    user: UserId,
    account: AccountId,
    ids: Sequence[MessageId],
    now: datetime,
    *,
    is_replacing: bool = False,
) -> dict[MessageId, UseCaseError]:
    """``destroy`` each of them, all rows together; returns what was refused, which leaves the others alone.

    ``is_replacing``: to make place for others, as a draft does that is saved again. Nobody has asked for
    it to be deleted, so one with files that nobody here could see stays at the provider.

    Raises NotFound or NotAllowed of the account.
    """
    _may_change(tx, user, account)
    found = _Found.of(tx, account, ids)
    refused: dict[MessageId, UseCaseError] = {}
    going: dict[MessageId, Message] = {}
    for message in ids:
        try:
            going[message] = found.unsent(message, keeps_place=False)
        except UseCaseError as refusal:
            refused[message] = refusal
    here = going if accounts.is_internal(tx, account) else _only_here(tx, account, going)
    messages.replace(tx, account, [(message, None) for message in here.values()])
    if here:
        tx.changed(account, ChangeType.SYNC, 0, ChangeOp.UPDATED)
    there = [message for message in going.values() if message.id not in here]
    _destroy_there(tx, account, there, now, user, is_replacing=is_replacing)
    if going and not is_replacing:
        audit.record(tx, now, user, "mail.destroyed", account, message_ids=list(going))
    return refused


def _destroy_there(
    tx: Tx,
    account: AccountId,
    several: Sequence[Message],
    now: datetime,
    user: UserId,
    *,
    is_replacing: bool,
) -> None:
    """Hide them until the provider has destroyed them."""
    if not several:
        return
    keys = threads.keys(tx, account, {message.thread_id for message in several})
    messages.replace(tx, account, [(message, changed_copy(message, folder_ids=())) for message in several])
    payload = {"is_replacing": True} if is_replacing else {}
    wanted = {
        message.id: Said(payload, {"folder": message.folder_ids[0], "thread_key": keys[message.thread_id]})
        for message in several
    }
    writeback_ops.insert_many(tx, account, OpKind.DESTROY, wanted, now=now, user=user)


def _may_change(tx: Tx, user: UserId, account: AccountId) -> None:
    """The user's right to change messages is proved, and nobody else changes any from now on."""
    require(tx, user, account, Level.WRITE)
    lock(tx, account)


def check_unsent(
    tx: ReadTx, account: AccountId, ids: Collection[MessageId], *, keeps_place: bool = False
) -> None:
    """Raise Conflict if any of the messages is being sent or, unless it keeps its place, waits for that."""
    active = submissions.active(tx, account, ids).values()
    _refuse_active({submission.state for submission in active}, keeps_place=keeps_place)


def _refuse_active(states: Collection[SubmissionState], *, keeps_place: bool) -> None:
    if SubmissionState.SENDING in states:
        raise Conflict("being_sent", "This message is just being sent.")
    if states and not keeps_place:
        raise Conflict("waits_to_be_sent", "This message waits to be sent; cancel that first.")


def _only_here(
    tx: ReadTx, account: AccountId, several: Mapping[MessageId, Message]
) -> dict[MessageId, Message]:
    """Those that the provider was never asked to make."""
    unmade = [message.id for message in several.values() if is_local(message.remote_id)]
    found = drafts.get_many(tx, account, unmade)
    return {id_: several[id_] for id_, draft in found.items() if draft.step is DraftStep.NEW}
