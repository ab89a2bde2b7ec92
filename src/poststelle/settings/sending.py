"""How long sending can be taken back."""

from datetime import datetime

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.ids import UserId
from poststelle.settings import change
from poststelle.settings.schema import HOLD_S
from poststelle.store.tx import ReadTx, Tx


def hold_s(tx: ReadTx, by: UserId, ring: KeyRing) -> int:
    """Seconds between "send" and sending. Raises NotAllowed without the right to the settings."""
    require_settings(tx, by)
    return int(change.read(tx, ring, HOLD_S))


def set_hold_s(tx: Tx, by: UserId, seconds: int, *, ring: KeyRing, now: datetime) -> int:
    """Keep it; what is held already keeps its time. Raises NotAllowed or Invalid."""
    require_settings(tx, by)
    text = HOLD_S.check(str(seconds))
    change.write(tx, ring, HOLD_S, text, by=by, now=now)
    return int(text)
