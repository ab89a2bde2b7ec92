"""Downloads: attachments, whole messages, and hostile parts that no browser may run."""

from __future__ import annotations

import email
from email.policy import default as modern
from io import BytesIO
from urllib.parse import quote
from zipfile import ZipFile

import pytest
from tests.flow.jmap.client import Json, eventually
from tests.flow.jmap.conftest import PNG, Desk, attachment, new_desk
from tests.flow.jmap.office import Office

SCRIPT = b"<script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
FILES = {
    "Exposé Größe.pdf": ("application/pdf", b"%PDF-1.4 invented"),
    "Notiz.txt": ("text/plain", "Grüße".encode()),
    "alt.txt": ('text/plain; charset="ISO-8859-1"', "Grüße".encode("latin-1")),
    "fremd.txt": ("text/plain; charset=utf-7", b"+ADw-script+AD4-"),
    "logo.png": ("image/png", PNG),
    "seite.html": ("text/html", SCRIPT),
    "bild.svg": ("image/svg+xml", SVG),
    "daten.xml": ("application/xml", b"<a/>"),
    "skript.js": ("text/javascript", b"alert(1)"),
    'b\u00f6se"; x=.exe': ("application/x-msdownload", b"MZ" + bytes(range(256)) * 40),
    "leer.bin": ("application/octet-stream", b""),
    "typ.bin": ("text/html; charset=utf-8", SCRIPT),
}
HARMLESS = {"Exposé Größe.pdf", "Notiz.txt", "alt.txt", "fremd.txt", "logo.png"}


@pytest.fixture(scope="module")
def own(office: Office) -> Desk:
    """A mailbox with one message that carries everything, and another one attached."""
    parts = [attachment(name, type_, octets) for name, (type_, octets) in FILES.items()]
    inner = {"name": "Weitergeleitet", "message": {"subject": "Innen", "text": "innerer Text"}}
    return new_desk(
        office,
        {"subject": "Alles", "html": "<p>Guten Tag</p>" + SCRIPT.decode(), "attachments": [*parts, inner]},
    )


@pytest.fixture(scope="module")
def message(own: Desk) -> Json:
    """The message with its parts."""
    [one] = own.anna.emails(
        own.account, own.anna.query_all(own.account), "blobId", "attachments", "htmlBody", "size"
    )
    return one


@pytest.fixture(scope="module")
def parts(message: Json) -> dict[str, Json]:
    """The attachments by name."""
    return {part["name"]: part for part in message["attachments"]}


@pytest.mark.parametrize("name", FILES)
def test_an_attachment_comes_octet_for_octet(own: Desk, parts: dict[str, Json], name: str) -> None:
    """Twice the same (fetched, then kept), and with its true length."""
    for _ in range(2):
        answer = own.anna.download(own.account, parts[name]["blobId"], name)
        assert answer.status == 200
        assert answer.body == FILES[name][1]
        assert answer.headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Notiz.txt", "text/plain"),
        ("alt.txt", "text/plain; charset=iso-8859-1"),
        ("fremd.txt", "text/plain"),
        ("logo.png", "image/png"),
    ],
)
def test_no_character_set_is_claimed_that_is_not_known(
    own: Desk, parts: dict[str, Json], name: str, told: str
) -> None:
    """A text without one may be anything; one that no mail program uses is not handed on."""
    answer = own.anna.download(own.account, parts[name]["blobId"], name, inline="1")

    assert (answer.headers["content-type"], answer.body) == (told, FILES[name][1])


@pytest.mark.parametrize("name", FILES)
def test_no_part_can_run_in_a_browser(own: Desk, parts: dict[str, Json], name: str) -> None:
    """Never sniffed, never of our origin's rights; only pictures, PDF and plain text are shown at all."""
    for query in ({}, {"inline": "1"}, {"inline": "1", "accept": "text/html"}, {"accept": "text/html"}):
        headers = own.anna.download(own.account, parts[name]["blobId"], name, **query).headers
        is_shown = headers["content-disposition"].startswith("inline")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("sandbox")
        assert "allow-scripts" not in headers["content-security-policy"]
        assert is_shown == (name in HARMLESS and "inline" in query)
        if is_shown:
            assert headers["content-type"].partition(";")[0] == FILES[name][0].partition(";")[0]


