"""The processes of deploy/compose.yaml with its environment, as processes of this machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.flow.admin.test_object_storage import connected, files_below, files_of
from tests.flow.jmap.client import eventually
from tests.flow.jmap.conftest import attachment
from tests.flow.roles.fleet import Fleet, running_fleet
from tests.flow.sim import Simulator
from tests.pg import Cluster
from tests.s3 import S3, SECRET_KEY

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """What prepare.sh makes."""
    shutil.copy(DEPLOY / "prepare.sh", tmp_path)
    subprocess.run(["sh", "prepare.sh", "localhost"], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "secrets"


@pytest.fixture
def deployed(m365: Simulator, postgres: Cluster, s3: S3, secrets: Path, tmp_path: Path) -> Iterator[Fleet]:
    """All web processes and workers of the file; database, storage and files lie where they lie here."""
    services = COMPOSE["services"]
    roles = [role for role in ("web", "worker") for _ in range(services[role]["deploy"]["replicas"])]
    with running_fleet(m365, postgres, tmp_path / "fleet", [], **_settings(s3, secrets)) as fleet:
        (secrets / "database").chmod(0o600)
        (secrets / "database").write_text(fleet.database)
        for number, role in enumerate(roles):
            assert services[role]["command"] == ["serve", "--role", role]
            fleet.environ["POSTSTELLE_DATA"] = str(tmp_path / f"data-{number}")
            fleet.start(role)
        fleet.has_settled()
        yield fleet


def _settings(s3: S3, secrets: Path) -> dict[str, str]:
    bucket = s3.bucket()
    (secrets / "objects_key").chmod(0o600)
    (secrets / "objects_key").write_text(SECRET_KEY)
    here = {
        name.removeprefix("POSTSTELLE_"): value.replace("/run/secrets", str(secrets))
        for name, value in COMPOSE["services"]["web"]["environment"].items()
    }
    access_key = s3.environ(bucket)["POSTSTELLE_BLOBS_ACCESS_KEY"]
    del here["PUBLIC_URL"], here["TRUSTED_PROXIES"]
    return here | {"DATABASE": "", "BLOBS": s3.address(bucket), "BLOBS_ACCESS_KEY": access_key}


def test_the_composed_processes_are_one_office(deployed: Fleet, tmp_path: Path) -> None:
    """Database, storage and secrets alone are shared: what one process fetched, the other one hands out."""
    plan = attachment("Plan.pdf", "application/pdf", b"%PDF-1.4 Plan")
    desk = connected(deployed.office(), {"subject": "Alt", "attachments": [plan]})
    first, second = (deployed.at(web, desk.anna) for web in deployed.webs)
    [letter] = first.query_all(desk.account)
    assert files_of(first, desk.account, letter) == [b"%PDF-1.4 Plan"]
    assert files_of(second, desk.account, letter) == [b"%PDF-1.4 Plan"]
    desk.office.simulator.control.receive(desk.address, subject="Neu", attachments=[plan])
    [new] = eventually(lambda: second.query_all(desk.account, filter={"subject": "Neu"}))
    assert files_of(second, desk.account, new) == [b"%PDF-1.4 Plan"]
    assert files_of(first, desk.account, new) == [b"%PDF-1.4 Plan"]
    assert not [path for one in tmp_path.glob("data-*") for path in files_below(one / "blobs")]
    assert not list(tmp_path.glob("data-*/*.key"))
