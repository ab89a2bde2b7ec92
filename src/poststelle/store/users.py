"""Users and what a login attempt needs to know of them."""

from datetime import datetime

import msgspec

from poststelle.lib.clock import from_ms, to_ms
from poststelle.model.ids import UserId
from poststelle.model.mail_page import MailPage
from poststelle.model.user import Credentials, Theme, User
from poststelle.store.sequences import next_id
from poststelle.store.tx import ReadTx, Row, Tx


def reserve_id(tx: Tx) -> UserId:
    """A fresh id. Taking it holds the sequence's row until the commit, so adding users happens one by one."""
    return UserId(next_id(tx, "users"))


def wait_for_turn(tx: Tx) -> None:
    """Let no other transaction add or change users until this one ends."""
    reserve_id(tx)


def insert(tx: Tx, user: User, password_hash: str | None) -> bool:
    """Add a user; False when the login is taken (case-insensitive), nothing is changed then."""
    row = _row_of(user) | {"login_key": key_of(user.login), "password_hash": password_hash}
    return tx.run("insert_user", **row) == 1


def key_of(login: str) -> str:
    """The form in which logins are compared."""
    return login.strip().casefold()


def get(tx: ReadTx, user: UserId) -> User | None:
    row = tx.one("get_user", id=user)
    return _user(row) if row else None


def list_all(tx: ReadTx) -> list[User]:
    """All users by name."""
    return [_user(row) for row in tx.all("list_users")]


def administrators(tx: ReadTx) -> list[User]:
    """Active users with the right ``settings``, by name."""
    return [user for user in list_all(tx) if user.is_active and user.may_settings]


def exists_any(tx: ReadTx) -> bool:
    """Whether the installation has a user at all."""
    return tx.one("any_user") is not None


def update(tx: Tx, user: User) -> None:
    """Store what people and administrators set. Login and password have their own verbs."""
    row = _row_of(user)
    tx.run("update_user", **{k: row[k] for k in row if k not in {"login", "created_at"}})


def destroy(tx: Tx, user: UserId) -> bool:
    """Remove the user with logins, grants and what they kept for letters; False when there was none."""
    tx.run("note_loose_boilerplate_of_user", user=user)
    return tx.run("destroy_user", id=user) == 1


def credentials(tx: ReadTx, login: str) -> Credentials | None:
    row = tx.one("get_credentials", login_key=key_of(login))
    return _credentials(row) if row else None


def has_password(tx: ReadTx, user: User) -> bool:
    """Whether the user can log in by a password."""
    found = credentials(tx, user.login)
    return found is not None and found.password_hash is not None


def with_password(tx: ReadTx) -> frozenset[UserId]:
    """Who can."""
    return frozenset(UserId(row["id"]) for row in tx.all("list_users_with_password"))


def set_password(tx: Tx, user: UserId, password_hash: str | None) -> None:
    """None: they can't log in by one until they have chosen another."""
    tx.run("set_password", id=user, password_hash=password_hash)


def set_failures(tx: Tx, user: UserId, failed: int, locked_until: datetime | None) -> None:
    """Remember how many logins failed in a row and until when no more are tried."""
    until = None if locked_until is None else to_ms(locked_until)
    tx.run("set_failures", id=user, failed_logins=failed, locked_until=until)


def _row_of(user: User) -> Row:
    return {
        "id": user.id,
        "login": user.login,
        "name": user.name,
        "sender_name": user.sender_name,
        "email": user.email,
        "phone": user.phone,
        "position": user.position,
        "is_active": int(user.is_active),
        "may_settings": int(user.may_settings),
        "language": user.language,
        "theme": user.theme.value,
        "shows_reading": int(user.shows_reading),
        "mail_page": None if user.mail_page is None else msgspec.json.encode(user.mail_page).decode(),
        "created_at": to_ms(user.created_at),
    }


def _user(row: Row) -> User:
    return User(
        id=UserId(row["id"]),
        login=row["login"],
        name=row["name"],
        email=row["email"],
        is_active=bool(row["is_active"]),
        may_settings=bool(row["may_settings"]),
        language=row["language"],
        theme=Theme(row["theme"]),
        shows_reading=bool(row["shows_reading"]),
        created_at=from_ms(row["created_at"]),
        sender_name=row["sender_name"],
        phone=row["phone"],
        position=row["position"],
        mail_page=_mail_page(row["mail_page"]),
    )


def _mail_page(text: str | None) -> MailPage | None:
    """What another version wrote and this one can't read is no reason to keep anybody out."""
    try:
        return None if text is None else msgspec.json.decode(text, type=MailPage)
    except msgspec.ValidationError:
        return None


def _credentials(row: Row) -> Credentials:
    until = row["locked_until"]
    return Credentials(
        user_id=UserId(row["id"]),
        password_hash=row["password_hash"],
        is_active=bool(row["is_active"]),
        failed_logins=row["failed_logins"],
        locked_until=None if until is None else from_ms(until),
    )
