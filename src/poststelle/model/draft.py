"""A draft: a message that is written here and brought to the provider.

A finished message that is brought to the provider is made as a draft is.

    new ──> asked ──made, its attachments are there──> done
     ^        │
     └ refused┘

Whoever finds ``asked`` while the message's remote id is still a stand-in does
not know whether the provider has made it, and looks for its key there before
asking again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poststelle.model.ids import AccountId, MessageId, SubmissionId
from poststelle.model.message import Address, Body, Importance

_OTHERS = "others-"
MOST_OWN_FIELDS = 5
"""Header fields of a program's own that Microsoft keeps with a message (read 2026-09)."""
LONGEST_OWN_FIELD = 900
MOST_TEXTS = 3_900_000
"""Octets of JSON that text and people of a message may take: a request to Microsoft holds about 4 MB, the
header besides. Files can go after the message. Source: facts of Graph v1.0 (read 2026-09)."""
LARGEST_AT_MICROSOFT = 150 * 1024 * 1024
"""Octets of one message: the most a mailbox there can be set to; 35 MB unless somebody has (read 2026-09)."""


USUAL_AT_MICROSOFT = 35 * 1024 * 1024
"""Octets of one message that a mailbox there sends unless somebody has set it otherwise, files in base64.
Source: "Exchange Online limits", "Message limits" (read 2026-09)."""
USUAL_FILES_AT_MICROSOFT = 25_000_000
"""Octets of files that find room in it: in base64 with its line ends they are 78 octets for each 57, about
34,200,000, and text and header have the rest. Source: RFC 2045 §6.8."""


class DraftStep(StrEnum):
    NEW = "new"
    ASKED = "asked"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Octets:
    """Stored octets: their SHA-256, and how many they are."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """An attachment of a draft. ``content_id`` is without angle brackets."""

    octets: Octets
    name: str
    content_type: str
    content_id: str | None
    is_inline: bool


@dataclass(frozen=True, slots=True)
class WrittenMessage:
    """What somebody wrote. Message-IDs are without angle brackets.

    ``message_id`` None: one is made. ``answers`` is the message it answers or
    forwards, where that is known. ``fields``: header fields of the writer's own,
    stored as they stand in a header. ``received_at`` None: now.
    """

    from_: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    body: Body
    parts: tuple[WrittenPart, ...]
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sent_at: datetime | None
    importance: Importance
    is_seen: bool
    is_flagged: bool
    answers: MessageId | None
    fields: Octets | None = None
    received_at: datetime | None = None
    categories: tuple[str, ...] = ()
    asks_receipt: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a draft of ours besides its message.

    ``key`` finds it at the provider, and is all that finds a finished message:
    others there may have its Message-ID. ``told`` are digests of its content as the
    provider tells it, which may differ a little from what was written; None until it
    has answered. Of what somebody has changed there while it was made, there is none.
    ``problem`` is the provider's code for refusing it. ``has_namesake``: other mail has, or had, its
    Message-ID, as a copy that somebody made of it has; it may be deleted by now. ``is_answer``: it was
    written in answer to a message that was here, and lies in its thread. That one may have no Message-ID that
    it could name, and what it names may be of mail that is not here.
    """

    account_id: AccountId
    message_id: MessageId
    key: str
    internet_message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    step: DraftStep
    told: dict[str, str] | None
    problem: str | None
    has_namesake: bool = False
    is_answer: bool = False

    @property
    def is_done(self) -> bool:
        """Whether it is whole at the provider: what is reported of it from then on counts."""
        return self.step is DraftStep.DONE and self.told is not None

    @property
    def is_our_answer(self) -> bool:
        """Whether it was written here in answer to what is here: it lies there, however others group it."""
        return self.is_answer and not self.is_of_others

    @property
    def is_of_others(self) -> bool:
        """Whether another program has written it: copies of it, made before or later, have its Message-ID."""
        return self.key.startswith(_OTHERS)

    @property
    def is_finished(self) -> bool:
        """Whether it is a finished message."""
        return self.internet_message_id == name_by_key(self.key)


def key_of_others(key: str) -> str:
    """The key of a draft that another program has written. The provider hears of it when it is sealed."""
    return _OTHERS + key


def seal_of(key: str, submission: SubmissionId, number: int) -> str:
    """The key that a draft is given just before it is sent, and that no copy has which was made earlier.

    ``number``: the how-manieth it is, from 1 on; each attempt has its own.
    """
    return f"{key}.{submission}.{number}"


def is_key_of(told: str | None, key: str) -> bool:
    """Whether what the provider tells is this draft's key, sealed or not."""
    return bool(key) and told is not None and told.partition(".")[0] == key


def is_only_name(internet_message_id: str, key: str) -> bool:
    """Whether nothing but the draft of this key and its copies has the Message-ID.

    We made it, or the provider did for a draft of another program. One that a writer has named other mail
    may have, too.
    """
    return key.startswith(_OTHERS) or internet_message_id.startswith(f"<{key}@")


def name_by_key(key: str) -> str:
    """What stands for the Message-ID of a finished message that is brought."""
    return f"<{key}>"


@dataclass(frozen=True, slots=True)
class PartProgress:
    """How far one attachment is. ``upload_url`` takes its octets from ``sent`` on, until ``expires_at``."""

    position: int
    is_done: bool
    upload_url: str | None
    expires_at: datetime | None
    sent: int
