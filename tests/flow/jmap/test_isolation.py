"""Who is not assigned gets nothing: not by method, id, blob, stream or page."""

from __future__ import annotations

import http.client
from typing import Any

import pytest
from tests.flow.jmap.client import Client, Json
from tests.flow.jmap.conftest import Desk, attachment, letters, new_desk
from tests.flow.jmap.office import Office

SECRET_WORD = "Brief Nummer"


@pytest.fixture(scope="module")
def eve(office: Office) -> Client:
    """A user with a mailbox of her own, and no right to the other one."""
    return office.person("eve")


@pytest.fixture(scope="module")
def hers(office: Office, eve: Client) -> Desk:
    """Eve's mailbox."""
    address = office.simulator.new_mailbox("eve")
    office.simulator.control.receive_many(address, letters(4))
    account = office.connect(address, "eve")
    made = Desk(office, address, account, eve)
    made.settled()
    return made


@pytest.fixture(scope="module")
def ids(desk: Desk) -> Json:
    """Real ids of everything in the mailbox Eve must not see."""
    messages = desk.anna.query_all(desk.account)
    emails = desk.anna.emails(desk.account, messages, "threadId", "blobId", "attachments", "htmlBody")
    return {
        "messages": messages,
        "threads": [e["threadId"] for e in emails],
        "folders": [f["id"] for f in desk.anna.folders(desk.account)],
        "blobs": [e["blobId"] for e in emails]
        + [e["htmlBody"][0]["blobId"] for e in emails]
        + [a["blobId"] for e in emails for a in e["attachments"]],
        "states": [desk.anna.call("Email/get", accountId=desk.account, ids=[])["state"]],
    }


def _calls(ids: Json) -> list[tuple[str, Json]]:
    folder, message = ids["folders"][0], ids["messages"][0]
    return [
        ("Mailbox/get", {}),
        ("Mailbox/get", {"ids": ids["folders"]}),
        ("Mailbox/query", {}),
        ("Mailbox/changes", {"sinceState": ids["states"][0]}),
        ("Email/get", {"ids": ids["messages"], "fetchAllBodyValues": True}),
        ("Email/query", {}),
        ("Email/query", {"filter": {"inMailbox": folder}}),
        ("Email/query", {"anchor": message}),
        ("Email/queryChanges", {"sinceQueryState": ids["states"][0]}),
        ("Email/changes", {"sinceState": ids["states"][0]}),
        ("Email/set", {"update": {message: {"keywords/$seen": True}}}),
        ("Email/set", {"destroy": [message]}),
        ("Email/set", {"create": {"k": {}}}),
        ("Thread/get", {"ids": ids["threads"]}),
        ("Thread/changes", {"sinceState": ids["states"][0]}),
        ("SyncState/get", {}),
    ]


def test_every_method_says_that_there_is_no_such_account(
    desk: Desk, eve: Client, hers: Desk, ids: Json
) -> None:
    """For an account that is there and one that is not, the answers are the same, octet for octet."""
    before = desk.office.held(desk.anna, desk.account)
    for method, args in _calls(ids):
        real = eve.run(method, accountId=desk.account, **args)
        none = eve.run(method, accountId="a9999", **args)
        assert real == none == ("error", {"type": "accountNotFound"}), method
    assert desk.office.held(desk.anna, desk.account) == before


