"""Reading mail: an IMAP server with a webmail in front, and Poststelle, in one run.

Dovecot and Roundcube on PHP's own web server and SQLite, as Debian packs them, get the messages of
``gen_mail.py`` by IMAP; an internal mailbox of Poststelle gets the same. One after the other is asked for
what a person does: the newest fifty, one message, a search with its first fifty hits, one and a hundred
flags, a move. *IMAP* is what a mail program would ask for over one connection (FETCH of 50 headers with their
structure, SEARCH TEXT), *Roundcube* what its page asks its server for, *Poststelle* what its page asks for.
Roundcube answers with finished HTML, the two others leave that to their clients.

As Debian sets it up Dovecot has no index of words and reads all messages for a search; ``--indexed`` lets its
plugin for Xapian build one first, which takes a tenth of a second and more for each message.

The tools lie beside this repository: ``gen_mail.py``, ``roundcube_setup.sh``, ``roundcube_bench.py`` and
``jmap_bench.py``. ``sh roundcube_setup.sh install`` (Debian, as root) brings the programs.
"""

import argparse
import imaplib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tests.flow.jmap.office import running_server
from tests.flow.sim import running_simulator
from tests.programs import start_anew

from bench import jmap, jmap_load
from bench.jmap_load import Mail
from bench.tools import TOOLS, not_whole, require

ROWS = (
    ("newest 50", "imap_list_newest_50", "list_newest_50", "list_newest_50"),
    ("one message", "imap_fetch_raw_1", "show_1", "get_body_1"),
    ("a rare word", "imap_search_rare", "search_rare", "search_rare"),
    ("one in 200", "imap_search_medium", "search_medium", "search_medium"),
    ("a common word", "imap_search_common", "search_common", "search_common"),
    ("a word of subjects", None, "search_subject", "search_subject"),
    ("one flag", "imap_flag_1", "flag_1", "set_flag_1"),
    ("100 flags", "imap_flag_100", "flag_100", "set_flag_100"),
    ("a move", None, "move_1", "move_1"),
)
_USER, _PASSWORD = "bench", "secret4"
_PROGRAMS = ("dovecot", "doveadm", "php", "sqlite3")


@dataclass(frozen=True)
class Theirs:
    """A Roundcube with its Dovecot. ``folder``: all that they keep."""

    folder: Path
    tools: Path
    imap_port: int
    http_port: int
    is_indexed: bool

    def run(self, *command: str) -> None:
        """One of ``roundcube_setup.sh``'s commands."""
        environment = {
            **os.environ,
            "RC_BASE": str(self.folder),
            "RC_IMAP_PORT": str(self.imap_port),
            "RC_HTTP_PORT": str(self.http_port),
            "RC_FTS": str(int(self.is_indexed)),
        }
        script = str(self.tools / "roundcube_setup.sh")
        # Not into a pipe: what it starts would keep that open.
        with (self.folder / "setup.log").open("a") as log:
            subprocess.run(["sh", script, *command], env=environment, check=True, stdout=log, stderr=log)

    def fill(self, mails: Sequence[Mail]) -> None:
        """Put the messages in as a mail program would, oldest first, and build the index, if any."""
        connection = imaplib.IMAP4("127.0.0.1", self.imap_port)
        connection.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.login(_USER, _PASSWORD)
        names = {"$seen": "\\Seen", "$flagged": "\\Flagged", "$answered": "\\Answered"}
        for mail in sorted(mails, key=lambda one: one.date):
            flags = " ".join(names[word] for word in mail.keywords if word in names)
            said, _ = connection.append("INBOX", f"({flags})", mail.date, mail.raw)  # type: ignore[arg-type]
            assert said == "OK", said
        connection.logout()
        if self.is_indexed:
            self.run("index", _USER)

    def measure(self, repeat: int) -> dict[str, Any]:
        """Medians of the webmail and of the IMAP server alone."""
        url = f"http://127.0.0.1:{self.http_port}/"
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.json"
            program = [sys.executable, str(self.tools / "roundcube_bench.py"), "--url", url]
            options = ["--imap", str(self.imap_port), "--user", _USER, "--password", _PASSWORD]
            program += [*options, "--repeat", str(repeat), "--out", str(out)]
            subprocess.run(program, check=True, capture_output=True, timeout=3600)
            found: dict[str, Any] = json.loads(out.read_text())["results"]
            return found

    @contextmanager
    def hastily(self) -> Iterator[None]:
        """Meanwhile Dovecot does not wait for the disk; afterwards it does again, as Debian sets it up."""
        settings = self.folder / "dovecot.conf"
        usual = settings.read_text()
        for text in (f"{usual}mail_fsync = never\n", usual):
            settings.write_text(text)
            self.run("stop")
            _wait_until_free(self.imap_port)
            self.run("start")
            if text != usual:
                yield


