"""A mailbox is closed to a sign-in while changes wait: they go with the next one, or when it opens again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.admin.test_shared import TENANT, approve
from tests.flow.sending.outbox import _create, written
from tests.flow.sim import Simulator

from poststelle.blobs import DirectoryBlobs
from poststelle.lib.ids import decode_id, new_key
from poststelle.mail import folders as folder_deeds
from poststelle.mail import organise
from poststelle.model.folder import Role
from poststelle.model.ids import AccountId, RemoteId, UserId
from poststelle.store import folders, messages, notices
from poststelle.writeback.draft_writer import DraftWriter

SABINE = UserId(1)


@pytest.fixture
def office(m365: Simulator, tmp_path: Path) -> Iterator[Guarded]:
    with guarded_office(m365, tmp_path) as found:
        yield found


class _Desk:
    """Sabine works in the office's mailbox, which two delegates may open."""

    def __init__(self, office: Guarded, folder: Path) -> None:
        self.office, self._folder = office, folder
        self._services = office.server.built.services
        self._account = AccountId(decode_id("a", office.account) or 1)

    def read(self, work: Any, *given: Any) -> Any:
        return self.office.run(self._services.store.read(work, self._account, *given))

    def do(self, deed: Any, *given: Any) -> Any:
        now = self._services.clock.now()
        return self.office.run(self._services.store.write(deed, SABINE, self._account, *given, now))

    def at_hand(self, remote: Sequence[str]) -> list[Any]:
        found = self.read(messages.by_remote, [RemoteId(one) for one in remote])
        return [found[RemoteId(one)] for one in remote]

    def folder(self, role: Role) -> Any:
        return self.read(folders.by_role, role)

    def write_draft(self) -> None:
        draft = written(self.office.address, ["kunde@extern.example"])
        store, clock = self._services.store, self._services.clock
        self.office.run(store.write(_create, self._account, draft, new_key(), clock))

    def write_back(self) -> None:
        """All that is due, twice: what was put off for nothing goes at once."""
        built, services = self.office.server.built, self._services

        async def made() -> DraftWriter:
            blobs = DirectoryBlobs(self._folder / "octets")
            return DraftWriter(services.store, blobs, built.remotes.open, services.clock, "test/drafts")

        writer = self.office.run(made())
        for _ in range(2):
            self.office.run(built.drain.run_due())
            self.office.run(writer.run_due())

    def notices(self) -> list[tuple[str, str | None]]:
        return [(one.code, one.detail) for one in self.read(notices.list_all)]

    def there(self) -> dict[str, dict[str, Any]]:
        return dict(self.office.m365.control.snapshot(self.office.address)[1])


@pytest.fixture
def desk(office: Guarded, tmp_path: Path) -> _Desk:
    for who in (office.anna, office.tom):
        delegate = office.delegate("anna" if who is office.anna else "tom")
        office.connected(who, delegate, is_shared=True, is_reserve=who is office.tom)
    return _Desk(office, tmp_path)


def _act(desk: _Desk, deed: str, remote: Sequence[str]) -> None:
    held = desk.at_hand(remote)
    match deed:
        case "read":
            for message in held:
                desk.do(organise.set_keywords, message.id, {"$seen": True})
        case "filed":
            desk.do(organise.move, held[0].id, desk.folder(Role.ARCHIVE).id)
        case "destroyed":
            desk.do(organise.destroy, held[0].id)
        case "a folder made":
            desk.do(folder_deeds.create, "Angebote", None)
        case _:
            desk.write_draft()


def _is_done(desk: _Desk, deed: str, remote: Sequence[str]) -> bool:
    there = desk.there()
    match deed:
        case "read":
            return all(there[one]["isRead"] for one in remote)
        case "filed":
            return bool(there[remote[0]]["folderId"] == desk.folder(Role.ARCHIVE).remote_id)
        case "destroyed":
            return remote[0] not in there
        case "a folder made":
            found = desk.office.m365.control.snapshot(desk.office.address)[0]
            return any(folder["path"][-1] == "Angebote" for folder in found)
        case _:
            return any(one["isDraft"] for one in there.values())


DEEDS = ["read", "filed", "destroyed", "a folder made", "a draft written"]


