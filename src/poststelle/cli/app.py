"""The commands: ``serve`` for real, ``demo`` with a simulated Microsoft 365, ``config`` for the environment,
the proofs ``check``, ``audit verify`` and ``archive verify``, ``backup``, ``restore`` and ``rotate-keys``,
``move-blobs`` and ``migrate-store`` for another place, ``accounts``, ``version``, and ``users`` for who has
the console alone.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from poststelle import config, variables
from poststelle.cli import demo as demonstration
from poststelle.lib.version import version as program_version
from poststelle.model.health import ProcessRole

if TYPE_CHECKING:
    from poststelle.auth.passwords import Passwords

app = typer.Typer(help="Poststelle: shared mailboxes for teams.", no_args_is_help=True, add_completion=False)

audit = typer.Typer(help="The audit trail.", no_args_is_help=True)
app.add_typer(audit, name="audit")
archive = typer.Typer(help="The archives of mailboxes.", no_args_is_help=True)
app.add_typer(archive, name="archive")
users = typer.Typer(help="The people who log in.", no_args_is_help=True)
app.add_typer(users, name="users")
accounts = typer.Typer(help="The mailboxes.", no_args_is_help=True)
app.add_typer(accounts, name="accounts")


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(program_version())
        raise typer.Exit


@app.callback()
def everywhere(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show which version this is."),
    ] = False,
) -> None:
    """Poststelle: shared mailboxes for teams."""


@app.command()
def serve(
    context: typer.Context,
    role: Annotated[
        ProcessRole | None,
        typer.Option(
            help="What this process does: web answers people and programs, worker works by itself, all does"
            " both. Any number of each over one PostgreSQL; as POSTSTELLE_ROLE says, or all."
        ),
    ] = None,
) -> None:
    """Run the server; the environment says where data, database and keys are."""
    from poststelle import program  # the demo imports it when its simulator is on its way

    given = os.environ | ({"POSTSTELLE_ROLE": role.value} if role else {})
    for sentence in variables.unknown(os.environ):
        typer.echo(sentence, err=True)
    try:
        program.serve(config.load(given), passwords=context.obj)
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


@app.command("config")
def show_config(
    reference: Annotated[
        bool, typer.Option("--reference", help="All variables with their meanings, as Markdown.")
    ] = False,
) -> None:
    """Show what the environment says to a server, secrets hidden.

    Ends with 0 when a server can start with it, with 2 and one sentence when not.
    """
    from poststelle.cli import configuration

    _end_with(configuration.show_reference if reference else lambda: configuration.show(os.environ))


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

    _end_with(lambda: checking.run(config.load(os.environ), addresses or [], patience_s=patience * 60))


@app.command()
def backup(
    folder: Annotated[
        Path, typer.Argument(help="Where it is kept; an earlier one there is brought up to date.")
    ],
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Make none: read the one that is there, and prove that it is whole."),
    ] = False,
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over",
            help="Go on with the backup that this installation was restored from.",
        ),
    ] = False,
) -> None:
    """Copy everything but the key, while the server runs.

    Ends with 0 when done, with 1 when it is made but files are missing or damaged where they were to be
    copied from, or when a backup that is verified is not whole, with 2 when it could not be made or read; an
    earlier backup is then as it was.
    """
    from poststelle.cli import backup as copies

    if verify:
        _end_with(lambda: copies.verify(config.load(os.environ), folder))
    _end_with(lambda: copies.make(config.load(os.environ), folder, takes_over=take_over))


@app.command("move-blobs")
def move_blobs(
    target: Annotated[
        str | None,
        typer.Option(
            "--to",
            envvar="POSTSTELLE_NEW_BLOBS",
            help="The new place, as POSTSTELLE_BLOBS has it; `data`: the server's own data folder.",
        ),
    ] = None,
    take_back: Annotated[
        bool,
        typer.Option(
            "--take-back", help="Let servers start on the old place again, after one that was killed."
        ),
    ] = False,
) -> None:
    """Move messages and files to an object storage, a shared folder, or back; each is compared by its hash.

    Servers may run meanwhile, but for the end, when none starts. Broken off, it goes on where it was. Ends
    with 0 when done, with 1 when it is to be run again, with 2 when it could not be done.
    """
    from poststelle.cli import octets

    if take_back and (target is None or target == os.environ.get("POSTSTELLE_NEW_BLOBS")):
        _end_with(lambda: octets.take_back(config.load(os.environ)))
    if target is None or take_back:
        _stop("Name the new place with --to, or use --take-back.")
    _end_with(lambda: octets.run(config.load(os.environ), target, os.environ))


@app.command("migrate-store")
def migrate_store(
    target: Annotated[
        str | None,
        typer.Option(
            "--to",
            envvar="POSTSTELLE_NEW_DATABASE",
            help="The address of the new, empty database, as POSTSTELLE_DATABASE has it.",
        ),
    ] = None,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Let servers start again on the database that was moved.")
    ] = False,
) -> None:
    """Move the installation from SQLite to PostgreSQL, or back, and compare every row. Stop all servers.

    Broken off, it goes on where it was. Ends with 0 when done, with 1 when a row differs, with 2 when it
    could not be done.
    """
    from poststelle.cli import moving

    if take_back and (target is None or target == os.environ.get("POSTSTELLE_NEW_DATABASE")):
        _end_with(lambda: moving.take_back(config.load(os.environ)))
    if target is None or take_back:
        _stop("Name the new database with --to, or use --take-back.")
    _end_with(lambda: moving.run(config.load(os.environ), target))


@app.command()
def restore(
    folder: Annotated[Path | None, typer.Argument(help="Where the backup is.")] = None,
    put_back: Annotated[
        bool,
        typer.Option(
            "--put-back",
            help="The database was put back by other means: of a backup only messages and files are taken.",
        ),
    ] = False,
    unsealed: Annotated[
        bool,
        typer.Option("--unsealed", help="Take a backup without a seal, as older programs have made them."),
    ] = False,
    in_its_place: Annotated[
        bool,
        typer.Option(
            "--in-its-place",
            help="The restored one takes the place of the one that the backup is of, which no server runs on"
            " any more: it goes on with that one's bucket or shared folder, and with its backups.",
        ),
    ] = False,
) -> None:
    """Make an installation of a backup; the environment says where, and there must be none there yet.

    It is one of its own, beside the one that the backup is of, unless --in-its-place is said.
    With --put-back: tell a database that is there, and no server runs on, that its state is an earlier one.
    Ends with 0 when done, with 1 when files are missing, with 2 when it could not be done.
    """
    from poststelle.cli import backup as copies

    if put_back:
        _end_with(lambda: copies.put_back(config.load(os.environ), folder))
    if folder is None:
        _stop("Name the folder with the backup, or say --put-back.")
    _end_with(
        lambda: copies.restore(
            config.load(os.environ), folder, may_be_unsealed=unsealed, in_its_place=in_its_place
        )
    )


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

    _end_with(lambda: (keys.retire if retire else keys.rotate)(config.load(os.environ)))


@app.command("version")
def show_version() -> None:
    """Show which version this is: the day and the commit that it was built of, or a hash of what is in it."""
    typer.echo(program_version())


@audit.command()
def verify(
    save: Annotated[
        Path | None, typer.Option(help="Where to keep the ends of trail and archives, to be taken elsewhere.")
    ] = None,
    expect: Annotated[
        Path | None, typer.Option(help="Ends that were saved before: they must still be there.")
    ] = None,
) -> None:
    """Prove that nobody has changed the audit trail or taken entries out of it.

    Works beside a running server. Ends with 0 when it holds, with 1 when it does not, with 2 when it could
    not be read.
    """
    from poststelle.cli import audit as verifying

    _end_with(lambda: verifying.run(config.load(os.environ), save, expect))


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

    _end_with(lambda: verifying.run(config.load(os.environ), addresses or []))


@users.command(name="list")
def list_users() -> None:
    """Show all users: login, name, e-mail address, whether they are active and may change the settings."""
    from poststelle.cli import users as people

    _end_with(lambda: people.show(config.load(os.environ)))


@users.command(name="add")
def add_user(
    login: Annotated[str, typer.Argument(help="What they log in with.")],
    name: Annotated[str, typer.Option(help="Their name.")],
    email: Annotated[str, typer.Option(help="Their own e-mail address.")] = "",
    settings: Annotated[bool, typer.Option("--settings", help="Give the right to basic settings.")] = False,
) -> None:
    """Add somebody, and print the link by which they choose a password.

    Ends with 0 when done, with 1 when something is wrong with what was given.
    """
    from poststelle.cli import users as people

    _end_with(lambda: people.add(config.load(os.environ), login, name, email, may_settings=settings))


@users.command()
def reset_password(
    login: Annotated[str, typer.Argument(help="The login of the person who has forgotten it.")],
) -> None:
    """Forget somebody's password, end their logins, and print the link by which they choose another.

    Works beside a running server. Ends with 0 when done, with 1 when nobody active has this login.
    """
    from poststelle.cli import users as people

    _end_with(lambda: people.reset_password(config.load(os.environ), login))


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

    _end_with(lambda: people.set_active(config.load(os.environ), login, is_active=is_active))


@users.command()
def reset_second_factor(
    login: Annotated[str, typer.Argument(help="The login of the person who has lost it.")],
) -> None:
    """Take all second factors from somebody and end their logins, when no administrator can.

    Works beside a running server. Ends with 0 when done, with 1 when nobody has this login.
    """
    from poststelle.cli import users as resetting

    _end_with(lambda: resetting.reset_second_factor(config.load(os.environ), login))


By = Annotated[str, typer.Option("--by", help="The login of the administrator who answers for it.")]
Address = Annotated[str, typer.Argument(help="The address of the mailbox.")]
Confirm = Annotated[bool, typer.Option("--confirm", help="All who are assigned may read all of its mail.")]


@accounts.command(name="list")
def list_accounts() -> None:
    """Show all mailboxes: state, people, messages, what waits, when they were last synchronised."""
    from poststelle.cli import accounts as mailboxes

    _end_with(lambda: mailboxes.show(config.load(os.environ)))


@accounts.command(name="add")
def add_account(address: Address, by: By, confirm: Confirm = False) -> None:
    """Add a mailbox at Microsoft 365; a person who is assigned signs in to it in the browser.

    Ends with 0 when done, with 1 when it is refused; the reason is told.
    """
    from poststelle.cli import accounts as mailboxes

    _end_with(lambda: mailboxes.add(config.load(os.environ), address, by=by, is_confirmed=confirm))


@accounts.command()
def assign(
    address: Address,
    login: Annotated[str, typer.Argument(help="Who is assigned.")],
    level: Annotated[str, typer.Argument(help="read, write, send or manage.")],
    by: By,
    confirm: Confirm = False,
) -> None:
    """Assign somebody to a mailbox, or give them another level. Ends as ``add``."""
    from poststelle.cli import accounts as mailboxes

    _end_with(
        lambda: mailboxes.assign(config.load(os.environ), address, login, level, by=by, is_confirmed=confirm)
    )


@accounts.command()
def withdraw(
    address: Address, login: Annotated[str, typer.Argument(help="Whose assignment ends.")], by: By
) -> None:
    """End somebody's assignment to a mailbox. Ends as ``add``."""
    from poststelle.cli import accounts as mailboxes

    _end_with(lambda: mailboxes.withdraw(config.load(os.environ), address, login, by=by))


