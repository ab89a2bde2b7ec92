"""The server as a program: it listens, opens everything, answers, and ends."""

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import structlog

from poststelle.access import users as people
from poststelle.auth.passwords import Passwords
from poststelle.config import Config, ConfigError
from poststelle.http.serving import Front, Server, State, answering, web_settings
from poststelle.lib.log import set_up_logging
from poststelle.lib.version import version
from poststelle.main import build
from poststelle.opening import Telling, log_held_up

_NEW_OBJECTS = 10_000  # between two looks for cycles; Python's own number is 700

log = structlog.get_logger()


def serve(
    config: Config, on_ready: Callable[[str], None] | None = None, passwords: Passwords | None = None
) -> None:
    """Run the server until SIGINT or SIGTERM. Raises ConfigError when it can't start.

    ``on_ready`` is called once with the address when requests are answered;
    by default the address is printed. With port 0 a free port is taken.
    ``passwords``: as for `build`.
    """
    set_up_logging(as_json=config.log_format == "json")
    os.umask(0o077)  # what we write is mail: nobody else on this machine reads it
    listener = _listen(config)
    log.info("server.starting", version=version(), role=config.role.value)
    if config.port == 0:
        config = _with_port(config, listener.getsockname()[1])
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run(config, listener, on_ready or _announce, passwords))


async def _run(
    config: Config, listener: socket.socket, on_ready: Callable[[str], None], passwords: Passwords | None
) -> None:
    front = Front()
    server = Server(web_settings(front, config.trusted_proxies), front, config.drain_s)
    telling = Telling(
        _telling_migrating(front),
        partial(_tell_held_up, front),
        _announce_key,
        partial(_tell_no_time, front),
    )
    async with (
        answering(server, front, listener) as serving,
        build(config, passwords=passwords, telling=telling) as built,
    ):
        await built.heart.beat()
        built.supervisor.start()
        if (
            config.role.answers
            and built.services.setup_code
            and not await built.services.store.read(people.is_set_up)
        ):
            _announce_setup_code(built.services.setup_code, is_lasting=config.is_shared)
        _collect_less()
        front.open(built.web, built.services.hub.close)
        on_ready(config.public_url if config.role.answers else f"http://{config.host}:{config.port}")
        await serving


def _collect_less() -> None:
    """Let Python look for cycles less often, and never again among what was made until now.

    Pages of mail are thousands of objects without any cycle; looking through them, and through all
    modules, took a tenth of a first synchronisation and held up every answer meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 10, 10)


def _telling_migrating(front: Front) -> Callable[[int, int], None]:
    """Each try is one that may go through, and take long; the log is told of the first."""
    is_logged = False

    def tell(found: int, version: int) -> None:
        nonlocal is_logged
        front.state = State.MIGRATING
        if not is_logged:
            log.warning("database.migrating", schema=found, new_schema=version)
        is_logged = True

    return tell


def _tell_held_up(front: Front, by: str, attempt: int) -> None:
    front.state = State.HELD_UP
    log_held_up(by, attempt)


def _tell_no_time(front: Front) -> None:
    front.state = State.NO_TIME


def _listen(config: Config) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        return socket.create_server((config.host, config.port), family=family, backlog=2048)
    except OSError as problem:
        reason = os.strerror(problem.errno) if problem.errno and problem.errno > 0 else problem
        raise ConfigError(f"The server can't listen on {config.host}:{config.port}: {reason}.") from problem


def _with_port(config: Config, port: int) -> Config:
    """The addresses people and Microsoft use, where they were left open together with the port."""

    def filled(url: str) -> str:
        return f"{url.removesuffix(':0')}:{port}" if url.endswith(":0") else url

    told = config.notification_url
    return replace(
        config,
        port=port,
        public_url=filled(config.public_url),
        notification_url=None if told is None else filled(told),
    )


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    if sys.platform == "win32":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


def _announce(url: str) -> None:
    sys.stdout.write(f"Poststelle is running: {url}\n")
    sys.stdout.flush()


def _announce_setup_code(code: str, *, is_lasting: bool) -> None:
    """``is_lasting``: it is kept in the database, for all processes."""
    until = "" if is_lasting else ", or until the next start of the server"
    sys.stderr.write(
        f"Nobody is set up yet. The first administrator needs this code in the browser: {code}\n"
        f"It is good until the first administrator is made{until}.\n"
    )
    sys.stderr.flush()


def _announce_key(path: Path) -> None:
    sys.stderr.write(
        f"A key for stored sign-ins was made: {path}\n"
        "Keep a copy of it apart from the database: without it every mailbox must sign in again.\n"
    )
