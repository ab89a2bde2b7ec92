"""A server on an empty database where another installation keeps its messages: a restore was forgotten, or
the address of the database. It makes no installation, which would take them for its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import empty_postgres_url, postgres, run_sql
from tests.flow.admin.test_backup import KEY, Site
from tests.flow.admin.test_object_storage import MARK, holding, simulator
from tests.flow.jmap.test_internal import new_shelf, rich
from tests.flow.sim import Simulator
from tests.pg import Cluster
from tests.s3 import S3

from poststelle.auth.key_file import create_key_file

pytestmark = pytest.mark.chooses_database

__all__ = ["empty_postgres_url", "postgres", "simulator"]

_TABLES = "select count(*) from pg_tables where schemaname = 'public'"
REFUSED = "holds the messages of another installation"


@pytest.fixture(params=["sqlite", "postgres"])
def urls(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """Of two databases, "" for files in the data folders."""
    if request.param == "sqlite":
        yield ["", ""]
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    made = [cluster.empty_database() for _ in range(2)]
    yield made
    for url in made:
        cluster.drop_database(url)


def without_database(site: Site, url: str) -> Site:
    """The same folder and settings, and an empty database."""
    if not url:
        kept = site.folder / "poststelle.db"
        kept.rename(kept.with_name("moved.db"))
    return Site(site.folder, url, site.more)


def is_refused(site: Site) -> bool:
    """Whether no server starts there, and its database is as empty as before."""
    code, said = site.run("serve")
    assert (code, REFUSED in said, "poststelle restore" in said) == (2, True, True), said
    if site.database:
        return run_sql(site.database, _TABLES) == [(0,)]
    return not list(site.folder.glob("poststelle.db*"))


@pytest.mark.parametrize("where", ["data", "shared"])
def test_a_server_that_starts_before_the_restore(
    tmp_path: Path, simulator: Simulator, urls: list[str], where: str
) -> None:
    """It makes no table, so that the restore finds nothing in its way once the folder was moved; and then
    the server starts there as ever."""
    shared = tmp_path / "shared"
    shared.mkdir()
    more = {"POSTSTELLE_BLOBS": str(shared)} if where == "shared" else {}
    site, backup, letter = Site(tmp_path / "site", urls[0], more), tmp_path / "backup", rich()
    with site.serving(simulator) as office:
        shelf = new_shelf(office)
        [id_] = shelf.bring(letter)
        assert site.run("backup", str(backup))[0] == 0
    late = without_database(site, urls[1])
    assert is_refused(late)

    before = tmp_path / "before"
    late.folder.rename(before)
    late.folder.mkdir()
    (late.folder / KEY).write_bytes((before / KEY).read_bytes())
    code, said = late.run("restore", str(backup), "--in-its-place")
    assert code == 0, said
    holding(late, simulator, shelf, {id_: letter})


def test_a_server_that_is_not_told_its_database(
    tmp_path: Path, simulator: Simulator, empty_postgres_url: str
) -> None:
    """Its folder bears the mark of its installation, which may have no messages there yet: a database of its
    own does not begin there."""
    site = Site(tmp_path / "site", empty_postgres_url)
    with site.serving(simulator) as office:
        office.person("anna")
    for path in (site.folder / "blobs").glob("small.db*"):
        path.unlink()
    assert {path.name for path in (site.folder / "blobs").iterdir()} - {"lock"} == {MARK}
    assert is_refused(Site(site.folder))
    with site.serving(simulator) as office:
        office.log_in("anna")


def test_a_file_of_no_octets_is_no_database(tmp_path: Path, simulator: Simulator) -> None:
    """Whoever looks for one with SQLite makes such a file."""
    site = Site(tmp_path / "site")
    with site.serving(simulator):
        pass
    late = without_database(site, "")
    (late.folder / "poststelle.db").touch()
    code, said = late.run("serve")
    assert (code, REFUSED in said) == (2, True), said
    assert (late.folder / "poststelle.db").stat().st_size == 0


def test_a_bucket(tmp_path: Path, simulator: Simulator, s3: S3, urls: list[str]) -> None:
    """The same, whatever is in the data folder."""
    more = s3.environ(s3.bucket())
    with Site(tmp_path / "site", urls[0], more).serving(simulator):
        pass
    other = Site(tmp_path / "other", urls[1], more)
    assert is_refused(other)
    other.more = s3.environ(s3.bucket())
    with other.serving(simulator):
        pass


def test_files_that_are_nobodys(tmp_path: Path, simulator: Simulator, urls: list[str]) -> None:
    """A folder that is a disk of its own, an empty mark and a key that was brought: a first start."""
    site = Site(tmp_path / "site", urls[0])
    (site.folder / "blobs" / "lost+found").mkdir(parents=True)
    (site.folder / "blobs" / MARK).touch()
    create_key_file(site.folder / KEY)
    with site.serving(simulator) as office:
        new_shelf(office).bring(rich())