@pytest.mark.parametrize("deed", DEEDS)
def test_what_waits_goes_with_the_next_sign_in_at_once(desk: _Desk, deed: str) -> None:
    """The first delegate's right is withdrawn, which nobody here knows before a change is written back."""
    office = desk.office
    remote = office.m365.control.receive_many(
        office.address, [{"subject": f"Anfrage {n}"} for n in range(20)]
    )
    office.pull()
    [first, second] = [row["username"] for row in office.sign_ins()]
    office.m365.identity("PUT", f"/users/{first}", {"mailbox_grants": []})
    _act(desk, deed, remote)
    desk.write_back()

    assert _is_done(desk, deed, remote)
    assert office.states() == [(first, "lost", "ErrorAccessDenied"), (second, "in_use", None)]
    assert desk.notices() == []


@pytest.mark.parametrize("deed", DEEDS)
def test_what_waits_goes_when_microsoft_knows_the_mailbox_again(desk: _Desk, deed: str) -> None:
    """It answers 404 to whatever is asked while somebody's address there is another one."""
    office = desk.office
    remote = office.m365.control.receive_many(office.address, [{"subject": "Anfrage"}])
    office.pull()
    unknown = {"status": 404, "code": "ErrorInvalidUser", "times": 10_000}
    office.m365.control.fail_next("*", "/v1.0/users/*", **unknown)
    _act(desk, deed, remote)
    desk.write_back()
    assert [state for _, state, _ in office.states()] == ["lost", "lost"]
    assert desk.notices() == []

    office.m365.control.clear_faults()
    office.server.clock.advance(11 * 60)
    office.renew_due()
    office.pull()
    desk.write_back()

    assert _is_done(desk, deed, remote)
    assert desk.notices() == []


def test_one_message_that_may_not_be_changed_is_refused_alone(desk: _Desk) -> None:
    """The mailbox is open all the same."""
    office = desk.office
    remote = office.m365.control.receive_many(office.address, [{"subject": f"Anfrage {n}"} for n in range(3)])
    office.pull()
    denied = {"status": 403, "code": "ErrorAccessDenied"}
    office.m365.control.fail_next("PATCH", "*/messages/*", **denied)
    _act(desk, "read", remote)
    desk.write_back()

    there = desk.there()
    assert sum(there[one]["isRead"] for one in remote) == 2
    assert desk.notices() == [("refused", "ErrorAccessDenied")]
    assert [state for _, state, _ in office.states()] == ["in_use", "standing_by"]


def test_what_waits_for_the_application_goes_with_a_persons_sign_in(office: Guarded, tmp_path: Path) -> None:
    """An access policy of the organisation takes the mailbox from the application."""
    office.connected(office.anna)
    approve(office)
    office.sabine.put("/api/settings/microsoft", {"app_tenant": TENANT})
    office.sabine.post(f"/api/accounts/{office.account}/application", {"confirm": True})
    remote = office.m365.control.receive_many(office.address, [{"subject": "Anfrage"}])
    office.pull()
    assert office.sign_ins()[0]["kind"] == "application"
    app, desk = office.m365.facts["client_id"], _Desk(office, tmp_path)
    office.m365.identity("PUT", "/groups/closed@buero.example", {"members": [office.address]})
    policy = {"tenant": TENANT, "right": "DenyAccess", "group": "closed@buero.example"}
    made = office.m365.identity("POST", f"/apps/{app}/access-policies", policy)
    try:
        _act(desk, "read", remote)
        desk.write_back()
        assert _is_done(desk, "read", remote)
    finally:
        office.m365.identity("DELETE", f"/apps/{app}/access-policies/{made['id']}")


@pytest.mark.parametrize("deed", DEEDS)
def test_what_waits_goes_when_the_licence_is_back(office: Guarded, tmp_path: Path, deed: str) -> None:
    office.connected(office.anna)
    remote = office.m365.control.receive_many(office.address, [{"subject": "Anfrage"}])
    office.pull()
    desk = _Desk(office, tmp_path)
    missing = {"status": 404, "code": "MailboxNotEnabledForRESTAPI", "times": 10_000}
    office.m365.control.fail_next("*", "/v1.0/me/*", **missing)
    _act(desk, deed, remote)
    desk.write_back()
    assert desk.notices() == []

    office.m365.control.clear_faults()
    for _ in range(4):  # what may have been made is looked for first
        office.server.clock.advance(150)
        desk.write_back()
    assert _is_done(desk, deed, remote)
    assert desk.notices() == []
