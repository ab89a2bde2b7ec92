"""How a submission ends. Each function is part of the transaction that has found it out."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from msgspec import structs

from poststelle.mail import file_lists, own
from poststelle.mail.merge import merged
from poststelle.mail.told import digests
from poststelle.mime.text import clean, shortened
from poststelle.model.change import ChangeOp, ChangeType
from poststelle.model.folder import Role
from poststelle.model.ids import LOCAL, RemoteId, ThreadId, is_local
from poststelle.model.message import Body, Message
from poststelle.model.submission import Submission, SubmissionState
from poststelle.model.writeback import OpKind
from poststelle.providers.base import RemoteMessage
from poststelle.store import (
    activities,
    addresses,
    archive,
    attachments,
    bodies,
    departures,
    drafts,
    folders,
    messages,
    missing_texts,
    notices,
    op_rows,
    pending,
    search,
    submissions,
    threads,
    writeback_ops,
)
from poststelle.store.pending import NOTHING_PENDING
from poststelle.store.tx import Tx

# Where the draft lies whose submission has failed as ``gone``.
IN_TRASH, IN_DRAFTS = "in_trash", "in_drafts"
# There, too; but whether the one that is gone was deleted or sent nobody knows.
IN_DRAFTS_UNSURE = "in_drafts_unsure"
# There, too; but others that were made of it lie there or have gone, and which was the letter nobody knows.
IN_DRAFTS_AMONG_OTHERS = "in_drafts_among_others"
_LONGEST_DETAIL = 500


def sent(
    tx: Tx,
    submission: Submission | None,
    draft: Message,
    copy: RemoteMessage | None,
    now: datetime,
    *,
    is_others: bool = False,
    is_sure: bool = True,
) -> None:
    """It is sent: the draft becomes the copy in Sent under the same id, and what it answers is marked.

    ``copy`` None: the provider kept none, so the message goes here too. ``is_others``: somebody has sent it
    with another program, and people are told when. Whoever wanted it sent is told of other recipients that
    somebody has given it there. One that is not kept is destroyed, here and at the
    provider, unless others sent it, or (not ``is_sure``) the copy may be of another message.
    """
    if submission is None:
        return
    wanted, submission = submission, _as_it_went(submission, draft, copy)
    if not submissions.end(tx, submission, SubmissionState.FINAL, now):
        return
    marked = _marked(tx, submission)
    if copy is not None and copy.remote_id != draft.remote_id:  # reports asked for before still tell of it
        pending.keep_gone(tx, draft.account_id, submission.id, draft.remote_id, now)
    if copy is not None and copy.internet_message_id not in {None, submission.internet_message_id}:
        submissions.set_name(tx, submission, copy.internet_message_id or "")  # reports of failure name it
    is_readdressed = _is_readdressed(tx, wanted, draft, copy)
    become(tx, draft, copy, now)
    _follow(tx, submission)
    if not submission.is_kept and not is_others and is_sure:
        _destroy(tx, submission, now)
    for message, field in marked:
        _mark(tx, submission, message, field, now)
    if is_others:
        at = None if copy is None else copy.sent_at
        _tell(tx, submission, code="sent_elsewhere", detail=at.isoformat() if at else "", now=now)
    elif is_readdressed:
        people = shortened(", ".join(submission.envelope.rcpt_to), _LONGEST_DETAIL)
        _tell(tx, submission, code="sent_elsewhere", detail=people, now=now)


def people_of(letter: Message | RemoteMessage) -> tuple[str, ...]:
    """To whom it goes, each once."""
    people = (*(letter.to or ()), *(letter.cc or ()), *(letter.bcc or ()))
    return tuple({clean(person.email).casefold(): clean(person.email) for person in people}.values())


def _as_it_went(submission: Submission, draft: Message, copy: RemoteMessage | None) -> Submission:
    """The submission with the recipients that the message had when it went."""
    people = _told_people(copy) or people_of(draft)
    if not people or _keys(people) == _keys(submission.envelope.rcpt_to):
        return submission
    return replace(submission, envelope=replace(submission.envelope, rcpt_to=people))


def _is_readdressed(tx: Tx, wanted: Submission, draft: Message, copy: RemoteMessage | None) -> bool:
    """Whether others have changed to whom it goes.

    The provider knows people by several addresses, and may have named some otherwise when it read the draft
    back; of its own addresses, one for another says nothing.
    """
    ours = _keys(people_of(draft))
    if ours != _keys(wanted.envelope.rcpt_to):
        return True
    went = _keys(_told_people(copy))
    if copy is None or not went or went == ours or _names_as_told(tx, draft, copy):
        return False
    here = _keys(one.email for one in addresses.list_all(tx, draft.account_id))
    lacking, others = ours - went, went - ours
    if lacking & here and others & here:
        lacking, others = lacking - here, others - here
    return bool(lacking or others)


def _names_as_told(tx: Tx, draft: Message, copy: RemoteMessage) -> bool:
    """Whether the copy names the people as the provider did when our draft was whole."""
    written = drafts.get(tx, draft.account_id, draft.id)
    now = digests(copy)
    return (
        written is not None
        and written.told is not None
        and all(written.told.get(name) == now.get(name) for name in ("to", "cc", "bcc"))
    )


def _told_people(copy: RemoteMessage | None) -> tuple[str, ...]:
    """As a report says that tells of all; nobody, if it does not."""
    if copy is None or copy.to is None or copy.cc is None or copy.bcc is None:
        return ()
    return people_of(copy)


def _keys(people: Iterable[str]) -> set[str]:
    return {address.casefold() for address in people}


def _follow(tx: Tx, submission: Submission) -> None:
    """The submission lies in its message's thread, which may be another one by now."""
    found = messages.get(tx, submission.account_id, submission.message_id)
    if found is not None:
        submissions.set_thread(tx, submission, found.thread_id)


