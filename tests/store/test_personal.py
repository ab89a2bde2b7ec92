"""What is kept of a user can be had by them."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from tests.store.conftest import NOW
from tests.store.test_people_users import new_user

from poststelle.access import personal
from poststelle.store import personal as stored
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
