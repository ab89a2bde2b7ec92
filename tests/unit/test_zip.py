"""ZIP archives: what is written others can read, and what others write is read while it comes."""

import io
import struct
import zipfile
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poststelle.mail.brought import Brought, Reader
from poststelle.mime.mbox import TooLarge
from poststelle.mime.zip_read import BrokenArchive, Ended, Entry, Unpacker
from poststelle.mime.zip_write import Packer

AT = datetime(2026, 3, 2, 8, 0, 4, tzinfo=UTC)
FILES = st.lists(
    st.tuples(st.text(min_size=1, max_size=8).filter(str.isprintable), st.binary(max_size=300)), max_size=5
)


def packed(files: list[tuple[str, bytes]], cut: int = 100, large_from: int = 0xFFFF) -> bytes:
    packer, whole = Packer(io.BytesIO(), large_from=large_from), b""
    for name, octets in files:
        whole += packer.begin(name, AT)
        whole += b"".join(packer.piece(octets[n : n + cut]) for n in range(0, len(octets), cut))
        whole += packer.end_entry()
    return whole + b"".join(packer.end())


def unpacked(archive: bytes, cut: int = 65_536) -> list[tuple[str, bytes | None]]:
    """Entries and what is in them; None for one that did not come as it was packed."""
    unpacker, found, content = Unpacker(), [], b""
    for n in range(0, len(archive), cut):
        for event in unpacker.piece(archive[n : n + cut]):
            if isinstance(event, Entry):
                found.append(event.name)
                content = b""
            elif isinstance(event, Ended):
                found[-1] = (found[-1], content if event.is_whole else None)
            else:
                content += event
    unpacker.end()
    return found


class OneWay(io.RawIOBase):
    """A file without a way back, as a pipe is."""

    def __init__(self, into: IO[bytes]) -> None:
        self._into = into

    def writable(self) -> bool:
        return True

    def write(self, octets: bytes) -> int:  # type: ignore[override]  # nothing else is written
        return self._into.write(octets)


