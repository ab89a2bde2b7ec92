"""Bringing octets for a message to come. Source: RFC 8620 §6.1."""

from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from poststelle.access.entering import Seen
from poststelle.http.jmap.context import Caller, JmapContext
from poststelle.http.jmap.errors import RequestError
from poststelle.http.jmap.ids import account_text, upload_text
from poststelle.http.jmap.limits import MAX_CONCURRENT_UPLOAD, MAX_SIZE_UPLOAD
from poststelle.lib.ids import decode_id
from poststelle.mail import uploads
from poststelle.model.draft import Octets
from poststelle.model.errors import NotAllowed, NotFound, TooMany
from poststelle.model.ids import ACCOUNT, AccountId, UserId
from poststelle.store.tx import ReadTx

_LONGEST_TYPE = 200


class Uploads:
    """The endpoint, and who is just bringing how much: what the session object promises is kept."""

    def __init__(self) -> None:
        self._under_way: Counter[UserId] = Counter()

    async def upload(self, context: JmapContext, request: Request) -> Response:
        """``POST /jmap/upload/{account}/``: the id under which the octets are known for a day.

        200, not 201: real clients take nothing else for success.
        """
        account = decode_id(ACCOUNT, request.path_params["account"])
        size = announced(request)
        look = _no_such if account is None else partial(_may_bring, AccountId(account), size)
        caller, may_bring = await context.enter(request, look)
        if size > MAX_SIZE_UPLOAD:
            raise _too_large()
        if self._under_way[caller.user_id] >= MAX_CONCURRENT_UPLOAD:
            raise RequestError("limit", "Too many uploads at once.", 429, limit="maxConcurrentUpload")
        self._under_way[caller.user_id] += 1
        try:
            return await _upload(context, request, caller, may_bring)
        finally:
            self._under_way[caller.user_id] -= 1
            if not self._under_way[caller.user_id]:
                del self._under_way[caller.user_id]


def _may_bring(account: AccountId, size: int, tx: ReadTx, user: UserId) -> AccountId:
    uploads.may_bring(tx, user, account, size)
    return account


def _no_such(_tx: ReadTx, _user: UserId) -> AccountId:
    raise NotFound("no_such_account", "There is no such mailbox, or you are not assigned to it.")


async def _upload(
    context: JmapContext, request: Request, caller: Caller, may_bring: Seen[AccountId]
) -> Response:
    content_type = fit_type(request.headers.get("content-type", ""))
    try:
        account = may_bring.get()
        stored = await context.blobs.put(_limited(request), is_lasting=False)
        octets = Octets(stored.sha256, stored.size)
        now = context.clock.now()
        # As the octets: until something is made of them, both may go when the power fails.
        upload = await caller.store.write_fleeting(
            uploads.keep, caller.user_id, account, octets, content_type, now
        )
    except NotFound as error:
        raise _no_account() from error
    except NotAllowed as error:
        raise RequestError("forbidden", error.message, 403) from error
    except TooMany as error:
        raise RequestError("limit", error.message, 429, limit="unusedUploads") from error
    except ClientDisconnect as gone:
        raise RequestError("notRequest", "The upload broke off.") from gone
    body = {
        "accountId": account_text(account),
        "blobId": upload_text(upload),
        "type": content_type,
        "size": octets.size,
    }
    return Response(
        msgspec.json.encode(body), media_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def _limited(request: Request) -> AsyncIterator[bytes]:
    """The body; refused as soon as it grows too large, whatever its header said."""
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > MAX_SIZE_UPLOAD:
            raise _too_large()
        yield chunk


def _too_large() -> RequestError:
    return RequestError("limit", "This file is too large.", 413, limit="maxSizeUpload")


def announced(request: Request) -> int:
    """How many octets the body has by its header; 0 where that does not say."""
    text = request.headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def fit_type(given: str) -> str:
    """The type that somebody says octets have, if it can stand in a header."""
    given = given.strip()
    is_fit = given.isascii() and given.isprintable() and 0 < len(given) <= _LONGEST_TYPE
    return given if is_fit else "application/octet-stream"


def _no_account() -> RequestError:
    return RequestError("notFound", "There is no such mailbox, or you are not assigned to it.", 404)
