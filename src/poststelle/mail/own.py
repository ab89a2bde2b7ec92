"""Our own drafts and sent mail, met again in what the provider reports: the same messages, not new ones."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.mail.merge import subject_of
from poststelle.mail.told import changed_since, differing, digests, is_likely, without_known
from poststelle.mime.text import clean
from poststelle.model.draft import Draft, is_key_of, is_only_name, name_by_key, seal_of
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, is_local
from poststelle.model.message import Address, Body, Message
from poststelle.model.submission import SendStep, Submission, SubmissionState
from poststelle.providers.base import RemoteMessage
from poststelle.store import bodies, bounces, drafts, folders, messages, pending, submissions, writeback_ops
from poststelle.store.tx import ReadTx, Tx

# Who reports that a delivery has failed: Exchange, and mail servers elsewhere.
_REPORTER = re.compile(r"(?:microsoftexchange[0-9a-f]{32}|postmaster|mailer-daemon)@", re.IGNORECASE)

_CLOCKS_APART = timedelta(minutes=1)
_CLOCKS_APART_AT_MOST = timedelta(minutes=5)
_UNSEEN_FOR = timedelta(hours=6)  # that a draft has gone from its folder may be told so much later


@dataclass(frozen=True, slots=True)
class Written:
    """A draft of ours, and the submission that waits or sends it, if there is one."""

    draft: Draft
    submission: Submission | None
    sent_folder: RemoteId | None


def adopted(
    tx: Tx, account: AccountId, fresh: Sequence[RemoteMessage], now: datetime
) -> dict[RemoteId, Message]:
    """Reports of messages that we wrote and whose id at the provider we did not know yet.

    A draft that says the same, or nearly so, is recognised by its Message-ID while we don't know its id, a
    finished message that we bring there by its key; a sent copy, in Sent, while its draft is being sent.
    """
    by_name: dict[str, list[RemoteMessage]] = {}
    for one in fresh:
        names = {one.internet_message_id, name_by_key(one.draft_key) if one.draft_key else None}
        for name in filter(None, names):
            by_name.setdefault(name, []).append(one)
    ids = []
    for name, (draft, remote_id) in drafts.by_message_id(tx, account, list(by_name)).items():
        written, letter = _written(tx, draft), messages.even_hidden(tx, account, draft.message_id)
        item = None if letter is None else _met(tx, written, letter, by_name[name])
        is_known = item is not None or not is_local(remote_id)  # else any draft may be ours
        for other in by_name[name]:
            if other is not item and (is_known or other.is_draft is False):
                note_namesake(tx, account, other)
        if item is None:
            continue
        if written.submission is not None and not is_local(remote_id):
            pending.keep_gone(tx, account, written.submission.id, remote_id, now)
        messages.set_remote_id(tx, account, draft.message_id, item.remote_id)
        drafts.look_for_namesakes(tx, account, draft.message_id)
        ids.append(item.remote_id)
    return messages.by_remote(tx, account, ids)


def note_namesake(tx: Tx, account: AccountId, item: RemoteMessage, known_as: str | None = None) -> None:
    """A draft is told what else has its Message-ID: that may be gone when it leaves, or leave later.

    What a colleague sends from a shared mailbox may never be seen again. ``known_as``: the Message-ID that
    it had so far; not every report names it.
    """
    name = item.internet_message_id or known_as
    if name is not None:
        drafts.note_namesake(tx, account, item.remote_id, name)


def _met(
    tx: ReadTx, written: Written, letter: Message, items: Sequence[RemoteMessage]
) -> RemoteMessage | None:
    """The one of the reports that is of the draft, or of its copy in Sent.

    A draft that says something else, or lies elsewhere, may be somebody's copy that is read before ours: it
    is left to whoever makes ours, who sees all that has its key; so is any, of what is to be sent, where
    letters that were made of it have gone; and of what would be sent, or thrown away, where another one that
    may be it is known. While it is made, one that the provider tells a little otherwise is ours as long
    as it is the only one.
    """
    draft, submission = written.draft, written.submission
    since = None if submission is None else submission.created_at
    found = [
        item
        for item in items
        if draft.is_finished or is_ours(item, draft.key, draft.internet_message_id, since)
    ]
    if is_local(letter.remote_id):
        body, shown = bodies.get(tx, letter.account_id, letter.id), folders.shown(tx, letter.account_id)
        there = [item for item in found if draft.is_finished or _is_in_place(letter, item, shown)]
        made = [item for item in there if draft.is_finished or _is_same_draft(letter, body, item)]
        have_gone = draft.has_namesake or any(item.is_draft is False for item in found)
        is_told = draft.is_finished or not _is_one_of_several(tx, written, letter, made)
        if made and is_told and (submission is None or draft.is_finished or not have_gone):
            return max(made, key=lambda item: is_same_letter(letter, item))
        is_in_hand = writeback_ops.is_being_made(tx, letter.account_id, letter.id)
        if is_in_hand and len(found) == 1 and there and _is_likely_draft(tx, written, letter, body, found[0]):
            return found[0]
    return next((item for item in found if is_sent_copy(written, letter, item)), None)


def _is_one_of_several(tx: ReadTx, written: Written, letter: Message, made: Sequence[RemoteMessage]) -> bool:
    """Whether it may be somebody's copy that would be sent in its place, or thrown away with it.

    What was known before it was made anew is not what was made then.
    """
    is_thrown_away = is_unwanted(tx, letter)
    if not made or (written.submission is None and not is_thrown_away):
        return False
    if is_thrown_away and len(made) > 1:
        return True
    account, name = letter.account_id, written.draft.internet_message_id
    known = messages.get_many(tx, account, drafts.namesakes(tx, account, letter.id, name))
    passed_over = writeback_ops.passed_over(tx, account, letter.id)
    return any(
        m.remote_id not in passed_over and _reaches(letter, m.subject, _named(m.to, m.cc, m.bcc))
        for m in known
    )


def is_unwanted(tx: ReadTx, letter: Message) -> bool:
    """Whether it lies in the trash, or is nowhere any more."""
    return folders.within(tx, letter.account_id, Role.TRASH).issuperset(letter.folder_ids)


def _is_in_place(letter: Message, item: RemoteMessage, shown: Mapping[RemoteId, FolderId]) -> bool:
    """Whether it lies where the letter does; one that was removed here lies nowhere."""
    folder = None if item.folder_id is None else shown.get(item.folder_id)
    return not letter.folder_ids or folder in letter.folder_ids


def _is_same_draft(letter: Message, body: Body | None, item: RemoteMessage) -> bool:
    return item.is_draft is True and not differing(letter, body or Body("text/plain", ""), item)


def _is_likely_draft(
    tx: ReadTx, written: Written, letter: Message, body: Body | None, item: RemoteMessage
) -> bool:
    """Whether the only report is of the draft, told a little otherwise: clients are shown no other one.

    Not where others have been met already, nor for what was removed here, which would be destroyed there; and
    what is to be sent goes to its own people.
    """
    draft, is_to_be_sent = written.draft, written.submission is not None
    if item.is_draft is not True or not letter.folder_ids or draft.has_namesake:
        return False
    if not is_likely(letter, body or Body("text/plain", ""), item, has_same_people=is_to_be_sent):
        return False
    return not drafts.has_namesake(tx, letter.account_id, letter.id, draft.internet_message_id)


def accepted_drafts(
    tx: ReadTx, account: AccountId, items: Sequence[RemoteMessage]
) -> dict[RemoteId, RemoteId]:
    """Of reports that have the key of a letter which the provider has accepted: its draft's id there."""
    names = {item.internet_message_id for item in items if item.draft_key and item.internet_message_id}
    found: dict[RemoteId, RemoteId] = {}
    for draft, remote_id in drafts.by_message_id(tx, account, sorted(names)).values():
        written = _written(tx, draft)
        seal = _seal_asked_under(written)
        ours = [item.remote_id for item in items if seal is not None and item.draft_key == seal]
        found |= {copy: remote_id for copy in ours if copy != remote_id and not is_local(remote_id)}
    return found