def failed(tx: Tx, submission: Submission, *, code: str, detail: str, now: datetime) -> bool:
    """It is not sent, and people are told why. The draft stays. False when it had ended before."""
    has_ended = submissions.end(tx, submission, SubmissionState.FAILED, now, code=code, detail=detail)
    if has_ended:
        _ask_where_it_lies(tx, submission, now)
        tell_it_stays(tx, submission)
        _tell(tx, submission, code=code, detail=detail, now=now)
    return has_ended


def _ask_where_it_lies(tx: Tx, submission: Submission, now: datetime) -> None:
    """While it was being sent, nobody took a draft that had gone for deleted."""
    draft = messages.get(tx, submission.account_id, submission.message_id)
    if draft is not None and not is_local(draft.remote_id) and draft.folder_ids:
        departures.add(tx, draft.account_id, draft.folder_ids[0], [draft.id], now)


def gone(tx: Tx, submission: Submission, key: str, now: datetime, *, detail: str) -> None:
    """Its draft has gone before it was asked for, and no copy is there; people are told.

    What was written is kept: the draft is made anew, as in ``lost``. ``detail``: IN_DRAFTS where it was seen
    among what can be recovered. Else IN_DRAFTS_UNSURE: a colleague may have sent it as a delegate, whose copy
    lies in the colleague's own mailbox, and who reads that it was deleted would send it twice. Or
    IN_DRAFTS_AMONG_OTHERS.
    """
    if failed(tx, submission, code="gone", detail=detail, now=now):
        _make_anew(tx, submission, key, now)


def lost(tx: Tx, submission: Submission, key: str, now: datetime) -> None:
    """Neither the draft nor a copy can be found: nobody knows whether it was sent, and people are told.

    The draft is made anew, under another Message-ID, so that nothing that was written is lost.
    """
    if failed(tx, submission, code="unknown", detail="", now=now):
        _make_anew(tx, submission, key, now)


def _tell(tx: Tx, submission: Submission, *, code: str, detail: str, now: datetime) -> None:
    account, message, user = submission.account_id, submission.message_id, submission.created_by
    notices.add(tx, account, OpKind.SEND, message, code=code, detail=detail, at=now, user=user)


