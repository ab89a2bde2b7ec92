"""Whose request this is: the login cookie, read and written."""

from datetime import UTC, datetime
from typing import TypeVar, cast

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from poststelle.access.entering import Look, Seen
from poststelle.access.login import LIVES_AT_MOST, LoggedIn, NewLogin, log_out, recognise, recognise_and_look
from poststelle.http.services import Services
from poststelle.model.errors import LoginNeeded
from poststelle.model.user import ApiToken, Login, User

T = TypeVar("T")

COOKIE = "poststelle_login"
HOST_COOKIE = f"__Host-{COOKIE}"
"""Under https. A browser takes it from this very host alone, by https: no neighbour under the same domain can
plant one. Source: RFC 6265bis §4.1.3.2."""
_PROGRAM = "program"


async def bearer(services: Services, request: HTTPConnection) -> LoggedIn:
    """The user and login behind the request's cookie; raises LoginNeeded.

    In the administration API: whose token it is, already recognised there.
    """
    if (program := getattr(request.state, _PROGRAM, None)) is not None:
        return cast(LoggedIn, program)
    return await recognise(services.door, _token(services, request))


def is_program(request: HTTPConnection) -> bool:
    """Whether a token made this request, not a person."""
    return getattr(request.state, _PROGRAM, None) is not None


def admit_program(request: HTTPConnection, user: User, token: ApiToken) -> None:
    """Let the request's handler work for the token's user."""
    until = token.expires_at or datetime.max.replace(tzinfo=UTC)
    used = token.last_used_at or token.created_at
    login = Login(token.token_hash, user.id, token.created_at, used, until, token.name)
    setattr(request.state, _PROGRAM, LoggedIn(user, login))


async def bearer_and_look(
    services: Services, request: HTTPConnection, look: Look[T]
) -> tuple[LoggedIn, Seen[T]]:
    """As ``bearer``, and what ``look`` sees."""
    return await recognise_and_look(services.door, _token(services, request), look)


def _token(services: Services, request: HTTPConnection) -> str | None:
    """Logins begun before the cookie had its prefix go on under the old name until they end."""
    cookies = request.cookies
    plain = cookies.get(COOKIE)
    return cookies.get(HOST_COOKIE, plain) if services.config.is_https else plain


async def end_old_login(services: Services, request: Request) -> None:
    """A browser has one login: a new one replaces it, so a token planted before is worth nothing."""
    try:
        old = await bearer(services, request)
    except LoginNeeded:
        return
    await log_out(services.door, old.login.token_hash)
    services.hub.revoke_login(old.login.token_hash)


def set_cookie(services: Services, response: Response, new: NewLogin) -> Response:
    """Give the browser its login. The server alone decides when it ends before 90 days."""
    if services.config.is_https:
        _drop(services, response, COOKIE)
    response.set_cookie(
        HOST_COOKIE if services.config.is_https else COOKIE,
        new.token,
        max_age=int(LIVES_AT_MOST.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.config.is_https,
    )
    return response


def drop_cookie(services: Services, response: Response) -> Response:
    for name in (COOKIE, HOST_COOKIE) if services.config.is_https else (COOKIE,):
        _drop(services, response, name)
    return response


def _drop(services: Services, response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=services.config.is_https)


def came_from(request: Request) -> str:
    """The client's network address, as far as the server knows it."""
    return request.client.host if request.client else ""


def agent(request: Request) -> str:
    """What the browser calls itself, for people to recognise their logins."""
    return request.headers.get("user-agent", "")
