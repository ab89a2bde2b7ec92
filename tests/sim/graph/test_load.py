"""Real mail from files, however damaged."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from msgspec import structs

from m365sim.load import LoadResult, load_path
from m365sim.world import Mailbox
from m365sim.world.content import Content, FileAttachment, ItemAttachment
from m365sim.world.mime import to_mime
from m365sim.world.safety import harmless
from m365sim.world.simulation import Simulation

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


def load(sim: Simulation, mailbox: Mailbox, path: Path) -> list[LoadResult]:
    return load_path(sim.world, mailbox, mailbox.named["inbox"], path)


def one(sim: Simulation, mailbox: Mailbox, tmp_path: Path, octets: bytes) -> Content:
    file = tmp_path / "one.eml"
    file.write_bytes(octets)
    [result] = load(sim, mailbox, file)
    assert result.message is not None, result.reason
    return result.message.source.load()


def test_every_file_of_the_corpus_loads_or_says_why(sim: Simulation, mailbox: Mailbox) -> None:
    """A hundred damaged messages: each is loaded, or has a reason in one line."""
    if not CORPUS.is_dir():
        pytest.skip("no corpus beside the repository")

    results = load(sim, mailbox, CORPUS)

    assert len(results) >= 100
    assert all(r.is_loaded or (r.reason and "\n" not in r.reason) for r in results)


def test_loaded_messages_keep_their_octets(sim: Simulation, mailbox: Mailbox, tmp_path: Path) -> None:
    """The MIME form is what was in the file, and its length the message's size."""
    octets = b"Subject: x\nFrom: a@x\n\nfirst\n"

    content = one(sim, mailbox, tmp_path, octets)

    assert (content.mime, content.size) == (octets, len(octets))


