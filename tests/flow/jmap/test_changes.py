"""/changes and /queryChanges lead an old copy to the new one, whatever happened in between."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from tests.flow.jmap.client import Json
from tests.flow.jmap.conftest import Desk, letters, new_desk
from tests.flow.jmap.office import Office

from m365sim.control.client import ControlError

QUERIES: list[Json] = [
    {},
    {"filter": "inbox"},
    {"filter": "inbox", "collapseThreads": True},
    {"filter": "inbox", "sort": [{"property": "receivedAt", "isAscending": True}]},
    {"filter": {"notKeyword": "$seen"}},
    {"filter": {"hasKeyword": "$flagged"}},
]


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox that these tests change."""
    return new_desk(office, *letters(24))


class Copy:
    """What a client holds of a mailbox, brought forward only by /changes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._states: dict[str, str] = {}
        self.held: dict[str, dict[str, Json]] = {}
        for type_ in ("Email", "Mailbox", "Thread"):
            self.held[type_] = {}
            self._states[type_] = desk.anna.call(
                f"{type_}/get", accountId=desk.account, **({} if type_ == "Mailbox" else {"ids": []})
            )["state"]
            self._load(type_, _all_ids(desk, type_))

    def _load(self, type_: str, ids: list[str]) -> None:
        got = self._desk.anna.call(
            f"{type_}/get", accountId=self._desk.account, ids=ids, **_properties(type_)
        )
        self.held[type_] |= {item["id"]: item for item in got["list"]}
        for gone in got["notFound"]:
            self.held[type_].pop(gone, None)

    def forward(self, max_changes: int | None) -> None:
        """Follow /changes to its end, a few at a time."""
        limit = {} if max_changes is None else {"maxChanges": max_changes}
        for type_ in self._states:
            while True:
                got = self._desk.anna.call(
                    f"{type_}/changes", accountId=self._desk.account, sinceState=self._states[type_], **limit
                )
                told = got["created"] + got["updated"] + got["destroyed"]
                assert len(told) == len(set(told)) <= (max_changes or 10_000)
                self._load(type_, got["created"] + got["updated"])
                for gone in got["destroyed"]:
                    self.held[type_].pop(gone, None)
                self._states[type_] = got["newState"]
                if not got["hasMoreChanges"]:
                    break
                assert told, "hasMoreChanges without any progress"


def _all_ids(desk: Desk, type_: str) -> list[str]:
    match type_:
        case "Mailbox":
            return [f["id"] for f in desk.anna.folders(desk.account)]
        case "Email":
            return desk.anna.query_all(desk.account)
        case _:
            emails = desk.anna.emails(desk.account, desk.anna.query_all(desk.account), "threadId")
            return sorted({e["threadId"] for e in emails})


def _properties(type_: str) -> dict[str, Any]:
    return {"properties": ["keywords", "mailboxIds", "subject", "threadId"]} if type_ == "Email" else {}


class List:
    """What a client holds of one query, brought forward only by /queryChanges."""

    def __init__(self, desk: Desk, what: Json) -> None:
        self._desk, self._what = desk, what
        got = desk.anna.call("Email/query", accountId=desk.account, limit=5000, **what)
        self._state, self.ids = got["queryState"], list(got["ids"])

    def forward(self) -> None:
        """Take out, then put in, as RFC 8620 §5.6 says; start anew where the server can't tell."""
        name, got = self._desk.anna.run(
            "Email/queryChanges",
            accountId=self._desk.account,
            sinceQueryState=self._state,
            calculateTotal=True,
            **self._what,
        )
        if name == "error":
            assert got["type"] == "cannotCalculateChanges"
            self.__init__(self._desk, self._what)  # type: ignore[misc]  # begin anew
            return
        removed = set(got["removed"])
        self.ids = [i for i in self.ids if i not in removed]
        indexes = [a["index"] for a in got["added"]]
        assert indexes == sorted(indexes)
        for added in got["added"]:
            self.ids.insert(added["index"], added["id"])
        self._state = got["newQueryState"]
        assert got["total"] == len(self.ids)


