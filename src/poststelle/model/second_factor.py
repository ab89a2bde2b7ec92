"""What a user proves besides the password: codes of an app, passkeys, and recovery codes for bad days."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poststelle.model.ids import PasskeyId, UserId


class Way(StrEnum):
    """How somebody proves it."""

    APP = "app"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class CodeApp:
    """A user's app for one-time codes. ``sealed`` is its secret, ``used_step`` that of the newest code that
    was accepted."""

    user_id: UserId
    sealed: bytes
    used_step: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Passkey:
    """A WebAuthn credential: ``credential_id`` in base64url, ``public_key`` as COSE.

    ``sign_count`` is what the device last told, 0 where it doesn't count.
    """

    id: PasskeyId
    user_id: UserId
    credential_id: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What a user has. Recovery codes are none by themselves: they stand in for the others."""

    app: CodeApp | None
    passkeys: tuple[Passkey, ...]
    recovery_left: int

    @property
    def has_any(self) -> bool:
        return self.app is not None or bool(self.passkeys)

    @property
    def ways(self) -> tuple[Way, ...]:
        """How this user can prove it; none without a second factor."""
        if not self.has_any:
            return ()
        there = {
            Way.APP: self.app is not None,
            Way.PASSKEY: bool(self.passkeys),
            Way.RECOVERY: self.recovery_left > 0,
        }
        return tuple(way for way, is_there in there.items() if is_there)


class Purpose(StrEnum):
    """The one thing that the token of a ceremony is good for.

    ``login``: complete a login whose password was right. ``enrol``: the same, after setting up a first
    second factor. ``single_sign_on``: the browser comes back from the provider. ``app`` and
    ``new_passkey``: finish setting one up. ``passkey``: answer a challenge. ``signed_on_anew``: this login's
    person has just proven at the provider who they are.
    """

    LOGIN = "login"
    ENROL = "enrol"
    SINGLE_SIGN_ON = "single_sign_on"
    APP = "app"
    NEW_PASSKEY = "new_passkey"
    PASSKEY = "passkey"
    SIGNED_ON_ANEW = "signed_on_anew"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What was begun and a second request completes. ``user_id`` None: nobody has said who they are."""

    token_hash: str
    user_id: UserId | None
    purpose: Purpose
    sealed: bytes
    expires_at: datetime
