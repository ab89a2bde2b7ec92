"""``poststelle users reset-second-factor``: the way back in for who has lost it and has no administrator.

A server may run beside it: the person's open pages end with their next question, within a minute.
"""

import asyncio
import os

from rich.console import Console

from poststelle import main as wiring
from poststelle.access import second_factor
from poststelle.cli.check import require_database
from poststelle.config import Config
from poststelle.lib.log import set_up_logging
from poststelle.model.user import User

DONE, NOBODY = 0, 1


def reset_second_factor(config: Config, login: str) -> int:
    """Reset it, say so; return the code to end with. Raises ConfigError."""
    set_up_logging(as_json=config.log_format == "json", level="warning")
    require_database(config)
    os.umask(0o077)
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


async def _reset(config: Config, login: str) -> User | None:
    async with wiring.build(config) as built:
        services = built.services
        return await services.store.write(second_factor.reset_login, login, services.clock.now())
