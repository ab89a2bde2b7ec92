"""Making one draft at the provider, from wherever an earlier attempt has got to.

    looked for ── not there ──> made with its small files
         │                            │
         └── there ───────────────────┴──> other files, one by one ──> read back whole

Each answer is stored before the next request. Whatever may have been done
without our knowing is looked for before it is asked for again.
"""

import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from poststelle.blobs import BlobMissing, BlobStore
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key
from poststelle.mail import file_lists, own
from poststelle.mail.told import RECIPIENTS, differing
from poststelle.mime.fields import as_text, parse_fields
from poststelle.mime.text import clean
from poststelle.model.draft import DraftStep, PartProgress
from poststelle.model.ids import AccountId, RemoteId, is_local
from poststelle.model.message import Attachment
from poststelle.model.writeback import WritebackOp
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import (
    ProviderError,
    Refused,
    RemoteConflict,
    RetryLater,
    SignInNeeded,
)
from poststelle.providers.post import (
    LARGE_FILE_DENIED,
    FileFacts,
    Finished,
    RemoteDraft,
    RemoteFile,
    UploadLost,
    UploadSession,
)
from poststelle.store import drafts, writeback_ops
from poststelle.store.attachments import Kept
from poststelle.store.tx import Store
from poststelle.writeback import draft_steps, sightings
from poststelle.writeback.draft_steps import File, Work

_T = TypeVar("_T")
OpenOthers = Callable[[AccountId], Awaitable[Sequence[RemoteMail]]]
"""Opens an account with its other sign-ins that may do more than a delegate's, by rank."""
_ABOUT_TO_EXPIRE = timedelta(minutes=2)
_COPY_AWAITED = 10  # attempts
_LOOKS = 4
_SEARCHES = 6  # attempts that are refused
_MOST_HEADER = 100_000  # characters, of a request of about 4 MB


