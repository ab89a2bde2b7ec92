"""A subscription: the provider tells us that something changed in an account, at our public address.

none ──created──> alive ──renewed──> alive …
  ^                 │
  └── ran out, removed by the provider, found missing, given back ──┘

Only while it is alive may the account be polled less often.
"""

from dataclasses import dataclass
from datetime import datetime

from poststelle.model.ids import AccountId


@dataclass(frozen=True, slots=True)
class Subscription:
    """One account's subscription, or the lack of one.

    ``remote_id`` None: there is none now. ``secret_hash`` is the SHA-256 (hex)
    of the secret that each notification must name. ``url`` is the address it
    was asked to tell. ``problem`` is the provider's short code for the last
    attempt, None when that succeeded. ``is_asked``: one was asked for, and it
    is not known whether the provider has made it.
    """

    account_id: AccountId
    remote_id: str | None
    secret_hash: str
    url: str
    expires_at: datetime | None
    renewed_at: datetime | None
    failures: int
    problem: str | None
    is_asked: bool = False

    def is_alive(self, now: datetime) -> bool:
        """Whether the provider has promised to tell of changes."""
        return self.remote_id is not None and self.expires_at is not None and now < self.expires_at