def _wait_until_free(port: int) -> None:
    """Until nobody listens there any more."""
    for _ in range(100):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return


@contextmanager
def their_webmail(folder: Path, tools: Path, *, is_indexed: bool) -> Iterator[Theirs]:
    """Both programs, empty; stopped at the end."""
    folder.chmod(0o755)  # Dovecot's own users must pass
    theirs = Theirs(folder / "theirs", tools, *_free_ports(), is_indexed)
    theirs.folder.mkdir()
    theirs.run("init")
    theirs.run("user", _USER, _PASSWORD)
    theirs.run("start")
    try:
        yield theirs
    finally:
        theirs.run("stop")


def _free_ports() -> tuple[int, int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    first, second = (one.getsockname()[1] for one in sockets)
    for one in sockets:
        one.close()
    return first, second


def main(messages: int, repeat: int, tools: Path, *, is_indexed: bool) -> None:
    """Measure once and print a table."""
    require(tools, "gen_mail.py", "jmap_bench.py", "roundcube_bench.py", "roundcube_setup.sh")
    missing = [name for name in _PROGRAMS if shutil.which(name) is None]
    missing += [] if Path("/var/lib/roundcube").exists() else ["roundcube"]
    if missing:
        remedy = f"sh {tools / 'roundcube_setup.sh'} install (Debian, as root) brings them"
        not_whole(f"nothing to compare with: {', '.join(missing)} not installed; {remedy}")
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        simulator = closing.enter_context(running_simulator(folder / "m365", start=start_anew))
        theirs = closing.enter_context(their_webmail(folder, tools, is_indexed=is_indexed))
        began = time.perf_counter()
        with theirs.hastily():
            theirs.fill(list(islice(jmap_load.generated(tools), messages)))
        how = ", with its index" if is_indexed else ""
        took_s = time.perf_counter() - began
        print(f"{messages:,} messages put into Dovecot{how}: {took_s:.0f} s", flush=True)
        url = f"sqlite:///{folder / 'server' / 'poststelle.db'}"
        wanted = jmap.Wanted(messages, repeat, tools, None, is_postgres=False, cyrus=None)
        token = jmap.filled(folder, simulator, url, wanted)
        server = closing.enter_context(running_server(folder / "server", simulator, start=start_anew))
        jmap.at_rest(server)
        ours = jmap.Target("Poststelle", ("--url", f"{server.url}/jmap/session", "--token", token))
        show(messages, theirs.measure(repeat), ours.measure(tools, "run", "--repeat", str(repeat))["results"])


def show(messages: int, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> None:
    """The table, and a line for the plots."""
    print(f"\n{messages:,} messages, {jmap.load()}; medians in ms\n")
    print("| | found | Dovecot (IMAP) | Roundcube | Poststelle | times Dovecot | times Roundcube |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    figures = {}
    for label, imap, webmail, own in ROWS:
        found = [theirs.get(imap or "", {}), theirs.get(webmail, {}), ours.get(own, {})]
        first, second, third = (one.get("p50_ms") for one in found)
        figures[label] = {"dovecot": first, "roundcube": second, "poststelle": third}
        shown = " | ".join("-" if one is None else f"{one:.1f}" for one in (first, second, third))
        print(
            f"| {label} | {ours.get(own, {}).get('result') or '-'} | {shown} | {_times(first, third)}"
            f" | {_times(second, third)} |"
        )
    errors = {name: row["error"] for name, row in [*theirs.items(), *ours.items()] if "error" in row}
    for name, error in errors.items():
        print(f"{name}: {error}")
    print(
        json.dumps({"webmail": {"messages": messages, "load": os.getloadavg()[0], "ms": figures}}), flush=True
    )


def _times(theirs: float | None, ours: float | None) -> str:
    return f"{theirs / ours:.1f}" if theirs and ours else "-"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.webmail", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=30)
    parser.add_argument("--tools", type=Path, default=TOOLS, help="where gen_mail.py is (%(default)s)")
    parser.add_argument("--indexed", action="store_true", help="with Dovecot's index of words")
    options = parser.parse_args()
    main(options.messages, options.repeat, options.tools, is_indexed=options.indexed)
