"""What there is where a part of the processes does not run, and what is refused at the start."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from tests import programs
from tests.flow.jmap.client import Client
from tests.flow.jmap.office import ADMIN, SECRET
from tests.flow.roles.fleet import running_fleet
from tests.flow.sim import Simulator
from tests.pg import Cluster


def test_where_nobody_works_it_is_said(m365: Simulator, postgres: Cluster, tmp_path: Path) -> None:
    """One process that answers: people get in, and are told why nothing moves, until a worker starts."""
    with running_fleet(m365, postgres, tmp_path, ["web"]) as fleet:
        admin = fleet.office().admin

        def kinds() -> set[str]:
            return {one["kind"] for one in admin.ok("GET", "/api/health")["warnings"]}

        assert "no_worker" in kinds()
        fleet.start("worker")
        assert "no_worker" not in kinds()


def test_two_that_do_everything_share_one_database(
    m365: Simulator, postgres: Cluster, tmp_path: Path
) -> None:
    """Both began at the same moment with nothing there: one key, one administrator, one set of tables."""
    with running_fleet(m365, postgres, tmp_path, ["all", "all"]) as fleet:
        fleet.proxy.lead_to([one.port for one in fleet.processes])
        for one in fleet.processes:
            Client(one.url).log_in(ADMIN, SECRET)
        assert fleet.rows("select count(*) from users") == [(1,)]
        fleet.has_settled()


@pytest.mark.chooses_database
def test_a_web_or_worker_on_sqlite_does_not_start(tmp_path: Path) -> None:
    """With 2, and a sentence that says what to do."""
    given = os.environ | {"POSTSTELLE_DATA": str(tmp_path)}
    for words, environ in (
        (["poststelle", "serve", "--role", "worker"], given),
        (["poststelle", "serve"], given | {"POSTSTELLE_ROLE": "web"}),
    ):
        done = programs.run(words, environ)
        assert done.returncode == 2
        assert "needs PostgreSQL" in done.stderr
        assert "POSTSTELLE_DATABASE" in done.stderr


def test_the_set_up_code_is_the_same_everywhere(m365: Simulator, postgres: Cluster, tmp_path: Path) -> None:
    """Whichever process the browser is sent to takes the code that another one has printed."""
    nobody = {"ADMIN_LOGIN": "", "ADMIN_PASSWORD": "", "PUBLIC_URL": "https://mail.example.org"}
    with running_fleet(m365, postgres, tmp_path, ["web", "web"], **nobody) as fleet:
        told = [re.findall(r"in the browser: (\S+)", web.log.read_text()) for web in fleet.webs]
        assert told[0] == told[1]
        [code] = told[0]
        second = Client(fleet.webs[1].url)
        person = {"login": "sabine", "name": "Sabine", "password": SECRET}
        assert second.send("POST", "/api/setup", person | {"setup_code": "aaaa-bbbb-cccc"}).status == 422
        assert second.send("POST", "/api/setup", person | {"setup_code": code}).status == 201
