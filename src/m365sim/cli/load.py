"""``m365sim load``: put real mail from files into a mailbox of a running simulator, one line about each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.error import URLError

import typer

from m365sim.control.client import ControlClient, ControlError

if TYPE_CHECKING:
    from m365sim.load import LoadResult


def load_command(
    path: Annotated[Path, typer.Argument(help="An .eml or mbox file, or a folder of them.")],
    mailbox: Annotated[str, typer.Option(help="Address of the mailbox.")],
    folder: Annotated[str, typer.Option(help="Well-known name or path of the folder.")] = "inbox",
    pages_url: Annotated[
        str, typer.Option(envvar="M365SIM_PAGES_URL", help="The simulator's plain-HTTP address.")
    ] = "http://localhost:8080",
) -> None:
    """Load mail from files; ends with 1 when a message could not be loaded."""
    control = ControlClient(pages_url)
    loaded = failed = 0
    try:
        _check_mailbox(control, mailbox)
        for line, is_loaded in load(control, path, mailbox, folder):
            print(line)
            loaded, failed = loaded + is_loaded, failed + (not is_loaded)
    except ControlError as error:
        print(f"m365sim: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    except URLError as error:
        print(f"m365sim: no simulator answers at {pages_url} ({error.reason}).", file=sys.stderr)
        raise typer.Exit(1) from None
    print(f"{loaded} loaded, {failed} not")
    raise typer.Exit(1 if failed else 0)


def load(control: ControlClient, path: Path, mailbox: str, folder: str) -> Iterator[tuple[str, bool]]:
    """Load everything under a path; a line about each message, and whether it was loaded.

    The files are read and understood here, then sent as they are. Raises URLError
    when the simulator is gone.
    """
    for result in _read(path):
        octets = result.message.source.load().mime if result.message else None
        if octets is None:
            yield str(result), False
            continue
        try:
            control.receive_mime(mailbox, octets, folder)
        except ControlError as error:
            yield f"{result.name}: {error}", False
        else:
            yield f"{result.name}: loaded", True


def _read(path: Path) -> list[LoadResult]:
    """What the files hold, seen through a mailbox of no importance."""
    from m365sim.load import load_path  # reading files is not what ``serve`` starts for
    from m365sim.world.world import World

    world = World()
    scratch = world.create_mailbox("00000000-0000-4000-8000-000000000000", "scratch@m365sim.example")
    return load_path(world, scratch, scratch.folder("inbox"), path)


def _check_mailbox(control: ControlClient, mailbox: str) -> None:
    """Raise ControlError at once when there is no such mailbox."""
    known = {str(m["address"]).lower() for m in control.mailboxes()}
    if mailbox.lower() not in known:
        raise ControlError(404, f"There is no mailbox {mailbox}. There are: {', '.join(sorted(known))}")
