"""A submission: one attempt to send one message.

    pending ──due──> sending ──the copy in Sent is found──> final
       │  ^             │
       │  └─ too many ──┤ (limits: it waits, and says so)
       │  └─ not taken ─┤ (the provider is away, or busy, or takes no sign-in: so does this)
       │                ├── refused ──────────> failed: the draft stays
       └──cancel──> canceled
                        └── never found again > failed: the draft is made anew

Within ``sending``: ``ready`` nothing was asked yet · ``asked`` the provider may
or may not have sent it, so look before asking again · ``accepted`` it said yes
and the copy is awaited · ``missing`` nothing was asked, and the draft is gone:
somebody has sent it with another program, or has deleted it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from poststelle.model.draft import seal_of
from poststelle.model.ids import AccountId, IdentityId, MessageId, RemoteId, SubmissionId, ThreadId, UserId
from poststelle.model.message import Address

_NEWEST_SEALS, _FIRST_SEALS = 10, 5  # that are looked for: each is one more request of a batch


class SubmissionState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    FINAL = "final"
    CANCELED = "canceled"
    FAILED = "failed"


class SendStep(StrEnum):
    READY = "ready"
    ASKED = "asked"
    ACCEPTED = "accepted"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends to whom, as the client gave it or as the message says. Source: RFC 8621 §7."""

    mail_from: str
    parameters: dict[str, Any] | None
    rcpt_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known of one recipient. ``delivered`` is queued, yes, no or unknown. Source: RFC 8621 §7."""

    smtp_reply: str
    delivered: str


@dataclass(frozen=True, slots=True)
class Submission:
    """One row. ``waits_for``: ``minute`` or ``day`` where a limit of the provider makes it later; ``service``
    where that was away or busy when it was tried, ``sign_in`` where a person must sign in: neither was sent;
    ``answer`` where the provider did not tell what became of it when it was asked last.

    ``code`` tells why it failed: ``refused``, ``gone``, ``not_allowed``,
    ``failed``, ``unknown`` or ``restored``; ``detail`` is the provider's own code, also for not telling.
    ``marks`` are messages and the field of Mutable that is set in them when it is sent.
    ``is_kept`` False: the message is destroyed as soon as it is sent. ``seals``: how many keys of its own the
    draft was given, or was about to be; ``sealed`` is the number of that under which it was asked for last,
    which its copy in Sent has; 0: it was not asked for so far, below: it was without a seal, when so many had
    been given.
    """

    account_id: AccountId
    id: SubmissionId
    message_id: MessageId
    thread_id: ThreadId
    internet_message_id: str
    identity_id: IdentityId
    envelope: Envelope
    state: SubmissionState
    step: SendStep
    send_at: datetime
    due_at: datetime
    created_at: datetime
    created_by: UserId | None
    waits_for: str | None = None
    code: str | None = None
    detail: str | None = None
    marks: tuple[tuple[MessageId, str], ...] = ()
    delivery: dict[str, Delivery] = field(default_factory=dict)
    asked_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0
    is_kept: bool = True
    seals: int = 0
    sealed: int = 0

    @property
    def is_sealed(self) -> bool:
        """Whether it was sealed when it was asked for last."""
        return self.sealed > 0 and not self.is_unasked

    @property
    def asked_seals(self) -> int:
        """How many keys it had been given when it was asked for last."""
        return abs(self.sealed)

    @property
    def is_unasked(self) -> bool:
        """Whether nothing was asked that the provider heard: if it is sent, somebody else has sent it."""
        return self.step in {SendStep.READY, SendStep.MISSING}


@dataclass(frozen=True, slots=True)
class Claimed:
    """A submission to work on, with the provider's id of its message. ``fence`` rises with each claim."""

    submission: Submission
    remote_id: RemoteId
    key: str
    fence: int

    def seal(self, number: int) -> str:
        """A key that the draft may have at the provider; empty where its own is not known."""
        return seal_of(self.key, self.submission.id, number) if self.key and number > 0 else ""

    def seals(self) -> list[str]:
        """Those that may be there, the newest first: of none it is sure that the provider heard of it.

        Of very many the newest and the first.
        """
        numbers = [*range(self.submission.seals, 0, -1)]
        if len(numbers) > _NEWEST_SEALS + _FIRST_SEALS:
            numbers = [*numbers[:_NEWEST_SEALS], *numbers[-_FIRST_SEALS:]]
        return [seal for number in numbers if (seal := self.seal(number))]

    def last_seals(self) -> set[str]:
        """The one that it was asked for under, and the last one that it was to be given.

        Where it went without one, any of them may have been set without an answer.
        """
        submission = self.submission
        asked = [self.seal(submission.sealed)] if submission.sealed >= 0 else self.seals()
        return {*asked, self.seal(submission.seals)} - {""}

    def unasked_seals(self) -> list[str]:
        """Those that it was given, perhaps, since it was asked for last, the newest first."""
        newer = range(self.submission.seals, self.submission.asked_seals, -1)
        wanted = {self.seal(number) for number in newer}
        return [seal for seal in self.seals() if seal in wanted]


@dataclass(frozen=True, slots=True)
class Identity:
    """An address of an account; ``name`` is shown to recipients. Source: RFC 8621 §6.

    ``is_named_here``: the mailbox has a name of its own, which goes before its users'.
    ``reply_to`` and ``bcc`` None: none.
    """

    id: IdentityId
    name: str
    email: str
    is_named_here: bool = False
    reply_to: tuple[Address, ...] | None = None
    bcc: tuple[Address, ...] | None = None
    text_signature: str = ""
    html_signature: str = ""
