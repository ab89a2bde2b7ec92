"""Octets within method calls. Source: RFC 9404, RFC 8620 §6.3."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from tests.flow.jmap.client import CORE, MAIL, Json
from tests.flow.jmap.conftest import Desk, attachment, new_desk
from tests.flow.jmap.office import Office

BLOB = "urn:ietf:params:jmap:blob"
QUICK = "The quick brown fox jumped over the lazy dog."


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    return new_desk(
        office, {"subject": "Mit Datei", "attachments": [attachment("a.bin", "x/y", b"\xff\x00A")]}
    )


def run(desk: Desk, *calls: tuple[str, Json]) -> list[Json]:
    """The answers of one request, all of them in this account."""
    made = [(name, {"accountId": desk.account, **args}, str(n)) for n, (name, args) in enumerate(calls)]
    answers = desk.anna.request(*made, using=[CORE, MAIL, BLOB])["methodResponses"]
    return [{"error": answer["type"]} if name == "error" else answer for name, answer, _ in answers]


def upload(desk: Desk, *data: Json, **more: object) -> Json:
    """The answer for one blob: what was made, or why not."""
    [answer] = run(desk, ("Blob/upload", {"create": {"b": {"data": list(data), **more}}}))
    return dict((answer["created"] or answer["notCreated"])["b"])


def test_the_session_tells_what_can_be_done_with_blobs(own: Desk) -> None:
    """Source: RFC 9404 §3.1."""
    session = own.anna.ok("GET", "/jmap/session")
    of_account = session["accounts"][own.account]["accountCapabilities"][BLOB]

    assert session["capabilities"][BLOB] == {}
    assert of_account["maxDataSources"] >= 64
    assert set(of_account["supportedTypeNames"]) == {"Email", "Mailbox", "Thread"}
    assert {"sha", "sha-256"} <= set(of_account["supportedDigestAlgorithms"])


def test_a_blob_is_made_of_texts_octets_and_other_blobs(own: Desk) -> None:
    """In one request: made, made of parts of those before, and read."""
    sources = [
        {"data:asText": "How"},
        {"blobId": "#quick", "offset": 3, "length": 7},
        {"data:asBase64": b64encode(b"was t").decode()},
        {"blobId": "#quick", "offset": 1, "length": 1},
        {"data:asBase64": b64encode(b"at?").decode()},
    ]
    made, got = run(
        own,
        (
            "Blob/upload",
            {
                "create": {
                    "quick": {"data": [{"data:asText": QUICK}], "type": "text/plain"},
                    "mixed": {"data": sources},
                }
            },
        ),
        ("Blob/get", {"ids": ["#mixed", "#quick", "bx"], "properties": ["data:asText", "size"]}),
    )
    quick, mixed = made["created"]["quick"], made["created"]["mixed"]

    assert (quick["type"], quick["size"]) == ("text/plain", len(QUICK))
    assert mixed["type"] == "application/octet-stream"
    assert got["list"] == [
        {"id": mixed["id"], "data:asText": "How quick was that?", "size": 19},
        {"id": quick["id"], "data:asText": QUICK, "size": len(QUICK)},
    ]
    assert got["notFound"] == ["bx"]
    assert own.anna.download(own.account, mixed["id"]).body == b"How quick was that?"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, {"data:asText": QUICK, "size": 45}),
        ({"properties": ["data:asBase64"]}, {"data:asBase64": b64encode(QUICK.encode()).decode()}),
        ({"properties": ["data"], "offset": 4, "length": 5}, {"data:asText": "quick"}),
        ({"properties": ["data"], "offset": 40, "length": 9}, {"data:asText": " dog.", "isTruncated": True}),
        (
            {"properties": ["data", "size"], "offset": 99},
            {"data:asText": "", "size": 45, "isTruncated": True},
        ),
        (
            {"properties": ["digest:sha", "digest:sha-256"], "offset": 4, "length": 5},
            {
                "digest:sha": b64encode(hashlib.sha1(b"quick").digest()).decode(),
                "digest:sha-256": b64encode(hashlib.sha256(b"quick").digest()).decode(),
            },
        ),
    ],
)
def test_a_blob_is_read_whole_or_in_part(own: Desk, asked: Json, told: Json) -> None:
    """The size is always that of the whole. Source: RFC 9404 §4.2."""
    blob = upload(own, {"data:asText": QUICK})["id"]
    [got] = run(own, ("Blob/get", {"ids": [blob], **asked}))

    assert got["list"] == [{"id": blob, **told}]


def test_what_is_no_text_comes_as_base64(own: Desk) -> None:
    """Also where a range cuts a character; asked for as text it is null, and that is said."""
    blob = upload(own, {"data:asBase64": b64encode("Grüße".encode()).decode()})["id"]
    cut = b64encode("Grü".encode()[:3]).decode()
    asked = [{"properties": ["data"]}, {"properties": ["data:asText"]}]
    as_data, as_text = run(own, *(("Blob/get", {"ids": [blob], "length": 3, **p}) for p in asked))

    assert as_data["list"] == [{"id": blob, "data:asBase64": cut, "isEncodingProblem": True}]
    assert as_text["list"] == [{"id": blob, "data:asText": None, "isEncodingProblem": True}]


@pytest.mark.parametrize(
    ("sources", "error"),
    [
        ([{"data:asBase64": "###"}], "invalidProperties"),
        ([{"data:asText": "a", "data:asBase64": "YQ=="}], "invalidProperties"),
        ([{}], "invalidProperties"),
        ([{"blobId": "bu999999"}], "blobNotFound"),
        ([{"blobId": "#later"}], "blobNotFound"),
        ([{"data:asText": "a"}] * 65, "tooLarge"),
    ],
)
def test_a_blob_that_cannot_be_made_is_refused(own: Desk, sources: list[Json], error: str) -> None:
    assert upload(own, *sources)["type"] == error


def test_a_blob_of_no_sources_is_empty(own: Desk) -> None:
    """Source: RFC 9404 §4.1 (data)."""
    assert upload(own)["size"] == 0


def test_a_range_beyond_the_end_is_refused(own: Desk) -> None:
    """A blob of fewer octets than its maker believes would be a broken file."""
    blob = upload(own, {"data:asText": "abc"})["id"]

    for part in ({"offset": 4}, {"offset": 1, "length": 3}, {"length": 4}):
        assert upload(own, {"blobId": blob, **part})["type"] == "invalidProperties"
    assert upload(own, {"blobId": blob, "offset": 3})["size"] == 0


def test_a_blob_is_looked_up_in_messages_threads_and_folders(own: Desk) -> None:
    """A message's octets and its parts' belong to it; an upload to nothing yet."""
    [email] = own.anna.emails(
        own.account, own.anna.query_all(own.account), "blobId", "attachments", "threadId", "mailboxIds"
    )
    part, mine = email["attachments"][0]["blobId"], upload(own, {"data:asText": "x"})["id"]
    asked = {"ids": [part, email["blobId"], mine, "bm999999", "bu999999", "x"]}
    [got] = run(own, ("Blob/lookup", {"typeNames": ["Email", "Thread", "Mailbox"], **asked}))
    matched = {"Email": [email["id"]], "Thread": [email["threadId"]], "Mailbox": [*email["mailboxIds"]]}

    assert [item["matchedIds"] for item in got["list"]] == [
        matched,
        matched,
        {"Email": [], "Thread": [], "Mailbox": []},
    ]
    assert got["notFound"] == ["bm999999", "bu999999", "x"]
    [wrong] = run(own, ("Blob/lookup", {"typeNames": ["Note"], **asked}))
    assert wrong == {"error": "unknownDataType"}


def test_a_blob_is_copied_to_another_account(office: Office, own: Desk) -> None:
    """It is an upload there; both accounts must be the user's. Source: RFC 8620 §6.3."""
    other = new_desk(office)
    [email] = own.anna.emails(own.account, own.anna.query_all(own.account), "attachments")
    part = email["attachments"][0]["blobId"]
    args: Json = {"fromAccountId": own.account, "accountId": other.account, "blobIds": [part, "bm999999"]}
    copied = own.anna.call("Blob/copy", **args)

    assert own.anna.download(other.account, copied["copied"][part]).body == b"\xff\x00A"
    assert copied["notCopied"]["bm999999"]["type"] == "notFound"
    assert own.anna.refusal("Blob/copy", **{**args, "fromAccountId": "a999"}) == "fromAccountNotFound"
    assert own.anna.refusal("Blob/copy", **{**args, "accountId": "a999"}) == "accountNotFound"
    assert own.anna.refusal("Blob/copy", **{**args, "accountId": own.account}) == "invalidArguments"


