"""``poststelle rotate-keys``: a new key for everything that is sealed, beside running servers."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from poststelle import main as wiring
from poststelle.auth.crypto import BadKey, KeyRing, parse_keys
from poststelle.auth.key_file import alone_with, has_next, new_key, read_keys, replace_key_file, text_of
from poststelle.cli.console import prepare
from poststelle.config import Config, ConfigError
from poststelle.main import Poststelle
from poststelle.model.health import Process
from poststelle.settings import rotation
from poststelle.settings.rotation import Rotated

DONE, NOT_YET = 0, 1
_KNOWN_AFTER = timedelta(minutes=2)

_COPY = "Copy {path} to where you keep the key's copy, now."
_OLD_STAYS = (
    "The old key is still in the file: servers use the new one within a minute, those on other machines once "
    "the file was carried there again, and copies of the database from before need the old one. After that, "
    "`poststelle rotate-keys --retire` takes it out."
)
_PUT_BEHIND = (
    "{where}. Put this new key behind it there (a comma or a new line between), for all servers, and start "
    "them again one after the other. When all have it, put it in front and start them again in the same way; "
    "then run this again. In front at once, it would seal what servers that still run can't open. The key:"
)
_BEHIND = (
    "A new key stands behind the others in {path}; nothing is sealed under it yet. Not known yet to: {who}. "
    "Copy the file to their machines, and run this again."
)
_NOT_KNOWN = (
    "Nothing was sealed: the first key is not known to: {who}. See that each has it, and run this again."
)
_WAITS = "A new key waits behind the others to be used: run `poststelle rotate-keys` first."
_OLD_STAYS_THERE = (
    "The old key must stay behind the new one for now: `poststelle rotate-keys --retire` says when it may go."
)
_STILL_USED = "A server still uses the older key. See that each reads this file, and run this again."
_TAKE_OUT = (
    "Nothing is sealed under an older key. {where}: take out all but the first one there, for all servers, "
    "once each was started with the new key in front; then start them again one after the other."
)
_RETIRED = (
    "Keep the old key with the copies of the database from before: nothing else opens them. "
    "Links for an administrator's approval that were handed out earlier must be handed out again."
)


def rotate(config: Config) -> int:
    """Have a new key known, put it in front, seal all anew, say so; return the code to end with.

    Where not all servers know the new key nothing is sealed under it. Where an earlier run was broken off, or
    the key can't be changed from here, what is left is sealed anew and no key is made but one to be put there
    by hand. Raises ConfigError.
    """
    console = prepare(config)
    with _alone(config) as fixed:
        done, is_new, unknown_to = asyncio.run(_rotate(config, may_change=fixed is None))
    if unknown_to:
        told = _BEHIND if is_new else _NOT_KNOWN
        console.print(told.format(path=config.key_file, who=", ".join(map(_named, unknown_to))))
        return NOT_YET
    _tell(console, done)
    if fixed is not None:
        if done.anew:
            console.print(_OLD_STAYS_THERE)
        else:
            console.print(_PUT_BEHIND.format(where=fixed))
            console.print(text_of(new_key()))
        return NOT_YET if done.unreadable or not done.anew else DONE
    if is_new:
        console.print(_COPY.format(path=config.key_file))
    elif done.anew:
        console.print("That ended an earlier change of the key; no new one was made.")
    console.print(_OLD_STAYS)
    return NOT_YET if done.unreadable else DONE


def retire(config: Config) -> int:
    """Take the older keys out of the file, if nothing needs them; return the code to end with.

    Where they can't be changed from here: say whether they may be taken out. Raises ConfigError.
    """
    console = prepare(config)
    with _alone(config) as fixed:
        return _retired(config, console, fixed)


def _retired(config: Config, console: Console, fixed: str | None) -> int:
    keys = _keys(config)
    if len(keys) == 1:
        console.print("There is no older key.")
        return DONE
    if fixed is None and has_next(config.key_file):
        console.print(_WAITS)
        return NOT_YET
    known_at = _known_at(config)
    if known_at is not None and datetime.now(UTC) < known_at:
        when = known_at.astimezone().strftime("%H:%M:%S")
        console.print(f"Not yet: running servers may still use the older key until {when}.")
        return NOT_YET
    done, left = asyncio.run(_retire(config, keys, may_change=fixed is None))
    _tell(console, done)
    if left:
        console.print(_STILL_USED)
        return NOT_YET
    if fixed is not None:
        console.print(_TAKE_OUT.format(where=fixed))
    else:
        console.print(f"Taken out of {config.key_file}: {_counted(len(keys) - 1, 'older key')}.")
    console.print(_RETIRED)
    return NOT_YET if done.unreadable else DONE


def _known_at(config: Config) -> datetime | None:
    """From when on all servers know of the new key; None: of one in the environment only people know it."""
    if config.keys is not None:
        return None
    return datetime.fromtimestamp(config.key_file.stat().st_mtime, UTC) + _KNOWN_AFTER


@contextmanager
def _alone(config: Config) -> Iterator[str | None]:
    """Two of these commands at once would each put their own list of keys into the file.

    What is given says where the keys are if they can't be changed from here: then there is nothing to guard.
    """
    with ExitStack() as closing:
        fixed = None
        if config.keys is not None:
            fixed = "The key is in POSTSTELLE_KEY"
        elif config.key_file.exists():
            try:
                closing.enter_context(alone_with(config.key_file))
            except BlockingIOError as problem:
                told = "The key is being changed already: wait until that command has ended."
                raise ConfigError(told) from problem
            except OSError as problem:  # a secret that containers see, but don't own
                fixed = f"The key file {config.key_file} can't be changed from here ({problem.strerror})"
        yield fixed


async def _rotate(config: Config, *, may_change: bool) -> tuple[Rotated, bool, list[Process]]:
    """What was done, whether there is a new key, and who does not know the one that is to seal."""
    async with wiring.build(config) as built:
        ring, nothing = built.services.ring, Rotated(0, 0)
        if strangers := await _not_yet(built, rotation.knows(ring.keys[0])):
            return nothing, False, strangers
        done = await _sealed_anew(built)
        if done.anew or not may_change:
            return done, False, []
        new, older = _next(config)
        ring.renew()
        if strangers := await _not_yet(built, rotation.knows(KeyRing([new]).keys[0])):
            return nothing, True, strangers
        _replace(config.key_file, [new, *older])
        ring.renew()
        return await _sealed_anew(built), True, []


def _next(config: Config) -> tuple[bytes, list[bytes]]:
    """The new key, which stands behind the others in the file now, and those."""
    keys = _keys(config)
    if has_next(config.key_file):
        return keys[-1], keys[:-1]
    new = new_key()
    _replace(config.key_file, keys, new)
    return new, keys


async def _not_yet(built: Poststelle, fits: Callable[[Process], bool]) -> list[Process]:
    return await rotation.not_yet(built.services.store, built.services.clock, fits)


def _named(one: Process) -> str:
    """The address tells several on one machine apart, and is what their units are called by."""
    address = one.facts.place.rpartition("/")[2]
    return f"{one.facts.role} on {one.facts.host} ({address})"


async def _retire(config: Config, keys: Sequence[bytes], *, may_change: bool) -> tuple[Rotated, bool]:
    """What the first look found, and whether a second one found more, or a server seals with another key."""
    async with wiring.build(config) as built:
        services = built.services
        if await _not_yet(built, rotation.seals_with(services.ring.keys[0])):
            return Rotated(0, 0), True
        done = await _sealed_anew(built)
        left = bool((await _sealed_anew(built)).anew)
        if not left and may_change:
            _replace(config.key_file, keys[:1])
            await rotation.retired(services.store, services.clock.now(), len(keys) - 1)
        return done, left


async def _sealed_anew(built: Poststelle) -> Rotated:
    services = built.services
    return await rotation.seal_anew(services.store, services.ring, services.clock.now())


def _keys(config: Config) -> list[bytes]:
    try:
        return parse_keys(config.keys) if config.keys is not None else read_keys(config.key_file)
    except (OSError, BadKey) as problem:
        where = "POSTSTELLE_KEY" if config.keys is not None else f"The key file {config.key_file}"
        raise ConfigError(f"{where} can't be read.") from problem


def _replace(path: Path, keys: Sequence[bytes], next_: bytes | None = None) -> None:
    try:
        replace_key_file(path, keys, next_)
    except OSError as problem:
        raise ConfigError(f"The key file {path} can't be replaced: {problem.strerror}.") from problem


def _tell(console: Console, done: Rotated) -> None:
    console.print(f"Sealed anew: {_counted(done.anew, 'value')}.")
    if done.unreadable:
        told = f"{_counted(done.unreadable, 'value')} no key opens; they stay as they are."
        console.print(told)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