def _make_anew(tx: Tx, submission: Submission, key: str, now: datetime) -> None:
    """The draft is one that the provider has never had; it lies in the drafts, which nobody has removed."""
    account, message = submission.account_id, submission.message_id
    draft, found = messages.get(tx, account, message), drafts.get(tx, account, message)
    if draft is None or found is None:
        return
    domain = found.internet_message_id.rpartition("@")[2].rstrip(">")
    name = f"<{key}@{domain}>"
    missing = file_lists.without_missing(tx, draft)  # another program has added them
    if missing is not None:
        _tell_of_lack(tx, submission, ": ".join(filter(None, ("octets_missing", ", ".join(missing)))), now)
    if bodies.get(tx, account, message) is None:  # it was begun elsewhere, and nobody could read it in time
        _tell_of_lack(tx, submission, "text_missing", now)
        bodies.upsert_many(tx, account, [(message, bodies.pack(Body("text/plain", "")))])
        missing_texts.came(tx, account, [message])
    files = attachments.get(tx, account, message) or ()
    drafts.destroy(tx, account, message)
    writeback_ops.give_up_making(tx, account, message)
    writeback_ops.give_up_moves(tx, account, message)
    pending.keep_gone(tx, account, submission.id, draft.remote_id, now)
    departures.settle(tx, account, [message])
    messages.set_remote_id(tx, account, message, RemoteId(LOCAL + key))
    before = structs.replace(draft, remote_id=RemoteId(LOCAL + key))
    home = folders.by_role(tx, account, Role.DRAFTS)
    place = draft.folder_ids if home is None else (home.id,)
    thread = draft.thread_id if found.is_our_answer else _thread_alone(tx, before)
    after = structs.replace(
        before,
        internet_message_id=name,
        folder_ids=place,
        thread_id=thread,
        has_attachment=any(not file.is_inline for file in files),
    )
    messages.replace(tx, account, [(before, after)])
    submissions.set_thread(tx, submission, thread)
    drafts.insert(tx, replace(found, key=key, internet_message_id=name), len(files))
    writeback_ops.insert(
        tx, account, message, OpKind.CREATE, payload={}, undo={}, now=now, user=submission.created_by
    )
    writeback_ops.wait_for_making(tx, account, message, name, now)


def _thread_alone(tx: Tx, draft: Message) -> ThreadId:
    """One of its own, until the provider names it: under another Message-ID it begins a conversation."""
    key = threads.key_alone(draft.remote_id)
    return threads.ensure(tx, draft.account_id, [key])[key]


def _tell_of_lack(tx: Tx, submission: Submission, detail: str, now: datetime) -> None:
    """What was not kept is to be written or attached again; of files without names nobody knows which."""
    account, message, user = submission.account_id, submission.message_id, submission.created_by
    detail = shortened(detail, _LONGEST_DETAIL)
    notices.add(tx, account, OpKind.CREATE, message, code="refused", detail=detail, at=now, user=user)


def tell_it_stays(tx: Tx, submission: Submission) -> None:
    """It is not sent: clients that were told that the message goes with it look for it again."""
    account, message = submission.account_id, submission.message_id
    if not submission.is_kept and messages.get(tx, account, message) is not None:
        tx.changed(account, ChangeType.EMAIL, message, ChangeOp.UPDATED)


def _destroy(tx: Tx, submission: Submission, now: datetime) -> None:
    """As who sent it asked for. It is no draft any more, and nobody waits for it."""
    account, sent_copy = submission.account_id, messages.get(tx, submission.account_id, submission.message_id)
    if sent_copy is None:
        return
    key = threads.keys(tx, account, [sent_copy.thread_id])[sent_copy.thread_id]
    messages.hide(tx, sent_copy)
    writeback_ops.insert(
        tx,
        account,
        sent_copy.id,
        OpKind.DESTROY,
        payload={},
        undo={"folder": sent_copy.folder_ids[0], "thread_key": key},
        now=now,
        user=submission.created_by,
    )