def test_blobs_of_a_mailbox_are_for_its_users_alone(office: Office, own: Desk) -> None:
    """Nobody else reads, makes or finds any; and a reader makes none."""
    stranger = office.person("fremd")
    blob = upload(own, {"data:asText": "x"})["id"]
    for name, args in (
        ("Blob/get", {"ids": [blob]}),
        ("Blob/lookup", {"typeNames": [], "ids": [blob]}),
        ("Blob/upload", {"create": {}}),
    ):
        call = (name, {"accountId": own.account, **args}, "0")
        [[kind, answer, _]] = stranger.request(call, using=[CORE, BLOB])["methodResponses"]
        assert (kind, answer["type"]) == ("error", "accountNotFound")


def test_a_blob_made_in_the_same_request_goes_into_a_draft(own: Desk) -> None:
    """By its creation id."""
    drafts = own.anna.folder(own.account, "drafts")["id"]
    part = {"blobId": "#file", "name": "n.txt", "type": "text/plain"}
    draft = {"mailboxIds": {drafts: True}, "keywords": {"$draft": True}, "attachments": [part]}
    _, made = run(
        own,
        ("Blob/upload", {"create": {"file": {"data": [{"data:asText": "Notiz"}]}}}),
        ("Email/set", {"create": {"d": draft}}),
    )
    [email] = own.anna.emails(own.account, [made["created"]["d"]["id"]], "attachments")

    assert own.anna.download(own.account, email["attachments"][0]["blobId"]).body == b"Notiz"


