"""Users: the first administrator, adding, changing and removing people."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from poststelle.access import comers, erasure, sharing
from poststelle.access import mail_page as mail_pages
from poststelle.access.keeping import keep_an_administrator, who_administers
from poststelle.access.login import NewLogin, begin, credentials_of
from poststelle.access.rights import Asker, require_person, require_proof, require_settings
from poststelle.access.texts import check_fact, check_login, check_name, check_password
from poststelle.auth.crypto import KeyRing
from poststelle.lib.ids import bare_code, encode_id
from poststelle.lib.normal_form import normal_form
from poststelle.mail import presence
from poststelle.model.change import ChangeOp
from poststelle.model.errors import Conflict, Invalid, NotFound
from poststelle.model.ids import USER, AccountId, UserId
from poststelle.model.user import LANGUAGES, Theme, User
from poststelle.settings.address import check_address, comparable
from poststelle.settings.second_factor import end_without
from poststelle.store import (
    api_tokens,
    assignments,
    audit,
    ceremonies,
    grants,
    invitations,
    logins,
    users,
)
from poststelle.store.tx import ReadTx, Tx


@dataclass(frozen=True, slots=True)
class NewUser:
    """A person to add, checked by ``check_new_user``; the password comes as a hash, or as None."""

    login: str
    name: str
    email: str
    may_settings: bool


@dataclass(frozen=True, slots=True)
class UserPatch:
    """What to change; None leaves as it is. A password is handed over as its hash."""

    name: str | None = None
    email: str | None = None
    is_active: bool | None = None
    may_settings: bool | None = None
    password_hash: str | None = None
    addresses: Sequence[str] | None = None
    """Whoever gives the right to the settings confirms these: by which single sign-on finds the person."""
    is_who_came: bool = False
    """And this, where what has let somebody in as the person goes on doing so (``access.comers``)."""


def check_new_user(*, login: str, name: str, email: str, password: str | None, may_settings: bool) -> NewUser:
    """Raises Invalid naming the field to correct. ``password`` None: they choose one later."""
    checked_login = check_login(login)
    if password is not None:
        check_password(password, login=checked_login)
    return NewUser(checked_login, check_name(name), check_email(email), may_settings)


def check_email(text: str) -> str:
    """An address to write to the person, or nothing."""
    return check_address(text, "email") if text.strip() else ""


def is_set_up(tx: ReadTx) -> bool:
    """Whether the installation has its first administrator."""
    return users.exists_any(tx)


def check_setup_code(expected: str | None, typed: str) -> None:
    """On a server that others can reach, the first administrator is who can read its console.

    Raises Invalid ``wrong_setup_code``. ``expected`` None: no code is asked for.
    """
    if expected is None:
        return
    if not hmac.compare_digest(bare_code(typed).encode(), bare_code(expected).encode()):
        raise Invalid(
            "setup_code", "wrong_setup_code", "Enter the set-up code that the server printed when it started."
        )


def set_up(tx: Tx, new: NewUser, password_hash: str, now: datetime, agent: str) -> NewLogin:
    """Make the first administrator and log them in; Conflict ``already_set_up`` once there is any user.

    Taking the id first makes two set-ups at one moment wait for one another.
    """
    first = add_first(tx, [(new, password_hash)], now)
    if not first:
        raise Conflict("already_set_up", "Poststelle is set up already; log in instead.")
    return begin(tx, first[0].id, now, agent)


def add_first(tx: Tx, people: Sequence[tuple[NewUser, str]], now: datetime) -> list[User]:
    """Fill an installation without users; once there is any, nothing is done."""
    ids = [users.reserve_id(tx) for _ in people]
    if users.exists_any(tx):
        return []
    added = [_insert(tx, id_, new, hash_, now) for id_, (new, hash_) in zip(ids, people, strict=True)]
    for user in added:
        _record_created(tx, None, user, now, **({"first": True} if user.may_settings else {}))
    return added


def add(tx: Tx, by: Asker, new: NewUser, password_hash: str | None, now: datetime) -> User:
    """Add a person; Conflict ``duplicate_login`` when the login is taken.

    A password is for people to set (``person_needed``), an administrator for who proves anew that it is
    them (``proof_needed``). Conflict ``login_is_address`` for the address of somebody else, and, without
    such a proof, ``address_taken`` for an e-mail address by which single sign-on finds them.
    """
    require_settings(tx, by.user)
    if password_hash is not None:
        require_person(by)
    if new.may_settings:
        require_proof(by)
    _refuse_anothers_address(tx, new)
    _refuse_second_user(tx, by, new.email)
    user = _insert(tx, users.reserve_id(tx), new, password_hash, now)
    _record_created(tx, by.user, user, now)
    return user


def _refuse_anothers_address(tx: ReadTx, new: NewUser) -> None:
    """A login that is a colleague's address would stand for them in lists and in the trail, and keep them
    from being found by it at single sign-on."""
    key = comparable(new.login)
    if "@" in key and any(key == comparable(other.email) for other in users.list_all(tx)):
        raise Conflict(
            "login_is_address",
            "This is the e-mail address of somebody who is here already. Choose another login.",
            field="login",
        )


def _refuse_second_user(tx: ReadTx, by: Asker, email: str, of: UserId | None = None) -> None:
    """Single sign-on lets in nobody by an address that two people have: whoever gave it to a second user, who
    needs no right, would keep the first one out. Without a provider an address is nobody's alone.
    ``of``: whose address it is to be; None: a new user's.
    """
    if by.is_proven or not email or not comers.has_provider(tx):
        return
    if any(other.id != of for other in comers.found_by(tx, comparable(email))):
        raise Conflict(
            "address_taken",
            "Somebody is found by this e-mail address at single sign-on. Enter another one, or prove once"
            " more that it is you.",
            field="email",
        )


def add_by_provider(tx: Tx, new: NewUser, now: datetime) -> User:
    """Add a person whom single sign-on has let in. Conflict ``duplicate_login``."""
    user = _insert(tx, users.reserve_id(tx), new, None, now)
    _record_created(tx, None, user, now, by_single_sign_on=True)
    return user


def add_on_console(tx: Tx, new: NewUser, now: datetime) -> User:
    """Add a person who is to choose a password. Conflict ``duplicate_login``."""
    user = _insert(tx, users.reserve_id(tx), new, None, now)
    _record_created(tx, None, user, now)
    return user


def _record_created(tx: Tx, by: UserId | None, user: User, now: datetime, **more: Any) -> None:
    whom = encode_id(USER, user.id)
    more["may_settings"] = user.may_settings
    audit.record(tx, now, by, "user.created", subject=user.label, whom=whom, **more)


def _insert(tx: Tx, id_: UserId, new: NewUser, password_hash: str | None, now: datetime) -> User:
    user = User(
        id=id_,
        login=new.login,
        name=new.name,
        email=new.email,
        is_active=True,
        may_settings=new.may_settings,
        language=None,
        theme=Theme.SYSTEM,
        created_at=now,
        has_password=password_hash is not None,
    )
    if not users.insert(tx, user, password_hash):
        raise Conflict("duplicate_login", "This login is taken already.", field="login")
    return user


def list_all(tx: ReadTx, by: UserId) -> list[User]:
    require_settings(tx, by)
    return users.list_all(tx)


def one(tx: ReadTx, by: UserId, user_id: UserId) -> User:
    require_settings(tx, by)
    return _existing(tx, user_id)


def change(tx: Tx, by: Asker, user_id: UserId, patch: UserPatch, now: datetime, *, ring: KeyRing) -> User:
    """Change a person. Deactivating them or setting a password ends their logins and API tokens.

    Conflict ``last_administrator`` rather than leave nobody for the settings. ``person_needed`` and
    ``proof_needed`` where it would let in whoever asks (``_require_standing``). Who gets the right to the
    settings and thereby must have a second factor begins anew with one. Invalid ``addresses_unconfirmed``
    (``addresses``) and ``comer_unconfirmed`` where they are given it, or another address while they have it,
    without saying who it is that comes in (``access.comers``). Conflict ``address_taken`` as ``add``.
    """
    users.wait_for_turn(tx)
    require_settings(tx, by.user)
    old, before = _existing(tx, user_id), who_administers(tx)
    _require_standing(by, old, patch)
    is_known_anew = _confirm(tx, by, old, patch)
    if patch.email is not None and comparable(patch.email) != comparable(old.email):
        _refuse_second_user(tx, by, patch.email, user_id)
    new = _change(tx, by.user, user_id, patch, now)
    if is_known_anew:
        comers.forget(tx, by.user, new, now)
        end_access(tx, user_id, now)
        keep_an_administrator(tx, before)
    if patch.may_settings:
        invitations.destroy_of(tx, user_id)  # its link was not made for an administrator
        end_without(tx, ring, [new], now)
    return new


def _require_standing(by: Asker, old: User, patch: UserPatch) -> None:
    """What makes somebody else's login one's own, or one's own another's.

    By their address people are found at single sign-on, so a program changes nobody's: it could name its
    own. Nor does it say who administers or by which name, or keep administrators out: that would also keep
    them from looking.
    """
    if patch.email is not None or patch.may_settings is not None:
        require_person(by)
    if old.may_settings and (patch.is_active is not None or patch.name is not None):
        require_person(by)
    is_back = patch.is_active is True and not old.is_active
    if old.may_settings and (patch.may_settings is False or patch.is_active is False or is_back):
        require_proof(by)
    is_made = patch.may_settings is True and not old.may_settings
    is_renamed = old.may_settings and patch.email is not None and check_email(patch.email) != old.email
    if patch.password_hash is not None or is_made or is_renamed:
        require_proof(by)


def _confirm(tx: ReadTx, by: Asker, old: User, patch: UserPatch) -> bool:
    """Who comes in as an administrator is looked at when there is one more, and when somebody else gives one
    another address. Whether they are to be matched anew at single sign-on.
    """
    new = old if patch.email is None else replace(old, email=check_email(patch.email))
    if patch.may_settings and not old.may_settings:
        comers.confirm_addresses(tx, new, patch.addresses or ())
        stays = comers.Staying(password=old.has_password and patch.password_hash is None, factors=True)
        return comers.confirm(tx, new, stays, is_who_came=patch.is_who_came)
    is_renamed = comparable(new.email) != comparable(old.email)
    if not is_renamed or not old.may_settings or patch.may_settings is False or old.id == by.user:
        return False
    return comers.confirm(tx, new, comers.Staying(), is_who_came=patch.is_who_came)


def change_login(tx: Tx, login: str, patch: UserPatch, now: datetime) -> User | None:
    """As ``change``, from the console; None where nobody has this login."""
    users.wait_for_turn(tx)
    known = credentials_of(tx, login)
    return None if known is None else _change(tx, None, known.user_id, patch, now)


def _change(tx: Tx, by: UserId | None, user_id: UserId, patch: UserPatch, now: datetime) -> User:
    old = _existing(tx, user_id)
    new = replace(
        old,
        name=old.name if patch.name is None else check_name(patch.name),
        email=old.email if patch.email is None else check_email(patch.email),
        is_active=old.is_active if patch.is_active is None else patch.is_active,
        may_settings=old.may_settings if patch.may_settings is None else patch.may_settings,
        has_password=old.has_password or patch.password_hash is not None,
    )
    before, kept = _shared(tx, user_id), who_administers(tx)
    users.update(tx, new)
    if new.is_active != old.is_active:
        assignments.settle_user(tx, user_id, now)
        op = ChangeOp.CREATED if new.is_active else ChangeOp.DESTROYED
        sharing.note_rights(tx, user_id, before or _shared(tx, user_id), op)
    if new.name != old.name:
        sharing.note_name(tx, user_id)
    if patch.password_hash is not None:
        users.set_password(tx, user_id, patch.password_hash)
    if not new.is_active or patch.password_hash is not None:
        end_access(tx, user_id, now)
    if old.may_settings and not new.may_settings:
        api_tokens.destroy_administering(tx, user_id)  # given back later, it is for who asks for a new one
    keep_an_administrator(tx, kept)
    _record_changed(tx, by, old, new, now, is_password_new=patch.password_hash is not None)
    return new


def end_access(tx: Tx, user: UserId, now: datetime) -> None:
    """Whatever lets them in ends: logins, those begun, invitations and API tokens."""
    logins.destroy_of(tx, user)
    ceremonies.destroy_of(tx, user)
    invitations.destroy_of(tx, user)
    api_tokens.destroy_of(tx, user)
    presence.sweep(tx, now)


def _record_changed(
    tx: Tx, by: UserId | None, old: User, new: User, now: datetime, *, is_password_new: bool = False
) -> None:
    changed = _differences(old, new) | ({"password": True} if is_password_new else {})
    if not changed:
        return
    before: dict[str, Any] = {"before": old.name} if "name" in changed else {}
    whom = encode_id(USER, new.id)
    audit.record(tx, now, by, "user.changed", subject=new.label, whom=whom, changed=changed, **before)


def _differences(old: User, new: User) -> dict[str, bool]:
    """What the audit trail tells: the flags' new values, of all else only that it changed."""
    flags = {f: getattr(new, f) for f in ("is_active", "may_settings") if getattr(new, f) != getattr(old, f)}
    texts = {f: True for f in ("name", "email") if getattr(new, f) != getattr(old, f)}
    return flags | texts


