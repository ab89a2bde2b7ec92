"""What every call under ``/control/identity`` needs beside its body: finding what it names."""

from __future__ import annotations

import uuid
from typing import Any

from msgspec import UNSET, Struct

from m365sim.control.reading import Act, Refused
from m365sim.directory import AppRegistration, Tenant, User
from m365sim.identity.platform import IdentityPlatform

Row = tuple[str, str, Act]


def given(body: Struct, *leave_out: str) -> dict[str, Any]:
    """The fields that the body gives."""
    fields = {name: getattr(body, name) for name in body.__struct_fields__}
    return {n: v for n, v in fields.items() if v is not UNSET and n not in leave_out}


def is_guid(text: str) -> bool:
    """Whether this is a GUID."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


class Door:
    """Look-ups in the platform's records; what is not there is refused with 404."""

    def __init__(self, platform: IdentityPlatform) -> None:
        self.platform = platform

    def user(self, address: str) -> User:
        """The user with this address or id."""
        directory = self.platform.directory
        user = directory.user_by_address(address) or directory.user_by_id(address)
        if user is None:
            raise Refused(f"There is no user {address}.", 404)
        return user

    def tenant(self, segment: str) -> Tenant:
        """The tenant of this path segment."""
        path = self.platform.directory.tenant_by_path(segment)
        if path is None or path.tenant is None:
            raise Refused(f"There is no tenant {segment}.", 404)
        return path.tenant

    def app(self, client_id: str) -> AppRegistration:
        """The app with this client id."""
        app = self.platform.directory.app(client_id)
        if app is None:
            raise Refused(f"There is no app {client_id}.", 404)
        return app