def become(tx: Tx, draft: Message, copy: RemoteMessage | None, now: datetime) -> None:
    """The message says now what was sent, and lies where the copy lies; without a copy it goes.

    A pull may have met the copy before it was known as such: what people did to it meanwhile holds.
    """
    account = draft.account_id
    if copy is None:
        attachments.forget_mime(tx, account, draft.id)  # the draft's octets are not what was sent
        archive.note(tx, account, [draft.id])
        activities.note(tx, account, [draft.id], sent_at=now)
        messages.destroy(tx, account, draft.id)
        return
    writeback_ops.give_up_making(tx, account, draft.id)
    writeback_ops.give_up_moves(tx, account, draft.id)
    twin = messages.twin(tx, account, draft.id, copy.remote_id)
    if twin is not None and not twin.folder_ids:  # destroyed meanwhile
        messages.destroy(tx, account, draft.id)
        return
    if twin is not None:
        op_rows.repoint(tx, account, twin.id, draft.id)
    shown = folders.shown(tx, account)
    folder = shown.get(copy.folder_id) if copy.folder_id is not None else None
    if folder is None:
        found = folders.by_role(tx, account, Role.SENT)
        folder = found.id if found else draft.folder_ids[0]
    messages.set_remote_id(tx, account, draft.id, copy.remote_id)
    before = structs.replace(draft, remote_id=copy.remote_id)
    after = merged(before, copy, folder, NOTHING_PENDING)
    after = structs.replace(after, mutable=structs.replace(after.mutable, is_draft=False, is_seen=True))
    if twin is not None:
        after = structs.replace(after, mutable=twin.mutable, folder_ids=twin.folder_ids)
    messages.replace(tx, account, [(before, after)])
    if copy.body is not None:
        bodies.upsert_many(tx, account, [(draft.id, bodies.pack(copy.body))])
        search.note(tx, account, [draft.id])
    attachments.forget_mime(tx, account, draft.id)
    files = attachments.get(tx, account, draft.id)
    if after.has_attachment or files or file_lists.names_files(copy.body):  # others may have left than shown
        attachments.look_again(tx, account, [draft.id])
    if copy.thread_key is not None:  # sent before it was read back, it may have none so far
        is_answer = own.is_our_answer(tx, account, draft.id)
        messages.name_conversation(tx, account, draft.id, copy.thread_key, is_answer=is_answer)
        # It was renamed there, or a copy that somebody made of it was taken for it for a while.
        if not is_answer:
            messages.join_conversation(tx, account, draft.id, copy.thread_key)
    if copy.folder_id is None or copy.folder_id in shown:
        departures.settle(tx, account, [draft.id])
    else:  # deleted since, perhaps for good: the next pull asks
        departures.add(tx, account, after.folder_ids[0], [draft.id], now)
    drafts.destroy(tx, account, draft.id)


def _marked(tx: Tx, submission: Submission) -> list[tuple[Message, str]]:
    """The messages to be marked that are here, and with what.

    One that went while the answer was held and has come back, as it does when an account's history is made
    shorter and longer, is another message of ours by now: it is known by its Message-ID.
    """
    found = [(messages.get(tx, submission.account_id, i), field) for i, field in submission.marks]
    here = [(message, field) for message, field in found if message is not None]
    lost = [field for message, field in found if message is None]
    again = _answered(tx, submission) if len(lost) == 1 else None
    return here if again is None else [*here, (again, lost[0])]


def _answered(tx: Tx, submission: Submission) -> Message | None:
    """What the draft says that it answers, or continues."""
    account = submission.account_id
    draft = drafts.get(tx, account, submission.message_id)
    names = [] if draft is None else [f"<{name}>" for name in draft.in_reply_to or draft.references[-1:]]
    found = drafts.find_recent(tx, account, names)
    return None if found is None else messages.get(tx, account, found.id)


def _mark(tx: Tx, submission: Submission, marked: Message, field: str, now: datetime) -> None:
    """Mark what was answered or forwarded, here and at the provider."""
    account = submission.account_id
    if getattr(marked.mutable, field):
        return
    messages.set_mutable(tx, account, marked.id, **{field: True})
    writeback_ops.insert(
        tx,
        account,
        marked.id,
        OpKind.SET,
        payload={field: True},
        undo={field: False},
        now=now,
        user=submission.created_by,
    )
