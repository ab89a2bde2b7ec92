"""A page's messages into the store, in few statements: read all, decide in memory, write all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as copied
from datetime import datetime

from msgspec.structs import replace

from poststelle.lib.clock import to_ms
from poststelle.mail import file_lists, own
from poststelle.mail.merge import Place, is_another, joined, merged, new_message, said_mutable
from poststelle.mail.prepare import NOTHING_PREPARED, Preparation, Prepared
from poststelle.mail.told import says_content
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, ThreadId
from poststelle.model.message import Body, Message
from poststelle.model.search import Unindexed
from poststelle.model.writeback import OpKind, to_json
from poststelle.providers.base import RemoteMessage
from poststelle.store import (
    attachments,
    bodies,
    departures,
    folder_ops,
    folders,
    history,
    messages,
    missing_texts,
    notices,
    op_rows,
    pending,
    search,
    threads,
    undoing,
    writeback_ops,
)
from poststelle.store.bodies import Packed
from poststelle.store.pending import NOTHING_PENDING, Pending
from poststelle.store.sequences import take_ids
from poststelle.store.tx import ReadTx, Tx
from poststelle.submission import outcome


@dataclass(slots=True)
class Taken:
    """The messages of a page by our ids, and how many of them changed."""

    ids: list[MessageId] = field(default_factory=list)
    changed: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    """One message on its way in; ``body`` is set when it is new or another one."""

    before: Message | None
    after: Message
    body: Body | None

    @property
    def is_only_body(self) -> bool:
        return self.before == self.after and self.body is not None

    @property
    def has_other_parts(self) -> bool:
        """Whether a list of attachments, if there was one, holds no more."""
        before = self.before
        return before is None or self.body is not None or before.has_attachment != self.after.has_attachment

    @property
    def may_have_attachments(self) -> bool:
        """Also where no text is said."""
        return self.after.has_attachment or self.body is None or file_lists.names_files(self.body)


@dataclass(frozen=True, slots=True)
class Report:
    """When a provider's answer came, and the account's modseq when it was asked for (None: just now)."""

    at: datetime
    as_of: int | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """Messages we hold, where the provider says they lie, and what it confirmed since it was asked."""

    messages: Mapping[RemoteId, Message]
    places: Mapping[RemoteId, FolderId | None]
    confirmed: Mapping[RemoteId, Pending]


def messages_of_page(
    tx: Tx,
    account: AccountId,
    folder: FolderId,
    items: Sequence[RemoteMessage],
    report: Report,
    preparation: Preparation = NOTHING_PREPARED,
    shown: Mapping[RemoteId, FolderId] | None = None,
) -> Taken:
    """Insert what is new, merge what is known. A message without a named folder lies in ``folder``.

    A draft of which is told that it was sent, and not what, is asked for: as in ``located``.

    What was destroyed since the page was asked for does not come back, and mail older than the
    account holds does not come in. ``preparation``: what was prepared of the new ones. ``shown``: the folders
    that clients see, where they are known.
    """
    by_id: dict[RemoteId, RemoteMessage] = {}
    for item in items:
        by_id[item.remote_id] = joined(by_id[item.remote_id], item) if item.remote_id in by_id else item
    confirmed = pending.of_confirmed(tx, account, by_id, report.as_of)
    by_id = {key: item for key, item in by_id.items() if not _held(confirmed, key).is_destroying}
    known = messages.by_remote(tx, account, by_id)
    fresh = [item for key, item in by_id.items() if key not in known]
    known |= own.adopted(tx, account, fresh, report.at)
    shown = folders.shown(tx, account) if shown is None else shown
    places = {
        item.remote_id: shown.get(item.folder_id, folder) if item.folder_id is not None else folder
        for item in by_id.values()
    }
    departures.settle(tx, account, [message.id for message in known.values()])
    fresh = _held_here(tx, account, (item for key, item in by_id.items() if key not in known))
    _ask_for_untold(tx, account, known, by_id, shown, report.at)
    old = [item for remote_id, item in by_id.items() if remote_id in known]
    merged_ones = _merge(tx, account, old, _Known(known, places, confirmed), report.at)
    added = _insert(tx, account, fresh, places, report.at, preparation)
    return Taken(merged_ones.ids + added.ids, merged_ones.changed + added.changed)


def located(
    tx: Tx, account: AccountId, items: Mapping[RemoteId, RemoteMessage | None], report: Report
) -> Taken:
    """Bring messages we hold to where they lie now; what the provider no longer shows is destroyed.

    What lies in a folder that we have destroyed here, while the provider still has it, is on its way
    out of it, or will go with it: it stays as it is, a departure that is asked for again. So does a draft of
    which is told that it was sent, and not what: its last words and its conversation may be others.
    """
    going = folder_ops.going(tx, account)
    waiting = {key for key, item in items.items() if item is not None and item.folder_id in going}
    known = messages.by_remote(tx, account, items.keys() - waiting)
    shown = folders.shown(tx, account)
    _ask_for_untold(tx, account, known, items, shown, report.at)
    sending = own.being_sent(tx, account, [message.id for message in known.values()])
    gone, held = [], []
    for remote_id, message in known.items():
        item = items[remote_id]
        if item is not None and _is_shown(message, item, shown):
            held.append(item)
        elif message.id not in sending:  # else whoever sends it finds out what became of it
            gone.append(message)
    missed = own.missed(tx, account, [message.id for message in gone], report.at)
    gone = [message for message in gone if message.id not in missed]
    _tell_of_lost_changes(tx, account, [message.id for message in gone], report.at)
    messages.replace(tx, account, [(message, None) for message in gone])
    departures.settle(tx, account, [message.id for message in known.values()])
    places = {item.remote_id: None if item.folder_id is None else shown[item.folder_id] for item in held}
    confirmed = pending.of_confirmed(tx, account, known.keys(), report.as_of)
    taken = _merge(tx, account, held, _Known(known, places, confirmed), report.at)
    return Taken(taken.ids, taken.changed + len(gone))


def _tell_of_lost_changes(tx: Tx, account: AccountId, gone: Sequence[MessageId], now: datetime) -> None:
    """What people still wanted done to these messages will not be done, and they are told.

    Not of a removal, which has come about, nor of a read mark, which nobody misses.
    """
    for op in op_rows.list_open(tx, account, gone):
        if op.kind is not OpKind.DESTROY and set(op.payload) != {"is_seen"}:
            notices.insert(tx, op, op.message_id, code="gone", detail="", at=now)


def leave(tx: Tx, account: AccountId, folder: FolderId, left: Iterable[RemoteId], now: datetime) -> int:
    """Messages reported as gone from the folder depart; return how many we hold.

    Those that lie elsewhere by now depart too: one that we have moved away may
    have been moved back before anybody looked, and Graph reports that as gone
    from here and as nothing else (microsoft-graph-docs-contrib issue 72).
    """
    gone = [message.id for message in messages.by_remote(tx, account, left).values()]
    departures.add(tx, account, folder, gone, now)
    return len(gone)


def _is_shown(message: Message, item: RemoteMessage, shown: Mapping[RemoteId, FolderId]) -> bool:
    if item.folder_id is not None:
        return item.folder_id in shown
    return not message.folder_ids or message.folder_ids[0] in shown.values()


def _ask_for_untold(
    tx: Tx,
    account: AccountId,
    known: dict[RemoteId, Message],
    items: Mapping[RemoteId, RemoteMessage | None],
    shown: Mapping[RemoteId, FolderId],
    now: datetime,
) -> None:
    """Drafts of which nothing but that they were sent is told depart, and are no more among ``known``."""
    for message in [one for key, one in known.items() if _is_sent_untold(one, items.get(key), shown)]:
        departures.add(tx, account, message.folder_ids[0], [message.id], now)
        del known[message.remote_id]


def _is_sent_untold(message: Message, item: RemoteMessage | None, shown: Mapping[RemoteId, FolderId]) -> bool:
    """Whether nothing but that it was sent is told of a draft that clients see."""
    if item is None or not message.mutable.is_draft or not message.folder_ids or item.is_draft is not False:
        return False
    return not says_content(item) and _is_shown(message, item, shown)


def _held_here(tx: ReadTx, account: AccountId, items: Iterable[RemoteMessage]) -> list[RemoteMessage]:
    """Those received since the account's history begins."""
    begins = history.since(tx, account)
    if begins is None:
        return list(items)
    return [item for item in items if item.received_at is None or item.received_at >= begins]


