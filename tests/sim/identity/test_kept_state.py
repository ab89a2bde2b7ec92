"""What the identity platform keeps in its data folder."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.sim.identity.app import App
from tests.sim.identity.browser import Browser
from tests.sim.identity.conftest import OFFICE

from m365sim.cli.seeds import seeded_office
from m365sim.directory import AccessToken
from m365sim.server import ServeOptions, running

NOW = datetime(2026, 5, 4, 8, 30, tzinfo=UTC)


def test_sign_ins_consents_and_requests_are_there_after_a_restart(data_dir: Path) -> None:
    """A refresh token, its consent and a revocation all survive."""
    with running(ServeOptions(data_dir, lambda: OFFICE)) as first:
        app = App(first)
        kept = app.tokens(Browser(first.pages_url), "anna@lindner.example")
        revoked = app.tokens(Browser(first.pages_url), "lena@outlook.example")
        app.control("POST", "/users/lena@outlook.example/revoke")

    with running(ServeOptions(data_dir, lambda: OFFICE)) as second:
        app = App(second)
        assert app.refresh(kept["refresh_token"])[0] == 200
        assert app.refresh(revoked["refresh_token"])[1]["error_codes"] == [50173]


def test_a_large_file_is_not_written_with_each_token_and_whole_at_the_end(data_dir: Path) -> None:
    """Ten thousand mailboxes ask for a token each: writing all of them each time would take hours."""
    with running(ServeOptions(data_dir, lambda: OFFICE)) as first:
        app = App(first)
        now = first.platform.now()
        token = AccessToken(None, "app", "tenant", frozenset(), now + timedelta(hours=1), now)
        first.platform.directory.access_tokens.update({f"{n}" * 40: token for n in range(30_000)})
        kept = [app.tokens(Browser(first.pages_url), "anna@lindner.example") for _ in range(4)]

    with running(ServeOptions(data_dir, lambda: OFFICE)) as second:
        assert [App(second).refresh(one["refresh_token"])[0] for one in kept] == [200] * 4


def test_the_file_of_tokens_is_the_owners_alone(data_dir: Path) -> None:
    """Nobody else on the machine can read it."""
    with running(ServeOptions(data_dir, lambda: OFFICE)) as sim:
        App(sim).tokens(Browser(sim.pages_url), "anna@lindner.example")

    assert stat.S_IMODE((data_dir / "identity.json").stat().st_mode) == 0o600


def test_a_damaged_file_stops_the_start_with_a_sentence(data_dir: Path) -> None:
    """Nothing is overwritten; the message names the file and the remedy."""
    (data_dir / "identity.json").write_text("{]")

    with (
        pytest.raises(ValueError, match=r"identity\.json is not readable\. Delete it"),
        running(ServeOptions(data_dir, lambda: OFFICE)),
    ):
        pass

    assert (data_dir / "identity.json").read_text() == "{]"


def test_tokens_of_users_who_are_gone_are_dropped(data_dir: Path) -> None:
    """Another office in the same folder starts clean."""
    with running(ServeOptions(data_dir, lambda: OFFICE)) as first:
        old = App(first).tokens(Browser(first.pages_url), "anna@lindner.example")

    with running(ServeOptions(data_dir)) as second:
        assert App(second).refresh(old["refresh_token"])[1]["error_codes"] == [70000]


def test_the_same_office_comes_back_for_a_fortnight(tmp_path: Path) -> None:
    """Seed and day are kept: a second start makes the same mail, one after 14 days fresh mail."""
    first = seeded_office("office:3", 10, tmp_path, NOW)
    again = seeded_office("office:3", 10, tmp_path, NOW + timedelta(days=13))
    later = seeded_office("office:3", 10, tmp_path, NOW + timedelta(days=15))

    assert _instants(first) == _instants(again)
    assert _instants(first) != _instants(later)


def _instants(office: object) -> list[datetime]:
    mailboxes = getattr(office, "mailboxes", ())
    return [m.received_at for box in mailboxes for folder in box.folders for m in folder.messages]
