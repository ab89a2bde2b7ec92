"""Inviting people who were added: by a link they choose their own password, which nobody else ever knows.

    without a password ──invite──> invited (7 days) ──password chosen──> logged in, or at the second step
                                       ├──invited again: the earlier link is good for nothing
                                       └──revoked, expired, deactivated, given a password──> over

Who has the link is let in as that person, once: so it is made for people alone who have no password yet,
shown to who makes it this once, and kept as a hash. An unknown link, one that was used and one that is over
look the same, and wrong ones are counted by address like wrong passwords.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from poststelle.access.login import Door, NewLogin, NextStep, credentials_of, proceed
from poststelle.access.rights import Asker, require_person, require_proof, require_settings
from poststelle.access.second_step import counted
from poststelle.access.texts import check_password
from poststelle.access.users import NewUser, add_on_console, end_access
from poststelle.lib.ids import encode_id, new_secret
from poststelle.lib.secrets import hash_token
from poststelle.model.errors import Conflict, NotFound
from poststelle.model.ids import USER, UserId
from poststelle.model.invitation import Invitation
from poststelle.model.user import User
from poststelle.store import audit, identities, invitations, second_factors, users
from poststelle.store.tx import ReadTx, Tx

LIVES = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """``secret`` goes into the link, and is kept nowhere here."""

    user: User
    secret: str
    expires_at: datetime


def invite(tx: Tx, by: Asker, user_id: UserId, now: datetime) -> NewInvitation:
    """A link for a user who has no password; an earlier one ends.

    Raises NotAllowed, NotFound ``no_such_user`` (or not active), Conflict ``has_password``. Whoever makes the
    link could use it: so that of an administrator needs proof (Invalid ``proof_needed``), and programs
    invite only who has never been here (``person_needed``).
    """
    require_settings(tx, by.user)
    user = users.get(tx, user_id)
    if user is None or not user.is_active:
        raise NotFound("no_such_user", "There is no such user, or they are not active.")
    if users.has_password(tx, user):
        raise Conflict("has_password", "This person has a password already.")
    if user.may_settings:
        require_proof(by)
    if _has_been_here(tx, user):
        require_person(by)
    return _made(tx, by.user, user, now)


def _has_been_here(tx: ReadTx, user: User) -> bool:
    """Whether somebody is this user already, as far as single sign-on, a second factor or the trail tell."""
    is_known = user.id in identities.users_with(tx) or second_factors.of(tx, user.id).has_any
    return is_known or audit.has_come_in(tx, user.id)


def invite_anew(tx: Tx, login: str, now: datetime) -> NewInvitation | None:
    """From the console: the password is forgotten, logins and API tokens end; the link lets choose another.

    None where nobody active has this login.
    """
    known = credentials_of(tx, login)
    user = None if known is None else users.get(tx, known.user_id)
    if user is None or not user.is_active:
        return None
    if users.has_password(tx, user):
        users.set_password(tx, user.id, None)
        whom = encode_id(USER, user.id)
        audit.record(tx, now, None, "user.password_reset", subject=user.label, whom=whom)
    end_access(tx, user.id, now)
    return _made(tx, None, user, now)


def invite_added(tx: Tx, new: NewUser, now: datetime) -> NewInvitation:
    """From the console: add a person, and the link for them. Conflict ``duplicate_login``."""
    return _made(tx, None, add_on_console(tx, new, now), now)


def _made(tx: Tx, by: UserId | None, user: User, now: datetime) -> NewInvitation:
    secret = new_secret()
    invitations.upsert(tx, Invitation(user.id, hash_token(secret), now, by, now + LIVES))
    whom, until = encode_id(USER, user.id), (now + LIVES).isoformat()
    audit.record(tx, now, by, "user.invited", subject=user.label, whom=whom, until=until)
    return NewInvitation(user, secret, now + LIVES)


def revoke(tx: Tx, by: Asker, user_id: UserId, now: datetime) -> None:
    """The link is good for nothing from now on. Raises NotAllowed (``person_needed`` for a program and an
    administrator's), NotFound ``no_such_invitation``."""
    require_settings(tx, by.user)
    user = users.get(tx, user_id)
    if user is not None and user.may_settings:
        require_person(by)
    if user is None or not invitations.destroy_of(tx, user_id):
        raise NotFound("no_such_invitation", "There is no such invitation.")
    audit.record(tx, now, by.user, "invitation.revoked", subject=user.label, whom=encode_id(USER, user_id))


async def look(door: Door, secret: str, *, came_from: str) -> User:
    """Whom the link invites. Raises NotFound ``no_such_invitation``, TooMany as ``log_in`` does."""
    async with counted(door, came_from) as now:
        return await door.store.read(_find, secret, now)


async def accept(
    door: Door, secret: str, password: str, *, came_from: str, agent: str
) -> NewLogin | NextStep:
    """Choose the password and log in; the link is used up. What comes next is as after a password.

    Raises NotFound ``no_such_invitation``, Invalid ``password_…``, TooMany as ``log_in`` does.
    """
    user = await look(door, secret, came_from=came_from)
    check_password(password, login=user.login)
    hashed = await door.passwords.hash(password)
    return await door.store.write(_accept, door, secret, hashed, door.clock.now(), agent)


def _accept(tx: Tx, door: Door, secret: str, hashed: str, now: datetime, agent: str) -> NewLogin | NextStep:
    users.wait_for_turn(tx)  # two browsers with the same link: one finds it used
    user = _find(tx, secret, now)
    users.set_password(tx, user.id, hashed)
    invitations.destroy_of(tx, user.id)
    audit.record(tx, now, user.id, "invitation.accepted")
    return proceed(tx, door.ring, user, now, agent, by="invitation")


def _find(tx: ReadTx, secret: str, now: datetime) -> User:
    invited = invitations.get(tx, hash_token(secret), now)
    user = None if invited is None else users.get(tx, invited)
    if user is None or users.has_password(tx, user):
        raise NotFound("no_such_invitation", "This link was used already, is over, or was taken back.")
    return user
