"""A random walk: people on both sides change one mailbox while the service fails in every way it knows.

Everything is drawn from a seed, so that a walk that went wrong can be walked
again: ``python -m tests.flow.sync.soak --seed N``.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import USER, Mirror, folder_truth, truth

from poststelle.lib.clock import Clock
from poststelle.mail import folders as folder_use
from poststelle.mail import organise, queue
from poststelle.mail.organise import Marks
from poststelle.model.account import AccountState
from poststelle.model.check import CheckState
from poststelle.model.errors import UseCaseError
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import AccountId, FolderId, MessageId
from poststelle.model.message import FLAGGED, SEEN, Importance
from poststelle.store import accounts, folders, messages, sync_states
from poststelle.store.tx import ReadTx, Tx

_FAULTS: tuple[dict[str, Any], ...] = (
    {"status": 429, "code": "TooManyRequests", "headers": {"Retry-After": "7"}},
    {"status": 429, "code": "ApplicationThrottled"},
    {"status": 503, "code": "ErrorServerBusy", "headers": {"Retry-After": "3"}},
    {"status": 503, "code": "ServiceNotAvailable"},
    {"status": 500, "code": "InternalServerError"},
    {"status": 502, "code": "BadGateway"},
    {"status": 504, "code": "ErrorTimeoutExpired"},
    {"status": 401, "code": "InvalidAuthenticationToken"},
    {"kind": "reset"},
    {"kind": "lost"},
    {"kind": "truncate"},
    {"kind": "garble"},
)
_PLACES = (
    ("*", "*"), ("GET", "*/messages/delta*"), ("GET", "*/mailFolders/delta*"), ("POST", "*/$batch"),
    ("PATCH", "*"), ("POST", "*/move"), ("POST", "*/permanentDelete"), ("GET", "*/messages/*"),
)  # fmt: skip
_CATEGORIES = ("Rot", "Grün", "Blau")
_WELL_KNOWN = ("inbox", "archive", "deleteditems", "junkemail")
_HOUR_S = 3600.0


@dataclass
class Walk:
    """One walk over one mailbox. ``told`` is the story so far, for whoever looks for what went wrong."""

    m365: Simulator
    address: str
    mirror: Mirror
    clock: SetClock
    chance: random.Random
    told: list[str] = field(default_factory=list)
    _made: int = 0

    async def go(self, steps: int) -> None:
        """Take so many steps, each a deed on one side or the other, a fault, or the passing of time."""
        deeds: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (6, self._receive), (6, self._change_there), (5, self._move_there), (2, self._delete_there),
            (2, self._folder_there), (7, self._mark_here), (6, self._move_here), (2, self._destroy_here),
            (3, self._folder_here), (1, self._empty_here), (1, self._queue_here), (4, self._trouble),
            (1, self._forget), (1, self._poison), (1, self._reconnect), (10, self._sync),
            (5, self._drain), (5, self._both),
        ]  # fmt: skip
        weights = [weight for weight, _ in deeds]
        for _ in range(steps):
            [(_, deed)] = self.chance.choices(deeds, weights)
            await deed()
            await self.mirror.check()
            if self.chance.random() < 0.3:
                self.clock.advance(self.chance.choice((1.0, 5.0, 30.0, 400.0)))

    async def settle(self) -> None:
        """All trouble is over: everything gets through, and both sides come to rest."""
        self._tell("quiet")
        self.m365.be_kind()
        self.m365.control.set_behaviour(**_QUIET)
        self._unpoison()
        await self._reconnect()
        for _ in range(60):
            self.clock.advance(_HOUR_S / 4)
            await self.mirror.drain.run_due()
            await self.mirror.pull()
            if await self.mirror.pending() == 0 and await self._is_equal():
                return

    async def differences(self) -> list[str]:
        """What the two sides do not agree about; empty is what everybody wants."""
        here, there = await self.mirror.local(), truth(self.m365, self.address)
        found = [f"only here: {here[k]}" for k in here.keys() - there.keys()]
        found += [f"only there: {there[k]}" for k in there.keys() - here.keys()]
        found += [f"{here[k]} != {there[k]}" for k in here.keys() & there.keys() if here[k] != there[k]]
        paths, wanted = await self.mirror.folder_paths(), folder_truth(self.m365, self.address)
        found += [f"folder only here: {p}" for p in paths - wanted]
        found += [f"folder only there: {p}" for p in wanted - paths]
        if waiting := await self.mirror.pending():
            found.append(f"{waiting} changes wait for ever")
        proof = await self.mirror.prove()
        if proof.state is not CheckState.DONE or proof.differences or proof.undecided:
            found.append(f"the proof of completeness is none: {proof}")
        return found

    async def _reconnect(self) -> None:
        """Tokens refused again and again end a sign-in: somebody signs in anew."""
        if await self.mirror.store.write(_connect_again, self.mirror.account, self.clock):
            self._tell("signed in again")

    async def _is_equal(self) -> bool:
        return not await self.differences()

    # -- the other side ---------------------------------------------------------------------------

    async def _receive(self) -> None:
        count = self.chance.choice((1, 1, 2, 5, 40))
        folder = self.chance.choice([*_WELL_KNOWN, *_paths(self._folders_there())])
        self._tell(f"receive {count} in {folder}")
        items = [{"subject": f"Nr. {self._made + n}"} for n in range(count)]
        self._made += count
        self.m365.control.receive_many(self.address, items, folder)

    async def _change_there(self) -> None:
        if ids := self._some_there(4):
            fields = self.chance.choice(
                (
                    {"isRead": True}, {"isRead": False}, {"flag": "flagged"}, {"flag": "notFlagged"},
                    {"importance": "high"}, {"categories": [self.chance.choice(_CATEGORIES)]},
                )
            )  # fmt: skip
            self._tell(f"there: {fields} on {len(ids)}")
            self.m365.control.update(self.address, ids, **fields)

    async def _move_there(self) -> None:
        if ids := self._some_there(3):
            target = self.chance.choice([*_WELL_KNOWN, *_paths(self._folders_there())])
            self._tell(f"there: move {len(ids)} to {target}")
            self.m365.control.move(self.address, ids, target)

    async def _delete_there(self) -> None:
        if ids := self._some_there(2):
            is_for_good = self.chance.random() < 0.7
            self._tell(f"there: delete {len(ids)} {'for good' if is_for_good else ''}")
            self.m365.control.delete(self.address, ids, permanently=is_for_good)

    async def _folder_there(self) -> None:
        own = self._folders_there()
        deed = self.chance.choice(("create", "rename", "delete"))
        self._made += 1
        name = f"Dort {self._made}"
        self._tell(f"there: {deed} folder")
        if deed == "create" or not own:
            parent = (
                self.chance.choice([f["path"] for f in own] or [""]) if self.chance.random() < 0.4 else ""
            )
            self.m365.control.create_folder(self.address, name, parent)
        elif deed == "rename":
            self.m365.control.change_folder(self.address, self.chance.choice(own)["id"], name=name)
        else:
            self.m365.control.delete_folder(self.address, self.chance.choice(own)["id"], permanently=True)

    # -- this side --------------------------------------------------------------------------------

    async def _mark_here(self) -> None:
        message = await self._one_here()
        if message is None:
            return
        if self.chance.random() < 0.6:
            keyword, value = self.chance.choice((SEEN, FLAGGED)), self.chance.random() < 0.5
            await self._do(organise.set_keywords, message, {keyword: value})
        else:
            categories = tuple(self.chance.sample(_CATEGORIES, self.chance.randint(0, 2)))
            marks = Marks(importance=self.chance.choice(list(Importance)), categories=categories)
            await self._do(organise.set_marks, message, marks)

    async def _move_here(self) -> None:
        message, folder = await self._one_here(), await self._folder_id()
        if message is not None and folder is not None:
            await self._do(organise.copy if self.chance.random() < 0.1 else organise.move, message, folder)

    async def _destroy_here(self) -> None:
        message = await self._one_here()
        if message is not None:
            await self._do(organise.destroy, message)

    async def _folder_here(self) -> None:
        own = [f.id for f in await self._folders_here() if f.role is None]
        self._made += 1
        name = f"Hier {self._made}"
        deed = self.chance.choice(("create", "create", "rename", "move", "destroy"))
        if deed == "create" or not own:
            parent = self.chance.choice(own) if own and self.chance.random() < 0.4 else None
            await self._do(folder_use.create, name, parent)
        elif deed == "rename":
            await self._do(folder_use.change, self.chance.choice(own), name=name)
        elif deed == "move":
            await self._do(
                folder_use.change, self.chance.choice(own), parent=self.chance.choice([None, *own])
            )
        else:
            await self._do(folder_use.destroy, self.chance.choice(own), with_messages=True)

    async def _empty_here(self) -> None:
        folder = await self.mirror.store.read(folders.by_role, self.mirror.account, Role.TRASH)
        if folder is not None:
            await self._do(folder_use.empty, folder.id)

    async def _queue_here(self) -> None:
        found = await self.mirror.store.read(queue.list_waiting, USER, self.mirror.account)
        if found.waiting:
            op = self.chance.choice(found.waiting)
            await self._do(self.chance.choice((queue.send_now, queue.give_up)), op.id)

    async def _do(self, deed: Callable[..., Any], *args: Any, **more: Any) -> None:
        """A person's deed; being refused is no harm."""
        self._tell(f"here: {deed.__name__} {args} {more}")
        try:
            now = self.clock.now()
            await self.mirror.store.write(deed, USER, self.mirror.account, *args, now, **more)
        except UseCaseError as refusal:
            self._tell(f"  refused: {refusal.code}")

    # -- what befalls both ------------------------------------------------------------------------

    async def _trouble(self) -> None:
        fault, (method, path) = self.chance.choice(_FAULTS), self.chance.choice(_PLACES)
        if fault.get("kind") in {"truncate"} and method != "GET":
            method, path = "GET", "*/delta*"
        times = self.chance.choice((1, 1, 2, 5))
        self._tell(f"trouble: {fault} for {method} {path} x{times}")
        self.m365.control.fail_next(
            method, path, **fault, times=times, chance=0.7, seed=self.chance.randrange(10**6)
        )
        self.m365.control.set_behaviour(
            deltaRepeats=self.chance.choice((0, 0.2)),
            deltaEmptyPages=self.chance.choice((0, 0.3)),
            deltaAnyOrder=self.chance.random() < 0.3,
            batchLoss=self.chance.choice((0, 0, 0.1)),
        )

    async def _forget(self) -> None:
        self._tell("tokens forgotten")
        self.m365.control.forget_tokens(self.address)

    async def _poison(self) -> None:
        ids = self._some_there(1)
        if self.chance.random() < 0.5:
            self._unpoison()
        elif ids:
            self._tell("one is unreadable")
            self.m365.control.poison(self.address, ids)

    async def _sync(self) -> None:
        self._tell("pull")
        await self.mirror.pull()

    async def _drain(self) -> None:
        self._tell("drain")
        await self.mirror.drain.run_due()

    async def _both(self) -> None:
        """Both at once, and somebody at work meanwhile."""
        self._tell("both at once")
        await self.mirror.make_due()
        await asyncio.gather(
            self.mirror.sync.run_due(), self.mirror.drain.run_due(), self._mark_here(), self._move_here()
        )

    # -- looking ----------------------------------------------------------------------------------

    def _tell(self, text: str) -> None:
        self.told.append(text)

    def _unpoison(self) -> None:
        self.m365.control.poison(self.address, list(truth(self.m365, self.address)), is_poisoned=False)

    def _some_there(self, most: int) -> list[str]:
        ids = sorted(truth(self.m365, self.address))
        return self.chance.sample(ids, min(len(ids), self.chance.randint(1, most)))

    def _folders_there(self) -> list[dict[str, Any]]:
        return [
            f for f in self.m365.control.snapshot(self.address)[0] if f["path"][-1][:5] in {"Dort ", "Hier "}
        ]

    async def _folders_here(self) -> Sequence[Folder]:
        return await self.mirror.store.read(_shown, self.mirror.account)

    async def _folder_id(self) -> FolderId | None:
        found = await self._folders_here()
        return self.chance.choice(found).id if found else None

    async def _one_here(self) -> MessageId | None:
        ids = await self.mirror.store.read(_visible, self.mirror.account)
        return self.chance.choice(ids) if ids else None


_QUIET: dict[str, Any] = {
    "deltaRepeats": 0, "deltaEmptyPages": 0, "deltaAnyOrder": False, "batchLoss": 0,
}  # fmt: skip


def _paths(found: Sequence[dict[str, Any]]) -> list[list[str]]:
    return [f["path"] for f in found]


def _shown(tx: ReadTx, account: Any) -> list[Folder]:
    shown = set(folders.shown(tx, account).values())
    return [f for f in folders.list_all(tx, account) if f.id in shown and not f.is_hidden]


def _visible(tx: ReadTx, account: Any) -> list[MessageId]:
    ids = [MessageId(row["id"]) for row in tx.all("list_remote_ids", account=account)]
    return sorted(m.id for m in messages.get_many(tx, account, ids))


def _connect_again(tx: Tx, account: AccountId, clock: Clock) -> bool:
    found = accounts.get(tx, account)
    if found is None or found.state is AccountState.CONNECTED:
        return False
    accounts.set_state(tx, account, AccountState.CONNECTED)
    sync_states.start(tx, account, clock.now())
    return True
