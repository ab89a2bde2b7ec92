"""Pictures that mail shows from the internet: brought by the server, once, and only those."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.flow.admin.client import Answer, Client
from tests.flow.admin.conftest import assign
from tests.flow.admin.guarded import Guarded, guarded_office
from tests.flow.push.service import PushService, running_push_service
from tests.flow.sim import Simulator

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushService]:
    """A server that shows pictures, and writes down who asked."""
    with running_push_service(tmp_path_factory.mktemp("abroad")) as found:
        found.files["/logo.png"] = PNG
        yield found


@pytest.fixture(scope="module")
def office(
    simulator_process: Simulator, abroad: PushService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    settings = {"PICTURE_NETWORKS": "127.0.0.0/8", "PUSH_CA_FILE": str(abroad.ca_file)}
    with guarded_office(simulator_process, tmp_path_factory.mktemp("office"), **settings) as found:
        found.connected(found.anna)
        yield found


@pytest.fixture
def blob(office: Guarded) -> str:
    """A new message of the mailbox."""
    office.m365.control.receive_many(office.address, [{"subject": "Rundbrief", "html": "<p>Neues</p>"}])
    office.pull()
    return newest(office)["blobId"]


def newest(office: Guarded) -> Any:
    asked = [
        ["Email/query", {"accountId": office.account, "sort": [{"property": "receivedAt"}]}, "q"],
        ["Email/get", {"accountId": office.account, "#ids": REF, "properties": ["blobId"]}, "g"],
    ]
    body = {"using": ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"], "methodCalls": asked}
    return office.anna.post("/jmap/api", body).json["methodResponses"][1][1]["list"][-1]


REF = {"resultOf": "q", "name": "Email/query", "path": "/ids"}


def show(office: Guarded, blob: str, url: str, who: Client | None = None) -> Answer:
    body = {"blob": blob, "url": url}
    return (who or office.anna).post(f"/api/mailboxes/{office.account}/pictures", body)


def asked(abroad: PushService, path: str) -> int:
    return abroad.box(path).qsize()


def test_a_picture_is_fetched_once_for_all_who_read(office: Guarded, abroad: PushService, blob: str) -> None:
    """As nobody: no cookie, no page it stands on, no language; and nothing of it may run here."""
    first = show(office, blob, f"{abroad.url}/logo.png?to=anna")
    abroad.files["/logo.png?to=anna"] = PNG
    assert (first.status, first.code) == (404, "no_picture")
    url = f"{abroad.url}/logo.png"
    shown = [show(office, blob, url), show(office, blob, url, office.tom), show(office, blob + "-p1", url)]
    assert [(one.status, one.body, one.headers["content-type"]) for one in shown] == [
        (200, PNG, "image/png")
    ] * 3
    assert asked(abroad, "/logo.png") == 1
    headers = abroad.box("/logo.png").get().headers
    assert not headers.keys() & {"cookie", "referer", "accept-language", "authorization"}
    assert shown[0].headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert (shown[0].headers["x-content-type-options"], shown[0].headers["cache-control"]) == (
        "nosniff",
        "no-store",
    )


def test_what_is_not_there_is_not_asked_for_again_at_once(
    office: Guarded, abroad: PushService, blob: str
) -> None:
    """A counter learns of one look, not of each; later it is tried again."""
    url = f"{abroad.url}/late.png"
    assert [show(office, blob, url).code for _ in range(2)] == ["no_picture"] * 2
    abroad.files["/late.png"] = PNG
    assert show(office, blob, url).status == 404
    assert asked(abroad, "/late.png") == 1
    office.server.clock.advance(601)
    assert show(office, blob, url).body == PNG


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("page", b"<!doctype html><script>alert(1)</script>"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        ("too-large.png", PNG + bytes(10_000_000)),
        ("empty", b""),
    ],
)
def test_what_is_no_picture_is_not_passed_on(
    office: Guarded, abroad: PushService, blob: str, name: str, octets: bytes
) -> None:
    """Whatever it is called; and it is not kept."""
    abroad.files[f"/{name}"] = octets
    abroad.answers[f"/{name}"] = (200, {"Content-Type": "image/png"})
    assert show(office, blob, f"{abroad.url}/{name}").code == "no_picture"


def test_it_is_followed_where_it_has_moved_but_not_for_ever_and_not_inwards(
    office: Guarded, abroad: PushService, blob: str
) -> None:
    """Each step is judged as the first one is."""
    abroad.answers["/moved"] = (302, {"Location": "logo.png#top"})
    abroad.answers["/round"] = (301, {"Location": "/round"})
    inwards = [
        "https://10.0.0.1/x.png",
        "https://[::1]/x.png",
        "file:///etc/passwd",
        "http://169.254.169.254/x",
    ]
    for number, target in enumerate(inwards):
        abroad.answers[f"/inwards{number}"] = (307, {"Location": target})
    assert show(office, blob, f"{abroad.url}/moved").body == PNG
    for path in ["/round", *(f"/inwards{number}" for number in range(len(inwards)))]:
        assert show(office, blob, abroad.url + path).code == "no_picture"
    assert asked(abroad, "/round") == 5


def test_only_addresses_of_the_internet_are_asked(office: Guarded, blob: str) -> None:
    """Nor those that only look like it."""
    for url in [
        "http://127.0.0.1/x.png", "https://10.1.2.3/x.png", "https://localhost.localdomain/x.png",
        "https://user:secret@bilder.example/x.png", "ftp://bilder.example/x.png", "https://0x7f000001/x.png",
        "https://[::ffff:10.0.0.1]/x.png", "x.png", "", "https://bilder.example/" + "x" * 4_000,
    ]:  # fmt: skip
        assert show(office, blob, url).code == "no_picture", url


def test_pictures_are_of_a_message_that_one_may_read(office: Guarded, abroad: PushService, blob: str) -> None:
    """And stay so: those that are kept, too."""
    url = f"{abroad.url}/logo.png"
    assert show(office, blob, url).status == 200
    assert show(office, "bm999999", url).code == "no_such_part"
    assert show(office, "bu1", url).code == "no_such_part"
    office.sabine.delete(f"/api/accounts/{office.account}/users/u3")
    assert show(office, blob, url, office.tom).code == "no_such_account"
    assign(office.sabine, office.account, "u3")