def _insert(
    tx: Tx,
    account: AccountId,
    items: Sequence[RemoteMessage],
    places: Mapping[RemoteId, FolderId],
    now: datetime,
    preparation: Preparation,
) -> Taken:
    if not items:
        return Taken()
    keys = [_thread_key(item) for item in items]
    in_thread, made = threads.find(tx, account, keys)
    first = take_ids(tx, account, len(items))
    changes = []
    for number, item, key in zip(range(first, first + len(items)), items, keys, strict=True):
        place = Place(in_thread[key], places[item.remote_id])
        changes.append(_Change(None, new_message(account, MessageId(number), item, place, now), item.body))
    arrived = [change.after for change in changes]
    bare = {change.after.id for change in changes if not change.may_have_attachments}
    messages.insert(tx, account, arrived, made_threads=made, listed=bare)
    bodies.insert_many(tx, account, _packed(changes, preparation))
    missing_texts.add(tx, account, [change.after.id for change in changes if change.body is None])
    _index(tx, account, arrived, preparation)
    own.note_bounces(tx, account, arrived, now)
    # An item without its arrival is a fragment of one we should know: it is asked for by id.
    for item, change in zip(items, changes, strict=True):
        if item.received_at is None:
            departures.add(tx, account, places[item.remote_id], [change.after.id], now)
    return Taken([change.after.id for change in changes], len(changes))


