"""Many of a provider's ids, kept to be recognised again: eight octets for each."""

import base64
import hashlib
from collections.abc import Iterable

from poststelle.model.ids import RemoteId

_OCTETS = 8  # of twenty thousand ids and as many others, two are alike once in ten billion folders


class KnownIds:
    """``text``: as ``pack`` made it; empty: none."""

    def __init__(self, text: str = "") -> None:
        octets = base64.b64decode(text)
        self._hashes = frozenset(octets[at : at + _OCTETS] for at in range(0, len(octets), _OCTETS))

    def __contains__(self, remote_id: RemoteId) -> bool:
        return _hash(remote_id) in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)

    def pack(self, further: Iterable[RemoteId] = ()) -> str:
        """These and further ones as text that can be kept in JSON."""
        hashes = self._hashes.union(map(_hash, further))
        return base64.b64encode(b"".join(sorted(hashes))).decode()


def pack(ids: Iterable[RemoteId]) -> str:
    """As text that can be kept in JSON."""
    return KnownIds().pack(ids)


def _hash(remote_id: RemoteId) -> bytes:
    return hashlib.blake2b(remote_id.encode(), digest_size=_OCTETS).digest()
