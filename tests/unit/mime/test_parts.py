"""Messages taken apart: well made ones by the rules, malformed ones somehow, hostile ones in bounded time."""

from __future__ import annotations

import base64
import binascii
import quopri
import random
import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.flow.jmap.test_corpus import FILES

from poststelle.mime import body, fields, parts
from poststelle.mime.parts import DEEPEST, MOST_PARTS, Part

MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def read_all(octets: bytes) -> Part:
    """Everything that anybody can ask of a message."""
    root = parts.parse(octets)
    body.has_attachment(body.bodies(root))
    for part in root.walk():
        parts.size(octets, part)
        assert part.cid != "" and part.location != "" and part.language != []
        if part.is_text:
            parts.text(octets, part)[0].encode()
        for field in part.fields:
            for tell in fields.FORMS.values():
                tell(field)
    return root


def shape(part: Part) -> object:
    return [part.type, *map(shape, part.parts)] if part.parts else part.type


@pytest.mark.skipif(not FILES, reason="the folder ../shared/corpus with real messages is not here")
def test_every_real_message_can_be_read() -> None:
    """Each has a header and a text or something attached."""
    for file in FILES:
        root = read_all(file.read_bytes())
        found = body.bodies(root)
        assert root.fields, file.name
        assert found.text or found.html or found.attachments, file.name


@given(st.binary(max_size=300), st.sampled_from([b"", MIXED, b"From: ", b"Content-Type: ", b"\r\n--b\r\n"]))
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
def test_any_octets_can_be_read(octets: bytes, before: bytes) -> None:
    """No error, whatever it is; every part lies within the message."""
    whole = before + octets
    root = read_all(whole)

    assert all(0 <= part.start <= part.end <= len(whole) for part in root.walk())


@given(st.lists(st.sampled_from([b"--b", b"--", b"b", b" ", b"\r\n", b"\n", b"\r", b"x"]), max_size=24))
@settings(max_examples=300, deadline=None, database=None, derandomize=True)
def test_boundaries_are_lines_of_their_own(pieces: list[bytes]) -> None:
    """As the expression says that describes such a line; the one that closes ends it."""
    whole = MIXED + b"".join(pieces)
    line = re.compile(rb"^--b(--)?[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
    found = list(line.finditer(whole, len(MIXED)))
    closing = next((at for at, one in enumerate(found) if one[1]), len(found))
    begins = [one.end() for one in found[:closing]]
    parted = parts.parse(whole).parts
    assert [fields.parse_fields(whole, at, len(whole))[0] for at in begins] == [one.fields for one in parted]
    assert all(at <= one.start for at, one in zip(begins, parted, strict=True))


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (MIXED + b"--b\r\n\r\neins\r\n--b\r\n\r\nzwei\r\n--b--\r\nEpilog", ["text/plain"] * 2),
        (MIXED + b"Prolog\r\n--b\r\n\r\neins\r\n--b\r\n\r\nzwei", ["text/plain"] * 2),
        (MIXED.replace(b"\r", b"") + b"--b\n\neins\n--b--\n", ["text/plain"]),
        (MIXED + b"--bb\r\n\r\neins\r\n--b \t\r\n\r\nzwei\r\n--b--", ["text/plain"]),
    ],
)
def test_parts_are_what_lies_between_boundaries(octets: bytes, expected: list[str]) -> None:
    """With or without a last boundary, with any line ends; a longer boundary is another one."""
    assert shape(parts.parse(octets)) == ["multipart/mixed", *expected]


@pytest.mark.parametrize(
    ("header", "raw", "text", "is_whole"),
    [
        (b"text/plain; charset=utf-8", "Grüße".encode(), "Grüße", True),
        (b'text/plain; charset="iso-8859-1"', "Grüße".encode("latin-1"), "Grüße", True),
        (b"text/plain", "Grüße".encode(), "Grüße", True),
        (b"text/plain; charset=utf-8", "Grüße".encode("latin-1"), "Grüße", False),
        (b"text/plain; charset=nonsense", b"abc", "abc", False),
        (b"text/plain; charset=idna", b"abc", "abc", False),
        (b"text/plain; charset=utf-8", b"a\0b\r\nc", "a\ufffdb\nc", True),
        (b"text/plain; charset=ks_c_5601-1987", "한국말".encode("cp949"), "한국말", True),
    ],
)
def test_text_is_read_in_its_character_set(header: bytes, raw: bytes, text: str, is_whole: bool) -> None:
    """What can't be is said, and the text comes all the same."""
    octets = b"Content-Type: " + header + b"\r\n\r\n" + raw
    found, was_whole = parts.text(octets, parts.parse(octets))

    assert (found, was_whole) == (text, is_whole)


