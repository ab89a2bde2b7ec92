"""``poststelle audit verify``: the proof that nobody has changed the trail. A server may run beside it.

A file with the ends of trail and archives, kept elsewhere, tells a later proof what there must be at least.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import msgspec

from poststelle import main as wiring
from poststelle.access import ends, trail
from poststelle.access.ends import Ends, Lost
from poststelle.access.trail import Broken, Verified
from poststelle.cli.console import prepare
from poststelle.config import Config, ConfigError
from poststelle.settings import integrity
from poststelle.settings.integrity import Integrity
from poststelle.store import accounts
from poststelle.store.proofs import Kind
from poststelle.store.tx import ReadTx

HOLDS, BROKEN = 0, 1

_WHY = {
    "changed": "entry {number} is not as it was added",
    "missing": "entry {number} is missing",
    "erased": "what entry {number} said was erased, and nobody has noted that",
    "messages": "entry {number} is found by other messages than it names",
    "put_back": "it ends with entry {number} and was sealed further: somebody has put it back",
    "anchor": "entry {number} is not the one that was sealed",
    "key": "the key in use does not open the seal of entry {number}",
}


@dataclass(frozen=True, slots=True)
class _Found:
    """``lost``: of the ends that were kept those that are not there; ``ends`` are today's."""

    verified: Verified
    seen: Integrity
    lost: list[Lost]
    ends: Ends
    names: dict[int, str]


def run(config: Config, save: Path | None, expect: Path | None) -> int:
    """Verify it, say what was found; return the code to end with. Raises ConfigError.

    ``save``: where the ends of trail and archives are kept, if the trail holds; ``expect``: such a file.
    """
    console = prepare(config)
    kept = None if expect is None else _read(expect)
    found = asyncio.run(_verified(config, kept))
    for one in found.verified.broken:
        console.print(f"{found.names.get(one.chain, 'People and settings')}: {_words(one)}")
    for lost in found.lost:
        console.print(_lost_words(lost, found.names))
    if found.seen.unsealed:
        console.print(_unsealed_words(found.seen))
    is_broken = bool(found.verified.broken or found.lost)
    console.print(_summary(found, is_broken=is_broken))
    if save is not None and not is_broken:
        _write(save, found.ends)
        console.print(f"The ends of trail and archives are in {save}. Keep it where this server can't write.")
    return BROKEN if is_broken or found.seen.sealing is not None else HOLDS


async def _verified(config: Config, kept: Ends | None) -> _Found:
    async with wiring.build(config) as built:
        store, ring = built.services.store, built.services.ring
        verified = await trail.verify(store, ring)
        now = built.services.clock.now()
        seen = await store.read(integrity.look, ring, now)
        await store.write(integrity.note_found, ring, Kind.TRAIL, verified.faults(), now)
        lost, today = await store.read(_compared, kept)
        there = await store.read(accounts.list_all)
    broken = {one.chain for one in verified.broken} | {one.account for one in lost if one.account}
    names = {chain: f"Mailbox {chain}" for chain in broken if chain}
    return _Found(verified, seen, lost, today, names | {account.id: account.address for account in there})


def _compared(tx: ReadTx, kept: Ends | None) -> tuple[list[Lost], Ends]:
    return [] if kept is None else ends.lost(tx, kept), ends.current(tx)


def _read(file: Path) -> Ends:
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=Ends)
    except (OSError, msgspec.MsgspecError) as problem:
        raise ConfigError(f"{file} holds no ends that were saved by this command: {problem}.") from problem
    if not ends.is_some(kept):
        raise ConfigError(f"{file} holds no ends that were saved by this command: take another copy of it.")
    return kept


def _write(file: Path, now: Ends) -> None:
    try:
        file.write_bytes(msgspec.json.encode(now) + b"\n")
    except OSError as problem:
        raise ConfigError(f"{file} can't be written: {problem}.") from problem


def _lost_words(lost: Lost, names: dict[int, str]) -> str:
    name = "People and settings" if lost.account is None else names[lost.account]
    what = "archive" if lost.is_archive else "audit trail"
    return (
        f"{name}: entry {lost.number} of the {what}, which was there, is missing or another one: the database"
        " was put back to an earlier state, or replaced"
    )


def _unsealed_words(seen: Integrity) -> str:
    since = "" if seen.unsealed_since is None else f" since {seen.unsealed_since:%Y-%m-%d %H:%M} UTC"
    return (
        f"{seen.unsealed} entries have waited for their seal{since}: nothing proves them. A running server"
        " seals each minute; look at its log."
    )


def _words(one: Broken) -> str:
    return _WHY[one.why].format(number=one.number)


def _summary(all_: _Found, *, is_broken: bool) -> str:
    """Counts, and whether all is well."""
    found = all_.verified
    parts = [f"{found.entries} entries"]
    parts += [f"{found.removed} removed because their time was over"] if found.removed else []
    parts += [f"{found.erased} erased"] if found.erased else []
    parts += [f"sealed since {found.since:%Y-%m-%d %H:%M} UTC"] if found.since else ["not sealed yet"]
    if is_broken:
        end = "The trail does NOT hold."
    elif all_.seen.sealing is not None:
        end = "What is sealed holds; what came after it is NOT proven."
    elif all_.seen.began_anew is not None:
        end = "It holds since then; nothing proves what is older, for sealing began anew."
    else:
        end = "The trail holds: nothing was changed or taken out."
    return f"{', '.join(parts)}. {end}"
