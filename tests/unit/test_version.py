"""Which version a build is: another one for each commit, for each change, and where there is no git."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename
from packaging.version import Version
from typer.testing import CliRunner

from poststelle.cli.app import app
from poststelle.lib.version import version

ROOT = Path(__file__).resolve().parents[2]
# As Containerfile.dockerignore leaves them; of the web UI something built, which is not built anew here.
COPIED = ("src", "packaging", "requirements", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE")
AT = {"GIT_AUTHOR_DATE": "2026-11-29T12:24:16Z", "GIT_COMMITTER_DATE": "2026-11-29T12:24:16Z"}
LATER = dict.fromkeys(AT, "2026-11-30T07:03:00Z")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of what a build needs, without git."""
    folder = tmp_path / "source"
    folder.mkdir()
    left_out = shutil.ignore_patterns("__pycache__")
    for name in COPIED:
        one = ROOT / name
        if one.is_dir():
            shutil.copytree(one, folder / name, ignore=left_out)
        else:
            shutil.copy(one, folder)
    (folder / "web" / "dist").mkdir(parents=True)
    (folder / "web" / "dist" / "index.html").write_text("<!doctype html>")
    (folder / "web" / "index.html").write_text("<!doctype html>")
    return folder


def said(folder: Path, *words: str) -> str:
    command = [sys.executable, "packaging/version.py", *words]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, at: dict[str, str]) -> str:
    """All that is there; the commit's name."""
    names = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), **names, **at}
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["rev-parse", "HEAD"]):
        done = subprocess.run(["git", *words], cwd=folder, env=environ, check=True, capture_output=True)
    return done.stdout.decode().strip()


def wheel_of(folder: Path) -> Version:
    """The version of the wheel that is built there, as installers read it off its name."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    [path] = (folder / "out").iterdir()
    name, number, *_ = parse_wheel_filename(path.name)
    assert name == "poststelle"
    path.unlink()
    return number


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
def test_each_commit_is_a_later_version(source: Path) -> None:
    """And what was changed since is another one again; what is not packed is none of it."""
    (source / ".gitignore").write_text("__pycache__/\nout/\nweb/dist/\n")
    first = commit(source, AT)
    assert said(source) == f"0.1.20261129.1224+g{first[:8]}"
    assert wheel_of(source) == Version(said(source))
    (source / "notes").write_text("mine")
    assert said(source) == f"0.1.20261129.1224+g{first[:8]}"
    (source / "src" / "poststelle" / "more.py").write_text("MORE = 1\n")
    changed = said(source)
    assert changed.startswith(f"0.1.20261129.1224+g{first[:8]}.s")
    second = commit(source, LATER)
    assert said(source) == f"0.1.20261130.703+g{second[:8]}"
    assert Version("0.1.0") < Version(changed) < Version(said(source))


def test_without_git_the_contents_are_the_version(source: Path) -> None:
    """As in a container's build; a folder above that is somebody's clone is not ours."""
    before = wheel_of(source)
    assert str(before) == said(source) == said(source, "--no-git")
    assert before.local is not None and before.local.startswith("s")
    (source / "web" / "dist" / "index.html").write_text("built anew")
    (source / "src" / "poststelle" / "__pycache__").mkdir()
    (source / "src" / "poststelle" / "__pycache__" / "x.pyc").write_text("compiled")
    assert Version(said(source)) == before
    (source / "web" / "index.html").write_text("changed")
    assert wheel_of(source) != before
    if shutil.which("git"):
        commit(source.parent, AT)
        assert said(source) == said(source, "--no-git")


def test_the_program_says_which_it_is() -> None:
    """Both ways in which people ask."""
    assert Version(version()) > Version("0")
    for words in (["version"], ["--version"]):
        done = CliRunner().invoke(app, words)
        assert (done.exit_code, done.stdout) == (0, f"{version()}\n")
