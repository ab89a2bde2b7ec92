"""What the list of people says of each beside the person: how they come in."""

from dataclasses import dataclass
from datetime import datetime

from poststelle.model.ids import UserId
from poststelle.store import audit, identities, invitations, second_factors, users
from poststelle.store.tx import ReadTx


@dataclass(frozen=True, slots=True)
class Facts:
    """``signed_on``: those who have come by single sign-on, ``told``: those whom it has added.
    ``invited_until``: of links that can be used."""

    with_password: frozenset[UserId]
    with_second_factor: frozenset[UserId]
    signed_on: frozenset[UserId]
    told: frozenset[UserId]
    invited_until: dict[UserId, datetime]


def facts(tx: ReadTx, now: datetime) -> Facts:
    """For those who may see the list of people."""
    return Facts(
        with_password=users.with_password(tx),
        with_second_factor=second_factors.users_with(tx),
        signed_on=identities.users_with(tx),
        told=audit.added_by_provider(tx),
        invited_until=invitations.open_until(tx, now),
    )
