"""The office as a whole: repeatable, as large as asked, with its tenants, people and folders."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from m365sim.seed import DEMO_PASSWORD, office
from m365sim.world.seedtypes import SeedMailbox, SeedMessage, SeedOffice

NOW = datetime(2026, 11, 3, 10, 30, tzinfo=UTC)


def count(box: SeedMailbox) -> int:
    return sum(len(list(folder.messages)) for folder in box.folders)


def test_the_same_seed_gives_the_same_office(whole: SeedOffice) -> None:
    """Two offices of one seed and one moment are equal in every field and every byte."""
    assert office(1, now=NOW) == whole


def test_another_process_makes_the_same_office() -> None:
    """Nothing depends on hash order or on what was made before."""
    code = (
        "from datetime import UTC, datetime; from hashlib import sha256; from m365sim.seed import office;"
        "made = office(7, now=datetime(2026, 11, 3, tzinfo=UTC), messages=200);"
        "print(sha256(repr(made).encode()).hexdigest())"
    )
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env={
        "PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "4711",
    })  # fmt: skip
    here = office(7, now=datetime(2026, 11, 3, tzinfo=UTC), messages=200)
    assert there.stdout.strip() == sha256(repr(here).encode()).hexdigest()


def test_another_seed_gives_other_mail(whole: SeedOffice) -> None:
    """Seeds differ in mail, never in who can sign in."""
    other = office(2, now=NOW)
    assert other.mailboxes != whole.mailboxes
    assert other.users == whole.users


@pytest.mark.parametrize("wanted", [200, 1000, 2500])
def test_there_are_as_many_messages_as_asked(wanted: int) -> None:
    """All mailboxes together hold exactly the number asked for, most of it in the main one."""
    boxes = office(1, now=NOW, messages=wanted).mailboxes
    assert sum(map(count, boxes)) == wanted
    assert count(boxes[0]) >= wanted * 0.8


def test_a_tiny_office_still_has_every_oddity() -> None:
    """Asking for no mail at all leaves the messages that mail programs stumble over."""
    subjects = [m.subject for m in office(1, now=NOW, messages=0).mailboxes[0].folders[0].messages]
    assert "Bilder im Text" in subjects


def test_bad_arguments_are_refused() -> None:
    """A moment without a time zone and a negative count are errors."""
    with pytest.raises(ValueError, match="time zone"):
        office(1, now=NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="negative"):
        office(1, now=NOW, messages=-1)


def test_everybody_belongs_to_a_tenant_and_ids_are_unique(whole: SeedOffice) -> None:
    """Users name tenants that exist; personal accounts lie in the tenant of personal accounts."""
    tenants = {tenant.id for tenant in whole.tenants}
    assert {user.tenant_id for user in whole.users} == tenants
    assert len({user.id for user in whole.users}) == len(whole.users)
    assert {u.tenant_id for u in whole.users if u.is_personal} == {"9188040d-6c67-4c5b-b112-36a304b66dad"}


def test_the_cast_of_the_sign_in_stories_is_there(whole: SeedOffice) -> None:
    """An administrator, somebody without a licence, a shared mailbox, and tenants of both policies."""
    users = {user.upn: user for user in whole.users}
    assert users["admin@buero-lindner.example"].is_admin
    assert not users["azubi@buero-lindner.example"].has_mailbox
    assert users["verkauf@buero-lindner.example"].password is None
    assert "verkauf@buero-lindner.example" in users["anna.berger@buero-lindner.example"].may_open
    assert users["info@buero-lindner.example"].password == DEMO_PASSWORD
    policies = {tenant.domain: tenant.consent_policy for tenant in whole.tenants}
    assert policies["buero-lindner.example"] == "user_may_consent"
    assert policies["kanzlei-roth.example"] == "admin_only"


def test_every_mailbox_belongs_to_a_licensed_user(whole: SeedOffice) -> None:
    """No mail lies where nobody could have a mailbox."""
    licensed = {user.upn for user in whole.users if user.has_mailbox}
    assert {box.address for box in whole.mailboxes} <= licensed


def test_the_main_mailbox_has_its_odd_folders(desk: SeedMailbox) -> None:
    """Fourteen own folders: nested, with slash, emoji, quotes, a leading dot, Arabic, long, empty, hidden."""
    own = {folder.path: folder for folder in desk.folders if folder.well_known is None}
    assert len(own) == 14
    assert ("Objekte", "Am Stadtpark 12 & 14", "Besichtigungen") in own
    for name in ("Anfragen / Portale", "🏠 Neubau", ".intern", "عقارات", "\"Sonderfälle\" & 'Diverses'"):
        assert own[(name,)].messages, name
    assert any(len(path[-1]) > 120 for path in own)
    assert [path for path, folder in own.items() if not list(folder.messages)] == [("Wiedervorlage",)]
    assert sum(folder.is_hidden for folder in own.values()) == 1


def test_parents_come_before_children(whole: SeedOffice) -> None:
    """Every nested folder's parent stands earlier in the list."""
    for box in whole.mailboxes:
        seen: set[tuple[str, ...]] = {()}
        for folder in box.folders:
            assert folder.path[:-1] in seen
            seen.add(folder.path)


def test_mail_grows_denser_towards_now(mail: Sequence[SeedMessage]) -> None:
    """Something came within the hour, today, yesterday and this week; the oldest is over a year old."""
    ages = sorted(NOW - message.received_at for message in mail)
    assert timedelta(0) <= ages[0] < timedelta(hours=1)
    assert sum(age < timedelta(days=1) for age in ages) >= 8
    assert sum(timedelta(days=1) <= age < timedelta(days=2) for age in ages) >= 3
    assert sum(age < timedelta(days=7) for age in ages) >= 40
    assert timedelta(days=400) < ages[-1] < timedelta(days=640)
    newer_half = ages[len(ages) // 2]
    assert newer_half < timedelta(days=260)


def test_marks_are_as_in_a_used_mailbox(mail: Sequence[SeedMessage]) -> None:
    """About four in a hundred are unread, some are flagged, filed under categories, important, or other."""
    unread = sum(not message.is_read for message in mail) / len(mail)
    assert 0.025 < unread < 0.06
    assert any(m.flag_status == "flagged" and m.due_at for m in mail)
    assert {m.flag_status for m in mail} == {"notFlagged", "flagged", "complete"}
    assert {m.importance for m in mail} == {"low", "normal", "high"}
    assert {m.inference for m in mail} == {"focused", "other"}
    used = {category for message in mail for category in message.categories}
    assert used == {"Dringend", "Vermietung", "Verkauf", "Handwerker", "Nebenkosten", "Rückruf"}


def test_used_categories_are_master_categories_with_colours(desk: SeedMailbox) -> None:
    """Each of the six has one of the preset colours, all different."""
    colours = [category.color for category in desk.categories]
    assert all(colour.startswith("preset") for colour in colours)
    assert len(set(colours)) == 6
