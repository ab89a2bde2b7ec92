"""Attachments are real files: other programs open them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence

import pytest
from PIL import Image

from m365sim.seed.files.jpeg import write_jpeg
from m365sim.seed.files.papers import Paper, write_paper
from m365sim.seed.files.pdf import Page, write_pdf
from m365sim.seed.files.png import Canvas
from m365sim.world.seedtypes import SeedAttachment, SeedItemAttachment, SeedMessage


def files(messages: Sequence[SeedMessage]) -> Iterator[SeedAttachment]:
    for message in messages:
        for one in message.attachments:
            if isinstance(one, SeedItemAttachment):
                yield from files([one.message])
            else:
                yield one


def of_type(mail: Sequence[SeedMessage], content_type: str) -> dict[bytes, str]:
    found = {one.content: one.name for one in files(mail) if one.content_type == content_type}
    assert found, content_type
    return found


def test_pdfs_are_whole(mail: Sequence[SeedMessage]) -> None:
    """Each begins and ends right, and its cross-reference table points at the objects it numbers."""
    for content in of_type(mail, "application/pdf"):
        assert content.startswith(b"%PDF-1.4\n")
        assert content.endswith(b"%%EOF\n")
        start = int(content.rpartition(b"startxref\n")[2].split()[0])
        rows = content[start:].split(b"\n")[3:]
        offsets = [int(row[:10]) for row in rows if row.endswith(b" n ")]
        for number, offset in enumerate(offsets, 1):
            assert content[offset:].startswith(b"%d 0 obj\n" % number)


def test_streams_are_as_long_as_they_say() -> None:
    """/Length is the stream's length, also with brackets and umlauts in the words."""
    page = Page()
    page.text(10, 10, "Größe (ca.) 84 m² \\ 1.180 €")
    content = write_pdf([page], "Probe")
    found = re.search(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", content, re.S)
    assert found
    assert len(found[2]) == int(found[1])
    assert "Größe \\(ca.\\)".encode("cp1252") in found[2]


def test_long_papers_run_over_several_pages() -> None:
    """Words that do not fit go on the next page; none is lost."""
    paper = Paper("Kopf", "Ort", "heute", "Titel", tuple(f"Absatz Nummer {n}." for n in range(120)))
    content = write_paper(paper)
    assert content.count(b"/Type /Page ") >= 3
    assert all(f"Absatz Nummer {n}.".encode() in content for n in range(120))


@pytest.mark.parametrize("content_type", ["image/png", "image/jpeg"])
def test_pictures_decode(mail: Sequence[SeedMessage], content_type: str) -> None:
    """Another program reads every pixel of each picture."""
    for content in of_type(mail, content_type):
        with Image.open(io.BytesIO(content)) as picture:
            picture.load()
            assert picture.get_format_mimetype() == content_type
            assert picture.mode == "RGB"


def test_a_canvas_keeps_the_colours_drawn_on_it() -> None:
    """What is drawn is what another program reads; what lies outside is cut off."""
    canvas = Canvas(20, 10, (1, 2, 3))
    canvas.fill(15, -3, 50, 6, (250, 0, 9))
    with Image.open(io.BytesIO(canvas.png())) as picture:
        assert picture.size == (20, 10)
        assert picture.getpixel((19, 0)) == (250, 0, 9)
        assert picture.getpixel((14, 0)) == (1, 2, 3)
        assert picture.getpixel((15, 3)) == (1, 2, 3)


def test_a_photograph_shows_its_scene() -> None:
    """A plain coloured picture comes back within a few steps of each colour."""
    content = write_jpeg(64, 32, lambda x, _: (200, 60, 30) if x < 0.5 else (20, 90, 220))
    with Image.open(io.BytesIO(content)) as picture:
        for place, wanted in (((10, 10), (200, 60, 30)), ((50, 20), (20, 90, 220))):
            seen = picture.getpixel(place)
            assert isinstance(seen, tuple)
            assert all(abs(a - b) <= 8 for a, b in zip(seen, wanted, strict=True))


def test_archives_open(mail: Sequence[SeedMessage]) -> None:
    """ZIP files and word-processor documents pass their own check sums."""
    documents = [one for one in files(mail) if one.name.endswith((".zip", ".docx"))]
    assert documents
    for one in documents:
        with zipfile.ZipFile(io.BytesIO(one.content)) as archive:
            assert archive.testzip() is None


def test_one_attachment_is_over_two_megabytes(mail: Sequence[SeedMessage]) -> None:
    """Large enough to need care, small enough for a demo."""
    assert 2_000_000 < max(len(one.content) for one in files(mail)) < 3_000_000


def test_text_files_follow_their_formats(mail: Sequence[SeedMessage]) -> None:
    """Calendar entries, cards and tables use CRLF and begin as their formats ask."""
    for content_type, begin in (
        ("text/calendar", b"BEGIN:VCALENDAR\r\n"),
        ("text/vcard", b"BEGIN:VCARD\r\n"),
        ("text/csv", b"\xef\xbb\xbf"),
    ):
        for content in of_type(mail, content_type):
            assert content.startswith(begin)
            assert content.endswith(b"\r\n")
            assert content.count(b"\n") == content.count(b"\r\n")


def test_inline_pictures_are_shown_by_their_message(mail: Sequence[SeedMessage]) -> None:
    """Each inline picture but one deliberate stray has its cid in the HTML."""
    strays = 0
    for message in mail:
        for one in message.attachments:
            if (
                isinstance(one, SeedAttachment)
                and one.is_inline
                and f"cid:{one.content_id}" not in (message.html or "")
            ):
                strays += 1
    assert strays == 1
