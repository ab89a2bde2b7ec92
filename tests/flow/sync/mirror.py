"""One account's mirror: a store, the engines, and a sign-in at the simulator, as small as it gets."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from tests.flow.sim import PASSWORD, Simulator
from tests.kept import database_of
from tests.sim.identity.browser import Browser

from poststelle.lib.clock import Clock, SystemClock
from poststelle.mail import organise
from poststelle.model.account import AccountState, AccountType
from poststelle.model.change import Published
from poststelle.model.check import Check, CheckReason
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import AccountId, MessageId, RemoteId, UserId
from poststelle.model.message import Attachment
from poststelle.model.rights import Grant, Level
from poststelle.model.user import Theme, User
from poststelle.model.writeback import Notice
from poststelle.providers.base import RemoteMail
from poststelle.providers.graph.client import GraphClient
from poststelle.providers.graph.clouds import choose_cloud
from poststelle.providers.graph.mail import GraphMail
from poststelle.providers.graph.throttle import AppLimits
from poststelle.providers.graph.token_sources import AccountTokens
from poststelle.providers.graph.tokens import AppSettings, MicrosoftApp
from poststelle.store import (
    accounts,
    attachments,
    bodies,
    checks,
    folders,
    grants,
    invariants,
    messages,
    notices,
    open_store,
    sync_states,
    users,
    writeback_ops,
)
from poststelle.store.tx import ReadTx, Store, Tx
from poststelle.sync.check_lease import CheckPace
from poststelle.sync.checker import Checker
from poststelle.sync.engine import SyncEngine
from poststelle.sync.schedule import Pace
from poststelle.writeback.drain import Drain

FAST = Pace(poll_s=0.1)
CHECKS = CheckPace(requests_a_minute=60_000, rest_s=0)
USER = UserId(1)


class Facts(msgspec.Struct):
    """Everything a process needs to mirror one mailbox; passed to the worker process as JSON."""

    database: str
    account: int
    login_base: str
    ca_file: str
    client_id: str
    client_secret: str
    token_cache: str


@dataclass
class Mirror:
    """The local side of one mailbox."""

    store: Store
    account: AccountId
    remote: RemoteMail
    sync: SyncEngine
    drain: Drain
    checker: Checker
    clock: Clock
    heard: set[AccountId] = field(default_factory=set)
    """For whose changes somebody listens."""
    outlook: GraphClient | None = None
    """Another program at the same mailbox."""

    async def pull(self) -> None:
        """Pull once, now."""
        await self.make_due()
        await self.sync.run_due()

    async def make_due(self) -> None:
        """The next pull, whosever, looks at every folder."""
        await self.store.write(_make_all_due, self.account, self.clock)

    async def local(self) -> dict[str, dict[str, Any]]:
        """The local copy in the snapshot's words, by the provider's id."""
        return await self.store.read(_local, self.account)

    async def answer_marks(self) -> dict[str, set[str]]:
        """``$answered`` and ``$forwarded`` of the messages that have them, by the provider's id."""
        return await self.store.read(_answer_marks, self.account)

    async def keywords(self, remote_id: str, **patch: bool) -> None:
        """Set keywords as a user: ``seen=True``, ``flagged=False``."""
        wanted = {f"${name}": value for name, value in patch.items()}
        message = await self.message_id(remote_id)
        await self.store.write(organise.set_keywords, USER, self.account, message, wanted, self.clock.now())

    async def move(self, remote_id: str, role: Role) -> None:
        """Move a message as a user."""
        folder = await self.store.read(folders.by_role, self.account, role)
        assert folder
        message = await self.message_id(remote_id)
        await self.store.write(organise.move, USER, self.account, message, folder.id, self.clock.now())

    async def destroy(self, remote_id: str) -> None:
        """Remove a message for good, as a user."""
        message = await self.message_id(remote_id)
        await self.store.write(organise.destroy, USER, self.account, message, self.clock.now())

    async def notices(self) -> list[Notice]:
        """Changes that were taken back."""
        return await self.store.read(notices.list_all, self.account)

    async def pending(self) -> int:
        """Changes that have not reached the provider."""
        return await self.store.read(writeback_ops.pending_count, self.account)

    async def folder_paths(self) -> set[str]:
        """The paths of all folders."""
        return await self.store.read(_folder_paths, self.account)

    async def message_id(self, remote_id: str) -> MessageId:
        """Our id of a message."""
        found = await self.store.read(messages.by_remote, self.account, [RemoteId(remote_id)])
        return found[RemoteId(remote_id)].id

    async def attachments(self, remote_id: str) -> tuple[Attachment, ...] | None:
        """A message's attachment list; None while it is unknown."""
        return await self.store.read(attachments.get, self.account, await self.message_id(remote_id))

    async def prove(self) -> Check:
        """Check the mirror once, to its end."""
        now = self.clock.now()
        wanted = await self.store.write(checks.want, self.account, CheckReason.ASKED, USER, now)
        await self.checker.run_due()
        found = await self.store.read(checks.get, self.account, wanted.id)
        assert found
        return found

    async def check(self) -> None:
        """The store's own rules hold."""
        broken = await self.store.read(invariants.check)
        assert broken == []


