"""The command line: starting, stopping, starting again, and loading mail."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msal
import pytest
import uvloop
from tests import programs
from tests.programs import Started
from tests.sim.identity.app import REDIRECT
from tests.sim.identity.browser import Browser
from typer.testing import CliRunner

from m365sim.cli import app
from m365sim.cli.serve import end_with
from m365sim.control.client import ControlClient
from m365sim.listening import bound

ROOT = Path(__file__).parents[3]
CORPUS = ROOT.parent / "shared" / "corpus"
ADDRESS = "anna.berger@buero-lindner.example"


@dataclass
class Served:
    """A simulator in a process of its own."""

    process: Started
    errors: Path
    facts: dict[str, Any]

    def complaints(self) -> str:
        """What it has said beside the facts."""
        return self.errors.read_text(encoding="utf-8")


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "m365sim", *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


@contextmanager
def _serving(data_dir: Path, *more: str) -> Iterator[Served]:
    words = ["m365sim", "serve", "--json", "--messages", "20", "--data-dir", str(data_dir), *more]
    errors = data_dir.with_name(f"{data_dir.name}-stderr.log")
    with errors.open("w", encoding="utf-8") as complaints:
        process = programs.start(words, os.environ, complaints)
    with process.stdout:
        try:
            line = process.stdout.readline()
            assert line, errors.read_text(encoding="utf-8")
            yield Served(process, errors, json.loads(line))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def _client(facts: dict[str, Any], cache: msal.SerializableTokenCache) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        facts["client_id"],
        client_credential=facts["client_secret"],
        authority=f"{facts['base_url']}/common",
        instance_discovery=False,
        verify=facts["ca_file"],
        token_cache=cache,
    )


def _password(facts: dict[str, Any], address: str) -> str:
    return str(next(a["password"] for a in facts["accounts"] if a["address"] == address))


def _sign_in(client: msal.ConfidentialClientApplication, facts: dict[str, Any]) -> None:
    browser = Browser(facts["pages_url"])
    flow = client.initiate_auth_code_flow(
        ["Mail.ReadWrite"], redirect_uri=REDIRECT, login_hint=ADDRESS, response_mode="form_post"
    )
    browser.open(flow["auth_uri"]).press("signin", passwd=_password(facts, ADDRESS))
    if browser.has("button#accept"):
        browser.press("accept")
    result = client.acquire_token_by_auth_code_flow(flow, browser.answer())
    assert "access_token" in result, result


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _receive(facts: dict[str, Any], subject: str) -> None:
    ControlClient(facts["pages_url"]).receive(ADDRESS, subject=subject)


def _snapshot(facts: dict[str, Any]) -> bytes:
    url = f"{facts['pages_url']}/control/mailboxes/{ADDRESS}/snapshot"
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as answer:
        return bytes(answer.read())


def _allow(facts: dict[str, Any]) -> None:
    """Let every tenant's users consent, so that this test is about restarting only."""
    for tenant in facts["tenants"]:
        request = urllib.request.Request(
            f"{facts['pages_url']}/control/identity/tenants/{tenant['id']}",
            b'{"consent_policy": "users_may_consent"}',
            method="PUT",
        )
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()


def test_a_sign_in_survives_a_restart(data_dir: Path) -> None:
    """With the same data folder and port, a refresh token and its consent work after a restart."""
    cache, port = msal.SerializableTokenCache(), str(_free_port())
    with _serving(data_dir, "--port", port) as first:
        _allow(first.facts)
        _sign_in(_client(first.facts, cache), first.facts)

    with _serving(data_dir, "--port", port) as second:
        client = _client(second.facts, cache)
        account = client.get_accounts()[0]
        result = client.acquire_token_silent(["Mail.ReadWrite"], account=account, force_refresh=True)

    assert result["access_token"]
    assert first.facts["ca_file"] == second.facts["ca_file"]


