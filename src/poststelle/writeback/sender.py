"""The loop that sends.

    ready ──sealed──(noted: asked)──> POST send ──202──> accepted ──looked for──> its copy is in Sent: final
      ^                                   │ no answer              │
      └─── the draft is still there <──looked for── asked ─────────┴── nowhere: look again, for a while

    ready ──the provider is away, or says no for now──> it waits again, with the reason, and can be canceled

    missing ──looked for, for a while──> somebody else has sent it · there again: it waits · deleted

A draft is used up by being sent, so asking twice for the same draft sends once;
what must never be done twice is making the draft, and nothing here makes one.
People copy drafts with all that tells them apart, so it is sealed first: with a
key that no copy has that was made before.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_key
from poststelle.lib.share import Share
from poststelle.model.ids import AccountId, SignInId
from poststelle.model.submission import Claimed, SendStep, Submission
from poststelle.providers.base import RemoteMail, RemoteMessage
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater, SignInNeeded
from poststelle.store import sign_ins, submissions
from poststelle.store.room import Places, Work
from poststelle.store.tx import Store
from poststelle.submission import outcome
from poststelle.sync.life import Hold, Life, Mark
from poststelle.writeback import finding, sealing, send_steps, sightings
from poststelle.writeback.send_steps import SendPace
from poststelle.writeback.sightings import Sighting

log = structlog.get_logger()

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
_PLACES = Places(at_once=8, at_most=64, per_account=2)
_GONE_AFTER = 4  # attempts: a draft just made may be hidden for a moment
_SEARCHED_FOR_S = 6 * 3600.0  # by a search that alone fails, while all else is answered
_TICK_S = 0.5
_SURE_S = submissions.CLAIM_LASTS.total_seconds() / 2  # others have clocks of their own


class Sender:
    """Sends what is due. Several processes may share a store.

    ``holder`` names this loop, the same one after each start; no other loop has that name.
    ``on_sent`` is told after something has been done with an account's mail.
    """

    def __init__(
        self,
        store: Store,
        open_remote: OpenRemote,
        clock: Clock,
        holder: str,
        *,
        on_sent: Callable[[AccountId], None] = lambda _: None,
        pace: SendPace | None = None,
        places: Places = _PLACES,
        share: Share | None = None,
        life: Life | None = None,
    ) -> None:
        self._store, self._open_remote, self._clock, self._holder = store, open_remote, clock, holder
        self._on_sent = on_sent
        self._pace, self._places = pace or SendPace(), places
        self._share, self._life = share or Share(), life or Life(store)
        self._rounds: Rounds[Work] = Rounds(self._start_due, _TICK_S, self._ended)

    def wake(self, _: AccountId) -> None:
        """There may be something to send."""
        self.ring()

    def ring(self) -> None:
        """The same, for whichever account."""
        self._rounds.ring()

    async def run(self) -> None:
        """Send until cancelled. What an earlier loop of our name was at is looked into first."""
        await self._store.write(submissions.release_holder, self._holder)
        await self._rounds.run()

    async def run_due(self) -> None:
        """Go on with what is due now, once, and return when it is done."""
        await self._rounds.run_due()

    async def _start_due(self) -> None:
        room = self._places.beside(self._rounds.keys, self._share)
        if room.is_full or not await self._store.read(submissions.claimable, self._clock.now(), 1):
            return  # the usual case, and cheap
        mark = self._life.mark()
        taken = await self._store.write(send_steps.claim, self._holder, self._pace, self._clock.now(), room)
        for claimed in taken:
            account = claimed.submission.account_id
            self._rounds.begin(
                self._go_on(claimed, mark), Work(account), name=f"send-{account}-{claimed.submission.id}"
            )

    def _ended(self, work: Work) -> None:
        self._rounds.ring()
        self._on_sent(work.account)

    async def _go_on(self, claimed: Claimed, mark: Mark) -> None:
        account = claimed.submission.account_id
        done = await guarded(self._attempt(claimed, mark), event="send.failed", account=account)
        if done is None:  # our own error, in the log: whatever was asked is looked for next time
            step = claimed.submission.step
            step = SendStep.ASKED if step is SendStep.READY else step
            await self._put_off(claimed, step, RetryLater("internal"), self._pace.settle_s)

    async def _attempt(self, claimed: Claimed, mark: Mark) -> bool:
        account = claimed.submission.account_id
        step = claimed.submission.step
        if not claimed.remote_id and step is SendStep.READY:
            await self._store.write(send_steps.failed, claimed, "gone", "", self._clock.now())
            return True
        sign_in = await self._store.read(sign_ins.id_of, account)
        try:
            remote = (await self._open_remote(account)).under(self._hold(mark, claimed))
        except ProviderError as error:
            await self._put_off(claimed, step, error, self._pace.settle_s, sign_in, is_tried=False)
            return True
        if step is SendStep.READY:
            await self._ask(claimed, remote, sign_in)
        else:
            await self._look(claimed, remote, sign_in)
        return True

    def _hold(self, mark: Mark, claimed: Claimed) -> Hold:
        return Hold(self._life, mark, _SURE_S, lambda tx: submissions.hold(tx, claimed, self._clock.now()))

    async def _ask(self, ready: Claimed, remote: RemoteMail, sign_in: SignInId | None) -> None:
        """Ask the provider to send it, sealed, and having noted that before."""
        account, is_first = ready.submission.account_id, ready.submission.step is SendStep.READY
        counted = await self._store.write(submissions.count_seal, ready)
        if counted is None:
            return
        try:
            seal = await sealing.seal(self._store, remote, counted)
        except RemoteConflict as error:
            log.info("send.conflict", account=account, reason=error.code)
            await self._look(counted, remote, sign_in, is_unheard=is_first, conflict=error)
            return
        except sealing.NotSealed as problem:
            step, why = counted.submission.step, problem.error
            await self._put_off(counted, step, why, self._pace.settle_s, sign_in, is_tried=False)
            log.info("send.put_off", account=account, reason=why.code)
            return
        except ProviderError as error:
            await self._cannot_look(counted, remote, error, sign_in)
            return
        now = self._clock.now()
        again_at = now + timedelta(seconds=self._pace.settle_s)
        claimed = await self._store.write(send_steps.asked, counted, seal, now, again_at)
        if claimed is None:
            return
        try:
            await remote.send_draft(claimed.remote_id)
        except RemoteConflict as error:  # it is no draft any more: perhaps an earlier request was heard
            log.info("send.conflict", account=account, reason=error.code)
            await self._look(claimed, remote, sign_in, is_unheard=is_first, conflict=error)
        except Refused as error:
            await self._store.write(send_steps.failed, claimed, "refused", error.code, self._clock.now())
            log.info("send.refused", account=account, reason=error.code)
        except ProviderError as error:
            is_unheard = not isinstance(error, RetryLater) or error.is_throttled
            is_fresh = is_unheard and is_first
            step = SendStep.READY if is_fresh else SendStep.ASKED
            await self._put_off(claimed, step, error, self._pace.settle_s, sign_in, is_tried=not is_unheard)
            log.info("send.put_off", account=account, reason=error.code)
        else:
            await self._put_off(claimed, SendStep.ACCEPTED, None, self._pace.look_s)

    async def _look(
        self,
        claimed: Claimed,
        remote: RemoteMail,
        sign_in: SignInId | None,
        *,
        is_unheard: bool = False,
        conflict: RemoteConflict | None = None,
    ) -> None:
        """Find out what became of it: the copy, the draft, or neither.

        Of a message that is gone here the draft's id is unknown. What is a
        draft there may be somebody's copy: it is not sent again.
        ``is_unheard``: it was asked for once, and there was no such draft. ``conflict``: what was just said.
        """
        submission, pace = claimed.submission, self._pace
        try:
            found = await finding.find(self._store, remote, claimed)
        except ProviderError as error:
            await self._cannot_look(claimed, remote, error, sign_in)
            return
        seen = await self._store.read(sightings.sight, claimed, found)
        now = self._clock.now()
        waited_s = _waited_s(submission, now)
        copy = seen.copy or seen.changed or (seen.likely if waited_s >= pace.patience_s else None)
        if copy is not None:
            is_sure = copy is seen.copy
            is_others = is_unheard or seen.is_removed or not _is_ours(claimed, copy, is_sure=is_sure)
            is_known = copy.remote_id == claimed.remote_id or (
                seen.is_word_for_word and copy.draft_key in claimed.last_seals()
            )
            said = {"is_others": is_others, "is_sure": is_sure and is_known}
            await self._store.write(send_steps.sent, claimed, copy, now, **said)
            log.info("send.done", account=submission.account_id)
        elif submission.step is SendStep.MISSING:
            await self._still_missing(claimed, seen, waited_s=waited_s)
        elif seen.draft is not None and conflict is not None:
            await self._not_now(claimed, seen, conflict)
        elif seen.draft is not None:
            await self._still_draft(claimed, remote, sign_in, seen, waited_s=waited_s)
        elif is_unheard:
            is_missing = seen.is_removed or submission.attempts >= _GONE_AFTER
            step = SendStep.MISSING if is_missing else SendStep.READY
            await self._put_off(claimed, step, None, pace.look_s)
        elif waited_s < pace.patience_s:
            await self._put_off(claimed, submission.step, None, pace.look_s)
        elif seen.is_probably_sent:
            await self._store.write(send_steps.sent, claimed, None, now)
            log.warning("send.no_copy", account=submission.account_id)
        else:
            await self._store.write(send_steps.lost, claimed, new_key(), now)
            log.warning("send.lost", account=submission.account_id)

    async def _cannot_look(
        self, claimed: Claimed, remote: RemoteMail, error: ProviderError, sign_in: SignInId | None
    ) -> None:
        """An outage ends some day. Who refuses to be searched does so for ever: people look for themselves.

        What was accepted is sent, unless its draft is still there. Of what was asked for without an answer
        the draft stays as the pull tells: it goes if it was sent. What nobody here has sent is kept.
        """
        submission, now = claimed.submission, self._clock.now()
        is_outage = isinstance(error, SignInNeeded) or (isinstance(error, RetryLater) and not error.is_local)
        if is_outage or not self._has_looked_enough(submission, error, now):
            is_tried = submission.step is SendStep.READY and isinstance(error, Refused)
            settle_s = self._pace.settle_s
            await self._put_off(claimed, submission.step, error, settle_s, sign_in, is_tried=is_tried)
            return
        log.warning("send.not_searched", account=submission.account_id, reason=error.code)
        is_gone, is_removed = await self._became(claimed, remote)
        if is_gone and submission.step is SendStep.ACCEPTED:
            await self._store.write(send_steps.sent, claimed, None, now)
        elif is_removed or submission.step is SendStep.MISSING or (is_gone and submission.is_unasked):
            await self._store.write(send_steps.lost, claimed, new_key(), now)
        else:
            await self._store.write(send_steps.failed, claimed, "unknown", error.code, now)

    def _has_looked_enough(self, submission: Submission, error: ProviderError, now: datetime) -> bool:
        """What was never asked for waits in between, and begins anew: its attempts tell for how long.

        People see that it waits, and may cancel it: it does so until it is answered, or refused for long.
        """
        patience_s, is_answered = self._pace.patience_s, not isinstance(error, RetryLater)
        if submission.step is SendStep.READY:
            tried_for_s = send_steps.tried_for_s(submission.attempts, self._pace.settle_s)
            return is_answered and tried_for_s >= patience_s
        if not is_answered:
            patience_s = max(patience_s, _SEARCHED_FOR_S)
        return _waited_s(submission, now) >= patience_s

    async def _became(self, claimed: Claimed, remote: RemoteMail) -> tuple[bool, bool]:
        """Whether the draft is gone, and whether it was deleted for good, as far as its id tells."""
        try:
            item = await finding.by_id(remote, claimed.remote_id)
            if item is None or item.is_draft is not True:
                return bool(claimed.remote_id), False
            place = await finding.place_of(self._store, remote, claimed, item)
        except ProviderError:
            return False, False
        return False, not place.is_shown

    async def _still_missing(self, claimed: Claimed, seen: Sighting, *, waited_s: float) -> None:
        """The draft was gone, or thrown away, before it was asked for, and no copy is there so far."""
        now = self._clock.now()
        draft = seen.draft
        if draft is not None and (
            seen.is_deleted or await self._store.read(send_steps.goes_to_trash, claimed)
        ):
            await self._store.write(send_steps.failed, claimed, "gone", outcome.IN_TRASH, now)
            return
        if draft is not None and await self._store.write(send_steps.there_again, claimed, draft, now):
            return
        if draft is not None or waited_s < self._pace.patience_s:
            await self._put_off(claimed, SendStep.MISSING, None, self._pace.look_s)
        elif seen.is_probably_sent:
            await self._store.write(send_steps.sent, claimed, None, now, is_others=True)
        elif seen.is_doubtful:
            await self._store.write(send_steps.lost, claimed, new_key(), now)
        else:
            await self._store.write(send_steps.gone, claimed, new_key(), now, is_removed=seen.is_removed)

    async def _not_now(self, claimed: Claimed, seen: Sighting, conflict: RemoteConflict) -> None:
        """It is shown still, though it can't be sent, or lies in the trash: look later."""
        submission = claimed.submission
        if submission.attempts >= self._pace.attempts:
            await self._store.write(send_steps.failed, claimed, "failed", "", self._clock.now())
            return
        is_thrown_away = submission.step is SendStep.READY and seen.is_deleted
        step = SendStep.MISSING if is_thrown_away else submission.step
        error = conflict if step is SendStep.READY else None
        await self._put_off(claimed, step, error, self._pace.settle_s)

    async def _still_draft(
        self,
        claimed: Claimed,
        remote: RemoteMail,
        sign_in: SignInId | None,
        seen: Sighting,
        *,
        waited_s: float,
    ) -> None:
        """It has not been sent so far: ask again, unless it was accepted a moment ago or has been deleted.

        Where it lies in a folder that is not known here, the next pull tells which that is.
        """
        submission, pace = claimed.submission, self._pace
        if (seen.is_deleted or seen.is_unseen) and waited_s < pace.patience_s:  # it may be sent all the same
            step = SendStep.ASKED if seen.is_deleted else submission.step  # it is not sent so far
            await self._put_off(claimed, step, None, pace.look_s)
        elif seen.is_deleted:
            args = (claimed, "gone", outcome.IN_TRASH, self._clock.now())
            await self._store.write(send_steps.failed, *args)
        elif submission.step is SendStep.ACCEPTED and waited_s < pace.still_draft_s:
            await self._put_off(claimed, SendStep.ACCEPTED, None, pace.look_s)
        elif submission.attempts >= pace.attempts:
            await self._store.write(send_steps.failed, claimed, "failed", "", self._clock.now())
        else:
            await self._ask(claimed, remote, sign_in)

    async def _put_off(
        self,
        claimed: Claimed,
        step: SendStep,
        error: ProviderError | None,
        least_s: float,
        sign_in: SignInId | None = None,
        *,
        is_tried: bool = True,
    ) -> None:
        now = self._clock.now()
        args = (claimed, step, error, least_s, now, sign_in)
        await self._store.write(send_steps.put_off, *args, is_tried=is_tried)


def _is_ours(claimed: Claimed, copy: RemoteMessage, *, is_sure: bool) -> bool:
    """Whether the copy is of what was asked for here, and of nothing that somebody has sent since."""
    submission = claimed.submission
    if submission.is_unasked or copy.draft_key in claimed.unasked_seals():
        return False
    is_accepted = submission.step is SendStep.ACCEPTED
    return is_sure or is_accepted or copy.draft_key == claimed.seal(submission.sealed)


def _waited_s(submission: Submission, now: datetime) -> float:
    """How long ago it was asked for."""
    return (now - (submission.asked_at or now)).total_seconds()
