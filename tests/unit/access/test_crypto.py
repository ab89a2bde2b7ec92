"""Encryption at rest: what opens, what doesn't, and how keys are written down."""

import base64
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poststelle.auth.crypto import BadKey, CannotOpen, KeyMissing, KeyRing, parse_keys
from poststelle.auth.key_file import create_key_file, has_next, read_keys, replace_key_file

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.binary(max_size=2000), st.text(min_size=1, max_size=40))
def test_what_is_sealed_opens_in_its_row(plain: bytes, row: str) -> None:
    """Any octets come back from the row they were sealed for."""
    ring = KeyRing([NEW])
    assert ring.open(ring.seal(plain, row), row) == plain


def test_a_sealed_value_does_not_open_in_another_row() -> None:
    """Copying one account's tokens into another account's row gives nothing."""
    ring = KeyRing([NEW])
    sealed = ring.seal(b"tokens", "sign_ins/1")
    with pytest.raises(CannotOpen):
        ring.open(sealed, "sign_ins/2")


def test_every_changed_octet_is_noticed() -> None:
    """Flipping one bit anywhere, or cutting the value, keeps it from opening."""
    ring = KeyRing([NEW])
    sealed = ring.seal(b"tokens", "r")
    spoilt = [sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :] for i in range(len(sealed))]
    for value in [*spoilt, sealed[:-1], sealed[:10], b""]:
        with pytest.raises(CannotOpen):
            ring.open(value, "r")


def test_a_new_key_in_front_seals_and_the_old_one_still_opens() -> None:
    """Keys are changed by putting the new one first; values under it need it."""
    before, after = KeyRing([OLD]), KeyRing([NEW, OLD])
    assert after.open(before.seal(b"x", "r"), "r") == b"x"
    with pytest.raises(CannotOpen):
        before.open(after.seal(b"x", "r"), "r")


def test_keys_are_read_in_either_base64_alphabet() -> None:
    """Blanks, commas, comments, padding and the URL alphabet are all taken."""
    plain, url = base64.b64encode(b"\xff" * 32).decode(), base64.urlsafe_b64encode(b"\xfe" * 32).decode()
    assert parse_keys(f"# mine\n{plain},\n {url.rstrip('=')}  # old") == [b"\xff" * 32, b"\xfe" * 32]


@pytest.mark.parametrize("text", ["", "short", "!" * 44, base64.b64encode(b"x" * 31).decode()])
def test_a_malformed_key_is_refused(text: str) -> None:
    """Anything but 32 octets in base64 is no key."""
    with pytest.raises(BadKey):
        KeyRing(parse_keys(text))


def test_a_key_file_is_private_and_never_replaced(tmp_path: Path) -> None:
    """The new file is readable by its owner alone; making it again is refused."""
    path = tmp_path / "deep" / "poststelle.key"
    text = create_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert parse_keys(path.read_text()) == parse_keys(text)
    with pytest.raises(FileExistsError):
        create_key_file(path)


def test_a_key_that_is_missing_is_told_from_a_value_that_is_damaged() -> None:
    """For the first one waits: another process may have it, and this one later."""
    sealed = KeyRing([b"k" * 32]).seal(b"token", "sign_ins/1")
    with pytest.raises(KeyMissing):
        KeyRing([b"o" * 32]).open(sealed, "sign_ins/1")
    for spoiled in (sealed[:-1], b"", b"\x02" + sealed[1:]):
        with pytest.raises(CannotOpen) as met:
            KeyRing([b"k" * 32]).open(spoiled, "sign_ins/1")
        assert not isinstance(met.value, KeyMissing)


def test_the_next_key_stands_behind_the_others_in_the_file(tmp_path: Path) -> None:
    """It opens and does not seal, and the file says that it is the next one until it is put in front."""
    path = tmp_path / "poststelle.key"
    create_key_file(path)
    [old] = read_keys(path)
    new = b"n" * 32
    replace_key_file(path, [old], new)
    assert (read_keys(path), has_next(path)) == ([old, new], True)
    assert KeyRing(read_keys(path)).keys == KeyRing([old]).keys + KeyRing([new]).keys
    replace_key_file(path, [new, old])
    assert (read_keys(path), has_next(path)) == ([new, old], False)


_REPLACE = """
import resource, sys
from pathlib import Path
from poststelle.auth.key_file import create_key_file, replace_key_file
path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    replace_key_file(path, [b"n" * 32]) if path.exists() else create_key_file(path)
except OSError:
    sys.exit(7)
"""


def test_a_key_that_finds_no_room_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """The file is as it was, and no half of a new one lies there. (A process may write little here.)"""
    path = tmp_path / "poststelle.key"
    for is_there in (False, True):
        if is_there:
            create_key_file(path)
        before = [(one.name, one.read_text()) for one in tmp_path.iterdir()]
        done = subprocess.run([sys.executable, "-c", _REPLACE, str(path)], check=False)
        assert done.returncode == 7
        assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == before
