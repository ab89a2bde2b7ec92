"""For whom a second factor is required."""

from datetime import datetime

from poststelle.access.rights import require_settings
from poststelle.auth.crypto import KeyRing
from poststelle.model.ids import UserId
from poststelle.model.user import User
from poststelle.settings import change
from poststelle.settings.schema import SECOND_FACTOR_FOR
from poststelle.store.tx import ReadTx, Tx


def required_for(tx: ReadTx, by: UserId, ring: KeyRing) -> str:
    """``all``, ``settings`` (who has the right to the settings) or ``nobody``. Raises NotAllowed."""
    require_settings(tx, by)
    return str(change.read(tx, ring, SECOND_FACTOR_FOR))


def set_required_for(tx: Tx, by: UserId, whom: str, *, ring: KeyRing, now: datetime) -> str:
    """Keep it; who has none sets one up at the next login. Raises NotAllowed or Invalid."""
    require_settings(tx, by)
    text = SECOND_FACTOR_FOR.check(whom)
    change.write(tx, ring, SECOND_FACTOR_FOR, text, by=by, now=now)
    return text


def is_required(tx: ReadTx, ring: KeyRing, user: User) -> bool:
    """Whether this user must have one."""
    whom = change.read(tx, ring, SECOND_FACTOR_FOR)
    return whom == "all" or (whom == "settings" and user.may_settings)
