"""What happens to an account's tokens when something happens to its password or its sessions.

| event                          | program without a secret,   | the same, signed in  | program with |
|                                | signed in by a password     | without a password   | a secret     |
|--------------------------------|-----------------------------|----------------------|--------------|
| password_expires               | lives                       | lives                | lives        |
| user_changes_password          | revoked                     | lives                | lives        |
| admin_resets_password_portal   | revoked                     | lives                | lives        |
| admin_resets_password_centre   | revoked                     | revoked              | revoked      |
| revoke_sessions                | revoked                     | revoked              | revoked      |
| single_sign_out                | lives                       | lives                | lives        |

Source: "Refresh tokens in the Microsoft identity platform", token revocation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, get_args

from m365sim.directory import User
from m365sim.identity.grants import RefreshGrant
from m365sim.identity.platform import IdentityPlatform

Event = Literal[
    "password_expires",
    "user_changes_password",
    "admin_resets_password_portal",
    "admin_resets_password_centre",
    "revoke_sessions",
    "single_sign_out",
]
EVENTS: tuple[Event, ...] = get_args(Event)
CHANGES_PASSWORD = frozenset(
    {"user_changes_password", "admin_resets_password_portal", "admin_resets_password_centre"}
)


def happen(platform: IdentityPlatform, user: User, event: Event, password: str | None = None) -> None:
    """Let an event happen to an account. ``password`` is the new one, for events that change it."""
    directory = platform.directory
    if event == "password_expires":
        directory.put_user(replace(user, expired_in="cloud"))
    elif event == "single_sign_out":
        platform.end_sessions(user.id)
    elif event == "revoke_sessions":
        platform.revoke(user.id)
        platform.end_sessions(user.id)
    else:
        if password is not None:
            directory.put_user(replace(user, password=password, expired_in=""))
        _password_changed(platform, user, is_everything=event == "admin_resets_password_centre")
    platform.save()


def _password_changed(platform: IdentityPlatform, user: User, *, is_everything: bool) -> None:
    platform.end_sessions(user.id)
    if is_everything:
        platform.revoke(user.id)
        return
    platform.switches.password_valid_from[user.id] = platform.now()
    platform.challenge_access_tokens(user.id)


def revoked_at(platform: IdentityPlatform, account_id: str, grant: RefreshGrant) -> str | None:
    """Since when tokens of this account must be newer than this one is; None when it is still good."""
    switches = platform.switches
    limits = [switches.valid_from.get(account_id)]
    if grant.kind != "web" and (grant.proof is None or grant.proof.is_password):
        limits.append(switches.password_valid_from.get(account_id))
    hit = [at for at in limits if at is not None and grant.issued_at <= at]
    return max(hit).isoformat() if hit else None
