"""Passwords: right, wrong, outdated, nobody's; and how long to wait after failures."""

import asyncio
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from tests.passwords import CHEAP

from poststelle.access.texts import check_login, check_name, check_password
from poststelle.auth.attempts import FORGET_AFTER, Attempts, LockRule
from poststelle.auth.passwords import PLACES, Passwords
from poststelle.model.errors import Invalid, TooMany

pytestmark = pytest.mark.anyio

CHEAPER = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
RULE = LockRule(free=3, first_s=30, limit_s=900)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_the_right_password_is_told_from_a_wrong_one() -> None:
    """Only the password that was hashed is right; a hash made as now needs no new one."""
    passwords = Passwords(CHEAP)
    stored = await passwords.hash("correct horse")
    assert (await passwords.verify(stored, "correct horse")).is_right
    assert (await passwords.verify(stored, "correct horse")).new_hash is None
    assert not (await passwords.verify(stored, "correct horsf")).is_right


async def test_an_outdated_hash_is_made_anew() -> None:
    """A hash with other parameters is right and brings the one to store instead."""
    stored = await Passwords(CHEAPER).hash("correct horse")
    verified = await Passwords(CHEAP).verify(stored, "correct horse")
    assert verified.is_right
    assert verified.new_hash is not None
    assert (await Passwords(CHEAP).verify(verified.new_hash, "correct horse")).new_hash is None


@pytest.mark.parametrize("stored", [None, "", "not a hash"])
async def test_no_hash_makes_every_password_wrong(stored: str | None) -> None:
    """Nobody gets in without a stored hash, not even with the dummy's own password."""
    assert not (await Passwords(CHEAP).verify(stored, "a password nobody has")).is_right


async def test_an_endless_password_is_wrong_at_once() -> None:
    """A megabyte of password is refused without hashing it."""
    passwords = Passwords(CHEAP)
    stored = await passwords.hash("x" * 300)
    assert not (await passwords.verify(stored, "x" * 300)).is_right


async def test_other_work_in_threads_keeps_nobody_from_logging_in() -> None:
    """As many threads as the event loop shares out are held; a password is checked all the same."""
    may_end = threading.Event()
    busy = [asyncio.create_task(asyncio.to_thread(may_end.wait, 20)) for _ in range(100)]
    passwords = Passwords(CHEAP)
    stored = await asyncio.wait_for(passwords.hash("correct horse"), 60)
    assert (await passwords.verify(stored, "correct horse")).is_right
    assert not any(one.done() for one in busy)
    may_end.set()
    await asyncio.gather(*busy)
    passwords.close()


def test_waits_double_up_to_their_limit() -> None:
    """Free failures cost nothing; then the wait doubles and stays at the limit."""
    assert [RULE.wait_s(n) for n in (0, 2, 3, 4, 5, 8, 9, 500)] == [0, 0, 30, 60, 120, 900, 900, 900]


def test_failures_lock_and_are_forgotten() -> None:
    """The third failure locks for 30 s; half an hour later the row begins anew."""
    attempts = Attempts(RULE)
    for _ in range(3):
        attempts.count("k", NOW)
    assert attempts.locked_until("k", NOW) == NOW + timedelta(seconds=30)
    assert attempts.locked_until("k", NOW + timedelta(seconds=30)) is None
    assert attempts.locked_until("other", NOW) is None

    later = NOW + FORGET_AFTER + timedelta(seconds=1)
    attempts.count("k", later)
    assert attempts.locked_until("k", later) is None


def test_a_success_takes_back_itself_and_no_failure() -> None:
    """What failed under the same key stays counted, and a lock that another attempt set stays."""
    attempts = Attempts(RULE)
    good = attempts.count("k", NOW)
    for _ in range(2):
        attempts.count("k", NOW)
    attempts.take_back(good)
    assert attempts.locked_until("k", NOW) is not None

    later = NOW + timedelta(seconds=30)
    attempts.take_back(attempts.count("k", later))
    assert attempts.locked_until("k", later) is None
    attempts.count("k", later)
    assert attempts.locked_until("k", later) == later + timedelta(seconds=30)


async def test_the_queue_for_passwords_has_an_end() -> None:
    """With all places taken the next one is told to come again; a place given back is free."""
    passwords = Passwords(CHEAP)
    with ExitStack() as queue:
        for _ in range(PLACES):
            queue.enter_context(passwords.place())
        with pytest.raises(TooMany, match="soon") as refused, passwords.place():
            pass
        assert (refused.value.code, refused.value.params) == ("busy", {"after_s": 2})
    with passwords.place():
        assert not (await passwords.verify(None, "a password")).is_right


@pytest.mark.parametrize("password", ["short", "anna.berger", "ANNA.BERGER ", "aaaaaaaaaaaa", "x" * 257])
def test_a_poor_password_is_refused(password: str) -> None:
    """Too short, the login itself, one letter repeated, endless: none is taken."""
    with pytest.raises(Invalid):
        check_password(password, login="anna.berger")


def test_a_long_password_of_any_letters_is_taken() -> None:
    """Ten characters of any alphabet are enough; blanks count."""
    assert check_password("für uns 10", login="anna") == "für uns 10"


@pytest.mark.parametrize("login", ["", "   ", "anna berger", "a\nb", "<b>", "x" * 101, "a\u202eb"])
def test_a_login_has_no_blanks_and_an_end(login: str) -> None:
    """A login is one visible word."""
    with pytest.raises(Invalid):
        check_login(login)


def test_logins_and_names_are_trimmed() -> None:
    """Blanks around what was typed are not part of it."""
    assert (check_login("  anna@example.test "), check_name("  Anna Berger ")) == (
        "anna@example.test",
        "Anna Berger",
    )
