"""JMAP's errors, with the RFC's own type names.

RequestError      the whole request is refused (RFC 8620 §3.6.1)
MethodError       one method call failed (§3.6.2)
SetError          one object of a /set was refused (§5.3)
"""

from typing import Any

from poststelle.model.errors import (
    Conflict,
    Invalid,
    LoginNeeded,
    NotAllowed,
    NotFound,
    TooMany,
    Unavailable,
    UseCaseError,
)


class RequestError(Exception):
    """A problem document instead of an answer. Source: RFC 8620 §3.6.1, RFC 7807."""

    def __init__(self, type_: str, detail: str, status: int = 400, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {
            "type": f"urn:ietf:params:jmap:error:{type_}",
            "status": status,
            "detail": detail,
            **more,
        }


class MethodError(Exception):
    """Answers the call with ``["error", {...}, id]``; the calls after it still run."""

    def __init__(self, type_: str, description: str | None = None, **more: Any) -> None:
        super().__init__(description or type_)
        self.type = type_
        self.body = {"type": type_, **({"description": description} if description else {}), **more}


REASON = "poststelle:reason"


class SetError(Exception):
    """One object could not be created, updated or destroyed."""

    def __init__(self, type_: str, description: str | None = None, **more: Any) -> None:
        super().__init__(description or type_)
        self.body = {"type": type_, **({"description": description} if description else {}), **more}


def set_error(refusal: UseCaseError) -> SetError:
    """A refused use case as the SetError that says the same. Source: RFC 8620 §5.3."""
    match refusal:
        case NotFound():
            return SetError("notFound", refusal.message)
        case NotAllowed() | LoginNeeded():
            return SetError("forbidden", refusal.message)
        case Invalid():
            kind = "tooManyMailboxes" if refusal.code == "too_many_folders" else "invalidProperties"
            return SetError(kind, refusal.message, properties=[refusal.params["field"]])
        case TooMany():
            return SetError("rateLimit", refusal.message)
        case Unavailable():
            return SetError("serverFail", refusal.message)
        case Conflict(code="will_destroy"):
            return SetError("willDestroy", refusal.message)
        case Conflict():  # not for want of a right: the code tells why
            return SetError("forbidden", refusal.message, **{REASON: refusal.code})
        case _:
            return SetError("forbidden", refusal.message)


def method_error(refusal: UseCaseError) -> MethodError:
    """A refused use case as a MethodError; an unknown account looks like one you may not see."""
    match refusal:
        case NotFound():
            return MethodError("accountNotFound")
        case NotAllowed() | LoginNeeded():
            return MethodError("forbidden", refusal.message)
        case TooMany() | Unavailable():
            return MethodError("serverUnavailable", refusal.message)
        case _:
            return MethodError("invalidArguments", refusal.message)
