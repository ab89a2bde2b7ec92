"""``poststelle archive verify``: the proof that archives hold what was put in. A server may run beside it."""

import asyncio
from collections.abc import Sequence

from rich.console import Console

from poststelle import main as wiring
from poststelle.cli.console import prepare
from poststelle.config import Config, ConfigError
from poststelle.http.services import Services
from poststelle.mail import archive_proof
from poststelle.mail.archive_proof import Broken
from poststelle.settings import integrity
from poststelle.store import archive
from poststelle.store.archive import Archive
from poststelle.store.proofs import Fault, Kind

HOLDS, BROKEN = 0, 1

_WHY = {
    "changed": "entry {number} is not as it was put in",
    "missing": "entry {number} is missing",
    "octets": "the octets of entry {number} are not those that were put in",
    "no_octets": "the octets of entry {number} are missing on the disk",
    "anchor": "entry {number} is not the end that was sealed",
    "put_back": "it ends with entry {number} and had come further: somebody has put it back",
    "turned_off": "nothing is put in any more, and nobody here has turned it off",
    "key": "the key in use does not open the seal of entry {number}",
    "note": "somebody has taken away what tells which archives there must be",
    "gone": "the archive is missing, and nobody has deleted it here",
}


def run(config: Config, addresses: Sequence[str]) -> int:
    """Verify archives, say of each what was found; return the code to end with. Raises ConfigError."""
    console = prepare(config)
    return asyncio.run(_run(console, config, addresses))


async def _run(console: Console, config: Config, addresses: Sequence[str]) -> int:
    async with wiring.build(config) as built:
        services = built.services
        known = await services.store.read(archive.list_all)
        chosen = _chosen(known, addresses)
        missing = [] if addresses else await archive_proof.missing(services.store, services.ring)
        is_broken = bool(missing)
        for broken in missing:
            name = f"Mailbox {broken.account_id}" if broken.account_id else "Archives"
            console.print(f"{name}: {words(broken)}")
        for one in chosen:
            found, told = await _verified(services, one)
            faults = [Fault(broken.number, broken.why) for broken in found]
            args = (services.ring, Kind.ARCHIVE, {int(one.account_id): faults} if faults else {})
            await services.store.write(integrity.note_found, *args, services.clock.now())
            is_broken = is_broken or bool(found)
            for broken in found:
                console.print(f"{one.address}: {words(broken)}")
            console.print(f"{one.address}: {told}")
    if not known:
        console.print("No mailbox has an archive.")
    return BROKEN if is_broken else HOLDS


def words(broken: Broken) -> str:
    """What is wrong, in plain words."""
    return _WHY[broken.why].format(number=broken.number)


def _chosen(known: Sequence[Archive], addresses: Sequence[str]) -> list[Archive]:
    """Raises ConfigError for an address without an archive."""
    wanted = {address.casefold() for address in addresses}
    chosen = [one for one in known if not wanted or one.address.casefold() in wanted]
    if lacking := wanted - {one.address.casefold() for one in chosen}:
        raise ConfigError(f"{', '.join(sorted(lacking))}: no archive of this address.")
    return chosen


async def _verified(services: Services, one: Archive) -> tuple[list[Broken], str]:
    """What is wrong with an archive, and a summary."""
    found: list[Broken] = []
    after = seen = octets = removed = 0
    args = (services.store, services.blobs, services.ring, one.account_id)
    while portion := await archive_proof.verify(*args, after):
        found += portion.broken
        seen, octets, removed = seen + portion.seen, octets + portion.octets, portion.removed
        if portion.is_end:
            break
        after = portion.at
    parts = [f"{seen} entries, {octets} octets"]
    parts += [f"{removed} removed because their time was over"] if removed else []
    end = "The archive does NOT hold." if found else "The archive holds: nothing was changed or taken out."
    return found, f"{', '.join(parts)}. {end}"
