"""``poststelle users``: who logs in, letting them in and shutting them out, and the way back in for who has
lost a second factor and has no administrator.

A server may run beside it: the person's open pages end with their next question, within a minute.
"""

import asyncio
import os
from collections.abc import Callable
from typing import TypeVar

from rich.console import Console

from poststelle import main as wiring
from poststelle.access import second_factor
from poststelle.access import users as people
from poststelle.cli.check import require_database
from poststelle.config import Config
from poststelle.lib.log import set_up_logging
from poststelle.model.errors import Conflict
from poststelle.model.user import User
from poststelle.store import users
from poststelle.store.tx import ReadTx

T = TypeVar("T")
DONE, NOBODY = 0, 1


def reset_second_factor(config: Config, login: str) -> int:
    """Reset it, say so; return the code to end with. Raises ConfigError."""
    _prepare(config)
    user = asyncio.run(_reset(config, login))
    console = Console(highlight=False, soft_wrap=True)
    if user is None:
        console.print(f"Nobody logs in as {login}.", markup=False)
        return NOBODY
    console.print(
        f"{user.label} has no second factor any more and is logged out everywhere. "
        "The next login needs the password alone; where a second factor is required it begins with one.",
        markup=False,
    )
    return DONE


def show(config: Config) -> int:
    """A table of all users; return the code to end with. Raises ConfigError."""
    _prepare(config)
    found = asyncio.run(_read(config, users.list_all))
    rows = [("login", "name", "e-mail", "active", "settings")]
    for user in found:
        active, settings = ("yes" if flag else "no" for flag in (user.is_active, user.may_settings))
        rows.append((user.login, user.name, user.email or "-", active, settings))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    console = Console(highlight=False, soft_wrap=True)
    for row in rows:  # whole lines, however narrow the window: programs read them, too
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        console.print(line.rstrip(), markup=False)
    return DONE


def set_active(config: Config, login: str, *, is_active: bool) -> int:
    """Let somebody in again or shut them out, say so; return the code to end with. Raises ConfigError."""
    _prepare(config)
    console = Console(highlight=False, soft_wrap=True)
    try:
        user = asyncio.run(_set_active(config, login, is_active=is_active))
    except Conflict as problem:
        console.print(problem.message, markup=False)
        return NOBODY
    if user is None:
        console.print(f"Nobody logs in as {login}.", markup=False)
        return NOBODY
    told = (
        "may log in" if is_active else "is logged out everywhere and may not log in; API tokens are revoked"
    )
    console.print(f"{user.label} {told}.", markup=False)
    return DONE


def _prepare(config: Config) -> None:
    set_up_logging(as_json=config.log_format == "json", level="warning")
    require_database(config)
    os.umask(0o077)


async def _read(config: Config, read: Callable[[ReadTx], T]) -> T:
    async with wiring.build(config) as built:
        return await built.services.store.read(read)


async def _set_active(config: Config, login: str, *, is_active: bool) -> User | None:
    async with wiring.build(config) as built:
        services, patch = built.services, people.UserPatch(is_active=is_active)
        return await services.store.write(people.change_login, login, patch, services.clock.now())


async def _reset(config: Config, login: str) -> User | None:
    async with wiring.build(config) as built:
        services = built.services
        return await services.store.write(second_factor.reset_login, login, services.clock.now())
