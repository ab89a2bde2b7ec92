"""Commands with the rights that a pod has: another user than root, volumes of root's that are open to it, and
secrets that it may only read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.admin.client import PASSWORD
from tests.flow.admin.running import running_server

from poststelle.auth.crypto import parse_keys

pytestmark = pytest.mark.chooses_database

ROOT = Path(__file__).resolve().parents[3]
POD = 10001
# It may read Python and this program wherever they lie, and write where its user may.
AS_POD = (
    *("setpriv", f"--reuid={POD}", f"--regid={POD}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)


@pytest.fixture(autouse=True)
def can_be_another() -> None:
    if os.geteuid() or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user")
    if subprocess.run([*AS_POD, "true"], check=False, capture_output=True).returncode:
        pytest.skip("root may not hand on what it may here")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder into which others come: those of pytest are root's alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def installed(place: Path) -> Path:
    """An installation's data folder; Sabine is in it."""
    data = place / "data"
    with running_server(data) as server:
        server.client.post("/api/setup", {"login": "sabine", "name": "Sabine", "password": PASSWORD})
    return data


def run(data: Path, *words: str, **environ: str) -> tuple[int, str]:
    """A command as the pod's user; its code and all that it says."""
    basics = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", "POSTSTELLE_DATA": str(data)}
    done = subprocess.run(
        [*AS_POD, sys.executable, "-m", "tests.program", *words],
        cwd=ROOT,
        env=basics | environ,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def given_to(folder: Path, user: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, user)


def test_a_backup_is_restored_into_an_empty_volume(installed: Path, place: Path) -> None:
    """Which is root's and open to the pod's group; not into one that is another user's, or closed."""
    backup, key = place / "backup", str(installed / "poststelle.key")
    given_to(installed, POD)
    backup.mkdir()
    os.chown(backup, POD, POD)
    code, said = run(installed, "backup", str(backup / "poststelle"))
    assert code == 0, said
    for name, owner, mode in (("others", POD + 1, 0o2777), ("closed", 0, 0o755)):
        refused = place / name
        refused.mkdir()
        os.chown(refused, owner, POD)
        refused.chmod(mode)
        code, said = run(refused, "restore", str(backup / "poststelle"), POSTSTELLE_KEY_FILE=key)
        assert (code, "belongs to" in said, list(refused.iterdir())) == (2, True, []), said
    volume = place / "volume"
    volume.mkdir()
    os.chown(volume, 0, POD)
    volume.chmod(0o2777)

    code, said = run(volume, "restore", str(backup / "poststelle"), POSTSTELLE_KEY_FILE=key)

    assert code == 0, said
    code, said = run(volume, "users", "list", POSTSTELLE_KEY_FILE=key)
    assert (code, "sabine" in said) == (0, True), said


def test_the_key_of_a_secret_is_changed_where_the_secret_is(installed: Path, place: Path) -> None:
    """It can only be read: a new key is made to be put in front, no traceback."""
    secret = place / "secret"
    secret.mkdir(0o755)
    file = secret / "key"
    shutil.move(installed / "poststelle.key", file)
    os.chown(file, 0, POD)
    file.chmod(0o440)
    text = file.read_text()
    given_to(installed, POD)

    code, said = run(installed, "rotate-keys", POSTSTELLE_KEY_FILE=str(file))
    *told, new = said.strip().splitlines()

    assert (code, len(parse_keys(new)), file.read_text()) == (1, 1, text), said
    assert "can't be changed from here (Permission denied)" in "".join(told)
    file.write_text(f"{new}\n{text}")
    code, said = run(installed, "rotate-keys", POSTSTELLE_KEY_FILE=str(file))
    assert (code, "Sealed anew: 0 values" in said) == (0, False), said
    assert list(secret.iterdir()) == [file]
