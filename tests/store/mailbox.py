"""What store tests about mail need: an account with folders, and provider items made from few words."""

from datetime import UTC, datetime, timedelta
from typing import Any

from poststelle.mail import ingest
from poststelle.mail.prepare import NOTHING_PREPARED, prepared
from poststelle.model.account import AccountState, AccountType
from poststelle.model.folder import Folder, Role
from poststelle.model.ids import AccountId, FolderId, MessageId, RemoteId, UserId
from poststelle.model.message import Address, Body
from poststelle.model.rights import Grant, Level
from poststelle.model.user import Theme, User
from poststelle.providers.base import DeltaPage, FolderPage, RemoteFolder, RemoteMessage
from poststelle.store import accounts, folders, grants, invariants, messages, users
from poststelle.store.tx import ReadTx, Store, Tx

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
ANNA = Address("Anna Berger", "anna@berger.example")


def remote_folder(name: str, role: Role | None = None, **said: Any) -> RemoteFolder:
    facts: dict[str, Any] = {"parent_id": None, "is_hidden": False, "total": 0, "unread": 0} | said
    return RemoteFolder(remote_id=RemoteId(f"F-{name}"), name=name, role=role, **facts)


def item(key: str, folder: str | None = "Inbox", minutes: int = 0, **said: Any) -> RemoteMessage:
    """A whole message; ``minutes`` after NOW it arrived. Everything can be said otherwise."""
    facts: dict[str, Any] = {
        "folder_id": None if folder is None else RemoteId(f"F-{folder}"),
        "received_at": NOW + timedelta(minutes=minutes),
        "subject": f"Subject {key}",
        "preview": "Good morning",
        "from_": (ANNA,),
        "to": (Address("", "desk@office.example"),),
        "thread_key": f"T-{key}",
        "has_attachment": False,
        "size": 1000,
        "body": Body("text/plain", f"Good morning, this is {key}."),
        "is_seen": False,
        "is_flagged": False,
        "is_draft": False,
        "categories": (),
    } | said
    return RemoteMessage(remote_id=RemoteId(key), **facts)


def partial(key: str, **said: Any) -> RemoteMessage:
    """Only what is said."""
    return RemoteMessage(remote_id=RemoteId(key), **said)


def page(*items: RemoteMessage, left: tuple[str, ...] = (), link: str = "d", more: bool = False) -> DeltaPage:
    gone = frozenset(RemoteId(key) for key in left)
    return DeltaPage(items, gone, link if more else None, None if more else link)


class Mailbox:
    """One account in a store, addressed by names."""

    def __init__(
        self, store: Store, account: AccountId, user: UserId, folder_ids: dict[str, FolderId]
    ) -> None:
        self.store, self.account, self.user, self.folder_ids = store, account, user, folder_ids

    async def pull(
        self,
        folder: str,
        delta: DeltaPage,
        *,
        is_sweep: bool = False,
        is_prepared: bool = False,
        at: datetime = NOW,
    ) -> int:
        return await self.store.write(
            ingest.apply_page,
            self.account,
            self.folder_ids[folder],
            delta,
            is_sweep=is_sweep,
            now=at,
            preparation=prepared(delta.messages) if is_prepared else NOTHING_PREPARED,
        )

    async def id_of(self, key: str) -> MessageId:
        found = await self.store.read(messages.by_remote, self.account, [RemoteId(key)])
        return found[RemoteId(key)].id

    async def folder(self, name: str) -> Folder:
        found = await self.store.read(folders.get, self.account, self.folder_ids[name])
        assert found is not None
        return found

    async def contents(self) -> dict[str, dict[str, tuple[bool, bool]]]:
        """Per folder name: the visible messages' keys with (seen, flagged)."""
        return await self.store.read(_contents, self.account)

    async def check(self) -> None:
        assert await self.store.read(invariants.check) == []


def _contents(tx: ReadTx, account: AccountId) -> dict[str, dict[str, tuple[bool, bool]]]:
    names = {folder.id: folder.name for folder in folders.list_all(tx, account)}
    found: dict[str, dict[str, tuple[bool, bool]]] = {name: {} for name in names.values()}
    remote_ids = [row["remote_id"] for row in tx.all("list_remote_ids", account=account)]
    for message in messages.by_remote(tx, account, remote_ids).values():
        for folder in message.folder_ids:
            flags = message.mutable.is_seen, message.mutable.is_flagged
            found[names[folder]][message.remote_id] = flags
    return found


def create(tx: Tx, address: str = "desk@office.example") -> tuple[AccountId, UserId, dict[str, FolderId]]:
    """An account with Inbox, Sent, Trash and Objects, and a user who may organise it."""
    user = User(users.reserve_id(tx), address, "Anna", "", True, False, None, Theme.SYSTEM, NOW)
    assert users.insert(tx, user, None)
    account = accounts.insert(
        tx, type_=AccountType.GRAPH, address=address, state=AccountState.CONNECTED, at=NOW, by=None
    )
    assert account is not None
    grants.upsert(tx, Grant(account.id, user.id, Level.WRITE), at=NOW, by=None)
    found = (
        remote_folder("Inbox", Role.INBOX),
        remote_folder("Sent", Role.SENT),
        remote_folder("Trash", Role.TRASH),
        remote_folder("Objects"),
    )
    ingest.apply_folder_page(tx, account.id, FolderPage(found, frozenset(), None, "folders-1"), now=NOW)
    return account.id, user.id, {f.name: f.id for f in folders.list_all(tx, account.id)}
