"""Reading and changing settings; secrets are sealed with their key as the row's identity."""

from datetime import datetime
from typing import Any

from poststelle.auth.crypto import KeyRing
from poststelle.model.ids import UserId
from poststelle.settings.schema import Setting
from poststelle.store import audit, settings
from poststelle.store.tx import ReadTx, Tx


def read(tx: ReadTx, ring: KeyRing, setting: Setting) -> Any:
    """The setting's value, its default where nothing is stored."""
    stored = settings.get(tx, setting.key)
    if stored is None:
        return setting.default
    if stored.sealed is not None:
        return ring.open(stored.sealed, _row(setting)).decode()
    return stored.value


def plain(tx: ReadTx, setting: Setting) -> Any:
    """As ``read``, of a setting that is no secret: that needs no key."""
    stored = settings.get(tx, setting.key)
    return setting.default if stored is None else stored.value


def is_stored(tx: ReadTx, setting: Setting) -> bool:
    return settings.get(tx, setting.key) is not None


def write(tx: Tx, ring: KeyRing, setting: Setting, text: str | None, *, by: UserId, now: datetime) -> None:
    """Keep a checked value; None forgets it. The audit trail gets the value, of a secret only the deed."""
    if text is None:
        settings.destroy(tx, setting.key)
    elif setting.is_secret:
        settings.upsert(tx, setting.key, sealed=ring.seal(text.encode(), _row(setting)), at=now, by=by)
    else:
        settings.upsert(tx, setting.key, value=text, at=now, by=by)
    detail: dict[str, Any] = {} if setting.is_secret or text is None else {"value": text}
    audit.record(tx, now, by, "setting.changed", subject=setting.key, cleared=text is None, **detail)


def _row(setting: Setting) -> str:
    return f"settings/{setting.key}"
