"""``make run`` in a checked-out tree, as a person at a terminal uses it."""

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.demo import ROOT, Demo, free_ports, issuer_base, read_until, server_folder
from tests.kept import expect_as_asked, forget_below, named_database

BUILT = (".venv", "web/node_modules", "web/dist")
NOT_CHECKED_IN = (".git", ".data", "__pycache__", ".*_cache", ".hypothesis", *(Path(b).name for b in BUILT))
STOP_S = 60


def checked_out(tree: Path) -> Path:
    """A copy of this repository that shares what is built already. Fails where that is out of date.

    Making it anew through the links would take this repository's own away.
    """
    targets = [".venv/.run", "web/dist/index.html"]
    fresh = subprocess.run(["make", "-q", *targets], cwd=ROOT, env=_environment(), check=False)
    assert fresh.returncode == 0, "what is built is out of date: run `make test`, which builds it first"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*NOT_CHECKED_IN))
    for built in BUILT:
        (tree / built).symlink_to(ROOT / built)
    return tree


@dataclass(frozen=True)
class Terminal(Demo):
    """The demonstration that somebody has started in a tree with ``make run``."""

    tree: Path

    def press_ctrl_c(self) -> tuple[int, str]:
        """Interrupt all that runs in the foreground, as a terminal does: the exit status, the last words."""
        os.killpg(self.process.pid, signal.SIGINT)
        said, _ = self.process.communicate(timeout=STOP_S)
        return self.process.returncode, said

    def left_over(self) -> list[str]:
        """The command lines of processes that still work in the tree."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (process / "cwd").readlink().is_relative_to(self.tree):
                    found.append((process / "cmdline").read_text().replace("\0", " "))
        return found


@contextmanager
def running_make(tree: Path) -> Iterator[Terminal]:
    """Type ``make run PORT=…`` and read the addresses; whatever runs at the end is killed."""
    data, log = tree / ".data/demo", tree / "stderr.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            ["make", "run", f"PORT={free_ports(1)[0]}"],
            cwd=tree,
            env=_environment() | named_database(server_folder(data)),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
            preexec_fn=_as_a_terminal_does,
        )
    try:
        welcome = read_until(process, "Ctrl-C", log)
        server, pages = re.findall(r"(?:running|Microsoft 365): +(http\S+)", welcome)
        ports = json.loads((data / "ports.json").read_text())
        expect_as_asked(server_folder(data))
        yield Terminal(server, pages, issuer_base(ports), welcome, process, tree)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout
        process.stdout.close()
        # As the welcome says, to begin anew.
        shutil.rmtree(tree / ".data", ignore_errors=True)
        forget_below(data)


def _as_a_terminal_does() -> None:
    """Whoever started the tests in the background has them ignore Ctrl-C, and their children too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _environment() -> dict[str, str]:
    """Without what a ``make`` around the tests hands down to its own children."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS", "POSTSTELLE_"))}