def test_the_mail_survives_a_stop_and_the_saved_mail_a_kill(data_dir: Path) -> None:
    """A message received is there after SIGTERM, and after kill -9 too when it was there at the start."""
    with _serving(data_dir) as first:
        _receive(first.facts, "Kept")
    with _serving(data_dir) as second:
        assert b"Kept" in _snapshot(second.facts)
        _receive(second.facts, "Lost")
        second.process.kill()

    with _serving(data_dir) as third:
        snapshot = _snapshot(third.facts)

    assert b"Kept" in snapshot
    assert b"Lost" not in snapshot


def test_a_world_that_is_not_to_be_kept_leaves_the_kept_one_alone(data_dir: Path) -> None:
    """It begins with nothing of it, and what comes to it is gone at its end."""
    with _serving(data_dir) as first:
        _receive(first.facts, "Kept")
    with _serving(data_dir, "--no-keep") as second:
        assert b"Kept" not in _snapshot(second.facts)
        _receive(second.facts, "Lost")

    with _serving(data_dir) as third:
        snapshot = _snapshot(third.facts)

    assert b"Kept" in snapshot
    assert b"Lost" not in snapshot


def test_it_ends_when_its_standard_input_ends(data_dir: Path) -> None:
    """A parent that is killed closes the pipe: no orphan stays, and the folder is free again."""
    options = ["--seed", "empty", "--until-stdin-closes", "--data-dir", str(data_dir)]
    with subprocess.Popen(
        _command("serve", "--json", *options),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline()

        process.stdin.close()

        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("kind", ["nothing", "file"])
def test_an_input_that_nobody_can_wait_for_has_ended(tmp_path: Path, kind: str) -> None:
    """/dev/null, or a plain file: the simulator ends, and does not break down."""
    path = Path(os.devnull) if kind == "nothing" else tmp_path / "file"
    path.touch()

    async def ends(source: TextIO) -> bool:
        ended = asyncio.Event()
        end_with(source, ended)
        return ended.is_set()

    with path.open() as source, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(ends(source))


@pytest.mark.parametrize("port", [99999, -1])
def test_a_port_that_there_is_not_is_told_in_a_sentence(port: int) -> None:
    with (
        pytest.raises(OSError, match=f"there is no port {port}: they go from 0 to 65535"),
        bound("::1", port),
    ):
        pass


def test_a_second_one_on_the_same_folder_is_told_in_one_line(data_dir: Path) -> None:
    """Two simulators would write over one another's world."""
    with _serving(data_dir, "--seed", "empty"):
        done = _run("serve", "--data-dir", str(data_dir), "--seed", "empty")

    assert done.returncode == 1
    assert done.stderr.startswith("m365sim: Another simulator works in ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_at_once(data_dir: Path, number: int) -> None:
    """Even with an open keep-alive connection the process ends at once, with code 0 and in silence."""
    with _serving(data_dir, "--seed", "empty") as served:
        port = int(served.facts["pages_url"].rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as kept:
            kept.sendall(b"GET /assets/pages.css HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert kept.recv(64).startswith(b"HTTP/1.1 200")
            began = time.monotonic()
            served.process.send_signal(number)
            code = served.process.wait(timeout=60)

        assert time.monotonic() - began < 10
        assert code == 0
        assert served.complaints() == ""


def test_the_readable_form_tells_the_same(data_dir: Path) -> None:
    """Without --json the start-up text names pages, CA file, client id and accounts."""
    command = _command("serve", "--messages", "0", "--data-dir", str(data_dir))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment()) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(8)]
        process.terminate()

    text = "".join(lines)
    assert "http://localhost:" in text
    assert "ca.pem" in text
    assert "5a1e0b7c-4f7d-4c1e-9d6a-7f0c3b2e1d55" in text


def test_a_taken_port_is_told_in_one_line(data_dir: Path) -> None:
    """No traceback: a sentence and code 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = _run("serve", "--data-dir", str(data_dir), "--seed", "empty", "--port", port)

    assert done.returncode == 1
    assert done.stderr.startswith("m365sim: ")
    assert len(done.stderr.splitlines()) == 1


def test_an_unknown_seed_is_told_in_one_line(data_dir: Path) -> None:
    """The words that are possible are named."""
    done = _run("serve", "--data-dir", str(data_dir), "--seed", "castle")

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "'office:N'" in done.stderr


def test_an_inbox_can_be_filled_at_the_first_start(data_dir: Path) -> None:
    """``--bulk`` puts derived mail on top of the office's, once: a restart finds it, and adds none."""
    filled = ("--bulk", f"{ADDRESS}:1000")
    with _serving(data_dir, *filled) as first:
        before = _snapshot(first.facts)
    with _serving(data_dir, *filled) as second:
        after = _snapshot(second.facts)

    assert before == after
    assert before.count(b"<bulk.") >= 1000


@pytest.mark.parametrize(
    ("bulk", "word"),
    [
        ("nobody@buero-lindner.example:10", "nobody of this office has the mailbox"),
        (f"{ADDRESS}:1000001", "is not ADDRESS:COUNT"),
        (ADDRESS, "is not ADDRESS:COUNT"),
    ],
)
def test_an_inbox_that_cannot_be_filled_is_told_in_one_line(data_dir: Path, bulk: str, word: str) -> None:
    """Another form, too many, or somebody unknown."""
    done = _run("serve", "--data-dir", str(data_dir), "--messages", "20", "--bulk", bulk)

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert word in done.stderr


def test_another_cloud_can_be_served(data_dir: Path) -> None:
    """--cloud names it; an unknown name is told in one line, with those there are."""
    with _serving(data_dir, "--cloud", "china") as served:
        assert served.facts["cloud"] == "china"

    done = _run("serve", "--data-dir", str(data_dir), "--cloud", "atlantis")

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "usgov" in done.stderr


@dataclass
class Done:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


def _run(*arguments: str) -> Done:
    """A command that ends by itself, in this process: starting another one takes a second of work."""
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def test_files_are_loaded_into_a_running_simulator(data_dir: Path, tmp_path: Path) -> None:
    """One line a file, and the message lies in the mailbox."""
    mail = tmp_path / "mail"
    mail.mkdir()
    (mail / "one.eml").write_bytes(b"From: a@b.example\r\nTo: c@d.example\r\nSubject: One\r\n\r\nHello\r\n")
    (mail / "empty.eml").write_bytes(b"")
    with _serving(data_dir) as served:
        url = served.facts["pages_url"]
        done = _run("load", str(mail), "--mailbox", ADDRESS, "--pages-url", url)
        missing = _run("load", str(mail), "--mailbox", "nobody@x.example", "--pages-url", url)

    assert done.stderr == ""
    assert done.stdout.splitlines() == ["empty.eml: the file is empty", "one.eml: loaded", "1 loaded, 1 not"]
    assert done.returncode == 1
    assert missing.returncode == 1
    assert "There is no mailbox nobody@x.example" in missing.stderr


@pytest.mark.skipif(not CORPUS.exists(), reason="the folder of real mail is not beside the repository")
def test_every_file_of_the_corpus_loads_or_says_why(data_dir: Path) -> None:
    """Real and broken mail alike: a line each, none silently missing."""
    files = [p for p in CORPUS.rglob("*") if p.suffix.lower() in (".eml", ".mbox", ".mbx")]
    with _serving(data_dir) as served:
        url = served.facts["pages_url"]
        done = _run("load", str(CORPUS), "--mailbox", ADDRESS, "--pages-url", url)

    *lines, total = done.stdout.splitlines()
    assert len(lines) >= len(files)
    assert all(": " in line for line in lines)
    assert int(total.split()[0]) >= len(files) * 0.9


def test_no_simulator_is_told_in_one_line(tmp_path: Path) -> None:
    """Loading into nothing says that nobody answers."""
    url = f"http://127.0.0.1:{_free_port()}"

    done = _run("load", str(tmp_path), "--mailbox", ADDRESS, "--pages-url", url)

    assert done.returncode == 1
    assert "no simulator answers" in done.stderr