def remove(
    tx: Tx, by: Asker, user_id: UserId, now: datetime, *, ring: KeyRing, erases_name: bool = False
) -> None:
    """Remove a person with their logins and grants; what they did stays in the audit trail.

    ``erases_name``: but without their name (``access.erasure``). That, and to remove an administrator, raises
    as ``require_proof``.
    """
    users.wait_for_turn(tx)
    require_settings(tx, by.user)
    user = _existing(tx, user_id)
    needs_proof = user.may_settings or erases_name
    if needs_proof:
        require_person(by)
    if user_id == by.user:
        raise Conflict("not_oneself", "You can't remove yourself; ask another administrator.")
    if needs_proof:
        require_proof(by)
    sharing.note_rights(tx, user_id, _shared(tx, user_id), ChangeOp.DESTROYED)
    kept = who_administers(tx)
    users.destroy(tx, user_id)
    presence.sweep(tx, now)
    keep_an_administrator(tx, kept)
    audit.record(tx, now, by.user, "user.removed", subject=user.label, whom=encode_id(USER, user_id))
    if erases_name:
        erasure.ask(tx, by, user_id, now, ring=ring)


def change_oneself(
    tx: Tx,
    user_id: UserId,
    *,
    name: str | None = None,
    language: str | None = None,
    theme: str | None = None,
    sender_name: str | None = None,
    phone: str | None = None,
    position: str | None = None,
    shows_reading: bool | None = None,
    mail_page: Mapping[str, Any] | None = None,
    now: datetime,
) -> User:
    """What is one's own: name, e-mail name (``sender_name``), language (``auto`` follows the browser), theme,
    phone, position, and whether others see what one is reading; None leaves as it is. Of ``mail_page``,
    MailPage's fields, those that are there.

    Invalid ``name_taken`` for the name that somebody else goes by: nobody gives themselves out for a
    colleague. Two people of the same name are the administrator's to tell apart.
    """
    user = _existing(tx, user_id)
    if language is not None and language not in (*LANGUAGES, "auto"):
        raise Invalid("language", "invalid_language", "The language is de, en or auto.")
    if theme is not None and theme not in {t.value for t in Theme}:
        raise Invalid("theme", "invalid_theme", "The theme is system, light or dark.")
    new = replace(
        user,
        name=user.name if name is None else _own_name(tx, user, check_name(name)),
        language=user.language if language is None else (None if language == "auto" else language),
        theme=user.theme if theme is None else Theme(theme),
        shows_reading=user.shows_reading if shows_reading is None else shows_reading,
        sender_name=user.sender_name if sender_name is None else _own_sender_name(tx, user, sender_name),
        phone=user.phone if phone is None else check_fact("phone", phone),
        position=user.position if position is None else check_fact("position", position),
        mail_page=mail_pages.changed(user.mail_page, mail_page or {}),
    )
    users.update(tx, new)
    if new.name != user.name:
        sharing.note_name(tx, user_id)
    if not new.shows_reading:
        presence.sweep(tx, now)
    _record_changed(tx, user_id, user, new, now)
    return new


