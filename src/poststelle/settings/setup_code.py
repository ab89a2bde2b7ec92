"""The code for the first administrator, where several processes answer: the same in all of them."""

from datetime import datetime

from poststelle.auth.crypto import KeyRing
from poststelle.lib.ids import new_code
from poststelle.store import settings
from poststelle.store.tx import Store, Tx

SETUP_CODE = "setup.code"
_ROW = f"settings/{SETUP_CODE}"


async def load_setup_code(store: Store, ring: KeyRing, now: datetime) -> str:
    """Made by whichever process starts first, and good until the first administrator is made.

    Raises CannotOpen when no key of the ring opens it.
    """
    return await store.write(_get_or_make, ring, new_code(), now)


def _get_or_make(tx: Tx, ring: KeyRing, fresh: str, now: datetime) -> str:
    stored = settings.get(tx, SETUP_CODE)
    if stored is not None and stored.sealed is not None:
        return ring.open(stored.sealed, _ROW).decode()
    settings.upsert(tx, SETUP_CODE, sealed=ring.seal(fresh.encode(), _ROW), at=now, by=None)
    return fresh
