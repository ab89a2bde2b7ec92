"""Graph's answers, translated once into what the caller can do next.

Source: Graph v1.0, "Microsoft Graph error responses and resource types", "Throttling guidance",
"Use delta query to track changes" (Synchronization reset).
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from poststelle.providers.errors import (
    CursorExpired,
    ProviderError,
    Refused,
    RemoteConflict,
    RetryLater,
    SignInNeeded,
)
from poststelle.providers.graph.throttle import parse_retry_after

RESYNC_CODES = frozenset({"syncstatenotfound", "resyncrequired"})
_BUSY = frozenset({408, 425, 429})
# 500 has been seen where a 429 was due, and one broken item fails a whole page with it. What fails there, or
# on the way back (520 and others), may have been done; but not what it never does, or has no room for.
_FAILED, _NEVER = 500, frozenset({501, 505, 507})
_CONFLICT = frozenset({404, 409, 412})
_NO_SUCH_ID = "errorinvalididmalformed"  # it names nothing there: as gone as what was deleted
_NO_MAILBOX = "mailboxnotenabledforrestapi"
NO_MAILBOX = "no_mailbox"
"""The code of a refusal that is about the mailbox, whatever was asked for."""
MAILBOX_FULL = "ErrorQuotaExceeded"
"""With it delta, and only delta, is refused while a mailbox is full (microsoft-graph-docs issue 5730)."""
_CODE = re.compile(r"[^A-Za-z0-9_.-]")
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class GraphAnswer:
    """One answer, of a request of its own or of a part of a batch. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TooHeavy(RetryLater):
    """The service failed over this page (500, 504): ask for less at a time."""


@contextmanager
def refused_link(link: str | None, *, is_gone_too: bool = False) -> Iterator[None]:
    """A link that the service will not read (400) is as good as expired: another mailbox's, say, after it was
    made anew under its address. ``is_gone_too``: so is one that leads to nothing (404).

    Without a link the same answers are what they are: nothing is read anew again and again.
    """
    try:
        yield
    except Refused as error:
        if link is None or error.status != 400 or error.code == MAILBOX_FULL:
            raise
        raise CursorExpired(error.code) from error
    except RemoteConflict as error:
        if link is None or not (is_gone_too and error.is_gone):
            raise
        raise CursorExpired(error.code) from error


def raise_for_graph(answer: GraphAnswer) -> None:
    """Raise the provider error that says what the caller can do next; nothing for a success."""
    error = graph_error(answer)
    if error:
        raise error


def graph_error(answer: GraphAnswer) -> ProviderError | None:
    """The error of an answer, None for a success.

    A 401 here is final: the client has already renewed the token once.
    """
    status = answer.status
    if 200 <= status < 300:
        return None
    codes = error_codes(answer.body)
    code = codes[0] if codes else f"http_{status}"
    known = {c.lower() for c in codes}
    if status == 410 or (400 <= status < 500 and known & RESYNC_CODES):
        return CursorExpired(code)
    if _NO_MAILBOX in known:
        return Refused(NO_MAILBOX, status=status)
    if status in _BUSY or (status >= _FAILED and status not in _NEVER):
        after_s = parse_retry_after(answer.headers.get("retry-after"), answer.headers.get("date"))
        if status in {500, 504} and after_s is None:
            return TooHeavy(code, is_local=True)
        return RetryLater(code, after_s=after_s, is_throttled=status == 429)
    if status == 401:
        return SignInNeeded(code)
    if status in _CONFLICT or _NO_SUCH_ID in known:
        return RemoteConflict(code, is_gone=status == 404 or _NO_SUCH_ID in known)
    return Refused(code, status=status)


def part_error(answer: GraphAnswer | RetryLater) -> ProviderError | None:
    """The error of a batch's part, None for a success; a part that was left out is one."""
    return answer if isinstance(answer, RetryLater) else graph_error(answer)


def body_or_gone(answer: GraphAnswer | RetryLater) -> bytes | None:
    """The body of a batch's part, None when there is no such thing (any more). Raises ProviderError.

    What somebody is at in this moment (409, 412) is there.
    """
    if isinstance(answer, RetryLater):
        raise answer
    error = graph_error(answer)
    if isinstance(error, RemoteConflict):
        if error.is_gone:
            return None
        raise RetryLater(error.code)
    if error:
        raise error
    return answer.body


def is_unreadable(answer: GraphAnswer | RetryLater) -> bool:
    """Whether it is this one message that the service fails over or keeps back.

    Source: microsoft-graph-docs issue 2913 (one broken item), read 2026-09.
    """
    error = part_error(answer)
    if isinstance(error, RemoteConflict):
        return not error.is_gone
    return isinstance(error, TooHeavy | Refused) and error.code != NO_MAILBOX


def error_codes(body: bytes) -> list[str]:
    """All codes of an error body, the outermost first; [] when it is none. Inner ones may be finer."""
    try:
        level: Any = json.loads(body or b"{}").get("error")
    except (ValueError, AttributeError):
        return []
    codes: list[str] = []
    for _ in range(_DEEPEST):
        if not isinstance(level, dict):
            break
        if isinstance(level.get("code"), str) and level["code"]:
            codes.append(_CODE.sub("", level["code"])[:80])
        level = level.get("innerError") or level.get("innererror")
    return codes


def claims_challenge(headers: list[str]) -> str | None:
    """The decoded claims of a challenge among ``WWW-Authenticate`` headers; None when there is none.

    Source: Microsoft identity platform, "Claims challenges, claims requests, and client capabilities".
    """
    for header in headers:
        found = re.search(r'claims="([^"]+)"', header)
        if not found or "insufficient_claims" not in header:
            continue
        text = found[1]
        try:
            claims = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_").decode()
            json.loads(claims)
        except ValueError:
            continue
        return claims
    return None
