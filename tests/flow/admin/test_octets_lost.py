"""The server itself where octets are gone, for a moment or for good: what waits, what heals, what it says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.admin.test_backup import Site
from tests.flow.admin.test_object_storage import (
    MARK,
    archived,
    connected,
    files_below,
    files_of,
    simulator,
    warned,
)
from tests.flow.jmap.client import Json, eventually
from tests.flow.jmap.conftest import Desk, attachment
from tests.flow.jmap.office import Office
from tests.flow.jmap.test_internal import Shelf, new_shelf, rich
from tests.flow.jmap.test_sending import create, submit, upload
from tests.flow.sim import Simulator
from tests.gateway import Gateway, Mode, running_gateway
from tests.s3 import S3

__all__ = ["simulator"]


@pytest.fixture
def gateway(s3: S3) -> Iterator[Gateway]:
    with running_gateway(s3) as it:
        yield it


def with_file(desk: Desk) -> Json:
    """A file that was brought, as a draft names it."""
    file = upload(desk.anna, desk.account, b"Anlage", "application/octet-stream")
    return {"blobId": file["blobId"], "type": file["type"], "name": "Anlage.bin"}


def while_it_is_away(office: Office, desk: Desk, shelf: Shelf, brought: str, file: Json, why: str) -> None:
    """Reading and storing are put off, a letter with a file waits, and administrators are warned."""
    blob = shelf.email(brought, "blobId")["blobId"]
    about = {"Content-Type": "text/plain"}
    answers = [
        shelf.anna.get(f"/jmap/download/{shelf.account}/{blob}/x?accept=message/rfc822"),
        desk.anna.send("POST", f"/jmap/upload/{desk.account}/", b"neu", about),
        shelf.anna.send("POST", f"/jmap/upload/{shelf.account}/", rich(), about),
    ]
    assert [(one.status, one.headers.get("retry-after")) for one in answers] == [(503, "30")] * 3
    submit(desk, emailId=create(desk, subject="Mit Anlage", attachments=[file])["id"])
    assert eventually(lambda: warned(office)) == [why]
    submit(desk, emailId=create(desk, subject="Ohne Anlage")["id"])
    sent = eventually(lambda: office.simulator.control.sent(desk.address))
    assert [one["subject"] for one in sent] == ["Ohne Anlage"]


def when_it_is_back(office: Office, desk: Desk, shelf: Shelf, ids: dict[str, bytes]) -> None:
    """All that waited is done; nothing was taken back."""
    eventually(lambda: len(office.simulator.control.sent(desk.address)) == 2, timeout_s=90)
    eventually(lambda: not warned(office))
    for id_, octets in ids.items():
        assert shelf.anna.download(shelf.account, shelf.email(id_, "blobId")["blobId"]).body == octets
    assert desk.anna.ok("GET", f"/api/mailboxes/{desk.account}/notices")["notices"] == []


def test_a_folder_that_is_unmounted_for_a_moment(tmp_path: Path, simulator: Simulator) -> None:
    """The mount point is an empty folder meanwhile: nothing is put there, and nothing counts as lost."""
    shared, away = tmp_path / "shared", tmp_path / "the-file-system"
    shared.mkdir()
    site = Site(tmp_path / "site", more={"POSTSTELLE_BLOBS": str(shared), "POSTSTELLE_BLOBS_CACHE_MB": "0"})
    letters = [rich(), rich()]
    with site.serving(simulator) as office:
        desk, shelf = connected(office, {"subject": "Hallo"}), new_shelf(office)
        [first] = shelf.bring(letters[0])
        file = with_file(desk)
        shared.rename(away)
        shared.mkdir()
        while_it_is_away(office, desk, shelf, first, file, "unmarked")
        assert files_below(shared) == []
        shared.rename(tmp_path / "below")
        away.rename(shared)
        [second] = eventually(lambda: brought(shelf, letters[1]))
        when_it_is_back(office, desk, shelf, {first: letters[0], second: letters[1]})


def brought(shelf: Shelf, letter: bytes) -> list[str]:
    """The id of a message, or nothing as long as it can't be stored."""
    try:
        return shelf.bring(letter)
    except AssertionError:
        return []


def test_a_gateway_without_a_backend_is_no_storage(
    tmp_path: Path, gateway: Gateway, s3: S3, simulator: Simulator
) -> None:
    """Its 404 does not say that an object is gone: letters wait, and go in the end."""
    site = Site(tmp_path / "site", more=gateway.environ(s3.bucket()))
    letter = rich()
    with site.serving(simulator) as office:
        desk, shelf = connected(office, {"subject": "Hallo"}), new_shelf(office)
        office.admin.ok("PUT", f"/api/archives/{desk.account}", {"is_on": True, "with_old": True})
        eventually(lambda: archived(office, desk.account) == 1)
        [id_] = shelf.bring(letter)
        file = with_file(desk)
        gateway.mode = Mode.NO_BACKEND
        while_it_is_away(office, desk, shelf, id_, file, "unreachable")
        gateway.mode = Mode.PASS
        when_it_is_back(office, desk, shelf, {id_: letter})
        eventually(lambda: archived(office, desk.account) >= 3, timeout_s=90)


def test_what_the_storage_has_lost_is_fetched_or_brought_again(
    tmp_path: Path, s3: S3, simulator: Simulator
) -> None:
    """Microsoft still has the attachment. Whoever has the message of an internal mailbox may bring it again;
    until then it is said to be lost here, not at Microsoft."""
    bucket, letter = s3.bucket(), rich()
    site = Site(tmp_path / "site", more={**s3.environ(bucket), "POSTSTELLE_BLOBS_CACHE_MB": "0"})
    plan = attachment("Plan.bin", "application/octet-stream", b"x" * 5000)
    with site.serving(simulator) as office:
        desk, shelf = connected(office, {"subject": "Mit Plan", "attachments": [plan]}), new_shelf(office)
        [with_plan] = desk.anna.query_all(desk.account)
        assert files_of(desk.anna, desk.account, with_plan) == [b"x" * 5000]
        [id_] = shelf.bring(letter)
        for name in s3.names(bucket):
            if MARK not in name:
                s3.destroy(bucket, name)
        assert files_of(desk.anna, desk.account, with_plan) == [b"x" * 5000]
        told = shelf.email(id_, "blobId", "attachments")
        for blob in (told["blobId"], told["attachments"][0]["blobId"]):
            answer = shelf.anna.get(f"/jmap/download/{shelf.account}/{blob}/x?accept=message/rfc822")
            assert (answer.status, "This server has lost" in answer.json["detail"]) == (410, True)
        shelf.bring(letter)
        assert shelf.anna.download(shelf.account, told["blobId"]).body == letter