def test_an_upload_whose_octets_were_lost_is_not_there(office: Office, own: Desk) -> None:
    """Said before anything is sent: not half an answer."""
    octets = b"verloren-8a41"
    blob = upload(own, {"data:asText": octets.decode()})["id"]
    assert office.server.lose_octets(holding=octets) == 1
    [got] = run(own, ("Blob/get", {"ids": [blob]}))

    assert (got["list"], got["notFound"]) == ([], [blob])
    assert own.anna.download(own.account, blob).status == 404


def test_parts_of_a_large_message_are_not_all_held_at_once(own: Desk, office: Office) -> None:
    """A blob made of one octet of each: what is in memory is one of them, not all."""
    letter = b"Subject: x\r\nContent-Type: application/octet-stream\r\n\r\n" + b"x" * 20_000_000
    brought = own.anna.post(f"/jmap/upload/{own.account}/", letter).json["blobId"]
    part = f"{brought}-p1"
    before = office.server.peak_octets()

    made = upload(own, *[{"blobId": part, "offset": 5, "length": 1}] * 40)

    assert made["size"] == 40
    assert office.server.peak_octets() - before < 400_000_000


def test_a_message_is_read_once_for_all_its_parts(own: Desk) -> None:
    """However many are asked for at once: together they would be far more than one request reads."""
    parts = b"".join(b"--b\r\n\r\nPart %d\r\n" % n for n in range(60))
    filler = b"--b\r\nContent-Type: application/pdf\r\n\r\n" + b"x" * 19_000_000
    letter = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + parts + filler + b"\r\n--b--\r\n"
    brought = own.anna.post(f"/jmap/upload/{own.account}/", letter).json["blobId"]
    ids = [f"{brought}-p{n}" for n in range(2, 62)]

    [got] = run(
        own, ("Blob/get", {"ids": [*ids, f"{brought}-p99"], "properties": ["data:asText", "digest:sha"]})
    )

    assert [one["data:asText"] for one in got["list"]] == [f"Part {n}" for n in range(60)]
    assert got["list"][7]["digest:sha"] == b64encode(hashlib.sha1(b"Part 7").digest()).decode()
    assert got["notFound"] == [f"{brought}-p99"]


def test_a_part_of_a_message_within_a_message_is_read(own: Desk) -> None:
    """Beside parts of the outer one, and a range of each."""
    inner = b"Subject: innen\r\n\r\nInnerer Text"
    letter = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nText\r\n"
        b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--\r\n"
    )
    brought = own.anna.post(f"/jmap/upload/{own.account}/", letter).json["blobId"]
    ids = [f"{brought}-p2", f"{brought}-p3-p1", f"{brought}-p3", f"{brought}-p3-p9"]
    [got] = run(own, ("Blob/get", {"ids": ids, "offset": 2, "length": 3, "properties": ["data", "size"]}))
    told = [(one["data:asText"], one["size"], "isTruncated" in one) for one in got["list"]]
    assert told == [("xt", 4, True), ("ner", 12, False), ("bje", len(inner), False)]
    assert got["notFound"] == ids[3:]
