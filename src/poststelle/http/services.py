"""What the endpoints are given, built once by ``main``: no globals, no registry."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from poststelle.access.login import Door
from poststelle.auth.crypto import KeyRing
from poststelle.auth.openid import OpenId
from poststelle.blobs import BlobStore
from poststelle.config import Config
from poststelle.http.page_files import PageFiles
from poststelle.lib.clock import Clock
from poststelle.mail.outside_pictures import OutsidePictures
from poststelle.model.health import Machine
from poststelle.model.ids import AccountId, FolderId
from poststelle.providers.base import RemoteMail
from poststelle.providers.graph.tokens import MicrosoftApp
from poststelle.push.hub import Hub
from poststelle.settings.application import ApplicationDesk
from poststelle.settings.microsoft import Preset
from poststelle.settings.sign_in import SignInDesk
from poststelle.settings.telling import Herald
from poststelle.store.tx import Store
from poststelle.sync.heard import Heard


@dataclass(frozen=True, slots=True)
class Services:
    """``wake_…`` are hints after a commit; ``look_at`` says what is on a screen,
    ``listened`` whose changes somebody began to listen for.

    ``open_remote`` may raise ProviderError. ``forget_remote`` drops what is
    remembered of an account's tokens: after a sign-in, a disconnect, a delete.
    ``hear`` takes in what a provider tells; ``end_notifications`` asks it to
    tell no more of an account, while there still is a sign-in.
    ``machine`` looks at the running program, ``herald`` tells administrators outside the page.
    ``pictures`` fetches what mail shows from the internet.
    ``setup_code`` None: whoever reaches us may make the first administrator.
    ``page_files``: the page's files of other builds; None: no other process answers beside this one.
    """

    config: Config
    store: Store
    blobs: BlobStore
    hub: Hub
    clock: Clock
    ring: KeyRing
    door: Door
    openid: OpenId
    desk: SignInDesk
    application: ApplicationDesk
    preset: Preset
    microsoft: Callable[[], Awaitable[MicrosoftApp]]
    open_remote: Callable[[AccountId], Awaitable[RemoteMail]]
    forget_remote: Callable[[AccountId], None]
    wake_sync: Callable[[AccountId], None]
    wake_writeback: Callable[[AccountId], None]
    wake_checks: Callable[[], None]
    look_at: Callable[[AccountId, FolderId], None]
    listened: Callable[[Collection[AccountId]], None]
    hear: Callable[[Sequence[Heard]], Awaitable[int]]
    end_notifications: Callable[[AccountId], Awaitable[None]]
    machine: Callable[[], Machine]
    herald: Herald
    pictures: OutsidePictures
    setup_code: str | None
    page_files: PageFiles | None