def test_a_file_name_goes_into_the_header_whole(own: Desk, parts: dict[str, Json]) -> None:
    """Umlauts are encoded, quotes left out: no system takes them, and nothing can break out of the header."""
    name = 'b\u00f6se"; x=.exe'
    headers = own.anna.download(own.account, parts[name]["blobId"], name).headers

    assert headers["content-disposition"] == "attachment; filename*=UTF-8''b%C3%B6se%20%3B%20x%3D.exe"


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("Angebot 12/2026.pdf", "Angebot 12 2026.pdf"),
        ("../../../etc/passwd", "etc passwd"),
        ("C:\\Temp\\x.pdf", "C Temp x.pdf"),
        ("rechnung\u202efdp.exe", "rechnung fdp.exe"),
        ("Con.pdf", "_Con.pdf"),
        ("contract.pdf", "contract.pdf"),
        ("a\tSet-Cookie: x=1", "a Set-Cookie x=1"),
        ("line\r\nbreak.txt", "line break.txt"),
        ("line\u2028break.txt", "line break.txt"),
        ("///", "file"),
        ("x" * 400 + ".pdf", "x" * 147 + ".pdf"),
    ],
)
def test_any_name_can_be_downloaded(own: Desk, parts: dict[str, Json], name: str, saved: str) -> None:
    """Invoices have slashes in their names; what is saved has no path, no line end, no turned writing."""
    answer = own.anna.download(own.account, parts["Notiz.txt"]["blobId"], name)

    assert answer.status == 200
    plain = f'filename="{saved}"; ' if saved.isascii() and "=" not in saved else ""
    told = f"attachment; {plain}filename*=UTF-8''{quote(saved, safe='')}"
    assert answer.headers["content-disposition"] == told


def test_all_files_come_as_one_archive(own: Desk, parts: dict[str, Json], message: Json) -> None:
    """Octet for octet, in the order asked for, each once, under names that every system takes; asked whether
    it has changed, nothing is sent."""
    wanted = ["leer.bin", 'b\u00f6se"; x=.exe', "Exposé Größe.pdf", "Weitergeleitet", "leer.bin"]
    blobs = ",".join(parts[name]["blobId"] for name in wanted)
    path = f"/jmap/archive/{own.account}/{message['id']}/Alles%3A%20%2e%2e%2f.zip?files={blobs}"
    answer = own.anna.get(path)
    with ZipFile(BytesIO(answer.body)) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}

    exe = FILES['b\u00f6se"; x=.exe'][1]
    assert list(found) == ["leer.bin", "b\u00f6se ; x=.exe", "Exposé Größe.pdf", "Weitergeleitet.eml"]
    assert list(found.values())[:3] == [b"", exe, FILES["Exposé Größe.pdf"][1]]
    assert b"innerer Text" in found["Weitergeleitet.eml"]
    told = answer.headers
    assert (told["content-type"], told["content-disposition"]) == (
        "application/zip",
        "attachment; filename=\"Alles.zip\"; filename*=UTF-8''Alles.zip",
    )
    assert own.anna.get(path, **{"If-None-Match": told["etag"]}).status == 304


def test_an_archive_has_files_of_its_message_alone(own: Desk, message: Json, parts: dict[str, Json]) -> None:
    """What is no attachment of it, is not there, or is somebody else's: 404 for all of it."""
    there, whole = parts["Notiz.txt"]["blobId"], message["blobId"]
    base = f"/jmap/archive/{own.account}/{message['id']}"
    wrong = ["", whole, f"{whole}-t", f"{whole}-99", f"{there},bm999999-0", f"{there},", "bu1", f"{whole}-p1"]
    told = {own.anna.get(f"{base}/x.zip?files={files}").status for files in wrong}
    others = [f"/jmap/archive/{own.account}/m999999/x.zip", "/jmap/archive/a9999/m1/x.zip"]
    told |= {own.anna.get(f"{path}?files={there}").status for path in others}

    assert told == {404}
    assert own.office.person("ben").get(f"{base}/x.zip?files={there}").status == 404


