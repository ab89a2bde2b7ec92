"""``poststelle users``: who logs in, letting them in and shutting them out, and the way back in for who has
lost a second factor and has no administrator.

A server may run beside it: the person's open pages end with their next question, within a minute.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from rich.console import Console

from poststelle import main as wiring
from poststelle.access import invitations, second_factor
from poststelle.access import users as people
from poststelle.access.invitations import NewInvitation
from poststelle.cli.console import prepare, print_table
from poststelle.config import Config
from poststelle.model.errors import Conflict, UseCaseError
from poststelle.store import users
from poststelle.store.tx import ReadTx, Tx

T = TypeVar("T")
DONE, NOBODY = 0, 1


def reset_second_factor(config: Config, login: str) -> int:
    """Reset it, say so; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    user = asyncio.run(_write(config, lambda tx, now: second_factor.reset_login(tx, login, now)))
    if user is None:
        console.print(f"Nobody logs in as {login}.")
        return NOBODY
    console.print(
        f"{user.label} has no second factor any more and is logged out everywhere. "
        "The next login needs the password alone; where a second factor is required it begins with one.",
        markup=False,
    )
    return DONE


def show(config: Config) -> int:
    """A table of all users; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    found = asyncio.run(_read(config, users.list_all))
    rows = [("login", "name", "e-mail", "active", "settings")]
    for user in found:
        active, settings = ("yes" if flag else "no" for flag in (user.is_active, user.may_settings))
        rows.append((user.login, user.name, user.email or "-", active, settings))
    print_table(console, rows)
    return DONE


def set_active(config: Config, login: str, *, is_active: bool) -> int:
    """Let somebody in again or shut them out, say so; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    try:
        patch = people.UserPatch(is_active=is_active)
        user = asyncio.run(_write(config, lambda tx, now: people.change_login(tx, login, patch, now)))
    except Conflict as problem:
        console.print(problem.message)
        return NOBODY
    if user is None:
        console.print(f"Nobody logs in as {login}.")
        return NOBODY
    told = (
        "may log in" if is_active else "is logged out everywhere and may not log in; API tokens are revoked"
    )
    console.print(f"{user.label} {told}.")
    return DONE


def add(config: Config, login: str, name: str, email: str, *, may_settings: bool) -> int:
    """Add somebody, print the link for them; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    try:
        new = people.check_new_user(
            login=login, name=name, email=email, password=None, may_settings=may_settings
        )
        made = asyncio.run(_write(config, lambda tx, now: invitations.invite_added(tx, new, now)))
    except UseCaseError as problem:
        console.print(problem.message)
        return NOBODY
    _show_link(console, config, made)
    return DONE


def reset_password(config: Config, login: str) -> int:
    """Forget a password, print the link for another; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    made = asyncio.run(_write(config, lambda tx, now: invitations.invite_anew(tx, login, now)))
    if made is None:
        console.print(f"Nobody active logs in as {login}.")
        return NOBODY
    console.print("The old password is forgotten, logins have ended, API tokens are revoked.")
    _show_link(console, config, made)
    return DONE


def _show_link(console: Console, config: Config, made: NewInvitation) -> None:
    until = made.expires_at.astimezone().strftime("%Y-%m-%d %H:%M")
    console.print(f"With this link {made.user.label} chooses a password, once, until {until}:")
    console.print(f"{config.public_url}/invitation#{made.secret}")


async def _read(config: Config, read: Callable[[ReadTx], T]) -> T:
    async with wiring.build(config) as built:
        return await built.services.store.read(read)


async def _write(config: Config, work: Callable[[Tx, datetime], T]) -> T:
    """``work(tx, now)``; running servers look whether those who listen there still may."""
    async with wiring.build(config) as built:
        services = built.services
        done = await services.store.write(work, services.clock.now())
        built.line.doubt()
        return done
