"""Processes that start together on an empty object storage: all of them keep octets in one place."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

from tests.flow.jmap.test_internal import Shelf, new_shelf, rich
from tests.flow.roles.fleet import Fleet, running_fleet
from tests.flow.sim import Simulator
from tests.gateway import running_gateway
from tests.pg import Cluster
from tests.s3 import S3

MARK = "poststelle.json"
LATE_S = 1.0
PREFIX = "POSTSTELLE_"


def statuses(fleet: Fleet, shelf: Shelf, ids: list[str]) -> list[int]:
    """Of downloads of these messages from each process that answers."""
    found = []
    for web in fleet.webs:
        client = fleet.at(web, shelf.anna)
        for one in client.emails(shelf.account, ids, "blobId"):
            answer = client.get(f"/jmap/download/{shelf.account}/{one['blobId']}/x?accept=message/rfc822")
            found.append(answer.status)
    return found


def test_a_first_start_of_several(
    simulator_process: Simulator, postgres: Cluster, tmp_path: Path, s3: S3
) -> None:
    """All have found it empty before one of them marks it: what one has stored the others have, also after a
    restart."""
    bucket, guard = s3.bucket(), threading.Lock()
    roles = ["web", "web", "worker", "worker"]
    meeting, looks, writes = threading.Barrier(len(roles)), itertools.count(), itertools.count()

    def together(path: str) -> None:
        if MARK in path and next(looks) < 2 * len(roles):  # before they make tables, and after
            meeting.wait(60)

    def late(path: str) -> None:
        if MARK in path:
            with guard:
                nth = next(writes)
            time.sleep(LATE_S * nth)  # the way there is of different length

    with running_gateway(s3) as gateway:
        gateway.on_get, gateway.on_put = together, late
        settings = {name.removeprefix(PREFIX): text for name, text in gateway.environ(bucket).items()}
        with running_fleet(simulator_process, postgres, tmp_path, roles, **settings) as fleet:
            office = fleet.office()
            shelf = new_shelf(office)
            ids = []
            for web in fleet.webs:
                client = fleet.at(web, shelf.anna)
                ids += Shelf(office, shelf.account, client, shelf.roles).bring(rich())
            assert statuses(fleet, shelf, ids) == [200] * 4
            assert len(fleet.rows("select distinct place from blob_objects")) == 1
            fleet.again(fleet.webs[0])
            assert statuses(fleet, shelf, ids) == [200] * 4
