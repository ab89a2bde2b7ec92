"""One mailbox read by many people at once: what one, two and four web processes answer.

The simulator, PostgreSQL, one worker and the web processes (``poststelle serve --role …``) are processes of
their own. A *turn* is what a page does where somebody opens a folder and a message: the newest fifty threads
with what the list shows of them, and the text of one of these; each person is at one of the webs, in turn.
People come back at once, without reading anything: what is measured is how many turns the webs answer in
all, how long one takes, and who uses the processors meanwhile.

People are played by two programs with some threads each: one would be slower than the webs. They share the
processors with all else, and are counted. Each number of webs is one line of JSON, too.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.flow.jmap.client import Client
from tests.flow.roles.fleet import Fleet, running_fleet
from tests.flow.sim import running_simulator
from tests.pg import cluster
from tests.programs import start_anew

from bench.sample import percentile
from bench.spending import Spending, postmaster_of

_LISTED = ["id", "threadId", "mailboxIds", "keywords", "from", "subject", "receivedAt", "preview"]
_SHOWN = [*_LISTED, "to", "cc", "textBody", "htmlBody", "bodyValues", "attachments"]
_WARM_S = 3.0
_PLAYERS = 2
_OPTIONS = {"autovacuum": "on", "shared_buffers": "256MB", "max_connections": "200"}
_SETTLED_S = 900.0
_HEAD = """\
| webs | turns a second | p50, p95 | ms of CPU a turn: webs, PostgreSQL, people | processors used | load |
| --- | --- | --- | --- | --- | --- |"""


@dataclass(frozen=True)
class Wanted:
    """What is measured; ``--help`` says what each is."""

    messages: int
    people: int
    seconds: float
    webs: Sequence[int]


@dataclass(frozen=True)
class Play:
    """What a program that plays people is told: where they are, and as whom they are logged in."""

    urls: Sequence[str]
    cookies: Mapping[str, str]
    account: str
    people: int
    seconds: float
    seed: int


@dataclass(frozen=True)
class Stage:
    """An installation with one mailbox that ``anna`` may read."""

    fleet: Fleet
    anna: Client
    account: str
    postmaster: int


# -- the installation -----------------------------------------------------------------------------


def main(wanted: Wanted) -> None:
    """Measure with each number of webs and print a table."""
    with _staged(wanted.messages) as stage:
        count = f"{wanted.messages:,} messages, {wanted.people} people at once"
        print(f"{count}, {os.cpu_count()} processors for all\n\n{_HEAD}", flush=True)
        found = []
        for webs in wanted.webs:
            stage.fleet.start(*["web"] * (webs - len(stage.fleet.webs)))
            found.append(_measured(stage, wanted))
            print(_line(found[-1]), flush=True)
        for one in found:
            print(json.dumps({"reading": one}), flush=True)


@contextmanager
def _staged(messages: int) -> Iterator[Stage]:
    """One web and one worker, the mailbox read to its end."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        simulator = closing.enter_context(running_simulator(folder / "m365", start=start_anew))
        database = closing.enter_context(cluster(_OPTIONS))
        fleet = closing.enter_context(
            running_fleet(simulator, database, folder / "ours", ["web", "worker"], start=start_anew)
        )
        office, address = fleet.office(), simulator.new_mailbox("post")
        simulator.control.receive_count(address, messages)
        account = office.connect(address)
        anna = office.person("anna")
        office.settled(anna, account, _SETTLED_S)
        fleet.run_sql("analyze")  # as autovacuum would
        yield Stage(fleet, anna, account, postmaster_of(database.folder))


def _measured(stage: Stage, wanted: Wanted) -> dict[str, Any]:
    """All people for so long, after a while that is not counted."""
    webs = {f"web {number}": web.started.pid for number, web in enumerate(stage.fleet.webs, 1)}
    spending = Spending(webs, stage.postmaster, stage.fleet.database)
    _played(stage, wanted.people, _WARM_S)
    before = spending.now()
    took_s, of_people_s = _played(stage, wanted.people, wanted.seconds)
    used = spending.now().core(before)
    seconds = wanted.seconds / len(took_s) * 1000
    web = sum(used[name] for name in webs)
    return {
        "webs": len(webs),
        "people": wanted.people,
        "messages": wanted.messages,
        "turns_a_second": round(len(took_s) / wanted.seconds, 1),
        "p50_ms": round(percentile(took_s, 0.5) * 1000),
        "p95_ms": round(percentile(took_s, 0.95) * 1000),
        "webs_ms": round(web * seconds, 1),
        "postgresql_ms": round(used["PostgreSQL"] * seconds, 1),
        "people_ms": round(of_people_s / len(took_s) * 1000, 1),
        "processors": round(web + used["PostgreSQL"] + of_people_s / wanted.seconds, 2),
        "load": round(os.getloadavg()[0], 1),
    }


