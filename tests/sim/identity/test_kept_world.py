"""The world outlives its simulator: after a stop as it was, after a crash as a new generation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.sim.graph.harness import GraphCaller, application, served
from tests.sim.identity.conftest import OFFICE

from m365sim.clock import Clock
from m365sim.directory import User
from m365sim.folder_lock import FolderInUse, held
from m365sim.kept import Keeper
from m365sim.world.compose import Written
from m365sim.world.content import Address
from m365sim.world.messages import Flag
from m365sim.world.post import Letter, post
from m365sim.world.simulation import Simulation

ANNA = "anna@lindner.example"
INBOX = "/me/mailFolders/inbox/messages"


def _open(folder: Path, name: str = "office") -> tuple[Keeper, Simulation]:
    keeper = Keeper(folder, name)
    return keeper, keeper.open(Clock(), lambda: OFFICE)


def _receive(sim: Simulation, subject: str) -> None:
    clara = Address("clara@kunde.example")
    written = Written(f"<{subject}@kunde.example>", subject, "Hallo", False, 0, from_=clara)
    post(sim.world, Letter(written, clara.address, (ANNA,)))


def _link(sim: Simulation) -> str:
    """The delta link of Anna's inbox, as a path: a restart changes the port of these tests."""
    with served(application(sim)) as base:
        return GraphCaller(base, ANNA).round(f"{INBOX}/delta")[1].partition("/v1.0")[2]


def _subjects(sim: Simulation, link: str) -> list[str]:
    with served(application(sim)) as base:
        return [item["subject"] for item in GraphCaller(base, ANNA).round(link)[0]]


def test_after_a_stop_the_mail_is_there_and_delta_goes_on(tmp_path: Path) -> None:
    """What was received and flagged is found again; an old delta link tells only what came since."""
    keeper, sim = _open(tmp_path)
    _receive(sim, "Before")
    mailbox = sim.world.mailbox(ANNA)
    (message,) = mailbox.messages.values()
    message.flag = Flag("flagged")
    mailbox.updated(message, {"flag"})
    link, told = _link(sim), mailbox.ids.immutable(message.number)
    keeper.close(sim)

    _, again = _open(tmp_path)
    _receive(again, "After")

    kept = again.world.mailbox(ANNA).message(told)
    assert (kept.source.load().subject, kept.flag.status) == ("Before", "flagged")
    assert _subjects(again, link) == ["After"]


def test_after_a_crash_every_delta_token_is_gone(tmp_path: Path) -> None:
    """The world may be older than the token, so the answer is 410; reading anew works."""
    keeper, sim = _open(tmp_path)
    _receive(sim, "Kept")
    keeper.close(sim)
    _, sim = _open(tmp_path)
    _receive(sim, "Lost")
    link = _link(sim)

    _, again = _open(tmp_path)

    with served(application(again)) as base:
        refused = GraphCaller(base, ANNA).call("GET", link)
    assert (refused.status, refused.code) == (410, "SyncStateNotFound")
    assert refused.headers["location"].endswith("/messages/delta")
    assert _subjects(again, f"{INBOX}/delta") == ["Kept"]


def test_after_a_crash_no_id_is_given_twice(tmp_path: Path) -> None:
    """A message of the lost life and one that comes later never share an id."""
    _, sim = _open(tmp_path)
    _receive(sim, "Lost")
    lost = set(sim.world.mailbox(ANNA).messages)

    _, again = _open(tmp_path)
    _receive(again, "New")

    assert lost.isdisjoint(again.world.mailbox(ANNA).messages)


@pytest.mark.parametrize("damage", [b"", b"m365sim world 1\nrubbish", b"m365sim world 0\n"])
def test_a_damaged_file_means_a_new_world(tmp_path: Path, damage: bytes) -> None:
    """Nothing stops: the office is made anew, and tokens of the old one are refused."""
    keeper, sim = _open(tmp_path)
    _receive(sim, "Lost")
    link = _link(sim)
    keeper.close(sim)
    (tmp_path / "world.stopped").write_bytes(damage)

    _, again = _open(tmp_path)

    assert not again.world.mailbox(ANNA).messages
    with served(application(again)) as base:
        assert GraphCaller(base, ANNA).call("GET", link).status == 410