def _something_happens(desk: Desk, rng: Random) -> None:
    """One change, by Anna here or by another program at Microsoft."""
    control, address = desk.office.simulator.control, desk.address
    remote = list(control.snapshot(address)[1])
    ids = desk.anna.query_all(desk.account)
    some = rng.sample(remote, min(len(remote), rng.randint(1, 3)))
    one = rng.choice(ids)
    folders = {f["role"]: f["id"] for f in desk.anna.folders(desk.account) if f["role"]}
    match rng.randrange(9):
        case 0:
            control.receive(address, subject=f"Neu {rng.random()}")
        case 1:
            control.update(address, some, isRead=rng.random() < 0.5)
        case 2:
            control.update(address, some, flag=rng.choice(["flagged", "notFlagged", "complete"]))
        case 3:
            control.move(address, some, to=rng.choice(["inbox", "archive", "deleteditems"]))
        case 4:
            control.delete(address, some[:1], permanently=True)
        case 5:
            _set(desk, one, {"keywords/$seen": rng.choice([True, None])})
        case 6:
            _set(desk, one, {"keywords/$flagged": rng.choice([True, None])})
        case 7:
            _set(desk, one, {"mailboxIds": {folders[rng.choice(["inbox", "archive", "trash"])]: True}})
        case _:
            desk.anna.call("Email/set", accountId=desk.account, destroy=[one])


def _happens(desk: Desk, rng: Random) -> None:
    """As above; a message that Anna's own deletion has just reached can't be changed there any more."""
    try:
        _something_happens(desk, rng)
    except ControlError as gone:
        if gone.status != 404:
            raise


def _set(desk: Desk, message: str, patch: Json) -> None:
    desk.anna.call("Email/set", accountId=desk.account, update={message: patch})


@pytest.mark.parametrize("seed", range(3))
def test_an_old_copy_follows_to_the_new_one(own: Desk, seed: int) -> None:
    """After any changes on both sides, a copy led by changes equals one read afresh, and Microsoft's."""
    rng = Random(seed)
    inbox = own.anna.folder(own.account, "inbox")["id"]
    queries = [q | ({"filter": {"inMailbox": inbox}} if q.get("filter") == "inbox" else {}) for q in QUERIES]
    copy, lists = Copy(own), [List(own, q) for q in queries]

    for _ in range(5):
        for _ in range(rng.randint(1, 4)):
            _happens(own, rng)
        for one in lists:
            one.forward()
        copy.forward(rng.choice([None, 1, 3]))
    own.settled()
    for one in lists:
        one.forward()
    copy.forward(None)

    fresh = Copy(own)
    assert copy.held == fresh.held
    assert [one.ids for one in lists] == [List(own, q).ids for q in queries]
    assert own.office.differences(own.anna, own.account) == []


@pytest.mark.parametrize("method", ["Email/changes", "Thread/changes", "Mailbox/changes"])
def test_changes_are_refused_where_they_cannot_be_told(desk: Desk, method: str) -> None:
    """A state of another epoch, of the future, or no state at all is cannotCalculateChanges."""
    state = desk.anna.call("Email/get", accountId=desk.account, ids=[])["state"]
    epoch, modseq = state.split(".")
    for bad in (
        "",
        "x",
        f"{epoch}1.{modseq}",
        f"{epoch}.{int(modseq) + 100_000}",
        "1",
        ".",
        f"{epoch}.{'9' * 30}",
    ):
        type_ = desk.anna.refusal(method, accountId=desk.account, sinceState=bad)
        assert type_ == "cannotCalculateChanges", (bad, type_)
    for bad_limit in (0, -1, "3"):
        args = {"sinceState": state, "maxChanges": bad_limit}
        assert desk.anna.refusal(method, accountId=desk.account, **args) == "invalidArguments"


def test_query_changes_are_refused_where_they_cannot_be_told(desk: Desk) -> None:
    """The same for a query's state; and more changes than allowed are tooManyChanges."""
    for bad in ("", "x", "99.1"):
        args = {"sinceQueryState": bad}
        assert (
            desk.anna.refusal("Email/queryChanges", accountId=desk.account, **args)
            == "cannotCalculateChanges"
        )
    assert desk.anna.refusal("Email/queryChanges", accountId=desk.account) == "invalidArguments"


@pytest.mark.parametrize("limit", [0, -1, "3"])
def test_a_query_may_not_have_changed_by_at_most_nothing(desk: Desk, limit: object) -> None:
    """``maxChanges`` is a number above 0. Source: RFC 8620 §5.6."""
    state = desk.anna.call("Email/query", accountId=desk.account)["queryState"]
    args = {"sinceQueryState": state, "maxChanges": limit}
    assert desk.anna.refusal("Email/queryChanges", accountId=desk.account, **args) == "invalidArguments"


def test_a_state_that_is_current_has_no_changes(desk: Desk) -> None:
    """Nothing created, updated or destroyed, and the state stays."""
    state = desk.anna.call("Email/get", accountId=desk.account, ids=[])["state"]
    got = desk.anna.call("Email/changes", accountId=desk.account, sinceState=state)

    assert (got["created"], got["updated"], got["destroyed"]) == ([], [], [])
    assert (got["newState"], got["hasMoreChanges"]) == (state, False)
