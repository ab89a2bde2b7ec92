"""Second factors: setting them up, losing them, and whether a code is right.

    none ──set up (password, and what it proves)──> some ──the last one removed, or reset──> none

Recovery codes come with the first second factor and go with the last one. A code of an app, and a recovery
code, is accepted once. Wrong ones are counted like wrong passwords, by those who call ``accept_code``.
"""

from dataclasses import dataclass
from datetime import datetime

from poststelle.access import ceremonies
from poststelle.access.keeping import keep_an_administrator, who_administers
from poststelle.access.login import credentials_of
from poststelle.access.rights import require_settings
from poststelle.auth import one_time
from poststelle.auth.crypto import KeyRing
from poststelle.lib.ids import encode_id
from poststelle.mail import presence
from poststelle.model.errors import Conflict, Invalid, LoginNeeded, NotFound
from poststelle.model.ids import USER, UserId
from poststelle.model.second_factor import CodeApp, Factors, Purpose, Way
from poststelle.model.user import User
from poststelle.settings.second_factor import is_required
from poststelle.store import audit, logins, second_factors, users
from poststelle.store import ceremonies as begun
from poststelle.store.tx import ReadTx, Tx

MOST_CODE = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """What a user has, and whether they must have one."""

    factors: Factors
    is_required: bool


@dataclass(frozen=True, slots=True)
class NewApp:
    """For the app: ``secret`` to be typed, ``uri`` to be scanned. ``token`` completes it."""

    token: str
    secret: str
    uri: str


def overview(tx: ReadTx, ring: KeyRing, user: User) -> Overview:
    return Overview(second_factors.of(tx, user.id), is_required(tx, ring, user))


def accept_code(tx: Tx, ring: KeyRing, user: UserId, code: str, now: datetime) -> Way | None:
    """Which of the user's ways this code proves, now and never again; None where it is wrong."""
    if len(code) > MOST_CODE:
        return None
    app = second_factors.of(tx, user).app
    if app is not None:
        secret = ring.open(app.sealed, _row(user)).decode()
        step = one_time.matching_step(secret, code, now, app.used_step)
        if step is not None and second_factors.use_step(tx, user, step):
            return Way.APP
    if second_factors.use_recovery_code(tx, user, one_time.hash_recovery_code(user, code)):
        return Way.RECOVERY
    return None


def begin_app(
    tx: Tx, ring: KeyRing, user: User, issuer: str, now: datetime, login: str | None = None
) -> NewApp:
    """A secret for a user who has proven who they are; ``login`` is the token of the login that waits for it.

    Nothing is changed until a code of it comes back.
    """
    secret = one_time.new_app_secret()
    token = ceremonies.begin(tx, ring, Purpose.APP, user.id, now, secret=secret, login=login)
    return NewApp(token, secret, one_time.app_uri(secret, user.login, issuer))


def finish_app(tx: Tx, ring: KeyRing, token: str, code: str, user: UserId, now: datetime) -> list[str]:
    """The app knows the secret: from now on it counts, in place of an earlier one. Recovery codes, where
    this is the first second factor.

    Raises LoginNeeded ``step_over``, Invalid ``wrong_code`` (it may be tried again).
    """
    found = ceremonies.find(tx, ring, Purpose.APP, token, now)
    if found.user_id != user:
        raise LoginNeeded("step_over", "This was begun by somebody else.")
    secret = found.said["secret"]
    step = one_time.matching_step(secret, code, now)
    if step is None:
        raise wrong_code()
    begun.destroy(tx, found.key)
    earlier = second_factors.of(tx, user)
    sealed = ring.seal(secret.encode(), _row(user))
    second_factors.put_app(tx, CodeApp(user, sealed, step, now))
    audit.record(tx, now, user, "second_factor.added", what="app")
    return first_codes(tx, user, earlier)


def first_codes(tx: Tx, user: UserId, earlier: Factors) -> list[str]:
    """Recovery codes after a first second factor was set up; none after another.

    Whatever was begun before there was one ends: it could set up another with the password alone.
    """
    if earlier.has_any:
        return []
    begun.destroy_of(tx, user)
    return make_recovery_codes(tx, user)


def remove_app(tx: Tx, ring: KeyRing, user: User, now: datetime) -> None:
    """NotFound ``no_such_second_factor``; Conflict ``second_factor_required`` where it is the last."""
    if not second_factors.destroy_app(tx, user.id):
        raise NotFound("no_such_second_factor", "There is no such second factor.")
    audit.record(tx, now, user.id, "second_factor.removed", what="app")
    tidy(tx, ring, user)


def tidy(tx: Tx, ring: KeyRing, user: User) -> None:
    """After a removal: refuse where none is left and one is required; recovery codes go with the last."""
    if second_factors.of(tx, user.id).has_any:
        return
    if is_required(tx, ring, user):
        raise Conflict("second_factor_required", "A second factor is required here; set up another first.")
    second_factors.put_recovery_codes(tx, user.id, [])


def renew_recovery_codes(tx: Tx, user: UserId, now: datetime) -> list[str]:
    """Ten new ones; those before are worth nothing. Conflict ``no_second_factor``."""
    if not second_factors.of(tx, user).has_any:
        raise Conflict("no_second_factor", "Recovery codes come with a second factor; set one up first.")
    audit.record(tx, now, user, "recovery_codes.made")
    return make_recovery_codes(tx, user)


def make_recovery_codes(tx: Tx, user: UserId) -> list[str]:
    """Ten new ones, of which we keep the hashes."""
    codes = one_time.new_recovery_codes()
    second_factors.put_recovery_codes(tx, user, [one_time.hash_recovery_code(user, code) for code in codes])
    return codes


def reset_by(tx: Tx, by: UserId, user: UserId, now: datetime) -> User:
    """As ``reset``, by an administrator. Raises NotAllowed, Conflict ``last_administrator``: a passkey may be
    the only way in."""
    users.wait_for_turn(tx)
    require_settings(tx, by)
    before = who_administers(tx)
    whom = reset(tx, by, user, now)
    keep_an_administrator(tx, before)
    return whom


def reset(tx: Tx, by: UserId | None, user: UserId, now: datetime) -> User:
    """Take all second factors from a user who has lost them, and end their logins. ``by`` None: from the
    console. The right is checked by those who call. NotFound ``no_such_user``.
    """
    whom = users.get(tx, user)
    if whom is None:
        raise NotFound("no_such_user", "There is no such user.")
    second_factors.destroy_of(tx, user)
    logins.destroy_of(tx, user)
    begun.destroy_of(tx, user)
    presence.sweep(tx, now)
    audit.record(tx, now, by, "user.second_factor_reset", subject=whom.label, whom=encode_id(USER, user))
    return whom


def reset_login(tx: Tx, login: str, now: datetime) -> User | None:
    """As ``reset``, from the console; None where nobody has this login."""
    known = credentials_of(tx, login)
    return None if known is None else reset(tx, None, known.user_id, now)


def wrong_code() -> Invalid:
    return Invalid("code", "wrong_code", "The code is wrong, or was used already.")


def _row(user: UserId) -> str:
    return f"code_apps/{user}"