@pytest.mark.parametrize(
    ("encoding", "raw", "octets", "is_read"),
    [
        (b"base64", b"R3LDvMOfZQ==", "Grüße".encode(), True),
        (b"BASE64", b"R3LD\r\nvMOf\r\nZQ", "Grüße".encode(), False),
        (b"base64", b"", b"", True),
        (b"base64", b"A", b"", False),
        (b"quoted-printable", b"Gr=C3=BC=\r\n=C3=9Fe=", "Grüße".encode(), True),
        (b"x-uuencode", b"begin 644 a\n#04)#\n`\nend\n", b"ABC", True),
        (b"x-uuencode", b"begin 644 a\n#04)#\r#04)#\r\n", b"ABCABC", True),
        (b"x-uuencode", b"begin 644 a\n#04)#\rend\n#04)#\n", b"ABC", True),
        (b"x-uuencode", b"begin 644 a\n#04)#\r\r\n#04)#\n", b"ABCABC", True),
        (b"nonsense", b"abc", b"abc", False),
        (b"8-bit", b"abc", b"abc", True),
    ],
)
def test_a_transfer_encoding_is_taken_off(encoding: bytes, raw: bytes, octets: bytes, is_read: bool) -> None:
    """As far as it can be; one that nobody knows stays on, and that is said."""
    whole = b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + raw

    assert parts.content(whole, parts.parse(whole)) == (octets, is_read)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b'attachment; filename="a \\"b\\".pdf"', 'a "b".pdf'),
        (b"attachment; filename=a b.pdf", "a b.pdf"),
        (b"attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf; filename=x.pdf", "Grüße.pdf"),
        (b"attachment; filename*0*=utf-8'de'Gr%C3%BC; filename*1=\"sse.pdf\"", "Grüsse.pdf"),
        (b"attachment; filename*1=b; filename*0=a; filename*3=d", "ab"),
        (b'attachment; filename="=?utf-8?Q?Gr=C3=BC=C3=9Fe?=.pdf"', "Grüße.pdf"),
        (b"attachment", None),
    ],
)
def test_a_file_name_is_read_in_all_its_spellings(value: bytes, name: str | None) -> None:
    """RFC 2231, quoted, bare, and the encoded words that many programs write."""
    assert parts.parse(b"Content-Disposition: " + value + b"\r\n\r\n").name == name


# The tree, and the parts (by number) that are text, HTML text and attachments. Source: RFC 8621 §4.1.4, its
# example: mixed(A text, mixed(alternative(mixed(B text, C image, D text), related(E html, F image)), G image,
# H application, J message), K text).
TREES: list[tuple[object, list[str], list[str], list[str]]] = [
    (
        [
            "mixed",
            "text/plain",
            [
                "mixed",
                [
                    "alternative",
                    ["mixed", "text/plain", "image/jpeg", "text/plain"],
                    ["related", "text/html", "image/jpeg"],
                ],
                "image/jpeg\r\nContent-Disposition: attachment",
                "application/x-excel",
                "message/rfc822",
            ],
            "text/plain",
        ],
        ["2", "6", "7", "8", "15"],
        ["2", "10", "15"],
        ["7", "11", "12", "13", "14"],
    ),
    (["alternative", "text/html"], ["2"], ["2"], []),
    (["alternative", "text/plain", "text/calendar"], ["2"], ["2"], ["3"]),
    (["related", "text/html", "text/plain", "image/png"], ["2"], ["2"], ["3", "4"]),
    ("application/pdf", [], [], ["1"]),
]


def make(tree: object, boundary: str = "b") -> bytes:
    if isinstance(tree, str):
        return f"Content-Type: {tree}\r\n\r\nx\r\n".encode()
    assert isinstance(tree, list)
    inner = b"".join(
        f"--{boundary}\r\n".encode() + make(part, f"{boundary}{n}") for n, part in enumerate(tree[1:])
    )
    head = f"Content-Type: multipart/{tree[0]}; boundary={boundary}\r\n\r\n".encode()
    return head + inner + f"--{boundary}--\r\n".encode()


