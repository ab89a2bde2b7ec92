"""``poststelle move-blobs``: messages and files to an object storage, a shared folder, or back."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from rich.console import Console

from poststelle import main as wiring
from poststelle.backup.octets import recheck
from poststelle.blobs import ObjectBlobs
from poststelle.cli.console import prepare
from poststelle.config import Config, ConfigError, new_blobs
from poststelle.lib.clock import SystemClock
from poststelle.moving import octets
from poststelle.moving.octets import Carried
from poststelle.opening import open_blobs, open_database
from poststelle.settings import blob_place
from poststelle.settings.at_rest import is_at_rest
from poststelle.settings.blob_place import PlaceProblem
from poststelle.store.tx import unheard

DONE, NOT_YET = 0, 1
DATA = "data"
_MOST_NAMED = 20


def run(config: Config, target: str, environ: Mapping[str, str]) -> int:
    """Copy, say so; return the code to end with. Raises ConfigError, BlobsUnavailable."""
    console = prepare(config)
    there = replace(config, blobs=None if target == DATA else new_blobs(environ, target), blobs_cache=0)
    if there.blobs == config.blobs:
        raise ConfigError("Messages and files are there already: name another place with --to.")
    try:
        return asyncio.run(_move(config, there, console, console.print))
    except PlaceProblem as problem:
        raise ConfigError(str(problem)) from problem


def take_back(config: Config) -> int:
    """Have them stay where they were, after a move that was broken off; return the code to end with."""
    console = prepare(config)
    if asyncio.run(_take_back(config)):
        console.print(
            "Messages and files stay where they were. Servers start again with the old POSTSTELLE_BLOBS."
        )
    else:
        console.print("Messages and files were not being moved.")
    return DONE


async def _take_back(config: Config) -> bool:
    clock = SystemClock()
    store = await open_database(config, unheard, clock)
    try:
        return await store.write(blob_place.end_move)
    finally:
        await store.close()


async def _move(config: Config, there: Config, console: Console, tell: Callable[[str], None]) -> int:
    # No copies: they would take the place of what people have just read.
    async with wiring.build(replace(config, blobs_cache=0), is_moving=True) as built:
        store, clock, source = built.services.store, built.services.clock, built.services.blobs
        await blob_place.require_source(store, blob_place.of(source))
        async with open_blobs(there, store, clock, is_moving=True, is_new=True) as target:
            if isinstance(target, ObjectBlobs):
                # A move before may have brought something that was removed since.
                tell("Looking at what is there already")
                await recheck(target)
            done = await octets.carry(store, source, target, tell)
            _say(console, done)
            if not done.is_whole:
                return NOT_YET
            if not await is_at_rest(store, clock):
                console.print("A server still runs. Stop all of them and run this again for what is new.")
                return NOT_YET
            async with octets.fenced(store, blob_place.of(source), clock) as move:
                late = await octets.carry_all(store, source, target, clock, tell)
                if late.copied or not late.is_whole:
                    _say(console, late)
                if not late.is_whole:
                    return NOT_YET
                await store.write(blob_place.finish_move, move, blob_place.of(target), clock.now())
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
