"""MIME rebuilt from content says the same as the content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from m365sim.load.parse import written_from_mime
from m365sim.world.compose import Written, content_of
from m365sim.world.content import Address, Content, FileAttachment, ItemAttachment
from m365sim.world.mime import to_mime

WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300).map(
    lambda t: " ".join(t.split())
)


def content(
    subject: str = "x", body: str = "y", *, is_html: bool = False, name: str = "", **more: object
) -> Content:
    sender = Address("a@example.net", name)
    fields = {"sender": sender, "from_": sender, "to": (Address("b@example.net", "B"),), **more}
    return content_of(Written("<m@x>", subject, body, is_html, 1_700_000_000, **fields), {})  # type: ignore[arg-type] # fields by name, for short tests


@given(WORDS, WORDS)
def test_subjects_and_names_survive(subject: str, name: str) -> None:
    """Umlauts, emoji, right-to-left, very long: what goes into MIME comes out of it."""
    back = written_from_mime(to_mime(content(subject, name=name))).written

    assert " ".join(back.subject.split()) == subject
    assert back.message_id == "<m@x>"
    assert back.from_ is not None
    assert back.from_.address == "a@example.net"


@given(WORDS, st.booleans())
def test_bodies_survive(body: str, is_html: bool) -> None:
    """Text and HTML bodies come back, line ends aside."""
    back = written_from_mime(to_mime(content(body=body, is_html=is_html))).written

    assert back.body.replace("\r\n", "\n").rstrip("\n") == body
    assert back.is_html is is_html


@pytest.mark.parametrize(
    "name", ["a.txt", "Größe (1).pdf", "図面.dwg", 'semi;"quote".txt', "x" * 200 + ".bin"]
)
def test_files_survive(name: str) -> None:
    """Names in every script, and octets of every value."""
    file = FileAttachment(name, "application/octet-stream", bytes(range(256)))

    [back] = written_from_mime(to_mime(content(attachments=(file,)))).written.attachments

    assert back == file


def test_inline_pictures_and_attached_messages_survive() -> None:
    """The picture stays inline, the message stays a message with its own parts."""
    picture = FileAttachment("p.png", "image/png", b"png", "p@1", True)
    inner = ItemAttachment("Innen", content("Innen", "drin", attachments=(FileAttachment("i", "a/b", b"1"),)))
    html = '<img src="cid:p@1">'

    back = written_from_mime(to_mime(content("x", html, is_html=True, attachments=(picture, inner)))).written

    assert back.attachments[0] == picture
    item = back.attachments[1]
    assert isinstance(item, ItemAttachment)
    assert (item.name, item.content.subject, item.content.body.strip()) == ("Innen", "Innen", "drin")
    assert item.content.attachments[0].name == "i"