def app_of(facts: Facts, clock: Clock) -> MicrosoftApp:
    cloud = choose_cloud("global", facts.login_base, facts.login_base)
    settings = AppSettings(facts.client_id, facts.client_secret, None, "common", cloud, facts.ca_file)
    return MicrosoftApp(settings, clock)


async def sign_in(simulator: Simulator, address: str, clock: Clock, password: str = PASSWORD) -> bytes:
    """A token cache, through the pages as a person would."""
    app = app_of(facts_of(simulator, "", 0, b""), clock)
    begun = await app.start_flow("http://localhost:9/callback", login_hint=address)
    browser = Browser(simulator.pages_url).open(begun.url).press("signin", passwd=password)
    if not browser.left_for:
        browser.press("accept")
    result = await app.finish_flow(begun.flow, browser.answer())
    app.close()
    return result.cache


def facts_of(simulator: Simulator, database: str, account: int, cache: bytes) -> Facts:
    known = simulator.facts
    return Facts(
        database,
        account,
        simulator.login_base,
        simulator.ca_file,
        known["client_id"],
        known["client_secret"],
        cache.decode(),
    )


async def new_account(database: str, address: str, clock: Clock) -> AccountId:
    """A connected account in a new database, its first pull due."""
    store = await open_store(database, _publish_nothing, clock)
    try:
        return await store.write(_connect, address, clock)
    finally:
        await store.close()


@asynccontextmanager
async def opened(
    facts: Facts,
    clock: Clock,
    pace: Pace = FAST,
    lease_s: float = 15,
    *,
    has_permanent_delete: bool = True,
) -> AsyncIterator[Mirror]:
    """The mirror of an account that is in the database already."""
    store = await open_store(facts.database, _publish_nothing, clock)
    context = ssl.create_default_context(cafile=facts.ca_file)
    kept = [facts.token_cache.encode()]

    async def load() -> bytes:
        return kept[0]

    async def save(cache: bytes) -> None:
        kept[0] = cache

    async with aiohttp.ClientSession() as http:
        app = app_of(facts, clock)
        tokens = AccountTokens(app, load, save, clock)
        limits = AppLimits(clock).for_account()
        base_url = f"{facts.login_base}/v1.0"
        remote = GraphMail(
            http,
            base_url,
            tokens,
            limits,
            ssl_context=context,
            has_permanent_delete=has_permanent_delete,
        )
        outlook = GraphClient(http, base_url, tokens, limits, ssl_context=context, is_own=True)

        async def open_remote(_: AccountId) -> RemoteMail:
            return remote

        heard: set[AccountId] = set()
        is_heard = heard.__contains__
        sync = SyncEngine(store, open_remote, clock, "test", pace=pace, is_heard=is_heard, lease_s=lease_s)
        drain = Drain(store, open_remote, clock, "test")
        try:
            checker = Checker(store, open_remote, clock, "test-checks", pace=CHECKS)
            yield Mirror(store, AccountId(facts.account), remote, sync, drain, checker, clock, heard, outlook)
        finally:
            await store.close()
            app.close()


@asynccontextmanager
async def mirrored(
    simulator: Simulator,
    address: str,
    where: Path | str,
    clock: Clock | None = None,
    *,
    pace: Pace = FAST,
    password: str = PASSWORD,
    has_permanent_delete: bool = True,
) -> AsyncIterator[Mirror]:
    """A fresh mirror of a simulated mailbox; nothing is pulled yet.

    ``where`` is the address of an empty database, or a folder for a file of SQLite.
    """
    clock = clock or SystemClock()
    database = where if isinstance(where, str) else database_of(where)
    account = await new_account(database, address, clock)
    cache = await sign_in(simulator, address, clock, password)
    facts = facts_of(simulator, database, account, cache)
    async with opened(facts, clock, pace, has_permanent_delete=has_permanent_delete) as mirror:
        yield mirror


