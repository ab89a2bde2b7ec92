"""The control API of the identity platform, under ``/control/identity`` on the plain listener.

For tests and demonstrations; no Microsoft program knows any of it. Every body is
JSON; an unknown field, user, tenant or app is refused and nothing changes.
Described in ``docs/m365sim/identity.md``.

    bodies   what calls take        door       reading, finding, refusing
    people   tenants and users      programs   apps, consents, Exchange's rules
    switches failures, lifetimes, tokens without pages
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.routing import Route

from m365sim.control.reading import endpoint
from m365sim.control_identity.people import People
from m365sim.control_identity.programs import Programs
from m365sim.control_identity.switches import Controls
from m365sim.directory import User
from m365sim.identity.errors import OAuthError
from m365sim.identity.platform import IdentityPlatform


def control_identity_routes(
    platform: IdentityPlatform, user_added: Callable[[User], None] = lambda user: None
) -> list[Route]:
    """Every route under ``/control/identity``. ``user_added`` may give a new user a mailbox."""
    people = People(platform, user_added)
    rows = (*Controls(platform).rows(), *people.rows(), *Programs(platform).rows())
    return [
        Route(f"/control/identity{path}", endpoint(act, {OAuthError: 400}, _options(path)), methods=[method])
        for method, path, act in rows
    ]


def _options(path: str) -> tuple[str, ...]:
    """The query options of a route."""
    return ("mailbox",) if path.endswith("/authorization") else ()
