"""The loop that brings drafts to the provider."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import structlog

from poststelle.blobs import BlobMissing, BlobStore, BlobsUnavailable
from poststelle.jobs.inline import guarded
from poststelle.jobs.rounds import Rounds
from poststelle.lib.backoff import backoff_s
from poststelle.lib.clock import Clock
from poststelle.lib.share import Share
from poststelle.model.ids import AccountId
from poststelle.model.writeback import WritebackOp
from poststelle.providers.base import RemoteMail
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater
from poststelle.store import sign_ins, writeback_ops
from poststelle.store.room import Places, Work
from poststelle.store.tx import Store
from poststelle.sync.life import Hold, Life, Mark
from poststelle.writeback import draft_steps
from poststelle.writeback.draft_making import DraftMaking, OpenOthers
from poststelle.writeback.drain import CLAIM_SURE_S, put_off

log = structlog.get_logger()

OpenRemote = Callable[[AccountId], Awaitable[RemoteMail]]
SETTLE_S, PATIENCE_S = 5.0, 120.0
"""How long after an unanswered request the provider is not asked again: it may still be at work on it."""
_PLACES = Places(at_once=8, at_most=32, per_account=2)  # each may hold a piece of a large file
_TICK_S = 1.0


async def _no_others(_: AccountId) -> Sequence[RemoteMail]:
    return ()


class DraftWriter:
    """Makes drafts at their providers. Several processes may share a store.

    ``holder`` names this loop, the same one after each start; no other loop has that name.
    ``on_made`` is told after a draft is there whole. ``open_others`` are asked where the sign-in in use may
    not add large files. ``settle_s``: how long after an unanswered request nothing is asked again;
    ``patience_s``: how long the draft is looked for then before it is made anew.
    """

    def __init__(
        self,
        store: Store,
        blobs: BlobStore,
        open_remote: OpenRemote,
        clock: Clock,
        holder: str,
        *,
        on_made: Callable[[AccountId], None] = lambda _: None,
        open_others: OpenOthers = _no_others,
        settle_s: float = SETTLE_S,
        patience_s: float = PATIENCE_S,
        places: Places = _PLACES,
        share: Share | None = None,
        life: Life | None = None,
    ) -> None:
        self._store, self._blobs, self._open_remote = store, blobs, open_remote
        self._clock, self._holder, self._on_made = clock, holder, on_made
        self._open_others, self._places = open_others, places
        self._settle, self._patience = timedelta(seconds=settle_s), timedelta(seconds=patience_s)
        self._share, self._life = share or Share(), life or Life(store)
        self._rounds: Rounds[Work] = Rounds(self._start_due, _TICK_S, self._ended)

    def wake(self, _: AccountId) -> None:
        """There may be a draft to bring."""
        self.ring()

    def ring(self) -> None:
        """The same, for whichever account."""
        self._rounds.ring()

    async def run(self) -> None:
        """Bring drafts until cancelled. What an earlier loop of our name had begun is looked for first."""
        await self._store.write(writeback_ops.release_holder, self._holder)
        await self._rounds.run()

    async def run_due(self) -> None:
        """Bring what is due now, once, and return when it is done."""
        await self._rounds.run_due()

    async def _start_due(self) -> None:
        room = self._places.beside(self._rounds.keys, self._share)
        if room.is_full or not await self._store.read(writeback_ops.has_due_drafts, self._clock.now()):
            return  # the usual case, and cheap
        claim, mark = writeback_ops.claim_drafts, self._life.mark()
        for op in await self._store.write(claim, self._holder, self._clock.now(), room):
            work = Work(op.account_id)
            self._rounds.begin(self._bring(op, work, mark), work, name=f"draft-{op.account_id}-{op.id}")

    def _ended(self, work: Work) -> None:
        self._rounds.ring()
        self._on_made(work.account)

    async def _bring(self, op: WritebackOp, work: Work, mark: Mark) -> None:
        done = await guarded(self._attempt(op, work, mark), event="draft.failed", account=op.account_id)
        if done is None:
            await self._store.write(put_off, [op], RetryLater("internal"), self._clock.now())

    async def _attempt(self, op: WritebackOp, work: Work, mark: Mark) -> bool:
        hold = Hold(
            self._life, mark, CLAIM_SURE_S, lambda tx: writeback_ops.hold(tx, [op], self._clock.now())
        )
        sign_in = await self._store.read(sign_ins.id_of, op.account_id)
        try:
            remote = (await self._open_remote(op.account_id)).under(hold)
            await DraftMaking(
                self._store,
                self._blobs,
                remote,
                self._others_under(hold),
                self._clock,
                self._settle,
                self._patience,
                op,
                work.moved,
            ).run()
        except Refused as error:
            await self._store.write(draft_steps.refused, op, error.code, self._clock.now())
            log.info("draft.refused", account=op.account_id, reason=error.code)
        except BlobMissing:
            await self._store.write(draft_steps.refused, op, "octets_missing", self._clock.now())
            log.error("draft.octets_missing", account=op.account_id)
        except RemoteConflict as error:
            await self._store.write(draft_steps.conflicting, op, error, self._clock.now())
            log.info("draft.conflict", account=op.account_id, reason=error.code)
        except BlobsUnavailable as error:
            await self._store.write(put_off, [op], RetryLater(error.code), self._clock.now())
            log.info("draft.put_off", account=op.account_id, reason=error.code)
        except ProviderError as error:
            again = self._at_least_settled(op, error)
            await self._store.write(put_off, [op], again, self._clock.now(), sign_in)
            log.info("draft.put_off", account=op.account_id, reason=error.code)
        return True

    def _others_under(self, hold: Hold) -> OpenOthers:
        async def opened(account: AccountId) -> Sequence[RemoteMail]:
            return [remote.under(hold) for remote in await self._open_others(account)]

        return opened

    def _at_least_settled(self, op: WritebackOp, error: ProviderError) -> ProviderError:
        """Wait as long as asked, else longer each time, but until an unanswered request has come to its end.

        A large file that is lost at each attempt is brought anew each time: that must not go on and on.
        """
        if not isinstance(error, RetryLater) or error.is_throttled:
            return error
        return RetryLater(
            error.code, max(error.after_s or backoff_s(op.attempts + 1), self._settle.total_seconds())
        )
