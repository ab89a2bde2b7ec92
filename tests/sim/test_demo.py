"""The demonstration and its simulator: they end together, and only one works in a data folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from tests.e2e.demo import ROOT, Demo, running_demo
from tests.kept import is_postgres

from m365sim.folder_lock import held

INFO = "info@buero-lindner.example"
_MESSAGE = b'{"message": {"subject": "Still here"}}'


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the demonstration that these tests share."""
    return tmp_path_factory.mktemp("shared") / "demo"


@pytest.fixture(scope="module")
def demo(data: Path) -> Iterator[Demo]:
    with running_demo(data) as it:
        yield it


def _control(demo: Demo, path: str, body: bytes | None = None) -> bytes:
    request = Request(f"{demo.pages_url}/control{path}", body, {"Content-Type": "application/json"})
    with build_opener(ProxyHandler({})).open(request, timeout=60) as answer:
        return bytes(answer.read())


def test_a_second_demo_in_the_same_folder_is_refused(demo: Demo, data: Path) -> None:
    """It says why, and the first one's addresses stay as they are."""
    ports = (data / "ports.json").read_bytes()
    command = [sys.executable, "-m", "poststelle", "demo", "--data", str(data)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert second.returncode == 2
    assert "Another simulator works in" in second.stderr
    assert (data / "ports.json").read_bytes() == ports
    assert _control(demo, "/mailboxes")


def test_the_welcome_names_the_folder_to_delete(demo: Demo, data: Path) -> None:
    """Deleting that folder, and no other, begins anew; a database elsewhere is to be emptied, too."""
    too = " and empty the database" if is_postgres() else ""
    assert f"Delete the folder {data}{too} to begin anew." in demo.welcome


def test_a_killed_demo_takes_its_simulator_with_it(demo: Demo, data: Path) -> None:
    """After kill -9 the simulator saves and ends; the next start has the same addresses and the same mail.

    Last, for it ends the one that is shared: making another office costs seconds.
    """
    _control(demo, f"/mailboxes/{INFO}/messages", _MESSAGE)
    demo.process.kill()
    demo.process.wait()
    with held(data / "m365", patience_s=10):
        ports = (data / "ports.json").read_bytes()

    with running_demo(data) as second:
        assert (data / "ports.json").read_bytes() == ports
        assert second.pages_url == demo.pages_url
        assert b"Still here" in _control(second, f"/mailboxes/{INFO}/snapshot")
