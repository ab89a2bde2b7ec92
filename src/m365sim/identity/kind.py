"""What one AADSTS number means, and the words its tables are written with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Place = Literal["page", "redirect", "token"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What one number means. ``token_error`` replaces ``error`` at the token endpoint where it differs there.

    ``policy`` is the value of a claims challenge that goes along: the policy to be met.
    """

    error: str
    text: str
    places: tuple[Place, ...]
    status: int = 400
    suberror: str | None = None
    token_error: str | None = None
    policy: str | None = None


GRANT, REQUEST, CLIENT = "invalid_grant", "invalid_request", "invalid_client"
INTERACTION, DENIED, SCOPE = "interaction_required", "access_denied", "invalid_scope"
UNAUTHORIZED, TRANSIENT = "unauthorized_client", "temporarily_unavailable"

PAGE: tuple[Place, ...] = ("page",)
BACK: tuple[Place, ...] = ("redirect",)
TOKEN: tuple[Place, ...] = ("token",)
PAGE_TOKEN: tuple[Place, ...] = ("page", "token")
BACK_TOKEN: tuple[Place, ...] = ("redirect", "token")
ALL: tuple[Place, ...] = ("page", "redirect", "token")
