"""What a generated office is made of: frozen facts, no behaviour.

`m365sim.seed` yields these; `m365sim.world.seeding` turns them into a living world. Nothing here
knows Graph or ids of items: a seed says what people wrote, the world decides how Microsoft would show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from msgspec import Struct

Importance = Literal["low", "normal", "high"]
FlagStatus = Literal["notFlagged", "flagged", "complete"]
Inference = Literal["focused", "other"]
ConsentPolicy = Literal["user_may_consent", "mail_restricted", "admin_only", "approval_workflow"]


class SeedAddress(Struct, frozen=True, gc=False):
    """One mail address with the name shown beside it; the name may be empty.

    There are several to each derived message: a structure is made in a fifth of a dataclass's time.
    """

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class SeedTenant:
    """One organisation. ``id`` is a GUID; ``domain`` its verified domain.

    ``consent_policy`` says whether ordinary users may consent to mail permissions themselves,
    must send for an administrator, or may ask one through a request that he decides.
    The tenant of personal accounts has the id ``9188040d-6c67-4c5b-b112-36a304b66dad``.
    """

    id: str
    domain: str
    name: str
    consent_policy: ConsentPolicy = "admin_only"


@dataclass(frozen=True, slots=True)
class SeedUser:
    """One person (or shared mailbox's account) who exists at Microsoft.

    ``password`` is what the simulated sign-in page accepts; None means nobody can sign in directly,
    as with the account behind a shared mailbox. ``may_open`` names addresses of other mailboxes this
    person has full access to, and may send as.
    """

    id: str
    tenant_id: str
    upn: str
    display_name: str
    given_name: str = ""
    surname: str = ""
    password: str | None = None
    proxy_addresses: tuple[str, ...] = ()
    has_mailbox: bool = True
    is_personal: bool = False
    is_admin: bool = False
    may_open: tuple[str, ...] = ()
    language: str = "de-DE"


@dataclass(frozen=True, slots=True)
class SeedAttachment:
    """One file. ``content_id`` has no angle brackets; ``is_inline`` means the HTML shows it by ``cid:``."""

    name: str
    content_type: str
    content: bytes
    content_id: str | None = None
    is_inline: bool = False


@dataclass(frozen=True, slots=True)
class SeedItemAttachment:
    """A message forwarded as an attachment."""

    name: str
    message: SeedMessage


@dataclass(frozen=True, slots=True)
class SeedMessage:
    """One message as it lies in its folder. Instants are aware UTC.

    Exactly one of ``text`` and ``html`` is the body (both None: an empty text body).
    ``message_id`` carries its angle brackets and is unique in the mailbox. Messages sharing a
    ``conversation_key`` form one conversation. ``headers`` are further internet headers in order
    (``In-Reply-To``, ``References``, ``List-Unsubscribe`` ...), never the ones the fields already say.
    """

    message_id: str
    conversation_key: str
    sender: SeedAddress | None
    from_: SeedAddress | None
    subject: str
    sent_at: datetime
    received_at: datetime
    to: tuple[SeedAddress, ...] = ()
    cc: tuple[SeedAddress, ...] = ()
    bcc: tuple[SeedAddress, ...] = ()
    reply_to: tuple[SeedAddress, ...] = ()
    text: str | None = None
    html: str | None = None
    is_read: bool = True
    flag_status: FlagStatus = "notFlagged"
    due_at: datetime | None = None
    categories: tuple[str, ...] = ()
    importance: Importance = "normal"
    is_draft: bool = False
    inference: Inference = "focused"
    headers: tuple[tuple[str, str], ...] = ()
    attachments: tuple[SeedAttachment | SeedItemAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class SeedFolder:
    """One folder by its path of display names from the mailbox root, e.g. ``("Posteingang", "Angebote")``.

    ``well_known`` is Graph's name (``inbox``, ``sentitems``, ``drafts``, ``deleteditems``, ``junkemail``,
    ``archive``, ``outbox`` ...) or None for a person's own folder. The world adds the default folders a
    mailbox lacks; parents come before children.
    """

    path: tuple[str, ...]
    messages: Iterable[SeedMessage] = ()
    well_known: str | None = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class SeedCategory:
    """One master category; ``color`` is Graph's ``preset0`` … ``preset24`` or ``none``."""

    name: str
    color: str = "none"


@dataclass(frozen=True, slots=True)
class SeedMailbox:
    """The mailbox of the user with this address. ``language`` (``de-DE``, ``en-US``) names its folders."""

    address: str
    folders: list[SeedFolder]
    categories: tuple[SeedCategory, ...] = ()
    language: str = "de-DE"
    time_zone: str = "W. Europe Standard Time"


@dataclass(frozen=True, slots=True)
class SeedRun:
    """So many derived messages in the inbox of the user with this address."""

    address: str
    count: int


@dataclass(frozen=True, slots=True)
class SeedOffice:
    """Everything a simulated world starts with."""

    tenants: tuple[SeedTenant, ...]
    users: tuple[SeedUser, ...]
    mailboxes: tuple[SeedMailbox, ...] = field(default=())
    runs: tuple[SeedRun, ...] = ()
