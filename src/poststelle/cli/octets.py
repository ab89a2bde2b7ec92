"""``poststelle move-blobs``: messages and files to an object storage, a shared folder, or back."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from rich.console import Console

from poststelle import main as wiring
from poststelle.blobs import ObjectBlobs
from poststelle.cli.console import prepare
from poststelle.config import Config, ConfigError, new_blobs
from poststelle.moving import octets
from poststelle.moving.octets import Carried
from poststelle.settings import blob_place

DONE, NOT_YET = 0, 1
DATA = "data"
_MOST_NAMED = 20


def run(config: Config, target: str, environ: Mapping[str, str]) -> int:
    """Copy, say so; return the code to end with. Raises ConfigError, BlobsUnavailable."""
    console = prepare(config)
    there = replace(config, blobs=None if target == DATA else new_blobs(environ, target), blobs_cache=0)
    if there.blobs == config.blobs:
        raise ConfigError("Messages and files are there already: name another place with --to.")
    return asyncio.run(_move(config, there, console, console.print))


async def _move(config: Config, there: Config, console: Console, tell: Callable[[str], None]) -> int:
    # No copies: they would take the place of what people have just read.
    async with wiring.build(replace(config, blobs_cache=0)) as built:
        store, clock, source = built.services.store, built.services.clock, built.services.blobs
        async with wiring.open_blobs(there, store, clock, is_moving=True) as target:
            done = await octets.carry(store, source, target, tell)
            _say(console, done)
            if not done.is_whole:
                return NOT_YET
            if not await octets.is_at_rest(store, clock):
                console.print("A server still runs. Stop all of them and run this again for what is new.")
                return NOT_YET
            if (await octets.carry(store, source, target, tell)).copied:
                console.print("Something came meanwhile. Stop all servers and run this again.")
                return NOT_YET
            place = target.place if isinstance(target, ObjectBlobs) else blob_place.LOCAL
            await store.write(blob_place.record, place, clock.now())
    where = "Remove POSTSTELLE_BLOBS" if there.blobs is None else "Set POSTSTELLE_BLOBS to the new address"
    console.print(f"All is there. {where}, and start the servers: with the old one they do not start.")
    console.print("Nothing was removed from the old place. Do so yourself once you are sure.")
    return DONE


def _say(console: Console, done: Carried) -> None:
    size = f"{done.octets / 1_000_000:,.1f} MB"
    console.print(f"{done.copied:,} files copied, {size}; each is what its name says.")
    for names, what in ((done.missing, "are not where they should be"), (done.damaged, "are damaged")):
        if names:
            console.print("\n  ".join([f"{len(names)} files {what}:", *names[:_MOST_NAMED]]))
    if not done.is_whole:
        console.print("A backup may have them: `poststelle backup --verify`. Nothing was changed over.")