@accounts.command(name="activate")
def activate_account(address: Address, by: By) -> None:
    """Have a mailbox's mail fetched again. Ends as ``add``."""
    from poststelle.cli import accounts as mailboxes

    _end_with(lambda: mailboxes.set_active(config.load(os.environ), address, by=by, is_active=True))


@accounts.command(name="deactivate")
def deactivate_account(address: Address, by: By) -> None:
    """Have nothing fetched for a mailbox, and nothing sent, until it is activated. Ends as ``add``."""
    from poststelle.cli import accounts as mailboxes

    _end_with(lambda: mailboxes.set_active(config.load(os.environ), address, by=by, is_active=False))


@accounts.command(name="vip")
def vip_account(
    address: Address,
    by: By,
    off: Annotated[bool, typer.Option("--off", help="It is VIP no more.")] = False,
) -> None:
    """Leave what a mailbox's messages leave behind to who was assigned when they came. Ends as ``add``."""
    from poststelle.cli import accounts as mailboxes

    _end_with(lambda: mailboxes.set_vip(config.load(os.environ), address, by=by, is_vip=not off))


def main(passwords: "Passwords | None" = None) -> None:
    """The ``poststelle`` command. ``passwords``: the strong ones unless given."""
    app(obj=passwords)


def _end_with(work: Callable[[], int]) -> NoReturn:
    """Do it, and end with its code; with 2 and one sentence where the environment can't be used."""
    try:
        code = work()
    except config.ConfigError as problem:
        _stop(str(problem))
    except Exception as problem:
        from poststelle.model.errors import Unavailable

        if not isinstance(problem, Unavailable):
            raise
        _stop(problem.message)
    sys.exit(code)


def _stop(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    sys.exit(2)
