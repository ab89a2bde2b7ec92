"""Logging in and out, and who the bearer of a token is.

    password right ──> login ──used──> lives 14 days more (at most 90)
                         └──logout, password changed, user deactivated──> ended

Wrong passwords: each attempt is counted, by login and by address, before it is
checked, so attempts at the same moment count too. From the fifth in a row on
the login waits, twice as long each time, up to a quarter of an hour; so does an
address after thirty. A success ends its login's row, of its address it takes
back itself alone. After half an hour without failure the row begins anew. A
login nobody has behaves like one with another password in all of this.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from poststelle.access.entering import Look, Seen, look_for, nothing
from poststelle.access.texts import check_password, may_be_login
from poststelle.auth.attempts import FORGET_AFTER, Attempt, Attempts, LockRule
from poststelle.auth.passwords import Passwords
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_secret
from poststelle.mail import presence
from poststelle.model.errors import Invalid, LoginNeeded, TooMany
from poststelle.model.ids import UserId
from poststelle.model.user import Credentials, Login, User
from poststelle.store import audit, logins, users
from poststelle.store.tx import ReadTx, Store, Tx

T = TypeVar("T")

LIVES = timedelta(days=14)
LIVES_AT_MOST = timedelta(days=90)
TOUCH_AFTER = timedelta(minutes=5)
LOGIN_RULE = LockRule(free=5, first_s=30, limit_s=900)
ADDRESS_RULE = LockRule(free=30, first_s=60, limit_s=900)
_MAX_AGENT = 200


@dataclass(frozen=True, slots=True)
class Door:
    """What logging in needs. ``unknown`` counts logins nobody has, ``addresses`` where attempts come from."""

    store: Store
    passwords: Passwords
    clock: Clock
    unknown: Attempts = field(default_factory=lambda: Attempts(LOGIN_RULE))
    addresses: Attempts = field(default_factory=lambda: Attempts(ADDRESS_RULE))


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A user and the login they came by."""

    user: User
    login: Login


@dataclass(frozen=True, slots=True)
class NewLogin:
    """A fresh login; ``token`` goes into the browser's cookie and is kept nowhere here."""

    user: User
    login: Login
    token: str


