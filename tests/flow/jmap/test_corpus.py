"""Real and malformed messages: each is listed, opens, and gives its parts; none breaks the list."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.flow.jmap.client import CORE, MAIL, Json
from tests.flow.jmap.conftest import Desk
from tests.flow.jmap.office import ROOT, Office

CORPUS = ROOT.parent / "shared" / "corpus"
FILES = sorted(p for p in CORPUS.rglob("*") if p.suffix in {".eml", ".mbox"}) if CORPUS.is_dir() else []

pytestmark = pytest.mark.skipif(
    not FILES, reason="the folder ../shared/corpus with real messages is not here"
)


@pytest.fixture(scope="module")
def loaded(office: Office) -> tuple[Desk, dict[str, Path]]:
    """A mailbox holding every file that the simulator could load, and the file of each message."""
    control = office.simulator.control
    address = office.simulator.new_mailbox("corpus")
    remote: dict[str, Path] = {}
    for file in FILES:
        for made in control.receive_mime(address, file.read_bytes()):
            remote[made] = file
    account = office.connect(address)
    anna = office.person("anna")
    desk = Desk(office, address, account, anna)
    _wait(desk, len(remote))
    return desk, remote


def _wait(desk: Desk, count: int) -> None:
    from tests.flow.jmap.client import eventually

    eventually(lambda: len(desk.anna.query_all(desk.account)) == count)


def test_every_file_is_listed(loaded: tuple[Desk, dict[str, Path]]) -> None:
    """As many messages as files, each with a date, and the list in order."""
    desk, remote = loaded
    ids = desk.anna.query_all(desk.account)
    emails = desk.anna.emails(
        desk.account, ids, "subject", "from", "to", "receivedAt", "preview", "keywords", "size"
    )
    dates = [e["receivedAt"] for e in emails]

    assert len(emails) == len(remote) == len(FILES)
    assert dates == sorted(dates, reverse=True)
    assert all(isinstance(e["subject"], str) and isinstance(e["preview"], str) for e in emails)


def test_every_file_opens(loaded: tuple[Desk, dict[str, Path]]) -> None:
    """Body, attachment list, every attachment, and the message as MIME can be had."""
    desk, _ = loaded
    problems: list[str] = []
    for message in desk.anna.query_all(desk.account):
        got = desk.anna.call(
            "Email/get",
            accountId=desk.account,
            ids=[message],
            properties=[
                "subject",
                "blobId",
                "bodyValues",
                "htmlBody",
                "attachments",
                "poststelle:isComplete",
            ],
            fetchAllBodyValues=True,
        )["list"][0]
        problems += _problems(desk, got)

    assert problems == []


def _problems(desk: Desk, email: Json) -> list[str]:
    found = []
    [part] = email["htmlBody"]
    if not isinstance(email["bodyValues"][part["partId"]]["value"], str):
        found.append(f"{email['subject']}: no text")
    if not email["poststelle:isComplete"]:
        found.append(f"{email['subject']}: the attachments are not listed")
    for blob, what in [(email["blobId"], "MIME"), *((a["blobId"], a["name"]) for a in email["attachments"])]:
        answer = desk.anna.download(desk.account, blob)
        is_said = answer.headers.get("content-type") == "application/problem+json"
        if answer.status != 200 and not (is_said and answer.json["detail"]):
            found.append(f"{email['subject']}: {what} answers {answer.status}")
    return found


def test_every_file_tells_its_header_and_its_parts(loaded: tuple[Desk, dict[str, Path]]) -> None:
    """All in one call, by a client that knows the RFCs alone; each part can be downloaded."""
    desk, remote = loaded
    properties = [
        "headers",
        "bodyStructure",
        "textBody",
        "attachments",
        "bodyValues",
        "header:To:asAddresses",
    ]
    args = {"accountId": desk.account, "ids": desk.anna.query_all(desk.account), "properties": properties}
    call = ("Email/get", {**args, "fetchAllBodyValues": True}, "0")
    [[_, answer, _]] = desk.anna.request(call, using=[CORE, MAIL])["methodResponses"]

    assert len(answer["list"]) == len(remote)
    for email in answer["list"]:
        leaves = [part for part in _parts(email["bodyStructure"]) if "subParts" not in part]
        texts = {part["partId"] for part in leaves if part["type"].startswith("text/")}
        assert email["headers"] and set(email["bodyValues"]) == texts
        for part in leaves:
            octets = desk.anna.download(desk.account, part["blobId"])
            assert (octets.status, len(octets.body)) == (200, part["size"])


def _parts(part: Json) -> list[Json]:
    return [part, *(one for inner in part.get("subParts", ()) for one in _parts(inner))]


def test_the_octets_are_those_of_the_file(loaded: tuple[Desk, dict[str, Path]]) -> None:
    """A message downloaded as MIME is the file that was loaded."""
    desk, _ = loaded
    files = {p.read_bytes() for p in FILES}
    emails = desk.anna.emails(desk.account, desk.anna.query_all(desk.account), "blobId")
    downloaded = {desk.anna.download(desk.account, e["blobId"]).body for e in emails}

    assert len(downloaded - files) == 0
