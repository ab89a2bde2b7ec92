"""What went wrong at a provider, sorted by what the caller can do next.

ProviderError
├── RetryLater(after_s)    wait, then the same call again (``after_s`` None: back off)
├── CursorExpired          forget the cursor, read from nothing
├── SignInNeeded           a person must sign in at the provider again
├── RemoteConflict         not as we last saw it: read it again, then decide
└── Refused(status)        will never work; keep it for a person to see
"""


class ProviderError(Exception):
    """``code`` is the provider's own short code, safe to log and to show."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RetryLater(ProviderError):
    """Throttled, overloaded or unreachable. ``is_throttled`` tells the first from the others.

    ``is_local``: it is what was asked for that fails, a folder or a message; other calls may well succeed.
    """

    def __init__(
        self, code: str, after_s: float | None = None, *, is_throttled: bool = False, is_local: bool = False
    ) -> None:
        super().__init__(code)
        self.after_s = after_s
        self.is_throttled = is_throttled
        self.is_local = is_local


class CursorExpired(ProviderError):
    """The cursor is no longer known to the provider."""


class SignInNeeded(ProviderError):
    """The stored sign-in no longer works; ``code`` is an AADSTS number or OAuth error name."""


class RemoteConflict(ProviderError):
    """Gone, moved or changed at the provider; ``is_gone`` when it says that there is no such thing.

    ``is_overtaken``: somebody has moved it elsewhere there since, and so it is left alone.
    """

    def __init__(self, code: str, *, is_gone: bool = False, is_overtaken: bool = False) -> None:
        super().__init__(code)
        self.is_gone = is_gone
        self.is_overtaken = is_overtaken


class Refused(ProviderError):
    """The provider says no, and would say so again."""

    def __init__(self, code: str, status: int) -> None:
        super().__init__(code)
        self.status = status