@pytest.mark.parametrize(
    ("octets", "subject", "body"),
    [
        (b"", None, None),
        (b"just text without headers", "", "just text without headers"),
        (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nx", "Grüße", "x"),
        (b"Subject: =?x-unknown?b?AAA\n\nx", "=?x-unknown?b?AAA", "x"),
        (b"Subject: Gr\xfc\xdfe\n\nx", "Grüße", "x"),
        ("Subject: Grüße\n\nx".encode(), "Grüße", "x"),
        (b"Content-Type: text/plain; charset=martian\n\nGr\xc3\xbc\xc3\x9fe", "", "Grüße"),
        (b"Content-Type: text/plain; charset=utf-8\n\nGr\xfc\xdfe", "", "Grüße"),
        (b"Content-Transfer-Encoding: base64\n\n!!!!", "", None),
        (b"Content-Type: multipart/mixed\n\ntext", "", "text"),
        (b"Date: never\nSubject: a\n b\n\nx", "a b", "x"),
    ],
)
def test_damaged_messages_become_what_they_can(
    sim: Simulation, mailbox: Mailbox, tmp_path: Path, octets: bytes, subject: str | None, body: str | None
) -> None:
    """Wrong charsets, raw octets, broken words, no headers: text comes out, nothing raises."""
    file = tmp_path / "x.eml"
    file.write_bytes(octets)

    [result] = load(sim, mailbox, file)

    if subject is None:
        assert result.reason == "the file is empty"
        return
    assert result.message is not None
    content = result.message.source.load()
    assert content.subject == subject
    assert body is None or content.body == body


def test_a_boundary_nobody_can_understand_costs_only_the_parts(
    sim: Simulation, mailbox: Mailbox, tmp_path: Path
) -> None:
    """Numbered and plain pieces of one parameter: the headers are read, and everything else is the text."""
    octets = b"Subject: Kept\r\nContent-Type: multipart/mixed; name*0=a; name*=b\r\n\r\n--x\r\n\r\nHello\r\n"

    content = one(sim, mailbox, tmp_path, octets)

    assert content.subject == "Kept"
    assert "Hello" in content.body


def test_comments_in_comments_leave_no_address(sim: Simulation, mailbox: Mailbox, tmp_path: Path) -> None:
    """An address too deeply nested for the parser is left out; the message is loaded."""
    octets = b"From: " + b"(" * 3000 + b"\r\nSubject: Kept\r\n\r\nHello\r\n"

    content = one(sim, mailbox, tmp_path, octets)

    assert (content.subject, content.from_) == ("Kept", None)


def test_parts_become_body_inline_file_and_item(sim: Simulation, mailbox: Mailbox, tmp_path: Path) -> None:
    """A related picture is inline, an attached message an item, a file a file."""
    octets = b"""From: a@x
Message-ID: <m@x>
Content-Type: multipart/mixed; boundary=o

--o
Content-Type: multipart/related; boundary=i

--i
Content-Type: text/html

<img src="cid:pic">
--i
Content-Type: image/png
Content-ID: <pic>
Content-Transfer-Encoding: base64

cG5n
--i--
--o
Content-Type: application/pdf; name="=?utf-8?q?Gr=C3=BCn=2Epdf?="
Content-Disposition: attachment

pdf
--o
Content-Type: message/rfc822

Subject: inner

inside
--o--
"""
    content = one(sim, mailbox, tmp_path, octets)
    picture, file, item = content.attachments

    assert isinstance(picture, FileAttachment)
    assert (picture.content_id, picture.is_inline, picture.content) == ("pic", True, b"png")
    assert isinstance(file, FileAttachment)
    assert (file.name, file.is_inline) == ("Grün.pdf", False)
    assert isinstance(item, ItemAttachment)
    assert item.content.subject == "inner"
    assert content.has_attachments


def test_mbox_files_hold_many(sim: Simulation, mailbox: Mailbox, tmp_path: Path) -> None:
    """Messages are split at From lines, and quoted From lines given back."""
    file = tmp_path / "all.mbox"
    file.write_bytes(
        b"From a@x Mon May  4 09:15:00 2026\nSubject: 1\n\n>From here on\n\n"
        b"From b@x Mon May  4 09:16:00 2026\nSubject: 2\n\nx\n"
    )

    contents = [r.message.source.load() for r in load(sim, mailbox, file) if r.message]

    assert [c.subject for c in contents] == ["1", "2"]
    assert contents[0].body.startswith("From here on")


def test_what_is_not_there_is_said(sim: Simulation, mailbox: Mailbox, tmp_path: Path) -> None:
    """A missing path and an empty folder each give one line."""
    assert "no such file" in str(load(sim, mailbox, tmp_path / "none")[0])
    assert "no .eml or mbox" in str(load(sim, mailbox, tmp_path)[0])


@pytest.mark.parametrize("seed", range(5))
def test_further_damage_does_no_harm(sim: Simulation, mailbox: Mailbox, tmp_path: Path, seed: int) -> None:
    """Octets cut out, put in, doubled at random: every message still loads, can be shown and rebuilt."""
    if not CORPUS.is_dir():
        pytest.skip("no corpus beside the repository")
    chance = random.Random(seed)
    files = sorted(CORPUS.rglob("*.eml"))
    for number in range(60):
        octets = damaged(chance.choice(files).read_bytes()[:8000], chance)
        (tmp_path / f"{number}.eml").write_bytes(octets)

    for result in load(sim, mailbox, tmp_path):
        assert result.message is not None
        content = result.message.source.load()
        json.dumps([content.subject, content.preview, content.headers, harmless(content.body)])
        assert to_mime(structs.replace(content, mime=None, headers=()))


def damaged(octets: bytes, chance: random.Random) -> bytes:
    """The octets with one to seven random injuries."""
    hurt = bytearray(octets)
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(len(hurt) + 1)
        match chance.randrange(3):
            case 0:
                del hurt[at : at + chance.randrange(1, 200)]
            case 1:
                hurt[at:at] = chance.choice(
                    [b"\n\n", b"=?utf-8?q?", b'"', b"charset=", b"\x00", b"\xff\xfe", b"<"]
                )
            case _:
                hurt[at:at] = hurt[chance.randrange(len(hurt) + 1) :][: chance.randrange(1, 300)]
    return bytes(hurt) or b"x"