def hash_token(token: str) -> str:
    """The form in which a login's token is stored: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


async def log_in(door: Door, *, login: str, password: str, came_from: str, agent: str) -> NewLogin:
    """Check the password and begin a login.

    Raises LoginNeeded ``wrong_login`` (login or password wrong, or the user is
    deactivated: all the same), TooMany ``locked``, and TooMany ``busy`` while
    too many others wait for theirs; both with ``after_s``.
    """
    now = door.clock.now()
    with door.passwords.place():
        attempt = _count_in_memory(door.addresses, came_from, now)
        try:
            known = await door.store.write(_count_attempt, login, now)
            if known is None:
                _count_in_memory(door.unknown, users.key_of(login), now)
        except TooMany:
            door.addresses.take_back(attempt)  # nothing was tried
            raise
        verified = await door.passwords.verify(known.password_hash if known else None, password)
    if known is None or not known.is_active or not verified.is_right:
        await door.store.write(_record_failure, known, now, came_from)
        raise LoginNeeded("wrong_login", "Login or password is wrong.")
    door.addresses.take_back(attempt)
    return await door.store.write(_begin, known.user_id, verified.new_hash, now, agent[:_MAX_AGENT])


def _count_in_memory(attempts: Attempts, key: str, now: datetime) -> Attempt:
    """Count an attempt as failed until proven otherwise; refuse while the key is locked."""
    _refuse_while(attempts.locked_until(key, now), now)
    return attempts.count(key, now)


def _count_attempt(tx: Tx, login: str, now: datetime) -> Credentials | None:
    """The same for a login that somebody has, kept in the database."""
    known = users.credentials(tx, login) if may_be_login(login.strip()) else None
    if known is None:
        return None
    _refuse_while(known.locked_until, now)
    failed = 1 if _is_long_ago(known, now) else known.failed_logins + 1
    users.set_failures(tx, known.user_id, failed, now + timedelta(seconds=LOGIN_RULE.wait_s(failed)))
    return known


def _is_long_ago(known: Credentials, now: datetime) -> bool:
    """Whether the last failure is forgotten. ``locked_until`` lies its wait (0 for the first) after it."""
    if known.locked_until is None:
        return False
    waited = timedelta(seconds=LOGIN_RULE.wait_s(known.failed_logins))
    return now - (known.locked_until - waited) > FORGET_AFTER


def _record_failure(tx: Tx, known: Credentials | None, now: datetime, came_from: str) -> None:
    audit.record(tx, now, known.user_id if known else None, "login.refused", came_from=came_from)


def _begin(tx: Tx, user_id: UserId, new_hash: str | None, now: datetime, agent: str) -> NewLogin:
    if new_hash is not None:
        users.set_password(tx, user_id, new_hash)
    users.set_failures(tx, user_id, 0, None)
    logins.destroy_expired(tx, now)
    audit.record(tx, now, user_id, "login.begun")
    return begin(tx, user_id, now, agent)


def begin(tx: Tx, user_id: UserId, now: datetime, agent: str) -> NewLogin:
    """A login for a user who has just proven who they are."""
    user = users.get(tx, user_id)
    if user is None or not user.is_active:
        raise LoginNeeded("wrong_login", "Login or password is wrong.")
    token = new_secret()
    login = Login(hash_token(token), user_id, now, now, now + LIVES, agent)
    logins.insert(tx, login)
    return NewLogin(user, login, token)


def _refuse_while(locked_until: datetime | None, now: datetime) -> None:
    if locked_until is not None and locked_until > now:
        after_s = int((locked_until - now).total_seconds()) + 1
        raise TooMany("locked", f"Too many attempts; try again in {after_s} seconds.", after_s=after_s)


async def recognise(door: Door, token: str | None) -> LoggedIn:
    """Who bears this token; raises LoginNeeded ``login_needed``. Using a login lets it live on."""
    return (await recognise_and_look(door, token, nothing))[0]


async def recognise_and_look(door: Door, token: str | None, look: Look[T]) -> tuple[LoggedIn, Seen[T]]:
    """As ``recognise``, and what ``look`` sees."""
    now = door.clock.now()
    found = await door.store.read(_find_and_look, hash_token(token), now, look) if token else None
    if found is None:
        raise LoginNeeded("login_needed", "Please log in.")
    who, seen = found
    if now - who.login.last_seen_at >= TOUCH_AFTER:
        expires_at = min(now + LIVES, who.login.created_at + LIVES_AT_MOST)
        await door.store.write(logins.touch, who.login.token_hash, now, expires_at)
    return who, seen


def _find_and_look(
    tx: ReadTx, token_hash: str, now: datetime, look: Look[T]
) -> tuple[LoggedIn, Seen[T]] | None:
    found = _find(tx, token_hash, now)
    return None if found is None else (found, look_for(tx, found.user.id, look))


def _find(tx: ReadTx, token_hash: str, now: datetime) -> LoggedIn | None:
    login = logins.get(tx, token_hash, now)
    user = users.get(tx, login.user_id) if login else None
    return LoggedIn(user, login) if user and login else None


async def log_out(door: Door, token_hash: str) -> None:
    """End one login. Ending it twice is the same as once."""
    await door.store.write(_log_out, token_hash, door.clock.now())


def _log_out(tx: Tx, token_hash: str, now: datetime) -> None:
    login = logins.get(tx, token_hash, now)
    if login is not None:
        logins.destroy(tx, token_hash)
        presence.sweep(tx, now)
        audit.record(tx, now, login.user_id, "login.ended")


async def change_password(door: Door, bearer: LoggedIn, *, old: str, new: str, agent: str) -> NewLogin:
    """Change one's own password: all other logins end, this one goes on under a new token.

    Raises Invalid for ``old`` (wrong; counted like a failed login) and ``new``,
    TooMany as ``log_in`` does.
    """
    now = door.clock.now()
    check_password(new, login=bearer.user.login, field="new")
    await confirm_password(door, bearer.user, old, field="old")
    new_hash = await door.passwords.hash(new)
    return await door.store.write(_change_password, bearer.user.id, new_hash, now, agent[:_MAX_AGENT])


async def confirm_password(door: Door, user: User, password: str, *, field: str) -> None:
    """Have somebody who is logged in prove that it is still them, before what outlives the login.

    Raises Invalid ``wrong_password`` for ``field`` (counted like a failed login), TooMany as ``log_in`` does.
    """
    now = door.clock.now()
    with door.passwords.place():
        known = await door.store.write(_count_attempt, user.login, now)
        verified = await door.passwords.verify(known.password_hash if known else None, password)
    if not verified.is_right:
        await door.store.write(_record_failure, known, now, "")
        raise Invalid(field, "wrong_password", "The present password is wrong.")
    await door.store.write(users.set_failures, user.id, 0, None)


def _change_password(tx: Tx, user: UserId, new_hash: str, now: datetime, agent: str) -> NewLogin:
    users.set_password(tx, user, new_hash)
    logins.destroy_of(tx, user)
    presence.sweep(tx, now)
    audit.record(tx, now, user, "password.changed")
    return begin(tx, user, now, agent)