def _seal_asked_under(written: Written) -> str | None:
    submission = written.submission
    if submission is None or submission.step is not SendStep.ACCEPTED or not submission.is_sealed:
        return None
    return seal_of(written.draft.key, submission.id, submission.sealed)


def of(tx: ReadTx, account: AccountId, held: Iterable[Message]) -> dict[MessageId, Written]:
    """Which of the messages are drafts of ours, or finished messages that we brought there."""
    found = drafts.get_many(tx, account, [m.id for m in held])
    return {i: _written(tx, draft) for i, draft in found.items()}


def ours_among(
    found: Iterable[RemoteMessage], there: RemoteId, key: str, name: str, since: datetime | None
) -> list[RemoteMessage]:
    """What is ours of all that has our key or our Message-ID; ``there`` is the draft's own id."""
    return [item for item in found if item.remote_id == there or is_ours(item, key, name, since)]


def is_ours(item: RemoteMessage, key: str, name: str, since: datetime | None) -> bool:
    """Whether what has our key, or our Message-ID ``name``, is ours, or a copy of ours that people made.

    Where other mail may have that Message-ID too, the key tells; of a copy that has lost it on its way
    through the provider, that it was sent ``since`` we were to send ours.
    """
    if is_only_name(name, key) or is_key_of(item.draft_key, key):
        return True
    if since is None or item.is_draft is not False or item.draft_key is not None or item.sent_at is None:
        return False
    return item.sent_at >= since - _CLOCKS_APART


def is_sent_copy(written: Written, letter: Message, item: RemoteMessage) -> bool:
    """Whether the report is of the copy in Sent of a draft being sent; ``letter`` is the draft as we hold it.

    The same Message-ID may lie in the inbox too, when somebody writes to the own mailbox, and in Sent when an
    archive or another program brings it there; and what has our key may be somebody's copy of the draft,
    while the draft lies there unsent. So beside the draft's own id only the key that it was sealed with
    tells, once the provider has accepted it. All else is left to who sends it, who asks for the draft, too
    (``sightings``); then the two become one. What only waits to be sent is sent, by somebody else, when its
    own draft is.
    """
    submission = written.submission
    if submission is None or item.is_draft is not False or item.folder_id != written.sent_folder:
        return False
    if item.remote_id == letter.remote_id:
        return True
    return submission.is_kept and item.draft_key is not None and item.draft_key == _seal_asked_under(written)


