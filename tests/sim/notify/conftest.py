"""A running simulator, a program signed in as Anna, and its receiver."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from tests.sim.identity.conftest import OFFICE
from tests.sim.notify.program import Program, signed_in
from tests.sim.notify.receiver import Receiver, receiving

from m365sim.behaviour import Behaviour
from m365sim.control.client import ControlClient
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


@pytest.fixture(scope="session")
def shared(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One simulator for all tests that leave its people and apps alone."""
    folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("shared") / "m365sim"))
    with running(ServeOptions(folder, lambda: OFFICE)) as it:
        yield it


@pytest.fixture
def sim(shared: Running) -> Running:
    """The shared simulator: nobody subscribed, mailboxes empty, every switch as at the start."""
    control = ControlClient(shared.pages_url)
    for subscription in control.subscriptions():
        control.forget_subscription(subscription["id"])
    control.set_behaviour(**msgspec.to_builtins(Behaviour()))
    shared.platform.switches.access_token_s = None
    for mailbox in (m for m in control.mailboxes() if m["messages"]):
        control.remove_mailbox(mailbox["address"])
        control.create_mailbox(mailbox["address"])
    return shared


@pytest.fixture
def data_dir(made: Path, tmp_path: Path) -> Path:
    """A data folder of this test's own."""
    return Path(shutil.copytree(made, tmp_path / "m365sim"))


@pytest.fixture
def own_sim(data_dir: Path) -> Iterator[Running]:
    """A simulator of this test's own."""
    with running(ServeOptions(data_dir, lambda: OFFICE)) as it:
        yield it


@pytest.fixture
def receiver(certificate: TlsFiles) -> Iterator[Receiver]:
    with receiving(certificate.certificate, certificate.key) as it:
        yield it


@pytest.fixture
def program(sim: Running, receiver: Receiver) -> Program:
    return Program(sim, receiver, signed_in(sim))


@pytest.fixture
def own_program(own_sim: Running, receiver: Receiver) -> Program:
    """A program at a simulator of this test's own."""
    return Program(own_sim, receiver, signed_in(own_sim))
