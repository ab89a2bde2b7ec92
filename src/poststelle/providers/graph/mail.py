"""The port for one Microsoft account: everything else in this package, behind one object."""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import aiohttp
import msgspec

from poststelle.model.ids import RemoteId
from poststelle.providers.base import (
    Counted,
    DeltaPage,
    FolderPage,
    IdPage,
    MayWrite,
    RemoteAttachment,
    RemoteFolder,
    RemoteFolderOp,
    RemoteMessage,
    RemoteOp,
    RemoteOutcome,
    RemoteSubscriptions,
    Window,
)
from poststelle.providers.errors import ProviderError, Refused, RemoteConflict, RetryLater, SignInNeeded
from poststelle.providers.forwarding import Forwarding, Forwards
from poststelle.providers.graph.attachments import GraphAttachments
from poststelle.providers.graph.automatic_reply import GraphReplies
from poststelle.providers.graph.changes import GraphChanges
from poststelle.providers.graph.client import GraphClient, query, segment
from poststelle.providers.graph.drafts import LIMITS, GraphDrafts, filters_of
from poststelle.providers.graph.errors import NO_MAILBOX, graph_error, raise_for_graph
from poststelle.providers.graph.folder_changes import GraphFolderChanges
from poststelle.providers.graph.folders import GraphFolders
from poststelle.providers.graph.forwarding import GraphForwarding
from poststelle.providers.graph.messages import GraphMessages
from poststelle.providers.graph.subscriptions import GraphSubscriptions
from poststelle.providers.graph.throttle import AccountLimits
from poststelle.providers.graph.token_sources import TokenSource
from poststelle.providers.graph.trash import GraphTrash
from poststelle.providers.post import (
    FileFacts,
    FileLimits,
    RemoteDraft,
    RemoteFile,
    SecretLetter,
    UploadSession,
)
from poststelle.providers.replies import AutomaticReply

_T = TypeVar("_T")
OWN = "me"
_WRONG_MAILBOX = "wrong_mailbox"
_CLOSED_NOW = "mailbox_closed"
_CLOSED = frozenset({403, 404})
_UNAUTHORISED = 401


def anothers(address: str) -> str:
    """The path of a mailbox whose owner the token does not belong to."""
    return f"users/{segment(address)}"


class _Me(msgspec.Struct, rename="camel"):
    mail: str | None = None
    user_principal_name: str | None = None
    proxy_addresses: list[str] | None = None


