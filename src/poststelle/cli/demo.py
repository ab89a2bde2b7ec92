"""``poststelle demo``: the server beside a simulated Microsoft 365, ready to be tried.

The simulator is a program of its own, started as one: we know its addresses
and its CA file, nothing else. Ports are kept in the data folder, because the
addresses of a sign-in belong to it; a port that stays taken is replaced. The simulator
ends with us however we end: its standard input is a pipe that closes with our process.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from poststelle import config
from poststelle.config import DemoLogin

if TYPE_CHECKING:
    from poststelle.auth.passwords import Passwords

_PASSWORD = "poststelle-demo"  # noqa: S105 - printed on the screen: the demo holds nothing worth guarding
_LOGINS = (
    DemoLogin("sabine", "Sabine Lindner", _PASSWORD),
    DemoLogin("anna", "Anna Berger", _PASSWORD),
    DemoLogin("thomas", "Thomas Maier", _PASSWORD),
)
_PASSED_ON = ("POSTSTELLE_DATABASE", "POSTSTELLE_LOG", "POSTSTELLE_UI")
_FIRST_PORTS = {"server": 8025, "simulator": 8443, "pages": 8080}
_PATIENCE_S = 3.0


class DemoError(Exception):
    """The demo can't start; the message says what to do."""


class Ports(msgspec.Struct, frozen=True):
    server: int
    simulator: int
    pages: int


class SimulatedAccount(msgspec.Struct, frozen=True):
    """One account of the simulated Microsoft 365, as its start-up line tells it."""

    address: str
    password: str
    name: str = ""
    is_admin: bool = False
    has_mailbox: bool = True


class Simulator(msgspec.Struct, frozen=True):
    """Where the simulator is: its start-up line."""

    base_url: str
    graph_url: str
    pages_url: str
    ca_file: str
    client_id: str
    client_secret: str
    accounts: list[SimulatedAccount]


def run(port: int | None, data_dir: Path, passwords: "Passwords | None" = None) -> None:
    """Start both, print where everything is, stop both on Ctrl-C or SIGTERM.

    ``passwords``: the strong ones unless given.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    kept_ports = data_dir / "ports.json"
    ports = _ports(kept_ports, port)
    with _simulator(data_dir / "m365", ports) as process:
        # Half of a start is importing; ours happens while the simulator makes its office.
        from poststelle import program

        simulator = _first_line(process)
        _allow_plain_notifications(simulator)
        kept_ports.write_bytes(msgspec.json.encode(ports))
        settings = config.load(_environment(data_dir, ports, simulator))
        program.serve(
            settings,
            on_ready=lambda url: print(_welcome(url, simulator, data_dir), flush=True),
            passwords=passwords,
        )


def _environment(data_dir: Path, ports: Ports, simulator: Simulator) -> dict[str, str]:
    admin, *_ = _LOGINS
    return {
        "POSTSTELLE_DATA": str(data_dir / "server"),
        "POSTSTELLE_LISTEN": f"127.0.0.1:{ports.server}",
        "POSTSTELLE_PUBLIC_URL": f"http://localhost:{ports.server}",
        "POSTSTELLE_MICROSOFT_LOGIN_BASE": simulator.base_url,
        "POSTSTELLE_GRAPH_BASE": simulator.graph_url,
        "POSTSTELLE_CA_FILE": simulator.ca_file,
        "POSTSTELLE_MICROSOFT_CLIENT_ID": simulator.client_id,
        "POSTSTELLE_MICROSOFT_CLIENT_SECRET": simulator.client_secret,
        "POSTSTELLE_NOTIFICATION_URL": f"http://localhost:{ports.server}",
        "POSTSTELLE_POLL_SECONDS": "2",
        "POSTSTELLE_ADMIN_LOGIN": admin.login,
        "POSTSTELLE_ADMIN_NAME": admin.name,
        "POSTSTELLE_ADMIN_PASSWORD": admin.password,
        "POSTSTELLE_DEMO_LOGINS": msgspec.json.encode(_LOGINS).decode(),
    } | {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _allow_plain_notifications(simulator: Simulator) -> None:
    """Microsoft tells https addresses only; the simulated one may tell this machine without a certificate."""
    request = urllib.request.Request(  # noqa: S310 - the address it has just given us
        f"{simulator.pages_url}/control/behaviour",
        b'{"subscriptionHttpLocalhost": true}',
        {"Content-Type": "application/json"},
        method="PATCH",
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with contextlib.suppress(OSError), direct.open(request, timeout=5):  # without it mail comes by polling
        return


@contextlib.contextmanager
def _simulator(data_dir: Path, ports: Ports) -> Iterator["subprocess.Popen[str]"]:
    """Run the simulator for as long as the block."""
    command = [
        sys.executable, "-m", "m365sim", "serve", "--json", "--until-stdin-closes",
        "--data-dir", str(data_dir), "--port", str(ports.simulator), "--pages-port", str(ports.pages),
    ]  # fmt: skip
    # A session of its own: Ctrl-C goes to us alone, and we end it after the server has stopped asking.
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _first_line(process: "subprocess.Popen[str]") -> Simulator:
    """Its start-up line, said when it serves; raises DemoError when it ended instead."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise DemoError(
            "The simulated Microsoft 365 did not start; its message stands above."
            " Should this demonstration be running already, end it there with Ctrl-C first."
        )
    return msgspec.json.decode(line, type=Simulator)


