"""The mark that lies beside the octets of a place, and names it: what shows that it is this place, and that
it can be read.
"""

import msgspec

from poststelle.blobs.base import BlobsUnavailable

MARK = "poststelle.json"


class Mark(msgspec.Struct, frozen=True):
    """``place``: its name, for ever. ``installation``: whose octets they are."""

    place: str
    installation: str


def written(mark: Mark) -> bytes:
    return msgspec.json.encode(mark)


def read(octets: bytes) -> Mark:
    """Raises msgspec.DecodeError."""
    return msgspec.json.decode(octets, type=Mark)


def require(octets: bytes, place: str, where: str) -> None:
    """Raises BlobsUnavailable unless this is the mark of ``place``: something else answers, or was mounted
    there. ``where`` is for the log."""
    try:
        is_ours = read(octets).place == place
    except msgspec.DecodeError:
        is_ours = False
    if not is_ours:
        raise BlobsUnavailable("unmarked", f"{where}: {MARK} there is another one")
