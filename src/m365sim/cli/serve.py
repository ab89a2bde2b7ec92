"""``m365sim serve``: run until Ctrl-C or SIGTERM; the last line at the start says where everything is."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import msgspec
import typer
import uvloop

from m365sim.cli.seeds import runs_of, seeded_office, with_runs
from m365sim.clouds import CLOUDS, Cloud

if TYPE_CHECKING:
    from m365sim.directory import User
    from m365sim.server import Running, ServeOptions

_COLLECT = (20_000, 20, 100)
"""Pages of messages are many objects that refer to nothing but each other downwards: looking for circles
among them as often as Python does costs a sixth of the time.
"""


def serve_command(
    data_dir: Annotated[
        Path, typer.Option(help="Folder for CA, keys, consents and mail; made when missing.")
    ] = Path(".m365sim"),
    port: Annotated[int, typer.Option(help="HTTPS port for programs; 0 takes a free one.")] = 0,
    pages_port: Annotated[int, typer.Option(help="HTTP port for pages and control; 0: a free one.")] = 0,
    uploads_port: Annotated[int, typer.Option(help="HTTPS port for large attachments; 0: a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen at. Not for open networks.")] = "127.0.0.1",
    name: Annotated[str, typer.Option(help="Host name in every URL.")] = "localhost",
    seed: Annotated[str, typer.Option(help="'office', 'office:N', or 'empty'.")] = "office",
    messages: Annotated[int, typer.Option(min=0, help="About how many messages the office has.")] = 2500,
    bulk: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS:COUNT", help="So many derived messages more in an inbox (up to 1,000,000)."
        ),
    ] = None,
    app_name: Annotated[str, typer.Option(help="Name of the demo app on the consent page.")] = "Poststelle",
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="Redirect addresses of the demo app (default: any local one).")
    ] = None,
    notify_ca: Annotated[
        Path | None,
        typer.Option(help="PEM file: further authorities of those who receive notifications.", exists=True),
    ] = None,
    cloud: Annotated[str, typer.Option(help=f"Which cloud to be: {', '.join(CLOUDS)}.")] = "global",
    no_keep: Annotated[
        bool,
        typer.Option(
            "--no-keep", help="Keep no directory and mail: to save thousands of mailboxes takes seconds."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Say the last line as JSON.")] = False,
    until_stdin_closes: Annotated[
        bool, typer.Option("--until-stdin-closes", help="End also when standard input ends: with its parent.")
    ] = False,
) -> None:
    """Serve a simulated Microsoft 365 until Ctrl-C; its world is kept in the data folder."""
    from m365sim.server import ServeOptions  # a slow import that no other command waits for

    now, data_dir = datetime.now(UTC), data_dir.resolve()
    try:
        runs = runs_of(bulk or ())
        data_dir.mkdir(parents=True, exist_ok=True)
        options = ServeOptions(
            data_dir=data_dir,
            make_office=lambda: with_runs(seeded_office(seed, messages, data_dir, now), runs),
            keep_as=None if no_keep else " ".join((seed, str(messages), *(bulk or ()))),
            host=host,
            port=port,
            pages_port=pages_port,
            uploads_port=uploads_port,
            name=name,
            app_name=app_name,
            redirect_uris=tuple(redirect_uri) if redirect_uri else None,
            notify_ca=notify_ca,
            cloud=_cloud(cloud),
        )
        gc.set_threshold(*_COLLECT)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(options, as_json, until_stdin_closes))
    except* (OSError, ValueError) as failures:
        for failure in failures.exceptions:
            print(f"m365sim: {failure}", file=sys.stderr)
        raise typer.Exit(1) from None


def _cloud(name: str) -> Cloud:
    if found := CLOUDS.get(name):
        return found
    raise ValueError(f"there is no cloud '{name}'; there are {', '.join(CLOUDS)}")


async def _serve(options: ServeOptions, as_json: bool, until_stdin_closes: bool) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if until_stdin_closes:
        end_with(sys.stdin, ended)

    def tell(it: Running) -> None:
        print(msgspec.json.encode(facts(it)).decode() if as_json else readable(it), flush=True)

    from m365sim.server import serve

    await serve(options, tell, ended)


def end_with(source: TextIO, ended: asyncio.Event) -> None:
    """Set ``ended`` once this input ends: a parent that is killed closes its pipe so.

    What nobody can wait for has ended already: a plain file, or /dev/null.
    """
    try:
        asyncio.get_running_loop().add_reader(source.fileno(), _end_at_eof, source.fileno(), ended)
    except OSError:
        ended.set()


def _end_at_eof(source: int, ended: asyncio.Event) -> None:
    """Read what there is; at its end, end."""
    if not os.read(source, 4096):
        asyncio.get_running_loop().remove_reader(source)
        ended.set()


def facts(it: Running) -> dict[str, Any]:
    """Where everything is, for programs."""
    from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET

    tenants = it.platform.directory.tenants
    return {
        "base_url": it.base_url,
        "graph_url": f"{it.base_url}/v1.0",
        "pages_url": it.pages_url,
        "uploads_url": it.uploads_url,
        "ca_file": str(it.ca_file),
        "cloud": it.platform.cloud.name,
        "client_id": DEMO_CLIENT_ID,
        "client_secret": DEMO_SECRET,
        "tenants": [
            {"id": t.id, "domain": t.domain, "name": t.name, "consent_policy": t.consent_policy}
            for t in tenants.values()
        ],
        "accounts": [
            {
                "address": user.upn,
                "password": user.password,
                "name": user.display_name,
                "tenant": tenants[user.tenant_id].domain,
                "is_admin": user.is_admin,
                "is_personal": user.is_personal,
                "has_mailbox": user.has_mailbox,
            }
            for user in it.accounts()
        ],
    }


def readable(it: Running) -> str:
    """Where everything is, for people."""
    from m365sim.server import DEMO_CLIENT_ID, DEMO_SECRET

    lines = [
        "Simulated Microsoft 365 is running.",
        f"  overview and sign-in  {it.pages_url}/",
        f"  programs (HTTPS)      {it.base_url}",
        f"  large attachments     {it.uploads_url}",
        f"  CA file               {it.ca_file}",
        f"  client id             {DEMO_CLIENT_ID}",
        f"  client secret         {DEMO_SECRET}",
        "  accounts",
    ]
    width = max((len(u.upn) for u in it.accounts()), default=0)
    for user in it.accounts():
        lines.append(f"    {user.upn:<{width}}  {user.password}{_remark(user)}")
    return "\n".join(lines)


def _remark(user: User) -> str:
    if user.is_admin:
        return "  (administrator)"
    return "" if user.has_mailbox else "  (has no mailbox)"