@pytest.mark.parametrize("name", ["world.stopped", "world.running"])
def test_a_file_that_cannot_be_read_is_set_aside(
    tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A flipped bit costs nobody the mail: the file stays under another name, and the log says which."""
    keeper, sim = _open(tmp_path)
    _receive(sim, "Dear")
    keeper.close(sim)
    (tmp_path / "world.stopped").rename(tmp_path / name)
    octets = bytearray((tmp_path / name).read_bytes())
    octets[-10] ^= 1
    (tmp_path / name).write_bytes(octets)

    _open(tmp_path)
    (tmp_path / "world.running").write_bytes(b"m365sim world 0\n")
    _open(tmp_path)

    aside = {path.read_bytes(): path.name for path in tmp_path.glob("*.broken-*")}
    assert len(aside) == 2
    assert f"{name} is damaged; it is kept as {aside[bytes(octets)]}" in caplog.text
    assert "world.running was not written by this version" in caplog.text


def test_the_last_save_counts_where_the_last_end_cannot_be_read(tmp_path: Path) -> None:
    """Of two files the one that can be read is taken up, as after a crash."""
    keeper, sim = _open(tmp_path)
    _receive(sim, "Saved")
    keeper.save_if_changed(sim)
    (tmp_path / "world.stopped").write_bytes(b"rubbish")

    _, again = _open(tmp_path)

    assert _subjects(again, f"{INBOX}/delta") == ["Saved"]


def test_another_seed_means_another_world(tmp_path: Path) -> None:
    """A kept world is taken up under its own name only."""
    keeper, sim = _open(tmp_path, "office 20")
    _receive(sim, "Old office")
    keeper.close(sim)

    _, again = _open(tmp_path, "office:2 20")

    assert not again.world.mailbox(ANNA).messages


def test_the_clock_and_the_people_are_kept_too(tmp_path: Path) -> None:
    """Time moved forward stays so, and a tenant's policy stays as it was set."""
    keeper, sim = _open(tmp_path)
    sim.clock.advance(86_400)
    sim.directory.put_user(_renamed(sim))
    keeper.close(sim)

    _, again = _open(tmp_path)

    assert again.clock.offset.total_seconds() == 86_400
    assert again.world.mailbox(ANNA).clock is again.clock
    user = again.directory.user_by_address(ANNA)
    assert user is not None
    assert user.display_name == "Anna Neumann"


def _renamed(sim: Simulation) -> User:
    user = sim.directory.user_by_address(ANNA)
    assert user is not None
    return replace(user, display_name="Anna Neumann")


def test_a_change_is_saved_while_it_runs(tmp_path: Path) -> None:
    """What was saved before a crash is there after it; without a change nothing is written."""
    keeper, sim = _open(tmp_path)

    assert not keeper.save_if_changed(sim)
    _receive(sim, "Saved")
    assert keeper.save_if_changed(sim)
    assert not keeper.save_if_changed(sim)

    assert _subjects(_open(tmp_path)[1], f"{INBOX}/delta") == ["Saved"]


def test_the_files_are_the_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine can read the mail."""
    keeper, sim = _open(tmp_path)
    assert (tmp_path / "world.running").stat().st_mode & 0o777 == 0o600
    keeper.close(sim)
    assert (tmp_path / "world.stopped").stat().st_mode & 0o777 == 0o600


def test_a_data_folder_is_for_one_simulator(tmp_path: Path) -> None:
    """A second one is told so in a sentence; after the first has gone the folder is free."""
    with (
        held(tmp_path),
        pytest.raises(FolderInUse, match="Another simulator works in"),
        held(tmp_path, patience_s=0),
    ):
        pass
    with held(tmp_path, patience_s=0):
        pass