class DraftMaking:
    """One attempt. Raises ProviderError; BlobMissing when octets are not here any more.

    ``on_moved`` is told when a file, or a piece of one, has been brought.
    """

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        remote: RemoteMail,
        open_others: OpenOthers,
        clock: Clock,
        settle: timedelta,
        patience: timedelta,
        op: WritebackOp,
        on_moved: Callable[[], None],
    ) -> None:
        self._store, self._blobs, self._remote, self._open_others = store, blobs, remote, open_others
        self._clock, self._op = clock, op
        self._settle, self._patience, self._on_moved = settle, patience, on_moved

    async def run(self) -> None:
        work = await self._store.read(draft_steps.load, self._op)
        if work is None:
            return
        remote_id = await self._remote_id(work)
        if remote_id is None:
            return
        if not work.is_hidden:
            work = await self._store.read(draft_steps.load, self._op) or work
            for file in work.files:
                if not file.progress.is_done:
                    await self._attach(remote_id, file)
        await self._read_back(remote_id)

    async def _remote_id(self, work: Work) -> RemoteId | None:
        """The draft's id at the provider, made there unless it is; None when it is not wanted any more."""
        message = work.message
        if not is_local(message.remote_id):
            if not message.mutable.is_draft and await self._is_sent(work):
                return None
            if await self._left_without_files(work):
                return None
            if await self._was_sent_since_met(work):
                return None
            await self._note_files(message.remote_id, work)
            return message.remote_id
        found: Sequence[RemoteMessage] = ()
        if work.draft.step is DraftStep.ASKED:
            found = await self._written(work)
            if await self._is_sent(work, found):
                return None
            like = await self._the_draft(work, found)
            if like is not None:
                return await self._take(work, like, found)
            if await self._is_gone(work, found):
                return None
        if work.is_hidden:
            await self._store.write(draft_steps.not_wanted, self._op)
            return None
        return await self._make(work, found)

    async def _the_draft(self, work: Work, found: Sequence[RemoteMessage]) -> RemoteMessage | None:
        """What lies there and may be what was made; None: nothing may, or nobody can tell which it is.

        Not what people here work with as a message of its own (``draft_steps.unused``).
        """
        there = await self._store.read(draft_steps.unused, self._op, _not_gone(work, found))
        if not there:
            return None
        home = await self._store.read(draft_steps.home, self._op)
        like = _most_like(work, there, home)
        may_be_it = work.draft.is_finished or _may_be_it(work, found, like, home)
        return like if may_be_it else None

    async def _take(self, work: Work, like: RemoteMessage, found: Sequence[RemoteMessage]) -> RemoteId:
        """It is the draft from now on; the id under which that is known."""
        if not work.draft.is_finished and differing(work.message, work.body, like):
            await self._look_on(found)  # somebody's copy of it may be seen earlier than the draft itself
        made = await self._store.write(draft_steps.taken, self._op, like)
        if made is None:
            raise RetryLater("draft_used", after_s=0)
        await self._note_files(made, work)
        return made

    async def _is_gone(self, work: Work, found: Sequence[RemoteMessage]) -> bool:
        """Whether what was to be sent is there no more, as far as anybody knows, nor to be made again now.

        ``found``: other letters, made of it. Without these, and if nothing was ever seen of it, it has
        perhaps never been there; it may yet come to be, and would be there twice, so it is awaited for a
        moment. One that was removed here is looked for, too: it would come back if it were forgotten before
        it is seen. Finished mail is brought by the thousand, and waits for nothing.
        """
        is_awaited = work.is_to_be_sent or work.is_hidden or bool(found)
        if is_awaited or await self._store.read(draft_steps.is_met, self._op):
            await self._look_on(found)
        elif not work.draft.is_finished:
            await self._look_on(found, self._patience / _LOOKS)
        if not found and not draft_steps.was_seen(self._op):
            return False
        now, is_among_others = self._clock.now(), bool(_not_gone(work, found))
        return await self._store.write(
            draft_steps.gone, self._op, new_key(), now, is_among_others=is_among_others
        )

    async def _was_sent_since_met(self, work: Work) -> bool:
        """Whether it was sent since a pull has taken it for the draft; if that was a copy, it stays one.

        Its making was not answered: which was the draft nobody can tell, and a copy does not go by itself.
        """
        message = work.message
        if work.draft.told is not None or not work.is_to_be_sent or not message.mutable.is_draft:
            return False
        try:
            found = await self._written(work)
        except Refused:
            return False  # what is known of it counts
        if await self._is_sent(work, found):
            return True
        if _have_had_one(work, found):
            await self._store.write(draft_steps.kept, self._op, self._clock.now())
        return False

    async def _written(self, work: Work) -> Sequence[RemoteMessage]:
        """What an earlier attempt has made, perhaps without our knowing, and what has become of it.

        Who refuses to be searched may do so for a moment; nothing is known then.
        """
        key, name, there = work.draft.key, work.draft.internet_message_id, work.message.remote_id
        try:
            found = await self._remote.written([key], name)
        except Refused as error:
            if self._op.attempts < _SEARCHES:
                raise RetryLater("not_searched") from error
            raise
        return own.ours_among(found, there, key, name, None)

    async def _is_sent(self, work: Work, found: Sequence[RemoteMessage] | None = None) -> bool:
        """Whether what was made has been sent since, with another program; then nothing is left to be made.

        One's own mail to oneself lies in the inbox too, and may be there before the sender's copy. What has
        not gone to its people is another letter that somebody has made of it; what has, under another subject
        or in part, may be one, so it is waited for better ones.
        ``found``: what was made and what has become of it; None: not asked for yet.
        """
        if work.is_hidden or work.draft.is_finished:
            return False
        if found is None:
            found = await self._written(work)
        if any(_is_the_draft(work, item) for item in found):
            return False
        places = await self._store.read(sightings.places, self._op.account_id)
        gone = [item for item in found if item.is_draft is False]
        copy = next((item for item in gone if item.remote_id == work.message.remote_id), None)
        if copy is None:
            same, kin = _copies_among(work, found, gone, places)
            if not same and not kin:
                return False
            if not same:
                await self._look_on(found)
            copy = sightings.sent_among(same, places) or sightings.sent_among(kin, places)
        if copy is None and self._op.attempts < _COPY_AWAITED:
            raise RetryLater("copy_awaited")
        await self._store.write(draft_steps.sent, self._op, copy, self._clock.now())
        return True

    async def _left_without_files(self, work: Work) -> bool:
        """Whether somebody has sent it before its files were there: none is added to what was sent."""
        if work.is_hidden or work.draft.is_finished or all(file.progress.is_done for file in work.files):
            return False
        remote_id = work.message.remote_id
        item = _told(await self._remote.fetch([remote_id]), remote_id)
        if item is None or item.is_draft is not False:
            return False
        if not await self._is_sent(work):
            raise RetryLater("copy_awaited")
        return True

    async def _look_on(self, found: Sequence[RemoteMessage], patience: timedelta | None = None) -> None:
        """What is looked for may be seen late: the draft, or the copy of what somebody has sent.

        ``found``: what is there so far. Raises RetryLater, for a while; anew when something is seen first.
        ``patience``: how long; None: as long as ever.
        """
        now = self._clock.now()
        since = await self._store.write(draft_steps.missed, self._op, [item.remote_id for item in found], now)
        if now - since < (patience or self._patience):
            raise RetryLater("draft_not_found", after_s=self._patience.total_seconds() / _LOOKS)

    async def _make(self, work: Work, found: Sequence[RemoteMessage]) -> RemoteId | None:
        """Ask for it, and its id there; None when it is not wanted any more.

        ``found``: what has its key or its Message-ID, and is not it.
        """
        if "folder" in self._op.payload and self._op.target is None:
            raise RemoteConflict("ErrorFolderNotFound", is_gone=True)
        if work.lacks_files:
            raise BlobMissing
        along = _small_ones(work, self._remote.file_limits.together)
        files = [RemoteFile(_facts(file.attachment), await self._octets(file.kept)) for file in along]
        again_at = self._clock.now() + self._settle
        there = [item.remote_id for item in _not_gone(work, found)]
        if not await self._store.write(draft_steps.begin, self._op, again_at, there):
            return None
        draft = _remote_draft(work, tuple(files), await self._fields(work), await self._finished(work))
        try:
            answer = await self._remote.create_draft(draft)
        except ProviderError as error:
            if _is_unheard(error):
                await self._store.write(draft_steps.not_asked, self._op)
            raise
        positions = [file.attachment.position for file in along]
        made = await self._store.write(draft_steps.made, self._op, answer.remote_id, positions, answer)
        if made is None:
            raise RetryLater("draft_used", after_s=0)
        # A pull has met a copy, or an earlier request's: files went with that, too.
        if made != answer.remote_id:
            await self._note_files(made, work)
        return made

    async def _note_files(self, remote_id: RemoteId, work: Work) -> None:
        """Which files are there by now, of those that were sent without an answer."""
        if all(file.progress.is_done for file in work.files):
            return
        found = _told(await self._remote.attachments_many([remote_id]), remote_id)
        if found is None:
            raise RemoteConflict("draft_gone", is_gone=True)
        in_order = sorted(work.files, key=lambda file: not file.progress.is_done)
        there = file_lists.paired([file.attachment for file in in_order], found)
        for file in in_order:
            position = file.attachment.position
            if position in there and not file.progress.is_done:
                await self._store.write(draft_steps.attached, self._op, position)

    async def _attach(self, remote_id: RemoteId, file: File) -> None:
        if file.kept.size < self._remote.file_limits.alone:
            content = RemoteFile(_facts(file.attachment), await self._octets(file.kept))
            await self._remote.attach(remote_id, content)
        else:
            await self._upload(remote_id, file)
        await self._store.write(draft_steps.attached, self._op, file.attachment.position)
        await self._hold_on()

    async def _upload(self, remote_id: RemoteId, file: File) -> None:
        """Bring a large file piece by piece, from where the session is."""
        progress, total = await self._session(remote_id, file), file.kept.size
        url = progress.upload_url
        assert url is not None  # a session has one
        async with aclosing(self._pieces(file, progress.sent)) as pieces:
            start: int | None = progress.sent
            async for piece in pieces:
                try:
                    expected = await self._remote.upload_piece(url, start or 0, total, piece)
                except UploadLost as lost:
                    await self._keep(replace(progress, upload_url=None, expires_at=None, sent=0))
                    raise RetryLater("upload_lost", after_s=0) from lost
                end = (start or 0) + len(piece)
                if (expected is None) != (end == total) or expected not in {None, end}:
                    await self._keep(replace(progress, upload_url=None, expires_at=None, sent=0))
                    raise RetryLater("upload_out_of_step", after_s=0)
                start = expected
                await self._keep(replace(progress, sent=end))
                await self._hold_on()

    async def _session(self, remote_id: RemoteId, file: File) -> PartProgress:
        progress, soon = file.progress, self._clock.now() + _ABOUT_TO_EXPIRE
        if progress.upload_url and (progress.expires_at is None or progress.expires_at > soon):
            return progress
        session = await self._open_upload(remote_id, _facts(file.attachment))
        fresh = replace(progress, upload_url=session.url, expires_at=session.expires_at, sent=0)
        await self._keep(fresh)
        return fresh

    async def _open_upload(self, remote_id: RemoteId, facts: FileFacts) -> UploadSession:
        """Ask with the sign-in in use; where it may write the draft but add no large file, with another.

        The address that is got needs no sign-in.
        """
        try:
            return await self._remote.open_upload(remote_id, facts)
        except Refused as error:
            if error.code != LARGE_FILE_DENIED:
                raise
            denied = error
        for other in await self._open_others(self._op.account_id):
            with suppress(Refused, RemoteConflict, SignInNeeded):  # then it is as if there were no other
                return await other.open_upload(remote_id, facts)
        raise denied

    async def _pieces(self, file: File, start: int) -> AsyncGenerator[bytes, None]:
        """The octets from ``start`` on, in pieces as the provider wants them."""
        size, passed, piece = self._remote.file_limits.piece, 0, bytearray()
        async for chunk in self._blobs.open(file.kept.sha256):
            piece += chunk[max(0, start - passed) :]
            passed += len(chunk)
            while len(piece) >= size:
                yield bytes(piece[:size])
                del piece[:size]
        if piece:
            yield bytes(piece)

    async def _octets(self, kept: Kept) -> bytes:
        return b"".join([chunk async for chunk in self._blobs.open(kept.sha256)])

    async def _fields(self, work: Work) -> tuple[tuple[str, str], ...]:
        if work.fields is None:
            return ()
        octets = await self._octets(work.fields)
        return tuple((field.name, as_text(field)) for field in parse_fields(octets, 0, len(octets))[0])

    async def _finished(self, work: Work) -> Finished | None:
        """What makes it no draft, if it is none."""
        if work.octets is None:
            return None
        message, octets = work.message, await self._octets(work.octets)
        return Finished(
            received_at=message.received_at,
            sent_at=message.sent_at,
            sender=message.sender[0] if message.sender else None,
            is_seen=message.mutable.is_seen,
            is_answered=message.mutable.is_answered,
            is_forwarded=message.mutable.is_forwarded,
            header=_header(octets),
        )

    async def _read_back(self, remote_id: RemoteId) -> None:
        whole = _told(await self._remote.fetch([remote_id]), remote_id)
        listed = (await self._remote.attachments_many([remote_id])).get(remote_id)
        if whole is None:
            raise RemoteConflict("draft_gone", is_gone=True)
        if whole.is_draft is False:
            work = await self._store.read(draft_steps.load, self._op)
            if work is not None and await self._is_sent(work):
                return
        await self._store.write(draft_steps.finish, self._op, whole, listed, self._clock.now())

    async def _keep(self, progress: PartProgress) -> None:
        op = self._op
        await self._store.write(drafts.set_part, op.account_id, op.message_id, progress)

    async def _hold_on(self) -> None:
        """Large files take longer than a claim lasts."""
        self._on_moved()
        if not await self._store.write(writeback_ops.hold, [self._op], self._clock.now()):
            raise RetryLater("claim_lost", after_s=0)


