"""``poststelle rotate-keys``: a new key for everything that is sealed, beside running servers."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from poststelle import main as wiring
from poststelle.auth.crypto import BadKey
from poststelle.auth.key_file import alone_with, new_key, read_keys, replace_key_file, text_of
from poststelle.cli.console import prepare
from poststelle.config import Config, ConfigError
from poststelle.main import Poststelle
from poststelle.settings import rotation
from poststelle.settings.rotation import Rotated

DONE, NOT_YET = 0, 1
_KNOWN_AFTER = timedelta(seconds=2 * rotation.RENEW_EVERY_S)

_COPY = "Copy {path} to where you keep the key's copy, now."
_OLD_STAYS = (
    "The old key is still in the file: servers use the new one within a minute, and copies of the database "
    "from before need the old one. After that, `poststelle rotate-keys --retire` takes it out."
)
_BY_ENVIRONMENT = (
    "The key is in POSTSTELLE_KEY. Put this new one in front of it, with a comma between, for all servers; "
    "start them again one after the other, then run this again:"
)
_STILL_USED = "A server still uses the older key. See that each reads this file, and run this again."
_RETIRED = (
    "Keep the old key with the copies of the database from before: nothing else opens them. "
    "Links for an administrator's approval that were handed out earlier must be handed out again."
)


def rotate(config: Config) -> int:
    """Put a new key in front, seal all anew, say so; return the code to end with. Raises ConfigError.

    Where an earlier run was broken off, or the key comes from the environment, what is left is sealed anew
    and no key is made.
    """
    console = prepare(config)
    with _alone(config):
        done, is_new = asyncio.run(_rotate(config))
    _tell(console, done)
    if config.keys is not None:
        if not done.anew:
            console.print(_BY_ENVIRONMENT)
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

    Raises ConfigError.
    """
    console = prepare(config)
    if config.keys is not None:
        raise ConfigError("The keys are in POSTSTELLE_KEY: take the old one out there.")
    with _alone(config):
        return _retired(config, console)


def _retired(config: Config, console: Console) -> int:
    keys = _keys(config.key_file)
    if len(keys) == 1:
        console.print("There is no older key.")
        return DONE
    known_at = datetime.fromtimestamp(config.key_file.stat().st_mtime, UTC) + _KNOWN_AFTER
    if datetime.now(UTC) < known_at:
        when = known_at.astimezone().strftime("%H:%M:%S")
        console.print(f"Not yet: running servers may still use the older key until {when}.")
        return NOT_YET
    done, left = asyncio.run(_retire(config, keys))
    _tell(console, done)
    if left:
        console.print(_STILL_USED)
        return NOT_YET
    console.print(f"Taken out of {config.key_file}: {_counted(len(keys) - 1, 'older key')}.")
    console.print(_RETIRED)
    return NOT_YET if done.unreadable else DONE


@contextmanager
def _alone(config: Config) -> Iterator[None]:
    """Two of these commands at once would each put their own list of keys into the file."""
    if config.keys is not None or not config.key_file.exists():
        yield
        return
    try:
        with alone_with(config.key_file):
            yield
    except BlockingIOError as problem:
        raise ConfigError("The key is being changed already: wait until that command has ended.") from problem


async def _rotate(config: Config) -> tuple[Rotated, bool]:
    async with wiring.build(config) as built:
        ring = built.services.ring
        done = await _sealed_anew(built)
        if done.anew or config.keys is not None:
            return done, False
        keys = _keys(config.key_file)
        _replace(config.key_file, [new_key(), *keys])
        ring.renew()
        return await _sealed_anew(built), True


async def _retire(config: Config, keys: Sequence[bytes]) -> tuple[Rotated, int]:
    """What the first look found, and how many values a second one did."""
    async with wiring.build(config) as built:
        services = built.services
        done = await _sealed_anew(built)
        left = (await _sealed_anew(built)).anew
        if not left:
            _replace(config.key_file, keys[:1])
            await rotation.retired(services.store, services.clock.now(), len(keys) - 1)
        return done, left


async def _sealed_anew(built: Poststelle) -> Rotated:
    services = built.services
    return await rotation.seal_anew(services.store, services.ring, services.clock.now())


def _keys(path: Path) -> list[bytes]:
    try:
        return read_keys(path)
    except (OSError, BadKey) as problem:
        raise ConfigError(f"The key file {path} can't be read.") from problem


def _replace(path: Path, keys: Sequence[bytes]) -> None:
    try:
        replace_key_file(path, keys)
    except OSError as problem:
        raise ConfigError(f"The key file {path} can't be replaced: {problem.strerror}.") from problem


def _tell(console: Console, done: Rotated) -> None:
    console.print(f"Sealed anew: {_counted(done.anew, 'value')}.")
    if done.unreadable:
        told = f"{_counted(done.unreadable, 'value')} no key opens; they stay as they are."
        console.print(told)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