def truth(simulator: Simulator, address: str) -> dict[str, dict[str, Any]]:
    """The simulator's messages in the words of ``local``."""
    folder_list, found = simulator.control.snapshot(address)
    paths = {folder["id"]: "/".join(folder["path"]) for folder in folder_list}
    threads = _first_of_each({id_: message["conversationId"] for id_, message in found.items()})
    return {
        id_: {
            "folder": paths[message["folderId"]],
            "subject": message["subject"],
            "is_read": message["isRead"],
            "is_flagged": message["flag"] == "flagged",
            "categories": message["categories"],
            "importance": message["importance"],
            "is_other": message["inferenceClassification"] == "other",
            "event": _event(message["meeting"]),
            "is_draft": message["isDraft"],
            "has_attachment": message["hasAttachments"],
            "body": message["bodySha256"],
            "thread": threads[id_],
        }
        for id_, message in found.items()
    }


def _event(meeting: str | None) -> str | None:
    """Which of our kinds a message about a meeting is."""
    if meeting is None:
        return None
    return {"meetingRequest": "request", "meetingCancelled": "news"}.get(meeting, "response")


def answer_marks(simulator: Simulator, address: str) -> dict[str, str]:
    """What the answered and the forwarded messages are marked with, the last mark of each."""
    _, found = simulator.control.snapshot(address)
    keywords = {"102": "$answered", "103": "$answered", "104": "$forwarded"}
    return {id_: keywords[message["lastVerb"]] for id_, message in found.items() if message["lastVerb"]}


def _first_of_each(threads: dict[str, Any]) -> dict[str, str]:
    """A message's thread by its least member, whatever each side calls it."""
    first: dict[Any, str] = {}
    for id_, thread in threads.items():
        first[thread] = min(id_, first.get(thread, id_))
    return {id_: first[thread] for id_, thread in threads.items()}


def folder_truth(simulator: Simulator, address: str) -> set[str]:
    """The paths of the simulator's folders."""
    folder_list, _ = simulator.control.snapshot(address)
    return {"/".join(folder["path"]) for folder in folder_list}


def _folder_paths(tx: ReadTx, account: AccountId) -> set[str]:
    known = {folder.id: folder for folder in folders.list_all(tx, account)}

    def path(folder: Folder) -> str:
        above = f"{path(known[folder.parent_id])}/" if folder.parent_id is not None else ""
        return above + folder.name

    return {path(folder) for folder in known.values()}


def _local(tx: ReadTx, account: AccountId) -> dict[str, dict[str, Any]]:
    known = {folder.id: folder for folder in folders.list_all(tx, account)}

    def path(folder_id: Any) -> str:
        folder = known[folder_id]
        above = f"{path(folder.parent_id)}/" if folder.parent_id is not None else ""
        return above + folder.name

    found: dict[str, dict[str, Any]] = {}
    threads: dict[str, Any] = {}
    ids = [row["id"] for row in tx.all("list_remote_ids", account=account)]
    texts = bodies.get_many(tx, account, ids)
    for message in messages.get_many(tx, account, ids):
        assert len(message.folder_ids) == 1
        found[str(message.remote_id)] = {
            "folder": path(message.folder_ids[0]),
            "subject": message.subject,
            "is_read": message.mutable.is_seen,
            "is_flagged": message.mutable.is_flagged,
            "categories": list(message.mutable.categories),
            "importance": message.mutable.importance.name.lower(),
            "is_other": message.mutable.is_other,
            "event": message.event,
            "is_draft": message.mutable.is_draft,
            "has_attachment": message.has_attachment,
            "body": sha256(texts[message.id].content.encode()).hexdigest() if message.id in texts else None,
        }
        threads[str(message.remote_id)] = message.thread_id
    for id_, first in _first_of_each(threads).items():
        found[id_]["thread"] = first
    return found


def _answer_marks(tx: ReadTx, account: AccountId) -> dict[str, set[str]]:
    ids = [row["id"] for row in tx.all("list_remote_ids", account=account)]
    marks = {
        str(message.remote_id): {
            *(["$answered"] if message.mutable.is_answered else []),
            *(["$forwarded"] if message.mutable.is_forwarded else []),
        }
        for message in messages.get_many(tx, account, ids)
    }
    return {id_: found for id_, found in marks.items() if found}


def _connect(tx: Tx, address: str, clock: Clock) -> AccountId:
    account = accounts.insert(
        tx, type_=AccountType.GRAPH, address=address, state=AccountState.CONNECTED, at=clock.now(), by=None
    )
    assert account
    user = User(USER, "anna", "Anna Berger", "", True, False, None, Theme.SYSTEM, clock.now())
    users.insert(tx, user, None)
    grants.upsert(tx, Grant(account.id, USER, Level.WRITE), at=clock.now(), by=None)
    sync_states.start(tx, account.id, clock.now())
    return account.id


def _make_all_due(tx: Tx, account: AccountId, clock: Clock) -> None:
    for folder in folders.list_all(tx, account):
        folders.set_due(tx, account, folder.id, clock.now())
    sync_states.wake(tx, account, clock.now())


async def _publish_nothing(_: Sequence[Published]) -> None:
    """Nobody listens."""
