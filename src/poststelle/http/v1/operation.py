"""What one operation of the administration API is: enough to serve and to describe it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from poststelle.http.body import Body

PREFIX = "/api/v1"
OF_PAGE = "/api"
READING = frozenset({"GET"})


class Nothing(msgspec.Struct):
    """Done; there is nothing to tell."""


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query, never a required one. ``schema`` is JSON Schema."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


@dataclass(frozen=True, slots=True)
class Operation:
    """``path`` is below ``/api/v1``, and below ``/api`` that of the page. ``answer`` None: text of ``media``.

    ``body`` None: nothing is sent.
    """

    method: str
    path: str
    tag: str
    summary: str
    answer: Any = Nothing
    body: type[Body] | None = None
    status: int = 200
    query: tuple[Query, ...] = ()
    media: tuple[str, ...] = ("application/json",)

    @property
    def is_reading(self) -> bool:
        return self.method in READING

    @property
    def name(self) -> str:
        """For programs' generated clients: ``get_users``, ``delete_accounts_account``."""
        words = [part.strip("{}").replace("-", "_") for part in self.path.split("/") if part]
        return "_".join([self.method.lower(), *words])


def listed(member: str, row: Any, name: str) -> Any:
    """The shape ``{member: [row, …]}``, called ``name``."""
    return msgspec.defstruct(name, [(member, list[row])])