@pytest.mark.parametrize(("tree", "text", "html", "attached"), TREES)
def test_text_and_attachments_are_told_apart_by_the_rfc(
    tree: object, text: list[str], html: list[str], attached: list[str]
) -> None:
    """Source: RFC 8621 §4.1.4."""
    found = body.bodies(parts.parse(make(tree)))

    assert [str(part.number) for part in found.text] == text
    assert [str(part.number) for part in found.html] == html
    assert [str(part.number) for part in found.attachments] == attached


HOSTILE: dict[str, Callable[[], bytes]] = {
    "parts within parts": lambda: b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(4_000)
    ),
    "the same boundary again": lambda: (MIXED + b"--b\r\n") * 4_000,
    "many parts": lambda: MIXED + b"--b\r\n\r\nx\r\n" * 200_000,
    "many fields": lambda: b"X: 1\r\n" * 200_000 + b"\r\n",
    "many fields of many parts": lambda: MIXED + (b"--b\n" + b"a:\n" * 2_000 + b"\n\n") * 900,
    "one long field": lambda: b"Subject: " + b"=?utf-8?q?a?= " * 300_000 + b"\r\n\r\n",
    "folds": lambda: b"To: a\r\n" + b" b\r\n" * 100_000 + b"\r\n",
    "brackets": lambda: b"To: " + b"(" * 200_000 + b"\r\n\r\n",
    "quotes": lambda: b"To: " + b'"\\' * 200_000 + b"\r\n\r\n",
    "square brackets": lambda: b"To: " + b"[" * 200_000 + b"\\\r\n\r\n",
    "addresses": lambda: b"To: " + b"a@b.example, " * 20_000 + b"\r\n\r\n",
    "groups": lambda: b"To: " + b"a:" * 200_000 + b"\r\n\r\n",
    "parameters": lambda: b"Content-Type: text/plain" + b';a="' * 60_000 + b"\r\n\r\n",
    "boundaries of nobody": lambda: (
        b"".join(b"Content-Type: multipart/x; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(29))
        + b"--\n" * 500_000
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_messages_are_read_in_bounded_time(name: str) -> None:
    """Within seconds of the processor's, and with few parts and fields; the careless would take hours."""
    octets = HOSTILE[name]()
    began = time.process_time()
    root = read_all(octets)

    assert time.process_time() - began < 5
    assert sum(1 for _ in root.walk()) <= MOST_PARTS
    assert sum(len(part.fields) for part in root.walk()) <= fields.MOST_FIELDS
    assert _depth(root) <= DEEPEST


def _depth(part: Part) -> int:
    return max((1 + _depth(inner) for inner in part.parts), default=0)


ENCODED = {
    "broken base64": (b"base64", b"QUJD\x00" * 4 * 1024 * 256 + b"Q"),
    "base64": (b"base64", b"QUJD\r\n" * 1024 * 1024),
    "base64 behind a sign of equality": (b"base64", b"=" + b"QUJD" * 1024 * 1024),
    "quoted-printable": (b"quoted-printable", b"=41=\r\n" * 1024 * 1024),
    "quoted-printable in one line": (b"quoted-printable", b"=41=" * 1024 * 1024),
    "uuencode": (b"x-uuencode", b"begin 644 a\n" + b"#04)#\n" * 100_000),
    "uuencode with other line ends": (b"x-uuencode", b"begin 644 a\n" + b"#04)#\r" * 20_000),
    "announced only": (b"x-uuencode", b"\nbegin 6" * 100_000),
}


@pytest.mark.parametrize("name", ENCODED)
def test_a_large_part_can_be_given_up_while_it_is_decoded(name: str) -> None:
    """However it is encoded, and however badly, it is asked again and again whether to go on."""
    encoding, raw = ENCODED[name]
    octets = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + raw
    asked: list[None] = []
    parts.content(octets, parts.parse(octets), lambda: asked.append(None))

    assert len(asked) >= 4


def decoded(encoding: str, raw: bytes) -> tuple[bytes, bool]:
    octets = f"Content-Transfer-Encoding: {encoding}\r\n\r\n".encode() + raw
    return parts.content(octets, parts.parse(octets))


def test_what_is_decoded_in_slices_is_what_was_encoded() -> None:
    """Where a slice ends nothing is lost; beyond padding in the midst a broken text goes on."""
    plain = bytes(range(251)) * 9_000

    assert decoded("base64", base64.encodebytes(plain)) == (plain, True)
    assert decoded("base64", base64.encodebytes(plain + b"a")) == (plain + b"a", True)
    assert decoded("base64", base64.encodebytes(plain) + b"Q") == (plain, False)
    assert decoded("base64", b"QQ=" + b"UJDQ") == (binascii.a2b_base64(b"QQUJDQ=="), False)
    assert decoded("quoted-printable", quopri.encodestring(plain)) == (plain, True)
    assert decoded("x-uuencode", b"by hand:\r\nbegin 644 a\r\n#04)#\r\n`\r\nend\r\n") == (b"ABC", True)


def plain_base64(raw: bytes) -> tuple[bytes, bool]:
    """All at once; where that can't be done, its letters alone."""
    try:
        return binascii.a2b_base64(raw), True
    except binascii.Error:
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), False


@pytest.mark.parametrize("signs", [b"AB=", b"QUJD==\r\n", b"=A", b"=4D\r\n", b"=\r\n x"])
def test_where_a_slice_ends_makes_no_difference(signs: bytes) -> None:
    """Letters are counted on, and no sign of equality is parted from what it means."""
    chosen = random.Random(signs)
    for _ in range(10):
        raw = b"\n" * (1024 * 1024 - 20) + bytes(chosen.choices(signs, k=40))
        assert decoded("quoted-printable", raw) == (binascii.a2b_qp(raw), True)
        assert decoded("base64", raw) == plain_base64(raw)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r\r\n", b"\r\r\r\n"])
def test_line_ends_damaged_on_the_way_cut_no_file(line_end: bytes) -> None:
    """Wherever a slice ends."""
    octets = bytes(range(256)) * 1_000
    written = [binascii.b2a_uu(octets[at : at + 45]).rstrip(b"\n") for at in range(0, len(octets), 45)]
    body = line_end.join([b"begin 644 x.bin", *written, b"`", b"end", b""])
    whole = b"Content-Type: application/octet-stream\nContent-Transfer-Encoding: x-uuencode\n\n" + body
    content, is_read = parts.content(whole, parts.parse(whole))
    assert is_read and content == octets


def test_short_lines_make_no_large_text() -> None:
    """A uuencoded line is filled with zeros to the length that it names: two octets become 63."""
    few, many = (b"begin 644 a\n" + b"_\n" * count for count in (100, 1_000))

    assert decoded("x-uuencode", few) == (bytes([0]) * 6_300, True)
    assert decoded("x-uuencode", many) == (many, False)


def test_no_more_is_kept_of_texts_than_the_message_has() -> None:
    """Once decoded they may be larger. What is not kept is told as well, and decoded anew."""
    one = b"--b\r\nContent-Transfer-Encoding: x-uue\r\n\r\nbegin 644 a\n" + b"_\n" * 20 + b"\r\n"
    octets, asked = MIXED + one * 20, list[None]()
    told, found = parts.Contents(octets, lambda: asked.append(None)), parts.parse(octets).parts
    assert [(told.size(part), len(told.text(part)[0])) for part in found] == [(20 * 63, 20 * 63)] * 20

    def is_kept(part: Part) -> bool:
        asked.clear()
        told.text(part)
        return not asked

    kept = sum(told.size(part) for part in found if is_kept(part))
    assert 0 < kept <= len(octets)


def test_a_part_is_decoded_once_for_all_that_is_told_of_it() -> None:
    """Its size and its text, however often."""
    octets = b"Content-Transfer-Encoding: base64\r\n\r\nQUJD"
    part, asked = parts.parse(octets), list[None]()
    told = parts.Contents(octets, lambda: asked.append(None))

    assert [(told.size(part), told.text(part)) for _ in range(3)] == [(3, ("ABC", True))] * 3
    once = list[None]()
    parts.content(octets, part, lambda: once.append(None))
    assert len(asked) == len(once)
