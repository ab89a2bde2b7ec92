"""What a use case can refuse, sorted by what the caller can do about it.

    UseCaseError(code, **params)
    ├── Invalid(field)    the input is wrong: correct it
    ├── Conflict          it clashes with what is there: look again
    ├── NotFound          no such thing, or none you may know of
    ├── NotAllowed        you lack the right: ask the people named in params
    ├── LoginNeeded       log in (again)
    ├── TooMany           wait ``after_s`` seconds
    └── Unavailable       something that is needed can't be reached: wait ``after_s`` seconds

``code`` is stable, lower-case, with underscores; pages translate it. The
message is plain English for logs and API users and never holds mail content.
"""

from typing import Any


class UseCaseError(Exception):
    """A refused request; nothing was changed."""

    status = 400

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = params


class Invalid(UseCaseError):
    """The input can't be accepted; ``field`` names the part to correct."""

    status = 422

    def __init__(self, field: str, code: str, message: str, **params: Any) -> None:
        super().__init__(code, message, field=field, **params)


class Conflict(UseCaseError):
    """It clashes with what is stored already."""

    status = 409


class NotFound(UseCaseError):
    """Not there, or not to be known of by this user: both look the same."""

    status = 404


class NotAllowed(UseCaseError):
    """Known, but the right is missing."""

    status = 403


class LoginNeeded(UseCaseError):
    """No valid login."""

    status = 401


class TooMany(UseCaseError):
    """Refused for now; ``after_s`` in params says how long to wait."""

    status = 429


class Unavailable(UseCaseError):
    """What is needed for it can't be reached just now; ``after_s`` in params says when to ask again."""

    status = 503
