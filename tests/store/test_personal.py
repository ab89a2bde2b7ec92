"""What is kept of a user can be had by them, and taken out of the audit trail when they are gone."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from importlib.resources import files

import pytest
from tests.store.conftest import NOW
from tests.store.test_people_users import new_account, new_user

from poststelle.access import personal, trail
from poststelle.access import users as people
from poststelle.auth.crypto import KeyRing
from poststelle.store import audit
from poststelle.store import personal as stored
from poststelle.store.audit import Filter
from poststelle.store.tx import Store, Tx

pytestmark = pytest.mark.anyio

OTHERWISE = {
    "recovery_codes": "hashes of secrets; how many there are says nothing",
    "ceremonies": "minutes; sealed",
    "sign_in_flows": "minutes; sealed",
    "audit": "the deeds",
    "settings": "who changed one is a deed",
    "accounts": "who made one is a deed",
    "application_proofs": "a deed",
    "writeback_ops": "a deed on its way",
    "folder_ops": "a deed on its way",
    "checks": "a deed",
    "uploads": "files of letters, for a day; they are in the letters",
}


def test_every_table_about_users_is_told() -> None:
    """Or it stands here why it is not: a new one is decided about."""
    schema = files("poststelle.store").joinpath("schema.sql").read_text(encoding="utf-8")
    about = {
        table
        for table, columns in re.findall(r"create table (\w+) \((.*?)\n\)", schema, re.DOTALL)
        if re.search(r"^\s+(user_id|\w+_by) bigint", columns, re.MULTILINE)
    }
    assert about == {*stored.PARTS, *OTHERWISE}


async def test_each_part_can_be_read(store: Store) -> None:
    """On both databases; an unknown user is refused."""

    def work(tx: Tx) -> dict[str, object]:
        user = new_user(tx, "anna", may_settings=True)
        return personal.begin_export(tx, user.id, user.id, NOW)

    told = await store.write(work)
    assert told.keys() == {"profile", *stored.PARTS}


async def test_a_removed_user_is_erased_and_the_chains_hold(store: Store) -> None:
    """Their deeds, entries about them and such as name them among others; nobody else's."""
    ring = KeyRing([os.urandom(32)])

    def work(tx: Tx) -> None:
        admin, anna = new_user(tx, "sabine", may_settings=True), new_user(tx, "anna")
        account = new_account(tx, "buero@x.example")
        for n in range(600):
            audit.record(tx, NOW + timedelta(seconds=n), anna.id, "mail.read", account, subject="Betreff")
        audit.record(tx, NOW, admin.id, "user.changed", subject=anna.label, changed={"x": 1})
        audit.record(tx, NOW, admin.id, "sign_in.begun", account, readers=["Sabine", anna.name])
        audit.record(tx, NOW, admin.id, "sign_in.begun", account, readers=["Sabine", "Annabell"])
        people.remove(tx, admin.id, anna.id, NOW, erases=True)

    await store.write(work)
    while await store.read(personal.is_erasing):
        await store.write(personal.erase_portion, NOW)

    left = await store.read(audit.find, Filter(), limit=2000)
    said = [one.said for one in left if not one.is_erased and one.action != trail.ERASED]
    assert sum(one.is_erased for one in left) >= 603
    assert [one.detail for one in said if "readers" in one.detail] == [
        next(one.said.detail for one in left if "Annabell" in one.said.detail)
    ]
    assert not any("Anna " in f"{one} " or "anna" in str(one).replace("Annabell", "") for one in said)
    found = await trail.verify(store, ring)
    assert found.broken == []
