"""The commands: ``serve`` for real, ``demo`` with a simulated Microsoft 365, the proofs ``check``,
``audit verify`` and ``archive verify``, ``rotate-keys``, and ``users`` for who has the console alone.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from poststelle import config
from poststelle.cli import demo as demonstration

if TYPE_CHECKING:
    from poststelle.auth.passwords import Passwords

app = typer.Typer(help="Poststelle: shared mailboxes for teams.", no_args_is_help=True, add_completion=False)

audit = typer.Typer(help="The audit trail.", no_args_is_help=True)
app.add_typer(audit, name="audit")
archive = typer.Typer(help="The archives of mailboxes.", no_args_is_help=True)
app.add_typer(archive, name="archive")
users = typer.Typer(help="The people who log in.", no_args_is_help=True)
app.add_typer(users, name="users")


@app.command()
def serve(context: typer.Context) -> None:
    """Run the server; the environment says where data, database and keys are."""
    from poststelle import main as wiring  # the demo imports it when its simulator is on its way

    try:
        wiring.serve(config.load(os.environ), passwords=context.obj)
    except config.ConfigError as problem:
        _stop(str(problem))


@app.command()
def demo(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="Port to listen on; a free one if left out.")] = None,
    data: Annotated[Path, typer.Option(help="Folder for the demo's data; delete it to begin anew.")] = Path(
        ".data/demo"
    ),
) -> None:
    """Run the server together with a simulated Microsoft 365, ready to be tried."""
    try:
        demonstration.run(port, data.absolute(), context.obj)
    except (config.ConfigError, demonstration.DemoError) as problem:
        _stop(str(problem))


@app.command()
def check(
    addresses: Annotated[
        list[str] | None, typer.Argument(help="Mailboxes to check; every active one if left out.")
    ] = None,
    patience: Annotated[
        int, typer.Option(help="Minutes to wait in all while Microsoft is busy or can't be reached.")
    ] = 10,
) -> None:
    """Compare mailboxes with Microsoft message by message, mend what differs, print a table.

    Works beside a running server. Ends with 0 when all are complete, with 1 when something differed
    (it is mended by then), with 2 when a mailbox could not be checked.
    """
    from poststelle.cli import check as checking

    try:
        code = checking.run(config.load(os.environ), addresses or [], patience_s=patience * 60)
    except config.ConfigError as problem:
        _stop(str(problem))
    sys.exit(code)


@app.command()
def rotate_keys(
    retire: Annotated[
        bool, typer.Option("--retire", help="Take the older keys out, once nothing needs them.")
    ] = False,
) -> None:
    """Change the key under which sign-ins and secrets are sealed, without a pause.

    Works beside running servers. Ends with 0 when done, with 1 when something is left to do or can't be read.
    """
    from poststelle.cli import keys

    try:
        code = (keys.retire if retire else keys.rotate)(config.load(os.environ))
    except config.ConfigError as problem:
        _stop(str(problem))
    sys.exit(code)


@audit.command()
def verify() -> None:
    """Prove that nobody has changed the audit trail or taken entries out of it.

    Works beside a running server. Ends with 0 when it holds, with 1 when it does not, with 2 when it could
    not be read.
    """
    from poststelle.cli import audit as verifying

    try:
        code = verifying.run(config.load(os.environ))
    except config.ConfigError as problem:
        _stop(str(problem))
    sys.exit(code)


@archive.command(name="verify")
def verify_archives(
    addresses: Annotated[
        list[str] | None, typer.Argument(help="Mailboxes whose archives are proven; all if left out.")
    ] = None,
) -> None:
    """Prove that each archive holds what was put into it: every entry, their order, and all octets.

    Works beside a running server. Ends with 0 when all hold, with 1 when one does not, with 2 when they could
    not be read.
    """
    from poststelle.cli import archive as verifying

    try:
        code = verifying.run(config.load(os.environ), addresses or [])
    except config.ConfigError as problem:
        _stop(str(problem))
    sys.exit(code)


@users.command(name="list")
def list_users() -> None:
    """Show all users: login, name, e-mail address, whether they are active and may change the settings."""
    from poststelle.cli import users as people

    try:
        code = people.show(config.load(os.environ))
    except config.ConfigError as problem:
        _stop(str(problem))
    sys.exit(code)


@users.command()
def deactivate(login: Annotated[str, typer.Argument(help="The login of the person to shut out.")]) -> None:
    """Shut somebody out: logins end, API tokens are revoked; what they have stays.

    Works beside a running server. Ends with 0 when done, with 1 when nobody has this login or nobody else
    would keep the right to the settings.
    """
    _set_active(login, is_active=False)


@users.command()
def activate(login: Annotated[str, typer.Argument(help="The login of the person to let in again.")]) -> None:
    """Let somebody in again who was deactivated. Ends with 0 when done, with 1 when nobody has this login."""
    _set_active(login, is_active=True)


def _set_active(login: str, *, is_active: bool) -> None:
    from poststelle.cli import users as people

    try:
        code = people.set_active(config.load(os.environ), login, is_active=is_active)
    except config.ConfigError as problem:
        _stop(str(problem))
    sys.exit(code)


@users.command()
def reset_second_factor(
    login: Annotated[str, typer.Argument(help="The login of the person who has lost it.")],
) -> None:
    """Take all second factors from somebody and end their logins, when no administrator can.

    Works beside a running server. Ends with 0 when done, with 1 when nobody has this login.
    """
    from poststelle.cli import users as resetting

    try:
        code = resetting.reset_second_factor(config.load(os.environ), login)
    except config.ConfigError as problem:
        _stop(str(problem))
    sys.exit(code)


def main(passwords: "Passwords | None" = None) -> None:
    """The ``poststelle`` command. ``passwords``: the strong ones unless given."""
    app(obj=passwords)


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    sys.exit(2)