def _told(answers: Mapping[RemoteId, _T | None], remote_id: RemoteId) -> _T | None:
    """What was answered; None: there is no such thing. Raises RetryLater where it could not be read."""
    if remote_id not in answers:
        raise RetryLater("draft_unread", is_local=True)
    return answers[remote_id]


def _copies_among(
    work: Work, found: Sequence[RemoteMessage], gone: Sequence[RemoteMessage], places: sightings.Places
) -> tuple[list[RemoteMessage], list[RemoteMessage]]:
    """Of all that was made of it and has gone: the letter itself, and what may be it with other words.

    While its draft is there, what has gone may be somebody's copy of that; then only what says the same, and
    lies in Sent, is the letter.
    """
    letter = work.message
    same = [item for item in gone if own.is_same_letter(letter, item)]
    if any(own.goes_to_its_people(letter, item) for item in found if item not in gone):
        return [item for item in same if item.folder_id == places.sent], []
    return same, [item for item in gone if own.goes_to_its_people(letter, item)]


def _not_gone(work: Work, found: Sequence[RemoteMessage]) -> Sequence[RemoteMessage]:
    """What may be what was made. A draft that was sent is none any more; a finished message never was one."""
    return [item for item in found if work.draft.is_finished or item.is_draft is not False]


def _most_like(work: Work, found: Sequence[RemoteMessage], home: RemoteId | None) -> RemoteMessage:
    """Of what was made the draft, and of several the one that says the same: others are copies of it.

    Where none does, somebody has changed the draft there, too: it goes to its people, lies where it was made
    (``home``), or differs least, or was there first.
    """
    letter = work.message

    def unlikeness(item: RemoteMessage) -> tuple[bool, bool, bool, bool, int, float]:
        return (
            item.is_draft is not True,
            not own.is_same_letter(letter, item),
            not own.goes_to_its_people(letter, item),
            item.folder_id != home,
            len(differing(letter, work.body, item)),
            item.received_at.timestamp() if item.received_at else math.inf,
        )

    return min(found, key=unlikeness)


