"""A change of the key in the store: broken off and begun again, with values that nothing opens."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest

from poststelle.auth.crypto import KeyRing
from poststelle.model.health import Condition, Disk, ProcessFacts, ProcessRole, Traffic
from poststelle.settings import rotation
from poststelle.store import holders, sealed, settings
from poststelle.store.tx import Store, Tx

pytestmark = pytest.mark.anyio

OLD, NEW, LOST = b"o" * 32, b"n" * 32, b"l" * 32
NOW = datetime(2026, 11, 29, tzinfo=UTC)
COUNT = 450  # more than are sealed anew at once


class BreaksOff:
    """A store whose process is killed when it begins its second write."""

    def __init__(self, store: Store) -> None:
        self._store, self._writes = store, 0

    async def read(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        return await self._store.read(fn, *args)

    async def write(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        self._writes += 1
        if self._writes == 2:
            raise KeyboardInterrupt
        return await self._store.write(fn, *args)


def _fill(tx: Tx, ring: KeyRing, lost: KeyRing) -> None:
    for n in range(COUNT):
        settings.upsert(tx, f"s{n:03}", sealed=ring.seal(b"%d" % n, f"settings/s{n:03}"), at=NOW, by=None)
    settings.upsert(tx, "s050x", sealed=lost.seal(b"x", "settings/s050x"), at=NOW, by=None)
    settings.upsert(tx, "s449x", sealed=b"\x01broken", at=NOW, by=None)
    settings.upsert(tx, "plain", value="not sealed", at=NOW, by=None)


async def test_what_was_broken_off_goes_on(store: Store) -> None:
    """Each value opens at any moment; what nothing opens is counted and stays as it is."""
    ring = KeyRing([NEW, OLD])
    await store.write(_fill, KeyRing([OLD]), KeyRing([LOST]))
    with pytest.raises(KeyboardInterrupt):
        await rotation.seal_anew(BreaksOff(store), ring, NOW)  # type: ignore[arg-type]
    half = await store.read(settings.list_all)
    assert {half[f"s{n:03}"].sealed[:5] for n in (0, 449)} == {ring.header, KeyRing([OLD]).header}  # type: ignore[index]

    done = await rotation.seal_anew(store, ring, NOW)

    found = await store.read(settings.list_all)
    only_new = KeyRing([NEW])
    assert [only_new.open(found[f"s{n:03}"].sealed or b"", f"settings/s{n:03}") for n in range(COUNT)] == [
        b"%d" % n for n in range(COUNT)
    ]
    assert (done.unreadable, 0 < done.anew < COUNT) == (2, True)
    assert found["s449x"].sealed == b"\x01broken"
    assert KeyRing([LOST]).open(found["s050x"].sealed or b"", "settings/s050x") == b"x"
    assert (await rotation.seal_anew(store, ring, NOW)).anew == 0


async def test_what_changes_meanwhile_is_not_put_back(store: Store) -> None:
    """A secret that is set while it is being sealed anew stays as it was set."""
    ring = KeyRing([NEW, OLD])
    await store.write(_fill, KeyRing([OLD]), KeyRing([LOST]))
    [place] = [one for one in sealed.PLACES if one.table == "settings"]
    [first, *_] = await store.read(sealed.elsewhere, place, ring.header, "s", 1)

    def change(tx: Tx) -> int:
        settings.upsert(tx, "s000", sealed=ring.seal(b"set", "settings/s000"), at=NOW, by=None)
        return sealed.replace(tx, [(first, ring.seal(b"0", "settings/s000"))])

    assert await store.write(change) == 0
    kept = await store.read(settings.get, "s000")
    assert kept is not None and kept.sealed is not None
    assert ring.open(kept.sealed, "settings/s000") == b"set"


def test_every_sealed_column_is_known() -> None:
    """Whoever adds one finds out here, before a key is retired under it."""
    schema = files("poststelle.store").joinpath("schema.sql").read_text(encoding="utf-8")
    tables = re.findall(r"create table (\w+) \((.*?)\n\)", schema, re.DOTALL)
    told = {
        table
        for table, columns in tables
        for line in columns.splitlines()
        if "{blob}" in line and re.search(r"\bsealed\b|row identity", line)
    }
    assert told == {place.table for place in sealed.PLACES}


class _Beating:
    """A clock by which one process lives on while somebody waits, and may come to know other keys."""

    def __init__(self, store: Store, learns_after_s: int | None) -> None:
        self._store, self._learns_after_s, self.waited_s = store, learns_after_s, 0

    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        self.waited_s += int(seconds)
        is_time = self._learns_after_s is not None and self.waited_s >= self._learns_after_s
        await self._store.write(_tell, "alive", [OLD, NEW] if is_time else [OLD])


def _tell(tx: Tx, name: str, keys: list[bytes] | None) -> None:
    facts = ProcessFacts(name, name, ProcessRole.WORKER, "1.0", "machine", NOW)
    known = () if keys is None else KeyRing(keys).keys
    holders.beat(tx, name)
    holders.describe(tx, facts, Condition(Disk(1, 2), [], Traffic(0, 0, 0), keys=known), NOW)


@pytest.mark.parametrize(("learns_after_s", "left"), [(None, ["alive"]), (12, [])])
async def test_a_key_seals_once_all_that_live_know_it(
    store: Store, learns_after_s: int | None, left: list[str]
) -> None:
    """It is waited for; one that is dead and was not buried is not waited for any longer."""
    clock = _Beating(store, learns_after_s)
    await store.write(_tell, "alive", [OLD])
    new, old = (KeyRing([key]).keys[0] for key in (NEW, OLD))
    assert await rotation.not_yet(store, clock, rotation.knows(old)) == []
    assert clock.waited_s == 0
    found = await rotation.not_yet(store, clock, rotation.knows(new))
    assert [one.facts.name for one in found] == left
    await store.write(_tell, "dead", None)
    found = await rotation.not_yet(store, clock, rotation.knows(new))
    assert [one.facts.name for one in found] == left
    found = await rotation.not_yet(store, clock, rotation.seals_with(new))
    assert [one.facts.name for one in found] == ["alive"]


async def test_one_that_does_not_say_what_it_knows_does_not_know_it(store: Store) -> None:
    """As a program of before, which says nothing of keys."""
    await store.write(_tell, "older", None)
    [one] = await store.read(holders.list_all)
    assert not rotation.knows(KeyRing([OLD]).keys[0])(one)
    assert not rotation.seals_with(KeyRing([OLD]).keys[0])(one)