def _own_sender_name(tx: Tx, user: User, name: str) -> str:
    """Nobody writes in a colleague's name either."""
    return _own_name(tx, user, check_name(name), field="sender_name") if name.strip() else ""


def _own_name(tx: Tx, user: User, name: str, field: str = "name") -> str:
    users.wait_for_turn(tx)
    if name != user.name and is_name_taken(tx, name, besides=user.id):
        raise Invalid(field, "name_taken", "Somebody else goes by this name; add what tells you apart.")
    return name


def is_name_taken(tx: ReadTx, name: str, *, besides: UserId | None = None) -> bool:
    """Whether somebody goes by this name, or by one that looks the same; ``besides``: that user may."""
    return any(_alike(other.name) == _alike(name) for other in users.list_all(tx) if other.id != besides)


def _alike(name: str) -> str:
    """The form in which two names look the same to somebody who reads quickly."""
    return " ".join(normal_form(name, "NFKC").casefold().split())


def _shared(tx: ReadTx, user_id: UserId) -> list[AccountId]:
    """Where others see them; nowhere while they are not active."""
    return [grant.account_id for grant in grants.accounts_of(tx, user_id)]


def _existing(tx: ReadTx, user_id: UserId) -> User:
    user = users.get(tx, user_id)
    if user is None:
        raise NotFound("no_such_user", "There is no such user.")
    return user