def _may_be_it(
    work: Work, found: Sequence[RemoteMessage], like: RemoteMessage, home: RemoteId | None
) -> bool:
    """Whether this draft may be what was made.

    Not what goes to none of the letter's people, or lies elsewhere and says something else: a colleague's,
    while the draft was deleted, or what was thrown away. A provider may know people by other addresses: then
    it is the only one, and says the same to them. Nor, of what is to be sent, where its people have had a
    letter that was made of it: which of them was the draft nobody can tell by now.
    """
    letter, others = work.message, differing(work.message, work.body, like)
    if others and like.folder_id != home:
        return False
    if not own.goes_to_its_people(letter, like):
        return len(found) == 1 and not work.is_to_be_sent and others.issubset(RECIPIENTS)
    return not work.is_to_be_sent or not _have_had_one(work, found)


def _have_had_one(work: Work, found: Sequence[RemoteMessage]) -> bool:
    """Whether a letter that was made of it has reached its people."""
    return any(item.is_draft is False and own.goes_to_its_people(work.message, item) for item in found)


def _is_the_draft(work: Work, item: RemoteMessage) -> bool:
    """Whether it is what was made, and not sent: what has gone is somebody's copy of it then.

    Where its id is not known, one that says the same; but of what is to be sent the copy that says the same
    may have been sent in its place, and then it must not go once more.
    """
    if item.is_draft is not True:
        return False
    if not is_local(work.message.remote_id):
        return item.remote_id == work.message.remote_id
    return not work.is_to_be_sent and not differing(work.message, work.body, item)


