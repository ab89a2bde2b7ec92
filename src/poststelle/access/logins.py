"""One's own logins, and how an administrator ends somebody's.

A login is known here by a name made of its hash: who sees the list learns nothing that opens anything.
"""

import hashlib
from datetime import datetime

from poststelle.access.rights import Asker, require_person, require_settings
from poststelle.lib.ids import encode_id
from poststelle.mail import presence
from poststelle.model.errors import NotFound
from poststelle.model.ids import USER, UserId
from poststelle.model.user import Login
from poststelle.store import audit, ceremonies, logins, users
from poststelle.store.tx import ReadTx, Tx

_NAME_DIGITS = 16


def name_of(login: Login) -> str:
    """By which people choose it."""
    return hashlib.sha256(login.token_hash.encode()).hexdigest()[:_NAME_DIGITS]


def list_mine(tx: ReadTx, user: UserId, now: datetime) -> list[Login]:
    """One's own logins, last used first."""
    return logins.list_of(tx, user, now)


def end(tx: Tx, user: UserId, name: str, now: datetime) -> Login:
    """End one of one's own logins at once. NotFound ``no_such_login``."""
    found = next((one for one in logins.list_of(tx, user, now) if name_of(one) == name), None)
    if found is None:
        raise NotFound("no_such_login", "There is no such login; it may have ended.")
    logins.destroy(tx, found.token_hash)
    presence.sweep(tx, now)
    audit.record(tx, now, user, "login.ended")
    return found


def end_others(tx: Tx, mine: Login, now: datetime) -> list[Login]:
    """End all of one's logins but the one one is here by; those that ended."""
    ended = [one for one in logins.list_of(tx, mine.user_id, now) if one.token_hash != mine.token_hash]
    logins.destroy_of(tx, mine.user_id, mine.token_hash)
    if ended:
        presence.sweep(tx, now)
        audit.record(tx, now, mine.user_id, "login.others_ended", logins=len(ended))
    return ended


def end_of(tx: Tx, by: Asker, user: UserId, now: datetime) -> int:
    """End all logins of a person, as somebody with the right to the settings; how many ended.

    An administrator's is for people (``person_needed``): a program that does it again and again keeps them
    from looking.
    """
    require_settings(tx, by.user)
    whom = users.get(tx, user)
    if whom is None:
        raise NotFound("no_such_user", "There is no such user.")
    if whom.may_settings:
        require_person(by)
    count = len(logins.list_of(tx, user, now))
    logins.destroy_of(tx, user)
    ceremonies.destroy_of(tx, user)
    presence.sweep(tx, now)
    audit.record(
        tx, now, by.user, "user.logins_ended", subject=whom.label, whom=encode_id(USER, user), logins=count
    )
    return count
