"""A deleted person's name goes from the audit trail, nobody else's, and the trail still holds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from tests.databases import run_sql
from tests.store.conftest import NOW, FakeClock
from tests.store.test_people_users import new_account, new_user

from poststelle.access import erasure, grants, teams, trail, users
from poststelle.access import personal as access_personal
from poststelle.access.rights import Asker
from poststelle.auth.crypto import KeyRing
from poststelle.lib.ids import encode_id
from poststelle.model.audit import AuditEntry
from poststelle.model.errors import Conflict, NotAllowed
from poststelle.model.ids import USER, MessageId
from poststelle.model.rights import Grant, Level
from poststelle.model.user import User
from poststelle.store import audit, personal
from poststelle.store.audit import Filter
from poststelle.store.tx import ReadTx, Store, Tx

pytestmark = [pytest.mark.anyio, pytest.mark.partitioned]


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing([os.urandom(32)])


def proven(user: User) -> Asker:
    return Asker(user.id, is_proven=True)


class Office:
    """Sabine administers; Ann goes, Anne and Hanna stay. All four have left traces."""

    def __init__(self, tx: Tx, ring: KeyRing) -> None:
        self.sabine = new_user(tx, "sabine", may_settings=True)
        self.ann, self.anne, self.hanna = (
            new_user(tx, login, may_settings=True) for login in ("ann", "anne", "hanna")
        )
        self.account = new_account(tx, "info@example.test")
        for user in (self.ann, self.anne):
            self._assign(tx, self.sabine, user)
            audit.record(tx, NOW, user.id, "mail.read", self.account)
        self._assign(tx, self.ann, self.hanna)
        audit.record(tx, NOW, self.hanna.id, "folder.destroyed", self.account, subject="Ann (ann)")
        for name, user in (("A", self.ann), ("B", self.anne)):
            teams.add(tx, self.sabine.id, name, frozenset({user.id}), NOW)
        users.remove(tx, proven(self.sabine), self.ann.id, NOW, ring=ring, erases_name=True)

    def _assign(self, tx: Tx, by: User, user: User) -> None:
        grants.assign(tx, by.id, Grant(self.account, user.id, Level.READ), is_confirmed=True, now=NOW)


@pytest.fixture
async def office(store: Store, ring: KeyRing) -> Office:
    return await store.write(Office, ring)


async def _entries(store: Store) -> list[AuditEntry]:
    return list(reversed(await store.read(audit.find, Filter())))


def _told(entries: list[AuditEntry]) -> Iterator[str]:
    for one in entries:
        names = ", ".join([*one.detail.get("added", []), one.said.subject])
        yield f"{one.action} by {one.said.user_name}: {names}"


async def test_the_name_goes_and_no_other(store: Store, office: Office, ring: KeyRing) -> None:
    """Not of whom the name is a part, nor of a folder that is called so, nor who asked for it."""
    erased = await erasure.run(store, ring, FakeClock())
    entries = await _entries(store)
    gone = sorted(one.action for one in entries if one.is_erased)
    assert gone == ["grant.added", "grant.added", "mail.read", "team.created", "user.removed"]
    assert erased == len(gone)
    assert [one for one in _told(entries) if "Ann" in one.replace("Anne", "")] == [
        "folder.destroyed by Hanna: Ann (ann)"
    ]
    told = list(_told(entries))
    assert {"grant.added by Sabine: Anne (anne)", "team.created by Sabine: Anne (anne), B"} < set(told)
    assert "audit.erasure_asked by Sabine: " in told
    [done] = [one for one in entries if one.action == "audit.erasure_done"]
    assert done.detail == {"whom": encode_id(USER, office.ann.id), "entries": erased}
    found = await trail.verify(store, ring)
    assert (found.erased, found.broken) == (erased, [])
    assert await erasure.run(store, ring, FakeClock()) == 0


async def test_two_at_once_erase_once(store: Store, office: Office, ring: KeyRing) -> None:
    """Two servers over one database."""
    clock = FakeClock()
    await asyncio.gather(erasure.run(store, ring, clock), erasure.run(store, ring, clock))
    entries = await _entries(store)
    numbers = [
        (one.chain, n) for one in entries if one.action == "audit.erased" for n in one.detail["numbers"]
    ]
    assert len(numbers) == len(set(numbers)) == sum(one.is_erased for one in entries) == 5
    assert [one.action for one in entries].count("audit.erasure_done") == 1
    assert (await trail.verify(store, ring)).broken == []


class _Stopped(Exception):
    pass


class _StoppingClock(FakeClock):
    """Stops its user at the given look."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self._left = looks

    def now(self):  # type: ignore[no-untyped-def]  # as the clock's
        self._left -= 1
        if self._left < 0:
            raise _Stopped
        return super().now()


async def test_what_was_broken_off_goes_on(store: Store, office: Office, ring: KeyRing) -> None:
    """Wherever it was; also where what told the name is erased already."""
    for looks in range(99):
        try:
            await erasure.run(store, ring, _StoppingClock(looks))
        except _Stopped:
            continue
        break
    assert looks > 3
    assert sum(one.is_erased for one in await _entries(store)) == 5
    assert (await trail.verify(store, ring)).broken == []


async def test_nothing_is_erased_because_the_database_asks_for_it(
    store: Store, url: str, office: Office, ring: KeyRing
) -> None:
    """Not of who is here, nor of who is gone and nobody has asked for it."""
    await erasure.run(store, ring, FakeClock())
    await store.write(users.remove, proven(office.sabine), office.hanna.id, NOW, ring=ring)
    before = await _entries(store)
    for one in (office.anne, office.hanna):
        key = f"audit.erase.{encode_id(USER, one.id)}"
        run_sql(url, f"insert into settings (key, value, changed_at) values ('{key}', '[]', 0)")
    assert await erasure.run(store, ring, FakeClock()) == 0
    assert await _entries(store) == before


