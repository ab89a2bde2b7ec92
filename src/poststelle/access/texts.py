"""The few rules for what people type: logins, names, passwords."""

import re

from poststelle.auth.passwords import MAX_LENGTH
from poststelle.lib.normal_form import normal_form
from poststelle.model.errors import Invalid

MIN_PASSWORD = 10
MAX_NAME = 100
_LOGIN = re.compile(r"[^\s\x00-\x1f\x7f<>\"]{1,100}")


def check_login(text: str) -> str:
    """A login name: an address or a short name, without blanks."""
    login = normal_form(text).strip()
    if not _LOGIN.fullmatch(login) or not login.isprintable():
        raise Invalid("login", "invalid_login", "A login has 1 to 100 characters and no blanks.")
    return login


def may_be_login(text: str) -> bool:
    """Whether anybody can have this login: databases differ over texts that nobody can have."""
    return text.isprintable()


def check_name(text: str) -> str:
    """A person's name as others see it."""
    name = normal_form(text).strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid("name", "invalid_name", f"A name has 1 to {MAX_NAME} characters in one line.")
    return name


def check_fact(field: str, text: str) -> str:
    """What signatures say of a person, in one line; nothing is allowed."""
    fact = " ".join(normal_form(text).split())
    if len(fact) > MAX_NAME or not fact.isprintable():
        raise Invalid(field, f"invalid_{field}", f"At most {MAX_NAME} characters in one line.")
    return fact


def check_password(password: str, *, login: str, field: str = "password") -> str:
    """A new password: long enough, and not the login. Nothing else is asked for.

    Source: NIST SP 800-63B §5.1.1.2 (length, no composition rules).
    """
    if len(password) < MIN_PASSWORD:
        raise Invalid(
            field,
            "password_too_short",
            f"A password has at least {MIN_PASSWORD} characters.",
            least=MIN_PASSWORD,
        )
    if len(password) > MAX_LENGTH:
        raise Invalid(
            field, "password_too_long", f"A password has at most {MAX_LENGTH} characters.", most=MAX_LENGTH
        )
    if password.strip().casefold() == login.strip().casefold():
        raise Invalid(field, "password_is_login", "The password must not be the login.")
    if len(set(password)) < 3:
        raise Invalid(field, "password_too_simple", "The password must not repeat one or two characters.")
    return password
