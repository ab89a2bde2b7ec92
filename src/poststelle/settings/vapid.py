"""The key pair with which push services know us: made once, sealed with the others' keys."""

from datetime import datetime

from poststelle.auth.crypto import KeyRing
from poststelle.push.vapid import Vapid, new_key
from poststelle.store import settings
from poststelle.store.tx import Store, Tx

VAPID_KEY = "push.vapid_key"
_ROW = f"settings/{VAPID_KEY}"


async def load_vapid(store: Store, ring: KeyRing, public_url: str, now: datetime) -> Vapid:
    """Ours, made on the first start. Raises CannotOpen when no key of the ring opens it.

    It stays: every subscription is bound to it by its push service (RFC 9749 §5).
    """
    key = await store.write(_get_or_make, ring, new_key(), now)
    return Vapid(key, public_url)


def _get_or_make(tx: Tx, ring: KeyRing, fresh: bytes, now: datetime) -> bytes:
    stored = settings.get(tx, VAPID_KEY)
    if stored is not None and stored.sealed is not None:
        return ring.open(stored.sealed, _ROW)
    settings.upsert(tx, VAPID_KEY, sealed=ring.seal(fresh, _ROW), at=now, by=None)
    return fresh