async def test_who_asked_for_an_erasure_can_be_erased_too(
    store: Store, office: Office, ring: KeyRing
) -> None:
    await erasure.run(store, ring, FakeClock())
    goes = {"ring": ring, "erases_name": True}
    await store.write(users.remove, proven(office.hanna), office.sabine.id, NOW, **goes)
    await erasure.run(store, ring, FakeClock())
    assert not [one for one in await _entries(store) if one.said.user_login == "sabine"]
    assert (await trail.verify(store, ring)).broken == []


async def test_only_who_is_gone_and_only_by_administrators(
    store: Store, office: Office, ring: KeyRing
) -> None:
    with pytest.raises(Conflict, match="Delete the user first"):
        await store.write(erasure.ask, proven(office.sabine), office.anne.id, NOW, ring=ring)
    other = await store.write(new_user, "otto")
    with pytest.raises(NotAllowed):
        await store.write(erasure.ask, proven(other), office.ann.id, NOW, ring=ring)


async def test_notices_of_rights_do_not_name_them(store: Store, office: Office, ring: KeyRing) -> None:
    """Who was told that Ann gave them a right is told so without her name."""

    def authors(tx: ReadTx) -> list[object]:
        told = personal.part(tx, "share_notifications", office.hanna.id)
        return [one["changed_by_name"] for one in told]

    assert await store.read(authors) == ["Ann"]
    await erasure.run(store, ring, FakeClock())
    assert await store.read(authors) == [""]


async def test_who_writes_to_the_database_erases_nothing(
    store: Store, url: str, office: Office, ring: KeyRing
) -> None:
    """A request in the trail needs no key; one that names others, planted beside it, is not ours."""
    await erasure.run(store, ring, FakeClock())
    await store.write(audit.record, NOW, None, "sign_in.begun", office.account, readers=["Anne (anne)"])
    for whom in (encode_id(USER, 999_999), encode_id(USER, office.ann.id)):
        await store.write(audit.record, NOW, None, "audit.erasure_asked", whom=whom)
        row = f"""('audit.erase.{whom}', '["Anne (anne)"]', 0)"""
        run_sql(url, f"insert into settings (key, value, changed_at) values {row}")
    before = await _entries(store)
    assert await erasure.run(store, ring, FakeClock()) == 0
    entries = await _entries(store)
    assert [one for one in entries if one in before] == before
    assert [one.action for one in entries if one not in before] == ["audit.erasure_dropped"] * 2


async def test_what_an_older_program_was_asked_for_is_asked_for_once_more(
    store: Store, url: str, office: Office, ring: KeyRing
) -> None:
    """Its request has no seal, which anybody could have written: it is dropped, told, and not looked at for
    ever. Who asks again has it done."""
    key = f"audit.erase.{encode_id(USER, office.ann.id)}"
    run_sql(url, f"update settings set sealed = null, value = '[]' where key = '{key}'")
    assert await erasure.run(store, ring, FakeClock()) == 0
    assert run_sql(url, f"select key from settings where key = '{key}'") == []
    [told] = [one for one in await _entries(store) if one.action == "audit.erasure_dropped"]
    assert (told.user_id, told.detail) == (None, {"whom": encode_id(USER, office.ann.id)})
    assert await erasure.run(store, ring, FakeClock()) == 0

    await store.write(erasure.ask, proven(office.sabine), office.ann.id, NOW, ring=ring)
    assert await erasure.run(store, ring, FakeClock()) == 5
    actions = [one.action for one in await _entries(store)]
    assert actions.count("audit.erasure_dropped") == actions.count("audit.erasure_done") == 1
    [told] = [one for one in await _entries(store) if one.action == "audit.erasure_dropped"]
    assert not told.is_erased
    assert (await trail.verify(store, ring)).broken == []


async def test_what_is_called_as_somebody_is_not_them(store: Store, office: Office, ring: KeyRing) -> None:
    """A category that is called as a user, who has exported their data: the colleague's entry stays."""
    tom = await store.write(new_user, "mahnung")
    label = (tom.name, tom.label)
    said = {"message_ids": [MessageId(7)], "added": label}
    await store.write(audit.record, NOW, office.anne.id, "mail.labelled", office.account, **said)
    await store.write(access_personal.begin_export, tom.id, tom.id, NOW)
    [exported] = [one for one in await _entries(store) if one.action == "user.data_exported"]
    assert exported.said.subject == tom.label
    await store.write(users.remove, proven(office.sabine), tom.id, NOW, ring=ring, erases_name=True)
    await erasure.run(store, ring, FakeClock())
    [labelled] = [one for one in await _entries(store) if one.action == "mail.labelled"]
    assert (labelled.is_erased, labelled.detail["added"]) == (False, list(label))


async def test_which_messages_it_was_stays(store: Store, ring: KeyRing, office: Office) -> None:
    """And which level was given, and to whom by number: none of them names anybody."""
    said = {"message_ids": [MessageId(7)], "names": ["x"]}
    await store.write(audit.record, NOW, office.ann.id, "mail.exported", office.account, subject="y", **said)
    await erasure.run(store, ring, FakeClock())
    erased = {one.action: one for one in await _entries(store) if one.is_erased}
    exported = erased["mail.exported"]
    assert (exported.said.subject, exported.detail) == ("", {"message_ids": [7]})
    assert erased["grant.added"].detail == {"level": "read", "whom": encode_id(USER, office.hanna.id)}
    assert (await trail.verify(store, ring)).broken == []