def _is_unheard(error: ProviderError) -> bool:
    """Whether nothing can have been made: the provider said no, or not now."""
    return not isinstance(error, RetryLater) or error.is_throttled


def _small_ones(work: Work, limit: int) -> list[File]:
    """The files that go along with the draft itself: in order, while there is room."""
    left, along = limit - len(work.body.content.encode()), []
    for file in work.files:
        if file.kept.size > left:
            break
        left -= file.kept.size
        along.append(file)
    return along


def _header(octets: bytes) -> str:
    """The header as text; of a very long one as many fields as there is room for."""
    fields = parse_fields(octets, 0, len(octets))[0]
    lines, left = [], _MOST_HEADER
    for field in fields:
        line = clean(f"{field.name}: {field.raw.decode(errors='replace').strip()}")
        left -= len(line)
        if left < 0:
            break
        lines.append(line)
    return "\r\n".join(lines)


def _facts(attachment: Attachment) -> FileFacts:
    return FileFacts(
        name=attachment.name,
        content_type=attachment.content_type,
        size=attachment.size,
        content_id=attachment.content_id,
        is_inline=attachment.is_inline,
    )


def _remote_draft(
    work: Work,
    files: tuple[RemoteFile, ...],
    fields: tuple[tuple[str, str], ...],
    finished: Finished | None,
) -> RemoteDraft:
    message, draft = work.message, work.draft
    return RemoteDraft(
        key=draft.key,
        internet_message_id=message.internet_message_id if finished else draft.internet_message_id,
        in_reply_to=tuple(f"<{name}>" for name in draft.in_reply_to),
        references=tuple(f"<{name}>" for name in draft.references),
        from_=message.from_[0] if message.from_ else None,
        to=message.to,
        cc=message.cc,
        bcc=message.bcc,
        reply_to=message.reply_to,
        subject=message.subject,
        body=work.body,
        importance=message.mutable.importance,
        is_flagged=message.mutable.is_flagged,
        files=files,
        fields=fields,
        categories=message.mutable.categories,
        folder=work.op.target,
        finished=finished,
        asks_receipt=message.receipt is not None and finished is None,
    )
