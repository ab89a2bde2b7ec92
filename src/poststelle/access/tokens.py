"""API tokens: how programs (mail clients, scripts) work for a user, without the user's password.

A token is one secret. A program sends it as it is (bearer) or, where it knows
nothing but names and passwords, as the password beside the user's login
(basic): an app password. It may at most what its scope says and what the user
may at that moment. It opens the mail API and, where it was made for that by
who has the right to the settings, the administration API; never what a person
must be present for.

Sources: RFC 6750 (bearer), RFC 7617 (basic).
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from poststelle.access.entering import Look, Seen, look_for
from poststelle.access.login import TOUCH_AFTER, Door, LoggedIn
from poststelle.access.proving import Proof, confirm, write_proven
from poststelle.access.rights import require, require_settings
from poststelle.lib.clock import Clock
from poststelle.lib.ids import encode_id, new_secret
from poststelle.lib.secrets import hash_token
from poststelle.mail import presence
from poststelle.model.errors import Conflict, Invalid, LoginNeeded, NotAllowed, NotFound
from poststelle.model.ids import ACCOUNT, AccountId, TokenId, UserId
from poststelle.model.rights import Administration, Level, Scope
from poststelle.model.user import ApiToken, User
from poststelle.settings.second_factor import require_second_factor
from poststelle.store import api_tokens, audit, users
from poststelle.store.tx import ReadTx, Store, Tx

T = TypeVar("T")

MOST_TOKENS = 50
MOST_DAYS = 3_650
_MARK = "pst_"
_MOST_NAME = 100
_MOST_HEADER = 1_000


@dataclass(frozen=True, slots=True)
class NewToken:
    """A fresh token; ``secret`` is shown once and kept nowhere here."""

    token: ApiToken
    secret: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for. ``accounts`` None: every mailbox they are assigned to, later ones too.

    ``days`` None: valid until it is revoked.
    """

    name: str
    level: Level
    accounts: frozenset[AccountId] | None
    days: int | None
    administration: Administration = Administration.NONE


async def create(door: Door, bearer: LoggedIn, wanted: Wanted, proof: Proof) -> NewToken:
    """A token for one's own programs.

    Raises Invalid ``name_missing``, ``name_too_long``, ``no_mailboxes``,
    ``invalid_days``, and as ``confirm`` does; NotFound ``no_such_account``;
    NotAllowed ``needs_settings`` for one that administers; Conflict ``too_many_tokens``, and
    ``second_factor_first`` where one is required and not set up.
    """
    user = bearer.user.id
    await door.store.read(_check, user, wanted)
    await door.store.read(require_second_factor, door.ring, bearer.user)
    proven = await confirm(door, bearer, proof)
    return await write_proven(door, proven, _create, user, wanted, door.clock.now())


def _check(tx: ReadTx, user: UserId, wanted: Wanted) -> None:
    if not wanted.name.strip():
        raise Invalid("name", "name_missing", "Give the token a name, such as that of the program.")
    if len(wanted.name) > _MOST_NAME:
        raise Invalid("name", "name_too_long", f"At most {_MOST_NAME} characters.", limit=_MOST_NAME)
    if not wanted.name.strip().isprintable():
        raise Invalid("name", "invalid_name", "A name has letters, digits and signs, in one line.")
    if wanted.days is not None and not 1 <= wanted.days <= MOST_DAYS:
        raise Invalid("days", "invalid_days", f"Choose between 1 and {MOST_DAYS} days.", limit=MOST_DAYS)
    if wanted.administration is not Administration.NONE:
        require_settings(tx, user)
    elif wanted.accounts is not None and not wanted.accounts:
        raise Invalid("mailboxes", "no_mailboxes", "Choose at least one mailbox.")
    for account in wanted.accounts or ():
        require(tx, user, account, Level.READ)
    if len(api_tokens.list_of(tx, user)) >= MOST_TOKENS:
        raise Conflict(
            "too_many_tokens", f"There are {MOST_TOKENS} tokens; revoke one first.", limit=MOST_TOKENS
        )