def by_others(files: dict[str, bytes], method: int, *, is_one_way: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(OneWay(file) if is_one_way else file, "w", method) as archive:
        for name, octets in files.items():
            archive.writestr(name, octets)
    return file.getvalue()


@given(FILES, st.integers(1, 400), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_what_is_packed_is_unpacked_again(files: list[tuple[str, bytes]], writing: int, reading: int) -> None:
    """However it is cut into pieces."""
    assert unpacked(packed(files, writing), reading) == files


def test_others_read_what_is_packed() -> None:
    """With names, days and check sums."""
    archive = zipfile.ZipFile(io.BytesIO(packed([("Küche/1.eml", b"a" * 70_000), ("2.eml", b"")])))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == {
        "Küche/1.eml": b"a" * 70_000,
        "2.eml": b"",
    }
    assert archive.infolist()[0].date_time == (2026, 3, 2, 8, 0, 4)


def test_an_archive_of_very_many_entries_is_read_by_others() -> None:
    """More than the old form of a ZIP archive can count."""
    files = [(f"{n}", b"") for n in range(100)]
    archive = zipfile.ZipFile(io.BytesIO(packed(files, large_from=100)))
    assert archive.namelist() == [name for name, _ in files]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("cut", [1, 7, 4_096])
def test_what_others_pack_is_unpacked(method: int, cut: int) -> None:
    """Stored or packed, with a folder among them."""
    files = {"Ordner/": b"", "Ordner/ä.eml": bytes(range(256)) * 9, "leer.eml": b""}
    assert dict(unpacked(by_others(files, method), cut)) == files


def test_what_others_pack_without_a_way_back_is_unpacked() -> None:
    """Its sizes come after the octets."""
    files = {"a.eml": b"a" * 9_000, "b.eml": b"PK\x03\x04 in it"}
    assert dict(unpacked(by_others(files, zipfile.ZIP_DEFLATED, is_one_way=True), 11)) == files


def test_an_entry_that_came_otherwise_is_told() -> None:
    """By its check sum; what follows it is whole."""
    archive = by_others({"a.eml": b"first one", "b.eml": b"second"}, zipfile.ZIP_STORED).replace(
        b"first", b"worst"
    )
    assert unpacked(archive) == [("a.eml", None), ("b.eml", b"second")]


@pytest.mark.parametrize("damage", ["cut", "no head", "encrypted", "unknown and endless", "bomb"])
def test_what_cannot_be_read_is_refused(damage: str) -> None:
    """It ends too early, begins with anything, is encrypted, or unpacks to far more than it is."""
    whole = packed([("a.eml", b"abc" * 500)])
    [at, method] = [6, 8]
    broken = {
        "cut": whole[:60],
        "no head": b"PK\x05" + whole,
        "encrypted": whole[:at] + b"\x09" + whole[at + 1 :],
        "unknown and endless": whole[:method] + b"\x0e" + whole[method + 1 :],
        "bomb": bomb(),
    }[damage]
    with pytest.raises(BrokenArchive):
        unpacked(broken)


def bomb() -> bytes:
    """Twenty kilobytes that unpack to twenty megabytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    octets = b"".join(deflate.compress(bytes(1_000_000)) for _ in range(20)) + deflate.flush()
    return (
        struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(octets), 20_000_000, 1, 0)
        + b"a"
        + octets
    )


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_any_octets_are_read_or_refused(data: st.DataObject) -> None:
    """An archive with wrong octets in it, or cut off: messages come out, or BrokenArchive."""
    slip = b'{"folders":[{"path":["A"]}],"receivedAt":"2020-01-01T00:00:00Z","file":"a/1.eml"}\n'
    files = [("0-index/1.jsonl", slip), ("a/1.eml", b"A: b\n\nx"), ("b.mbox", b"From x\nA: b\n\ny\n")]
    archive = bytearray(
        data.draw(st.sampled_from([packed(files), by_others(dict(files), zipfile.ZIP_STORED)]))
    )
    for at in data.draw(st.lists(st.integers(0, len(archive) - 1), max_size=4)):
        archive[at] = data.draw(st.integers(0, 255))
    reader = Reader(1_000)
    with suppress(BrokenArchive, TooLarge):
        list(reader.piece(bytes(archive[: data.draw(st.integers(0, len(archive)))])))
        list(reader.end())


def test_the_rest_of_a_file_full_of_empty_messages_is_passed_over() -> None:
    """Counted once as what is no message; what comes before and after it is read."""
    hollow = b"From x\nA: b\n" + b"From \n" * 50_000 + b"From x\nA: c\n"
    reader = Reader(1_000_000)
    archive = packed([("a.mbox", hollow), ("b.eml", b"A: d\n")], 65_536)
    found = [one for part in (reader.piece(archive), reader.end()) for one in part]

    assert [one.octets for one in found if isinstance(one, Brought)] == [b"A: b\n", b"A: d\n"]
    assert reader.refused == 1


def test_slips_that_repeat_a_name_are_held_once() -> None:
    """However many an index has: the last one counts, and their message is read."""
    slip = b'{"folders":[{"path":["A"]}],"receivedAt":"2020-01-01T00:00:00Z","file":"a.eml"}'
    index = (slip.ljust(199_000) + b"\n") * 330
    archive = by_others({"0-index/1.jsonl": index, "a.eml": b"A: b\n\nx"}, zipfile.ZIP_STORED)
    reader = Reader(1_000)
    pieces = (archive[at : at + 1_000_000] for at in range(0, len(archive), 1_000_000))
    found = [one for piece in pieces for one in reader.piece(piece)]

    assert [(one.octets, one.slip is None) for one in found if isinstance(one, Brought)] == [
        (b"A: b\n\nx", False)
    ]
