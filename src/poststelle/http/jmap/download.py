"""Downloads: a whole message, its text, or one attachment. Source: RFC 8620 §6.2.

A part is mail, so it is hostile: it never gets a type of our origin's that a
browser would run, always ``nosniff`` and a sandboxing policy of its own.
"""

import re
import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from poststelle.blobs import BlobMissing, BlobsUnavailable
from poststelle.http.jmap.blob_octets import have_blob, open_blob
from poststelle.http.jmap.context import Caller, JmapContext
from poststelle.http.jmap.crowd import one_more
from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.limits import MAX_DOWNLOADS, MAX_DOWNLOADS_WAITING
from poststelle.lib.ids import decode_id
from poststelle.lib.turns import Turns
from poststelle.mail.blobs import LOST, let_go
from poststelle.mime import media_type
from poststelle.mime.file_name import safe_file_name
from poststelle.model.errors import NotFound, TooMany
from poststelle.model.ids import ACCOUNT, AccountId, UserId
from poststelle.providers.errors import ProviderError, RemoteConflict, RetryLater, SignInNeeded

_SHOWABLE = frozenset(
    {
        "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp",
        "application/pdf", "text/plain",
    }
)  # fmt: skip
# Types that no browser runs or styles a page with, whoever embeds the address.
_HARMLESS = ("image/", "audio/", "video/", "font/", "application/vnd.", "message/")
_HARMLESS_TOO = frozenset(
    {
        "application/pdf", "application/zip", "application/msword", "application/rtf", "text/plain",
        "text/csv", "text/calendar", "text/vcard", "application/octet-stream",
    }
)  # fmt: skip
_COMMON_CHARSET = re.compile(r"utf-8|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]")
RUNNING = frozenset({"script", "style", "worker", "sharedworker", "serviceworker", "xslt", "manifest"})
_PLAIN = re.compile(r"[\w.()+-]+(?: [\w.()+-]+)*", re.ASCII)
_POLICY = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"


def named(name: str) -> str:
    """In both forms where both can say it: some know the older one alone. Source: RFC 6266 §4.3."""
    encoded = f"filename*=UTF-8''{quote(name, safe='')}"
    return f'filename="{name}"; {encoded}' if _PLAIN.fullmatch(name) else encoded


class Downloads:
    """The endpoint, and who takes how much at once: a place is kept until all has been sent.

    Pages show many pictures at once, so what is one too many waits; only what is far too much is refused.
    """

    def __init__(self, at_once: int = MAX_DOWNLOADS, waiting: int = MAX_DOWNLOADS_WAITING) -> None:
        self._turns, self._most = Turns(sys.maxsize, each=at_once), at_once + waiting
        self._here: Counter[UserId] = Counter()

    async def download(self, context: JmapContext, request: Request) -> Response:
        """``?accept=`` names the type the client wants to be told; ``&inline=1`` shows harmless types."""
        caller = await context.authenticate(request)
        async with AsyncExitStack() as place:
            here = one_more(self._here, caller.user_id, self._most, "Too many downloads at once.")
            place.enter_context(here)
            await place.enter_async_context(self._turns.place(caller.user_id))
            if await request.is_disconnected():
                return Response()  # to nobody
            return await _download(context, caller, request, place)


