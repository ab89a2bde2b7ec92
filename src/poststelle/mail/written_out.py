"""Messages on their way into a file: one of an mbox, one of a ZIP archive.

Of a message whose octets break off as much is written as can be read, which may be nothing.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

from poststelle.mime import mbox
from poststelle.mime.zip_write import Packer


def _nothing(_: bytes) -> bytes:
    return b""


async def boxed(
    octets: AsyncIterator[bytes], at: datetime, head: Callable[[bytes], bytes] = _nothing
) -> AsyncIterator[bytes]:
    """One message of an mbox file. ``head``: fields that stand before its first octets, which it is told."""
    quoter, begins = mbox.Quoter(), True
    async for chunk in octets:
        if begins:
            begins = False
            yield mbox.separator(at) + quoter.piece(head(chunk))
        if piece := quoter.piece(chunk):
            yield piece
    if not begins:
        yield quoter.end()


async def packed(
    packer: Packer, name: str, at: datetime, octets: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """One message of a ZIP archive."""
    begins = True
    async for chunk in octets:
        if begins:
            begins = False
            yield packer.begin(name, at)
        if piece := packer.piece(chunk):
            yield piece
    if not begins:
        yield packer.end_entry()
