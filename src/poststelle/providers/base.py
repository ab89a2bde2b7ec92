"""The port: what the engines need from any provider, as data and one protocol."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from poststelle.model.folder import Role
from poststelle.model.ids import RemoteId
from poststelle.model.known_ids import KnownIds
from poststelle.model.message import Address, Body, EventKind, Importance
from poststelle.model.writeback import FolderOpKind, OpKind
from poststelle.providers.errors import RetryLater
from poststelle.providers.forwarding import RemoteForwarding
from poststelle.providers.post import RemotePost
from poststelle.providers.replies import RemoteReplies

PLACE_UNKNOWN = "place_unknown"
"""The code of a refusal to tell where a folder lies that is there."""


@dataclass(frozen=True, slots=True)
class RemoteFolder:
    """A folder as the provider reports it. ``parent_id`` None: top level."""

    remote_id: RemoteId
    parent_id: RemoteId | None
    name: str
    role: Role | None
    is_hidden: bool
    total: int
    unread: int


@dataclass(frozen=True, slots=True)
class FolderPage:
    """One page of folder changes. Exactly one of ``next_link`` and ``delta_link`` is set.

    ``is_listing`` as for DeltaPage.
    """

    folders: tuple[RemoteFolder, ...]
    left: frozenset[RemoteId]
    next_link: str | None
    delta_link: str | None
    is_listing: bool = False


class RemoteMessage(Struct, frozen=True, gc=False):
    """A message as the provider reports it; None means "not said", so keep what is stored.

    Only ``remote_id`` is sure to be there: providers send partial items, which
    are merged and never replace. ``folder_id`` is where it lies. ``size`` is
    in octets. ``thread_key`` is the provider's grouping, opaque to us. ``draft_key``
    is ours, of a draft that we made and of what became of it. ``in_reply_to`` and
    ``references`` are Message-IDs without angle brackets; empty: it has none.
    """

    remote_id: RemoteId
    folder_id: RemoteId | None = None
    received_at: datetime | None = None
    sent_at: datetime | None = None
    internet_message_id: str | None = None
    thread_key: str | None = None
    subject: str | None = None
    preview: str | None = None
    from_: tuple[Address, ...] | None = None
    sender: tuple[Address, ...] | None = None
    to: tuple[Address, ...] | None = None
    cc: tuple[Address, ...] | None = None
    bcc: tuple[Address, ...] | None = None
    reply_to: tuple[Address, ...] | None = None
    has_attachment: bool | None = None
    size: int | None = None
    body: Body | None = None
    is_seen: bool | None = None
    is_flagged: bool | None = None
    is_draft: bool | None = None
    importance: Importance | None = None
    categories: tuple[str, ...] | None = None
    due_at: datetime | None = None
    is_answered: bool | None = None
    is_forwarded: bool | None = None
    draft_key: str | None = None
    is_other: bool | None = None
    event: EventKind | None = None
    asks_receipt: bool | None = None
    in_reply_to: tuple[str, ...] | None = None
    references: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DeltaPage:
    """One page of one folder's delta round, in the provider's order.

    ``left`` names messages no longer in this folder. They may have moved, so
    this is not a deletion. Exactly one link is set: ``next_link`` means more
    pages follow, ``delta_link`` means the round is complete. Links are opaque:
    store them and send them back, never build or parse them.
    ``is_listing``: the round tells what is there and never what has left, so
    what a whole one does not meet has left. ``further``: where to read on when
    this page held news, for older messages may be news too.

    Source: Graph v1.0, "message: delta".
    """

    messages: tuple[RemoteMessage, ...]
    left: frozenset[RemoteId]
    next_link: str | None
    delta_link: str | None
    is_listing: bool = False
    further: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a folder is wanted: messages received from ``begins`` on.

    ``expected``: so many the provider counts there, or we hold, whichever is more.
    """

    begins: datetime
    expected: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages a provider counts in a part of a folder, and how many of them are unread."""

    total: int
    unread: int


@dataclass(frozen=True, slots=True)
class IdPage:
    """One page of a folder's plain list: ids, places and flags, nothing else.

    A list moves while it is read, so a page may repeat the last messages of the
    one before it: ``repeated`` places. When none of them is met again the list
    has moved too far and has to be begun anew. ``unreadable``: places that were stepped over,
    repeated ones not counted. ``next`` None: this was the last page. Like all
    cursors it is opaque. ``requests`` is how many the page has cost.
    """

    messages: tuple[RemoteMessage, ...]
    repeated: int
    unreadable: int
    next: str | None
    requests: int


@dataclass(frozen=True, slots=True)
class RemoteAttachment:
    """An attachment's facts without its bytes; ``kind`` is file, item or reference."""

    remote_id: RemoteId
    name: str
    content_type: str
    size: int
    content_id: str | None
    is_inline: bool
    kind: str


