"""``m365sim certificate``: a certificate that the simulator trusts, for receivers of its notifications."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from m365sim.tls import issue_certificate


def certificate_command(
    data_dir: Annotated[Path, typer.Option(help="The simulator's data folder: its CA signs.")],
    out: Annotated[Path, typer.Option(help="Folder for the certificate, its key and ca.pem.")],
    name: Annotated[list[str] | None, typer.Option(help="Host name or address; may be repeated.")] = None,
) -> None:
    """Issue a certificate for a server beside the simulator, such as a receiver of notifications."""
    try:
        files = issue_certificate(data_dir, name or ["localhost"], out, datetime.now(UTC))
    except (OSError, ValueError) as failure:
        print(f"m365sim: {failure}", file=sys.stderr)
        raise typer.Exit(1) from None
    for path in (files.certificate, files.key, files.ca):
        print(path)
