"""The key changes while processes run whose key files are not the same one: nothing is lost by it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.flow.jmap.client import eventually
from tests.flow.push.service import Device, PushService, running_push_service
from tests.flow.roles.conftest import new_desk
from tests.flow.roles.fleet import Fleet, running_fleet
from tests.flow.sim import Simulator
from tests.pg import Cluster

from poststelle.auth.key_file import create_key_file, new_key, read_keys, replace_key_file

ALL_S = 60


@contextmanager
def on_two_machines(
    m365: Simulator, postgres: Cluster, folder: Path, one: Path, two: Path
) -> Iterator[tuple[Fleet, PushService]]:
    """A web process that reads the first file and a worker that reads the second, the same so far."""
    create_key_file(one)
    shutil.copy(one, two)
    with (
        running_push_service(folder / "receiver") as receiver,
        running_fleet(
            m365,
            postgres,
            folder / "fleet",
            [],
            PUSH_NETWORKS="127.0.0.0/8",
            PUSH_CA_FILE=str(receiver.ca_file),
            KEY_FILE=str(one),
        ) as fleet,
    ):
        fleet.start("web")
        fleet.start("worker", KEY_FILE=str(two))
        yield fleet, receiver


def test_a_key_is_known_on_all_machines_before_it_seals(
    m365: Simulator, postgres: Cluster, tmp_path: Path
) -> None:
    """The command waits for the file to be carried, and what was sealed goes on being told of."""
    one, two = tmp_path / "one.key", tmp_path / "two.key"
    with on_two_machines(m365, postgres, tmp_path, one, two) as (fleet, receiver):
        fleet.has_settled()
        desk = new_desk(fleet.office())
        device = Device(receiver, "/device")
        device.confirmed(desk.anna)
        [old] = read_keys(one)
        [before] = fleet.rows("select sealed from push_subscriptions")
        environ = fleet.environ | {"POSTSTELLE_PUBLIC_URL": fleet.url}
        command = [sys.executable, "-m", "poststelle", "rotate-keys"]
        rotating = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
        try:
            eventually(lambda: len(read_keys(one)) > 1, timeout_s=ALL_S)
            assert read_keys(one)[0] == old
            assert fleet.rows("select sealed from push_subscriptions") == [before]
            shutil.copy(one, two)
            said, _ = rotating.communicate(timeout=ALL_S)
        finally:
            rotating.kill()
        assert (rotating.returncode, read_keys(one)[1:]) == (0, [old]), said
        assert fleet.rows("select sealed from push_subscriptions") != [before]
        m365.control.receive(desk.address, subject="Neu")
        device.until(desk.account, "Email")


def test_what_a_newer_process_has_sealed_waits_until_the_older_one_has_the_key(
    m365: Simulator, postgres: Cluster, tmp_path: Path
) -> None:
    """Even where the new key was put in front at once, and processes were replaced one after the other."""
    one, two = tmp_path / "one.key", tmp_path / "two.key"
    with on_two_machines(m365, postgres, tmp_path, one, two) as (fleet, receiver):
        replace_key_file(one, [new_key(), *read_keys(one)])
        fleet.again(fleet.webs[0])
        anna = fleet.office().person("anna")
        device = Device(receiver, "/device")
        made = device.subscribe(anna)
        log = fleet.workers[0].log
        eventually(lambda: "push.sealed_with_another_key" in log.read_text(), timeout_s=ALL_S)
        shutil.copy(one, two)
        told = device.open(device.next(timeout_s=ALL_S))
        assert told["pushSubscriptionId"] == made["id"]
