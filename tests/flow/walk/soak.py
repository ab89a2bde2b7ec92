"""Long random walks: ``python -m tests.flow.walk.soak`` (its options: ``--help``).

Each walk's seed is told, and the story of one that went wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import apsw
from tests.flow.sim import Simulator, running_simulator
from tests.flow.walk.scene import Variant
from tests.flow.walk.walk import Kill, walking
from tests.flow.walk.worker import workers
from tests.pg import cluster

from poststelle.lib.log import set_up_logging
from poststelle.store import invariants

_DIARY = """
create table diary (n integer primary key, what text, id integer, remote text, thread integer, said text);
create trigger diary_of_new_messages after insert on messages begin
    insert into diary (what, id, remote, thread, said)
    values ('came', new.id, new.remote_id, new.thread_id, new.subject); end;
create trigger diary_of_messages after update on messages
when (old.remote_id, old.thread_id, old.subject) is not (new.remote_id, new.thread_id, new.subject) begin
    insert into diary (what, id, remote, thread, said)
    values ('changed', new.id, new.remote_id, new.thread_id, new.subject); end;
create trigger diary_of_gone_messages after delete on messages begin
    insert into diary (what, id, remote, thread, said)
    values ('went', old.id, old.remote_id, old.thread_id, old.subject); end;
create trigger diary_of_new_threads after insert on threads begin
    insert into diary (what, thread, said) values ('thread', new.id, new.key); end;
create trigger diary_of_threads after update on threads begin
    insert into diary (what, thread, said) values ('thread named', new.id, new.key); end;
create trigger diary_of_sending after update on submissions begin
    insert into diary (what, id, thread, said)
    values ('sending', new.message_id, new.thread_id, new.id || ' ' || new.state || ' ' || new.step); end;
"""
"""What becomes of messages, threads and submissions, whichever program does it."""


def _begin_diary(database: str) -> None:
    with closing(apsw.Connection(database.removeprefix("sqlite:///"))) as connection:
        connection.set_busy_timeout(60_000)
        connection.execute(_DIARY)


def _keep(m365: Simulator, database: str, folder: Path, seed: int) -> None:
    """The database with its diary, and all requests, of a walk that went wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{seed}-{time.time():.0f}"
    path = Path(database.removeprefix("sqlite:///"))
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copy(file, folder / file.name.replace(path.stem, name, 1))
    (folder / f"{name}.json").write_text(json.dumps(m365.control.calls(limit=10**9), default=str))


async def walk(
    m365: Simulator, database: str, folder: Path, seed: int, wanted: argparse.Namespace, kill: Kill
) -> tuple[str, list[str]]:
    """One walk: its figures, and the end of its story with what was wrong then, if anything was."""
    variant = Variant(wanted.denied, wanted.cloud, wanted.workers)
    async with walking(m365, database, folder, seed, kill, variant) as one:
        if wanted.keep:
            _begin_diary(database)
        try:
            await one.go(wanted.steps, wanted.outlook)
            await one.settle()
            found = await one.differences()
            await one.scene.mirror.check()
        except Exception:  # the story is needed whatever ended it
            found = [*await one.scene.station.store.read(invariants.check), traceback.format_exc()]
        return await one.figures(), [*one.told[-wanted.story :], *found, *await one.state()] if found else []


@contextmanager
def _databases(folder: Path, *, on_postgres: bool) -> Iterator[Iterator[str]]:
    """Empty databases, one after the other."""
    if not on_postgres:
        yield (f"sqlite:///{folder / f'{n}.db'}" for n in range(10**9))
        return
    with cluster() as running:
        yield (running.new_database() for _ in range(10**9))


def main() -> int:
    """Walk and tell; 1 when a walk went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="seed of the first walk")
    parser.add_argument("--walks", type=int, default=50)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument(
        "--story", type=int, default=250, help="how many lines of a wrong walk's story to tell"
    )
    parser.add_argument(
        "--outlook", type=int, default=1, help="how many times as often Outlook works on drafts"
    )
    parser.add_argument(
        "--postgres", action="store_true", help="keep the mirror in PostgreSQL, not in SQLite"
    )
    parser.add_argument(
        "--denied", action="store_true", help="have single requests denied (404) or in conflict (409, 412)"
    )
    parser.add_argument(
        "--cloud",
        choices=("global", "china"),
        default="global",
        help="which of Microsoft's: only the global one removes for good at once",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        help="how many programs work beside the first at once, and are killed",
    )
    parser.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="keep there what a wrong walk leaves (SQLite)"
    )
    wanted = parser.parse_args()
    if wanted.keep and wanted.postgres:
        parser.error("--keep is for SQLite")
    set_up_logging(as_json=True, level="error")
    wrong = 0
    with (
        tempfile.TemporaryDirectory() as name,
        running_simulator(Path(name) / "m365", cloud=wanted.cloud) as m365,
        workers(wanted.workers) as kill,
        _databases(Path(name), on_postgres=wanted.postgres) as databases,
    ):
        for seed in range(wanted.first, wanted.first + wanted.walks):
            place, begun = Path(name) / f"walk-{seed}", time.monotonic()
            place.mkdir()
            database = next(databases)
            figures, found = asyncio.run(walk(m365, database, place, seed, wanted, kill))
            if found and wanted.keep:
                _keep(m365, database, wanted.keep, seed)
            wrong += bool(found)
            outcome = "WRONG" if found else "equal"
            took_s = time.monotonic() - begun
            print(f"seed {seed}: {outcome}, {wanted.steps} steps in {took_s:.0f} s; {figures}", flush=True)
            print("\n".join(found), file=sys.stderr, flush=True)
    print(f"{wanted.walks - wrong} of {wanted.walks} walks ended with both sides equal")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
