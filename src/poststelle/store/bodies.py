"""Message bodies, compressed."""

import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from poststelle.mime.text import clean
from poststelle.model.ids import AccountId, MessageId
from poststelle.model.message import Body
from poststelle.store.tx import ReadTx, Tx

_LEVEL = 1  # mail shrinks to a third at level 1; 6 saves a tenth more for three times the work


class Packed(NamedTuple):
    """A body as stored."""

    content_type: str
    content: bytes


def pack(body: Body) -> Packed:
    """A body as it is stored; of its text, what can't be stored is replaced."""
    return packed_and_text(body)[0]


def packed_and_text(body: Body) -> tuple[Packed, str]:
    """A body as it is stored, and the text that unpacking it gives."""
    text, octets = _storable(body.content)
    return Packed(body.content_type, zlib.compress(octets, _LEVEL)), text


def is_same(packed: Packed, body: Body) -> bool:
    """Whether ``packed`` is this body, whatever packed it. Unpacking is several times as fast as packing.

    What can't be unpacked any more is another one: a report of the body heals it.
    """
    if packed.content_type != body.content_type:
        return False
    try:
        return zlib.decompress(packed.content) == _storable(body.content)[1]
    except zlib.error:
        return False


def unpack(content_type: str, content: bytes) -> Body:
    return Body(content_type, zlib.decompress(content).decode())


def get(tx: ReadTx, account: AccountId, message: MessageId) -> Body | None:
    return get_many(tx, account, [message]).get(message)


def get_many(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> dict[MessageId, Body]:
    """The bodies that are there."""
    return {
        message: unpack(packed.content_type, packed.content)
        for message, packed in packed_many(tx, account, ids).items()
    }


def packed_many(tx: ReadTx, account: AccountId, ids: Sequence[MessageId]) -> dict[MessageId, Packed]:
    """The bodies that are there, as stored: cheap to compare (``is_same``)."""
    return {
        MessageId(row["message_id"]): Packed(row["content_type"], bytes(row["content"]))
        for row in tx.all("get_bodies", account=account, ids=ids)
    }


def insert_many(tx: Tx, account: AccountId, packed: Iterable[tuple[MessageId, Packed]]) -> None:
    """The bodies of messages that had none."""
    tx.many_in_order("insert_body", [(account, i, body.content_type, body.content) for i, body in packed])


def upsert_many(tx: Tx, account: AccountId, bodies: Iterable[tuple[MessageId, Packed]]) -> None:
    rows = [(account, i, body.content_type, body.content) for i, body in bodies]
    if rows:
        tx.many_in_order("upsert_body", rows)


def _storable(text: str) -> tuple[str, bytes]:
    """The text and its UTF-8. Nearly every text is fit to be stored, and encoding shows that on the way."""
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        octets = b"\0"
    if b"\0" in octets:
        text = clean(text)
        return text, text.encode()
    return text, octets
