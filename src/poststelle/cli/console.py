"""What the commands share: how they begin, and how they speak."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from poststelle.backup import database
from poststelle.config import Config, ConfigError
from poststelle.lib.log import set_up_logging
from poststelle.store import CannotConnect


def prepare(config: Config, *, may_be_new: bool = False) -> Console:
    """Log little, keep what is written from others' eyes; where to speak.

    Raises ConfigError where there is no database and none ``may_be_new``.
    """
    set_up_logging(as_json=config.log_format == "json", level="warning")
    if not may_be_new:
        require_database(config)
    os.umask(0o077)  # what we write is mail: nobody else on this machine reads it
    return speaking()


def speaking() -> Console:
    """Lines as they are, however narrow the window: programs read them, too."""
    return Console(highlight=False, soft_wrap=True, markup=False)


def require_database(config: Config) -> None:
    """A mistyped folder must not become a new, empty and thus complete installation; nor must a database that
    was just made, and that a restore is to fill."""
    path = Path(config.database_url.removeprefix("sqlite:///"))
    if config.database_url.startswith("sqlite:///"):
        if not path.exists():
            raise ConfigError(f"There is no database at {path}; set POSTSTELLE_DATA as for the server.")
        return
    with suppress(CannotConnect):  # which is told when it is opened
        if database.is_empty(config.direct_url):
            raise ConfigError(
                "The database is empty. Set POSTSTELLE_DATABASE as for the server; a new installation is made"
                " by `poststelle serve`, or of a backup by `poststelle restore`."
            )


def print_table(console: Console, rows: Sequence[Sequence[str]]) -> None:
    """The first row is the heads."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        console.print(line.rstrip())
