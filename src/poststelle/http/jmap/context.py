"""What the JMAP endpoints are given: stores and callables, no globals."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeVar

from starlette.requests import HTTPConnection, Request

from poststelle.access.entering import Look, Seen, nothing
from poststelle.auth.crypto import KeyRing
from poststelle.blobs import BlobStore
from poststelle.http.rate import Rate
from poststelle.lib.clock import Clock
from poststelle.lib.once import Once
from poststelle.mail.blobs import Holders
from poststelle.mail.mime_reader import MimeReader
from poststelle.mail.readings import Readings
from poststelle.model.ids import AccountId, UserId
from poststelle.model.push import Credential
from poststelle.providers.base import RemoteMail
from poststelle.push.hub import Hub
from poststelle.push.web_push import WebPush
from poststelle.store.tx import Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the user, and the login or token (by hash) that may end.

    ``store`` runs everything for this caller: its transactions know what a token is limited to.
    ``is_program``: by a token, not by the page.
    """

    user_id: UserId
    login_key: str
    store: Store
    is_program: bool = False

    @property
    def credential(self) -> Credential:
        return Credential(self.user_id, self.login_key, self.is_program)


@dataclass(frozen=True, slots=True)
class Pushes:
    """What push subscriptions need: ``wire`` knows where they may lead, ``rate`` how many a user makes
    in a row, ``stir`` says that there is a code to be sent."""

    ring: KeyRing
    wire: WebPush
    rate: Rate
    stir: Callable[[], None]


class Enter(Protocol):
    """Who calls, and what they are shown of the store, seen at the same moment. Raises LoginNeeded."""

    async def __call__(self, request: HTTPConnection, look: Look[T], /) -> tuple[Caller, Seen[T]]: ...


def announcing() -> Rate:
    """Some windows of a user, each every twenty seconds, and somebody who walks through a list."""
    return Rate(60, timedelta(seconds=0.5))


@dataclass(frozen=True, slots=True)
class JmapContext:
    """``enter`` raises LoginNeeded; ``open_remote`` may raise ProviderError.

    There is no store here: each caller brings the one that knows its limits. ``is_logged_in`` tells
    whether a caller's login or token still stands; asking does not let it live longer.

    ``wake_writeback`` says that local changes wait, ``listened`` that somebody
    began to listen for changes of these accounts; ``public_url`` is the base
    of absolute addresses, without a slash at the end. ``mime`` takes messages apart,
    ``fetching`` has what several want fetched once. ``announcing``: how
    often a user may say what is being read. ``readings`` notes who was given which messages.
    """

    blobs: BlobStore
    hub: Hub
    clock: Clock
    enter: Enter
    is_logged_in: Callable[[Caller], Awaitable[bool]]
    open_remote: Callable[[AccountId], Awaitable[RemoteMail]]
    wake_writeback: Callable[[AccountId], None]
    listened: Callable[[Collection[AccountId]], None]
    public_url: Callable[[Request], str]
    pushes: Pushes
    readings: Readings
    mime: MimeReader = field(default_factory=MimeReader)
    fetching: Once = field(default_factory=Once)
    announcing: Rate = field(default_factory=announcing)

    async def authenticate(self, request: HTTPConnection) -> Caller:
        """Who calls; raises LoginNeeded."""
        return (await self.enter(request, nothing))[0]


def holders_of(context: JmapContext, caller: Caller) -> Holders:
    """Where the octets are that a caller asks for."""
    return Holders(
        caller.store, context.blobs, context.open_remote, context.fetching, context.mime, context.readings
    )
