"""What every call under ``/control/identity`` needs: reading a body, finding what it names, refusing."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, Struct
from starlette.requests import Request
from starlette.responses import Response

from m365sim.bodies import CONTROL_LIMIT, TooLarge, decode, read_body
from m365sim.directory import AppRegistration, Tenant, User
from m365sim.identity.errors import OAuthError
from m365sim.identity.platform import IdentityPlatform

Body = TypeVar("Body", bound=Struct)
Act = Callable[[Request], Awaitable[object]]
Row = tuple[str, str, Act]


class Refused(Exception):
    """A call that changes nothing, and why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def handler(act: Act) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that answers with what ``act`` returns, or with its refusal."""

    async def answer(request: Request) -> Response:
        try:
            result = await act(request)
        except Refused as refused:
            return _json({"error": str(refused)}, refused.status)
        except OAuthError as error:
            return _json({"error": str(error)}, 400)
        return _json(result, 200)

    return answer


def _json(content: object, status: int) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


async def read(request: Request, kind: type[Body]) -> Body:
    """The JSON body of a call; an empty one has no fields."""
    try:
        return decode(await read_body(request, CONTROL_LIMIT) or b"{}", kind)
    except TooLarge as error:
        raise Refused(413, "The body is too large.") from error
    except msgspec.MsgspecError as error:
        raise Refused(400, f"The body is not right: {error}.") from error


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
            raise Refused(404, f"There is no user {address}.")
        return user

    def tenant(self, segment: str) -> Tenant:
        """The tenant of this path segment."""
        path = self.platform.directory.tenant_by_path(segment)
        if path is None or path.tenant is None:
            raise Refused(404, f"There is no tenant {segment}.")
        return path.tenant

    def app(self, client_id: str) -> AppRegistration:
        """The app with this client id."""
        app = self.platform.directory.app(client_id)
        if app is None:
            raise Refused(404, f"There is no app {client_id}.")
        return app
