"""Logging in and out, and who the bearer of a token is.

    password right ──> [second factor proven] ──> login ──used──> lives 14 days more (at most 90)
                                                    └──logout, password changed, user deactivated──> ended

Wrong passwords: each attempt is counted, by login and by address, before it is
checked, so attempts at the same moment count too. From the fifth in a row on
the login waits, twice as long each time, up to a quarter of an hour; so does an
address after thirty. A success ends its login's row, of its address it takes
back itself alone. After half an hour without failure the row begins anew. A
login nobody has behaves like one with another password in all of this.

Where a second factor is needed, a right password is no success yet: it takes back its own attempt and no
other, so that nobody who knows it can try codes for ever. Wrong codes count like wrong passwords.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from poststelle.access import ceremonies
from poststelle.access.entering import Look, Seen, look_for, nothing
from poststelle.access.texts import may_be_login
from poststelle.auth.attempts import FORGET_AFTER, Attempt, Attempts, LockRule
from poststelle.auth.crypto import KeyRing
from poststelle.auth.passkeys import Site
from poststelle.auth.passwords import Passwords
from poststelle.lib.clock import Clock
from poststelle.lib.ids import new_secret
from poststelle.lib.secrets import hash_token
from poststelle.mail import presence
from poststelle.model.errors import LoginNeeded, TooMany
from poststelle.model.ids import UserId
from poststelle.model.second_factor import Purpose, Way
from poststelle.model.user import Credentials, Login, User
from poststelle.settings.second_factor import is_required
from poststelle.store import audit, logins, second_factors, users
from poststelle.store.tx import ReadTx, Store, Tx

T = TypeVar("T")

LIVES = timedelta(days=14)
LIVES_AT_MOST = timedelta(days=90)
TOUCH_AFTER = timedelta(minutes=5)
LOGIN_RULE = LockRule(free=5, first_s=30, limit_s=900)
ADDRESS_RULE = LockRule(free=30, first_s=60, limit_s=900)
MAX_AGENT = 200


@dataclass(frozen=True, slots=True)
class Door:
    """What logging in needs. ``unknown`` counts logins nobody has, ``addresses`` where attempts come from.

    ``site`` is to whom passkeys belong.
    """

    store: Store
    passwords: Passwords
    clock: Clock
    ring: KeyRing
    site: Site
    unknown: Attempts = field(default_factory=lambda: Attempts(LOGIN_RULE))
    addresses: Attempts = field(default_factory=lambda: Attempts(ADDRESS_RULE))

    @property
    def issuer(self) -> str:
        """What an app for codes calls us."""
        return f"Poststelle {self.site.id}"


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


@dataclass(frozen=True, slots=True)
class NextStep:
    """The password was right, and a second factor is missing: ``token`` is good for that one step.

    ``ways`` are how this user can prove it; empty: they must set one up first.
    """

    token: str
    ways: tuple[Way, ...]


async def log_in(door: Door, *, login: str, password: str, came_from: str, agent: str) -> NewLogin | NextStep:
    """Check the password and begin a login, or its next step where a second factor is needed.

    Raises LoginNeeded ``wrong_login`` (login or password wrong, or the user is
    deactivated: all the same), TooMany ``locked``, and TooMany ``busy`` while
    too many others wait for theirs; both with ``after_s``.
    """
    now = door.clock.now()
    with door.passwords.place():
        attempt = count_in_memory(door.addresses, came_from, now)
        try:
            known = await door.store.write(count_attempt, login, now)
            if known is None:
                count_in_memory(door.unknown, users.key_of(login), now)
        except TooMany:
            door.addresses.take_back(attempt)  # nothing was tried
            raise
        verified = await door.passwords.verify(known.password_hash if known else None, password)
    if known is None or not known.is_active or not verified.is_right:
        await door.store.write(record_failure, known, now, came_from)
        raise LoginNeeded("wrong_login", "Login or password is wrong.")
    door.addresses.take_back(attempt)
    made = await door.store.write(_begin, door.ring, known, verified.new_hash, now, agent)
    if made is None:  # another password, or the same one hashed anew by another login
        return await log_in(door, login=login, password=password, came_from=came_from, agent=agent)
    return made


def count_in_memory(attempts: Attempts, key: str, now: datetime) -> Attempt:
    """Count an attempt as failed until proven otherwise; refuse while the key is locked."""
    _refuse_while(attempts.locked_until(key, now), now)
    return attempts.count(key, now)


def credentials_of(tx: ReadTx, login: str) -> Credentials | None:
    """Who logs in so; None for nobody, and for what can be no login."""
    return users.credentials(tx, login) if may_be_login(login.strip()) else None


def count_attempt(tx: Tx, login: str, now: datetime) -> Credentials | None:
    """The same for a login that somebody has, kept in the database."""
    known = credentials_of(tx, login)
    if known is None:
        return None
    _refuse_while(known.locked_until, now)
    failed = 1 if _is_long_ago(known, now) else known.failed_logins + 1
    users.set_failures(tx, known.user_id, failed, now + timedelta(seconds=LOGIN_RULE.wait_s(failed)))
    return known


def take_back(tx: Tx, user: User, known: Credentials, now: datetime) -> None:
    """The attempt counted after ``known`` was seen was no failure. Those before stay, as do others'."""
    present = users.credentials(tx, user.login)
    if present is None:
        return
    before = 0 if _is_long_ago(known, now) else known.failed_logins
    if present.failed_logins == before + 1:
        users.set_failures(tx, user.id, before, known.locked_until if before else None)
    elif present.failed_logins:
        users.set_failures(tx, user.id, present.failed_logins - 1, present.locked_until)