def test_ids_of_another_account_open_nothing_in_ones_own(
    desk: Desk, eve: Client, hers: Desk, ids: Json
) -> None:
    """Ids are meant within their account: a stranger's give nothing and change nothing."""
    before, own_before = desk.office.held(desk.anna, desk.account), desk.office.held(eve, hers.account)
    own_ids = set(eve.query_all(hers.account))
    strange = [m for m in ids["messages"] if m not in own_ids]
    a: Json = {"accountId": hers.account}
    own_folders = {f["id"] for f in eve.folders(hers.account)}

    got = eve.call("Email/get", **a, ids=strange)
    assert (got["list"], got["notFound"]) == ([], strange)
    assert eve.call("Mailbox/get", **a, ids=[f for f in ids["folders"] if f not in own_folders])["list"] == []
    threads = {e["threadId"] for e in eve.emails(hers.account, list(own_ids), "threadId")}
    assert eve.call("Thread/get", **a, ids=[t for t in ids["threads"] if t not in threads])["list"] == []
    changed = eve.call("Email/set", **a, update={m: {"keywords/$seen": True} for m in strange})
    assert {e["type"] for e in changed["notUpdated"].values()} == {"notFound"}
    destroyed = eve.call("Email/set", **a, destroy=strange)
    assert {e["type"] for e in destroyed["notDestroyed"].values()} == {"notFound"}
    own = next(iter(own_ids))
    for folder in (f for f in ids["folders"] if f not in own_folders):
        moved = eve.call("Email/set", **a, update={own: {"mailboxIds": {folder: True}}})
        assert own in moved["notUpdated"]
        query = eve.run("Email/query", **a, filter={"inMailbox": folder})[1]
        assert not query.get("ids")
    if strange:
        assert eve.refusal("Email/query", **a, anchor=strange[0]) == "anchorNotFound"
    assert desk.office.held(desk.anna, desk.account) == before
    assert desk.office.held(eve, hers.account) == own_before


def test_no_blob_address_opens(desk: Desk, eve: Client, hers: Desk, ids: Json) -> None:
    """By the other account's id, and by her own account's id with the other's blobs: 404, as for nothing."""
    nothing = eve.download("a9999", "bm9999999")
    own = set(eve.query_all(hers.account))
    for blob in ids["blobs"]:
        answer = eve.download(desk.account, blob)
        assert (answer.status, answer.body) == (404, nothing.body)
        if blob[1:].partition("-")[0] not in own:
            crossed = eve.download(hers.account, blob)
            assert (crossed.status, crossed.body) == (404, nothing.body)


def test_the_event_stream_tells_nothing(desk: Desk, eve: Client, hers: Desk) -> None:
    """A change in the other mailbox is not heard; the next one in her own is."""
    busy = new_desk(desk.office, *letters(2))
    message = busy.anna.query_all(busy.account)[0]
    own = eve.query_all(hers.account)[0]
    with eve.events() as events:
        busy.anna.call("Email/set", accountId=busy.account, update={message: {"keywords/$flagged": True}})
        eve.call("Email/set", accountId=hers.account, update={own: {"keywords/$flagged": True}})
        heard: set[str] = set()
        while hers.account not in heard:
            event = events.next()
            assert event is not None
            heard |= set(event[1].get("changed", {}))

    assert heard == {hers.account}
    hers.settled()


ADMIN_PATHS = [
    ("GET", "/api/mailboxes/{a}/notices", None),
    ("GET", "/api/mailboxes/{a}/categories", None),
    ("POST", "/api/mailboxes/{a}/refresh", None),
    ("POST", "/api/mailboxes/{a}/look", {"folder": "f1"}),
    ("DELETE", "/api/mailboxes/{a}/notices/1", None),
    ("GET", "/api/mailboxes/{a}/approval", None),
    ("POST", "/sign-in/microsoft/{a}", {"confirm": True}),
]


@pytest.mark.parametrize(("method", "path", "body"), ADMIN_PATHS, ids=[f"{m} {p}" for m, p, _ in ADMIN_PATHS])
def test_the_pages_own_addresses_are_closed(
    desk: Desk, eve: Client, method: str, path: str, body: Any
) -> None:
    """A real account and one that does not exist answer alike."""
    real = eve.send(method, path.format(a=desk.account), body)
    none = eve.send(method, path.format(a="a9999"), body)

    assert (real.status, real.body) == (none.status, none.body)
    assert real.status == 404