def _ports(path: Path, asked: int | None) -> Ports:
    """Last time's ports where they are free, else the usual ones, else any free one.

    Last time's may still be held for a moment by a simulator that is ending, so they are waited for.
    """
    if asked is not None and asked not in range(1, 65_536):
        raise DemoError(f"There is no port {asked}; choose one from 1 to 65535: make run PORT={_any_free()}")
    kept = dict(_FIRST_PORTS)
    if path.is_file():
        with contextlib.suppress(msgspec.DecodeError):
            kept = msgspec.structs.asdict(msgspec.json.decode(path.read_bytes(), type=Ports))
            _wait_for((kept["simulator"], kept["pages"]))
    if asked is not None and not _is_free(asked):
        raise DemoError(f"Port {asked} is in use; choose another, for example: make run PORT={_any_free()}")
    return Ports(
        server=asked if asked is not None else _free_or_any(kept["server"]),
        simulator=_free_or_any(kept["simulator"]),
        pages=_free_or_any(kept["pages"]),
    )


def _wait_for(ports: Iterable[int]) -> None:
    """Return when these ports are free, or after a few seconds."""
    ends = time.monotonic() + _PATIENCE_S
    while not all(_is_free(port) for port in ports) and time.monotonic() < ends:
        time.sleep(0.05)


def _free_or_any(port: int) -> int:
    return port if _is_free(port) else _any_free()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _welcome(url: str, simulator: Simulator, data_dir: Path) -> str:
    logins = "\n".join(f"    {who.login:<10} {who.password:<18} {who.name}" for who in _LOGINS)
    accounts = "\n".join(_account_line(account) for account in simulator.accounts)
    first = next((a.address for a in simulator.accounts if a.address.startswith("info@")), "")
    return f"""
  Poststelle is running:     {url}
  Simulated Microsoft 365:   {simulator.pages_url}   (put a message into a mailbox here)

  Logins at Poststelle (the first one is the administrator)
{logins}

  Accounts at the simulated Microsoft 365
{accounts}

  Try it: as sabine open Settings > Basic settings > E-mail, import {first}
  and assign Anna Berger; then as anna open the mailbox and sign in there with the password above.

  Ctrl-C stops everything. {_begin_anew(data_dir)}
"""


def _begin_anew(data_dir: Path) -> str:
    """What to do to begin anew; the folder as it is called from where the person stands."""
    here = Path.cwd()
    folder = data_dir.relative_to(here) if data_dir.is_relative_to(here) else data_dir
    if "POSTSTELLE_DATABASE" in os.environ:
        return f"Delete the folder {folder} and empty the database to begin anew."
    return f"Delete the folder {folder} to begin anew."


def _account_line(account: SimulatedAccount) -> str:
    note = "  administrator: may approve for everybody there" if account.is_admin else ""
    if not account.has_mailbox:
        note = "  has no mailbox: Microsoft says so when it is signed in to"
    return f"    {account.address:<42} {account.password}{note}"
