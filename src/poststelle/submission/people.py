"""Recipients that somebody keeps, in a template or a group: checked, and each once."""

from collections.abc import Iterable

from poststelle.mime.text import clean
from poststelle.model.errors import Invalid
from poststelle.model.message import Address
from poststelle.settings.address import check_address
from poststelle.store.accounts import key_of

LONGEST_NAME = 200


def checked(field: str, people: Iterable[tuple[str, str]], most: int) -> tuple[Address, ...]:
    """Pairs of name and address as they are kept: addresses complete, each once, as first named.

    Raises Invalid for ``field``: ``too_many_people``, ``too_long``, and ``invalid_address``, which says
    by ``at`` (from 0) which of them it is.
    """
    found: dict[str, Address] = {}
    for at, (name, email) in enumerate(people):
        one = Address(_name(field, name), _email(field, at, email))
        found.setdefault(key_of(one.email), one)
        if len(found) > most:
            raise Invalid(field, "too_many_people", f"There are at most {most} addresses.", most=most)
    return tuple(found.values())


def _name(field: str, text: str) -> str:
    name = "".join(sign for sign in " ".join(clean(text).split()) if sign.isprintable())
    if len(name) > LONGEST_NAME:
        raise Invalid(field, "too_long", "A name is too long.", most=LONGEST_NAME)
    return name


def _email(field: str, at: int, text: str) -> str:
    try:
        return check_address(text, field)
    except Invalid as problem:
        raise Invalid(
            field, problem.code, problem.message, reason=problem.params.get("reason"), at=at
        ) from problem