def _is_long_ago(known: Credentials, now: datetime) -> bool:
    """Whether the last failure is forgotten. ``locked_until`` lies its wait (0 for the first) after it."""
    if known.locked_until is None:
        return False
    waited = timedelta(seconds=LOGIN_RULE.wait_s(known.failed_logins))
    return now - (known.locked_until - waited) > FORGET_AFTER


def record_failure(
    tx: Tx, known: Credentials | None, now: datetime, came_from: str, step: str = "password"
) -> None:
    audit.record(tx, now, known.user_id if known else None, "login.refused", came_from=came_from, step=step)


def _begin(
    tx: Tx, ring: KeyRing, known: Credentials, new_hash: str | None, now: datetime, agent: str
) -> NewLogin | NextStep | None:
    """None: the password that was right is not the present one any more."""
    user = active(tx, known.user_id)
    if not has_still(tx, user, known.password_hash):
        return None
    if new_hash is not None:
        users.set_password(tx, known.user_id, new_hash)
    made = proceed(tx, ring, user, now, agent, by="password")
    if isinstance(made, NextStep):
        take_back(tx, user, known, now)
    return made


def has_still(tx: ReadTx, user: User, password_hash: str | None) -> bool:
    """Whether the password is the one that was looked at: checking one takes long enough to set another."""
    present = users.credentials(tx, user.login)
    return present is not None and present.password_hash == password_hash


def proceed(tx: Tx, ring: KeyRing, user: User, now: datetime, agent: str, *, by: str) -> NewLogin | NextStep:
    """After a first proof (``by``): the login, or its next step where a second factor is needed."""
    ways = second_factors.of(tx, user.id).ways
    if not ways and not is_required(tx, ring, user):
        return enter(tx, user.id, now, agent, by=by)
    purpose = Purpose.LOGIN if ways else Purpose.ENROL
    return NextStep(ceremonies.begin(tx, ring, purpose, user.id, now), ways)


def enter(tx: Tx, user_id: UserId, now: datetime, agent: str, *, by: str) -> NewLogin:
    """Log in somebody who has proven all that is needed; ``by`` is what they proved last."""
    users.set_failures(tx, user_id, 0, None)
    logins.destroy_expired(tx, now)
    audit.record(tx, now, user_id, "login.begun", by=by)
    return begin(tx, user_id, now, agent)


def active(tx: ReadTx, user_id: UserId) -> User:
    """The user, unless they were shut out meanwhile: LoginNeeded."""
    user = users.get(tx, user_id)
    if user is None or not user.is_active:
        raise LoginNeeded("wrong_login", "Login or password is wrong.")
    return user


def begin(tx: Tx, user_id: UserId, now: datetime, agent: str) -> NewLogin:
    """A login for a user who has just proven who they are."""
    user = active(tx, user_id)
    token = new_secret()
    login = Login(hash_token(token), user_id, now, now, now + LIVES, agent[:MAX_AGENT])
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
