"""The simulator as a package of its own: built, installed beside its requirements, and used."""

from __future__ import annotations

import ast
import json
import os
import re
import ssl
import subprocess
import sys
import sysconfig
import tomllib
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from m365sim.control.client import ControlClient

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "packaging" / "m365sim"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel in it, built without network; what it requires is this one's."""
    folder = tmp_path_factory.mktemp("package")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=PACKAGE)
    _run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
    [wheel] = folder.glob("m365sim-*.whl")
    python = folder / "venv" / "bin" / "python"
    _run(_uv(), "--quiet", "pip", "install", "--offline", "--no-deps", "--python", str(python), str(wheel))
    [site] = (folder / "venv" / "lib").glob("python*/site-packages")
    # As a plain path: whatever is installed for editing in this environment is not found through it.
    (site / "required.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return python


def _uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def _run(*command: str, cwd: Path | None = None) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_installed_simulator_serves(installed: Path, tmp_path: Path) -> None:
    """Its command serves an office in an empty folder, and Graph answers with a message of it."""
    command = [str(installed.with_name("m365sim")), "serve", "--seed", "office", "--port", "0", "--json"]
    options = ["--messages", "200", "--until-stdin-closes"]
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([*command, *options], cwd=tmp_path, **streams) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        answer = _messages(facts)
        process.communicate(timeout=60)

    assert len(answer["value"]) > 0
    assert (process.returncode, (tmp_path / ".m365sim" / "ca.pem").exists()) == (0, True)


def _messages(facts: dict[str, Any]) -> Any:
    address = "anna.berger@buero-lindner.example"
    body = {"user": address, "client_id": facts["client_id"]}
    token = ControlClient(facts["pages_url"]).identity("POST", "/tokens", body)["access_token"]
    request = urllib.request.Request(f"{facts['graph_url']}/me/messages")
    request.add_header("Authorization", f"Bearer {token}")
    context = ssl.create_default_context(cafile=facts["ca_file"])
    with urllib.request.urlopen(request, context=context, timeout=60) as response:
        return json.load(response)


def test_pytest_finds_the_plug_in_by_itself(installed: Path, tmp_path: Path) -> None:
    """In an environment with the package the fixture is simply there, from the package's own code."""
    (tmp_path / "test_it.py").write_text(
        "import m365sim\n"
        "def test_one(m365):\n"
        "    assert m365.account('desk@example.test').receive(subject='Offer')\n"
        f"    assert m365sim.__file__.startswith({str(installed.parents[1])!r})\n"
    )

    assert "1 passed" in _run(str(installed), "-m", "pytest", "-p", "no:cacheprovider", cwd=tmp_path)


def test_a_source_archive_makes_the_same_wheel(tmp_path: Path) -> None:
    """sdist and the wheel made of it hold what the wheel made here holds."""
    build = [sys.executable, "-m", "hatchling", "build"]
    _run(*build, "-t", "sdist", "-d", str(tmp_path), cwd=PACKAGE)
    _run(*build, "-t", "wheel", "-d", str(tmp_path / "here"), cwd=PACKAGE)
    [archive] = tmp_path.glob("*.tar.gz")
    _run("tar", "xzf", str(archive), "-C", str(tmp_path))
    _run(*build, "-t", "wheel", "-d", str(tmp_path / "there"), cwd=tmp_path / archive.name[: -len(".tar.gz")])

    [here], [there] = (list((tmp_path / f).glob("*.whl")) for f in ("here", "there"))
    assert here.read_bytes() == there.read_bytes()


def test_the_documentation_comes_along(installed: Path) -> None:
    """Every page that the README names lies beside the code, and no picture is linked that an index lacks."""
    find = "import m365sim, pathlib; print(*pathlib.Path(m365sim.__path__[0]).glob('docs/*'))"
    show = "from importlib.metadata import metadata; print(metadata('m365sim').get_payload())"

    pages, readme = _run(str(installed), "-c", find), _run(str(installed), "-c", show)

    here = {path.name for path in (ROOT / "docs" / "m365sim").iterdir()}
    assert {Path(page).name for page in pages.split()} == here
    assert "# m365sim" in readme
    assert "](../" not in readme


def test_it_requires_what_it_imports() -> None:
    """Every import of something that is not Python's own is among the dependencies, and no more is."""
    found: set[str] = set()
    for path in (ROOT / "src" / "m365sim").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    foreign = found - set(sys.stdlib_module_names) - {"m365sim", "pytest"}

    required = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[<>=\[ ]", r)[0] for r in required}
    assert names - {"httptools", "tzdata"} == foreign  # uvicorn and zoneinfo load these by name


def test_the_licence_is_the_repositorys() -> None:
    """The copy that goes into the package is the same text."""
    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
