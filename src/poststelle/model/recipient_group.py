"""Recipients that go by one name."""

from dataclasses import dataclass

from poststelle.model.boilerplate import Owner
from poststelle.model.ids import GroupId
from poststelle.model.message import Address


@dataclass(frozen=True, slots=True)
class RecipientGroup:
    """A named list of people to write to, of a user or of an account; each address once, as first named."""

    id: GroupId
    owner: Owner
    name: str
    members: tuple[Address, ...]
