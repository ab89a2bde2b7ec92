"""Processes are renewed one after the other, with another build of the page: nobody notices."""

from __future__ import annotations

import gzip
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from tests.builds import another_build, built
from tests.flow.jmap.client import Client, eventually
from tests.flow.roles.fleet import Fleet, Process, asked, is_ready, running_fleet
from tests.flow.sim import Simulator
from tests.pg import Cluster

from poststelle.http.static import assets

_NAMED = re.compile(r'(?:src|href)="/(assets/[^"]+)"')
_DRAIN_S = "2"


@pytest.fixture
def old_and_new(
    m365: Simulator, postgres: Cluster, tmp_path: Path, other_ui: Path
) -> Iterator[tuple[Fleet, Process, Process]]:
    """Two web processes: one was there before, the other one has another build."""
    with running_fleet(m365, postgres, tmp_path / "fleet", []) as fleet:
        [old] = fleet.start("web", UI=str(built()))
        [new] = fleet.start("web", UI=str(other_ui))
        yield fleet, old, new


@pytest.fixture(scope="session")
def other_ui(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return another_build(tmp_path_factory.mktemp("ui"))


def test_each_hands_out_the_files_of_both_builds(old_and_new: tuple[Fleet, Process, Process]) -> None:
    """What the page of either names is had at the other one, the same, and kept by browsers for ever."""
    _, *both = old_and_new
    for one, other in (both, both[::-1]):
        names = _NAMED.findall(asked(one.port, "/")[2].decode())
        assert len(names) > 3
        for name in names:
            its, others = asked(one.port, f"/{name}"), asked(other.port, f"/{name}")
            assert others[0] == 200, name
            assert content(others) == content(its)
            for header in ("content-type", "cache-control", "content-security-policy"):
                assert others[1][header] == its[1][header]
            assert "immutable" in others[1]["cache-control"]
    first, second = (set(_NAMED.findall(asked(one.port, "/")[2].decode())) for one in both)
    assert first.isdisjoint(second)


def content(answer: tuple[int, dict[str, str], bytes]) -> bytes:
    return gzip.decompress(answer[2]) if answer[1].get("content-encoding") == "gzip" else answer[2]


def test_only_what_a_process_has_put_there_is_handed_out(
    old_and_new: tuple[Fleet, Process, Process], other_ui: Path
) -> None:
    """A script that somebody wrote into the database without the key is no page's; neither is one that has
    another one's hash, or a name that nothing has."""
    fleet, old, _ = old_and_new
    mine, other = [name for name in sorted(assets(other_ui)) if name.startswith("x")][:2]
    assert asked(old.port, f"/assets/{mine}")[0] == 200
    fleet.run_sql("update page_files set octets = %s where name = %s", gzip.compress(b"evil()"), mine)
    assert asked(old.port, f"/assets/{mine}")[0] == 404
    assert "page_files.not_ours" in old.log.read_text()
    fleet.run_sql(
        "insert into page_files select 'evil.js', octets, sealed, seen_at from page_files where name = %s",
        other,
    )
    assert asked(old.port, "/assets/evil.js")[0] == 404
    assert asked(old.port, f"/assets/{other}")[0] == 200
    assert asked(old.port, "/assets/nothing-12345678.js")[0] == 404


def test_files_outlive_the_process_that_had_them(old_and_new: tuple[Fleet, Process, Process]) -> None:
    """Who left a page open gets its parts two weeks later; a start of the same build writes none anew."""
    fleet, old, new = old_and_new
    [name] = re.findall(r'src="/(assets/index[^"]+)"', asked(old.port, "/")[2].decode())
    fleet.processes.remove(old)
    assert old.stop() == 0
    assert asked(new.port, f"/{name}")[0] == 200
    before = fleet.rows("select name, sealed from page_files order by name")
    fleet.start("web", UI=str(built()))
    assert fleet.rows("select name, sealed from page_files order by name") == before


def test_who_says_something_meanwhile_is_never_refused(
    m365: Simulator, postgres: Cluster, tmp_path: Path
) -> None:
    """Behind a proxy that asks now and then whether they are ready: each is replaced, no request fails."""
    with running_fleet(m365, postgres, tmp_path / "fleet", ["web", "web"], DRAIN_SECONDS=_DRAIN_S) as fleet:
        admin = fleet.office().admin
        with fleet.proxy.asking(every_s=0.3), talking(admin) as told:
            for old in list(fleet.webs):
                assert old.stop() == 0
                fleet.processes.remove(old)
                fleet.start("web")
                eventually(partial(has_grown, told, len(told) + 5))
        assert set(told) == {"ok"}


def has_grown(told: list[str], size: int) -> bool:
    return len(told) > size


@contextmanager
def talking(client: Client) -> Iterator[list[str]]:
    """Somebody who asks by POST without a pause; what became of each."""
    told: list[str] = []
    is_over = threading.Event()

    def talk() -> None:
        while not is_over.is_set():
            try:
                client.call("Core/echo", hello=True)
                told.append("ok")
            except Exception as problem:
                told.append(repr(problem))

    threads = [threading.Thread(target=talk) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def test_one_that_goes_says_so_while_it_still_answers(
    m365: Simulator, postgres: Cluster, tmp_path: Path
) -> None:
    """For as long as is set; a stream that is open ends with it."""
    with running_fleet(m365, postgres, tmp_path / "fleet", ["web"], DRAIN_SECONDS=_DRAIN_S) as fleet:
        [web] = fleet.webs
        with fleet.at(web, fleet.office().admin).events() as events:
            web.started.send_signal(signal.SIGTERM)
            eventually(lambda: asked(web.port, "/readyz")[0] == 503)
            status, headers, body = asked(web.port, "/api/start")
            assert (status, headers["connection"]) == (200, "close"), body
            assert asked(web.port, "/healthz")[0] == 200
            assert web.started.wait(timeout=60) == 0
            while events.next():
                pass  # until the stream has ended, too
        assert not is_ready(web.port)