@dataclass(frozen=True, slots=True)
class RemoteOp:
    """One change to make at the provider; ``payload`` as in model.writeback.OpKind, with its own folder ids.

    ``attempts``: so often it was sent before, and may have been done; ``failures``: those of them in
    which the provider failed over this change. ``source``: the folder the message lay in when somebody
    decided to move or destroy it, None when that is gone. ``is_missing``: the message was looked at just
    before it is to be destroyed, and was not there: whatever it says now, nobody has seen it.
    """

    key: int
    kind: OpKind
    message: RemoteId
    payload: Mapping[str, Any]
    attempts: int = 0
    failures: int = 0
    source: RemoteId | None = None
    is_missing: bool = False

    @property
    def is_repeated(self) -> bool:
        """Whether it may have been done."""
        return self.attempts > 0


@dataclass(frozen=True, slots=True)
class RemoteOutcome:
    """What became of one RemoteOp: ``error`` None means done (also when done before).

    ``new_remote_id`` is set when the provider gave the message another id. ``was_missing``: there was no
    such message, which is as good as removed.
    """

    key: int
    error: Exception | None
    new_remote_id: RemoteId | None = None
    was_missing: bool = False


@dataclass(frozen=True, slots=True)
class RemoteFolderOp:
    """One change of a folder to make at the provider.

    CREATE needs ``name`` and ``parent`` (None: top level), RENAME ``folder`` and
    ``name``, MOVE ``folder`` and ``parent``, DESTROY ``folder``. DESTROY is Refused
    (``folder_has_folders``, ``folder_has_messages``) for what lies in it there, whatever is known here;
    these ``messages`` may.
    """

    kind: FolderOpKind
    folder: RemoteId | None = None
    name: str = ""
    parent: RemoteId | None = None
    messages: KnownIds = field(default_factory=KnownIds)


@dataclass(frozen=True, slots=True)
class Told:
    """Where the provider is to tell of changes and of what becomes of the subscription, and its secret."""

    url: str
    lifecycle_url: str
    secret: str


@dataclass(frozen=True, slots=True)
class RemoteSubscription:
    """A subscription as the provider holds it.

    It ends at ``expires_at``. ``authorized_until``: from then on nothing is told
    until it is renewed; None when the provider does not say.
    """

    remote_id: str
    url: str
    expires_at: datetime
    authorized_until: datetime | None = None


class RemoteSubscriptions(Protocol):
    """Telling of one account's changes. Methods raise ProviderError and nothing else."""

    async def create(self, told: Told) -> RemoteSubscription:
        """Be told of every change of a message from now on.

        Both addresses are asked for proof while this waits, and may be told before it returns.
        """
        ...

    async def renew(self, remote_id: str) -> RemoteSubscription:
        """Let it live on, and be authorised anew. RemoteConflict (``is_gone``) when there is none."""
        ...

    async def list_all(self) -> Sequence[RemoteSubscription]:
        """All of ours for this account, also forgotten ones; perhaps those for its user's other accounts."""
        ...

    async def destroy(self, remote_id: str) -> None:
        """Be told no more; nothing happens when there is none."""
        ...


MayWrite = Callable[[], Awaitable[float]]
"""Asked just before each request leaves that changes something: within how many seconds it has to.

Raises RetryLater where it must not leave any more, since somebody else has taken over what it is for.
"""