class GraphMail:
    """One account at Microsoft (RemoteMail).

    ``http`` is shared and closed by its owner. Share one GraphMail, or at least
    its ``limits`` and ``tokens``, among all that talk to the account.
    ``mailbox`` is ``me``, or ``anothers(address)`` where the tokens are not its owner's.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        tokens: TokenSource,
        limits: AccountLimits,
        *,
        mailbox: str = OWN,
        ssl_context: ssl.SSLContext | None = None,
        has_permanent_delete: bool = True,
        can_subscribe: bool | None = None,
    ) -> None:
        """``can_subscribe`` None: as for people, whose sign-in is told of their own mailbox alone."""
        self._client = GraphClient(
            http, base_url, tokens, limits, ssl_context=ssl_context, is_own=mailbox == OWN
        )
        self._mailbox = mailbox
        self._folders = GraphFolders(self._client, mailbox)
        self._messages = GraphMessages(self._client, mailbox)
        self._attachments = GraphAttachments(self._client, mailbox)
        self._trash = None if has_permanent_delete else GraphTrash(self._client, mailbox, self._folders)
        self._tokens, self._clock = tokens, limits.clock
        self._can_subscribe = mailbox == "me" if can_subscribe is None else can_subscribe
        self._write_by(self._client)

    def _write_by(self, client: GraphClient) -> None:
        """All that changes something goes through this one."""
        self._drafts = GraphDrafts(client, self._mailbox)
        self._replies = GraphReplies(client, self._mailbox)
        self._forwarding = GraphForwarding(client, self._mailbox)
        self._changes = GraphChanges(client, self._mailbox, self._trash)
        self._folder_changes = GraphFolderChanges(client, self._mailbox, self._trash)
        self._subscriptions = GraphSubscriptions(client, self._tokens, self._mailbox, self._clock)

    def under(self, may_write: MayWrite) -> "GraphMail":
        other = copy(self)
        other._write_by(self._client.under(may_write))
        return other

    @property
    def subscriptions(self) -> RemoteSubscriptions | None:
        """None for a shared mailbox opened by a delegate: ``.Shared`` permissions do not cover it.

        Source: Graph v1.0, "Create subscription" (permissions).
        """
        return self._subscriptions if self._can_subscribe else None

    async def verify(self, address: str) -> str:
        if self._mailbox != OWN:
            await self._prove_open()
            return address
        me = await self._me()
        own = [me.mail, me.user_principal_name, *_mail_addresses(me.proxy_addresses or ())]
        matching = [a for a in own if a and a.casefold() == address.strip().casefold()]
        if not matching:
            raise Refused(_WRONG_MAILBOX, status=403)
        await self._prove_mailbox()
        return matching[0]

    async def well_known_folders(self) -> Sequence[RemoteFolder]:
        async with self._open_to_us():
            return await self._folders.well_known()

    async def folder_delta(self, cursor: str | None) -> FolderPage:
        async with self._open_to_us():
            return await self._folders.delta(cursor)

    async def folder_path(self, folder: RemoteId) -> Sequence[RemoteId] | None:
        return await self._folders.path_of(folder)

    async def message_delta(
        self, folder: RemoteId, cursor: str | None, *, page_size: int, window: Window | None = None
    ) -> DeltaPage:
        return await self._messages.delta(folder, cursor, page_size=page_size, window=window)

    async def count_since(
        self, folders: Sequence[RemoteId], begins: datetime
    ) -> Mapping[RemoteId, Counted | None]:
        return await self._messages.count_since(folders, begins)

    async def newest(self, folder: RemoteId, limit: int) -> Sequence[RemoteMessage]:
        return await self._messages.newest(folder, limit)

    async def list_ids(
        self, folder: RemoteId, cursor: str | None, *, begins: datetime | None = None
    ) -> IdPage:
        return await self._messages.list_ids(folder, cursor, begins)

    async def locate(self, messages: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        return await self._found(self._messages.locate(messages))

    async def fetch(self, messages: Sequence[RemoteId]) -> Mapping[RemoteId, RemoteMessage | None]:
        return await self._found(self._messages.fetch(messages))

    async def twins(
        self, names: Collection[str | datetime]
    ) -> Mapping[str | datetime, frozenset[RemoteId] | RetryLater]:
        return await self._changes.twins(names)

    async def apply(self, ops: Sequence[RemoteOp]) -> Sequence[RemoteOutcome]:
        outcomes = [_waiting(outcome) for outcome in await self._changes.apply(ops)]
        if outcomes and all(_is_without_mailbox(one.error) for one in outcomes):
            raise RetryLater(NO_MAILBOX)  # not one after the other, for all that waits
        denied = [outcome for outcome in outcomes if _is_denied(outcome)]
        if not denied:
            return outcomes
        try:
            error = denied[0].error
            await self._require_open(error.code if isinstance(error, ProviderError) else "not_found")
        except SignInNeeded:
            if len(denied) == len(outcomes):
                raise
            return [_closed(one) if _is_denied(one) else one for one in outcomes]
        return outcomes

    async def apply_folder(self, op: RemoteFolderOp) -> RemoteId:
        async with self._written_to():
            return await self._folder_changes.apply(op)

    async def attachments_many(
        self, messages: Sequence[RemoteId]
    ) -> Mapping[RemoteId, Sequence[RemoteAttachment] | None]:
        return await self._found(self._attachments.many(messages))

    def attachment_content(self, message: RemoteId, attachment: RemoteId) -> AsyncIterator[bytes]:
        return self._attachments.content(message, attachment)

    def mime(self, message: RemoteId) -> AsyncGenerator[bytes, None]:
        return self._client.stream(f"{self._messages.path(message)}/$value")

    @property
    def file_limits(self) -> FileLimits:
        return LIMITS

    async def addresses(self) -> Sequence[str]:
        me = await self._me()
        own = [me.mail, me.user_principal_name, *_mail_addresses(me.proxy_addresses or ())]
        return [address for address in own if address and "@" in address]

    async def written(self, keys: Sequence[str], internet_message_id: str) -> Sequence[RemoteMessage]:
        async with self._written_to():
            return await self._messages.matching(filters_of(keys, internet_message_id))

    async def create_draft(self, draft: RemoteDraft) -> RemoteMessage:
        async with self._written_to():
            return await self._drafts.create(draft)

    async def seal_draft(
        self, message: RemoteId, key: str, internet_message_id: str | None
    ) -> RemoteMessage | None:
        async with self._written_to():
            return await self._drafts.seal(message, key, internet_message_id)

    async def attach(self, message: RemoteId, file: RemoteFile) -> None:
        async with self._written_to():
            await self._drafts.attach(message, file)

    async def open_upload(self, message: RemoteId, facts: FileFacts) -> UploadSession:
        async with self._written_to():
            return await self._drafts.open_upload(message, facts)

    async def upload_piece(self, url: str, start: int, total: int, octets: bytes) -> int | None:
        return await self._drafts.upload_piece(url, start, total, octets)

    async def send_draft(self, message: RemoteId) -> None:
        async with self._open_to_us():
            await self._drafts.send(message)

    async def send_secret(self, letter: SecretLetter) -> None:
        async with self._open_to_us():
            await self._drafts.send_secret(letter)

    async def send_mime(self, octets: bytes) -> None:
        async with self._open_to_us():
            await self._drafts.send_mime(octets)

    async def automatic_reply(self) -> AutomaticReply:
        return await self._replies.get()

    async def set_automatic_reply(self, reply: AutomaticReply) -> None:
        await self._replies.set(reply)

    async def forwards(self) -> Forwards:
        return await self._forwarding.get()

    async def set_forwarding(self, wanted: Forwarding) -> None:
        await self._forwarding.set(wanted)

    async def _me(self) -> _Me:
        fields = ("mail,userPrincipalName,proxyAddresses", "mail,userPrincipalName")
        for select in fields:  # personal accounts have no proxyAddresses and may refuse to be asked
            answer = await self._client.send("GET", f"/{self._mailbox}?{query({'$select': select})}")
            if answer.status != 400 or select == fields[-1]:
                break
        raise_for_graph(answer)
        try:
            return msgspec.json.decode(answer.body, type=_Me)
        except msgspec.DecodeError as error:
            raise RetryLater("unreadable_answer") from error

    async def _prove_open(self) -> None:
        """Whether the mailbox of ``anothers`` opens is found out by opening it, and in no other way."""
        answer = await self._client.send("GET", f"/{self._mailbox}/mailFolders/inbox?$select=id")
        error = graph_error(answer)
        if isinstance(error, Refused) and error.code == NO_MAILBOX:
            raise error
        if answer.status in _CLOSED:
            raise Refused(_WRONG_MAILBOX, status=answer.status) from error
        raise_for_graph(answer)

    @asynccontextmanager
    async def _open_to_us(self) -> AsyncIterator[None]:
        """What is denied may be so because the whole mailbox is closed to us now."""
        try:
            yield
        except (Refused, RemoteConflict) as error:
            if _may_be_closed(error):
                await self._require_open(error.code)
            raise

    @asynccontextmanager
    async def _written_to(self) -> AsyncIterator[None]:
        """The same for what changes something. Without a mailbox it waits until there is one again."""
        try:
            async with self._open_to_us():
                yield
        except Refused as error:
            if error.code != NO_MAILBOX:
                raise
            raise RetryLater(NO_MAILBOX) from error

    async def _found(self, asked: Awaitable[Mapping[RemoteId, _T | None]]) -> Mapping[RemoteId, _T | None]:
        """What was asked for by its ids. In a mailbox that is closed to us nothing is there, nor gone."""
        async with self._open_to_us():
            found = await asked
        if any(one is None for one in found.values()):
            await self._require_open("not_found")
        return found

    async def _require_open(self, code: str) -> None:
        """Raises SignInNeeded (``code``: what was answered) where another's mailbox is closed to us now.

        This sign-in has lost its use, whatever its tokens say.
        Source: Graph v1.0, "Get Outlook messages in a shared or delegated folder".
        """
        if self._mailbox == OWN:
            return
        try:
            await self._prove_open()
        except Refused as closed:
            if _is_about_app(closed):
                raise
            raise SignInNeeded(code if closed.code == _WRONG_MAILBOX else closed.code) from closed

    async def _prove_mailbox(self) -> None:
        """A licence or a hosted mailbox may be missing although the sign-in is fine."""
        try:
            await self._client.get(f"/{self._mailbox}/mailFolders/inbox")
        except RemoteConflict as error:
            raise Refused("no_mailbox", status=404) from error


def _may_be_closed(error: Exception | None) -> bool:
    """Whether it may be the mailbox that is denied, and not what was asked for in it."""
    if isinstance(error, RemoteConflict):
        return error.is_gone
    return isinstance(error, Refused) and error.code != NO_MAILBOX and not _is_about_app(error)


def _is_without_mailbox(error: Exception | None) -> bool:
    return isinstance(error, RetryLater) and error.code == NO_MAILBOX


def _is_denied(outcome: RemoteOutcome) -> bool:
    return outcome.was_missing or _may_be_closed(outcome.error)


def _closed(outcome: RemoteOutcome) -> RemoteOutcome:
    """Of a batch in which others were done before the mailbox was closed: it is sent again, and finds out."""
    return replace(outcome, error=RetryLater(_CLOSED_NOW, after_s=0), was_missing=False)


def _waiting(outcome: RemoteOutcome) -> RemoteOutcome:
    """As it is kept where there is no mailbox now: it is sent again when there is one."""
    if isinstance(outcome.error, Refused) and outcome.error.code == NO_MAILBOX:
        return replace(outcome, error=RetryLater(NO_MAILBOX))
    return outcome


def _is_about_app(error: ProviderError) -> bool:
    """Whether our registration is refused, which is no sign-in's fault (``sign_in_errors.refresh_error``)."""
    return isinstance(error, Refused) and error.status == _UNAUTHORISED


def _mail_addresses(proxy_addresses: Sequence[str]) -> list[str]:
    """Those that mail reaches: ``SMTP:`` and ``smtp:``, not the addresses of chats and phones."""
    parted = [address.partition(":") for address in proxy_addresses]
    return [rest for scheme, _, rest in parted if scheme.lower() == "smtp"]
