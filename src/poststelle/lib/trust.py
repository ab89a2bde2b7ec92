"""Whose certificates count where we ask by https."""

import ssl
from pathlib import Path


def trusted(ca_file: Path | None) -> ssl.SSLContext | bool:
    """What aiohttp's ``ssl`` takes: the machine's authorities, and those of ``ca_file``.

    Without one it is what aiohttp has read when it was loaded: to read the machine's hundred and more
    certificates once more takes longer than all else of a start. Raises OSError where the file holds none.
    """
    if ca_file is None:
        return True
    both = ssl.create_default_context()
    both.load_verify_locations(ca_file)
    return both