class RemoteMail(RemotePost, RemoteReplies, RemoteForwarding, Protocol):
    """One account's remote side. Methods raise ProviderError and nothing else.

    Callers may run several methods at once; the implementation keeps to the
    provider's concurrency limit by itself. ``subscriptions`` is None where the
    provider tells nothing of such an account: then it is polled.
    """

    @property
    def subscriptions(self) -> RemoteSubscriptions | None: ...

    def under(self, may_write: MayWrite) -> "RemoteMail":
        """The same mailbox, where each request that changes something asks this first.

        Waiting for a token, or for its turn, it may have grown old.
        """
        ...

    async def verify(self, address: str) -> str:
        """Prove that this sign-in opens the mailbox ``address``; return its canonical address.

        Raises Refused with code ``wrong_mailbox`` when it opens another one,
        ``no_mailbox`` when the account has none.
        """
        ...

    async def well_known_folders(self) -> Sequence[RemoteFolder]:
        """The folders that have a role, the inbox first. One round trip."""
        ...

    async def folder_delta(self, cursor: str | None) -> FolderPage:
        """One page of folder changes; None starts from nothing."""
        ...

    async def folder_path(self, folder: RemoteId) -> Sequence[RemoteId] | None:
        """The folder and those that it lies in, from the inside out; None where people see none of them.

        So it is of what was deleted for good and can still be recovered. Raises Refused where that can't be
        told: ``PLACE_UNKNOWN`` of a folder that is there; else with status 404 there is no such folder.
        """
        ...

    async def message_delta(
        self, folder: RemoteId, cursor: str | None, *, page_size: int, window: Window | None = None
    ) -> DeltaPage:
        """One page of a folder's message changes, newest first; None starts from nothing.

        With ``window`` older messages may be left out, and may not: a caller passes over them. Raises
        CursorExpired also where the window has become too large for how the folder was read so far.
        """
        ...

    async def count_since(
        self, folders: Sequence[RemoteId], begins: datetime
    ) -> Mapping[RemoteId, Counted | None]:
        """What the provider counts in folders from ``begins`` on; None for one that is gone. Batched."""
        ...

    async def newest(self, folder: RemoteId, limit: int) -> Sequence[RemoteMessage]:
        """The newest messages of a folder, newest first, beside any delta round."""
        ...

    async def list_ids(
        self, folder: RemoteId, cursor: str | None, *, begins: datetime | None = None
    ) -> IdPage:
        """One page of what lies in a folder, with its flags, in as few requests as can be; None: the first.

        Only what was received from ``begins`` on.

        Beside any delta round, and around messages that cannot be read.
        """
        ...

    async def locate(self, messages: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        """Where each message lies now; None when the provider holds it no more. Batched.

        A message that cannot be read while others can is left out.
        """
        ...

    async def fetch(self, messages: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        """The whole messages, as a first delta page gives them; None when held no more. Batched.

        A message that cannot be read while others can is left out.
        """
        ...

    async def twins(
        self, names: Collection[str | datetime]
    ) -> Mapping[str | datetime, frozenset[RemoteId] | RetryLater]:
        """The messages of each Message-ID, or received in that second, wherever in the mailbox they lie.

        Or why that can't be told.
        """
        ...

    async def apply(self, ops: Sequence[RemoteOp]) -> Sequence[RemoteOutcome]:
        """Make the changes, per message in the given order; outcomes in any order, one an op."""
        ...

    async def apply_folder(self, op: RemoteFolderOp) -> RemoteId:
        """Make one change of a folder and return the folder's id; the second time finds it done.

        A folder of the wanted name that is there already is the one to create.
        Raises RemoteConflict ``is_gone`` when the folder or its new parent is not
        there, Refused also for a name that is taken.
        """
        ...

    async def attachments_many(
        self, messages: Sequence[RemoteId]
    ) -> Mapping[RemoteId, Sequence[RemoteAttachment] | None]:
        """The attachments of several messages, inline ones too, without bytes. Batched.

        None where the provider holds the message no more. One whose list cannot
        be read while others can is left out.
        """
        ...

    def attachment_content(self, message: RemoteId, attachment: RemoteId) -> AsyncIterator[bytes]:
        """An attachment's octets; an item's as MIME."""
        ...

    def mime(self, message: RemoteId) -> AsyncGenerator[bytes, None]:
        """The whole message as RFC 5322 octets (rebuilt by the provider). Who has enough closes it."""
        ...
