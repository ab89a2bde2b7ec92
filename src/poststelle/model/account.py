"""An account: one whole mail store, which people call a mailbox.

add_account ──> waiting_for_sign_in ──sign-in──> connected ──sign-in lost──> sign_in_needed
                        ^                            ^                              │
                        └────────disconnect──────────┴───────────sign-in────────────┘
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poststelle.model.ids import AccountId, UserId


class AccountType(StrEnum):
    """``local``: an internal mailbox, without a remote side. What is done in it is final."""

    GRAPH = "graph"
    IMAP = "imap"
    LOCAL = "local"


class AccountState(StrEnum):
    WAITING_FOR_SIGN_IN = "waiting_for_sign_in"
    CONNECTED = "connected"
    SIGN_IN_NEEDED = "sign_in_needed"


@dataclass(frozen=True, slots=True)
class Account:
    """One row of the account list.

    ``state_reason`` is the provider's short code for a lost sign-in (for
    Microsoft ``AADSTS…`` or an OAuth error name), None while all is well.
    ``is_shared``: nobody signs in as it; people open it who may. Mail received
    before ``history_from`` is not held, because ``history_months`` were chosen
    (None: everything is). ``is_vip``: what its messages leave behind outside it is
    for those who were assigned when they arrived or were sent.
    """

    id: AccountId
    type: AccountType
    address: str
    name: str
    state: AccountState
    state_reason: str | None
    is_active: bool
    created_at: datetime
    created_by: UserId | None
    is_shared: bool = False
    history_months: int | None = None
    history_from: datetime | None = None
    is_vip: bool = False

    @property
    def is_internal(self) -> bool:
        return self.type is AccountType.LOCAL


class SyncPhase(StrEnum):
    """Where the first synchronisation stands; ``steady`` once every folder was read to its end."""

    IDLE = "idle"
    FIRST = "first"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class SyncState:
    """What people are told about an account's synchronisation.

    ``expected`` is the sum of the provider's folder counters, without what they
    count beyond messages and our history, ``held`` of ours. ``problem_detail``
    is the provider's own short code for a problem. ``problem`` is a code: None,
    ``throttled``, ``unreachable``, ``failed``; ``retry_at`` says when we try
    again. ``pending`` counts local changes not yet at the provider. ``poll_s``: how long we wait between two
    looks when nothing else wakes us, None before the first. The provider tells
    of changes by itself until ``notified_until``; ``notify_problem`` is its
    short code for why it does not. ``to_index``: about how many messages a search can't find yet; 0: none.
    """

    account_id: AccountId
    phase: SyncPhase
    expected: int
    held: int
    pending: int
    last_synced_at: datetime | None
    problem: str | None
    problem_detail: str | None
    retry_at: datetime | None
    poll_s: float | None = None
    notified_until: datetime | None = None
    notify_problem: str | None = None
    to_index: int = 0
