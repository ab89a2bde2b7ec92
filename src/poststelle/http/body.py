"""Typed request bodies and wire ids."""

from datetime import datetime
from typing import TypeVar

import msgspec
from starlette.requests import Request

from poststelle.lib.ids import decode_id
from poststelle.model.errors import Invalid, NotFound, UseCaseError
from poststelle.model.ids import ACCOUNT, MESSAGE, SIGN_IN, USER, AccountId, MessageId, SignInId, UserId

T = TypeVar("T")
B = TypeVar("B", bound="Body")


class BadRequest(UseCaseError):
    """The request isn't what the endpoint reads: bad JSON, a missing or mistyped field."""

    status = 400


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What a request may say, and objects in it: a member of another name is refused, never left unread.

    A misspelt one would be as if left out, which may mean more than was said: a token for all mailboxes.
    """


async def read_body(request: Request, type_: type[B]) -> B:
    """The JSON body as ``type_``; an empty body counts as ``{}``.

    Raises BadRequest ``bad_json``, and ``bad_request`` for what doesn't fit, unknown members too.
    """
    octets = await request.body() or b"{}"
    try:
        return msgspec.json.decode(octets, type=type_)
    except msgspec.ValidationError as problem:
        raise BadRequest("bad_request", f"The request's body does not fit: {problem}.") from problem
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise BadRequest("bad_json", f"The request's body is not JSON: {problem}.") from problem


def account_id(request: Request, name: str = "account") -> AccountId:
    """The account a path names; NotFound for anything that can't be one."""
    return parse_account(str(request.path_params[name]))


def account_id_if_named(request: Request) -> AccountId | None:
    """The account, where the path names one."""
    return account_id(request) if "account" in request.path_params else None


def parse_account(text: str) -> AccountId:
    number = decode_id(ACCOUNT, text)
    if number is None:
        raise NotFound("no_such_account", "There is no such mailbox, or you are not assigned to it.")
    return AccountId(number)


def parse_sign_in(text: str) -> SignInId:
    """The sign-in a text names; NotFound for anything that can't be one."""
    number = decode_id(SIGN_IN, text)
    if number is None:
        raise NotFound("no_such_sign_in", "There is no such sign-in.")
    return SignInId(number)


def path_number(request: Request, name: str, kind: str, missing: NotFound) -> int:
    """The number of what a path names; raises ``missing`` for anything that can't be one of its kind."""
    number = decode_id(kind, str(request.path_params[name]))
    if number is None:
        raise missing
    return number


def user_id(request: Request, name: str = "user") -> UserId:
    """The user a path names; NotFound for anything that can't be one."""
    return UserId(path_number(request, name, USER, NotFound("no_such_user", "There is no such user.")))


def message_id(request: Request) -> MessageId:
    """The message of the address. Raises NotFound for what is no id."""
    missing = NotFound("no_such_message", "This message is not there any more.")
    return MessageId(path_number(request, "message", MESSAGE, missing))


def query_int(request: Request, name: str) -> int | None:
    """A number from the query; None when absent. Raises Invalid."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 15:
        raise Invalid(name, "invalid_number", f"{name} must be a number.")
    return int(text)


def query_bool(request: Request, name: str) -> bool:
    """``true`` or ``false`` (or absent) from the query. Raises Invalid."""
    text = request.query_params.get(name, "false")
    if text not in {"true", "false"}:
        raise Invalid(name, "invalid_choice", f"{name} is true or false.")
    return text == "true"


def instant(request: Request, name: str) -> datetime | None:
    """A time from the query; None when absent. Raises Invalid."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return msgspec.convert(text, datetime).astimezone()
    except (msgspec.ValidationError, OverflowError) as problem:
        raise Invalid(name, "invalid_date", f"{name} looks like 2026-09-01T08:00:00Z.") from problem


def given(value: T | msgspec.UnsetType) -> T | None:
    """A patch's field; None where it wasn't sent."""
    return None if isinstance(value, msgspec.UnsetType) else value
