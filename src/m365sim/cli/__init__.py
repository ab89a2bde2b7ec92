"""The command line: ``m365sim serve``, ``m365sim load``, ``m365sim certificate``."""

from __future__ import annotations

import typer

from m365sim.cli.certificate import certificate_command
from m365sim.cli.load import load_command
from m365sim.cli.serve import serve_command

app = typer.Typer(
    name="m365sim",
    help="A simulated Microsoft 365: identity platform and Graph mail, on your own machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve_command)
app.command("load")(load_command)
app.command("certificate")(certificate_command)


@app.callback()
def _root() -> None:
    """A simulated Microsoft 365: identity platform and Graph mail, on your own machine."""


def main() -> None:
    """Run the command line."""
    app()
