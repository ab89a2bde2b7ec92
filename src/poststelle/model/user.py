"""People: a user logs in to us; a login is one browser of theirs; a sign-in is a stored authorisation."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from poststelle.model.ids import AccountId, SignInId, TokenId, UserId
from poststelle.model.mail_page import MailPage
from poststelle.model.rights import Administration, Scope


class Theme(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


LANGUAGES = ("de", "en")


@dataclass(frozen=True, slots=True)
class User:
    """One person. ``language`` None follows the browser; ``may_settings`` opens the basic settings.

    ``shows_reading``: those who share a mailbox see what this person is reading there.
    ``sender_name``: as recipients see them; empty: by their name (``name_in_letters``).
    ``phone`` and ``position`` (their job) are what signatures say of them.
    ``mail_page`` None: nothing was chosen yet.
    """

    id: UserId
    login: str
    name: str
    email: str
    is_active: bool
    may_settings: bool
    language: str | None
    theme: Theme
    created_at: datetime
    shows_reading: bool = True
    sender_name: str = ""
    phone: str = ""
    position: str = ""
    mail_page: MailPage | None = None

    @property
    def name_in_letters(self) -> str:
        """By what recipients see them."""
        return self.sender_name or self.name

    @property
    def label(self) -> str:
        """Whom people and the audit trail mean: a name may be had twice, a login never."""
        return labelled(self.name, self.login)


def labelled(name: str, login: str) -> str:
    """As ``User.label``, of a user by name and login."""
    return f"{name} ({login})"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a login attempt needs to know of a user; ``password_hash`` None: no login by password."""

    user_id: UserId
    password_hash: str | None
    is_active: bool
    failed_logins: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Login:
    """One user's session with us. The token itself is known to the browser alone."""

    token_hash: str
    user_id: UserId
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A secret with which a program works for a user. The secret itself is known to the program alone.

    ``scope`` limits what it may with mail, ``administration`` what beyond; the
    user's own rights do too, as they are at the moment. ``expires_at`` None: it
    is valid until it is revoked.
    """

    id: TokenId
    user_id: UserId
    token_hash: str
    name: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    administration: Administration = Administration.NONE


class SignInKind(StrEnum):
    """How a sign-in opens the mailbox.

    ``own``: somebody signed in as the mailbox's own user. ``delegate``: as
    somebody who may open it. ``application``: nobody; our program may by itself.
    """

    OWN = "own"
    DELEGATE = "delegate"
    APPLICATION = "application"


class SignInState(StrEnum):
    """``lost`` sign-ins stay in the list until somebody renews or removes them."""

    ACTIVE = "active"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A stored Microsoft authorisation for one account. ``token_cache`` is sealed.

    ``remote_user`` and ``tenant`` identify (oid, tid); ``username`` is for
    people to recognise. ``authority`` is where the grant came from, the only
    place where it may be refreshed. Of an account's active ones that of the
    lowest ``rank`` is in use; the others stand by. ``refreshed_at`` is when its
    tokens were last renewed. ``reason`` is the provider's short code for a lost one.
    """

    id: SignInId
    account_id: AccountId
    user_id: UserId | None
    remote_user: str
    tenant: str
    username: str
    authority: str
    token_cache: bytes
    created_at: datetime
    refreshed_at: datetime
    kind: SignInKind = SignInKind.OWN
    rank: int = 0
    state: SignInState = SignInState.ACTIVE
    reason: str | None = None
    lost_at: datetime | None = None
