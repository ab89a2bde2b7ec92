"""The capacity model's timetable is the engine's: the same hours through both, look by look."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bench.timetable import Mailbox
from tests.flow.sim import Simulator
from tests.flow.sync.clocks import SetClock
from tests.flow.sync.mirror import Mirror, mirrored

from poststelle.lib.clock import from_ms
from poststelle.store import subscriptions
from poststelle.store.tx import Tx
from poststelle.sync.heard import GATHER_S, TAKEN_IN_AFTER, Heard, Hearing
from poststelle.sync.notify import hash_secret
from poststelle.sync.schedule import Pace

pytestmark = pytest.mark.anyio

PACE = Pace(poll_s=8)
HOURS = 3.0
ARRIVALS_S = (5000.0, 5004.0, 5030.0, 6500.0, 9000.0)  # seconds after the beginning
SECRET = "of the subscription"


@dataclass(frozen=True)
class Seen:
    """One look: when, after the beginning, and how many requests it made."""

    at_s: float
    requests: int


async def test_the_model_of_a_polled_mailbox_looks_when_the_engine_does(
    m365: Simulator, tmp_path: Path
) -> None:
    """Through rest and arriving mail each look comes at the same second and costs the same requests."""
    await compare(m365, tmp_path, ARRIVALS_S, is_told=False, is_seen=False)


async def test_the_model_of_a_mailbox_that_is_told_of_looks_when_the_engine_does(
    m365: Simulator, tmp_path: Path
) -> None:
    await compare(m365, tmp_path, ARRIVALS_S, is_told=True, is_seen=False)


async def test_the_model_of_a_mailbox_on_screen_looks_when_the_engine_does(
    m365: Simulator, tmp_path: Path
) -> None:
    await compare(m365, tmp_path, ARRIVALS_S[:2], is_told=False, is_seen=True)


async def compare(
    m365: Simulator, tmp_path: Path, arrivals_s: Sequence[float], *, is_told: bool, is_seen: bool
) -> None:
    """Both ways through the same history."""
    clock, address = SetClock(at=datetime.now(UTC).replace(microsecond=0)), m365.new_mailbox()
    async with mirrored(m365, address, tmp_path, clock, pace=PACE) as mirror:
        if is_seen:
            mirror.heard.add(mirror.account)
        await mirror.sync.run_due()
        if is_told:
            await mirror.store.write(_subscribe, mirror.account, clock.now())
        began = clock.now()
        first_due = await due(mirror)
        real = await engine(m365, address, mirror, clock, arrivals_s, is_told=is_told)
    # The first look, before the mailbox was told of, has set what follows.
    modelled = Mailbox(PACE, began, is_seen=is_seen)
    modelled.look(began, arrived=0)
    modelled.is_told = is_told
    modelled.due_at, modelled.waited_s = first_due, (first_due - began).total_seconds()

    assert model(modelled, began, arrivals_s) == real


async def engine(
    m365: Simulator,
    address: str,
    mirror: Mirror,
    clock: SetClock,
    arrivals_s: Sequence[float],
    *,
    is_told: bool,
) -> list[Seen]:
    """The real one, its clock set to each moment at which it is due."""
    began, waiting, found = clock.now(), list(arrivals_s), []
    hearing = Hearing(mirror.store, clock, lambda: None, lambda: None)
    while True:
        due_at = await due(mirror)
        if waiting and began + timedelta(seconds=waiting[0]) <= due_at:
            clock.at = began + timedelta(seconds=waiting.pop(0))
            [message] = m365.control.receive(address, subject="Anfrage")
            if is_told:
                heard = asyncio.ensure_future(hearing.hear([Heard("subscription", SECRET, message=message)]))
                await asyncio.sleep(0)  # it waits for others of the same moment; meanwhile time passes
                clock.at += timedelta(seconds=GATHER_S * TAKEN_IN_AFTER)
                await heard
            continue
        if due_at > began + timedelta(hours=HOURS):
            return found
        clock.at = due_at
        m365.control.clear_calls()
        await mirror.sync.run_due()
        calls = m365.control.calls(mailbox=address, limit=1000)
        found.append(Seen(round((due_at - began).total_seconds(), 2), len(calls)))


def model(mailbox: Mailbox, began: datetime, arrivals_s: Sequence[float]) -> list[Seen]:
    """The model through the same history."""
    waiting, arrived, found = list(arrivals_s), 0, []
    while True:
        if waiting and began + timedelta(seconds=waiting[0]) <= mailbox.due_at:
            mailbox.notified(began + timedelta(seconds=waiting.pop(0)))
            arrived += 1
            continue
        at = mailbox.due_at
        if at > began + timedelta(hours=HOURS):
            return found
        look = mailbox.look(at, arrived=arrived)
        arrived = 0
        found.append(Seen(round((at - began).total_seconds(), 2), look.requests))


async def due(mirror: Mirror) -> datetime:
    [row] = await mirror.store.read(lambda tx: tx.all("get_sync_state", account=mirror.account))
    return from_ms(row["due_at"])


def _subscribe(tx: Tx, account: int, now: datetime) -> None:
    fence = subscriptions.claim(tx, account, now, 60)
    assert fence is not None
    kept = subscriptions.keep(
        tx,
        account,
        fence,
        remote_id="subscription",
        secret_hash=hash_secret(SECRET),
        url="https://hooks.example.org",
        expires_at=now + timedelta(days=2),
        due_at=now + timedelta(days=1),
        now=now,
    )
    assert kept