async def _download(
    context: JmapContext, caller: Caller, request: Request, place: AsyncExitStack
) -> Response:
    if request.headers.get("sec-fetch-dest", "") in RUNNING:
        raise RequestError("notAllowed", "Mail is never run.", 403)
    account = decode_id(ACCOUNT, request.path_params["account"])
    if account is None:
        raise not_found()
    tag = f'"{request.path_params["blob"]}"'
    is_known = request.headers.get("if-none-match") == tag
    try:
        if is_known:
            await have_blob(context, caller, AccountId(account), request.path_params["blob"])
            return Response(status_code=304, headers=_safe(tag))
        opened = await open_blob(context, caller, AccountId(account), request.path_params["blob"])
        first = await anext(opened.chunks, b"")
    except NotFound as error:
        raise not_found() from error
    except TooMany as error:
        raise RequestError("tryLater", error.message, 503) from error
    except ProviderError as error:
        raise remote_problem(error) from error
    content_type, charset = _type_and_charset(opened.content_type)
    is_shown = request.query_params.get("inline") == "1" and content_type in _SHOWABLE
    name = safe_file_name(request.path_params["name"])
    disposition = "inline" if is_shown else "attachment"
    headers = {
        "Content-Disposition": f"{disposition}; {named(name)}",
        "Content-Length": str(opened.size),
        **_safe(tag),
    }
    told = content_type + (f"; charset={charset}" if charset else "")
    shown_type = told if is_shown else _saved_type(request.query_params.get("accept", ""))
    # As a header: as ``media_type`` every text would be claimed to be UTF-8.
    headers["Content-Type"] = shown_type
    if len(first) == opened.size:
        return Response(first, headers=headers)
    return _Download(first, opened.chunks, headers, place.pop_all())


def lasting(tag: str) -> dict[str, str]:
    """The octets never change, but the right to them may end: ask each time, and be told "still the same"."""
    return {
        "Cache-Control": "private, no-cache",
        "ETag": tag,
        "X-Content-Type-Options": "nosniff",
        "Vary": "Authorization, Cookie",
    }


def _safe(tag: str) -> dict[str, str]:
    """Likewise, and nothing runs where it is shown."""
    return lasting(tag) | {"Content-Security-Policy": _POLICY}


async def _chained(first: bytes, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield first
    async for chunk in rest:
        yield chunk


class Breakable(StreamingResponse):
    """Breaks off where the octets end early, or the right to them: the connection closes before the end."""

    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        except (NotFound, ProviderError, TooMany, BlobMissing, BlobsUnavailable):
            return


class _Download(Breakable):
    """Keeps its place until it has been sent."""

    def __init__(
        self, first: bytes, rest: AsyncIterator[bytes], headers: dict[str, str], place: AsyncExitStack
    ) -> None:
        self._chunks, self._rest, self._place = _chained(first, rest), rest, place
        super().__init__(self._chunks, headers=headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._place:
            try:
                await super().__call__(scope, receive, send)
            finally:  # a file that is read no more goes at once
                await self._chunks.aclose()
                await let_go(self._rest)


def _type_and_charset(told: str) -> tuple[str, str]:
    """The type alone, and a text's character set where the message names one that is common in mail.

    Otherwise it is empty: a wrong claim would break the text, without one browsers look for themselves.
    """
    content_type, named = media_type.split(told)
    is_claimed = content_type == "text/plain" and named is not None and _COMMON_CHARSET.fullmatch(named)
    return content_type, named if is_claimed and named else ""


def _saved_type(accept: str) -> str:
    """The type the client asks for where it is harmless; anything else is just octets."""
    wanted = accept.lower()
    is_one_type = re.fullmatch(r"[a-z]+/[a-z0-9.+-]+", wanted) is not None and not wanted.endswith("xml")
    is_harmless = is_one_type and (wanted.startswith(_HARMLESS) or wanted in _HARMLESS_TOO)
    return wanted if is_harmless else "application/octet-stream"


def not_found() -> RequestError:
    """The same for a message that isn't there and one you may not see."""
    return RequestError("notFound", "There is no such message or attachment.", 404)


def remote_problem(error: ProviderError) -> RequestError:
    match error:
        case SignInNeeded():
            return RequestError("signInNeeded", "This part is still at Microsoft; sign in again first.", 503)
        case RetryLater():
            return RequestError("tryLater", "Microsoft cannot give this part right now; try again soon.", 503)
        case RemoteConflict() if error.code == LOST:
            return RequestError("gone", "This server has lost the octets of this message.", 410)
        case RemoteConflict():
            return RequestError("gone", "Microsoft no longer holds this message.", 410)
        case _:
            return RequestError("refused", "Microsoft does not give this part.", 502)
