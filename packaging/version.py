"""Which version a build is: the day and the commit it was made of, so that no two builds are called the same.

``0.1.20261129.1224+g56a50e9d`` in a clone: the commit's time (UTC) and its hash. Where files were changed
since, a hash of what is packed stands behind it; where there is no git, as in a container's copy, that alone
(``0.1.0+s1f2e…``). Asked by the build (``pyproject.toml``), so nothing but Python's own library is needed.

    python3 packaging/version.py              the version of what lies here
    python3 packaging/version.py --no-git     the same as a build without git calls it
    python3 packaging/version.py --installed  ends with 1 where another one is installed

Source: PEP 440, "Version scheme" and "Local version identifiers".
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

BASE = "0.1"
ROOT = Path(__file__).resolve().parents[1]
# What the wheel and its web UI are made of.
PACKED = ("src", "web", "requirements", "hatch_build.py", "pyproject.toml", "packaging/version.py")
_MADE = {"__pycache__", "node_modules", "dist"}
_DIGITS = 12


def version(root: Path = ROOT) -> str:
    """Of what lies in ``root``, by git where it is a clone's own folder."""
    commit = _commit(root)
    if commit is None:
        return without_git(root)
    made_at, name = commit
    release = f"{BASE}.{made_at:%Y%m%d}.{int(made_at.strftime('%H%M'))}"
    return f"{release}+g{name}" + (f".{_contents(root)}" if _is_changed(root) else "")


def without_git(root: Path = ROOT) -> str:
    """The same from the contents alone."""
    return f"{BASE}.0+{_contents(root)}"


def _commit(root: Path) -> tuple[datetime, str] | None:
    if not (root / ".git").exists():  # a copy within somebody else's clone is not of that one's commit
        return None
    told = _git(root, "log", "-1", "--format=%ct %h", "--abbrev=8")
    if not told:
        return None
    seconds, name = told.split()
    return datetime.fromtimestamp(int(seconds), UTC), name


def _is_changed(root: Path) -> bool:
    return _git(root, "status", "--porcelain", "--", *PACKED) != ""


def _git(root: Path, *words: str) -> str | None:
    """What it says; None where it is not there or can't. Root may build in another user's clone."""
    environ = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "--no-optional-locks", "-c", f"safe.directory={root}", "-C", str(root), *words]
    try:
        done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _contents(root: Path) -> str:
    """A hash of the names and octets of all that is packed; ``s`` keeps it from being read as a number."""
    digest = hashlib.sha256()
    for path in _packed(root):
        octets = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\n{len(octets)}\n".encode())
        digest.update(octets)
    return f"s{digest.hexdigest()[:_DIGITS]}"


def _packed(root: Path) -> Iterator[Path]:
    """In one order everywhere. What builds and tests leave there is not looked at."""
    for name in PACKED:
        top = root / name
        if top.is_file():
            yield top
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(one for one in folders if one not in _MADE and not one.startswith("."))
            yield from (Path(folder, file) for file in sorted(files) if not file.startswith("."))


def _main(words: list[str]) -> int:
    if words == ["--installed"]:
        return int(metadata.version("poststelle") != version())
    print(without_git() if words == ["--no-git"] else version())  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
