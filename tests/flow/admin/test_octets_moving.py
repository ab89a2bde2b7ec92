"""``move-blobs`` and whoever is not at rest: what is stored is where the octets are, or is refused."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests import programs
from tests.databases import empty_postgres_url, postgres
from tests.flow.admin.test_backup import Site
from tests.flow.admin.test_object_storage import LARGE, MARK, holding, simulator
from tests.flow.jmap.office import Server
from tests.flow.jmap.test_internal import Shelf, new_shelf, rich
from tests.flow.sim import Simulator
from tests.gateway import Gateway, running_gateway
from tests.pg import Cluster
from tests.s3 import S3

from poststelle.blobs import DirectoryBlobs, once

__all__ = ["empty_postgres_url", "postgres", "simulator"]

ENDS_WITHIN_S = 60


@pytest.fixture
def gateway(s3: S3) -> Iterator[Gateway]:
    with running_gateway(s3) as it:
        yield it


@pytest.fixture(params=["sqlite", "postgres"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    if request.param == "sqlite":
        return Site(tmp_path / "site")
    cluster: Cluster = request.getfixturevalue("postgres")
    url = cluster.empty_database()
    request.addfinalizer(lambda: cluster.drop_database(url))
    return Site(tmp_path / "site", url)


def to(environ: dict[str, str]) -> dict[str, str]:
    """What ``move-blobs`` is told of the new place."""
    names = ("POSTSTELLE_BLOBS", "POSTSTELLE_BLOBS_ACCESS_KEY", "POSTSTELLE_BLOBS_SECRET_KEY")
    return {name.replace("_BLOBS", "_NEW_BLOBS"): environ[name] for name in names}


def brought(shelf: Shelf, octets: bytes) -> int:
    """The status of an upload of a message."""
    about = {"Content-Type": "message/rfc822"}
    return shelf.anna.send("POST", f"/jmap/upload/{shelf.account}/", octets, about).status


def words(said: str) -> str:
    """Without the ends of its lines."""
    return re.sub(r"\s+", " ", said)


def has_ended(server: Server) -> bool:
    return server.process.wait(ENDS_WITHIN_S) == 0


def test_a_server_that_stood_still_stores_nothing_at_the_old_place(
    site: Site, s3: S3, simulator: Simulator
) -> None:
    """It was not seen by who moved the octets. Woken, it refuses, ends, and what it took is all there."""
    bucket = s3.bucket()
    letter = rich()
    with site.serving(simulator) as office:
        shelf = new_shelf(office)
        [id_] = shelf.bring(letter)
        process = office.server.process
        os.kill(process.pid, signal.SIGSTOP)
        try:
            code, said = Site(site.folder, site.database, to(s3.environ(bucket))).run("move-blobs")
        finally:
            os.kill(process.pid, signal.SIGCONT)
        assert (code, "All is there" in said) == (0, True), said
        with suppress(OSError):  # it may have ended by then
            assert brought(shelf, rich()) == 503
        assert has_ended(office.server)
        assert "blobs.moved" in (site.folder / "stderr.log").read_text()
    site.more = s3.environ(bucket)
    holding(site, simulator, shelf, {id_: letter})


def unnamed(site: Site, octets: bytes) -> str:
    """Octets that a server has stored and is about to name: only the last pass brings these. Their hash."""

    async def put() -> str:
        return (await DirectoryBlobs(site.folder / "blobs").put(once(octets))).sha256

    return asyncio.run(put())


def one_letter(site: Site, simulator: Simulator) -> tuple[Shelf, dict[str, bytes]]:
    """An installation with one message that lies only here."""
    letter = rich()
    with site.serving(simulator) as office:
        shelf = new_shelf(office)
        return shelf, {shelf.bring(letter)[0]: letter}


def test_no_server_starts_during_the_last_pass(
    site: Site, gateway: Gateway, s3: S3, simulator: Simulator
) -> None:
    """It is told why, and what is stored but not named yet is brought along."""
    shelf, ids = one_letter(site, simulator)
    bucket, told = s3.bucket(), list[tuple[int, str]]()
    late = unnamed(site, LARGE[:200_000])

    def start(path: str) -> None:
        if late in path:
            told.append(site.run("serve"))

    gateway.on_put = start
    code, said = Site(site.folder, site.database, to(gateway.environ(bucket))).run("move-blobs")
    assert (code, "All is there" in said) == (0, True), said
    [(code, said)] = told
    assert (code, "move-blobs --take-back" in words(said)) == (2, True), said
    assert [name for name in s3.names(bucket) if late in name] != []
    site.more = s3.environ(bucket)
    holding(site, simulator, shelf, ids)


@pytest.mark.parametrize("goes_on", [True, False], ids=["again", "taken back"])
def test_a_move_that_is_killed_in_its_last_pass(
    site: Site, gateway: Gateway, s3: S3, simulator: Simulator, goes_on: bool
) -> None:
    """No server starts, until it is run again, or taken back: then all is where it was."""
    shelf, ids = one_letter(site, simulator)
    bucket = s3.bucket()
    mover = Site(site.folder, site.database, to(gateway.environ(bucket)))
    late = unnamed(site, LARGE[:200_000])
    environ = {k: v for k, v in os.environ.items() if not k.startswith("POSTSTELLE_")}
    environ |= {"POSTSTELLE_DATA": str(site.folder), **mover.environ}

    def kill(path: str) -> None:
        if late in path:
            process.kill()

    gateway.on_put = kill
    process = programs.start(["poststelle", "move-blobs"], environ)
    process.wait(ENDS_WITHIN_S)
    process.stdout.close()
    gateway.on_put = None
    code, said = site.run("serve")
    assert (code, "being moved" in said) == (2, True), said
    if goes_on:
        code, said = mover.run("move-blobs")
        assert (code, "All is there" in said) == (0, True), said
        site.more = s3.environ(bucket)
    else:
        code, said = mover.run("move-blobs", "--take-back")
        assert (code, "stay where they were" in said) == (0, True), said
        assert "were not being moved" in site.run("move-blobs", "--take-back")[1]
    holding(site, simulator, shelf, ids)


def test_there_back_and_there_again(tmp_path: Path, s3: S3, simulator: Simulator) -> None:
    """What was removed from the place of before is brought once more, though it was known to be there."""
    bucket, site = s3.bucket(), Site(tmp_path / "site")
    shelf, ids = one_letter(site, simulator)
    site.more = to(s3.environ(bucket))
    assert site.run("move-blobs")[0] == 0
    site.more = s3.environ(bucket)
    assert site.run("move-blobs", "--to", "data")[0] == 0
    for name in s3.names(bucket):
        if MARK not in name:
            s3.destroy(bucket, name)
    site.more = to(s3.environ(bucket))
    code, said = site.run("move-blobs")
    assert (code, "1 files copied" in said) == (0, True), said
    shutil.rmtree(site.folder / "blobs")
    site.more = s3.environ(bucket)
    holding(site, simulator, shelf, ids)


def test_only_from_where_they_are(tmp_path: Path, s3: S3, simulator: Simulator) -> None:
    """Told of the old place after a move, it does not begin from there again."""
    bucket, site = s3.bucket(), Site(tmp_path / "site")
    one_letter(site, simulator)
    site.more = to(s3.environ(bucket))
    assert site.run("move-blobs")[0] == 0
    code, said = site.run("move-blobs", "--to", s3.address(bucket, "third"))
    assert (code, "another place" in words(said)) == (2, True), said
