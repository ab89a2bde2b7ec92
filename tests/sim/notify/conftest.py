"""A running simulator, a program signed in as Anna, and its receiver."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.sim.identity.conftest import OFFICE
from tests.sim.notify.program import Program, signed_in
from tests.sim.notify.receiver import Receiver, receiving

from m365sim.clock import Clock
from m365sim.server import Running, ServeOptions, running
from m365sim.tls import TlsFiles, issue_certificate


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and certificates, made once for all tests."""
    folder = tmp_path_factory.mktemp("notify")
    with running(ServeOptions(folder)):
        pass
    (folder / "identity.json").unlink(missing_ok=True)
    return folder


@pytest.fixture(scope="session")
def certificate(made: Path, tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """A certificate for the receiver, from the simulator's CA."""
    return issue_certificate(made, ["localhost"], tmp_path_factory.mktemp("receiver"), datetime.now(UTC))


@pytest.fixture
def data_dir(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "m365sim"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim(data_dir: Path, clock: Clock) -> Iterator[Running]:
    with running(ServeOptions(data_dir, lambda: OFFICE), clock) as it:
        yield it


@pytest.fixture
def receiver(certificate: TlsFiles) -> Iterator[Receiver]:
    with receiving(certificate.certificate, certificate.key) as it:
        yield it


@pytest.fixture
def program(sim: Running, receiver: Receiver) -> Program:
    return Program(sim, receiver, signed_in(sim))
