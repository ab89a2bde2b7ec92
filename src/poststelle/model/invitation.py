"""An invitation: a link by which somebody who was added chooses their first password."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.model.ids import UserId


@dataclass(frozen=True, slots=True)
class Invitation:
    """A user's only one. The secret is known to who has the link alone."""

    user_id: UserId
    token_hash: str
    created_at: datetime
    created_by: UserId | None
    expires_at: datetime