def _line(found: Mapping[str, Any]) -> str:
    return (
        f"| {found['webs']} | {found['turns_a_second']} | {found['p50_ms']}, {found['p95_ms']} ms"
        f" | {found['webs_ms']}, {found['postgresql_ms']}, {found['people_ms']}"
        f" | {found['processors']} | {found['load']} |"
    )


def _played(stage: Stage, people: int, seconds: float) -> tuple[list[float], float]:
    """What each turn took, and the processor time of those who played; in seconds."""
    urls = [web.url for web in stage.fleet.webs]
    command = [sys.executable, "-m", "bench.reading", "--play"]
    pipe = subprocess.PIPE
    playing = [subprocess.Popen(command, stdin=pipe, stdout=pipe) for _ in range(_PLAYERS)]
    for seed, one in enumerate(playing):
        told = Play(urls, stage.anna.cookies, stage.account, people // _PLAYERS, seconds, seed)
        assert one.stdin is not None
        one.stdin.write(json.dumps(asdict(told)).encode())
        one.stdin.close()
    said = [json.loads(one.stdout.read()) for one in playing if one.stdout is not None]
    assert not any(one.wait() for one in playing)
    return [took for one in said for took in one["took_s"]], sum(one["cpu_s"] for one in said)


# -- people ---------------------------------------------------------------------------------------


def play(told: Play) -> None:
    """Be these people; prints what each turn took and the processor time of it all, in seconds."""
    began_s = time.process_time()
    with ThreadPoolExecutor(told.people) as pool:
        took = pool.map(lambda number: _person(told, number), range(told.people))
        took_s = [one for turns in took for one in turns]
    print(json.dumps({"took_s": took_s, "cpu_s": time.process_time() - began_s}))


def _person(told: Play, number: int) -> list[float]:
    """Turn after turn, at one of the webs."""
    client = Client(told.urls[number % len(told.urls)], "anna", dict(told.cookies))
    chance, until, took_s = random.Random(told.seed * 1000 + number), time.monotonic() + told.seconds, []
    while time.monotonic() < until:
        began = time.monotonic()
        listed = _list(client, told.account)
        _open(client, told.account, chance.choice(listed))
        took_s.append(time.monotonic() - began)
    return took_s


def _list(client: Client, account: str) -> list[str]:
    """The newest fifty threads as the list shows them."""
    newest = {"accountId": account, "sort": [{"property": "receivedAt", "isAscending": False}]}
    ids = {"resultOf": "0", "name": "Email/query", "path": "/ids"}
    answer = client.request(
        ("Email/query", {**newest, "collapseThreads": True, "limit": 50}, "0"),
        ("Email/get", {"accountId": account, "#ids": ids, "properties": _LISTED}, "1"),
    )
    return [str(one["id"]) for one in answer["methodResponses"][1][1]["list"]]


def _open(client: Client, account: str, message: str) -> None:
    wanted = {"ids": [message], "properties": _SHOWN, "fetchHTMLBodyValues": True}
    assert client.call("Email/get", accountId=account, **wanted)["list"]


def _wanted() -> Wanted:
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description=__doc__)
    parser.add_argument("--messages", type=int, default=5_000, help="of the mailbox (default: %(default)s)")
    parser.add_argument("--people", type=int, default=8, help="at once (default: %(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=15.0, help="with each number of webs (default: %(default)s)"
    )
    parser.add_argument("--webs", type=int, nargs="+", default=[1, 2, 4], help="in this order, growing")
    given = parser.parse_args()
    return Wanted(given.messages, given.people, given.seconds, given.webs)


if __name__ == "__main__":
    if sys.argv[1:] == ["--play"]:
        play(Play(**json.load(sys.stdin)))
    else:
        main(_wanted())