def _create(tx: Tx, user: UserId, wanted: Wanted, now: datetime) -> NewToken:
    users.wait_for_turn(tx)
    _check(tx, user, wanted)
    secret = _MARK + new_secret()
    scope = Scope(wanted.level, wanted.accounts)
    until = None if wanted.days is None else now + timedelta(days=wanted.days)
    token = api_tokens.insert(
        tx, user, hash_token(secret), wanted.name.strip(), scope, now, until, wanted.administration
    )
    audit.record(
        tx,
        now,
        user,
        "token.created",
        subject=token.name,
        level=scope.level.name.lower(),
        mailboxes=None if scope.accounts is None else sorted(encode_id(ACCOUNT, a) for a in scope.accounts),
        administration=wanted.administration.name.lower() if wanted.administration else None,
        expires=None if until is None else until.date().isoformat(),
    )
    return NewToken(token, secret)


def list_mine(tx: ReadTx, user: UserId) -> list[ApiToken]:
    """One's own tokens, the newest first."""
    return api_tokens.list_of(tx, user)


def revoke(tx: Tx, user: UserId, token: TokenId, now: datetime) -> ApiToken:
    """End one of one's own tokens at once. NotFound ``no_such_token``."""
    found = next((one for one in api_tokens.list_of(tx, user) if one.id == token), None)
    if found is None or not api_tokens.destroy(tx, user, token):
        raise NotFound("no_such_token", "There is no such token.")
    presence.sweep(tx, now)
    audit.record(tx, now, user, "token.revoked", subject=found.name)
    return found


async def recognise_administering(
    store: Store, clock: Clock, authorization: str, needed: Administration
) -> tuple[ApiToken, User]:
    """The token with which a program administers, and whose it is.

    Raises LoginNeeded ``token_needed``; NotAllowed ``needs_administration`` for one that was not made for it,
    ``needs_settings`` where its user has no right to the settings (any more).
    """
    token, seen = await recognise(store, clock, authorization, require_settings)
    if token.administration < needed:
        raise NotAllowed(
            "needs_administration",
            "This token was not made for that.",
            needed=needed.name.lower(),
            held=token.administration.name.lower(),
        )
    return token, seen.get()


def note_deed(tx: Tx, token: ApiToken, deed: str, now: datetime) -> None:
    """That a program, not the person, does what stands next in the trail. ``deed``: method and address."""
    audit.record(tx, now, token.user_id, "token.administered", subject=token.name, deed=deed)


async def recognise(
    store: Store, clock: Clock, authorization: str, look: Look[T]
) -> tuple[ApiToken, Seen[T]]:
    """The token in a request's ``Authorization``, and what ``look`` sees within its scope.

    Raises LoginNeeded ``token_needed`` when there is no valid one.
    """
    login, secret = _credentials(authorization)
    now = clock.now()
    found = await store.read(_find_and_look, login, hash_token(secret), now, look) if secret else None
    if found is None:
        raise LoginNeeded("token_needed", "This needs a valid API token.")
    token, seen = found
    if token.last_used_at is None or now - token.last_used_at >= TOUCH_AFTER:
        await store.write(api_tokens.touch, token.id, now)
    return token, seen


def _find_and_look(
    tx: ReadTx, login: str | None, token_hash: str, now: datetime, look: Look[T]
) -> tuple[ApiToken, Seen[T]] | None:
    token = _find(tx, login, token_hash, now)
    if token is None:
        return None
    tx.scope = token.scope
    return token, look_for(tx, token.user_id, look)


def _find(tx: ReadTx, login: str | None, token_hash: str, now: datetime) -> ApiToken | None:
    token = api_tokens.get(tx, token_hash, now)
    if token is None or login is None:
        return token
    user = users.get(tx, token.user_id)
    return token if user is not None and users.key_of(user.login) == users.key_of(login) else None


def _credentials(authorization: str) -> tuple[str | None, str]:
    """The login (None: not told) and the secret; an empty secret where the header holds none."""
    scheme, _, value = authorization.partition(" ")
    value = value.strip()
    if len(value) > _MOST_HEADER:
        return None, ""
    if scheme.lower() == "bearer":
        return None, value
    if scheme.lower() != "basic":
        return None, ""
    try:
        login, _, secret = base64.b64decode(value, validate=True).decode().rpartition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None, ""
    return login, secret
