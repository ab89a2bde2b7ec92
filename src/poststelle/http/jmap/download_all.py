"""Several files of a message as one archive. Ours: the RFCs have downloads of single blobs only."""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import ExitStack

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from poststelle.http.jmap.context import Caller, JmapContext, holders_of
from poststelle.http.jmap.crowd import one_more
from poststelle.http.jmap.download import RUNNING, Breakable, lasting, named, not_found, remote_problem
from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.ids import BlobRef, message_number, parse_blob
from poststelle.lib.ids import decode_id
from poststelle.mail import bundle
from poststelle.mail.bundle import MOST_FILES, NoLongerWanted, Wanted
from poststelle.mime.file_name import safe_file_name
from poststelle.model.errors import Invalid, NotFound, TooMany
from poststelle.model.ids import ACCOUNT, AccountId, MessageId, UserId
from poststelle.providers.errors import ProviderError

AT_ONCE = 3
"""Archives that one user is having made, from the first look at their files until all has been sent."""


class Archives:
    """The endpoint, and how many archives are being made for whom."""

    def __init__(self) -> None:
        self._under_way: Counter[UserId] = Counter()

    async def download(self, context: JmapContext, request: Request) -> Response:
        """``?files=`` names attachments by their blob ids, with commas.

        As a download it can be asked whether it has changed, which has the files fetched and sends none.
        """
        caller = await context.authenticate(request)
        with ExitStack() as place:
            user, refusal = caller.user_id, "Too many archives at once."
            place.enter_context(one_more(self._under_way, user, AT_ONCE, refusal, "archives"))
            return await _archive(context, caller, request, place)


async def _archive(context: JmapContext, caller: Caller, request: Request, place: ExitStack) -> Response:
    if request.headers.get("sec-fetch-dest", "") in RUNNING:
        raise RequestError("notAllowed", "Mail is never run.", 403)
    account = decode_id(ACCOUNT, request.path_params["account"])
    message = message_number(request.path_params["message"])
    files = request.query_params.get("files", "")
    if account is None or message is None:
        raise not_found()
    wanted = Wanted(caller.user_id, AccountId(account), message, _parts(message, files))
    holders = holders_of(context, caller)

    async def is_waiting() -> bool:
        return not await request.is_disconnected()

    try:
        ready = await bundle.prepare(holders, wanted, is_waiting)
    except NoLongerWanted:
        return Response()  # to nobody
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
        **lasting(tag),
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return _Archive(bundle.as_zip(holders, ready), headers, place.pop_all())


class _Archive(Breakable):
    """Keeps its place until it has been sent. A file that is read no more goes at once."""

    def __init__(
        self, pieces: AsyncGenerator[bytes, None], headers: dict[str, str], place: ExitStack
    ) -> None:
        super().__init__(pieces, headers=headers)
        self._pieces, self._place = pieces, place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place:
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
