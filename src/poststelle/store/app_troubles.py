"""App registrations that the provider refuses: one row while it lasts."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.lib.clock import from_ms, to_ms
from poststelle.store.tx import ReadTx, Tx


@dataclass(frozen=True, slots=True)
class AppTrouble:
    """``code`` is the provider's short code, ``at`` when it was first met."""

    code: str
    at: datetime


def get(tx: ReadTx, client_id: str) -> AppTrouble | None:
    row = tx.one("get_app_trouble", client_id=client_id)
    return AppTrouble(row["code"], from_ms(row["at"])) if row else None


def note(tx: Tx, client_id: str, code: str, now: datetime) -> bool:
    """Note a refusal; False when the same one is known."""
    known = get(tx, client_id)
    if known and known.code == code:
        return False
    forget(tx, client_id)
    tx.run("insert_app_trouble", client_id=client_id, code=code, at=to_ms(now))
    return True


def forget(tx: Tx, client_id: str) -> bool:
    """It is over; False when there was none."""
    return tx.run("destroy_app_trouble", client_id=client_id) == 1
