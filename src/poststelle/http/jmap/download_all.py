"""Several files of a message as one archive. Ours: the RFCs have downloads of single blobs only."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from poststelle.http.jmap.context import JmapContext
from poststelle.http.jmap.download import RUNNING, Breakable, named, not_found, remote_problem
from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.ids import BlobRef, message_number, parse_blob
from poststelle.lib.ids import decode_id
from poststelle.mail import bundle
from poststelle.mail.bundle import MOST_FILES, Bundle, Holders, Wanted
from poststelle.mime.file_name import safe_file_name
from poststelle.model.errors import Invalid, NotFound, TooMany
from poststelle.model.ids import ACCOUNT, AccountId, MessageId, UserId
from poststelle.providers.errors import ProviderError

AT_ONCE = 3
"""Archives that are written for one user: each is packed while it is sent."""


class Archives:
    """The endpoint, and for whom how many archives are on their way."""

    def __init__(self) -> None:
        self._under_way: Counter[UserId] = Counter()

    async def download(self, context: JmapContext, request: Request) -> Response:
        """``?files=`` names attachments by their blob ids, with commas.

        As a download it can be asked whether it has changed, which has the files fetched and sends none.
        """
        caller = await context.authenticate(request)
        if request.headers.get("sec-fetch-dest", "") in RUNNING:
            raise RequestError("notAllowed", "Mail is never run.", 403)
        account = decode_id(ACCOUNT, request.path_params["account"])
        message = message_number(request.path_params["message"])
        files = request.query_params.get("files", "")
        if account is None or message is None:
            raise not_found()
        wanted = Wanted(caller.user_id, AccountId(account), message, _parts(message, files))
        holders = Holders(caller.store, context.blobs, context.open_remote, context.mime)
        try:
            ready = await bundle.prepare(holders, wanted)
        except NotFound as error:
            raise not_found() from error
        except Invalid as error:
            raise RequestError("limit", error.message, 413, limit=error.code) from error
        except TooMany as error:
            raise RequestError("tryLater", error.message, 503) from error
        except ProviderError as error:
            raise remote_problem(error) from error
        name = safe_file_name(request.path_params["name"])
        tag = f'"{files}"'
        headers = {
            "Content-Disposition": f"attachment; {named(name)}",
            "Content-Type": "application/zip",
            "Cache-Control": "private, no-cache",
            "ETag": tag,
            "X-Content-Type-Options": "nosniff",
            "Vary": "Authorization, Cookie",
        }
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        if self._under_way[caller.user_id] >= AT_ONCE:
            raise RequestError("limit", "Too many archives at once.", 429, limit="archives")
        return _Archive(self._counted(holders, ready), headers=headers)

    async def _counted(self, holders: Holders, ready: Bundle) -> AsyncGenerator[bytes, None]:
        user = ready.wanted.user
        self._under_way[user] += 1
        try:
            async with aclosing(bundle.as_zip(holders, ready)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self._under_way[user] -= 1
            if not self._under_way[user]:
                del self._under_way[user]


class _Archive(Breakable):
    """A file that is read no more goes at once."""

    def __init__(self, pieces: AsyncGenerator[bytes, None], headers: dict[str, str]) -> None:
        super().__init__(pieces, headers=headers)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._pieces.aclose()


def _parts(message: MessageId, files: str) -> list[int]:
    """The numbers of this message's attachments, each once; anything else is not there.

    Raises RequestError ``limit`` before more are looked at than an archive holds.
    """
    if files.count(",") >= MOST_FILES:
        raise RequestError("limit", f"At most {MOST_FILES} files at once.", 413, limit="too_many_files")
    found: dict[int, None] = {}
    for text in files.split(","):
        ref = parse_blob(text)
        if not isinstance(ref, BlobRef) or ref.message_id != message or not isinstance(ref.part, int):
            raise not_found()
        found[ref.part] = None
    return list(found)
