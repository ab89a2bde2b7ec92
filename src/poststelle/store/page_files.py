"""Files of the page, of all builds that a web process had lately, for those that have another one."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from poststelle.lib.clock import to_ms
from poststelle.store.tx import ReadTx, Tx

KEPT = timedelta(days=14)
"""How long files stay that no process has any more: for who has left a page of theirs open."""
_SAME_TIME = timedelta(hours=1)


class PageFile(NamedTuple):
    """``octets``: gzip. ``sealed``: their SHA-256."""

    octets: bytes
    sealed: bytes


def names(tx: ReadTx) -> frozenset[str]:
    """Of all files."""
    return frozenset(row["name"] for row in tx.all("list_page_file_names"))


def seals(tx: ReadTx) -> dict[str, bytes]:
    """The sealed hash of each file."""
    return {row["name"]: bytes(row["sealed"]) for row in tx.all("list_page_files")}


def get(tx: ReadTx, name: str) -> PageFile | None:
    """One file."""
    row = tx.one("get_page_file", name=name)
    return None if row is None else PageFile(bytes(row["octets"]), bytes(row["sealed"]))


def put(tx: Tx, files: Sequence[tuple[str, PageFile]], now: datetime) -> None:
    """Keep these; what is there under their names goes."""
    at = to_ms(now)
    rows = [
        {"name": name, "octets": file.octets, "sealed": file.sealed, "now": at}
        for name, file in sorted(files)  # in one order, so that two programs do not wait for one another
    ]
    tx.many("put_page_file", rows)


def touch(tx: Tx, known: Collection[str], now: datetime) -> int:
    """A process has these; of how many nobody had said so within the hour."""
    return tx.run("touch_page_files", names=known, now=to_ms(now), before=to_ms(now - _SAME_TIME))


def forget_unseen(tx: Tx, before: datetime) -> int:
    """Remove what no process has had since then; how many."""
    return tx.run("delete_unseen_page_files", before=to_ms(before))