def test_the_whole_message_comes_as_mime(own: Desk, message: Json) -> None:
    """The message's blob is RFC 5322 with all its parts."""
    answer = own.anna.download(own.account, message["blobId"], "alles.eml", accept="message/rfc822")
    parsed = email.message_from_bytes(answer.body, policy=modern)

    assert parsed["subject"] == "Alles"
    assert {p.get_filename() for p in parsed.walk()} >= {"Exposé Größe.pdf", "logo.png"}
    assert answer.headers["content-disposition"].startswith("attachment")


def test_an_attached_message_comes_as_mime(own: Desk, parts: dict[str, Json]) -> None:
    """A message within the message can be saved and opened by itself."""
    part = parts["Weitergeleitet"]
    parsed = email.message_from_bytes(own.anna.download(own.account, part["blobId"]).body, policy=modern)

    assert part["type"] == "message/rfc822"
    assert parsed["subject"] == "Innen"


def test_the_text_part_comes_as_it_is_stored(own: Desk, message: Json) -> None:
    """The HTML of the message is only ever saved, never shown by itself."""
    answer = own.anna.download(own.account, message["htmlBody"][0]["blobId"], "text.html", inline="1")

    assert b"Guten Tag" in answer.body
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "blob",
    [
        "",
        "x",
        "bm",
        "bm9999999",
        "bm9999999-0",
        "{own}-999",
        "{own}-x",
        "{own}--1",
        "{own}-00",
        "..%2f",
    ],
)
def test_what_is_not_there_is_not_found(own: Desk, message: Json, blob: str) -> None:
    """Ids of nothing, broken ids and paths: 404, all alike."""
    path = blob.replace("{own}", message["blobId"])
    answer = own.anna.get(f"/jmap/download/{own.account}/{path}/x")

    assert answer.status in {404, 200}
    if answer.status == 200:
        assert answer.headers["content-type"].startswith("text/html"), "only the page of the web UI"


def test_a_part_that_cannot_be_fetched_says_so(own: Desk) -> None:
    """While Microsoft does not answer the answer is 503, and once its pause is over the part comes."""
    sent = own.receive(subject="Später", attachments=[{"name": "spät.txt", "text": "da"}])
    own.settled()
    [found] = own.anna.emails(own.account, [own.id_of(sent)], "attachments", "blobId")
    control = own.office.simulator.control
    control.fail_next(
        "GET", "*value*", status=503, code="ServiceUnavailable", headers={"Retry-After": "1"}, times=20
    )
    control.fail_next("GET", "*/attachments*", status=503, headers={"Retry-After": "1"}, times=20)
    control.fail_next("POST", "*batch*", status=503, headers={"Retry-After": "1"}, times=20)
    refused = own.anna.download(own.account, found["blobId"])
    control.clear_faults()

    assert (refused.status, refused.headers["content-type"]) == (503, "application/problem+json")
    assert eventually(lambda: own.anna.download(own.account, found["blobId"]).status == 200)


@pytest.mark.parametrize(
    "type_", ["text/javascript", "text/css", "text/html", "image/svg+xml", "application/xml"]
)
def test_a_part_never_gets_a_type_that_runs(own: Desk, parts: dict[str, Json], type_: str) -> None:
    """Whatever type is asked for, a page can neither run nor be styled by an attachment."""
    for name in ("skript.js", "Notiz.txt", "seite.html"):
        answer = own.anna.download(own.account, parts[name]["blobId"], name, accept=type_)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_page_cannot_embed_a_part_as_a_script(own: Desk, parts: dict[str, Json]) -> None:
    """Browsers say what they load something for; mail is never loaded to be run."""
    path = f"/jmap/download/{own.account}/{parts['skript.js']['blobId']}/skript.js"

    assert own.anna.get(path, **{"Sec-Fetch-Dest": "script"}).status == 403
