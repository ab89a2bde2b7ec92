"""A team: users who are given mailboxes together. On the screen: a group of users."""

from dataclasses import dataclass

from poststelle.model.ids import AccountId, TeamId, UserId
from poststelle.model.rights import Level


@dataclass(frozen=True, slots=True)
class Team:
    """``grants`` are what it was given; each member's level is the highest of their own and their teams'."""

    id: TeamId
    name: str
    members: frozenset[UserId]
    grants: dict[AccountId, Level]
