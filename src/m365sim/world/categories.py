"""The master list of categories of one mailbox: names with colours. Messages carry plain names.

Source: Graph v1.0, "outlookCategory resource type".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4, uuid5

from m365sim.world.errors import NotAllowed
from m365sim.world.mailbox import Mailbox
from m365sim.world.seedtypes import SeedCategory

COLORS = ("none", *(f"preset{n}" for n in range(25)))


@dataclass(frozen=True, slots=True)
class Category:
    """One category. Its name never changes and is unique in the mailbox, letter case aside."""

    id: str
    name: str
    color: str = "none"


def seeded(user_id: str, seeds: Iterable[SeedCategory]) -> tuple[Category, ...]:
    """The categories a mailbox starts with; their ids are the same in every life of the world."""
    store = UUID(user_id)
    return tuple(Category(str(uuid5(store, seed.name)), seed.name, seed.color) for seed in seeds)


def add(mailbox: Mailbox, name: str, color: str) -> Category:
    """Add a category; NotAllowed when there is one of this name."""
    if any(c.name.casefold() == name.casefold() for c in mailbox.categories):
        raise NotAllowed("ErrorCategoryExists", f"A category with the name '{name}' already exists.")
    made = Category(str(uuid4()), name, color)
    mailbox.configure(categories=(*mailbox.categories, made))
    return made


def paint(mailbox: Mailbox, category: Category, color: str) -> Category:
    """Give a category another colour."""
    painted = replace(category, color=color)
    mailbox.configure(categories=tuple(painted if c is category else c for c in mailbox.categories))
    return painted


def remove(mailbox: Mailbox, category: Category) -> None:
    """Take a category off the list; messages keep its name."""
    mailbox.configure(categories=tuple(c for c in mailbox.categories if c is not category))