SETTINGS_PATHS = [
    ("GET", "/api/accounts", None),
    ("GET", "/api/accounts/{a}", None),
    ("PATCH", "/api/accounts/{a}", {"name": "x"}),
    ("DELETE", "/api/accounts/{a}", {"address": "x"}),
    ("POST", "/api/accounts", {"address": "x@y.example", "confirm": True}),
    ("POST", "/api/accounts/{a}/disconnect", None),
    ("PUT", "/api/accounts/{a}/users/{u}", {"level": "manage", "confirm": True}),
    ("DELETE", "/api/accounts/{a}/users/{u}", None),
    ("GET", "/api/users", None),
    ("POST", "/api/users", {"login": "x", "name": "x", "password": "x" * 12, "may_settings": True}),
    ("PATCH", "/api/users/{u}", {"may_settings": True}),
    ("DELETE", "/api/users/{u}", None),
    ("GET", "/api/audit", None),
    ("GET", "/api/settings/microsoft", None),
    ("PUT", "/api/settings/microsoft", {"client_id": "x"}),
]


@pytest.mark.parametrize(
    ("method", "path", "body"), SETTINGS_PATHS, ids=[f"{m} {p}" for m, p, _ in SETTINGS_PATHS]
)
def test_settings_need_the_right(desk: Desk, eve: Client, method: str, path: str, body: Any) -> None:
    """Without the right every settings address answers 403 and says whom to ask, nothing else."""
    answer = eve.send(method, path.format(a=desk.account, u=desk.office.user_id("eve")), body)

    assert answer.status == 403
    error = answer.json["error"]
    assert error["code"] == "needs_settings"
    assert [a["name"] for a in error["params"]["administrators"]] == ["Sabine Lindner"]


def test_the_administrator_reads_no_mail_without_assignment(desk: Desk, ids: Json) -> None:
    """The right to the settings is no right to the content."""
    admin = desk.office.admin
    for method, args in _calls(ids):
        assert admin.run(method, accountId=desk.account, **args) == ("error", {"type": "accountNotFound"})
    assert admin.download(desk.account, ids["blobs"][0]).status == 404
    assert desk.account not in admin.ok("GET", "/jmap/session")["accounts"]


def test_her_lists_name_only_her_own(desk: Desk, eve: Client, hers: Desk) -> None:
    """Session and drop-down hold her mailbox alone, and no word of the other's content."""
    session, mailboxes = eve.get("/jmap/session"), eve.get("/api/mailboxes")

    assert set(session.json["accounts"]) == {hers.account}
    assert desk.address.encode() not in session.body + mailboxes.body


def test_an_answer_never_outlives_the_assignment(desk: Desk) -> None:
    """Un-assigned, the very next request is refused; a browser that kept a file asks for it again in vain."""
    desk.office.assign(desk.account, "isolde", "read")
    isolde = desk.office.person("isolde")
    [email] = isolde.emails(desk.account, [desk.id_of("letter.5@kunden.example")], "attachments", "preview")
    blob = email["attachments"][0]["blobId"]
    assert SECRET_WORD in email["preview"]
    first = isolde.download(desk.account, blob)
    assert first.status == 200
    assert first.headers["cache-control"] == "private, no-cache"
    again = {"If-None-Match": first.headers["etag"]}
    assert isolde.get(f"/jmap/download/{desk.account}/{blob}/file", **again).status == 304

    desk.office.unassign(desk.account, "isolde")

    assert isolde.refusal("Email/get", accountId=desk.account, ids=[email["id"]]) == "accountNotFound"
    assert isolde.download(desk.account, blob).status == 404
    assert isolde.get(f"/jmap/download/{desk.account}/{blob}/file", **again).status == 404


def test_a_download_under_way_ends_with_the_assignment(office: Office) -> None:
    """Un-assigned in the midst of a large file: the connection closes long before its end."""
    big = attachment("gross.bin", "application/octet-stream", bytes(30_000_000))
    desk = new_desk(office, {"subject": "Groß", "text": "siehe Anhang", "attachments": [big]})
    office.assign(desk.account, "gerd", "read")
    gerd = office.person("gerd")
    [email] = gerd.emails(desk.account, gerd.query_all(desk.account), "attachments")
    path = f"/jmap/download/{desk.account}/{email['attachments'][0]['blobId']}/gross.bin"
    with gerd.reading(path) as response:
        assert len(response.read(1000)) == 1000

        office.unassign(desk.account, "gerd")

        with pytest.raises(http.client.IncompleteRead) as cut:
            response.read()
    assert len(cut.value.partial) < 25_000_000