@dataclass(frozen=True, slots=True)
class _Page:
    """What is known of the messages that a page reports, read once for all of them.

    ``olds`` are those messages, ``opened`` the changes of ours under way, ``stored`` their bodies,
    ``written`` those that were written here; ``lonely`` ones have a thread of their own for want of a better.
    """

    known: _Known
    olds: Mapping[RemoteId, Message]
    opened: Mapping[MessageId, Pending]
    stored: Mapping[MessageId, Packed]
    lonely: set[MessageId]
    written: Mapping[MessageId, own.Written]

    def other_body(self, before: Message, item: RemoteMessage) -> Body | None:
        """The reported body; None when it is not said, or the one we hold."""
        if item.body is None:
            return None
        stored = self.stored.get(before.id)
        return None if stored is not None and bodies.is_same(stored, item.body) else item.body


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A report differs from a change of ours; ``is_settled``: from one that was confirmed just now."""

    message: Message
    is_settled: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """What one report comes to; ``id`` is the message's from now on. ``change`` None: nothing is written.

    ``has_other_files``: perhaps, for no report says which it has. ``may_have_other_text``: the report says
    nothing of it, and it is to be asked for.
    """

    id: MessageId
    is_changed: bool
    change: _Change | None = None
    doubt: _Doubt | None = None
    has_other_files: bool = False
    may_have_other_text: bool = False


def _merge(tx: Tx, account: AccountId, items: Sequence[RemoteMessage], known: _Known, now: datetime) -> Taken:
    """Merge reports into messages we hold.

    A report that differs from a change in flight or just confirmed may be older
    or newer than that change: the message is asked for again.
    """
    if not items:
        return Taken()
    page = _read_page(tx, account, items, known)
    judged = [_judge(tx, page, item, now) for item in items]
    _write(tx, account, [one.change for one in judged if one.change is not None])
    _take_answers_along(tx, page, items, judged)
    attachments.look_again(tx, account, [one.id for one in judged if one.has_other_files])
    missing_texts.add(tx, account, [one.id for one in judged if one.may_have_other_text])
    doubts = [one.doubt for one in judged if one.doubt is not None]
    pending.contest(tx, account, [doubt.message.id for doubt in doubts])
    for message in (doubt.message for doubt in doubts if doubt.is_settled):
        departures.add(tx, account, message.folder_ids[0], [message.id], now)
    return Taken([one.id for one in judged], sum(one.is_changed for one in judged))


def _take_answers_along(
    tx: Tx, page: _Page, items: Sequence[RemoteMessage], judged: Sequence[_Judged]
) -> None:
    """Where what was alone has found its thread, those of ours that answer it lie there, too."""
    for item, one in zip(items, judged, strict=True):
        before = page.olds[item.remote_id]
        if before.id in page.lonely and one.change is not None:
            found = one.change.after.thread_id
            if found != before.thread_id:
                messages.take_along(tx, before.account_id, before.thread_id, found)


def _read_page(tx: Tx, account: AccountId, items: Sequence[RemoteMessage], known: _Known) -> _Page:
    olds = {item.remote_id: known.messages[item.remote_id] for item in items}
    with_body = [olds[item.remote_id].id for item in items if item.body is not None]
    return _Page(
        known=known,
        olds=olds,
        opened=pending.of_open(tx, account, [old.id for old in olds.values()]),
        stored=bodies.packed_many(tx, account, with_body) if with_body else {},
        lonely=_lonely(tx, account, olds.values()),
        written=own.of(tx, account, olds.values()),
    )


def _judge(tx: Tx, page: _Page, item: RemoteMessage, now: datetime) -> _Judged:
    """One report: the sent copy of what was written here ends its sending, all else is weighed."""
    before = page.olds[item.remote_id]
    written = page.written.get(before.id)
    if written is not None and own.is_sent_copy(written, before, item):
        is_others = written.submission is not None and written.submission.is_unasked
        is_sure = item.remote_id == before.remote_id or own.is_same_letter(before, item)
        outcome.sent(tx, written.submission, before, item, now, is_others=is_others, is_sure=is_sure)
        return _Judged(before.id, is_changed=True, may_have_other_text=item.body is None)
    if before.mutable.is_draft and item.is_draft is False:
        own.note_namesake(tx, before.account_id, item, before.internet_message_id)
    confirmed = _held(page.known.confirmed, item.remote_id)
    said = item
    if written is not None:
        is_leaving = page.opened.get(before.id, NOTHING_PENDING).is_destroying
        said = own.reported(tx, written, item, is_early=confirmed.is_creating, is_leaving=is_leaving)
    judged = _weigh(tx, page, before, said, confirmed)
    has_gone_out = before.mutable.is_draft and item.is_draft is False
    if before.mutable.is_draft and (says_content(said) or has_gone_out) and _may_have_files(tx, before):
        judged = copied(judged, has_other_files=judged.change is None or not judged.change.has_other_parts)
    # What is older than what we made, or newer, is asked for whole; so is a draft whose report tells of its
    # content without the text, or that has left without a word of what it said then.
    is_elder_or_newer = written is not None and confirmed.is_creating and own.is_edited(written, item)
    is_told_of = has_gone_out or (before.mutable.is_draft and says_content(item))
    return copied(judged, may_have_other_text=is_elder_or_newer or (is_told_of and item.body is None))


def _may_have_files(tx: ReadTx, draft: Message) -> bool:
    """Whether it has some, or shows some in its text, which are not counted."""
    account, message = draft.account_id, draft.id
    if draft.has_attachment or attachments.get(tx, account, message):
        return True
    return file_lists.names_files(bodies.get(tx, account, message))


def _weigh(tx: Tx, page: _Page, before: Message, item: RemoteMessage, confirmed: Pending) -> _Judged:
    """The report against what we hold, and against the changes of ours that it may not know of."""
    place = page.known.places[item.remote_id]
    held = page.opened.get(before.id, NOTHING_PENDING) | confirmed
    if before.id in page.opened:
        _correct_undo(tx, before, item, place, confirmed)
    is_doubted = _is_doubted(before, item, place, held)
    if held.is_destroying:
        after, body, finding = before, None, None
    else:
        after, body = merged(before, item, place, held), page.other_body(before, item)
        finding = item if _finds_thread(tx, page, before, item) else None
    if finding is not None and _is_ours(tx, page, before):
        # Whoever wrote it was told its id and goes on with it: RFC 8621 would have it be another message.
        after, finding = replace(after, thread_id=_thread_of(tx, before.account_id, finding)), None
    change = None
    if finding is not None or is_another(before, after, has_other_body=body is not None):
        before, after = _as_another(tx, before, after, finding)
        change = _Change(before, after, body)
    elif after != before or body is not None:
        change = _Change(before, after, body)
    doubt = _Doubt(after, confirmed is not NOTHING_PENDING) if is_doubted else None
    return _Judged(after.id, change is not None, change, doubt)


def _finds_thread(tx: Tx, page: _Page, before: Message, item: RemoteMessage) -> bool:
    """Whether a message that was alone must join a thread; one written here takes its thread along."""
    if item.thread_key is None:
        return False
    if not _is_lonely_still(tx, page, before):
        return _leaves_thread(tx, page, before, item)
    if _is_answer_to_another(tx, page, before):
        return False
    key = _thread_key(item)
    return not _is_ours(tx, page, before) or not threads.rekey(tx, before.account_id, before.thread_id, key)


def _is_answer_to_another(tx: ReadTx, page: _Page, lonely: Message) -> bool:
    """Whether it was written here and lies with what it answers, whose conversation is to be that of both."""
    written = page.written.get(lonely.id)
    is_answer = _is_ours(tx, page, lonely) if written is None else written.draft.is_our_answer
    return is_answer and messages.is_named_by_others(tx, lonely.account_id, lonely.thread_id, lonely.id)


def _is_lonely_still(tx: ReadTx, page: _Page, before: Message) -> bool:
    """Whether no other report of the page has named its thread."""
    return before.id in page.lonely and bool(_lonely(tx, before.account_id, [before]))


def _is_ours(tx: ReadTx, page: _Page, before: Message) -> bool:
    """Whether it was written here.

    Of an answer that was sent nothing is kept that says so; but its thread, which has no name so far, began
    with another message.
    """
    if before.id in page.written:
        return True
    if before.id not in page.lonely:
        return False
    thread = before.thread_id
    began_with = threads.keys(tx, before.account_id, [thread]).get(thread)
    return began_with != threads.key_alone(before.remote_id)


def _leaves_thread(tx: Tx, page: _Page, before: Message, item: RemoteMessage) -> bool:
    """Whether it is of another conversation by now, as a draft with another subject is; no answer of ours.

    The subject may be told later than that it was sent. Else only of a draft it is believed: it may have been
    renamed and named back since it was last seen.
    """
    written = page.written.get(before.id)
    draft = None if written is None else written.draft
    is_believed = before.mutable.is_draft and not (draft is not None and draft.is_our_answer)
    if not is_believed and not own.is_renamed(before, draft, item):
        return False
    return _thread_of(tx, before.account_id, item) != before.thread_id


def _held(confirmed: Mapping[RemoteId, Pending], remote_id: RemoteId) -> Pending:
    return confirmed.get(remote_id, NOTHING_PENDING)


def _is_doubted(before: Message, item: RemoteMessage, place: FolderId | None, held: Pending) -> bool:
    """Whether the report says something else where a local change is held against it."""
    if held == NOTHING_PENDING or held.is_destroying or not before.folder_ids:
        return False
    return merged(before, item, place, held) != merged(before, item, place, NOTHING_PENDING)


def _as_another(
    tx: Tx, before: Message, after: Message, finding_thread: RemoteMessage | None
) -> tuple[Message, Message]:
    """The message under a new id, in the thread it has now found; both what is stored and what shall be."""
    if finding_thread is not None:
        after = replace(after, thread_id=_thread_of(tx, before.account_id, finding_thread))
    fresh = undoing.renew(tx, before, after, keeps_parts=True)
    _forget_files(tx, before.account_id, [fresh])
    attachments.look_again(tx, before.account_id, [fresh.id])
    return fresh, fresh


def _write(tx: Tx, account: AccountId, changes: Sequence[_Change]) -> None:
    messages.replace(tx, account, [(c.before, c.after) for c in changes])
    bodies.upsert_many(tx, account, _packed(changes))
    search.note(tx, account, [c.after.id for c in changes if c.before is not None and c.body is not None])
    for change in changes:
        if change.is_only_body:
            tx.changed(account, ChangeType.EMAIL, change.after.id, ChangeOp.UPDATED)
    stale = [c for c in changes if c.has_other_parts]
    _forget_files(tx, account, [c.after for c in stale if c.before is not None and c.may_have_attachments])
    bare = [c.after.id for c in stale if c.before is not None and not c.may_have_attachments]
    attachments.forget(tx, account, bare)
    attachments.set_known(tx, account, {c.after.id: not c.may_have_attachments for c in stale})


def _forget_files(tx: Tx, account: AccountId, listed_again: Sequence[Message]) -> None:
    """What is held of their files holds no more. Of a draft it is shown until its list has come.

    The octets of what was attached here may be nowhere else one day.
    """
    attachments.forget(tx, account, [message.id for message in listed_again if not message.mutable.is_draft])
    for message in listed_again:
        if message.mutable.is_draft:
            attachments.forget_mime(tx, account, message.id)


def _packed(
    changes: Iterable[_Change], preparation: Preparation = NOTHING_PREPARED
) -> list[tuple[MessageId, Packed]]:
    return [
        (change.after.id, _pack(change.body, preparation.get(change.after.remote_id)))
        for change in changes
        if change.body is not None
    ]


def _pack(body: Body, at_hand: Prepared | None) -> Packed:
    return bodies.pack(body) if at_hand is None else at_hand.body


def _index(tx: Tx, account: AccountId, arrived: Sequence[Message], preparation: Preparation) -> None:
    """Messages whose words are at hand can be found at once; the others when the indexer has met them."""
    contents = [
        Unindexed(message.id, to_ms(message.received_at) // 1000, at_hand.words)
        for message in arrived
        if (at_hand := preparation.get(message.remote_id)) is not None
    ]
    if contents:
        search.put_arrived(tx, account, contents, [message.id for message in arrived])


def _correct_undo(
    tx: Tx, before: Message, item: RemoteMessage, place: FolderId | None, confirmed: Pending
) -> None:
    """What a refusal would put back is what the provider holds, also when that has just changed."""
    said = {name: to_json(value) for name, value in said_mutable(item, confirmed.fields).items()}
    if place is not None and not confirmed.is_moving:
        said["folder"] = place
    for op in op_rows.list_open(tx, before.account_id, [before.id]):
        corrected = {key: said.pop(key) for key in op.undo.keys() & said.keys()}
        if op.undo | corrected != op.undo:
            writeback_ops.set_undo(tx, op, op.undo | corrected)


def _lonely(tx: ReadTx, account: AccountId, known: Iterable[Message]) -> set[MessageId]:
    """Messages in a thread of their own because the provider had not named one."""
    keys = threads.keys(tx, account, {message.thread_id for message in known})
    return {m.id for m in known if threads.is_alone(keys.get(m.thread_id, ""))}


def _thread_of(tx: Tx, account: AccountId, item: RemoteMessage) -> ThreadId:
    key = _thread_key(item)
    return threads.ensure(tx, account, [key])[key]


def _thread_key(item: RemoteMessage) -> str:
    if item.thread_key is None:
        return threads.key_alone(item.remote_id)
    return threads.key_of(item.thread_key)
