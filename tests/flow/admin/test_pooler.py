"""A whole server behind PgBouncer: with fewer connections than it opens, and whatever is cut."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import pgbouncer
from tests.databases import empty_postgres_url, pooler, postgres
from tests.flow.admin.test_backup import Site, simulator
from tests.flow.jmap.client import eventually
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.test_sending import create, submit
from tests.flow.sim import Simulator
from tests.pg import Cluster

__all__ = ["empty_postgres_url", "pooler", "postgres", "simulator"]

_LETTERS = 60


def _found(desk: Desk, text: str) -> int:
    return len(desk.anna.call("Email/query", accountId=desk.account, filter={"text": text})["ids"])


def _marks(desk: Desk) -> None:
    """As an impatient person does."""
    for id_ in desk.anna.query_all(desk.account)[:10]:
        desk.anna.call("Email/set", accountId=desk.account, update={id_: {"keywords/$seen": True}})


@pytest.mark.parametrize("keeps_statements", [False, True], ids=["forgetting", "keeping"])
def test_everything_goes_through_a_pooler(
    tmp_path: Path, simulator: Simulator, postgres: Cluster, empty_postgres_url: str, keeps_statements: bool
) -> None:
    """A mailbox is connected, mail arrives, is read, found, marked and sent; then the database ends every
    connection, and the pooler itself: it goes on. A backup goes past the pooler."""
    with pgbouncer.pooler(postgres.folder, keeps_statements=keeps_statements) as between:
        direct = {"POSTSTELLE_DATABASE_DIRECT": empty_postgres_url}
        site = Site(tmp_path / "site", between.url(empty_postgres_url), direct)
        with site.serving(simulator) as office:
            address = simulator.new_mailbox("desk")
            simulator.control.receive_many(
                address, [{"subject": f"Lindenallee {n}"} for n in range(_LETTERS)]
            )
            account = office.connect(address)
            desk = Desk(office, address, account, office.person("anna"))
            desk.settled()
            eventually(lambda: _found(desk, "Lindenallee") == _LETTERS)
            for cut in (lambda: postgres.cut_connections(empty_postgres_url), between.restart):
                cut()
                desk.receive(subject="Lindenallee danach")
                desk.settled()
                _marks(desk)
            eventually(lambda: _found(desk, "Lindenallee") == _LETTERS + 2)
            submit(desk, emailId=create(desk, subject="Einmal nur")["id"])
            eventually(lambda: simulator.control.sent(address))
            desk.settled()
            assert [one["subject"] for one in simulator.control.sent(address)] == ["Einmal nur"]
            assert office.differences(desk.anna, account) == []
            code, said = site.run("backup", str(tmp_path / "backup"))
            assert (code, "Backup of" in said) == (0, True), said
        code, said = site.run("audit", "verify")
        assert code == 0, said