def went_before(submission: Submission, item: RemoteMessage) -> bool:
    """Whether it went before ours was due, or, if somebody else has sent that, long before it was missed."""
    if submission.is_unasked:
        return went_long_before(submission, item)
    return item.sent_at is not None and item.sent_at < submission.send_at - _CLOCKS_APART_AT_MOST


def went_long_before(submission: Submission, item: RemoteMessage) -> bool:
    """Whether it went before any draft can have gone that was still here when it was to be sent.

    While it was tried in vain nothing was heard of its draft either.
    """
    tried_at = submission.asked_at if submission.is_unasked else None
    seen_at = submission.created_at if tried_at is None else min(tried_at, submission.send_at)
    since = seen_at - _UNSEEN_FOR
    return item.sent_at is not None and item.sent_at < since


def is_same_letter(letter: Message, item: RemoteMessage) -> bool:
    """Whether it has the letter's subject and people. What is received does not name the hidden ones."""
    if subject_of(item) != letter.subject or _named(item.to, item.cc) != _named(letter.to, letter.cc):
        return False
    return not item.bcc or _named(item.bcc) == _named(letter.bcc)


def goes_to_its_people(letter: Message, item: RemoteMessage) -> bool:
    """Whether it went to all of the letter's people, or under its subject to some of them.

    Else it is another letter that somebody has made of the draft: whom it has not reached waits for this.
    """
    return _reaches(letter, subject_of(item), _named(item.to, item.cc, item.bcc))


def _reaches(letter: Message, subject: str, people: set[str]) -> bool:
    ours = _named(letter.to, letter.cc, letter.bcc)
    return ours <= people or (subject == letter.subject and not people.isdisjoint(ours))


def reported(
    tx: Tx, written: Written, item: RemoteMessage, *, is_early: bool, is_leaving: bool
) -> RemoteMessage:
    """What the report says that is not our own draft come back; that is known from now on.

    ``is_early``: it was asked for before the draft was whole at the provider. ``is_leaving``: it is to be
    destroyed, so nothing of the report is kept here: it stays unknown, and whoever destroys it looks.
    """
    draft = written.draft
    if item.is_draft is False and written.submission is None and not draft.is_finished:
        return item  # sent by another program: that counts
    if is_early or draft.told is None or not draft.is_done:
        return without_known(item, None)
    told = draft.told | digests(item)
    if told != draft.told and not is_leaving:
        drafts.set_told(tx, draft.account_id, draft.message_id, told)
    return without_known(item, draft.told)


def is_edited(written: Written, item: RemoteMessage) -> bool:
    """Whether the report tells other texts or people than the provider told of our draft when it was done."""
    told = written.draft.told
    return written.draft.is_done and told is not None and bool(changed_since(told, digests(item)))


def is_renamed(before: Message, draft: Draft | None, item: RemoteMessage) -> bool:
    """Whether the report gives it another subject, with which the provider begins another conversation.

    An answer of ours stays in its own. ``draft``: what is known of it, if it was written here.
    """
    is_other = item.subject not in {None, before.subject} and subject_of(item) != before.subject
    return is_other and not (draft is not None and draft.is_our_answer)


def is_our_answer(tx: ReadTx, account: AccountId, message: MessageId) -> bool:
    """Whether it was written here in answer to something: then it lies with that, whatever it is told."""
    written = drafts.get(tx, account, message)
    return written is not None and written.is_our_answer


def being_sent(tx: ReadTx, account: AccountId, ids: Collection[MessageId]) -> set[MessageId]:
    """Drafts that are neither here nor there while they are being sent."""
    found = submissions.active(tx, account, ids)
    return {message for message, s in found.items() if s.state is SubmissionState.SENDING}


def missed(tx: Tx, account: AccountId, gone: Collection[MessageId], now: datetime) -> set[MessageId]:
    """Those of the messages that waited to be sent, and stay here until it is known what became of them.

    Somebody may have sent them with another program, or have deleted them: whoever sends looks for them.
    """
    waited = submissions.active(tx, account, gone)
    return {message for message, submission in waited.items() if submissions.miss(tx, submission, now)}


def note_bounces(tx: Tx, account: AccountId, arrived: Sequence[Message], now: datetime) -> None:
    """What looks like the report of a failed delivery is to be read."""
    found = [
        message.id
        for message in arrived
        if message.from_ and not message.mutable.is_draft and _REPORTER.match(message.from_[0].email)
    ]
    if found:
        bounces.add(tx, account, found, now)


def _named(*people: Sequence[Address] | None) -> set[str]:
    return {clean(one.email).casefold() for several in people for one in several or ()}


def _written(tx: ReadTx, draft: Draft) -> Written:
    account = draft.account_id
    sent = folders.by_role(tx, account, Role.SENT)
    active = submissions.active(tx, account, [draft.message_id])
    return Written(draft, active.get(draft.message_id), sent.remote_id if sent else None)
