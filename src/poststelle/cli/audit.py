"""``poststelle audit verify``: the proof that nobody has changed the trail. A server may run beside it."""

import asyncio

from poststelle import main as wiring
from poststelle.access import trail
from poststelle.access.trail import Broken, Verified
from poststelle.cli.console import prepare
from poststelle.config import Config
from poststelle.store import accounts

HOLDS, BROKEN = 0, 1

_WHY = {
    "changed": "entry {number} is not as it was added",
    "missing": "entry {number} is missing",
    "erased": "what entry {number} said was erased, and nobody has noted that",
    "anchor": "entry {number} is not the one that was sealed",
    "key": "the key in use does not open the seal of entry {number}",
}


def run(config: Config) -> int:
    """Verify it, say what was found; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    found, names = asyncio.run(_verified(config))
    for one in found.broken:
        console.print(f"{names.get(one.chain, 'People and settings')}: {_words(one)}")
    console.print(_summary(found))
    return BROKEN if found.broken else HOLDS


async def _verified(config: Config) -> tuple[Verified, dict[int, str]]:
    async with wiring.build(config) as built:
        store = built.services.store
        found = await trail.verify(store, built.services.ring)
        there = await store.read(accounts.list_all)
    return found, {one.chain: f"Mailbox {one.chain}" for one in found.broken if one.chain} | {
        account.id: account.address for account in there
    }


def _words(one: Broken) -> str:
    return _WHY[one.why].format(number=one.number)


def _summary(found: Verified) -> str:
    """Counts, and whether all is well."""
    parts = [f"{found.entries} entries"]
    parts += [f"{found.removed} removed because their time was over"] if found.removed else []
    parts += [f"{found.erased} erased"] if found.erased else []
    parts += [f"sealed since {found.since:%Y-%m-%d %H:%M} UTC"] if found.since else ["not sealed yet"]
    end = "The trail does NOT hold." if found.broken else "The trail holds: nothing was changed or taken out."
    return f"{', '.join(parts)}. {end}"
