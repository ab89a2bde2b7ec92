"""Settings as stored: JSON text, or a sealed secret. What they mean is declared in ``settings.schema``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from poststelle.lib.clock import to_ms
from poststelle.model.ids import UserId
from poststelle.store.tx import ReadTx, Row, Tx


@dataclass(frozen=True, slots=True)
class StoredSetting:
    """Exactly one of ``value`` (decoded JSON) and ``sealed`` carries the content."""

    value: Any
    sealed: bytes | None


def get(tx: ReadTx, key: str) -> StoredSetting | None:
    row = tx.one("get_setting", key=key)
    return _setting(row) if row else None


def list_all(tx: ReadTx) -> dict[str, StoredSetting]:
    return {row["key"]: _setting(row) for row in tx.all("list_settings")}


def list_below(tx: ReadTx, prefix: str) -> dict[str, StoredSetting]:
    """Those whose key begins so; a prefix without signs that ``like`` knows."""
    return {row["key"]: _setting(row) for row in tx.all("list_settings_below", pattern=f"{prefix}%")}


def upsert(
    tx: Tx, key: str, *, value: Any = None, sealed: bytes | None = None, at: datetime, by: UserId | None
) -> None:
    text = None if sealed is not None else msgspec.json.encode(value).decode()
    tx.run("upsert_setting", key=key, value=text, sealed=sealed, changed_at=to_ms(at), changed_by=by)


def destroy(tx: Tx, key: str) -> bool:
    return tx.run("destroy_setting", key=key) == 1


def _setting(row: Row) -> StoredSetting:
    sealed, value = row["sealed"], row["value"]
    return StoredSetting(
        value=None if value is None else msgspec.json.decode(value),
        sealed=None if sealed is None else bytes(sealed),
    )
