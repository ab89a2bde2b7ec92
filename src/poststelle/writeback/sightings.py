"""Of all that has our key or our Message-ID at the provider: what is ours, and whether it is sent.

People copy drafts, and a copy keeps both (replayed in tests/flow/sending/test_copies.py). Sent from another
program, to others or under another subject, it is no sending of ours; nor is what was sent before. So each
draft is sealed just before it is asked for: it gets a key that nothing else has.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from poststelle.mail import own
from poststelle.mail.told import differing
from poststelle.model.draft import is_key_of
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, MessageId
from poststelle.model.message import Body, Message
from poststelle.model.submission import Claimed, SendStep, Submission, SubmissionState
from poststelle.providers.base import RemoteMessage
from poststelle.store import bodies, folders, messages, submissions
from poststelle.store.tx import ReadTx
from poststelle.writeback.finding import Found

_CLOCKS_APART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Places:
    """Where copies lie, by the provider's ids. ``shown``: all folders that clients see."""

    sent: str | None
    inbox: str | None
    shown: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is there. ``copy``: the sender's copy of what we send; ``is_word_for_word``: as we hold it.

    ``changed``: it is that copy all the same, though it says other things: somebody has changed the draft
    just before. ``likely``: the copy, if no better one comes within a while.
    ``draft``: the draft itself, not sent so far. ``is_deleted``: it lies in the trash. ``is_unseen``: it lies
    in a folder that nobody here has seen so far. ``is_removed``: it was deleted for good, not sent.
    ``is_probably_sent``: without a copy of the sender's it was sent all the same, for it was received here,
    or accepted. ``is_doubtful``: a letter that was made of the draft went to its people not long before, with
    other words.
    """

    copy: RemoteMessage | None
    is_word_for_word: bool
    changed: RemoteMessage | None
    likely: RemoteMessage | None
    draft: RemoteMessage | None
    is_deleted: bool
    is_unseen: bool
    is_removed: bool
    is_probably_sent: bool
    is_doubtful: bool


def sight(tx: ReadTx, claimed: Claimed, found: Found) -> Sighting:
    """Judge what has our key or our Message-ID.

    While the draft is there, deleted for good but not sent, others have sent what says the same.
    """
    where, draft = places(tx, claimed.submission.account_id), found.draft
    others = _ours_among(claimed, found.others)
    search = _search(tx, claimed, [item for item in others if item.is_draft is False])
    copies = _copies(search, found)
    copy = next((one for tier in copies.sure if (one := _sent_from_here(tier, claimed, where))), None)
    is_accepted = not found.is_removed and _is_accepted(claimed, others)
    return Sighting(
        copy=copy,
        is_word_for_word=copy is not None and search.says_the_same(copy),
        changed=_sent_from_here(copies.changed, claimed, where),
        likely=sent_among(copies.likely, where),
        draft=draft,
        is_deleted=found.is_deleted,
        is_unseen=draft is not None and draft.folder_id not in {None, *where.shown},
        is_removed=found.is_removed,
        is_probably_sent=any(copies.sure) or bool(copies.likely) or is_accepted,
        is_doubtful=bool(copies.doubtful),
    )


def places(tx: ReadTx, account: AccountId) -> Places:
    def of(role: Role) -> str | None:
        found = folders.by_role(tx, account, role)
        return found.remote_id if found else None

    return Places(of(Role.SENT), of(Role.INBOX), frozenset(folders.shown(tx, account)))


def sent_among(found: Iterable[RemoteMessage], places: Places) -> RemoteMessage | None:
    """Of messages that are no drafts the one in Sent, else any that is not in the inbox.

    There one's own mail to oneself arrives.
    """
    elsewhere = [item for item in found if item.folder_id != places.inbox]
    in_sent = [item for item in elsewhere if item.folder_id == places.sent]
    return next(iter(in_sent or elsewhere), None)


def _ours_among(claimed: Claimed, found: Sequence[RemoteMessage]) -> list[RemoteMessage]:
    submission, key = claimed.submission, claimed.key
    if not key:
        return list(found)
    name, since = submission.internet_message_id, submission.created_at
    return own.ours_among(found, claimed.remote_id, key, name, since)


def _sent_from_here(found: Sequence[RemoteMessage], claimed: Claimed, places: Places) -> RemoteMessage | None:
    """Of messages that are no drafts the sender's copy: in Sent, or moved on from there.

    What was received here and filed somewhere has our Message-ID too, and neither our key nor the draft's id.
    """
    in_sent = next((item for item in found if item.folder_id == places.sent), None)
    if in_sent is not None:
        return in_sent
    ours = [
        item
        for item in found
        if item.remote_id == claimed.remote_id or is_key_of(item.draft_key, claimed.key)
    ]
    return next(iter(ours), None)


@dataclass(frozen=True, slots=True)
class _Search:
    """What has gone of all that was found, and the letter as we hold it."""

    claimed: Claimed
    letter: Message | None
    body: Body | None
    gone: Sequence[RemoteMessage]
    older: Sequence[RemoteMessage]
    fresh: Sequence[RemoteMessage]

    def says_the_same(self, item: RemoteMessage) -> bool:
        """To the same people, in the same words, as far as these were read."""
        if self.letter is None:
            return True
        found = differing(self.letter, self.body or Body("text/plain", ""), item)
        return not (found if self.body is not None else found - {"body"})

    def best_first(self, items: Iterable[RemoteMessage]) -> list[RemoteMessage]:
        """Of copies that may all be it: what says the same, has its name, went since it was asked for."""
        submission = self.claimed.submission

        def rank(item: RemoteMessage) -> tuple[bool, bool, bool, float]:
            has_name = item.internet_message_id == submission.internet_message_id
            age = -item.sent_at.timestamp() if item.sent_at else 0.0
            return not self.says_the_same(item), not has_name, not _went_since_asked(submission, item), age

        return sorted(items, key=rank)

    def is_same(self, item: RemoteMessage) -> bool:
        return self.letter is None or own.is_same_letter(self.letter, item)

    def is_kin(self, item: RemoteMessage) -> bool:
        """What does not go to its people is another letter, made of its draft."""
        return self.letter is None or own.goes_to_its_people(self.letter, item)

    def same_among(self, items: Iterable[RemoteMessage]) -> list[RemoteMessage]:
        return self.best_first(item for item in items if self.is_same(item))

    def under(self, seal: str) -> list[RemoteMessage]:
        return [item for item in self.gone if item.draft_key == seal]

    def own_id(self) -> list[RemoteMessage]:
        return [item for item in self.gone if item.remote_id == self.claimed.remote_id]


@dataclass(frozen=True, slots=True)
class _Copies:
    """``sure``: the surest first. The others as in `Sighting`."""

    sure: Sequence[Sequence[RemoteMessage]]
    changed: Sequence[RemoteMessage]
    likely: Sequence[RemoteMessage]
    doubtful: Sequence[RemoteMessage] = ()


def _search(tx: ReadTx, claimed: Claimed, gone: Sequence[RemoteMessage]) -> _Search:
    account, message = claimed.submission.account_id, submissions.message_of(tx, claimed)
    letter = messages.even_hidden(tx, account, message)
    body = None if letter is None else bodies.get(tx, account, message)
    return _Search(claimed, letter, body, gone, *_by_age(tx, claimed.submission, message, gone))


def _copies(search: _Search, found: Found) -> _Copies:
    """What of all that is no draft may be the copy."""
    is_sealed = search.claimed.submission.is_sealed and search.claimed.key
    copies = _sealed_copies(search) if is_sealed else _unsealed_copies(search)
    return _of_others(search, copies) if found.is_removed else copies


def _of_others(search: _Search, copies: _Copies) -> _Copies:
    """What stands for a draft that nobody has sent: its own words, and not another letter."""
    perhaps = [*(item for tier in copies.sure for item in tier), *copies.changed, *copies.likely]
    same = [item for item in perhaps if search.says_the_same(item)]
    return _Copies([same], [], [], [*copies.doubtful, *(item for item in perhaps if item not in same)])


def _sealed_copies(found: _Search) -> _Copies:
    """The draft was sealed just before it was asked for: what has another key is something else.

    It may have got newer seals since, of which the last that the provider heard of is its own; what has an
    older one was copied before, unless the provider was very late.
    What says other things under the seal was changed in Outlook before it went; but where the provider has
    not answered, it may have been copied since. A provider may lose keys, too.
    """
    claimed, submission = found.claimed, found.claimed.submission
    asked_under = claimed.seal(submission.sealed)
    newest_first = [found.under(seal) for seal in (*claimed.unasked_seals(), asked_under)]
    keyless = [item for item in found.fresh if item.draft_key is None]
    since = [item for item in keyless if not own.went_before(submission, item)]
    perhaps = [*(item for seal in claimed.seals() for item in found.under(seal)), *since]
    return _Copies(
        sure=[found.own_id(), *(found.same_among(some) for some in (*newest_first, since))],
        changed=found.best_first(found.under(asked_under)) if submission.step is SendStep.ACCEPTED else [],
        likely=[item for item in perhaps if found.is_kin(item)],
    )


def _unsealed_copies(found: _Search) -> _Copies:
    """Somebody else has sent it, or the provider would not have it sealed.

    What has none of its seals and other words is waited for better ones, too: people make letters of drafts.
    What went since it was asked for may say other things than we know of: somebody has changed the draft
    just before. That may be somebody's copy as well, so it is waited for better ones.
    Where it was asked for under a seal in vain, what has none was copied before, whatever it says.
    """
    submission, key = found.claimed.submission, found.claimed.key
    fresh = [item for item in found.fresh if not own.went_before(submission, item)]
    same = found.same_among(fresh)
    sealed = [[item for item in same if item.draft_key == seal] for seal in found.claimed.seals()]
    if submission.sealed > 0 and not any(sealed):
        newest = [*found.claimed.unasked_seals(), found.claimed.seal(submission.sealed)]
        sealed = [[item for item in fresh if item.draft_key in newest and found.is_kin(item)]]
    words = [item for item in same if found.says_the_same(item)]
    sure = [found.own_id(), *sealed, [item for item in words if is_key_of(item.draft_key, key)], words]
    likely = found.best_first(item for item in fresh if found.is_kin(item))
    if submission.step is SendStep.ACCEPTED:
        since = [item for item in found.gone if _went_since_asked(submission, item)]
        return _Copies(sure, [], likely or (since if len(since) == 1 else []))
    if found.letter is not None:  # sent by another program, perhaps, just before it was to be here
        rest = [item for item in (*found.older, *found.fresh) if item not in fresh]
        recent = [item for item in rest if not own.went_long_before(submission, item)]
        likely += [item for item in recent if found.says_the_same(item)]
        doubtful = [item for item in recent if item not in likely and found.is_same(item)]
        return _Copies(sure, [], likely, [item for item in doubtful if is_key_of(item.draft_key, key)])
    return _Copies(sure, [], likely)


def _by_age(
    tx: ReadTx, submission: Submission, message: MessageId, gone: Sequence[RemoteMessage]
) -> tuple[list[RemoteMessage], list[RemoteMessage]]:
    """What we held before it was to be sent, and the rest; neither what else went from here."""
    held = messages.by_remote(tx, submission.account_id, [item.remote_id for item in gone])
    others = {key: one for key, one in held.items() if one.id != message}
    standing = submissions.standing_of(tx, submission.account_id, [one.id for one in others.values()])
    taken = {one.message_id for one in standing if one.state is SubmissionState.FINAL}
    older = [item for item in gone if item.remote_id in others and others[item.remote_id].id < submission.id]
    fresh = [item for item in gone if item not in older]

    def is_free(item: RemoteMessage) -> bool:
        return item.remote_id not in others or others[item.remote_id].id not in taken

    return [item for item in older if is_free(item)], [item for item in fresh if is_free(item)]


def _went_since_asked(submission: Submission, item: RemoteMessage) -> bool:
    if submission.is_unasked or submission.asked_at is None or item.sent_at is None:
        return False
    return item.sent_at >= submission.asked_at - _CLOCKS_APART


def _is_accepted(claimed: Claimed, found: Sequence[RemoteMessage]) -> bool:
    """Of a message that is gone here any draft there may be the one that was accepted: then nobody knows."""
    is_doubtful = not claimed.remote_id and any(item.is_draft for item in found)
    return claimed.submission.step is SendStep.ACCEPTED and not is_doubtful
