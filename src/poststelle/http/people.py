"""People as the admin API writes them, and groups of them."""

from collections.abc import Iterable

import msgspec

from poststelle.http.body import Body
from poststelle.lib.ids import encode_id
from poststelle.model.ids import ACCOUNT, GROUP
from poststelle.model.message import Address
from poststelle.model.recipient_group import RecipientGroup


class Person(Body):
    """Somebody to write to; the name may be empty."""

    email: str
    name: str = ""


class GroupRow(msgspec.Struct):
    """``account``: the mailbox it belongs to; null: one's own."""

    id: str
    account: str | None
    is_own: bool
    name: str
    members: list[Person]


def person_rows(people: Iterable[Address]) -> list[Person]:
    return [Person(email=one.email, name=one.name) for one in people]


def pairs(people: Iterable[Person]) -> list[tuple[str, str]]:
    """Name and address of each, as use cases take them."""
    return [(one.name, one.email) for one in people]


def group_row(one: RecipientGroup) -> GroupRow:
    account = one.owner.account
    return GroupRow(
        id=encode_id(GROUP, one.id),
        account=None if account is None else encode_id(ACCOUNT, account),
        is_own=one.owner.user is not None,
        name=one.name,
        members=person_rows(one.members),
    )
