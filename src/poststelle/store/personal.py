"""What is kept of one user, part by part, as they may have it themselves (GDPR, articles 15 and 20)."""

from typing import Any

import msgspec

from poststelle.lib.clock import from_ms
from poststelle.model.ids import UserId
from poststelle.model.rights import Level
from poststelle.store.tx import ReadTx, Row

PARTS = (
    "logins",
    "code_apps",
    "passkeys",
    "invitations",
    "identities",
    "api_tokens",
    "grants",
    "assignments",
    "team_members",
    "push_subscriptions",
    "sign_ins",
    "favourites",
    "folder_wishes",
    "picture_senders",
    "notices",
    "submissions",
    "share_notifications",
    "identity_texts",
    "boilerplate",
    "recipient_groups",
    "presences",
)
"""Tables that are about a user. What they did besides is in the audit trail."""
_LEVELS = frozenset({"level", "own_level", "old_level", "new_level"})
_INSTANTS = frozenset({"at", "since", "paused_until"})
_JSON = frozenset({"quiet_hours", "mail_page", "types", "recipients", "members", "reply_to", "bcc"})
_FLAGS = ("is_", "may_", "shows_")


def profile(tx: ReadTx, user: UserId) -> dict[str, Any] | None:
    """None where there is no such user."""
    row = tx.one("personal_profile", user=user)
    return None if row is None else _told(row)


def part(tx: ReadTx, name: str, user: UserId) -> list[dict[str, Any]]:
    return [_told(row) for row in tx.all(f"personal_{name}", user=user)]


def _told(row: Row) -> dict[str, Any]:
    return {name: None if value is None else _value(name, value) for name, value in row.items()}


def _value(name: str, value: Any) -> Any:
    """As people and programs read it: instants in ISO 8601, levels by name."""
    if name in _LEVELS:
        return Level(value).name.lower()
    if name in _INSTANTS or name.endswith("_at"):
        return from_ms(value).isoformat()
    if name in _JSON and isinstance(value, str) and value:
        return msgspec.json.decode(value)
    if name.startswith(_FLAGS):
        return bool(value)
    return value
