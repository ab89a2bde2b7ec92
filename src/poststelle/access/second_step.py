"""The second step of logging in: a code, a passkey, or setting up a first second factor.

    password right ──> waiting (10 minutes) ──code or passkey──> login
                  └──> must set one up (30 minutes) ──first code or new passkey──> login
    passkey that knows its user ──> login

Wrong codes count like wrong passwords, for the login and for the address they come from.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from poststelle.access import ceremonies, passkeys, second_factor
from poststelle.access.ceremonies import Begun
from poststelle.access.login import (
    Door,
    NewLogin,
    active,
    begin,
    count_attempt,
    count_in_memory,
    enter,
    record_failure,
)
from poststelle.access.passkeys import Answer, Proven, Question
from poststelle.access.second_factor import NewApp
from poststelle.auth import passkeys as webauthn
from poststelle.model.errors import LoginNeeded, TooMany
from poststelle.model.ids import UserId
from poststelle.model.second_factor import Purpose, Way
from poststelle.store import audit, logins, second_factors
from poststelle.store import ceremonies as begun
from poststelle.store.tx import Tx


@dataclass(frozen=True, slots=True)
class Entered:
    """A login begun; ``recovery_left`` is set where a recovery code was spent on it, ``recovery_codes``
    where they were made with the first second factor."""

    login: NewLogin
    recovery_left: int | None = None
    recovery_codes: tuple[str, ...] = ()


async def with_code(door: Door, token: str, code: str, *, came_from: str, agent: str) -> Entered:
    """Complete a login by a code of the app or a recovery code.

    Raises Invalid ``wrong_code``, LoginNeeded ``step_over`` (begin anew), TooMany as ``log_in`` does.
    """
    async with counted(door, came_from) as now:
        entered = await door.store.write(_with_code, door, token, code, now, came_from, agent)
        if entered is None:
            raise second_factor.wrong_code()
        return entered


def _with_code(
    tx: Tx, door: Door, token: str, code: str, now: datetime, came_from: str, agent: str
) -> Entered | None:
    waiting = ceremonies.find(tx, door.ring, Purpose.LOGIN, token, now)
    user = active(tx, _user(waiting.user_id))
    known = count_attempt(tx, user.login, now)
    way = second_factor.accept_code(tx, door.ring, user.id, code, now)
    if way is None:
        record_failure(tx, known, now, came_from, step="second_factor")
        return None
    begun.destroy(tx, waiting.key)
    left = second_factors.of(tx, user.id).recovery_left if way is Way.RECOVERY else None
    return Entered(enter(tx, user.id, now, agent, by=way.value), left)


async def ask_passkey(door: Door, token: str | None) -> Question:
    """The challenge for a login whose password was right; ``token`` None: for one by passkey alone.

    Raises LoginNeeded ``step_over``, Conflict ``passkeys_unavailable``.
    """
    await webauthn.load()
    return await door.store.write(_ask_passkey, door, token, door.clock.now())


def _ask_passkey(tx: Tx, door: Door, token: str | None, now: datetime) -> Question:
    if token is None:
        return passkeys.ask(tx, door.ring, door.site, None, now)
    waiting = ceremonies.find(tx, door.ring, Purpose.LOGIN, token, now)
    return passkeys.ask(tx, door.ring, door.site, waiting.user_id, now, token)


async def with_passkey(door: Door, answer: Answer, *, came_from: str, agent: str) -> Entered:
    """Begin a login by a passkey: the second step, or the only one where the device knows its user.

    Raises Invalid ``wrong_passkey``, LoginNeeded, TooMany.
    """
    await webauthn.load()
    async with counted(door, came_from) as now:
        entered = await door.store.write(_with_passkey, door, answer, now, came_from, agent)
        if entered is None:
            raise passkeys.wrong_passkey()
        return entered


def _with_passkey(
    tx: Tx, door: Door, answer: Answer, now: datetime, came_from: str, agent: str
) -> Entered | None:
    proven = passkeys.check(tx, door.ring, door.site, answer, now)
    if proven is None:
        record_failure(tx, None, now, came_from, step="passkey")
        return None
    waited_for = proven.begun.said["login"]
    if waited_for is not None:
        return _second_passkey(tx, door, proven, waited_for, now, agent)
    if proven.begun.user_id is not None:  # asked by somebody logged in, to confirm something
        return None
    # Guesses at the password are no reason to let this one wait, and this one none to forget them.
    user = active(tx, proven.key.user_id)
    logins.destroy_expired(tx, now)
    audit.record(tx, now, user.id, "login.begun", by="passkey_alone")
    return Entered(begin(tx, user.id, now, agent))


def _second_passkey(tx: Tx, door: Door, proven: Proven, token: str, now: datetime, agent: str) -> Entered:
    waiting = ceremonies.take(tx, door.ring, Purpose.LOGIN, token, now)
    return Entered(enter(tx, _user(waiting.user_id), now, agent, by=Way.PASSKEY.value))


async def begin_app(door: Door, token: str) -> NewApp:
    """A secret for who must set up a second factor first. Raises LoginNeeded ``step_over``."""
    return await door.store.write(_begin_app, door, token, door.clock.now())


def _begin_app(tx: Tx, door: Door, token: str, now: datetime) -> NewApp:
    waiting = ceremonies.find(tx, door.ring, Purpose.ENROL, token, now)
    user = active(tx, _user(waiting.user_id))
    return second_factor.begin_app(tx, door.ring, user, door.issuer, now, token)


async def finish_app(door: Door, token: str, code: str, *, agent: str) -> Entered:
    """The app is set up, and its user logged in. Raises Invalid ``wrong_code``, LoginNeeded ``step_over``."""
    return await door.store.write(_finish_app, door, token, code, door.clock.now(), agent)


def _finish_app(tx: Tx, door: Door, token: str, code: str, now: datetime, agent: str) -> Entered:
    begun_app = ceremonies.find(tx, door.ring, Purpose.APP, token, now)
    user = _waiting(tx, door, begun_app, now)
    codes = second_factor.finish_app(tx, door.ring, token, code, user, now)
    return Entered(enter(tx, user, now, agent, by=Way.APP.value), recovery_codes=tuple(codes))


async def begin_passkey(door: Door, token: str) -> Question:
    """As ``begin_app``, for a passkey."""
    await webauthn.load()
    return await door.store.write(_begin_passkey, door, token, door.clock.now())


def _begin_passkey(tx: Tx, door: Door, token: str, now: datetime) -> Question:
    waiting = ceremonies.find(tx, door.ring, Purpose.ENROL, token, now)
    user = active(tx, _user(waiting.user_id))
    return passkeys.begin_new(tx, door.ring, door.site, user, now, token)


async def finish_passkey(door: Door, answer: Answer, name: str, *, agent: str) -> Entered:
    """As ``finish_app``, for a passkey. Raises Invalid ``wrong_passkey``, LoginNeeded ``step_over``."""
    await webauthn.load()
    entered = await door.store.write(_finish_passkey, door, answer, name, door.clock.now(), agent)
    if entered is None:
        raise passkeys.wrong_passkey()
    return entered


def _finish_passkey(
    tx: Tx, door: Door, answer: Answer, name: str, now: datetime, agent: str
) -> Entered | None:
    begun_key = ceremonies.find(tx, door.ring, Purpose.NEW_PASSKEY, answer.token, now)
    user = _waiting(tx, door, begun_key, now)
    codes = passkeys.finish_new(tx, door.ring, door.site, answer, name, user, now)
    if codes is None:
        return None
    return Entered(enter(tx, user, now, agent, by=Way.PASSKEY.value), recovery_codes=tuple(codes))


def _waiting(tx: Tx, door: Door, found: Begun, now: datetime) -> UserId:
    """Whose login waits for this. It ends with the first second factor that is set up (``first_codes``)."""
    token = found.said["login"]
    if token is None:  # begun by somebody logged in
        raise LoginNeeded("step_over", "No login waits for this.")
    return _user(ceremonies.find(tx, door.ring, Purpose.ENROL, token, now).user_id)


def _user(user: UserId | None) -> UserId:
    if user is None:
        raise LoginNeeded("step_over", "No login waits for this.")
    return user


@asynccontextmanager
async def counted(door: Door, came_from: str) -> AsyncIterator[datetime]:
    """One attempt to come in from this address, a failure until it has succeeded. The moment of it."""
    now = door.clock.now()
    attempt = count_in_memory(door.addresses, came_from, now)
    try:
        yield now
    except TooMany:
        door.addresses.take_back(attempt)  # nothing was tried
        raise
    door.addresses.take_back(attempt)
